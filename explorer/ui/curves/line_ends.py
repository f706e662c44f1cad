"""Marks at the newest point of each line: a dot, and a name if it has one."""

from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

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
    """Draw a dot at the end of each line and its name to the right; names too close together share a row."""

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


def _clusters(places: list[tuple[float, str]], apart: float) -> list[tuple[float, list[str]]]:
    """Group labels that are closer than ``apart`` pixels, at the position of the first."""
    clusters: list[tuple[float, list[str]]] = []
    for y, label in places:
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
