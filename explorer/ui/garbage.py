"""Python's collector of garbage, kept to the window's thread.

It runs in whichever thread happens to allocate, and there deletes what of Qt lies in a cycle of references: off the
window's thread that crashes the program, or has two threads wait for each other for good (napari/napari#1029).
"""

import gc
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer, Slot

MILLISECONDS = 1000


class GarbageCollecting(QObject):
    """While there is one, garbage is collected by its timer alone, as often as Python itself would at most.

    It is made and stopped in the window's thread. The last one that is stopped leaves the collector as it was.
    """

    _active: ClassVar[int] = 0
    _was_on: ClassVar[bool] = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        if GarbageCollecting._active == 0:
            GarbageCollecting._was_on = gc.isenabled()
        GarbageCollecting._active += 1
        gc.disable()
        self._timer = QTimer(self, interval=MILLISECONDS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    @Slot()
    def collect(self) -> None:
        """Collect the oldest generation that is due; one that is collected takes the younger ones with it."""
        due = [count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        if due[0]:
            gc.collect(2 if all(due) else 1 if due[1] else 0)

    def stop(self) -> None:
        """Leave the collecting to Python again."""
        if not self._timer.isActive():
            return
        self._timer.stop()
        GarbageCollecting._active -= 1
        if GarbageCollecting._active == 0 and GarbageCollecting._was_on:
            gc.enable()
