"""The axes of plots of curves, their fonts and colours, and the marks at the ends of lines."""

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSimpleTextItem, QStyleOptionGraphicsItem, QWidget

from explorer.models.terms import NATS
from explorer.rendering.drawing import MINUS
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import Theme

SMALL = 0.85
"""Font size of a plot, as a share of normal text."""


def plot_font(widget: QWidget, scale: float) -> QFont:
    """Return the font of a plot's numbers and names: pyqtgraph's items do not follow the application's style sheet."""
    font = QFont(widget.font())
    font.setPixelSize(max(8, round(TEXT_PIXELS * scale * SMALL)))
    return font


def style_axis(axis: pg.AxisItem, font: QFont, theme: Theme, scale: float) -> None:
    """Set the colours, the font of the numbers and the sizes of an axis."""
    axis.setPen(pg.mkPen(theme.line))
    axis.setTextPen(pg.mkPen(theme.muted))
    axis.setStyle(tickFont=font, tickLength=round(-3 * scale), tickTextOffset=round(4 * scale))
    # Larger text needs fewer ticks.
    axis.setTickDensity(1 / max(1.0, scale))


MIN_FOR_NAMES = 24
"""In heights of text: narrower plots have no run names at the line ends."""
LONGEST = "a longer name"
"""Text whose width limits that of a name."""


@dataclass(frozen=True)
class LineEnd:
    """The newest point of a line, in the plot's coordinates; an empty ``label`` draws only the dot."""

    label: str
    colour: str
    epoch: float
    height: float


