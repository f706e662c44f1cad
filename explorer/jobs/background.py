"""One thread for whatever takes long and is no question to a model: loading data, opening runs, writing files."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from explorer.config import ConfigError
from explorer.data.context import Cancelled, LoadContext
from explorer.data.dataset import DataError
from explorer.runs.errors import RunError

LOG = logging.getLogger(__name__)

TOLD_ERRORS = (ConfigError, DataError, RunError)
"""Errors whose message is written for the user."""


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
    cancel: threading.Event


class Background:
    """Runs tasks one after the other and delivers `Working` and `Done`, in its own thread."""

    def __init__(self, deliver: Callable[[Working | Done], None]) -> None:
        self._deliver = deliver
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._pending: list[_Task] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="background", daemon=False)
        self._thread.start()

    def submit(self, key: str, work: Callable[[LoadContext], Any]) -> None:
        """Queue a task; ``key`` names it in what is delivered."""
        task = _Task(key, work, threading.Event())
        with self._lock:
            self._pending.append(task)
        self._tasks.put(task)

    def cancel(self, key: str) -> None:
        """Cancel the tasks of that name, running or waiting."""
        with self._lock:
            for task in self._pending:
                if task.key == key:
                    task.cancel.set()

    def close(self, timeout: float = 10.0) -> bool:
        """Cancel everything and end the thread; False when it did not end in time."""
        with self._lock:
            for task in self._pending:
                task.cancel.set()
        self._tasks.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            done = self._do(task)
            with self._lock:
                self._pending.remove(task)
            self._deliver(done)

    def _do(self, task: _Task) -> Done:
        context = LoadContext(
            progress=lambda done, total, text: self._deliver(Working(task.key, done, total, text)),
            cancelled=task.cancel.is_set,
        )
        try:
            if task.cancel.is_set():
                return Done(task.key, cancelled=True)
            return Done(task.key, task.work(context))
        except Cancelled:
            return Done(task.key, cancelled=True)
        except TOLD_ERRORS as error:
            return Done(task.key, problem=str(error))
        except OSError as error:
            LOG.exception("task %s", task.key)
            return Done(task.key, problem=f"{error.filename or task.key}: {error.strerror or error}")
        except Exception as error:  # told in the window, the traceback is in the log
            LOG.exception("task %s", task.key)
            return Done(task.key, problem=f"{type(error).__name__}: {error}")
