"""Figures that are kept with their run, in its ``figures.json``, so that nothing is measured twice.

They are shown as long as the run's newest weights, its data and the figures' definitions are what they were measured
of. Those of a run that is read-only lie in the user's cache.
"""

import logging
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from explorer.data.context import LoadContext
from explorer.data.corruption import Corruption
from explorer.data.dataset import Dataset
from explorer.jobs.runs.run_data import data_of_run
from explorer.latent.evaluation.evaluate import IMPORTANCE_SAMPLES, evaluate_in_chunks
from explorer.latent.evaluation.figures import FIGURES_VERSION, Figures
from explorer.runs.errors import RunError
from explorer.runs.figures_file import FILE_NAME, FiguresEntry, MeasuredOf, read_entries, write_entry
from explorer.runs.run_directory import RunDirectory, open_run

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptFigures:
    """Figures of a run's weights after ``step`` steps, and when they were measured (ISO 8601).

    ``asked`` is the K that was asked for; `Figures.importance_samples` is 0 where log p(x) is not defined.
    """

    figures: Figures
    step: int
    asked: int
    measured: str


def kept_figures(path: Path, split: str = "test", importance_samples: int | None = None) -> KeptFigures | None:
    """Return the figures that are kept of a run's newest weights; None where there are none.

    Parameters
    ----------
    importance_samples
        K of log p(x); None: those with the most draws.

    Raises
    ------
    RunError
        When it is no run.
    """
    run = open_run(path)
    return most_draws(
        kept for kept in all_kept(run) if kept.figures.split == split and importance_samples in (None, kept.asked)
    )


def most_draws(kept: Iterable[KeptFigures]) -> KeptFigures | None:
    """Return those with the most draws for log p(x); None of none."""
    return max(kept, key=lambda one: one.asked, default=None)


def all_kept(run: RunDirectory) -> tuple[KeptFigures, ...]:
    """Return all figures that are kept of a run's newest weights; what does not hold together is left out."""
    newest = _newest(run)
    if newest is None:
        return ()
    found: dict[MeasuredOf, KeptFigures] = {}
    # The run's own file last: where both have the same measurement, it wins.
    for file in (_cached(newest), run.path / FILE_NAME):
        for entry in read_entries(file):
            if entry.of.is_of_same_weights(newest) and (figures := _figures(entry)) is not None:
                found[entry.of] = KeptFigures(figures, entry.of.step, entry.of.importance_samples, entry.measured)
    return tuple(found.values())


def keep_figures(run: RunDirectory, figures: Figures, step: int, asked: int) -> KeptFigures:
    """Keep figures with their run, in the user's cache where the run is read-only; where neither goes, not at all.

    Parameters
    ----------
    step
        Of the weights that they are of; figures of any but the newest are not kept.
    asked
        The K that was asked for.
    """
    kept = KeptFigures(figures, step, asked, time.strftime("%Y-%m-%dT%H:%M:%S%z"))
    newest = _newest(run, figures.split, asked)
    # The run may have trained on while it was measured.
    if newest is None or newest.step != step:
        return kept
    file = _cached(newest) if run.read_only else run.path / FILE_NAME
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_entry(file, FiguresEntry(newest, kept.measured, figures.to_json()))
    except OSError as error:
        LOG.warning("the figures of %s cannot be kept (%s)", run.path, error.strerror or error)
    return kept


def measure_and_keep(
    path: Path,
    split: str = "test",
    *,
    dataset: Dataset | None = None,
    context: LoadContext | None = None,
    importance_samples: int = IMPORTANCE_SAMPLES,
) -> Generator[tuple[int, int], None, KeptFigures]:
    """Evaluate a run's newest weights on the CPU and keep the figures; yields ``(done, total)``.

    Parameters
    ----------
    split
        ``"train"``, ``"validation"`` or ``"test"``.
    dataset
        The run's data, where it is loaded already.
    importance_samples
        Draws for each sample's estimate of log p(x); 0 leaves it out.

    Raises
    ------
    RunError, DataError
        For a run without weights, data that is missing or has changed, or an unknown or empty split.
    """
    run = open_run(path)
    model, step = run.load_model()
    dataset = data_of_run(run, context, dataset=dataset)
    corruption = Corruption.of_training(run.config.train)
    figures = yield from evaluate_in_chunks(
        model, dataset, split, importance_samples=importance_samples, corruption=corruption
    )
    return keep_figures(run, figures, step, importance_samples)


def _newest(run: RunDirectory, split: str = "", importance_samples: int = 0) -> MeasuredOf | None:
    """Say what figures of the newest weights are of; None where there are no weights."""
    try:
        step, weights = run.newest_weights()
    except RunError:
        return None
    return MeasuredOf(split, importance_samples, step, weights, run.description.fingerprint, FIGURES_VERSION)


def _cached(of: MeasuredOf) -> Path:
    # Named by checksums, not by path: a run that was copied or renamed still finds them.
    folder = platformdirs.user_cache_path("latent-explorer", appauthor=False) / "figures"
    return folder / f"{of.weights[:24]}-{of.data[:16]}.json"


def _figures(entry: FiguresEntry) -> Figures | None:
    try:
        return Figures.from_json(entry.figures)
    except (ValueError, TypeError, KeyError):  # damaged, or of a program that knew other figures
        return None
