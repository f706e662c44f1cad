"""How a hand steers a running training from another thread: run, pause, stop, pace."""

import threading
import time
from collections.abc import Callable
from typing import Literal

Pace = Literal["full", "epoch", "step"]
"""Full speed, one epoch a second, or one step each time `Control.advance` is called."""


class Control:
    """Thread-safe; the loop asks `next_action` before each step. The weights do not depend on it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._stopped = False
        self._paused = False
        self._pace: Pace = "full"
        self._allowed_steps = 0
        self._epoch = -1
        self._epoch_started = -1.0

    @property
    def paused(self) -> bool:
        """Whether training is paused."""
        return self._paused

    @property
    def stopping(self) -> bool:
        """Whether training was asked to stop."""
        return self._stopped

    @property
    def pace(self) -> Pace:
        """The present pace."""
        return self._pace

    def pause(self) -> None:
        """Hold before the next step."""
        self._set(paused=True)

    def resume(self) -> None:
        """Go on."""
        self._set(paused=False)

    def stop(self) -> None:
        """End before the next step; the loop saves first."""
        self._set(stopped=True)

    def set_pace(self, pace: Pace) -> None:
        """Change the pace; it takes effect before the next step."""
        self._set(pace=pace)

    def advance(self, steps: int = 1) -> None:
        """Allow some steps more at pace "step"."""
        with self._lock:
            self._allowed_steps += steps
        self._changed.set()

    def next_action(self, epoch: int) -> Literal["go", "hold", "stop"]:
        """Say whether the next step, of ``epoch``, may be taken now."""
        with self._lock:
            if self._stopped:
                return "stop"
            if self._paused or not self._pace_allows(epoch):
                return "hold"
            return "go"

    def wait(self, seconds: float) -> None:
        """Wait until something was changed, at most ``seconds``."""
        self._changed.wait(seconds)
        self._changed.clear()

    def _pace_allows(self, epoch: int) -> bool:
        if self._pace == "step":
            if self._allowed_steps == 0:
                return False
            self._allowed_steps -= 1
        elif self._pace == "epoch" and epoch != self._epoch:
            now = self._clock()
            if now - self._epoch_started < 1.0:
                return False
            self._epoch_started = now
        self._epoch = epoch
        return True

    def _set(self, *, stopped: bool | None = None, paused: bool | None = None, pace: Pace | None = None) -> None:
        with self._lock:
            self._stopped = self._stopped if stopped is None else stopped
            self._paused = self._paused if paused is None else paused
            if pace is not None:
                self._pace, self._allowed_steps = pace, 0
        self._changed.set()
