"""`Tracker`, what a training is logged to, and the trackers that are known by name."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, runtime_checkable

from explorer.config import ConfigError, suggestion
from explorer.extras import missing_package
from explorer.rendering.drawing import Pixels


@dataclass(frozen=True)
class TrackedRun:
    """The run that is logged.

    Attributes
    ----------
    settings
        All settings by key, such as ``"model.latent_dim"``, as numbers or text.
    first_step
        The step that the training begins with; above 0 if it is resumed.
    """

    name: str
    path: Path
    settings: Mapping[str, int | float | bool | str]
    first_step: int


@runtime_checkable
class Tracker(Protocol):
    """Where a training is logged to. All methods are called in one thread, in the order in which they are listed.

    An error of any kind ends the logging, never the training.
    """

    title: str
    """The name in messages."""

    def begin(self, run: TrackedRun) -> None:
        """Begin to log a run."""

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Log values of a step by name: ``"total/train"``, ``"kl/validation"``, ``"learning_rate"``."""

    def picture(self, name: str, step: int, pixels: Pixels) -> None:
        """Log a picture ``(height, width, 3)`` uint8."""

    def end(self, status: str, last: Mapping[str, float]) -> None:
        """End with the status "finished", "stopped" or "failed", and the last losses of the validation split."""


_KNOWN = {
    "tensorboard": ("tensorboard", "TensorBoardTracker"),
    "mlflow": ("mlflow", "MlflowTracker"),
    "wandb": ("wandb", "WandbTracker"),
}
"""The package and the class of each tracker, by its name."""
TRACKERS = tuple(_KNOWN)

Wanted = str | Tracker | Iterable[str | Tracker] | None
"""Names of trackers, which may be separated by commas, trackers themselves, or several of these."""


def find_trackers(wanted: Wanted) -> list[Tracker]:
    """Return trackers by their names; trackers themselves are taken as they are.

    Raises
    ------
    ConfigError
        If a name is unknown, or its package is not installed.
    """
    if wanted is None:
        return []
    if isinstance(wanted, str):
        return [_by_name(name.strip()) for name in wanted.split(",") if name.strip()]
    # A protocol: any object with these methods is a tracker.
    if isinstance(wanted, Tracker):
        return [wanted]
    return [tracker for one in wanted for tracker in find_trackers(one)]


def _by_name(name: str) -> Tracker:
    if name not in _KNOWN:
        raise ConfigError(f"unknown tracker {name!r}: {suggestion(name, TRACKERS)}")
    package, class_name = _KNOWN[name]
    # Said now, not after the data is loaded and the first step taken.
    if find_spec(package) is None:
        raise ConfigError(missing_package(package, f"logging to {name}"))
    make: Callable[[], Tracker] = getattr(import_module("explorer.jobs.tracking.known_trackers"), class_name)
    return make()
