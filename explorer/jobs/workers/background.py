"""The background worker: one thread for long tasks without a model, such as loading data and writing files.

1. `Background.submit` queues a task under a key, in the thread of the window.
2. The worker's thread takes the tasks one after the other and calls each with a `LoadContext`.
3. Through the context the task reports its progress, posted as `Working` at most every `MIN_SECONDS`, and asks whether
   it is cancelled, which raises `Cancelled` within the task.
4. The end of a task, by its value, an error or a cancellation, is posted as `Done`.
5. `Background.stop` cancels all tasks except those submitted with ``keep``, such as saving a file, and ends the thread.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any

from explorer.data.context import Cancelled, LoadContext
from explorer.jobs.questions import USER_ERRORS, error_message
from explorer.jobs.workers.mailbox import Mailbox, Reply

LOG = logging.getLogger(__name__)

MIN_SECONDS = 0.05
"""Minimum time between two progress reports of a task."""


@dataclass(frozen=True)
class Working:
    """Progress of a task; ``total`` is 0 if it is unknown."""

    key: str
    done: int
    total: int
    text: str


@dataclass(frozen=True)
class Done:
    """End of a task: its value, or ``problem``, a sentence on what failed; neither if it was cancelled."""

    key: str
    value: Any = None
    problem: str = ""
    cancelled: bool = False


@dataclass(frozen=True)
class _Task:
    key: str
    work: Callable[[LoadContext], Any]
    reply: Reply
    cancel: threading.Event
    keep: bool


class _Reporter:
    """Posts the progress of a task as `Working`, limited to one report in `MIN_SECONDS`."""

    def __init__(self, key: str, post: Callable[[Working], None], clock: Callable[[], float]) -> None:
        self._key, self._post, self._clock = key, post, clock
        self._next = -math.inf

    def __call__(self, done: int, total: int, text: str) -> None:
        now = self._clock()
        # The last report always passes: a progress bar would otherwise stop short of 100 %.
        if now >= self._next or done == total:
            self._next = now + MIN_SECONDS
            self._post(Working(self._key, done, total, text))


class Background:
    """Runs tasks one after the other in a thread of its own, and posts `Working` and `Done` to the reply of each.

    A task posts `Working` at most every `MIN_SECONDS`; the report that everything is done is always posted.
    """

    def __init__(self, mailbox: Mailbox, clock: Callable[[], float] = time.monotonic) -> None:
        self._mailbox = mailbox
        self._clock = clock
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._pending: list[_Task] = []
        self._lock = threading.Lock()
        # Not a daemon: the interpreter would kill a daemon in the middle of writing a file.
        self._thread = threading.Thread(target=self._run, name="background", daemon=False)
        self._thread.start()

    def submit(self, key: str, work: Callable[[LoadContext], Any], reply: Reply, *, keep: bool = False) -> None:
        """Queue a task; ``key`` names it in reports, and a task to ``keep`` runs even after `stop`."""
        task = _Task(key, work, reply, threading.Event(), keep)
        with self._lock:
            self._pending.append(task)
        self._tasks.put(task)

    def cancel(self, key: str) -> None:
        """Cancel the running and waiting tasks with this key."""
        with self._lock:
            for task in self._pending:
                if task.key == key:
                    task.cancel.set()

    def stop(self) -> None:
        """Cancel all tasks but those to keep, and let the thread end after them."""
        with self._lock:
            for task in self._pending:
                if not task.keep:
                    task.cancel.set()
        self._tasks.put(None)

    def close(self, timeout: float = 10.0) -> bool:
        """Stop, and wait for the end of the thread; return False if it did not end in time."""
        self.stop()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            done = self._do(task)
            with self._lock:
                self._pending.remove(task)
            # Posted last: whoever receives `Done` may submit the same key again.
            self._mailbox.post(task.reply, done)

    def _do(self, task: _Task) -> Done:
        context = LoadContext(
            _Reporter(task.key, partial(self._mailbox.post, task.reply), self._clock), task.cancel.is_set
        )
        try:
            # A task that was cancelled while it waited never starts.
            if task.cancel.is_set():
                return Done(task.key, cancelled=True)
            return Done(task.key, task.work(context))
        except Cancelled:
            return Done(task.key, cancelled=True)
        except USER_ERRORS as error:
            return Done(task.key, problem=str(error))
        except OSError as error:
            LOG.exception("task %s", task.key)
            return Done(task.key, problem=f"{error.filename or task.key}: {error.strerror or error}")
        except (Exception, SystemExit) as error:  # the window shows one sentence; the log has the traceback
            LOG.exception("task %s", task.key)
            return Done(task.key, problem=error_message(error))
