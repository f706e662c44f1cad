"""Comparing runs: their settings and figures as one table, for the window and the command line alike."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from explorer.config import DataConfig, FieldDescription, RunConfig, TrainConfig, describe_fields
from explorer.data.context import LoadContext
from explorer.data.dataset import Description
from explorer.export.comparison import Cell, Comparison, ComparisonLine
from explorer.jobs.runs.evaluate_run import EvaluatedRun, evaluate_run
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.evaluation.catalog import FIGURES
from explorer.latent.evaluation.comparability import RULE, ComparisonBasis, better_runs, error_of
from explorer.latent.evaluation.comparison_text import DescribedRun, comparison_line, comparison_sentences, listed
from explorer.latent.evaluation.evaluate import IMPORTANCE_SAMPLES
from explorer.latent.evaluation.figure_text import measured_text, titled
from explorer.latent.evaluation.figures import Figures, absence_words
from explorer.latent.metrics.figure import Figure
from explorer.models import catalog
from explorer.models.user_model.user_model import USER_FAMILY, UserModelConfig
from explorer.runs.run_directory import open_run

SPLIT_SETTINGS = ("group_column", "split_column", "validation_fraction", "test_fraction", "split_seed")
NOT_SET = "–"


@dataclass(frozen=True)
class Compared:
    """A run to compare; ``figures`` is None before they are measured, and ``waiting`` says why."""

    name: str
    config: RunConfig
    description: Description
    step: int
    figures: Figures | None
    waiting: str = "not measured yet"

    @property
    def family(self) -> catalog.Family:
        """What the catalogue says of its model."""
        own = isinstance(self.config.model, UserModelConfig)  # a model of the user's, which no catalog has
        return USER_FAMILY if own else catalog.family(self.config.model.family)

    @property
    def basis(self) -> ComparisonBasis:
        """What another run must share to be compared with it."""
        about, data = self.description, self.config.data
        transform = [np.asarray(part, np.float32).tobytes() for part in (about.transform.offset, about.transform.scale)]
        seen = sha256(b"".join(transform) + repr((about.kind, about.shape, about.value_range)).encode()).hexdigest()
        split = ", ".join(f"{name} = {getattr(data, name)}" for name in SPLIT_SETTINGS)
        return ComparisonBasis(about.fingerprint, split, seen, self._likelihood)

    @property
    def _likelihood(self) -> str:
        if isinstance(self.config.model, UserModelConfig):
            return f"that of {self.name}"  # the user's own: nothing says whether another one has the same
        if not self.family.model_type.capabilities.density:
            return "no p(x|z)"
        values = vars(self.config.model)
        kind = str(values.get("likelihood", "no p(x|z)"))
        return f"{kind}, σ = {values['sigma']}" if kind == "gaussian" and "sigma" in values else kind


def compared(run: OpenRun, waiting: str = "not measured yet") -> Compared:
    """Return a run of the window with the figures that are known of its present weights."""
    kept = run.current_figures
    return Compared(run.name, run.config, run.description, run.step, kept.figures if kept else None, waiting)


def compare(runs: Sequence[Compared]) -> Comparison:
    """Compare runs that are read and measured already."""
    described = [DescribedRun(run.name, run.basis, run.figures, run.config.model.latent_dim) for run in runs]
    return Comparison(
        runs=tuple(run.name for run in runs),
        families=tuple(run.family.title for run in runs),
        lines=(*_settings(runs), *_figures(runs)),
        words=comparison_sentences(described),
        in_short=comparison_line(described),
        rule=RULE,
        why_unmarked=_why_unmarked(runs),
        notes=tuple(dict.fromkeys(run.figures.note for run in runs if run.figures and run.figures.note)),
    )


def compare_runs(
    paths: Sequence[Path],
    split: str = "test",
    *,
    context: LoadContext | None = None,
    importance_samples: int = IMPORTANCE_SAMPLES,
    anew: bool = False,
) -> Generator[tuple[int, int], None, Comparison]:
    """Compare runs on disk by the figures that are kept with them, or measured now; yields ``(done, total)`` of a run.

    Raises
    ------
    RunError, DataError
        As `explorer.jobs.runs.evaluate_run.evaluate_run` does.
    """
    found = []
    for path in paths:
        measured: EvaluatedRun = yield from evaluate_run(
            path, split, context=context, importance_samples=importance_samples, anew=anew
        )
        run = open_run(path)
        found.append(Compared(run.name, run.config, run.description, measured.step, measured.figures))
    return compare(_told_apart(found, paths))


def _told_apart(runs: Sequence[Compared], paths: Sequence[Path]) -> list[Compared]:
    """Return runs of one name their folder too."""
    names = [run.name for run in runs]
    return [
        Compared(
            run.name if names.count(run.name) == 1 else str(path),
            run.config,
            run.description,
            run.step,
            run.figures,
        )
        for run, path in zip(runs, paths, strict=True)
    ]


def _why_unmarked(runs: Sequence[Compared]) -> str:
    """Say which runs' values are not held against the first one's, and why."""
    sentences = []
    for run in runs[1:]:
        parts = runs[0].basis.differs_in(run.basis)
        if parts == ("likelihood",):
            likelihoods = f"{runs[0].basis.likelihood} and {run.basis.likelihood}"
            sentences.append(f"{runs[0].name} and {run.name} have different likelihoods ({likelihoods})")
        elif parts:
            sentences.append(f"{runs[0].name} and {run.name} differ in {listed(parts)}")
    return (
        f"No value is marked as better between runs that do not compare: {'; '.join(sentences)}." if sentences else ""
    )


# Settings


def _settings(runs: Sequence[Compared]) -> list[ComparisonLine]:
    family = _line("model", "family", "Model", "", "The family of models.", [run.family.title for run in runs])
    step = _line("train", "step", "Steps", "steps", "How many steps it was trained.", [run.step for run in runs])
    known = [
        _line("data", "name", "Samples", "", "The data set.", [run.description.name for run in runs]),
        _line(
            "data",
            "fingerprint",
            "Fingerprint of the samples",
            "",
            "SHA-256 of samples and labels, its beginning.",
            [run.description.fingerprint[:12] for run in runs],
        ),
    ]
    lines = [*known, *_section(runs, "data"), family, *_section(runs, "model"), *_section(runs, "train"), step]
    return sorted(lines, key=lambda line: not line.differs)


def _section(runs: Sequence[Compared], section: str) -> list[ComparisonLine]:
    """Return a line for each setting that matters in one of the runs."""
    fields: dict[str, FieldDescription] = {}
    values: list[dict[str, Any]] = []
    for run in runs:
        described = _fields_of(_config_type(run, section))
        settings = vars(getattr(run.config, section))
        fields |= {field.name: field for field in described if field.name != "family"}
        trained = section != "train" or run.family.model_type.trained_by_steps
        values.append({field.name: settings[field.name] for field in described if trained and field.matters(settings)})
    return [
        _line(section, name, field.label, field.unit, field.help, [found.get(name) for found in values])
        for name, field in fields.items()
        if any(name in found for found in values)
    ]


@cache
def _fields_of(config_type: type) -> tuple[FieldDescription, ...]:
    """Describe a config's fields once: the table is drawn anew while a run trains."""
    return describe_fields(config_type)


