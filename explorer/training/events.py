"""What a training tells whoever runs it: frozen values, yielded by the loop."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from explorer.runs.history import Metric
from explorer.runs.replay import Frame


@dataclass(frozen=True)
class Progress:
    """How far the training is; at most 20 a second.

    ``metrics`` are those logged since the last one, losses in nats per sample; ``samples_per_second`` is 0 and
    ``seconds_left`` None while the speed is not known.
    """

    step: int
    steps: int
    epoch: float
    epochs: int
    samples_per_second: float
    metrics: tuple[Metric, ...] = ()
    seconds_left: float | None = None


@dataclass(frozen=True)
class Snapshot:
    """An immutable copy of the weights, on the CPU, for the views."""

    step: int
    epoch: float
    weights: Mapping[str, Tensor]


@dataclass(frozen=True)
class Kept:
    """Frames of the run's replay that lie on the disk by now."""

    frames: tuple[Frame, ...]


@dataclass(frozen=True)
class Held:
    """Training is paused, or waits for its pace; ask again after a moment."""


@dataclass(frozen=True)
class Finished:
    """The last event: the run is saved. ``reason`` says in one sentence why it stopped or failed."""

    status: Literal["finished", "stopped", "failed"]
    step: int
    reason: str = ""


Event = Progress | Snapshot | Kept | Held | Finished
