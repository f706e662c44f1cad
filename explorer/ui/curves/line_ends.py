"""Marks along the curves, and at the end of each its name and newest value.

1. `CurvePlot` gives the ends in the plot's coordinates, with the points of the curve that may carry a mark.
2. `LineEnds.width_in` says how much room the labels need to the right of the curves. If the names have none, all labels
   are brief ones, else the values alone: the mark tells the run.
3. `paint` draws the marks, thinned to one every `MARK_GAP` pixels, then the one at the end.
4. An end outside of the range is drawn at the nearest edge, and its value gets an arrow.
5. `spread` moves labels apart that would overlap; a thin line leads from each end to its label.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from explorer.ui.theme.run_mark import draw_mark
from explorer.ui.theme.theme import DARK, Theme

MARK_SIDE = 8.0
"""Width of a mark in pixels at text scale 1."""
MARK_GAP = 26.0
"""Minimum distance of the marks along a curve, in pixels at text scale 1."""
LEADER = 12.0
"""Length in pixels of the line from an end at the plot's edge to its label."""
MAX_SHARE = 0.5
"""Maximum share of the plot's width for labels."""
TALL = 0.8
"""Maximum share of the plot's height for labels in two lines."""
NONE: NDArray[np.float64] = np.empty(0)


@dataclass(frozen=True, eq=False)
class LineEnd:
    """The newest point of a line, in the plot's coordinates, with its label.

    ``brief`` is written if ``name`` does not fit. ``mark`` is the number of the run's mark, None for a hollow one;
    without ``has_mark`` the end is a dot. ``xs`` and ``ys`` are the points that may carry a mark, ``(n,)`` each.
    """

    name: str
    brief: str
    value: str
    colour: str
    x: float
    y: float
    mark: int | None = None
    has_mark: bool = False
    xs: NDArray[np.float64] = field(default_factory=lambda: NONE)
    ys: NDArray[np.float64] = field(default_factory=lambda: NONE)


@dataclass(frozen=True)
class Label:
    """A label as it is drawn: ``top`` in pixels, the name that has room, "" if none has, and the end it belongs to."""

    name: str
    value: str
    top: float
    end: QPointF


