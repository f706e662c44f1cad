"""The log file: what went wrong, with its traceback, for whoever asks; and the window that shows it."""

import faulthandler
import logging
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import IO

import platformdirs
from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from explorer.ui.widgets.dialog_buttons import close_button
from explorer.ui.widgets.identity import set_identity

LOG = logging.getLogger("explorer")
MEGABYTE = 1_000_000
SHOWN_CHARACTERS = 200_000
MAX_CHARACTERS = 300
MAX_NOTIFIED = 20


class Uncaught(QObject):
    """Notifies the window of exceptions that nothing caught, from whatever thread, so that none passes in silence.

    Signals
    -------
    notified : str
        One sentence; the log has the traceback.
    """

    notified = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def notify(self, error: BaseException) -> None:
        """Say what happened, once: what fails in each painting would else be shown without end."""
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if what not in self._said and len(self._said) < MAX_NOTIFIED:
            self._said.add(what)
            self.notified.emit(f"An internal error occurred ({what[:MAX_CHARACTERS]}); the log has the details")


uncaught = Uncaught()
_CRASH_FILES: dict[Path, IO[str]] = {}


def log_file() -> Path:
    """Return where the log is kept."""
    return Path(platformdirs.user_log_dir("latent-explorer")) / "latent-explorer.log"


def keep_log(path: Path) -> IO[str] | None:
    """Write warnings, errors and every exception that nothing caught to ``path``; crashes of C code beside it.

    Return the open crash file, which stays open for as long as the program runs, however many windows it opens; None
    where the place cannot be written.
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
        where = QLabel(str(path))
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
        width = self.fontMetrics().horizontalAdvance("m")
        self.resize(80 * width, 40 * width)
        self.read()

    def read(self) -> None:
        """Read the file anew."""
        text = self._path.read_text(encoding="utf-8", errors="replace") if self._path.exists() else ""
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
    LOG.critical("not caught", exc_info=(kind, error, traceback))
    uncaught.notify(error)
    sys.__excepthook__(kind, error, traceback)


def _note_thread_exception(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None:
        name = failure.thread.name if failure.thread else "thread"
        LOG.critical("not caught in %s", name, exc_info=failure.exc_value)
        uncaught.notify(failure.exc_value)


def _note_unraisable(failure: "sys.UnraisableHookArgs") -> None:
    LOG.error("ignored in %r", failure.object, exc_info=failure.exc_value)
