"""The training worker: one thread in which several runs train, a twentieth of a second each in turn.

1. `TrainingWorker.start` wraps a job in a generator of events, registers its `Control`, and queues it.
2. The thread collects new jobs and advances each run's generator to its next event, one run after the other.
3. Events that the window shows are posted as `News`. Of snapshots of one run, only the newest stays in the mailbox.
4. When all runs are paused, the thread waits on one of their controls instead of polling.
5. A run that finishes or fails is closed and forgotten in one moment, so that it can be started again at once.
6. `TrainingWorker.stop` stops all runs, each of which saves its weights, and ends the thread.

One thread, because torch uses all cores for one model; two models at a time would only compete for them.
"""

import logging
import threading
from collections.abc import Generator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from explorer.jobs.questions import error_message
from explorer.jobs.runs.train_run import TrainJob, run_training
from explorer.jobs.workers.mailbox import Mailbox, Reply
from explorer.runs.checkpoint import SAVE_SECONDS
from explorer.runs.files import RunError
from explorer.training.control import Control, Pace
from explorer.training.events import Event, Finished, Held, Kept, Progress, Snapshot

LOG = logging.getLogger(__name__)
IDLE_SECONDS = 0.02
"""Longest wait for a paused run, so that a new job or another run is noticed soon."""


@dataclass(frozen=True)
class News:
    """An event of a run; ``run`` is the path of its folder."""

    run: str
    event: Event


@dataclass
class _Turn:
    run: str
    reply: Reply
    control: Control
    events: Generator[Event, None, None]


class TrainingWorker:
    """Trains jobs in one long-lived thread, and posts their events as `News` to the reply of each job."""

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
        """The runs in training, including paused ones."""
        with self._lock:
            return tuple(self._controls)

    def control(self, run: str) -> Control | None:
        """Return the control of a run in training; None for any other run."""
        with self._lock:
            return self._controls.get(run)

    def start(self, job: TrainJob, reply: Reply, *, save_seconds: float = SAVE_SECONDS, pace: Pace = "full") -> Control:
        """Queue a job and return its control; the job starts with its first turn.

        Raises
        ------
        RunError
            If this run is in training already, or the worker is closing.
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
            # Under the lock together with the check, or two calls could start the same run.
            self._controls[run] = control
            self._waiting.put(_Turn(run, reply, control, events))
        return control

    def stop(self) -> None:
        """Stop every run, which saves its weights, and let the thread end."""
        with self._lock:
            self._closing.set()
            for control in self._controls.values():
                control.stop()
        self._waiting.put(None)

    def close(self, timeout: float = 10.0) -> bool:
        """Stop, and wait for the end of the thread; return False if it did not end in time."""
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
                # Block only for the first arrival; take the others that are there without waiting.
                turn = self._waiting.get(block=block and not arrived)
                if turn is None:  # `stop` puts None to end the wait
                    return arrived
                arrived.append(turn)
        except Empty:
            return arrived

    def _next(self, turn: _Turn) -> Event:
        """Advance a run to its next event and post it; forget a run that has finished."""
        try:
            event = next(turn.events)
        except (Exception, SystemExit) as error:  # a model may raise anything: end its run, but not the worker
            LOG.exception("training %s", turn.run)
            event = Finished("failed", 0, error_message(error))
        if isinstance(event, Finished):
            # Close the generator here, in the thread that runs it, so that the lock of the run's folder is released.
            turn.events.close()
            with self._lock:
                self._mailbox.post(turn.reply, News(turn.run, event))
                del self._controls[turn.run]
        elif isinstance(event, Snapshot):
            self._mailbox.post(turn.reply, News(turn.run, event), replaces=(turn.run, "snapshot"))
        elif isinstance(event, Progress | Kept):
            self._mailbox.post(turn.reply, News(turn.run, event))
        return event
