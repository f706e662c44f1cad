"""Evaluating a run: its newest weights on a split of its data, measured anew or as they are kept with it."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.jobs.runs.kept_figures import kept_figures, measure_and_keep
from explorer.latent.evaluation.evaluate import IMPORTANCE_SAMPLES
from explorer.latent.evaluation.figures import Figures
from explorer.runs.run_directory import open_run


@dataclass(frozen=True)
class EvaluatedRun:
    """The figures of a run at a step; ``classes`` are the names of the rows of the overlap's matrix.

    ``was_kept`` says that they were measured before, at ``measured`` (ISO 8601).
    """

    run: str
    model: str
    data: str
    step: int
    figures: Figures
    classes: tuple[str, ...] = ()
    measured: str = ""
    was_kept: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return one flat object of plain JSON values, see `Figures.to_json`; the overlap's matrix by class names."""
        return {
            "run": self.run,
            "model": self.model,
            "data": self.data,
            "step": self.step,
            "measured": self.measured,
            "kept": self.was_kept,
            **self.figures.to_json(),
            "overlap_matrix": self._matrix_by_name(),
        }

    def _matrix_by_name(self) -> dict[str, dict[str, float] | None] | None:
        rows = self.figures.overlap_matrix
        if rows is None:
            return None
        names = distinct_names(self.classes, len(rows))
        shares = (None if row is None else dict(zip(names, row, strict=True)) for row in rows)
        return dict(zip(names, shares, strict=True))


def distinct_names(names: Sequence[str], count: int) -> tuple[str, ...]:
    """Return names for ``count`` classes, numbers where there are none; those that occur twice with their number."""
    named = [names[place] if place < len(names) else str(place) for place in range(count)]
    return tuple(f"{name} ({place})" if named.count(name) > 1 else name for place, name in enumerate(named))


def evaluate_run(
    path: Path,
    split: str = "test",
    *,
    dataset: Dataset | None = None,
    context: LoadContext | None = None,
    importance_samples: int = IMPORTANCE_SAMPLES,
    anew: bool = False,
) -> Generator[tuple[int, int], None, EvaluatedRun]:
    """Return the figures of a run's newest weights: those that are kept with it, else measured on the CPU and kept.

    Yields ``(done, total)``.

    Parameters
    ----------
    split
        ``"train"``, ``"validation"`` or ``"test"``.
    dataset
        The run's data, where it is loaded already.
    importance_samples
        Draws for each sample's estimate of log p(x); 0 leaves it out.
    anew
        Whether to measure what is kept with the run already.

    Raises
    ------
    RunError, DataError
        For a run without weights; where there is something to measure, for data that is missing or has changed, or
        an unknown or empty split.
    """
    run = open_run(path)
    # Without data there may still be figures: what was kept needs none.
    kept = None if anew else kept_figures(path, split, importance_samples)
    was_kept = kept is not None
    if kept is None:
        kept = yield from measure_and_keep(
            path, split, dataset=dataset, context=context, importance_samples=importance_samples
        )
    return EvaluatedRun(
        run.name,
        run.config.model.family,
        run.config.data.source,
        kept.step,
        kept.figures,
        run.description.class_names,
        kept.measured,
        was_kept,
    )
