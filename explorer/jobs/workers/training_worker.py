"""The one thread that trains: several runs take turns in it, a twentieth of a second each."""

import logging
import threading
from collections.abc import Generator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from explorer.jobs.errors import error_message
from explorer.jobs.runs.train_run import TrainJob, run_training
from explorer.jobs.workers.mailbox import Mailbox, Reply
from explorer.runs.errors import RunError
from explorer.training.control import Control, Pace
from explorer.training.events import Event, Finished, Held, Kept, Progress, Snapshot

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
    reply: Reply
    control: Control
    events: Generator[Event, None, None]


class TrainingWorker:
    """Trains what is handed to it in one long-lived thread, and posts what happens as `News` for each job's reply."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
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
        """Return the control of a run that trains."""
        with self._lock:
            return self._controls.get(run)

    def start(self, job: TrainJob, reply: Reply, *, save_seconds: float = 30.0, pace: Pace = "full") -> Control:
        """Queue a job; it begins with its next turn.

        Raises
        ------
        RunError
            When this run trains already.
        """
        run = str(job.run.path)
        control = Control()
        control.set_pace(pace)
        events = run_training(job, control, snapshots=True, save_seconds=save_seconds)
        with self._lock:
            if self._closing.is_set():
                raise RunError(f"{job.run.name}: is not trained, the program is closing; resume it next time")
            if run in self._controls:
                raise RunError(f"{job.run.name}: is being trained already")
            self._controls[run] = control
            self._waiting.put(_Turn(run, reply, control, events))
        return control

    def stop(self) -> None:
        """Stop every run, each saved, and let the thread end."""
        with self._lock:
            self._closing.set()
            for control in self._controls.values():
                control.stop()
        self._waiting.put(None)

    def close(self, timeout: float = 10.0) -> bool:
        """Stop, and wait for the thread's end; False when it did not end in time."""
        self.stop()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        turns: list[_Turn] = []
        while turns or not self._closing.is_set():
            turns += self._arrivals(block=not turns)
            events = [(turn, self._next(turn)) for turn in turns]
            turns = [turn for turn, event in events if not isinstance(event, Finished)]
            if turns and all(isinstance(event, Held) for _, event in events):
                turns[0].control.wait(IDLE_SECONDS)

    def _arrivals(self, *, block: bool) -> list[_Turn]:
        arrived: list[_Turn] = []
        try:
            while True:
                turn = self._waiting.get(block=block and not arrived)
                if turn is None:  # asked to end
                    return arrived
                arrived.append(turn)
        except Empty:
            return arrived

    def _next(self, turn: _Turn) -> Event:
        """Take a run's turn and post what came of it; a run that is over is forgotten in the same moment."""
        try:
            event = next(turn.events)
        except Exception as error:  # whatever a model raises ends its own run, never the worker
            LOG.exception("training %s", turn.run)
            event = Finished("failed", 0, error_message(error))
        if isinstance(event, Finished):
            # The generator is run to its end here, in the thread that runs it, so that the run's lock is free.
            turn.events.close()
            with self._lock:
                self._mailbox.post(turn.reply, News(turn.run, event))
                del self._controls[turn.run]
        elif isinstance(event, Snapshot):
            self._mailbox.post(turn.reply, News(turn.run, event), replaces=(turn.run, "snapshot"))
        elif isinstance(event, Progress | Kept):
            self._mailbox.post(turn.reply, News(turn.run, event))
        return event