def _config_type(run: Compared, section: str) -> type:
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
        return "-".join(map(str, value)) or "none"
    text = f"{value:g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    return f"{text} {unit}".strip() or "none"


def _plain_value(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


# Figures


def _figures(runs: Sequence[Compared]) -> list[ComparisonLine]:
    bases, all_figures = [run.basis for run in runs], [run.figures for run in runs]
    lines = []
    for figure in FIGURES:
        marks = better_runs(figure, all_figures, bases)
        cells = tuple(_figure_cell(figure, run, mark) for run, mark in zip(runs, marks, strict=True))
        differs = any(marks)
        lines.append(
            ComparisonLine(
                "figure", figure.name, titled(figure), figure.unit, figure.direction, figure.definition, cells, differs
            )
        )
    # What none of them has is last: it says nothing of them.
    return sorted(lines, key=lambda line: all(cell.absent for cell in line.cells))


def _figure_cell(figure: Figure, run: Compared, mark: bool) -> Cell:
    if run.figures is None:
        return Cell(run.waiting, absent=True)
    value = run.figures[figure.name]
    if value is None:
        return Cell(absence_words(run.figures.why_not(figure.name)), absent=True)
    error = error_of(figure.name, run.figures)
    return Cell(_figure_text(figure, value, error), value, error, mark)


def _figure_text(figure: Figure, value: float, error: float | None) -> str:
    if figure.is_share:
        return f"{measured_text(100 * value, None if error is None else 100 * error)} %"
    return f"{value:,}" if isinstance(value, int) else measured_text(value, error)
