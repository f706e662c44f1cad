"""The points of a rate–distortion curve with their names."""

from itertools import pairwise

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from explorer.jobs.experiments.loss_findings import RatePoint

AWAY = 5.0
"""Distance in pixels between a point and its name."""
STEP = 4.0
"""Distance in pixels between the sampled points of the line, which names must not cover."""


class RateMarks(QGraphicsItem):
    """Draw a disc for each run (open while it trains), and its name if there is room."""

    def __init__(self, box: pg.ViewBox) -> None:
        super().__init__(box)
        self._box = box
        self._font = QFont()
        self._text, self._accent, self._ground, self._radius = "#808080", "#808080", "#000000", 4.0
        self._points: tuple[RatePoint, ...] = ()
        self.setZValue(10)  # above the curve

    def apply_theme(self, font: QFont, text: str, accent: str, ground: str, radius: float) -> None:
        """Set the font and colour of names, colour and radius of discs, and the background colour."""
        self._font, self._text, self._accent, self._ground, self._radius = QFont(font), text, accent, ground, radius
        self.update()

    def set_points(self, points: tuple[RatePoint, ...]) -> None:
        """Show these runs."""
        self._points = points
        self.update()

    def positions(self) -> list[tuple[QPointF, RatePoint]]:
        """Return the position of each run in the pixels of the view box."""
        return [(self._box.mapFromView(pg.Point(point.rate, point.distortion)), point) for point in self._points]

    def boundingRect(self) -> QRectF:
        """Return the whole plot's area."""
        return QRectF(self._box.rect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the discs, then the names."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        positions = self.positions()
        for position, point in positions:
            painter.setPen(QPen(QColor(self._accent), 0.45 * self._radius))
            painter.setBrush(QColor(self._ground if point.training else self._accent))
            painter.drawEllipse(position, self._radius, self._radius)
        painter.setFont(self._font)
        painter.setPen(QColor(self._text))
        for area, name in self._names(positions):
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)

    def _names(self, positions: list[tuple[QPointF, RatePoint]]) -> list[tuple[QRectF, str]]:
        """Return the names that fit, each at the best free position around its point; names never overlap."""
        metrics, whole = QFontMetricsF(self._font), self.boundingRect()
        # Rectangles that names must avoid: discs, the line, and names placed before.
        taken = [QRectF(at.x() - 4, at.y() - 4, 8, 8) for at, _ in positions]
        taken += [QRectF(at.x() - 1, at.y() - 1, 2, 2) for at in _along([at for at, _ in positions])]
        found: list[tuple[QRectF, str]] = []
        for position, point in positions:
            size = QRectF(0, 0, metrics.horizontalAdvance(point.title) + 2, metrics.height())
            # The first free position wins; a name without one is left out, and shown by the tooltip.
            for corner in _corners(position, size, AWAY + self._radius):
                area = QRectF(corner, size.size())
                if whole.contains(area) and not any(area.intersects(other) for other in taken):
                    taken.append(area)
                    found.append((area, point.title))
                    break
        return found


def _along(positions: list[QPointF]) -> list[QPointF]:
    """Return points along the polyline through ``positions``, `STEP` pixels apart."""
    found = []
    for start, end in pairwise(positions):
        steps = max(1, round((end - start).manhattanLength() / STEP))
        found += [start + (end - start) * (step / steps) for step in range(steps)]
    return found


def _corners(position: QPointF, size: QRectF, away: float) -> tuple[QPointF, ...]:
    """Return possible top left corners of a name around its point, the best first."""
    x, y, width, height = position.x(), position.y(), size.width(), size.height()
    return (
        QPointF(x + away * 0.7, y - height - away * 0.2),
        QPointF(x + away, y - height / 2),
        QPointF(x - width - away * 0.7, y + away * 0.2),
        QPointF(x - width - away, y - height / 2),
        QPointF(x - width / 2, y + away * 0.7),
        QPointF(x - width / 2, y - height - away * 0.7),
        QPointF(x - width + away * 0.7, y - height - away * 0.7),
        QPointF(x - width + away * 0.7, y + away * 0.7),
    )
