"""Messages to the user, and background tasks with callbacks in the window's thread.

1. `Tasks.do` queues a function, which runs in one of two background threads.
2. Progress and result are posted to the mailbox of an `Inbox`, and so arrive in the window's thread.
3. ``then`` gets the value; after a failure or a cancellation ``otherwise`` is called. Failures become messages.
4. `Tasks.save` queues the writing of a file, which is completed even if the window is closed meanwhile.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from explorer.data.context import LoadContext
from explorer.jobs.runs.settings import in_labels
from explorer.jobs.workers.background import Background, Done, Working
from explorer.jobs.workers.mailbox import Mailbox


class Messages(QObject):
    """Passes messages to the user, from any part of the window, to the status line.

    Signals
    -------
    notified : str
        One sentence: what failed and what to do.
    remarked : str
        A few words on what was just done, such as "Undone: move the probe"; they are shown for some seconds.
    withdrawn : str
        A sentence that was notified and is no longer true.
    """

    notified = Signal(str)
    withdrawn = Signal(str)
    remarked = Signal(str)

    @Slot(str)
    def notify(self, sentence: str) -> None:
        """Show a sentence to the user; it names settings as the form does."""
        self.notified.emit(in_labels(sentence))

    @Slot(str)
    def withdraw(self, sentence: str) -> None:
        """Show a sentence no longer."""
        self.withdrawn.emit(in_labels(sentence))

    @Slot(str)
    def remark(self, words: str) -> None:
        """Show a few words for some seconds."""
        self.remarked.emit(words)

    def copy_command(self, command: str) -> None:
        """Copy a command line to the clipboard and confirm it; without one, remark that there is none."""
        if command:
            QGuiApplication.clipboard().setText(command)
        # The clipboard is invisible: a press without any sign would be repeated.
        self.remark("The command is copied" if command else "There is no command to copy: nothing is shown yet")


Work = Callable[[LoadContext], Any]
Then = Callable[[Any], None]
Otherwise = Callable[[], None]


class Tasks(QObject):
    """Runs tasks one after the other in the background; a second thread runs those that must not block others.

    Signals
    -------
    changed : Working or Done
        The progress or the end of a task.
    saved : str
        The path of a file that was written.
    """

    changed = Signal(object)
    saved = Signal(str)

    def __init__(self, mailbox: Mailbox, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._main, self._aside = Background(mailbox), Background(mailbox)
        self._stopped = False

    def do(self, key: str, work: Work, then: Then, otherwise: Otherwise | None = None, *, aside: bool = False) -> None:
        """Queue a task; call ``then`` with its value, or ``otherwise`` if it failed or was cancelled.

        With ``aside`` it runs in the second thread, for tasks of several seconds.
        """
        lane = self._aside if aside else self._main
        lane.submit(key, work, partial(self._on_news, then, otherwise))

    def save(self, path: Path, work: Work) -> None:
        """Queue the writing of a file and emit `saved` afterwards; closing the window does not prevent it."""
        reply = partial(self._on_news, partial(self._on_saved, path), None)
        self._main.submit(f"save {path}", partial(_write, path, work), reply, keep=True)

    def cancel(self, key: str) -> None:
        """Cancel the running and waiting tasks with this key."""
        self._main.cancel(key)
        self._aside.cancel(key)

    def stop(self) -> None:
        """Cancel all tasks except the writing of files. No callback or message follows."""
        self._stopped = True
        self._main.stop()
        self._aside.stop()

    def close(self, timeout: float) -> bool:
        """Stop, and wait at most ``timeout`` seconds for the threads; return False if one has not ended."""
        self.stop()
        deadline = time.monotonic() + timeout
        # Both threads share one deadline.
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
        # The original error names the temporary file, which means nothing to the user.
        why = f"cannot be written ({error.strerror or error}); choose another folder"
        raise OSError(error.errno, why, str(path)) from error
