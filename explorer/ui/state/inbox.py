"""Runs the replies that workers post to a mailbox in the window's thread.

1. A worker posts a reply to `Inbox.mailbox`, from its own thread.
2. The mailbox emits ``_posted``. The connection is queued, so Qt delivers it in the window's thread.
3. Without an interval the reply runs immediately; with one, the first post starts a timer, and all replies that have
   arrived by its end run together.
4. Each reply is guarded: an exception goes to ``sys.excepthook``, and the next reply still runs.
"""

import sys

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from explorer.jobs.workers.mailbox import Mailbox


class Inbox(QObject):
    """Delivers posted replies immediately, or in bundles ``milliseconds`` after the first.

    An exception in a reply goes to ``sys.excepthook``, which notifies the user once; further replies still run.
    """

    _posted = Signal()

    def __init__(self, milliseconds: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mailbox = Mailbox(self._posted.emit)
        self._bundles = bool(milliseconds)
        self._timer = QTimer(self, singleShot=True, interval=milliseconds)
        self._timer.timeout.connect(self._deliver_all)
        # Queued explicitly: a direct connection would run the slot in the worker's thread.
        self._posted.connect(self._on_posted, Qt.ConnectionType.QueuedConnection)

    def stop(self) -> None:
        """Deliver no more replies."""
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
        for _ in range(len(self.mailbox)):  # later posts have started a timer of their own
            self._deliver()

    def _deliver(self) -> None:
        try:
            self.mailbox.deliver()
        except Exception:
            # An exception that left a slot would skip the replies behind it.
            sys.excepthook(*sys.exc_info())