class LineEnds(QGraphicsItem):
    """Draws a dot at the end of each line and its name to the right; names too close together share a row."""

    def __init__(self, box: pg.ViewBox) -> None:
        super().__init__(box)
        self._box = box
        self._font, self._colour, self._radius = QFont(), "#808080", 2.5
        self._ends: tuple[LineEnd, ...] = ()
        self.setZValue(10)  # above all curves

    @property
    def width(self) -> float:
        """The width in pixels that the names need to the right of the curves."""
        metrics = QFontMetricsF(self._font)
        labels = self._labels
        if not labels:
            return 0.0
        longest = max(metrics.horizontalAdvance(label) for label in labels)
        # Room for a joined name such as "z10, 11 …", whose length is known only when drawing.
        return 12 + max(metrics.horizontalAdvance("z10, 11 …"), min(longest, metrics.horizontalAdvance(LONGEST)))

    @property
    def _labels(self) -> list[str]:
        """The names to write; none for runs if the plot is too narrow, since the legend has them."""
        labels = [end.label for end in self._ends if end.label]
        least = MIN_FOR_NAMES * QFontMetricsF(self._font).height()
        return labels if _are_dimensions(labels) or self._box.rect().width() >= least else []

    def apply_theme(self, font: QFont, colour: str, radius: float) -> None:
        """Set the font and colour of names, and the radius of dots in pixels."""
        self._font, self._colour, self._radius = QFont(font), colour, radius
        self.update()

    def set_ends(self, ends: tuple[LineEnd, ...]) -> None:
        """Mark these ends."""
        self._ends = ends
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the whole plot's area, as names may be anywhere in it."""
        return QRectF(self._box.rect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw dots, then names on top of them."""
        metrics = QFontMetricsF(self._font)
        painter.setFont(self._font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        points = [(self._box.mapFromView(pg.Point(end.epoch, end.height)), end) for end in self._ends]
        for point, end in points:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(end.colour))
            painter.drawEllipse(point, self._radius, self._radius)
        painter.setPen(QColor(self._colour))
        named = sorted((point.y(), end.label) for point, end in points if end.label and self._labels)
        for y, labels in _clusters(named, metrics.height()):
            x = max(point.x() for point, _ in points) + 8
            area = QRectF(x, y - metrics.height() / 2, self._box.rect().right() - x, metrics.height())
            # A name at the very top or bottom would be cut off by the plot's edge.
            area.moveTop(min(max(area.top(), 0.0), self._box.rect().height() - area.height()))
            text = metrics.elidedText(_joined(labels), Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def _clusters(points: list[tuple[float, str]], apart: float) -> list[tuple[float, list[str]]]:
    """Group labels that are closer than ``apart`` pixels, at the position of the first."""
    clusters: list[tuple[float, list[str]]] = []
    for y, label in points:
        if clusters and y - clusters[-1][0] < apart:
            clusters[-1][1].append(label)
        else:
            clusters.append((y, [label]))
    return clusters


def _joined(labels: list[str]) -> str:
    """Join "z1", "z2", "z3" as "z1, 2, 3"."""
    dimensions = _are_dimensions(labels)
    return ", ".join([labels[0], *(label.removeprefix("z") if dimensions else label for label in labels[1:])])


def _are_dimensions(labels: list[str]) -> bool:
    return all(label.startswith("z") and label[1:].isdigit() for label in labels)


NAME_GAP = 8
EDGE = 14
"""Pixels to the right of the curves, for half of the last epoch's number."""


class UnitAxis(pg.AxisItem):  # type: ignore[misc]
    """Vertical axis named by its unit, shortened if the axis is short; log scales show plain numbers."""

    unit = NATS

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation, maxTickLength=-3)
        # Losses would otherwise be labelled in "kilo-nats".
        self.enableAutoSIPrefix(False)
        self._font, self._colour = QFont(), "#808080"

    def apply_theme(self, font: QFont, colour: str) -> None:
        """Set the font and colour of the axis's name."""
        self._font, self._colour = QFont(font), colour
        self._name()

    def set_unit(self, unit: str) -> None:
        """Change the unit."""
        if unit != self.unit:
            self.unit = unit
            self._name()

    def resizeEvent(self, event: QEvent | None = None) -> None:
        """Keep the name centred."""
        super().resizeEvent(event)
        # pyqtgraph resizes the axis in its own constructor, before _font exists.
        if hasattr(self, "_font"):
            self._name()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return fewer ticks if their numbers would overlap."""
        levels: list[tuple[float, list[float]]] = super().tickValues(low, high, size)
        # Lines of text that fit into ``size`` pixels, with 20 % of space between them.
        fitting = max(2, int(size / (QFontMetricsF(self._font).height() * 1.2)))
        values = sorted(value for _, level in levels for value in level)
        # pyqtgraph labels only the first two levels.
        if self.logMode or sum(len(level) for _, level in levels[:2]) <= fitting or not levels:
            return levels
        coarse = sorted(levels[0][1]) or values
        # Every k-th tick of the coarse level, k rounded up.
        return [(levels[0][0], coarse[:: -(-len(coarse) // fitting)])]

    def logTickValues(
        self, low: float, high: float, size: float, ticks: list[tuple[float, list[float]]]
    ) -> list[tuple[float, list[float]]]:
        """Return ticks at 1, 2 and 5 of each power of ten, or equally spaced ones if the range has few of those."""
        powers = np.arange(np.floor(low), np.ceil(high) + 1)
        decades = powers[(powers >= low) & (powers <= high)]
        # More than three decades: 1, 2 and 5 would not fit.
        if high - low > 3:
            return [(1.0, decades.tolist())]
        fine = np.sort(np.log10(np.array([[1.0], [2.0], [5.0]]) * 10.0**powers).ravel())
        fine = fine[(fine >= low) & (fine <= high)]
        if len(fine) >= 3:
            return [(1.0, fine.tolist())]
        # Less than a third of a decade has no such tick. Equally spaced values still are round numbers.
        even = [value for _, values in self._even_ticks(10.0**low, 10.0**high, size)[:2] for value in values]
        return [(1.0, [float(np.log10(value)) for value in even if value > 0])]

    def logTickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the values themselves instead of their powers of ten."""
        return [f"{10.0**value:.4g}" for value in values]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the numbers with a true minus sign."""
        return [text.replace("-", MINUS) for text in super().tickStrings(values, scale, spacing)]

    def _even_ticks(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        # tickValues would dispatch to the log variant again; switch it off for one call.
        self.logMode = False
        try:
            ticks: list[tuple[float, list[float]]] = self.tickValues(low, high, size)
        finally:
            self.logMode = True
        return ticks

    def _name(self) -> None:
        fits = QFontMetricsF(self._font).horizontalAdvance(self.unit) < self.size().height()
        text = self.unit if fits else self.unit.partition(" ")[0]
        # setLabel lays out the whole axis; during training it runs many times per second.
        if text != self.labelText or self.label.font() != self._font:
            self.setLabel(text, color=self._colour)
            self.label.setFont(self._font)
            super().resizeEvent(None)  # centres the new name


class EpochAxis(pg.AxisItem):  # type: ignore[misc]
    """Horizontal axis with its name in the corner below the vertical axis, where it takes no extra height."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation, maxTickLength=-3)
        self.enableAutoSIPrefix(False)
        self.setStyle(hideOverlappingLabels=EDGE)  # pixels by which the first and last number may overhang
        self._name = QGraphicsSimpleTextItem("epoch", self)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return fewer ticks if their numbers would overlap."""
        levels: list[tuple[float, list[float]]] = super().tickValues(low, high, size)
        widest = QFontMetricsF(self._name.font()).horizontalAdvance(f" {high:.0f} ")
        fitting = max(2, int(size / max(widest, 1.0)))
        values = sorted(value for _, level in levels[:2] for value in level)
        if len(values) <= fitting or not levels:
            return levels
        coarse = sorted(levels[0][1]) or values
        return [(levels[0][0], coarse[:: -(-len(coarse) // fitting)])]

    @property
    def corner_width(self) -> float:
        """The width in pixels that the name needs in the corner."""
        return float(self._name.boundingRect().width()) + NAME_GAP

    def apply_theme(self, font: QFont, colour: str) -> None:
        """Set the font and colour of the axis's name."""
        self._name.setFont(font)
        self._name.setBrush(pg.mkBrush(colour))
        # pyqtgraph computes the height of digits; the name's descenders need more.
        self.setHeight(self.style["tickTextOffset"][1] + self._name.boundingRect().height())
        self._place_name()

    def resizeEvent(self, event: QEvent | None = None) -> None:
        """Keep the name in the corner."""
        super().resizeEvent(event)
        if hasattr(self, "_name"):
            self._place_name()

    def _place_name(self) -> None:
        offset = self.style["tickTextOffset"][1] + max(0, self.style["tickLength"])
        self._name.setPos(-self.corner_width, offset)
