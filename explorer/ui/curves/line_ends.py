"""What marks the newest point of each line: a dot, and its name where it has one."""

from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

MIN_FOR_NAMES = 24
"""A plot narrower than so many heights of text has no names of runs at the lines' ends."""
LONGEST = "a longer name"
"""No name takes more room than this."""


@dataclass(frozen=True)
class LineEnd:
    """The newest point of a line, in the plot's coordinates; ``label`` is empty for a dot alone."""

    label: str
    colour: str
    epoch: float
    height: float


class LineEnds(QGraphicsItem):
    """A dot at the end of each line, and its name right of it; names too near each other share a row."""

    def __init__(self, box: pg.ViewBox) -> None:
        super().__init__(box)
        self._box = box
        self._font, self._colour, self._radius = QFont(), "#808080", 2.5
        self._ends: tuple[LineEnd, ...] = ()
        self.setZValue(10)

    @property
    def width(self) -> float:
        """How much room the names want right of the curves."""
        metrics = QFontMetricsF(self._font)
        labels = self._labels
        if not labels:
            return 0.0
        longest = max(metrics.horizontalAdvance(label) for label in labels)
        return 12 + max(metrics.horizontalAdvance("z10, 11 …"), min(longest, metrics.horizontalAdvance(LONGEST)))

    @property
    def _labels(self) -> list[str]:
        """The names that are written; none of runs where a plot is too narrow, as the legend has them."""
        labels = [end.label for end in self._ends if end.label]
        least = MIN_FOR_NAMES * QFontMetricsF(self._font).height()
        return labels if _are_dimensions(labels) or self._box.rect().width() >= least else []

    def dress(self, font: QFont, colour: str, radius: float) -> None:
        """Take the font and colour of names, and the dots' radius."""
        self._font, self._colour, self._radius = QFont(font), colour, radius
        self.update()

    def set_ends(self, ends: tuple[LineEnd, ...]) -> None:
        """Mark these ends."""
        self._ends = ends
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the whole plot's area."""
        return QRectF(self._box.rect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw dots, then names."""
        metrics = QFontMetricsF(self._font)
        painter.setFont(self._font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = [(self._box.mapFromView(pg.Point(end.epoch, end.height)), end) for end in self._ends]
        for place, end in places:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(end.colour))
            painter.drawEllipse(place, self._radius, self._radius)
        painter.setPen(QColor(self._colour))
        named = sorted((place.y(), end.label) for place, end in places if end.label and self._labels)
        for y, labels in _clusters(named, metrics.height()):
            x = max(place.x() for place, _ in places) + 8
            area = QRectF(x, y - metrics.height() / 2, self._box.rect().right() - x, metrics.height())
            area.moveTop(min(max(area.top(), 0.0), self._box.rect().height() - area.height()))
            text = metrics.elidedText(_joined(labels), Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def _clusters(places: list[tuple[float, str]], apart: float) -> list[tuple[float, list[str]]]:
    """Put labels nearer than ``apart`` together, at the place of the first."""
    clusters: list[tuple[float, list[str]]] = []
    for y, label in places:
        if clusters and y - clusters[-1][0] < apart:
            clusters[-1][1].append(label)
        else:
            clusters.append((y, [label]))
    return clusters


def _joined(labels: list[str]) -> str:
    """Write "z1", "z2", "z3" as "z1, 2, 3"."""
    dimensions = _are_dimensions(labels)
    return ", ".join([labels[0], *(label.removeprefix("z") if dimensions else label for label in labels[1:])])


def _are_dimensions(labels: list[str]) -> bool:
    return all(label.startswith("z") and label[1:].isdigit() for label in labels)
