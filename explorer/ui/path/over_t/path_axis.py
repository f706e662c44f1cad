"""The axis of t that film strips, slider and plots share: t = 0 is the centre of the first frame, t = 1 of the last."""

from PySide6.QtCore import QObject, Signal


class PathAxis(QObject):
    """Maps t to pixels of equally wide widgets, one below the other.

    Signals
    -------
    changed
        The inset changed.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.inset = 8.0

    def set_inset(self, pixels: float) -> None:
        """Set the distance of t = 0 and t = 1 from the left and the right edge."""
        if pixels != self.inset:
            self.inset = pixels
            self.changed.emit()

    def x_of(self, t: float, width: float) -> float:
        """Return the pixel of t in a widget of this width."""
        # At least one pixel: a widget has no width before its first layout.
        return self.inset + t * max(1.0, width - 2 * self.inset)

    def t_at(self, x: float, width: float) -> float:
        """Return t at a pixel of a widget of this width, from 0 to 1."""
        # Clamped: a drag may leave the widget.
        return min(max((x - self.inset) / max(1.0, width - 2 * self.inset), 0.0), 1.0)
