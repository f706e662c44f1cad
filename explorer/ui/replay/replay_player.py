"""Plays the frames of a replay one after the other, by the clock."""

from PySide6.QtCore import QObject, QTimer, Signal, Slot

FRAMES_PER_SECOND = 12
SPEEDS = (0.25, 0.5, 1.0, 2.0)
"""As factors of `FRAMES_PER_SECOND`."""


class ReplayPlayer(QObject):
    """Counts from one frame to the last, then stops.

    Signals
    -------
    moved : int
        The next frame.
    changed : bool
        It plays now, or no longer.
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
        """Whether frames go on."""
        return self._timer.isActive()

    def set_speed(self, speed: float) -> None:
        """Play faster or slower, as a factor."""
        self._timer.setInterval(round(1000 / (FRAMES_PER_SECOND * speed)))

    def start(self, at: int, last: int) -> None:
        """Go on from a frame to the last; from the last, begin anew."""
        self._at, self._last = (at if at < last else -1), last
        self._timer.start()
        self.changed.emit(True)
        self.advance()

    @Slot()
    def stop(self) -> None:
        """Stay at the frame."""
        if self._timer.isActive():
            self._timer.stop()
            self.changed.emit(False)

    @Slot()
    def advance(self) -> None:
        """Go to the next frame; at the last, stop."""
        self._at = min(self._at + 1, self._last)
        self.moved.emit(self._at)
        if self._at >= self._last:
            self.stop()
