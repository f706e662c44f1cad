"""Save computed figures with their run, so that nothing is computed twice.

1. `measure_and_keep` evaluates the chosen weights and passes the figures to `keep_figures`.
2. `keep_figures` writes them to ``figures.json`` in the run folder; a read-only run has them in the user's cache.
3. Each entry has a `FiguresKey`: checksum of the weights, fingerprint of the data, split, K, and the version of
   the definitions.
4. `all_kept` returns only the entries whose key matches the chosen weights, so stale figures are never shown.
   Figures of weights that the run no longer has go with the next ones.
5. `evaluate_run` returns the saved figures of a split, and computes them only if there are none.
"""

import logging
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from explorer.data.context import LoadContext
from explorer.data.corruption import Corruption
from explorer.data.dataset import Dataset
from explorer.jobs.runs.run_data import data_of_run
from explorer.latent.evaluation.evaluate import IMPORTANCE_SAMPLES, evaluate_in_chunks
from explorer.latent.evaluation.figures import FIGURES_VERSION, Figures
from explorer.runs.checkpoint import Checkpoint
from explorer.runs.figures_file import FILE_NAME, FiguresEntry, FiguresKey, read_entries, write_entry
from explorer.runs.files import RunError
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.weights_choice import FINAL, RunWeights, WeightsChoice

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptFigures:
    """Saved figures.

    Attributes
    ----------
    step
        Training step of the weights.
    requested_draws
        The requested K of log p(x); `Figures.importance_samples` is 0 if log p(x) is not defined.
    measured
        Time of the evaluation (ISO 8601).
    """

    figures: Figures
    step: int
    requested_draws: int
    measured: str


def kept_figures(
    path: Path, split: str = "test", importance_samples: int | None = None, weights: WeightsChoice = FINAL
) -> KeptFigures | None:
    """Return the saved figures of the chosen weights of a run; None if there are none.

    Parameters
    ----------
    importance_samples
        The K of log p(x); None selects the figures with the largest K.

    Raises
    ------
    RunError
        If the folder is not a run.
    """
    return _chosen_figures(all_kept(open_run(path), weights), split, importance_samples)


def _chosen_figures(all_kept: Iterable[KeptFigures], split: str, importance_samples: int | None) -> KeptFigures | None:
    return most_draws(
        kept for kept in all_kept if kept.figures.split == split and importance_samples in (None, kept.requested_draws)
    )


def most_draws(kept: Iterable[KeptFigures]) -> KeptFigures | None:
    """Return the figures with the largest K; None if there are none."""
    # A larger K estimates log p(x) better and contains all other figures.
    return max(kept, key=lambda one: one.requested_draws, default=None)


def all_kept(run: RunDirectory, weights: WeightsChoice = FINAL) -> tuple[KeptFigures, ...]:
    """Return all saved figures of the chosen weights of a run; damaged entries are skipped."""
    try:
        return _all_kept(run, run.weights_of(weights))
    except RunError:  # it has no such weights
        return ()


def _all_kept(run: RunDirectory, weights: RunWeights) -> tuple[KeptFigures, ...]:
    wanted = _key(run, weights)
    found: dict[FiguresKey, KeptFigures] = {}
    # The run's own file last: where both have the same measurement, it wins.
    for file in (_cached(wanted), run.path / FILE_NAME):
        for entry in read_entries(file):
            if entry.of.is_of_same_weights(wanted) and (figures := _figures(entry)) is not None:
                found[entry.of] = KeptFigures(figures, entry.of.step, entry.of.importance_samples, entry.measured)
    return tuple(found.values())


