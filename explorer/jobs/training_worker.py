"""The one thread that trains: several runs take turns in it, a twentieth of a second each."""

import logging
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from explorer.jobs.mailbox import Mailbox
from explorer.jobs.train_run import TrainJob, run_training
from explorer.runs.errors import RunError
from explorer.training.control import Control, Pace
from explorer.training.events import Event, Finished, Held, Snapshot

LOG = logging.getLogger(__name__)
IDLE_SECONDS = 0.02


@dataclass(frozen=True)
class News:
    """One event of one run, or its beginning: ``run`` is the path of its directory."""

    run: str
    event: Event


@dataclass
class _Turn:
    run: str
    control: Control
    events: Iterator[Event]


class TrainingWorker:
    """Trains what is handed to it in one long-lived thread and leaves what happens in ``mailbox``."""

    def __init__(self) -> None:
        self.mailbox: Mailbox[News] = Mailbox()
        self._waiting: SimpleQueue[_Turn | None] = SimpleQueue()
        self._controls: dict[str, Control] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="training", daemon=False)
        self._thread.start()

    @property
    def training(self) -> tuple[str, ...]:
        """The runs that train now, paused ones included."""
        with self._lock:
            return tuple(self._controls)

    def control(self, run: str) -> Control | None:
        """Give the control of a run that trains."""
        with self._lock:
            return self._controls.get(run)

    def start(self, job: TrainJob, *, save_seconds: float = 30.0, pace: Pace = "full") -> Control:
        """Queue a job; it begins with its next turn.

        Raises
        ------
        RunError
            When this run trains already.
        """
        run = str(job.run.path)
        control = Control()
        control.set_pace(pace)
        with self._lock:
            if run in self._controls:
                raise RunError(f"{job.run.name}: is being trained already")
            self._controls[run] = control
        events = run_training(job, control, snapshots=True, save_seconds=save_seconds)
        self._waiting.put(_Turn(run, control, events))
        return control

    def close(self, timeout: float = 10.0) -> bool:
        """Stop every run, each saved, and end the thread; False when it did not end in time."""
        self._closing.set()
        with self._lock:
            for control in self._controls.values():
                control.stop()
        self._waiting.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        turns: list[_Turn] = []
        while not (self._closing.is_set() and not turns):
            turns += self._arrivals(block=not turns)
            held = 0
            for turn in list(turns):
                event = self._next(turn)
                if isinstance(event, Held):
                    held += 1
                elif event is not None:
                    self._post(turn, event)
                if event is None or isinstance(event, Finished):
                    turns.remove(turn)
            if turns and held == len(turns):
                turns[0].control.wait(IDLE_SECONDS)

    def _arrivals(self, *, block: bool) -> list[_Turn]:
        arrived = []
        try:
            turn = self._waiting.get(block=block)
            while True:
                if turn is not None:
                    if self._closing.is_set():
                        turn.control.stop()
                    arrived.append(turn)
                turn = self._waiting.get(block=False)
        except Empty:
            return arrived

    def _next(self, turn: _Turn) -> Event | None:
        try:
            event = next(turn.events)
        except StopIteration:
            self._forget(turn)
            return None
        except Exception as error:  # whatever a model raises ends its own run, never the worker
            LOG.exception("training %s", turn.run)
            self._forget(turn)
            told = str(error) if isinstance(error, RunError) else f"{type(error).__name__}: {error}"
            return Finished("failed", 0, told)
        if isinstance(event, Finished):
            # The generator is run to its end here, in the thread that runs it, so that the run's lock is free.
            if isinstance(turn.events, Generator):
                turn.events.close()
            self._forget(turn)
        return event

    def _post(self, turn: _Turn, event: Event) -> None:
        replaces = (turn.run, "snapshot") if isinstance(event, Snapshot) else None
        self.mailbox.post(News(turn.run, event), replaces)

    def _forget(self, turn: _Turn) -> None:
        with self._lock:
            self._controls.pop(turn.run, None)
