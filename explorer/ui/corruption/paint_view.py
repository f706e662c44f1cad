"""The corrupted sample as a canvas: painted with the mouse, or with the arrow keys and Space."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QWidget

from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.theme import ThemeSource

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class PaintView(SampleView):
    """A picture with its hidden pixels hatched, and the brush's outline if it can be painted on.

    Signals
    -------
    stroke_began
        A stroke begins.
    stroked : tuple, tuple
        The brush moved from (x, y) to (x, y), in pixels of the picture.
    """

    stroke_began = Signal()
    stroked = Signal(object, object)

    def __init__(self, tasks: Tasks, themes: ThemeSource, name: str, parent: QWidget | None = None) -> None:
        super().__init__(tasks, themes, name, parent)
        self._hidden: NDArray[np.bool_] | None = None
        self._paintable = False
        self._size = 3.0  # diameter of the brush, in pixels of the picture
        self._at: QPointF | None = None  # position of the brush in widget pixels; None hides it
        self._painting = False
        # Without tracking the outline would follow the mouse only while a button is down.
        self.setMouseTracking(True)

    def set_hidden(self, hidden: NDArray[np.bool_] | None) -> None:
        """Hatch the hidden pixels ``(C, H, W)``."""
        # All channels of a pixel are hidden together.
        self._hidden = None if hidden is None or hidden.ndim != 3 else hidden[0]
        self.update()

    def set_paintable(self, paintable: bool) -> None:
        """Allow painting, or forbid it."""
        if paintable != self._paintable:
            self._paintable = paintable
            # Only a canvas that can be painted on is a stop of the tab key.
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if paintable else Qt.FocusPolicy.NoFocus)
            self.setCursor(Qt.CursorShape.CrossCursor if paintable else Qt.CursorShape.ArrowCursor)

    def set_brush_size(self, size: float) -> None:
        """Set the diameter of the brush, in pixels of the picture."""
        self._size = size
        self.update()

    @property
    def pixel(self) -> float:
        """The side of one pixel of the picture on screen."""
        if self._description is None or len(self._description.shape) != 3:
            return 1.0
        return self.width() / self._description.shape[-1]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke."""
        # The press itself paints a dot.
        if not self._paintable or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._at, self._painting = event.position(), True
        self.stroke_began.emit()
        self._stroke_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue the stroke, or show where the next one would begin."""
        if self._painting:
            self._stroke_to(event.position())
        self._at = event.position()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the stroke at the mouse's position."""
        # The last move event may be older than the release.
        if self._painting and event.position() != self._at:
            self._stroke_to(event.position())
            self._at = event.position()
        self._painting = False
        super().mouseReleaseEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the brush."""
        self._at = event.position()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the brush, unless the keyboard moves it."""
        if not self._painting and not self.hasFocus():
            self._at = None
        self.update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the brush by one pixel; Space paints, and Shift with an arrow key paints a line."""
        step = _ARROWS.get(Qt.Key(event.key()))
        if not self._paintable or (step is None and event.key() != Qt.Key.Key_Space):
            super().keyPressEvent(event)
            return
        # Without a mouse the brush starts in the middle.
        at = self._at or QPointF(self.width() / 2, self.height() / 2)
        to = at if step is None else self._inside(at + QPointF(*step) * self.pixel)
        if step is None:
            self.stroke_began.emit()
        if step is None or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._at = at
            self._stroke_to(to)
        self._at = to
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture, the hatching and the brush."""
        super().paintEvent(event)
        if self.image.isNull():
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_hatching(painter)
            if self._paintable and self._at is not None:
                radius = self._size * self.pixel / 2
                # A light outline below a dark one is visible on any picture.
                for colour, width in ((self._themes.theme.halo, 3.0), (self._themes.theme.probe, 1.4)):
                    painter.setPen(QPen(QColor(colour), width))
                    painter.drawEllipse(self._at, radius, radius)
            if self.hasFocus():
                painter.setPen(QPen(QColor(self._themes.theme.accent), 2))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)

    def _draw_hatching(self, painter: QPainter) -> None:
        """Hatch the hidden pixels: their value of 0 looks like black."""
        if self._hidden is None or not self._hidden.any():
            return
        rows, columns = self._hidden.shape
        region = QRegion()
        for row in range(rows):
            # Differences of the padded row are 1 at the start of a run of hidden pixels and -1 behind its end.
            edges = np.flatnonzero(np.diff(np.concatenate(([0], self._hidden[row].astype(np.int8), [0]))))
            top, bottom = round(row * self.height() / rows), round((row + 1) * self.height() / rows)
            for first, last in edges.reshape(-1, 2).tolist():
                left, right = round(first * self.width() / columns), round(last * self.width() / columns)
                region += QRegion(left, top, right - left, bottom - top)
        colour = QColor(self._themes.theme.accent)
        colour.setAlphaF(0.8)
        painter.save()
        painter.setClipRegion(region)
        painter.fillRect(self.rect(), QBrush(colour, Qt.BrushStyle.BDiagPattern))
        painter.restore()

    def _stroke_to(self, to: QPointF) -> None:
        start, pixel = self._at or to, self.pixel
        self.stroked.emit((start.x() / pixel, start.y() / pixel), (to.x() / pixel, to.y() / pixel))

    def _inside(self, at: QPointF) -> QPointF:
        half = self.pixel / 2
        return QPointF(min(max(at.x(), half), self.width() - half), min(max(at.y(), half), self.height() - half))
