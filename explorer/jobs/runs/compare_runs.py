"""Compare the settings and figures of runs in one table, for the window and the command line.

1. Each run becomes a `ComparedRun`: an open run (`compared_run`), or one on disk after an evaluation (`compare_runs`).
2. `compare` makes a line for each setting that has an effect in one of the runs, those that differ first.
3. It makes a line for each figure and marks the better values, if the runs share a `ComparisonBasis`.
4. Sentences about the latent spaces come from `explorer.latent.evaluation.comparison_text`.
"""

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from explorer.config import DataConfig, FieldDescription, RunConfig, TrainConfig, describe_fields
from explorer.data.context import LoadContext
from explorer.data.dataset import Description
from explorer.export.comparison import Cell, Comparison, ComparisonLine
from explorer.jobs.runs.kept_figures import EvaluatedRun, evaluate_run
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.evaluation.catalog import FIGURES
from explorer.latent.evaluation.comparability import (
    RULE,
    ComparisonBasis,
    Difference,
    better_runs,
    difference,
    error_of,
)
from explorer.latent.evaluation.comparison_text import (
    DescribedRun,
    comparison_claim,
    comparison_sentences,
    listed,
    one_seed_each,
)
from explorer.latent.evaluation.evaluate import IMPORTANCE_SAMPLES
from explorer.latent.evaluation.figure_text import measured_text, titled
from explorer.latent.evaluation.figures import Figures, absence_words
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.metrics.figure import Figure
from explorer.models import catalog
from explorer.models.user_model.user_model import USER_FAMILY, UserModelConfig
from explorer.runs.run_directory import open_run
from explorer.runs.weights_choice import FINAL, RunWeights, WeightsChoice

SPLIT_SETTINGS = ("group_column", "split_column", "validation_fraction", "test_fraction", "split_seed")
NO_EFFECT = ("seed", "threads", "log_likelihood", "replay", "replay_megabytes")
"""Settings of the training on which its result does not depend, except for rounding, and its seed."""
NOT_SET = "–"


@dataclass(frozen=True)
class ComparedRun:
    """A run to compare; ``figures`` is None before they are computed, and ``waiting`` says why.

    ``weights`` are those of the figures; None for a model in memory or in training.
    """

    name: str
    config: RunConfig
    description: Description
    step: int
    figures: Figures | None
    waiting: str = "not measured yet"
    weights: RunWeights | None = None

    @property
    def family(self) -> catalog.Family:
        """The model family."""
        own = isinstance(self.config.model, UserModelConfig)  # not in the catalogue
        return USER_FAMILY if own else catalog.family(self.config.model.family)

    @property
    def basis(self) -> ComparisonBasis:
        """What another run must share so that figures can be compared."""
        about, data = self.description, self.config.data
        transform = [np.asarray(part, np.float32).tobytes() for part in (about.transform.offset, about.transform.scale)]
        logs = np.asarray(about.transform.log1p)
        transform += [logs.tobytes()] if logs.any() else []
        seen = sha256(b"".join(transform) + repr((about.kind, about.shape, about.value_range)).encode()).hexdigest()
        split = ", ".join(f"{name} = {getattr(data, name)}" for name in SPLIT_SETTINGS)
        return ComparisonBasis(about.fingerprint, split, seen, self._likelihood)

    @property
    def recipe(self) -> str:
        """All that the training depends on but its seed, and the weights; "" for a model of the user."""
        if isinstance(self.config.model, UserModelConfig):
            return ""
        # The basis has the samples and their split; how the data was read is of no consequence.
        train = {name: one for name, one in _effective_settings(self, "train").items() if name not in NO_EFFECT}
        train["fraction"] = self.config.train.fraction  # of the samples, which a closed form depends on, too
        settings = [self.config.model.family, _effective_settings(self, "model"), train]
        choice = FINAL if self.weights is None else self.weights.choice
        # The step with the lowest loss, and that of early stopping, depend on the seed.
        is_by_loss = choice.kind == "best" or self.config.train.patience > 0
        used = [str(choice), None if is_by_loss else self.step]
        return json.dumps([vars(self.basis), settings, used], sort_keys=True, default=str)

    @property
    def seed(self) -> int:
        """The seed of the training; 0 for a closed form of all samples, which does not depend on it."""
        by_seed = self.family.model_type.trained_by_steps or self.config.train.fraction < 1
        return self.config.train.seed if by_seed else 0

    @property
    def _likelihood(self) -> str:
        if isinstance(self.config.model, UserModelConfig):
            return f"that of {self.name}"  # unknown to the program, so it equals no other
        if not self.family.model_type.capabilities.density:
            return "no p(x|z)"
        values = vars(self.config.model)
        kind = str(values.get("likelihood", "no p(x|z)"))
        return f"{kind}, σ = {values['sigma']}" if kind in ("gaussian", "by column") and "sigma" in values else kind


