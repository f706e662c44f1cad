"""Controls a training from another thread (pause, stop, pace), times it, and says where it runs and is saved."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import torch

from explorer.runs.checkpoint import SAVE_SECONDS
from explorer.runs.run_directory import RunDirectory

Pace = Literal["full", "epoch", "step"]
"""Full speed, one epoch a second, or one step each time `Control.advance` is called."""


class Control:
    """Pauses, stops and paces a training; thread-safe.

    The loop calls `next_action` before each step. The weights do not depend on when a step is taken.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.RLock()  # `stop` may be called by a signal while `next_action` holds it
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