class LineEnds(QGraphicsItem):
    """Draws marks and labels over the whole plot: the labels are to the right of the view box, which clips."""

    def __init__(self, box: pg.ViewBox, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._box = box
        self._theme: Theme = DARK
        self._scale = 1.0
        self._font, self._bold = QFont(), QFont()
        self._ends: tuple[LineEnd, ...] = ()
        self.setZValue(10)  # above all curves

    def apply_theme(self, font: QFont, theme: Theme, scale: float) -> None:
        """Set font, colours and sizes."""
        self._font, self._theme, self._scale = QFont(font), theme, scale
        self._bold = QFont(font)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self.update()

    def set_ends(self, ends: Sequence[LineEnd]) -> None:
        """Mark these ends; the first is drawn on top and keeps its label if there is no room for all."""
        self._ends = tuple(ends)
        self.update()

    def width_in(self, width: float, height: float) -> float:
        """Return the room in pixels that the labels need to the right of the curves of a plot of this size."""
        if not any(end.name for end in self._ends):
            return 0.0
        room = MAX_SHARE * width - LEADER * self._scale - 2
        return min(self._widest(*self._form(room, height)), room) + LEADER * self._scale + 2

    def labels(self) -> list[Label]:
        """Return the labels as they are drawn."""
        box = self._area()
        named = [end for end in self._ends if end.name]
        names, tall = self._form(self._room, box.height())
        height = QFontMetricsF(self._font).height() * (1 + tall)
        named = named[: max(1, int((box.height() + 4) / height))]
        points = [self._at(end) for end in named]
        wanted = [point.y() - height / 2 for point in points]
        tops = spread(wanted, height, box.top() - 2, box.bottom() + 2)
        found = zip(names, named, tops, points, strict=False)  # without room for all ends, the first have a label
        return [Label(name, end.value + self._arrow(end), top, point) for name, end, top, point in found]

    def _form(self, room: float, height: float) -> tuple[list[str], bool]:
        """Return the names in the first form that fits, and whether the values are below them.

        All are whole, or all are brief, or there is none: the mark tells the run of a value.
        """
        named = [end for end in self._ends if end.name]
        tall = self._is_tall(height, len(named))
        whole, brief = [end.name for end in named], [end.brief or end.name for end in named]
        for names in (whole, brief):
            if self._widest(names, tall) <= room + 1:
                return names, tall
        return ([""] * len(named), False) if all(end.value for end in named) else (brief, tall)

    def _widest(self, names: Sequence[str], tall: bool) -> float:
        values = [end.value + self._arrow(end) for end in self._ends if end.name]
        widths = (self._label_width(name, value, tall) for name, value in zip(names, values, strict=True))
        return max(widths, default=0.0)

    def boundingRect(self) -> QRectF:
        """Return the whole plot's area."""
        parent = self.parentItem()
        return QRectF() if parent is None else parent.boundingRect()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw marks, then labels on top of them."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for end in reversed(self._ends):
            if end.has_mark:
                self._draw_marks(painter, end)
        for end in reversed(self._ends):
            self._draw_end(painter, end)
        self._draw_labels(painter)

    # Marks

    def _draw_marks(self, painter: QPainter, end: LineEnd) -> None:
        area = self._area()
        last = self._at(end)
        for x, y in self._thinned(end):
            point = self._to_item(x, y)
            # The mark at the end needs its own room.
            if area.contains(point) and last.x() - point.x() > 0.6 * MARK_GAP * self._scale:
                draw_mark(painter, point, 0.8 * MARK_SIDE * self._scale, end.mark, self._theme)

    def _thinned(self, end: LineEnd) -> list[tuple[float, float]]:
        """Return every k-th point, k a power of two: the marks of a growing curve stay where they are."""
        count = len(end.xs)
        if count < 2:
            return []
        pixels = self._to_item(float(end.xs[-1]), 0.0).x() - self._to_item(float(end.xs[0]), 0.0).x()
        stride = 1
        while stride < count and pixels / (count - 1) * stride < MARK_GAP * self._scale:
            stride *= 2
        return [(float(x), float(y)) for x, y in zip(end.xs[::stride], end.ys[::stride], strict=True) if np.isfinite(y)]

    def _draw_end(self, painter: QPainter, end: LineEnd) -> None:
        if end.has_mark:
            draw_mark(painter, self._at(end), MARK_SIDE * self._scale, end.mark, self._theme)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(end.colour))
            painter.drawEllipse(self._at(end), 2.5 * self._scale, 2.5 * self._scale)

    # Labels

    def _draw_labels(self, painter: QPainter) -> None:
        box = self._area()
        _, tall = self._form(self._room, box.height())
        line = QFontMetricsF(self._font).height()
        left = box.right() + LEADER * self._scale
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextDontClip
        colours = [end.colour for end in self._ends if end.name]
        for label, colour in zip(self.labels(), colours, strict=False):
            self._draw_leader(painter, label.end, QPointF(left - 3, label.top + line / 2), colour)
            painter.setFont(self._bold)
            painter.setPen(QColor(self._theme.text))
            painter.drawText(QRectF(left, label.top, 0, line), flags, label.name)
            beside = f"{label.name} " if label.name and not tall else ""
            advance = QFontMetricsF(self._bold).horizontalAdvance(beside)
            painter.setFont(self._font)
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QRectF(left + advance, label.top + line * tall, 0, line), flags, label.value)

    def _draw_leader(self, painter: QPainter, start: QPointF, end: QPointF, colour: str) -> None:
        pen = QColor(colour)
        pen.setAlphaF(0.6)
        painter.setPen(QPen(pen, max(1.0, 0.8 * self._scale)))
        painter.drawLine(QPointF(start.x() + 0.7 * MARK_SIDE * self._scale, start.y()), end)

    def _label_width(self, name: str, value: str, tall: bool) -> float:
        widths = (
            QFontMetricsF(self._bold).horizontalAdvance(
                name if tall or not (name and value.strip(" ↑")) else f"{name} "
            ),
            QFontMetricsF(self._font).horizontalAdvance(value) if value.strip(" ↑") else 0.0,
        )
        return max(widths) if tall else sum(widths)

    def _is_tall(self, height: float, count: int) -> bool:
        has_values = any(end.value for end in self._ends)
        return has_values and 2 * count * QFontMetricsF(self._font).height() <= TALL * height

    # Positions

    @property
    def _room(self) -> float:
        """The width for labels to the right of the curves."""
        return self.boundingRect().right() - self._area().right() - LEADER * self._scale

    def _area(self) -> QRectF:
        return QRectF(self.mapRectFromItem(self._box, QRectF(self._box.rect())))

    def _to_item(self, x: float, y: float) -> QPointF:
        return QPointF(self.mapFromItem(self._box, self._box.mapFromView(pg.Point(x, y))))

    def _at(self, end: LineEnd) -> QPointF:
        """Return the end's position, at the nearest edge if it is outside."""
        point, area = self._to_item(end.x, end.y), self._area()
        inset = MARK_SIDE / 2 * self._scale
        y = min(max(point.y(), area.top() + inset), area.bottom() - inset) if self._arrow(end) else point.y()
        return QPointF(min(max(point.x(), area.left()), area.right()), y)

    def _arrow(self, end: LineEnd) -> str:
        low, high = self._box.viewRange()[1]
        return " ↑" if end.y > high else " ↓" if end.y < low else ""


def spread(wanted: Sequence[float], height: float, low: float, high: float) -> list[float]:
    """Return the tops of labels of this height, as near to the wanted ones as they can be without overlapping.

    All are between ``low`` and ``high`` if there is room for all of them.
    """
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    tops = [0.0] * len(wanted)
    edge = low
    for index in order:
        tops[index] = edge = max(wanted[index], edge)
        edge += height
    edge = high
    # Back from the bottom: what was pushed out of the plot is pushed up.
    for index in reversed(order):
        tops[index] = min(tops[index], edge - height)
        edge = tops[index]
    return tops


def joined_dimensions(ends: Sequence[LineEnd], height_of: float) -> list[LineEnd]:
    """Return the ends of the lines of latent dimensions, with one name for those too near to each other.

    "z1", "z2" and "z3" become "z1, 2, 3". ``height_of`` is the height of a name in the plot's coordinates.
    """
    joined: list[LineEnd] = []
    names: list[list[str]] = []
    for end in sorted(ends, key=lambda end: -end.y):
        if joined and joined[-1].y - end.y < height_of:
            names[-1].append(end.name.removeprefix("z"))
        else:
            joined.append(end)
            names.append([end.name])
    texts = [", ".join(own[:4]) + (" …" if len(own) > 4 else "") for own in names]
    named = [replace(end, name=text) for end, text in zip(joined, texts, strict=True)]
    return [*named, *(replace(end, name="") for end in ends if end not in joined)]
