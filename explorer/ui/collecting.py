"""Python's collector of garbage in the window's thread alone.

A collection runs in whichever thread happens to allocate. In a worker it destroys what a closed pane has left of Qt,
holding the interpreter while it waits for a lock of Qt's; where the window's thread holds that one, connecting a
signal, and waits for the interpreter, both wait for ever.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer, Slot

MILLISECONDS = 200


class Collector(QObject):
    """Looks some times a second whether so much was allocated that Python would collect by itself, and collects."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=MILLISECONDS)
        self._timer.timeout.connect(self.collect_if_due)
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    @Slot()
    def collect_if_due(self) -> None:
        """Collect the oldest generation that is due, as Python would."""
        counts, most = gc.get_count(), gc.get_threshold()
        if counts[0] > most[0] > 0:
            gc.collect(2 if counts[1] > most[1] and counts[2] > most[2] else 1 if counts[1] > most[1] else 0)


@contextmanager
def collecting_in_this_thread(parent: QObject | None = None) -> Iterator[None]:
    """Let no other thread collect within; for as long as Qt's loop of this thread runs."""
    was_on = gc.isenabled()
    gc.disable()
    collector = Collector(parent)
    try:
        yield
    finally:
        collector.stop()
        if was_on:
            gc.enable()
