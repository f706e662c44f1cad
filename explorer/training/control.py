"""Controls a running training from another thread (pause, stop, pace), and describes where it runs and is saved."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import torch

from explorer.runs.run_directory import RunDirectory

Pace = Literal["full", "epoch", "step"]
"""Full speed, one epoch a second, or one step each time `Control.advance` is called."""

SAVE_SECONDS = 30.0
"""Time from one checkpoint of a training to the next, in seconds."""


class Control:
    """Pauses, stops and paces a training; thread-safe.

    The loop calls `next_action` before each step. The weights do not depend on when a step is taken.
    """

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
        """Whether `stop` was called."""
        return self._stopped

    @property
    def pace(self) -> Pace:
        """The current pace."""
        return self._pace

    def pause(self) -> None:
        """Pause before the next step."""
        self._set(paused=True)

    def resume(self) -> None:
        """Continue after a pause."""
        self._set(paused=False)

    def stop(self) -> None:
        """End the training before the next step; the loop saves the run first."""
        self._set(stopped=True)

    def set_pace(self, pace: Pace) -> None:
        """Change the pace; it takes effect before the next step."""
        self._set(pace=pace)

    def advance(self, steps: int = 1) -> None:
        """Allow ``steps`` more steps at the pace "step"."""
        with self._lock:
            self._allowed_steps += steps
        self._changed.set()

    def next_action(self, epoch: int) -> Literal["go", "hold", "stop"]:
        """Return what the loop must do now: take the next step, which belongs to ``epoch``, wait, or stop."""
        with self._lock:
            if self._stopped:
                return "stop"
            if self._paused or not self._pace_allows(epoch):
                return "hold"
            return "go"

    def wait(self, seconds: float) -> None:
        """Wait until the control changes, at most ``seconds``."""
        self._changed.wait(seconds)
        # A change between these two lines is not lost: the loop calls `next_action` before it waits again.
        self._changed.clear()

    def _pace_allows(self, epoch: int) -> bool:
        """Return whether the pace allows a step now, and count the step if it does."""
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
                self._pace, self._allowed_steps = pace, 0  # steps allowed at the old pace do not carry over
        self._changed.set()


@dataclass(frozen=True)
class Context:
    """Where one training runs and is saved; of these settings only device and threads affect the weights.

    Attributes
    ----------
    run
        The run to save to, and to resume from if it has a checkpoint.
    threads
        Processor threads, as resolved by `explorer.training.devices.training_threads`.
    snapshots
        Whether to yield copies of the weights for views.
    save_seconds
        Time from one checkpoint to the next, which is written after the step that is being taken then.
    """

    run: RunDirectory
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    threads: int = 1
    control: Control = field(default_factory=Control)
    snapshots: bool = False
    save_seconds: float = SAVE_SECONDS
