"""One plot of curves: lines that move in place, bands between them, named axes, a cursor and a notice."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsPolygonItem, QLabel, QWidget

from explorer.ui.curves.curve_axes import EDGE, NamedAxis, UnitAxis, plot_font, style_axis
from explorer.ui.curves.legend import Stroke
from explorer.ui.curves.line_ends import NONE, LineEnd, LineEnds, joined_dimensions
from explorer.ui.curves.series import EMPTY, TermCurve, thinned
from explorer.ui.theme.theme import Theme

BAND_OPACITY = 0.22
"""Opacity of a band, 0 to 1."""


@dataclass(frozen=True, eq=False)
class Band:
    """An area as a closed outline: ``epochs`` and ``heights`` ``(n,)``, in the plot's coordinates."""

    epochs: NDArray[np.float64]
    heights: NDArray[np.float64]
    colour: str


class Bands:
    """Draws bands behind the curves of a view box, one for each key."""

    def __init__(self, box: pg.ViewBox) -> None:
        self._box = box
        self._items: dict[str, QGraphicsPolygonItem] = {}
        self._shown: dict[str, Band] = {}

    def band(self, key: str) -> Band | None:
        """Return the band drawn for a key, or None."""
        return self._shown.get(key)

    def set_band(self, key: str, band: Band | None) -> None:
        """Draw a band for a key; None removes it."""
        if band is None:
            self._shown.pop(key, None)
            if key in self._items:
                self._box.removeItem(self._items.pop(key))
            return
        if key not in self._items:
            self._items[key] = QGraphicsPolygonItem()
            self._items[key].setPen(Qt.PenStyle.NoPen)
            # Behind every curve: they have z values of 0 and below, one step for each line.
            self._items[key].setZValue(-1000)
            # ignoreBounds: a band never counts for the range, which `CurvePlot.set_range` sets.
            self._box.addItem(self._items[key], ignoreBounds=True)
        colour = QColor(band.colour)
        colour.setAlphaF(BAND_OPACITY)
        self._items[key].setBrush(colour)
        points = zip(band.epochs.tolist(), band.heights.tolist(), strict=True)
        self._items[key].setPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
        self._shown[key] = band


MAX_POINTS = 2000  # limit of points per line, whatever the width
POINTS_PER_PIXEL = 1
TOP = 4
"""Pixels above the curves."""
PADDING = 0.06
"""Margin above and below the curves, as a share of their range."""


@dataclass(frozen=True, eq=False)
class Line:
    """A curve to draw. ``key`` identifies the line while its points move; ``run`` is the run that it belongs to.

    ``name``, or ``brief`` if that does not fit, and ``value`` are written at its end. With ``has_mark`` it carries the
    run's mark, ``mark``. A band of the colour ``band`` fills the area between it and ``band_to``.
    """

    key: str
    curve: TermCurve
    stroke: Stroke
    run: str = ""
    name: str = ""
    brief: str = ""
    value: str = ""
    mark: int | None = None
    has_mark: bool = False
    band_to: TermCurve = EMPTY
    band: str = ""


@dataclass(frozen=True)
class PlotMark:
    """A vertical line at a position on the horizontal axis, with a word beside it; "" for none."""

    at: float
    word: str
    colour: str


