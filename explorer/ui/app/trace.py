"""``LATENT_EXPLORER_TRACE=1``: a record of each question, answer, change of the View and redraw, with its time.

1. `start_trace` is called when the window opens. Without the variable it does nothing, and nothing is recorded.
2. `explorer.jobs.workers.inference` logs each question when it is asked, and each answer with the time it took, to the
   logger `explorer.trace`.
3. A listener of the session logs which parts of the View changed, and an event filter of the application each redraw:
   the widget, by the name of the nearest named one, and the size of what is painted.
4. All of it goes to standard error, in milliseconds since the program started, and to the log file.
"""

import logging
import os
from dataclasses import fields

from PySide6.QtCore import QEvent, QObject, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from explorer.session import Session, View

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
