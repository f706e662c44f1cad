"""Timers of the panels: playback of a path or a replay, and a hold that keeps a picture until the next is complete."""

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget


class Playback(QObject):
    """Advances a position until it is stopped, or until there is no next one.

    Parameters
    ----------
    following
        Returns the position that follows one after some seconds; None at the end. A position that moves by the seconds
        gets coarser with slow decodes, not slower; one that ignores them shows every frame.
    milliseconds
        Interval between two positions.

    Signals
    -------
    moved : float
        The next position.
    changed : bool
        Whether it plays now.
    """

    moved = Signal(float)
    changed = Signal(bool)

    def __init__(
        self, following: Callable[[float, float], float | None], milliseconds: int, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._following, self._position = following, 0.0
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, interval=milliseconds)
        self._timer.timeout.connect(self._tick)

    @property
    def playing(self) -> bool:
        """True while the position advances."""
        return self._timer.isActive()

    @property
    def position(self) -> float:
        """The last position."""
        return self._position

    def set_interval(self, milliseconds: int) -> None:
        """Set the interval between two positions."""
        self._timer.setInterval(milliseconds)

    def start(self, position: float) -> None:
        """Play on from a position."""
        self._position = position
        self._clock.start()
        self._timer.start()
        self.changed.emit(True)

    @Slot()
    def stop(self) -> None:
        """Stop at the current position."""
        if self._timer.isActive():
            self._timer.stop()
            self.changed.emit(False)

    def advance(self, seconds: float = 0.0) -> None:
        """Move to the position that follows after some seconds of playing; stop at the last."""
        following = self._following(self._position, seconds)
        if following is not None:
            self._position = following
            self.moved.emit(following)
        if following is None or self._following(following, 0.0) is None:
            self.stop()

    @Slot()
    def _tick(self) -> None:
        self.advance(self._clock.restart() / 1000)


MAX_MILLISECONDS = 400
"""Maximum time of a hold: contents that take longer are shown as they arrive."""


class PaintHold(QObject):
    """Pauses the painting of a widget, which fills in several steps, between `begin` and `end`."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._timer = QTimer(self, singleShot=True, interval=MAX_MILLISECONDS)
        self._timer.timeout.connect(self.end)

    @property
    def holds(self) -> bool:
        """Whether painting is paused."""
        return self._timer.isActive()

    def begin(self) -> None:
        """Pause painting, for at most `MAX_MILLISECONDS`."""
        if not self.holds:
            self._widget.setUpdatesEnabled(False)
            self._timer.start()

    @Slot()
    def end(self) -> None:
        """Paint again."""
        self._timer.stop()
        self._widget.setUpdatesEnabled(True)
