"""One plot of curves over epochs: lines that move in place, named axes, a cursor, a notice where nothing is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetricsF, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSimpleTextItem, QLabel, QStyleOptionGraphicsItem, QWidget

from explorer.ui.curves.series import Curve, thinned
from explorer.ui.curves.strokes import Stroke
from explorer.ui.style_sheet import TEXT_PIXELS
from explorer.ui.theme import Theme

MOST_POINTS = 2000
POINTS_PER_PIXEL = 2
PADDING = 0.06
"""Room above and below the curves, as a share of their range."""
SMALL = 0.85
"""Size of a plot's words, as a share of normal text."""


@dataclass(frozen=True, eq=False)
class Line:
    """A curve to draw: ``key`` stays the same while its points move; ``label`` is written at its end."""

    key: str
    curve: Curve
    stroke: Stroke
    label: str = ""


class CurvePlot(pg.GraphicsView):  # type: ignore[misc]
    """Curves over epochs. Lines are made once and moved from then on.

    Signals
    -------
    hovered : float or None
        The epoch under the cursor; None when it leaves.
    whole_asked
        Double-clicked: the whole range, or the readable one again.
    """

    hovered = Signal(object)
    whole_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = False
        self._ends_size = 5.0
        self._lines: dict[str, pg.PlotCurveItem] = {}
        self._shown: tuple[Line, ...] = ()
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
        self._box.disableAutoRange()
        self._ends = pg.ScatterPlotItem(pen=None, pxMode=True)
        self._ends.setZValue(2)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.setVisible(False)
        self._labels = _EndLabels(self._box)
        for item in (self._ends, self._cursor):
            self._box.addItem(item, ignoreBounds=True)
        self._left, self._bottom = _NatsAxis("left"), _EpochAxis("bottom")
        self._arrange()
        self._notice = QLabel(self, wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._notice.setProperty("role", "muted")
        self._notice.hide()

    def dress(self, theme: Theme, scale: float) -> None:
        """Take colours and sizes."""
        font = QFont(self.font())
        font.setPixelSize(max(8, round(TEXT_PIXELS * scale * SMALL)))
        self.setBackground(theme.panel)
        for axis in (self._left, self._bottom):
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.muted))
            axis.setStyle(tickFont=font, tickLength=round(-3 * scale), tickTextOffset=round(4 * scale))
            axis.dress(font, theme.muted)
        self._left.setGrid(70)
        self._cursor.setPen(pg.mkPen(theme.edge, width=max(1, round(scale))))
        self._labels.dress(font, theme.text, theme.panel)
        self._ends_size = 5 * scale

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Draw these curves: known keys move in place, new ones are made, absent ones go."""
        self._shown = tuple(lines)
        for key in set(self._lines) - {line.key for line in lines}:
            self._box.removeItem(self._lines.pop(key))
        most = min(MOST_POINTS, max(64, POINTS_PER_PIXEL * self.width()))
        for place, line in enumerate(lines):
            item = self._lines.get(line.key)
            if item is None:
                item = self._lines[line.key] = pg.PlotCurveItem(antialias=True, connect="finite", skipFiniteCheck=False)
                self._box.addItem(item, ignoreBounds=True)
            curve = thinned(line.curve, most)
            item.setData(curve.epochs, self._heights(curve.values))
            item.setPen(line.stroke.pen())
            item.setZValue(-place)
        self._show_ends()

    def drawn(self, key: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the epochs and heights that are drawn for a line; heights are log10 of the values on a log scale."""
        epochs, heights = self._lines[key].getData()
        return np.asarray(epochs, float), np.asarray(heights, float)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the lines that are drawn."""
        return tuple(line.key for line in self._shown)

    @property
    def log(self) -> bool:
        """Whether heights are on a log scale."""
        return self._log

    def set_log(self, log: bool) -> None:
        """Take a log scale or a linear one, before `show_lines`."""
        self._log = log
        self._left.setLogMode(log)

    def set_range(self, epochs: tuple[float, float], values: tuple[float, float]) -> None:
        """Show these epochs and these values, with a little room around them."""
        low, high = self._heights(np.array(values))
        room = (high - low) * PADDING or abs(high) * PADDING or 1.0
        width = epochs[1] - epochs[0] or 1.0
        self._box.setRange(
            xRange=(epochs[0], epochs[0] + width * 1.02), yRange=(low - room, high + room), padding=0, update=True
        )

    def show_notice(self, text: str) -> None:
        """Write in the middle why nothing is drawn; nothing for an empty text."""
        self._notice.setText(text)
        self._notice.setVisible(bool(text))
        for axis in (self._left, self._bottom):
            axis.setVisible(not text)
        self._place_notice()

    @property
    def notice(self) -> str:
        """What is written instead of curves."""
        return self._notice.text()

    def set_cursor(self, epoch: float | None) -> None:
        """Put the cursor on an epoch, or away."""
        self._cursor.setVisible(epoch is not None and bool(self._shown))
        if epoch is not None:
            self._cursor.setPos(epoch)

    def place_of(self, epoch: float) -> float:
        """Give the x of an epoch in this widget's pixels."""
        return float(self.mapFromScene(self._box.mapViewToScene(pg.Point(epoch, 0.0))).x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the epoch under the hand."""
        super().mouseMoveEvent(event)
        place = self.mapToScene(event.position().toPoint())
        inside = self._shown and self._box.sceneBoundingRect().contains(place)
        self.hovered.emit(float(self._box.mapSceneToView(place).x()) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that the hand has left."""
        super().leaveEvent(event)
        self.hovered.emit(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the whole range, or the readable one again."""
        self.whole_asked.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Leave the menu to the panel."""
        event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave scrolling to what holds the plot."""
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the notice in the middle."""
        super().resizeEvent(event)
        if hasattr(self, "_notice"):  # pyqtgraph resizes once while it is being made
            self._place_notice()

    def _arrange(self) -> None:
        grid = pg.GraphicsLayout()
        grid.setContentsMargins(0, 4, 2, 0)
        grid.setSpacing(0)
        grid.addItem(self._left, 0, 0)
        grid.addItem(self._box, 0, 1)
        grid.addItem(self._bottom, 1, 1)
        self._left.linkToView(self._box)
        self._bottom.linkToView(self._box)
        self.setCentralItem(grid)

    def _place_notice(self) -> None:
        self._notice.setGeometry(self.rect().adjusted(8, 0, -8, 0))

    def _heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if not self._log:
            return values
        return np.log10(values, out=np.full(len(values), np.nan), where=values > 0)

    def _show_ends(self) -> None:
        last = [(line, line.curve) for line in self._shown if len(line.curve.epochs)]
        x = np.array([curve.epochs[-1] for _, curve in last])
        y = self._heights(np.array([curve.values[-1] for _, curve in last]))
        brushes = [pg.mkBrush(line.stroke.colour) for line, _ in last]
        seen = np.isfinite(y)
        self._ends.setData(
            x[seen], y[seen], size=self._ends_size, brush=[brush for brush, ok in zip(brushes, seen, strict=True) if ok]
        )
        labelled = [
            (line.label, float(a), float(b))
            for (line, _), a, b, ok in zip(last, x, y, seen, strict=True)
            if ok and line.label
        ]
        self._labels.set_ends(labelled)


class _NatsAxis(pg.AxisItem):  # type: ignore[misc]
    """A vertical axis named "nats per sample", or shorter where it is low."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation, maxTickLength=-3)
        self.enableAutoSIPrefix(False)
        self._font, self._colour = QFont(), "#808080"

    def dress(self, font: QFont, colour: str) -> None:
        self._font, self._colour = QFont(font), colour
        self._name()

    def resizeEvent(self, event: QEvent | None = None) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_font"):
            self._name()

    def _name(self) -> None:
        fits = QFontMetricsF(self._font).horizontalAdvance("nats per sample") < self.size().height()
        text = "nats per sample" if fits else "nats"
        if text != self.labelText or self.label.font() != self._font:
            self.setLabel(text, color=self._colour)
            self.label.setFont(self._font)


class _EpochAxis(pg.AxisItem):  # type: ignore[misc]
    """A horizontal axis with its name in the corner beneath the vertical one, where it costs no height."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation, maxTickLength=-3)
        self.enableAutoSIPrefix(False)
        self._name = QGraphicsSimpleTextItem("epoch", self)

    def dress(self, font: QFont, colour: str) -> None:
        self._name.setFont(font)
        self._name.setBrush(pg.mkBrush(colour))
        self._place()

    def resizeEvent(self, event: QEvent | None = None) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_name"):
            self._place()

    def _place(self) -> None:
        offset = self.style["tickTextOffset"][1] + max(0, -self.style["tickLength"])
        self._name.setPos(-self._name.boundingRect().width() - 8, offset)


class _EndLabels(QGraphicsItem):
    """Names at the ends of lines, where there is room for them."""

    def __init__(self, box: pg.ViewBox) -> None:
        super().__init__(box)
        self._box = box
        self._font, self._colour, self._ground = QFont(), "#808080", "#000000"
        self._ends: list[tuple[str, float, float]] = []
        self.setZValue(10)

    def dress(self, font: QFont, colour: str, ground: str) -> None:
        self._font, self._colour, self._ground = QFont(font), colour, ground
        self.update()

    def set_ends(self, ends: list[tuple[str, float, float]]) -> None:
        self._ends = ends
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._box.rect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        metrics = QFontMetricsF(self._font)
        painter.setFont(self._font)
        taken: list[float] = []
        for text, x, y in self._ends:
            place = self._box.mapFromView(pg.Point(x, y))
            if any(abs(place.y() - other) < metrics.height() for other in taken):
                continue
            taken.append(place.y())
            width = metrics.horizontalAdvance(text)
            area = QRectF(place.x() - width - 8, place.y() - metrics.height(), width + 2, metrics.height())
            painter.setPen(pg.mkPen(self._colour))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
