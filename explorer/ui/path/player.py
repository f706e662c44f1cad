"""Playing: moves t to and fro along the path, by the clock."""

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot

FRAME_MILLISECONDS = 33  # 30 frames per second
ONE_WAY_SECONDS = 4.0
"""Seconds from A to B at speed 1."""


class Player(QObject):
    """Moves t from 0 to 1 and back, until it is stopped.

    Signals
    -------
    moved : float
        The next t.
    changed : bool
        Whether it plays now.
    """

    moved = Signal(float)
    changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.speed = 1.0
        self._t, self._direction = 0.0, 1.0
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, interval=FRAME_MILLISECONDS)
        self._timer.timeout.connect(self._tick)

    @property
    def playing(self) -> bool:
        """Whether t moves."""
        return self._timer.isActive()

    @property
    def t(self) -> float:
        """The last t, 0 to 1."""
        return self._t

    def start(self, t: float) -> None:
        """Continue from t towards B; at B turn back towards A."""
        self._t, self._direction = t, -1.0 if t >= 1.0 else 1.0
        self._clock.start()
        self._timer.start()
        self.changed.emit(True)

    @Slot()
    def stop(self) -> None:
        """Stop at the current t."""
        if self._timer.isActive():
            self._timer.stop()
            self.changed.emit(False)

    @Slot()
    def _tick(self) -> None:
        # By the clock, not by the number of ticks: a slow decode makes the motion coarser, not slower.
        self.advance(self._clock.restart() / 1000)

    def advance(self, seconds: float) -> None:
        """Move t by ``seconds`` of playing; turn round at the ends."""
        # t runs on a circle of length 2: 0 to 1 is forwards, 1 to 2 is backwards.
        around = self._t if self._direction > 0 else 2.0 - self._t
        around = (around + seconds * self.speed / ONE_WAY_SECONDS) % 2.0
        self._t, self._direction = (around, 1.0) if around <= 1.0 else (2.0 - around, -1.0)
        self.moved.emit(self._t)
