"""Plays the frames of a replay in order, by a timer."""

from PySide6.QtCore import QObject, QTimer, Signal, Slot

FRAMES_PER_SECOND = 12
SPEEDS = (0.25, 0.5, 1.0, 2.0)
"""Factors of `FRAMES_PER_SECOND`."""


class ReplayPlayer(QObject):
    """Count from one frame to the last, then stop.

    Signals
    -------
    moved : int
        The next frame.
    changed : bool
        Whether it plays now.
    """

    moved = Signal(int)
    changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._at = self._last = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.advance)
        self.set_speed(1.0)

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    def set_speed(self, speed: float) -> None:
        """Set the speed as a factor."""
        self._timer.setInterval(round(1000 / (FRAMES_PER_SECOND * speed)))

    def start(self, at: int, last: int) -> None:
        """Continue from a frame to the last; from the last, start again."""
        self._at, self._last = (at if at < last else -1), last
        self._timer.start()
        self.changed.emit(True)
        # At once: the first frame should not wait for the timer.
        self.advance()

    @Slot()
    def stop(self) -> None:
        """Stop at the current frame."""
        if self._timer.isActive():
            self._timer.stop()
            self.changed.emit(False)

    @Slot()
    def advance(self) -> None:
        """Move to the next frame; stop at the last."""
        self._at = min(self._at + 1, self._last)
        self.moved.emit(self._at)
        if self._at >= self._last:
            self.stop()
