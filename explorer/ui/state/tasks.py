"""Tasks of the background thread, whose ends come back to the window's thread."""

from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from explorer.data.context import LoadContext
from explorer.jobs.workers.background import Background, Done, Working

Work = Callable[[LoadContext], Any]
Then = Callable[[Any], None]
Otherwise = Callable[[], None]


class Tasks(QObject):
    """Does what takes long one after the other, then calls back here.

    Signals
    -------
    changed : Working or Done
        How far a task is.
    told : str
        One sentence on what failed.
    saved : str
        The path of a file that is written.
    """

    changed = Signal(object)
    told = Signal(str)
    saved = Signal(str)
    _delivered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._then: dict[str, deque[tuple[Then, Otherwise | None]]] = {}
        self._stopped = False
        self._delivered.connect(self._on_delivered)
        self._background = Background(self._delivered.emit)

    def do(self, key: str, work: Work, then: Then, otherwise: Otherwise | None = None) -> None:
        """Queue a task; ``then`` gets its value, ``otherwise`` is called where it failed or was cancelled."""
        # Tasks of one key end in the order they came.
        self._then.setdefault(key, deque()).append((then, otherwise))
        self._background.submit(key, work)

    def save(self, path: Path, work: Work) -> None:
        """Queue the writing of a file, for `saved`; it is written even when the window closes meanwhile."""
        key = f"save {path}"
        self._then.setdefault(key, deque()).append((partial(self._on_saved, path), None))
        self._background.submit(key, partial(_write, path, work), keep=True)

    def cancel(self, key: str) -> None:
        """Cancel the tasks of that key, running or waiting."""
        self._background.cancel(key)

    def stop(self) -> None:
        """Cancel everything but the writing of files; nothing is called back or told from here on."""
        self._stopped = True
        self._background.stop()

    def close(self, timeout: float) -> bool:
        """Stop, and wait for the thread's end; False when it did not end in time."""
        self.stop()
        return self._background.close(timeout)

    def _on_saved(self, path: Path, _: object) -> None:
        self.saved.emit(str(path))

    @Slot(object)
    def _on_delivered(self, news: object) -> None:
        if self._stopped:
            return
        if isinstance(news, Working):
            self.changed.emit(news)
        elif isinstance(news, Done):
            self._on_done(news)

    def _on_done(self, done: Done) -> None:
        waiting = self._then[done.key]
        then, otherwise = waiting.popleft()
        if not waiting:
            del self._then[done.key]
        self.changed.emit(done)
        if done.problem:
            self.told.emit(done.problem)
        if not done.problem and not done.cancelled:
            then(done.value)
        elif otherwise is not None:
            otherwise()


def _write(path: Path, work: Work, context: LoadContext) -> None:
    try:
        work(context)
    except OSError as error:
        # It names the temporary file, which says nothing to the user.
        why = f"cannot be written ({error.strerror or error}); choose another place"
        raise OSError(error.errno, why, str(path)) from error
