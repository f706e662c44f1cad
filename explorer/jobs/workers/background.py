"""One thread for whatever takes long and is no question to a model: loading data, opening runs, writing files."""

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
from explorer.jobs.errors import USER_ERRORS, error_message
from explorer.jobs.workers.mailbox import Mailbox, Reply

LOG = logging.getLogger(__name__)

MIN_SECONDS = 0.05
"""Between two reports of a task's progress."""


@dataclass(frozen=True)
class Working:
    """How far a task is; ``total`` is 0 where it is unknown."""

    key: str
    done: int
    total: int
    text: str


@dataclass(frozen=True)
class Done:
    """A task's end: its value, or in ``problem`` one sentence on what failed; neither where it was cancelled."""

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
    """Turns what a task reports into `Working`, not more of them than a window can show."""

    def __init__(self, key: str, post: Callable[[Working], None], clock: Callable[[], float]) -> None:
        self._key, self._post, self._clock = key, post, clock
        self._next = -math.inf

    def __call__(self, done: int, total: int, text: str) -> None:
        now = self._clock()
        if now >= self._next or done == total:
            self._next = now + MIN_SECONDS
            self._post(Working(self._key, done, total, text))


class Background:
    """Runs tasks one after the other in its own thread, and posts `Working` and `Done` for each task's reply.

    A task's `Working` comes at most every `MIN_SECONDS`, whatever it reports; the one that says all is done, always.
    """

    def __init__(self, mailbox: Mailbox, clock: Callable[[], float] = time.monotonic) -> None:
        self._mailbox = mailbox
        self._clock = clock
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._pending: list[_Task] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="background", daemon=False)
        self._thread.start()

    def submit(self, key: str, work: Callable[[LoadContext], Any], reply: Reply, *, keep: bool = False) -> None:
        """Queue a task; ``key`` names it in what is posted, and what is to ``keep`` is done even after `stop`."""
        task = _Task(key, work, reply, threading.Event(), keep)
        with self._lock:
            self._pending.append(task)
        self._tasks.put(task)

    def cancel(self, key: str) -> None:
        """Cancel the tasks of that name, running or waiting."""
        with self._lock:
            for task in self._pending:
                if task.key == key:
                    task.cancel.set()

    def stop(self) -> None:
        """Cancel all but what is to be kept, and let the thread end."""
        with self._lock:
            for task in self._pending:
                if not task.keep:
                    task.cancel.set()
        self._tasks.put(None)

    def close(self, timeout: float = 10.0) -> bool:
        """Stop, and wait for the thread's end; False when it did not end in time."""
        self.stop()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            done = self._do(task)
            with self._lock:
                self._pending.remove(task)
            self._mailbox.post(task.reply, done)

    def _do(self, task: _Task) -> Done:
        context = LoadContext(
            _Reporter(task.key, partial(self._mailbox.post, task.reply), self._clock), task.cancel.is_set
        )
        try:
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
        except Exception as error:  # shown in the window, the traceback is in the log
            LOG.exception("task %s", task.key)
            return Done(task.key, problem=error_message(error))
