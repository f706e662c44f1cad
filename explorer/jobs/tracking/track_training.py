"""Hands what a training reports to trackers, without slowing it down or stopping it.

1. `track_training` passes the events of a training on, and puts the values of each `Progress` into a queue.
2. A thread takes them out and calls the trackers, so that a slow disk or network does not delay a step.
3. A tracker that fails is left out from then on; the reason is reported once.
4. At the end the pictures are logged, and the thread gets `CLOSE_SECONDS` to write what is left.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from queue import Empty, SimpleQueue
from textwrap import shorten

from explorer.jobs.runs.train_run import TrainJob
from explorer.jobs.tracking.tracked_run import losses_of, run_pictures, tracked_run, values_of
from explorer.jobs.tracking.tracker import TrackedRun, Tracker
from explorer.training.events import Event, Finished, Progress

CLOSE_SECONDS = 30.0
"""Maximum time to wait for the trackers after the training."""

MAX_REASON = 240
"""Maximum letters of the reason why a tracker failed."""

_Call = Callable[[Tracker], None]


def track_training(
    job: TrainJob, events: Iterable[Event], trackers: Sequence[Tracker], warn: Callable[[str], None]
) -> Generator[Event, None, None]:
    """Pass the events of the training of a job on, and log them.

    Parameters
    ----------
    trackers
        Without any, the events are only passed on.
    warn
        Called with one sentence, in the thread of the caller, if a tracker fails.
    """
    if not trackers:
        yield from events
        return
    writer = _Feed(trackers, tracked_run(job))
    last: dict[str, float] = {}
    try:
        for event in events:
            if isinstance(event, Progress):
                last |= losses_of(event)
                for step, values in values_of(job, event).items():
                    writer.put(lambda tracker, step=step, values=values: tracker.log(step, values))  # type: ignore[misc]
            elif isinstance(event, Finished):
                _finish(writer, job, event, last)
            # Reported before the event is passed on: a caller may take no more after the last one.
            for problem in writer.problems():
                warn(problem)
            yield event
    finally:
        writer.close()


def _finish(writer: "_Feed", job: TrainJob, event: Finished, last: dict[str, float]) -> None:
    if event.status != "failed":
        for name, pixels in run_pictures(job):
            writer.put(lambda tracker, name=name, pixels=pixels: tracker.picture(name, event.step, pixels))  # type: ignore[misc]
    writer.put(lambda tracker: tracker.end(event.status, last))
    writer.close()


class _Feed:
    """Calls trackers in a thread of its own."""

    def __init__(self, trackers: Sequence[Tracker], run: TrackedRun) -> None:
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._problems: SimpleQueue[str] = SimpleQueue()
        self._active = list(trackers)
        self.put(lambda tracker: tracker.begin(run))
        # A daemon: a tracker that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._work, name="tracking", daemon=True)
        self._thread.start()

    def put(self, call: _Call) -> None:
        """Queue a call of every tracker that still works."""
        self._calls.put(call)

    def problems(self) -> Iterator[str]:
        """Return what went wrong since the last call, as sentences."""
        while True:
            try:
                yield self._problems.get_nowait()
            except Empty:
                return

    def close(self) -> None:
        """Wait until everything is written."""
        if self._thread.is_alive():
            self._calls.put(None)
            self._thread.join(CLOSE_SECONDS)
            if self._thread.is_alive():
                names = " and ".join(tracker.title for tracker in self._active)
                self._problems.put(f"{names} did not finish within {CLOSE_SECONDS:.0f} s; its log may be incomplete")

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            for tracker in tuple(self._active):
                try:
                    call(tracker)
                except (Exception, SystemExit) as error:  # of any package, with any reason
                    self._active.remove(tracker)
                    why = shorten(f"{type(error).__name__}: {error}", MAX_REASON, placeholder=" …")
                    self._problems.put(f"{tracker.title} no longer logs this training, which continues ({why})")
