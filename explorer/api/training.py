"""Trains a run from a script, in the calling thread."""

import warnings
from collections.abc import Callable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from explorer.api.loaded_run import LoadedRun
from explorer.assets import runs_folder
from explorer.config import ConfigError, RunConfig, value_text
from explorer.data.live.read_live import read_live
from explorer.jobs.runs.settings import build_config, free_run_path, named_assignments
from explorer.jobs.runs.train_run import TrainJob, new_run, run_training
from explorer.jobs.tracking.track_training import track_training
from explorer.jobs.tracking.tracker import Tracker, Wanted, find_trackers
from explorer.runs.files import RunError
from explorer.runs.run_directory import open_run
from explorer.training.events import Finished, Progress

OnProgress = Callable[[Progress], None]


def train_new_run(
    config: RunConfig | None = None,
    *,
    data: Any = None,
    labels: Any = None,
    out: str | PathLike[str] | None = None,
    model: str = "vae",
    device: str = "auto",
    overwrite: bool = False,
    on_progress: OnProgress | None = None,
    log: Wanted = None,
    **settings: Any,
) -> LoadedRun:
    """Train a run to its end and open it; parameters and errors are those of `explorer.train`."""
    in_memory = data is not None and not isinstance(data, str | PathLike)
    if labels is not None and not in_memory:
        raise ConfigError("labels belong to data in memory; for a file, name its column by label_column")
    if config is None:
        named = {} if data is None or in_memory else {"data.source": value_text(fspath(data))}
        config = build_config(model, named | named_assignments(model, settings))
    elif settings or not (data is None or in_memory):
        raise ConfigError("pass either a config or settings by name, not both")
    live = read_live(data, labels) if in_memory else None
    if live is not None and live.note:
        _warn(live.note)
    stem = "data" if in_memory else Path(config.data.source).stem
    folder = free_run_path(runs_folder(), f"{stem}-{config.model.family}") if out is None else Path(out)
    trackers = find_trackers(log)
    return train_to_end(new_run(config, folder, live=live, device=device, overwrite=overwrite), on_progress, trackers)


def train_to_end(job: TrainJob, on_progress: OnProgress | None = None, trackers: Sequence[Tracker] = ()) -> LoadedRun:
    """Train a run to its end and return it, opened.

    Raises
    ------
    RunError
        If the training failed.
    """
    # The loop is a generator: the model trains while its events are consumed.
    for event in track_training(job, run_training(job), trackers, _warn):
        if isinstance(event, Progress) and on_progress is not None:
            on_progress(event)
        # A script must not continue with a failed run as if it were trained.
        if isinstance(event, Finished) and event.status == "failed":
            raise RunError(f"{job.run.path}: {event.reason}")
    return LoadedRun(open_run(job.run.path), job.dataset)


def _warn(sentence: str) -> None:
    warnings.warn(sentence, RuntimeWarning, stacklevel=4)
