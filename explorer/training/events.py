"""The events that the training loop yields to its caller, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from explorer.runs.history import Metric
from explorer.runs.replay import ReplayFrame


@dataclass(frozen=True)
class Progress:
    """The progress of the training, at most 20 times a second.

    ``metrics`` are those logged since the last event, with losses in nats per sample. Until the speed has been
    measured, ``samples_per_second`` is 0 and ``seconds_left`` is None. ``may_end_early`` is True with early stopping:
    ``steps``, ``epochs`` and ``seconds_left`` are then those of the longest possible training.
    """

    step: int
    steps: int
    epoch: float
    epochs: int
    samples_per_second: float
    metrics: tuple[Metric, ...] = ()
    seconds_left: float | None = None
    may_end_early: bool = False


@dataclass(frozen=True)
class Snapshot:
    """A copy of the weights on the CPU, for views."""

    step: int
    epoch: float
    weights: Mapping[str, Tensor]


@dataclass(frozen=True)
class Kept:
    """Frames of the run's replay that were written since the last event."""

    frames: tuple[ReplayFrame, ...]


@dataclass(frozen=True)
class Held:
    """The training is paused or waits for its pace; the caller should wait a moment before the next event."""


@dataclass(frozen=True)
class Finished:
    """The last event; the run has been saved. ``reason`` is one sentence on why it ended early or failed, or empty."""

    status: Literal["finished", "stopped", "failed"]
    step: int
    reason: str = ""


Event = Progress | Snapshot | Kept | Held | Finished
