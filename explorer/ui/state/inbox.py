"""The window's end of the way home from a worker: a mailbox whose replies run in the window's thread."""

import sys

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from explorer.jobs.workers.mailbox import Mailbox


class Inbox(QObject):
    """Delivers what workers post: at once, or in bundles, ``milliseconds`` after the first.

    Each reply is guarded: what one raises goes to ``sys.excepthook``, which notifies the user once; the next is called.
    """

    _posted = Signal()

    def __init__(self, milliseconds: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mailbox = Mailbox(self._posted.emit)
        self._bundles = bool(milliseconds)
        self._timer = QTimer(self, singleShot=True, interval=milliseconds)
        self._timer.timeout.connect(self._deliver_all)
        self._posted.connect(self._on_posted, Qt.ConnectionType.QueuedConnection)

    def stop(self) -> None:
        """Deliver nothing from now on."""
        self.mailbox.close()
        self._timer.stop()

    @Slot()
    def _on_posted(self) -> None:
        if not self._bundles:
            self._deliver()
        elif not self._timer.isActive() and len(self.mailbox):
            self._timer.start()

    @Slot()
    def _deliver_all(self) -> None:
        for _ in range(len(self.mailbox)):  # what comes meanwhile has woken its own bundle
            self._deliver()

    def _deliver(self) -> None:
        try:
            self.mailbox.deliver()
        except Exception:
            sys.excepthook(*sys.exc_info())
