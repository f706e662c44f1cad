"""When a training reports, and how fast it is."""

import math
import time
from collections.abc import Callable

from explorer.training.control import Pace

PROGRESS_SECONDS = 0.05
COPY_SHARE = 0.02
"""Copying weights for the views takes at most this share of the time."""


MIN_SECONDS = 0.5
"""The speed is taken over at least so long."""


class Clock:
    """When to report, and how fast the training is.

    At one epoch a second most of the time is waiting, so the speed is then taken from the beginning of one epoch to the
    beginning of another; else from any step to any other.

    Parameters
    ----------
    now
        Gives seconds that only grow; by default the machine's.
    """

    def __init__(self, now: Callable[[], float] | None = None) -> None:
        self._now = time.monotonic if now is None else now
        self._by_epoch = False
        self._samples = self._steps = 0
        self._since: float | None = self._now()
        self._samples_per_second = self._steps_per_second = 0.0
        self._last_progress = -math.inf
        self._next_snapshot = -math.inf

    @property
    def progress_due(self) -> bool:
        """Whether the last report is long enough ago."""
        return self._now() - self._last_progress >= PROGRESS_SECONDS

    @property
    def samples_per_second(self) -> float:
        """The newest speed; 0 while it is not known."""
        return self._samples_per_second

    def seconds_left(self, steps: int) -> float | None:
        """Return how long so many steps take at the newest speed; None while it is not known."""
        return steps / self._steps_per_second if self._steps_per_second > 0 else None

    def begin_step(self, pace: Pace, *, first_of_epoch: bool) -> None:
        """Note that a step is taken now: here the speed is taken if epochs are waited for."""
        if (pace == "epoch") != self._by_epoch:
            self._by_epoch = pace == "epoch"
            self._samples_per_second = self._steps_per_second = 0.0
            self.restart()
        if self._by_epoch and first_of_epoch:
            self._measure()

    def end_step(self, samples: int) -> None:
        """Note that a step of so many samples was taken."""
        self._samples += samples
        self._steps += 1

    def note_progress(self) -> None:
        """Note that a report is made now, with the speed up to now."""
        self._last_progress = self._now()
        if not self._by_epoch:
            self._measure()

    def restart(self) -> None:
        """Begin to measure the speed anew, for example after a pause."""
        self._samples = self._steps = 0
        self._since = None if self._by_epoch else self._now()

    def _measure(self) -> None:
        now = self._now()
        seconds = 0.0 if self._since is None else now - self._since
        if self._since is not None and seconds < MIN_SECONDS:
            return
        if seconds > 0 and self._steps:
            self._samples_per_second, self._steps_per_second = self._samples / seconds, self._steps / seconds
        self._samples, self._steps, self._since = 0, 0, now

    def snapshot_due(self, force: bool) -> bool:
        """Whether the weights may be copied again without taking more than their share of the time."""
        return force or self._now() >= self._next_snapshot

    def note_copy(self, seconds: float) -> None:
        """Note that the weights have just been copied, which took ``seconds``."""
        self._next_snapshot = self._now() + max(PROGRESS_SECONDS, seconds / COPY_SHARE)
