"""The log file with errors and tracebacks, and the dialog that shows it.

1. `keep_log` opens the log file and a file for crashes in C code, and installs hooks for uncaught exceptions.
2. The hooks write the traceback to the log, from whatever thread.
3. `uncaught` notifies the user once per fault, by a signal that arrives in the window's thread. A fault in a paint
   event repeats 60 times a second: the message and the log then have its count, at 10, 100, 1,000 times and so on.
4. `LogView` shows the end of the file.

``LATENT_EXPLORER_TRACE=1``: a record of each question, answer, change of the View and redraw, with its time.

1. `start_trace` is called when the window opens. Without the variable it does nothing, and nothing is recorded.
2. `explorer.jobs.workers.inference` logs each question when it is asked, and each answer with the time it took, to the
   logger `explorer.trace`.
3. A listener of the session logs which parts of the View changed, and an event filter of the application each redraw:
   the widget, by the name of the nearest named one, and the size of what is painted.
4. All of it goes to standard error, in milliseconds since the program started, and to the log file.
"""

import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Hashable
from dataclasses import dataclass, fields
from logging.handlers import RotatingFileHandler
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import IO

import platformdirs
from PySide6.QtCore import QEvent, QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from explorer.session import Session, View
from explorer.ui.widgets.buttons import close_button, resize_to_text
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel

LOG = logging.getLogger("explorer")
# Size of the log at which it is rotated.
MEGABYTE = 1_000_000
# Characters shown in the dialog, of one message, and number of messages.
SHOWN_CHARACTERS = 200_000
MAX_CHARACTERS = 300
MAX_NOTIFIED = 20
# Lines of a traceback, besides the last one, by which a fault is recognized; those of a deep recursion vary.
FIRST_LINES = 8


class Uncaught(QObject):
    """Reports uncaught exceptions of all threads to the user.

    Signals
    -------
    notified : str
        One sentence; the log has the traceback.
    withdrawn : str
        The earlier sentence about the same fault, which is replaced.
    """

    notified = Signal(str)
    withdrawn = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._faults: dict[Hashable, _Fault] = {}

    def notify(self, error: BaseException, where: str = "") -> bool:
        """Log and report an exception; return False for a repeated one, of which only the count is reported.

        Two exceptions are of one fault if their types are equal, and the first and last lines of their tracebacks.
        """
        key = _place(error)
        fault = self._faults.setdefault(key, _Fault(_described(error)))
        fault.count += 1
        if fault.count > 1 and not _is_reported(fault.count):
            return False
        if fault.count == 1:
            LOG.critical("not caught%s", f" in {where}" * bool(where), exc_info=error)
        else:
            LOG.critical("not caught, %d times by now: %s", fault.count, fault.what)
        if len(self._faults) <= MAX_NOTIFIED:
            if fault.sentence:
                self.withdrawn.emit(fault.sentence)
            fault.sentence = fault.words()
            self.notified.emit(fault.sentence)
        return fault.count == 1


@dataclass
class _Fault:
    """An exception that may repeat: what it is, how often it was raised, and the sentence that was reported."""

    what: str
    count: int = 0
    sentence: str = ""

    def words(self) -> str:
        times = f" {self.count:,} times" if self.count > 1 else ""
        return f"An internal error occurred{times} ({self.what[:MAX_CHARACTERS]}); the log has the details"


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _place(error: BaseException) -> Hashable:
    """Return the type of an exception with the first and last lines that it left; without any, with its message."""
    lines = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    return type(error), *(lines[:FIRST_LINES] + lines[-1:] if lines else [str(error)])


def _is_reported(count: int) -> bool:
    """Return whether a count is 10, 100, 1,000 and so on."""
    return set(str(count)[1:]) == {"0"} and str(count)[0] == "1"


# One for the process: the hooks are global.
uncaught = Uncaught()
# faulthandler writes to the file's descriptor, so the file must stay open.
_CRASH_FILES: dict[Path, IO[str]] = {}


def log_file() -> Path:
    """Return the path of the log file."""
    return Path(platformdirs.user_log_dir("latent-explorer")) / "latent-explorer.log"


