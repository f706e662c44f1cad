"""Small plots over t below the slider: a measure as one line for each row of the path, and a band of classes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.rendering.palette import NO_CLASS, class_colours
from explorer.ui.path.over_t.path_axis import PathAxis
from explorer.ui.pictures.renderers import LEFT, small_font
from explorer.ui.theme.theme import Theme, ThemeSource

MIN_HEIGHT, BAND = 22, 7
"""Minimum height of a plot, and height of a row of the class band, in pixels at text scale 1."""


@dataclass(frozen=True, eq=False)
class MeasureLine:
    """A measure over t: ``t`` and ``values`` ``(n,)``; values that are not finite interrupt the line."""

    t: NDArray[np.float64]
    values: NDArray[np.float64]
    second: bool = False


def row_colour(theme: Theme, *, second: bool) -> str:
    """Return the colour of a row of the path, everywhere in the window."""
    return theme.text if second else theme.accent


class OverTPlot(QWidget):
    """The base of the plots: ground, lines, waypoints, and the line at t.

    Signals
    -------
    chosen : float
        The t that was pressed.
    """

    chosen = Signal(float)

    def __init__(self, themes: ThemeSource, axis: PathAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._axis = themes, axis
        self._knots: tuple[float, ...] = ()
        self._t = 0.0
        self.reason = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        axis.changed.connect(self.update)
        themes.changed.connect(self.update)

    def set_knots(self, knots: Sequence[float]) -> None:
        """Set the t of the waypoints."""
        if tuple(knots) != self._knots:
            self._knots = tuple(knots)
            self.update()

    def show_t(self, t: float) -> None:
        """Move the line at t."""
        if t != self._t:
            self._t = t
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the t at the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self._axis.t_at(event.position().x(), self.width()))

    def x_of(self, t: float) -> float:
        """Return the pixel of t."""
        return self._axis.x_of(t, self.width())

    def _draw_reason(self, painter: QPainter) -> None:
        painter.setFont(small_font())
        painter.setPen(QColor(self._themes.theme.muted))
        metrics, width = painter.fontMetrics(), self.width() - 2 * 8
        text = metrics.elidedText(self.reason, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(8, 0, width, self.height()), LEFT, text)

    def _draw_here(self, painter: QPainter) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        # Draw the line at t last, above a waypoint's line at the same t.
        for t, colour, width in (*((knot, theme.line, 1.0) for knot in self._knots), (self._t, theme.edge, 1.2)):
            painter.setPen(QPen(QColor(colour), width * scale))
            painter.drawLine(QPointF(self.x_of(t), 0), QPointF(self.x_of(t), self.height()))

    def _draw_lines(self, painter: QPainter, lines: Sequence[MeasureLine], top: float) -> None:
        """Draw the ground and lines from 0 to ``top``, or the reason why there are none."""
        theme, scale = self._themes.theme, self._themes.scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.plane))
        if self.reason:
            self._draw_reason(painter)
            return
        self._draw_here(painter)
        # Draw the first row last: the slider moves along it.
        for line in sorted(lines, key=lambda line: not line.second):
            painter.setPen(QPen(QColor(row_colour(theme, second=line.second)), 1.6 * scale))
            for piece in self._pieces(line, top):
                painter.drawPolyline(piece)

    def _pieces(self, line: MeasureLine, top: float) -> list[QPolygonF]:
        room = self.height() - 4 * self._themes.scale
        # If a decode overflows, the distance is not finite; leave a gap in the line.
        finite = np.isfinite(line.values)
        breaks = np.flatnonzero(np.diff(finite.astype(np.int8))) + 1
        pieces = []
        for rows in np.split(np.arange(len(line.t)), breaks):
            if len(rows) and finite[rows[0]]:
                y = self.height() - 2 * self._themes.scale - line.values[rows] / top * room
                points = [
                    QPointF(self.x_of(t), high) for t, high in zip(line.t[rows].tolist(), y.tolist(), strict=True)
                ]
                pieces.append(QPolygonF(points))
        return pieces


class MeasurePlot(OverTPlot):
    """Draws a measure over t, from 0 to its largest value."""

    def __init__(self, themes: ThemeSource, axis: PathAxis, parent: QWidget | None = None) -> None:
        super().__init__(themes, axis, parent)
        self.lines: tuple[MeasureLine, ...] = ()
        self.top = 1.0

    def show_lines(self, lines: Sequence[MeasureLine], reason: str = "") -> None:
        """Show other lines, or the reason why there are none."""
        self.lines, self.reason = tuple(lines), reason
        finite = [float(line.values[np.isfinite(line.values)].max(initial=0.0)) for line in lines]
        # The axis begins at 0, so that heights can be compared. It ends at 1 if all values are 0.
        self.top = max(finite, default=0.0) or 1.0
        self.setToolTip(reason)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels."""
        return QSize(200, round(1.5 * MIN_HEIGHT * self._themes.scale))

    def minimumSizeHint(self) -> QSize:
        """Return a height at which a line can still be read, in pixels."""
        return QSize(40, round(MIN_HEIGHT * self._themes.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, the lines and the line at t."""
        with QPainter(self) as painter:
            self._draw_lines(painter, self.lines, self.top)


@dataclass(frozen=True, eq=False)
class ClassRow:
    """The class at each step of a row: ``t`` and ``classes`` ``(n,)``, -1 for unknown."""

    t: NDArray[np.float64]
    classes: NDArray[np.int64]


class ClassBand(OverTPlot):
    """Draws the class at each t as a coloured band, one band per row of the path."""

    def __init__(self, themes: ThemeSource, axis: PathAxis, parent: QWidget | None = None) -> None:
        super().__init__(themes, axis, parent)
        self.rows: tuple[ClassRow, ...] = ()
        self._names: tuple[str, ...] = ()

    def show_rows(self, rows: Sequence[ClassRow], names: Sequence[str], reason: str = "") -> None:
        """Show other classes, or the reason why there are none."""
        self.rows, self._names, self.reason = tuple(rows), tuple(names), reason
        self.setToolTip(reason)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of all rows, or of the reason, in pixels."""
        scale, rows = self._themes.scale, max(1, len(self.rows))
        return QSize(200, round((BAND + 2) * scale * rows) if not self.reason else self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        """Return the height of all rows in pixels."""
        return QSize(40, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bands and the line at t."""
        theme, scale = self._themes.theme, self._themes.scale
        high = BAND * scale
        top = (self.height() - len(self.rows) * (high + 2 * scale)) / 2 + scale
        with QPainter(self) as painter:
            if self.reason:
                self._draw_reason(painter)
                return
            for number, row in enumerate(self.rows):
                for start, end, label in class_pieces(row):
                    left, right = self.x_of(start), self.x_of(end)
                    # Leave one pixel between neighbours of similar colour; draw at least one pixel.
                    area = QRectF(left, top + number * (high + 2 * scale), max(1.0, right - left - 1), high)
                    painter.fillRect(area, self.colour_of(label))
            painter.setPen(QPen(QColor(theme.edge), 1.2 * scale))
            painter.drawLine(QPointF(self.x_of(self._t), 0), QPointF(self.x_of(self._t), self.height()))

    def colour_of(self, label: int) -> QColor:
        """Return the colour of a class on planes."""
        dark = self._themes.theme.dark
        # -1 stands for an unknown class.
        known = 0 <= label < len(self._names)
        return QColor(*map(int, class_colours(len(self._names), dark)[label] if known else NO_CLASS[dark]))


def class_pieces(row: ClassRow) -> list[tuple[float, float, int]]:
    """Return start, end and class of each run of equal classes; a change lies midway between two steps."""
    changes = np.flatnonzero(np.diff(row.classes)) + 1
    middles = (row.t[changes - 1] + row.t[changes]) / 2
    edges = [float(row.t[0]), *middles.tolist(), float(row.t[-1])]
    labels = row.classes[[0, *changes.tolist()]].tolist()
    return list(zip(edges[:-1], edges[1:], labels, strict=True))
