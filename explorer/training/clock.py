"""When a training reports, and how fast it is."""

import math
import time

PROGRESS_SECONDS = 0.05
COPY_SHARE = 0.02
"""Copying weights for the views takes at most this share of the time."""


class Clock:
    """When to report, and how fast the training is."""

    def __init__(self) -> None:
        self.samples = 0
        self._since = time.monotonic()
        self._speed = 0.0
        self._last_progress = -math.inf
        self._next_snapshot = -math.inf

    @property
    def progress_due(self) -> bool:
        """Whether the last report is long enough ago."""
        return time.monotonic() - self._last_progress >= PROGRESS_SECONDS

    def samples_per_second(self) -> float:
        """Give the speed over the last half second or more, and note that it is reported now."""
        now = self._last_progress = time.monotonic()
        if now - self._since >= 0.5:
            self._speed = self.samples / (now - self._since)
            self.samples, self._since = 0, now
        return self._speed

    def restart(self) -> None:
        """Begin to measure the speed anew, for example after a pause."""
        self.samples, self._since = 0, time.monotonic()

    def snapshot_due(self, force: bool) -> bool:
        """Whether the weights may be copied again without taking more than their share of the time."""
        return force or time.monotonic() >= self._next_snapshot

    def note_copy(self, seconds: float) -> None:
        """Note that the weights have just been copied, which took ``seconds``."""
        self._next_snapshot = time.monotonic() + max(PROGRESS_SECONDS, seconds / COPY_SHARE)
