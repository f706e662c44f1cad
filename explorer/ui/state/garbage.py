"""Python's collector of garbage, kept to the window's thread.

A collection runs in whichever thread happens to allocate. In a worker it destroys what a closed pane has left of Qt,
holding the interpreter while it waits for a lock of Qt's; where the window's thread holds that one, connecting a
signal, and waits for the interpreter, both wait for ever (see also napari/napari#1029).
"""

import gc
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer, Slot

MILLISECONDS = 1000
GROWTH = 1.25
"""A full collection takes long: as in Python's own rule, the oldest generation must have grown by a quarter since."""


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
        self._oldest: int | None = None
        self._timer = QTimer(self, interval=MILLISECONDS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    @Slot()
    def collect(self) -> None:
        """Collect the oldest generation that is due; one that is collected takes the younger ones with it."""
        due = [count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True)]
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
        """Leave the collecting to Python again."""
        if not self._timer.isActive():
            return
        self._timer.stop()
        GarbageCollecting._active -= 1
        if GarbageCollecting._active == 0 and GarbageCollecting._was_on:
            gc.enable()


def _oldest_count() -> int:
    return len(gc.get_objects(generation=2))