def keep_log(path: Path) -> IO[str] | None:
    """Write warnings, errors and uncaught exceptions to ``path``, and crashes in C code to a file beside it.

    Return the crash file, which stays open until the program ends, even for several windows; None if the folder cannot
    be written.
    """
    if path in _CRASH_FILES:
        return _CRASH_FILES[path]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=MEGABYTE, backupCount=2, encoding="utf-8")
        crashes = path.with_suffix(".crash").open("a", encoding="utf-8")
    except OSError as error:
        LOG.warning("no log can be kept at %s: %s", path, error)
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _CRASH_FILES[path] = crashes
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    faulthandler.enable(crashes)
    # Three hooks: for this thread and slots of Qt, for other threads, and for errors in destructors.
    sys.excepthook = _note_exception
    threading.excepthook = _note_thread_exception
    sys.unraisablehook = _note_unraisable
    return crashes


class LogView(QDialog):
    """Shows the end of the log file."""

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "log_view", accessible="Log").setWindowTitle("Log")
        self._path = path
        where = set_identity(ElidingLabel(str(path)), "log_path", str(path), "Path of the log")
        where.setProperty("role", "muted")
        self._text = set_identity(QPlainTextEdit(readOnly=True), "log_text", "The newest entries are at the end")
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        buttons = close_button(self, "log")
        copy = set_identity(QPushButton("Copy"), "log_copy", "Copy the whole text", "Copy")
        folder = set_identity(
            QPushButton("Open folder"), "log_folder", "Show the log file in the file manager", "Open folder"
        )
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(folder, QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._copy)
        folder.clicked.connect(self._open_folder)
        layout = QVBoxLayout(self)
        for widget in (where, self._text, buttons):
            layout.addWidget(widget)
        resize_to_text(self, 80, 40)
        self.read()

    def read(self) -> None:
        """Read the file again and scroll to its end."""
        text = self._path.read_text(encoding="utf-8", errors="replace") if self._path.exists() else ""
        # A text widget takes seconds to lay out a megabyte.
        self._text.setPlainText(text[-SHOWN_CHARACTERS:] or "The log is empty.")
        bar = self._text.verticalScrollBar()
        bar.setValue(bar.maximum())

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())

    @Slot()
    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path.parent)))


def _note_exception(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if uncaught.notify(error):
        sys.__excepthook__(kind, error, traceback)


def _note_thread_exception(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None:
        name = failure.thread.name if failure.thread else "thread"
        uncaught.notify(failure.exc_value, name)


def _note_unraisable(failure: "sys.UnraisableHookArgs") -> None:
    LOG.error("ignored in %r", failure.object, exc_info=failure.exc_value)


VARIABLE = "LATENT_EXPLORER_TRACE"
TRACE = logging.getLogger("explorer.trace")


class Trace(QObject):
    """Records while it lives; see `start_trace`."""

    def __init__(self, app: QApplication, session: Session) -> None:
        super().__init__(app)
        self._app = app
        self._handler = logging.StreamHandler()
        self._handler.setFormatter(logging.Formatter("%(relativeCreated)9.1f ms  %(threadName)-10s %(message)s"))
        TRACE.addHandler(self._handler)
        TRACE.setLevel(logging.DEBUG)
        self._unlisten = session.listen(self._note_view)
        app.installEventFilter(self)

    @Slot()
    def stop(self) -> None:
        """Stop recording, when the window is closed."""
        self._app.removeEventFilter(self)
        self._unlisten()
        TRACE.removeHandler(self._handler)
        TRACE.setLevel(logging.NOTSET)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Log a redraw; return False, so that it happens."""
        if isinstance(event, QPaintEvent) and isinstance(watched, QWidget):
            size = event.region().boundingRect().size()
            TRACE.debug("redraw   %s, %d×%d pixels", _name(watched), size.width(), size.height())
        return False

    def _note_view(self, old: View, new: View) -> None:
        changed = [one.name for one in fields(View) if getattr(old, one.name) != getattr(new, one.name)]
        TRACE.debug("view     %s", ", ".join(changed) or "unchanged")


def start_trace(app: QApplication, session: Session) -> Trace | None:
    """Begin to record if the variable asks for it."""
    return Trace(app, session) if os.environ.get(VARIABLE) else None


def _name(watched: QObject) -> str:
    """Return the type of an object and the name of the nearest named one around it: "QLabel in pane_header_1"."""
    named: QObject | None = watched
    while named is not None and not named.objectName():
        named = named.parent()
    kind = type(watched).__name__
    return kind if named is None else f"{kind} {'' if named is watched else 'in '}{named.objectName()}"
