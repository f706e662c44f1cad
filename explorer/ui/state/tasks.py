"""Tasks in the background, whose ends come back to the window's thread."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.data.context import LoadContext
from explorer.jobs.workers.background import Background, Done, Working
from explorer.jobs.workers.mailbox import Mailbox
from explorer.ui.state.messages import Messages

Work = Callable[[LoadContext], Any]
Then = Callable[[Any], None]
Otherwise = Callable[[], None]


class Tasks(QObject):
    """Does what takes long one after the other, then calls back here; beside them, tasks that keep no other waiting.

    Signals
    -------
    changed : Working or Done
        How far a task is.
    saved : str
        The path of a file that is written.
    """

    changed = Signal(object)
    saved = Signal(str)

    def __init__(self, mailbox: Mailbox, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._main, self._aside = Background(mailbox), Background(mailbox)
        self._stopped = False

    def do(self, key: str, work: Work, then: Then, otherwise: Otherwise | None = None, *, aside: bool = False) -> None:
        """Queue a task; ``then`` gets its value, ``otherwise`` is called where it failed or was cancelled.

        One that is done ``aside`` takes seconds, and keeps nothing else waiting.
        """
        lane = self._aside if aside else self._main
        lane.submit(key, work, partial(self._on_news, then, otherwise))

    def save(self, path: Path, work: Work) -> None:
        """Queue the writing of a file, for `saved`; it is written even when the window closes meanwhile."""
        reply = partial(self._on_news, partial(self._on_saved, path), None)
        self._main.submit(f"save {path}", partial(_write, path, work), reply, keep=True)

    def cancel(self, key: str) -> None:
        """Cancel the tasks of that key, running or waiting."""
        self._main.cancel(key)
        self._aside.cancel(key)

    def stop(self) -> None:
        """Cancel everything but the writing of files; nothing is called back or notified from here on."""
        self._stopped = True
        self._main.stop()
        self._aside.stop()

    def close(self, timeout: float) -> bool:
        """Stop, and wait for the threads' end; False when one did not end in time."""
        self.stop()
        deadline = time.monotonic() + timeout
        ended = [lane.close(max(0.0, deadline - time.monotonic())) for lane in (self._main, self._aside)]
        return all(ended)

    def _on_saved(self, path: Path, _: object) -> None:
        self.saved.emit(str(path))

    def _on_news(self, then: Then, otherwise: Otherwise | None, news: Working | Done) -> None:
        if self._stopped:
            return
        self.changed.emit(news)
        if isinstance(news, Working):
            return
        if news.problem:
            self._messages.notify(news.problem)
        if not news.problem and not news.cancelled:
            then(news.value)
        elif otherwise is not None:
            otherwise()


def _write(path: Path, work: Work, context: LoadContext) -> None:
    try:
        work(context)
    except OSError as error:
        # It names the temporary file, which says nothing to the user.
        why = f"cannot be written ({error.strerror or error}); choose another folder"
        raise OSError(error.errno, why, str(path)) from error