class CurvePlot(pg.GraphicsView):  # type: ignore[misc]
    """Curves over epochs, steps or time. Each line is made once and moved from then on.

    Signals
    -------
    hovered : float or None
        The position on the horizontal axis under the mouse; None when it leaves.
    full_range_wanted
        A double click: toggle between the full and the readable range.
    """

    hovered = Signal(object)
    full_range_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = False
        self._font = QFont()
        self._lines: dict[str, pg.PlotCurveItem] = {}
        self._shown: tuple[Line, ...] = ()
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
        # The range is always set by set_range: pyqtgraph's automatic range would follow every outlier.
        self._box.disableAutoRange()
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.setVisible(False)
        self._box.addItem(self._cursor, ignoreBounds=True)
        self._marks: tuple[PlotMark, ...] = ()
        self._mark_lines: list[pg.InfiniteLine] = []
        self._mark_width, self._ground = 1.5, "black"
        self._bands = Bands(self._box)
        self._left, self._bottom = UnitAxis("left"), NamedAxis("bottom")
        self._left.set_unit("")  # the panel's head has it, once for all plots
        self._arrange()
        self._ends = LineEnds(self._box, self._grid)
        self._notice = QLabel(self, wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._notice.setProperty("role", "muted")
        self._notice.hide()

    def apply_theme(self, theme: Theme, scale: float) -> None:
        """Set colours and sizes."""
        font = plot_font(self, scale)
        self.setBackground(theme.panel)
        for axis in (self._left, self._bottom):
            style_axis(axis, font, theme, scale)
            axis.apply_theme(font, theme.muted)
        self._left.setGrid(70)
        self._cursor.setPen(pg.mkPen(theme.edge, width=max(1, round(scale))))
        self._mark_width, self._ground = max(1.5, 1.5 * scale), theme.panel
        self._font = font
        self._ends.apply_theme(font, theme, scale)
        self._make_room()

    def set_axis_name(self, name: str) -> None:
        """Set the name of the horizontal axis."""
        if name != self._bottom.name:
            self._bottom.set_name(name)
            self._make_room()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Draw these lines: lines with known keys move, new ones are added, missing ones are removed."""
        self._shown = tuple(lines)
        for key in set(self._lines) - {line.key for line in lines}:
            self._box.removeItem(self._lines.pop(key))
            self._bands.set_band(key, None)
        # More points than pixels cost time on every redraw and look the same.
        max_points = min(MAX_POINTS, max(64, POINTS_PER_PIXEL * self.width()))
        for index, line in enumerate(lines):
            item = self._lines.get(line.key)
            if item is None:
                # "finite" leaves gaps for NaN; the check finds them, so it must not be skipped.
                item = self._lines[line.key] = pg.PlotCurveItem(antialias=True, connect="finite", skipFiniteCheck=False)
                self._box.addItem(item, ignoreBounds=True)
            curve = thinned(line.curve, max_points)
            item.setData(curve.epochs, self._heights(curve.values))
            item.setPen(line.stroke.pen())
            # The active run comes first and is drawn on top.
            item.setZValue(-index)
            self._bands.set_band(line.key, self._band_of(line))
        self._show_ends()

    @property
    def labels(self) -> tuple[tuple[str, str, float], ...]:
        """Name, value and top of each label at the right, as they are drawn."""
        return tuple((label.name, label.value, label.top) for label in self._ends.labels())

    def drawn(self, key: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the positions and heights drawn for a line; on a log scale heights are log10 of the values."""
        epochs, heights = self._lines[key].getData()
        return np.asarray(epochs, float), np.asarray(heights, float)

    def band(self, key: str) -> Band | None:
        """Return the band beside a line, or None."""
        return self._bands.band(key)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the lines drawn."""
        return tuple(line.key for line in self._shown)

    def pen_of(self, key: str) -> QPen:
        """Return the pen that a line is drawn with."""
        return QPen(self._lines[key].opts["pen"])

    @property
    def values_shown(self) -> tuple[float, float]:
        """The lowest and highest height on screen."""
        low, high = self._box.viewRange()[1]
        return float(low), float(high)

    @property
    def log(self) -> bool:
        """Whether heights are on a log scale."""
        return self._log

    def set_log(self, log: bool) -> None:
        """Switch between a log and a linear scale; call it before `show_lines`."""
        self._log = log
        self._left.setLogMode(log)

    def set_range(self, across: tuple[float, float], values: tuple[float, float]) -> None:
        """Show this part of the horizontal axis and these values, with a margin."""
        low, high = self._heights(np.array(values))
        # A constant curve has no range of its own: a share of its value, or 1 nat around 0.
        room = (high - low) * PADDING or abs(high) * PADDING or 1.0
        first, last = across
        self._box.setRange(
            xRange=(first, last if last > first else first + 1.0), yRange=(low - room, high + room), padding=0
        )
        self._show_ends()

    def show_notice(self, text: str) -> None:
        """Write in the middle why nothing is drawn; "" removes the notice."""
        self._notice.setText(text)
        self._notice.setVisible(bool(text))
        for axis in (self._left, self._bottom):
            axis.setVisible(not text)
        self._centre_notice()

    @property
    def notice(self) -> str:
        """The notice shown instead of curves, or ""."""
        return self._notice.text()

    def set_cursor(self, at: float | None) -> None:
        """Move the cursor to a position on the horizontal axis; None hides it."""
        self._cursor.setVisible(at is not None and bool(self._shown))
        if at is not None:
            self._cursor.setPos(at)

    @property
    def marks(self) -> tuple[PlotMark, ...]:
        """The marked positions."""
        return self._marks

    def set_marks(self, marks: Sequence[PlotMark]) -> None:
        """Mark the positions that the planes show."""
        self._marks = tuple(marks)
        while len(self._mark_lines) < len(marks):
            # Two anchors: the word is to the left of a mark in the right half, so that it is never cut.
            label = {"position": 0.92, "anchors": [(0, 0.5), (1, 0.5)]}
            self._mark_lines.append(pg.InfiniteLine(angle=90, movable=False, label=" ", labelOpts=label))
            self._box.addItem(self._mark_lines[-1], ignoreBounds=True)
        for line, mark in zip_longest(self._mark_lines, marks):
            line.setVisible(mark is not None)
            if mark is not None:
                # Dashed, if the mark has the colour of its run: a solid one could be taken for a curve.
                style = Qt.PenStyle.DashLine if mark.word else Qt.PenStyle.SolidLine
                line.setPen(pg.mkPen(mark.colour, width=self._mark_width, style=style))
                line.label.setFont(self._font)
                line.label.setColor(mark.colour)
                line.label.fill = pg.mkBrush(self._ground)  # a word on a curve could not be read
                line.label.setVisible(bool(mark.word))
                line.label.setFormat(mark.word)
                line.setPos(mark.at)

    def x_of(self, at: float) -> float:
        """Return the x of a position on the horizontal axis in this widget's pixels."""
        return float(self.mapFromScene(self._box.mapViewToScene(pg.Point(at, 0.0))).x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Emit the position under the mouse."""
        super().mouseMoveEvent(event)
        point = self.mapToScene(event.position().toPoint())
        inside = self._shown and self._box.sceneBoundingRect().contains(point)
        self.hovered.emit(float(self._box.mapSceneToView(point).x()) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Emit that the mouse has left."""
        super().leaveEvent(event)
        self.hovered.emit(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Emit ``full_range_wanted``."""
        self.full_range_wanted.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Leave the context menu to the panel."""
        # An ignored event is passed to the parent.
        event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the area that scrolls the plots."""
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the notice in the middle, and the room for the labels."""
        super().resizeEvent(event)
        if hasattr(self, "_notice"):  # pyqtgraph resizes once in its own constructor
            self._centre_notice()
            self._show_ends()

    def _arrange(self) -> None:
        self._grid = grid = pg.GraphicsLayout()
        grid.setContentsMargins(0, TOP, EDGE, 0)
        grid.setSpacing(0)
        grid.addItem(self._left, 0, 0)
        grid.addItem(self._box, 0, 1)
        grid.addItem(self._bottom, 1, 1)
        self._left.linkToView(self._box)
        self._bottom.linkToView(self._box)
        self.setCentralItem(grid)

    def _centre_notice(self) -> None:
        self._notice.setGeometry(self.rect().adjusted(8, 0, -8, 0))

    def _heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if not self._log:
            return values
        # Values of 0 or less have no logarithm: NaN leaves a gap in the line.
        return np.log10(values, out=np.full(len(values), np.nan), where=values > 0)

    def _band_of(self, line: Line) -> Band | None:
        """Return the area between a line and its ``band_to``, over the line's epochs."""
        if not line.band or len(line.curve.epochs) < 2:
            return None
        other = line.band_to.between(float(line.curve.epochs[0]), float(line.curve.epochs[-1]))
        outline = [(curve.epochs, self._heights(curve.values)) for curve in (line.curve, other)]
        # One closed outline: along the first curve, and back along the other.
        epochs, heights = (np.concatenate([one, two[::-1]]) for one, two in zip(*outline, strict=True))
        finite = np.isfinite(heights)
        return Band(epochs[finite], heights[finite], line.band)

    def _show_ends(self) -> None:
        # Thin lines have no end of their own: it would cover the mark of the validation.
        lines = [line for line in self._shown if len(line.curve.epochs) and line.name]
        # The newest value of each line; a diverged one has no end to mark.
        ends = [end for line in lines if np.isfinite((end := self._end_of(line)).y)]
        if all(line.name.startswith("z") and not line.value for line in lines):
            low, high = self.values_shown
            line_height = QFontMetricsF(self._font).height()
            ends = joined_dimensions(ends, (high - low) / max(1.0, self._box.height()) * line_height)
        self._ends.set_ends(ends)
        self._make_room()

    def _end_of(self, line: Line) -> LineEnd:
        heights = self._heights(line.curve.values if line.has_mark else line.curve.values[-1:])
        return LineEnd(
            line.name,
            line.brief or line.name,
            line.value,
            line.stroke.colour,
            float(line.curve.epochs[-1]),
            float(heights[-1]),
            line.mark,
            line.has_mark,
            line.curve.epochs if line.has_mark else NONE,
            heights if line.has_mark else NONE,
        )

    def _make_room(self) -> None:
        """Leave room to the right for labels and the axis's name."""
        # Not the height of the box, which follows a change of size later than this.
        labels = self._ends.width_in(self.width(), self.height() - self._bottom.height() - TOP)
        right = max(labels, EDGE, self._bottom.name_width + 2)
        self._grid.layout.setContentsMargins(0, TOP, right, 0)
        self._grid.layout.activate()
