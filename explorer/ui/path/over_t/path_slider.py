"""The slider of t, with a tick and a letter at each waypoint."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSlider, QWidget

from explorer.latent.plane.cursor_marks import waypoint_name
from explorer.ui.path.over_t.path_axis import PathAxis
from explorer.ui.pictures.renderers import small_font
from explorer.ui.theme.theme import ThemeSource

T_STEPS = 10_000
"""Number of positions of the slider of t, which runs from 0 to 1."""
HANDLE, GROOVE = 7, 4
"""Radius of the handle and height of the groove, in pixels at text scale 1."""


class AxisSlider(QSlider):
    """Base class of sliders from 0 to 1. A press anywhere moves the handle there and begins a drag: one undo step."""

    def __init__(self, themes: ThemeSource, axis: PathAxis, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._themes, self._axis = themes, axis
        self.setRange(0, T_STEPS)
        self.setPageStep(T_STEPS // 10)
        axis.changed.connect(self.update)
        themes.changed.connect(self.update)

    def set_axis(self, axis: PathAxis) -> None:
        """Align the slider with other widgets."""
        if axis is not self._axis:
            self._axis.changed.disconnect(self.update)
            self._axis = axis
            axis.changed.connect(self.update)
            self.update()

    @property
    def t(self) -> float:
        """The position, 0 to 1."""
        return self.value() / T_STEPS

    def x_of(self, t: float) -> float:
        """Return the pixel of t."""
        return self._axis.x_of(t, self.width())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the handle to the cursor and begin a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            # Set the slider down first, so that listeners treat the jump as a part of the drag.
            self.setSliderDown(True)
            self._move_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the handle."""
        if self.isSliderDown():
            self._move_to(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the keys to the panel, which moves by the path's steps."""
        event.ignore()

    def _move_to(self, event: QMouseEvent) -> None:
        self.setSliderPosition(round(T_STEPS * self._axis.t_at(event.position().x(), self.width())))

    def _draw_groove(self, painter: QPainter, middle: float, start: float) -> None:
        """Draw the groove, which is filled from t = ``start`` to the handle."""
        theme, half = self._themes.theme, GROOVE * self._themes.scale / 2
        left, right, origin, here = (self.x_of(t) for t in (0.0, 1.0, start, self.t))
        painter.setPen(Qt.PenStyle.NoPen)
        for begin, end, colour in ((left, right, theme.hover), (min(origin, here), max(origin, here), theme.accent)):
            painter.setBrush(QColor(colour if self.isEnabled() else theme.line))
            painter.drawRoundedRect(QRectF(begin, middle - half, end - begin, 2 * half), half, half)

    def _draw_handle(self, painter: QPainter, middle: float) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        ring = theme.accent if self.hasFocus() or self.isSliderDown() else theme.panel
        painter.setPen(QPen(QColor(ring), 2 * scale))
        painter.setBrush(QColor(theme.knob if self.isEnabled() else theme.edge))
        painter.drawEllipse(QPointF(self.x_of(self.t), middle), HANDLE * scale, HANDLE * scale)


class PathSlider(AxisSlider):
    """A slider from A to the end of the path."""

    def __init__(self, themes: ThemeSource, axis: PathAxis, parent: QWidget | None = None) -> None:
        super().__init__(themes, axis, parent)
        self._ticks: tuple[tuple[float, str], ...] = ()

    @property
    def ticks(self) -> tuple[tuple[float, str], ...]:
        """The t and the letter of each waypoint."""
        return self._ticks

    def set_knots(self, knots: Sequence[float], *, closed: bool) -> None:
        """Set the t of the waypoints; a closed path ends with its first one."""
        last = len(knots) - 1
        ticks = tuple((t, waypoint_name(0 if closed and i == last else i)) for i, t in enumerate(knots))
        if ticks != self._ticks:
            self._ticks = ticks
            self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels: the groove with letters above it."""
        return QSize(16 * self.fontMetrics().height(), self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return a size at which the handle can be placed, in pixels."""
        em = self.fontMetrics().height()
        return QSize(4 * em, round(1.5 * em))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw groove, ticks with their letters, and the handle."""
        # Room for the letters above.
        middle = self.height() - (HANDLE + 2) * self._themes.scale
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_groove(painter, middle, 0.0)
            self._draw_ticks(painter, middle)
            self._draw_handle(painter, middle)

    def _draw_ticks(self, painter: QPainter, middle: float) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        painter.setFont(small_font())
        metrics, free = painter.fontMetrics(), -1.0
        for t, name in self._ticks:
            x = self.x_of(t)
            painter.setPen(QPen(QColor(theme.text), 1.4 * scale))
            painter.drawLine(QPointF(x, middle - 6 * scale), QPointF(x, middle + 6 * scale))
            wide = metrics.horizontalAdvance(name)
            # Right of the tick, or left of it at the right edge. Skip a letter that would overlap the one before.
            start = min(x + 4 * scale, self.width() - wide - 1.0)
            # Skip letters that the handle would cover, too.
            if start > free and abs(x - self.x_of(self.t)) > (HANDLE + 1) * scale - 4 * scale:
                painter.setPen(QColor(theme.muted))
                painter.drawText(QPointF(start, middle - 5 * scale), name)
                free = start + wide