def compared_run(run: OpenRun, waiting: str = "not measured yet") -> ComparedRun:
    """Return an open run with the figures of its current weights."""
    kept = run.current_figures
    figures = kept.figures if kept else None
    return ComparedRun(run.name, run.config, run.description, run.step, figures, waiting, run.used)


def compare(runs: Sequence[ComparedRun], unit: Unit = NATS) -> Comparison:
    """Return the comparison of runs whose figures are known; its texts are in ``unit``, its values in nats."""
    described = [
        DescribedRun(run.name, run.basis, run.figures, run.config.model.latent_dim, run.recipe, run.seed)
        for run in runs
    ]
    return Comparison(
        runs=tuple(run.name for run in runs),
        families=tuple(run.family.title for run in runs),
        weights=tuple(run.weights for run in runs),
        lines=(*_settings(runs), *_figures(runs, described, unit)),
        words=comparison_sentences(described, unit),
        in_short=comparison_claim(described),
        rule=RULE,
        why_unmarked=_why_unmarked(runs, described),
        notes=tuple(dict.fromkeys(run.figures.note for run in runs if run.figures and run.figures.note)),
    )


def compare_runs(
    paths: Sequence[Path],
    split: str = "test",
    *,
    context: LoadContext | None = None,
    importance_samples: int = IMPORTANCE_SAMPLES,
    anew: bool = False,
    weights: Sequence[WeightsChoice] = (),
) -> Generator[tuple[int, int], None, Comparison]:
    """Return the comparison of runs on disk; missing figures are computed first. Yields ``(done, total)`` of each run.

    Parameters
    ----------
    weights
        The weights of each run; by default the final ones of all.

    Raises
    ------
    RunError, DataError
        See `explorer.jobs.runs.kept_figures.evaluate_run`.
    """
    found = []
    for path, choice in zip(paths, weights or [FINAL] * len(paths), strict=True):
        measured: EvaluatedRun = yield from evaluate_run(
            path, split, context=context, importance_samples=importance_samples, anew=anew, weights=choice
        )
        run, used = open_run(path), measured.weights
        found.append(ComparedRun(run.name, run.config, run.description, used.step, measured.figures, weights=used))
    return compare(_with_distinct_names(found, paths))


def _with_distinct_names(runs: Sequence[ComparedRun], paths: Sequence[Path]) -> list[ComparedRun]:
    """Return the runs; those with equal names are named by their path, and those of one path by their weights, too."""
    names, places = [run.name for run in runs], [path.resolve() for path in paths]
    named = []
    for run, path, place in zip(runs, paths, places, strict=True):
        name = run.name if names.count(run.name) == places.count(place) else str(path)
        choice = f"@{run.weights.choice}" if places.count(place) > 1 and run.weights is not None else ""
        named.append(replace(run, name=name + choice))
    return named


def _why_unmarked(runs: Sequence[ComparedRun], described: Sequence[DescribedRun]) -> str:
    """Return a sentence about runs that are not compared with the first one or with each other, with the reasons."""
    sentences = one_seed_each(described)
    for run in runs[1:]:
        parts = runs[0].basis.differs_in(run.basis)
        if parts == ("likelihood",):
            likelihoods = f"{runs[0].basis.likelihood} and {run.basis.likelihood}"
            sentences.append(f"{runs[0].name} and {run.name} have different likelihoods ({likelihoods})")
        elif parts:
            sentences.append(f"{runs[0].name} and {run.name} differ in {listed(parts)}")
    return f"Better values are not marked between these runs: {'; '.join(sentences)}." if sentences else ""


# Settings


def _settings(runs: Sequence[ComparedRun]) -> list[ComparisonLine]:
    family = _line("model", "family", "Model", "", "The model family.", [run.family.title for run in runs])
    step = _line("train", "step", "Steps", "steps", "Number of training steps.", [run.step for run in runs])
    used = ["" if run.weights is None else run.weights.words for run in runs]
    weights = _line("train", "weights", "Weights", "", "Which weights of the run the figures are of.", used)
    known = [
        _line("data", "name", "Samples", "", "The data set.", [run.description.name for run in runs]),
        _line(
            "data",
            "fingerprint",
            "Fingerprint of the samples",
            "",
            "First 12 digits of the SHA-256 of samples and labels.",
            [run.description.fingerprint[:12] for run in runs],
        ),
    ]
    lines = [*known, *_section(runs, "data"), family, *_section(runs, "model"), *_section(runs, "train"), weights, step]
    return sorted(lines, key=lambda line: not line.differs)


