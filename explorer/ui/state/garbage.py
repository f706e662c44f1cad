"""Runs Python's garbage collector in the window's thread only.

By default a collection runs in whichever thread happens to allocate. In a worker it may destroy Qt objects of a closed
pane: it then holds the interpreter lock and waits for a lock of Qt. If the window's thread holds that lock, because it
connects a signal, and waits for the interpreter, both threads are deadlocked (see also napari/napari#1029).
"""

import gc
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer, Slot

# Interval between checks.
MILLISECONDS = 1000
GROWTH = 1.25
"""Growth of the oldest generation that triggers a full collection, as in Python's own rule: it takes long."""


class GarbageCollecting(QObject):
    """Disables automatic collection while an instance exists; its timer collects, at most as often as Python would.

    Create and stop it in the window's thread. Stopping the last instance restores the collector's state.
    """

    # Counted in the class: a script may open several windows in one process.
    _active: ClassVar[int] = 0
    _was_on: ClassVar[bool] = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        if GarbageCollecting._active == 0:
            GarbageCollecting._was_on = gc.isenabled()
        GarbageCollecting._active += 1
        gc.disable()
        self._oldest: int | None = None
        self._timer = QTimer(self, interval=MILLISECONDS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    @Slot()
    def collect(self) -> None:
        """Collect the oldest generation whose threshold is exceeded, with all younger ones."""
        due = [count > threshold for count, threshold in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        if not due[0]:
            return
        gc.collect(1 if due[1] else 0)
        if all(due) and self._has_grown():
            gc.collect()
            self._oldest = _oldest_count()

    def _has_grown(self) -> bool:
        if self._oldest is None:
            self._oldest = _oldest_count()
        return _oldest_count() > GROWTH * self._oldest

    def stop(self) -> None:
        """Stop the timer; the last instance enables Python's automatic collection again."""
        if not self._timer.isActive():
            return
        self._timer.stop()
        GarbageCollecting._active -= 1
        if GarbageCollecting._active == 0 and GarbageCollecting._was_on:
            gc.enable()


def _oldest_count() -> int:
    return len(gc.get_objects(generation=2))