def keep_figures(run: RunDirectory, figures: Figures, step: int, requested_draws: int) -> KeptFigures:
    """Save figures with their run, or in the user's cache for a read-only run; a failed write is only logged.

    Parameters
    ----------
    step
        Training step of the evaluated weights; only figures of weights that the run still has are saved.
    requested_draws
        The requested K of log p(x).
    """
    kept = KeptFigures(figures, step, requested_draws, time.strftime("%Y-%m-%dT%H:%M:%S%z"))
    has = run.kept_weights()
    evaluated = next((one for one in has if one.step == step), None)
    if evaluated is None:  # the run has trained on while it was measured
        return kept
    key = _key(run, evaluated, figures.split, requested_draws)
    file = _cached(key) if run.read_only else run.path / FILE_NAME
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        entry = FiguresEntry(key, kept.measured, figures.to_file())
        write_entry(file, entry, {one.checksum for one in has})
    except OSError as error:
        LOG.warning("the figures of %s cannot be saved (%s)", run.path, error.strerror or error)
    return kept


def measure_and_keep(
    path: Path,
    split: str = "test",
    *,
    dataset: Dataset | None = None,
    context: LoadContext | None = None,
    importance_samples: int = IMPORTANCE_SAMPLES,
    weights: WeightsChoice = FINAL,
) -> Generator[tuple[int, int], None, KeptFigures]:
    """Evaluate the chosen weights of a run on the CPU and save the figures; yields ``(done, total)``.

    Parameters
    ----------
    split
        ``"train"``, ``"validation"`` or ``"test"``.
    dataset
        The data of the run, if it is already loaded.
    importance_samples
        K, the draws per sample for log p(x); 0 skips it.

    Raises
    ------
    RunError, DataError
        If the run has no such weights, its data is missing or has changed, or the split is unknown or empty.
    """
    run = open_run(path)
    checkpoint, _ = run.checkpoint_of(weights)
    return (
        yield from _measured(run, checkpoint, split, data_of_run(run, context, dataset=dataset), importance_samples)
    )


def _measured(
    run: RunDirectory, checkpoint: Checkpoint, split: str, dataset: Dataset, importance_samples: int
) -> Generator[tuple[int, int], None, KeptFigures]:
    # A denoising model has figures for corrupted input, with the corruption of its training.
    corruption = Corruption.of_training(run.config.train)
    figures = yield from evaluate_in_chunks(
        run.model_of(checkpoint), dataset, split, importance_samples=importance_samples, corruption=corruption
    )
    return keep_figures(run, figures, checkpoint.step, importance_samples)


def _key(run: RunDirectory, weights: RunWeights, split: str = "", importance_samples: int = 0) -> FiguresKey:
    about = run.description.fingerprint
    return FiguresKey(split, importance_samples, weights.step, weights.checksum, about, FIGURES_VERSION)


def _cached(of: FiguresKey) -> Path:
    # Named by checksums, not by path: a run that was copied or renamed still finds them.
    folder = platformdirs.user_cache_path("latent-explorer", appauthor=False) / "figures"
    return folder / f"{of.weights[:24]}-{of.data[:16]}.json"


def _figures(entry: FiguresEntry) -> Figures | None:
    try:
        return Figures.from_json(entry.figures)
    except (ValueError, TypeError, KeyError):  # damaged, or written by a version with other figures
        return None


@dataclass(frozen=True)
class EvaluatedRun:
    """The figures of a run.

    Attributes
    ----------
    weights
        The weights that they are of.
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
    weights: RunWeights
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
            **self.weights.to_json(),
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
    weights: WeightsChoice = FINAL,
) -> Generator[tuple[int, int], None, EvaluatedRun]:
    """Return the saved figures of the chosen weights; if there are none, compute them on the CPU and save them.

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
        If the run has no such weights; if figures must be computed, also if the data is missing or has changed, or the
        split is unknown or empty.
    """
    run = open_run(path)
    used = run.weights_of(weights)
    # Without data there may still be figures: what was kept needs none.
    kept = None if anew else _chosen_figures(_all_kept(run, used), split, importance_samples)
    was_kept = kept is not None
    if kept is None:
        dataset = data_of_run(run, context, dataset=dataset)
        checkpoint, used = run.checkpoint_of(weights)
        kept = yield from _measured(run, checkpoint, split, dataset, importance_samples)
    return EvaluatedRun(
        run.name,
        run.config.model.family,
        run.config.data.source,
        used,
        kept.figures,
        run.description.class_names,
        kept.measured,
        was_kept,
    )