def _section(runs: Sequence[ComparedRun], section: str) -> list[ComparisonLine]:
    """Return a line for each setting that has an effect in one of the runs."""
    fields: dict[str, FieldDescription] = {}
    values: list[dict[str, Any]] = []
    for run in runs:
        described = _fields_of(_config_type(run, section))
        fields |= {field.name: field for field in described if field.name != "family"}
        values.append(_effective_settings(run, section))
    return [
        _line(section, name, field.label, field.unit, field.help, [found.get(name) for found in values])
        for name, field in fields.items()
        if any(name in found for found in values)
    ]


def _effective_settings(run: ComparedRun, section: str) -> dict[str, Any]:
    """Return the settings of a section that have an effect in this run."""
    settings = vars(getattr(run.config, section))
    if section == "train" and not run.family.model_type.trained_by_steps:
        return {}
    described = _fields_of(_config_type(run, section))
    return {field.name: settings[field.name] for field in described if field.matters(settings)}


@cache
def _fields_of(config_type: type) -> tuple[FieldDescription, ...]:
    """Return the descriptions of the fields of a config; cached, since the table is redrawn during training."""
    return describe_fields(config_type)


def _config_type(run: ComparedRun, section: str) -> type:
    types: dict[str, type] = {"data": DataConfig, "model": type(run.config.model), "train": TrainConfig}
    return types[section]


def _line(section: str, name: str, title: str, unit: str, help: str, values: Sequence[Any]) -> ComparisonLine:
    cells = tuple(Cell(_setting_text(value, unit), _plain_value(value)) for value in values)
    differs = len({cell.text for cell in cells}) > 1
    return ComparisonLine("setting", f"{section}.{name}", title, unit, "", help, cells, differs)


def _setting_text(value: Any, unit: str) -> str:
    if value is None:
        return NOT_SET
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return (" · " if any(isinstance(item, str) for item in value) else "-").join(map(str, value)) or "none"
    text = f"{value:g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    return f"{text} {unit}".strip() or "none"


def _plain_value(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


# Figures


def _figures(runs: Sequence[ComparedRun], described: Sequence[DescribedRun], unit: Unit) -> list[ComparisonLine]:
    bases, all_figures = [run.basis for run in described], [run.figures for run in described]
    recipes = [(run.recipe, run.seed) for run in described]
    lines = []
    for figure in FIGURES:
        marks = better_runs(figure, all_figures, bases, recipes)
        found = [None, *(_from_first(figure, all_figures, bases, place) for place in range(1, len(runs)))]
        cells = tuple(_figure_cell(figure, *parts, unit) for parts in zip(runs, marks, found, strict=True))
        differs = any(marks)
        lines.append(
            ComparisonLine(
                "figure",
                figure.name,
                titled(figure),
                unit.label(figure.unit),
                figure.direction,
                figure.definition,
                cells,
                differs,
            )
        )
    # Figures that no run has come last.
    return sorted(lines, key=lambda line: all(cell.absent for cell in line.cells))


def _from_first(
    figure: Figure, all_figures: Sequence[Figures | None], bases: Sequence[ComparisonBasis], place: int
) -> Difference | None:
    """Return a figure of a run minus that of the first one; None if they cannot be compared."""
    first, figures = all_figures[0], all_figures[place]
    if first is None or figures is None or bases[place] != bases[0]:
        return None
    return difference(figure, figures, first)


def _figure_cell(figure: Figure, run: ComparedRun, mark: bool, found: Difference | None, unit: Unit) -> Cell:
    if run.figures is None:
        return Cell(run.waiting, absent=True)
    value = run.figures[figure.name]
    if value is None:
        return Cell(absence_words(run.figures.why_not(figure.name)), absent=True)
    error = error_of(figure.name, run.figures)
    text = _figure_text(figure, value, error, unit.factor(figure.unit))
    words = "" if found is None else _difference_text(figure, found, unit.factor(figure.unit))
    return Cell(text, value, error, mark, difference=found, difference_text=words)


def _difference_text(figure: Figure, found: Difference, factor: float) -> str:
    """Return a difference with its error, such as ``+0.12 ± 0.03``."""
    if found.is_identical:
        return "identical"
    text = f"{'+' if found.value > 0 else ''}{_figure_text(figure, found.value, found.error, factor)}"
    return f"{text} (its error is unknown: {found.why_unknown})" if found.why_unknown else text


def _figure_text(figure: Figure, value: float, error: float | None, factor: float) -> str:
    if figure.is_share:
        return f"{measured_text(100 * value, None if error is None else 100 * error)} %"
    return f"{value:,}" if isinstance(value, int) else measured_text(value * factor, error and error * factor)
