"""Evaluate the newest weights of a run on one split, or return the figures that are saved with it."""

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
    """The figures of a run at a training step.

    Attributes
    ----------
    classes
        Class names, in the order of the rows of the overlap matrix.
    measured
        Time of the evaluation (ISO 8601).
    was_kept
        True if the figures were read from disk, not computed now.
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
        """Return one flat object of plain JSON values, see `Figures.to_json`; the overlap matrix is by class name."""
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
        # JSON objects need distinct keys, and user data may have classes of one name.
        names = distinct_names(self.classes, len(rows))
        shares = (None if row is None else dict(zip(names, row, strict=True)) for row in rows)
        return dict(zip(names, shares, strict=True))


def distinct_names(names: Sequence[str], count: int) -> tuple[str, ...]:
    """Return ``count`` distinct class names: indices replace missing names and are appended to repeated ones."""
    named = [names[index] if index < len(names) else str(index) for index in range(count)]
    return tuple(f"{name} ({index})" if named.count(name) > 1 else name for index, name in enumerate(named))


def evaluate_run(
    path: Path,
    split: str = "test",
    *,
    dataset: Dataset | None = None,
    context: LoadContext | None = None,
    importance_samples: int = IMPORTANCE_SAMPLES,
    anew: bool = False,
) -> Generator[tuple[int, int], None, EvaluatedRun]:
    """Return the saved figures of the newest weights; if there are none, compute them on the CPU and save them.

    Yields ``(done, total)``.

    Parameters
    ----------
    split
        ``"train"``, ``"validation"`` or ``"test"``.
    dataset
        The data of the run, if it is already loaded.
    importance_samples
        K, the draws per sample for log p(x); 0 skips it.
    anew
        If True, compute figures even if they are saved.

    Raises
    ------
    RunError, DataError
        If the run has no weights; if figures must be computed, also if the data is missing or has changed, or the split
        is unknown or empty.
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
