"""A timer that fires once the user pauses, but never after the window has closed."""

from PySide6.QtCore import QObject, QTimer

from explorer.ui.state.asker import Asker


class RestTimer(QTimer):
    """A timer that fires once, ``milliseconds`` after the last `begin`; after the asker has stopped, it never fires."""

    def __init__(self, asker: Asker, milliseconds: int, parent: QObject | None = None) -> None:
        super().__init__(parent, singleShot=True, interval=milliseconds)
        self._asker = asker
        asker.stopped.connect(self.stop)

    def begin(self, milliseconds: int | None = None) -> None:
        """Start waiting, or start again; ``milliseconds`` replaces the interval from now on."""
        # Closing a window closes its runs, whose signals arrive after all timers have been stopped.
        if not self._asker.is_stopped:
            self.start(self.interval() if milliseconds is None else milliseconds)
