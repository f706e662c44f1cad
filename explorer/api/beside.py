"""Opens the window beside the user's program, for `explorer.explore` and the estimator."""

from itertools import takewhile
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.api.loaded_run import LoadedRun
from explorer.config import ConfigError
from explorer.data.live.live_data import is_instance
from explorer.runs.weights_choice import WeightsChoice, run_and_choice, runs_to_open

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.jobs.user_model.user_samples import UserModelSpec
    from explorer.ui.notebook.user_window import UserWindow

WEIGHTS = (".pt", ".pth", ".ckpt", ".safetensors")
"""Endings of files of weights."""


def open_beside(
    runs: "Mapping[Path, WeightsChoice]", spec: "UserModelSpec | None" = None, *, block: bool
) -> "int | UserWindow":
    """Open the window on runs and on the user's own model; see `explorer.ui.notebook.user_window.explore_beside`.

    Raises
    ------
    ConfigError, DataError
        Before the window opens, also if Qt cannot be loaded.
    """
    try:
        from explorer.ui.notebook.user_window import explore_beside
    except ImportError as error:  # a server may lack Qt, or the libraries of a desktop
        raise ConfigError(
            f"the window needs Qt, which cannot be loaded here ({error}); explorer.plot draws figures without it"
        ) from error
    return explore_beside(runs, spec, block=block)


def split_given(given: tuple[Any, ...]) -> tuple[dict[Path, WeightsChoice], Any, Any, Any]:
    """Return the runs with their choices of weights, the model, its data and its labels; what is not given is None.

    A loaded run opens with its own weights, a path with the final ones or, as ``RUN@best``, with others.

    Raises
    ------
    ConfigError
        If more than three arguments follow the runs, the model is None or comes second, a run is a file of weights, or
        a run is given with two choices of weights.
    """
    runs = list(takewhile(lambda each: isinstance(each, str | PathLike | LoadedRun), given))
    rest = given[len(runs) :]
    if len(rest) > 3:
        raise ConfigError("give runs, then one model, its data and its labels: explorer.explore(model, data, labels)")
    model, data, labels = (*rest, None, None, None)[:3]
    if rest and model is None:
        raise ConfigError("the model is None; pass one: explorer.explore(model, data)")
    if is_instance(data, "torch.nn.Module"):
        raise ConfigError("the second argument is a module; the model comes first: explorer.explore(model, data)")
    for run in runs:
        if not isinstance(run, LoadedRun) and Path(run).suffix in WEIGHTS:
            raise ConfigError(f"{run} is a file of weights; make a run of it: latent-explorer import {run}")
    return runs_to_open(map(_with_choice, runs)), model, data, labels


def _with_choice(run: str | PathLike[str] | LoadedRun) -> tuple[Path, WeightsChoice]:
    return (run.path, run.weights.choice) if isinstance(run, LoadedRun) else run_and_choice(run)
