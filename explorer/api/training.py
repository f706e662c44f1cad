"""Trains a run from a script, in the calling thread."""

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from explorer.api.loaded_run import LoadedRun, load_run
from explorer.config import ConfigError, RunConfig, value_text
from explorer.jobs.runs.settings import build_config, named_assignments
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.runs.files import RunError
from explorer.training.events import Finished, Progress


def train_new_run(
    config: RunConfig | None = None,
    *,
    out: str | PathLike[str],
    data: str | None = None,
    model: str = "vae",
    device: str = "auto",
    overwrite: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    **settings: Any,
) -> LoadedRun:
    """Train a run to its end and return it, opened.

    Parameters
    ----------
    config
        The whole config. If None, it is built from ``data``, ``model`` and ``settings``.
    data
        A catalogue name or a path; by default the family's example data.
    out
        The new folder of the run.
    on_progress
        Called with each `Progress`, at most 20 times a second.
    **settings
        Any setting of the config by its name: ``latent_dim=2, epochs=30, seed=0, beta=4``.

    Raises
    ------
    ConfigError, DataError, RunError
        If a setting is invalid, the data is unusable, the folder already exists, or the training failed.
    """
    if config is None:
        named = {} if data is None else {"data.source": value_text(data)}
        config = build_config(model, named | named_assignments(model, settings))
    elif settings:
        raise ConfigError("pass either a config or settings by name, not both")
    job = new_run(config, Path(out), device=device, overwrite=overwrite)
    # The loop is a generator: the model trains while its events are consumed.
    for event in run_training(job):
        if isinstance(event, Progress) and on_progress is not None:
            on_progress(event)
        # A script must not continue with a failed run as if it were trained.
        if isinstance(event, Finished) and event.status == "failed":
            raise RunError(f"{out}: {event.reason}")
    return load_run(out)
