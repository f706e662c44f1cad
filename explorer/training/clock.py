"""Times a training: when the next report and the next copy of the weights are due, and how fast it runs."""

import math
import time
from collections.abc import Callable

from explorer.training.control import Pace

PROGRESS_SECONDS = 0.05
"""Minimum time between two reports."""
COPY_SHARE = 0.02
"""Maximum share of the time spent on copying weights for the views."""
MIN_SECONDS = 0.5
"""Minimum duration over which the speed is measured."""


class Clock:
    """Measures the speed of a training and times its reports.

    At the pace of one epoch a second the training mostly waits. Its speed is then measured from the beginning of one
    epoch to the beginning of another, so that the wait counts; at full speed, between any two steps.

    Parameters
    ----------
    now
        A monotonic clock in seconds; by default that of the machine.
    """

    def __init__(self, now: Callable[[], float] | None = None) -> None:
        self._now = time.monotonic if now is None else now
        self._by_epoch = False
        self._samples = self._steps = 0
        self._since: float | None = self._now()
        self._seconds, self._step_began = 0.0, self._now()
        self._samples_per_second = self._steps_per_second = 0.0
        self._last_progress = -math.inf
        self._next_snapshot = -math.inf

    @property
    def progress_due(self) -> bool:
        """Whether it is time for the next report."""
        return self._now() - self._last_progress >= PROGRESS_SECONDS

    @property
    def samples_per_second(self) -> float:
        """The latest speed; 0 before the first measurement."""
        return self._samples_per_second

    def seconds_left(self, steps: int) -> float | None:
        """Return the duration of ``steps`` steps at the latest speed; None before the first measurement."""
        return steps / self._steps_per_second if self._steps_per_second > 0 else None

    @property
    def seconds(self) -> float:
        """The time spent in steps so far."""
        return self._seconds

    def begin_step(self, pace: Pace, *, first_of_epoch: bool) -> None:
        """Record the beginning of a step; at the pace "epoch", measure the speed here."""
        if (pace == "epoch") != self._by_epoch:
            self._by_epoch = pace == "epoch"
            self._samples_per_second = self._steps_per_second = 0.0
            self.restart()
        if self._by_epoch and first_of_epoch:
            self._measure()
        self._step_began = self._now()

    def end_step(self, samples: int) -> None:
        """Record the end of a step on ``samples`` samples."""
        self._seconds += self._now() - self._step_began
        self._samples += samples
        self._steps += 1

    def note_progress(self) -> None:
        """Record that a report is made now, and measure the speed."""
        self._last_progress = self._now()
        if not self._by_epoch:
            self._measure()

    def restart(self) -> None:
        """Restart the measurement of the speed, for example after a pause."""
        self._samples = self._steps = 0
        self._since = None if self._by_epoch else self._now()

    def _measure(self) -> None:
        now = self._now()
        seconds = 0.0 if self._since is None else now - self._since
        # Too short a time would make the displayed speed jump.
        if self._since is not None and seconds < MIN_SECONDS:
            return
        if seconds > 0 and self._steps:
            self._samples_per_second, self._steps_per_second = self._samples / seconds, self._steps / seconds
        self._samples, self._steps, self._since = 0, 0, now

    def snapshot_due(self, force: bool) -> bool:
        """Return whether the weights may be copied again without exceeding `COPY_SHARE`."""
        return force or self._now() >= self._next_snapshot

    def note_copy(self, seconds: float) -> None:
        """Record that the weights have just been copied, which took ``seconds``."""
        self._next_snapshot = self._now() + max(PROGRESS_SECONDS, seconds / COPY_SHARE)
