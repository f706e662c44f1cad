"""How texts beside points are painted: the most important first, where they cover no other."""

from collections.abc import Hashable, Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from explorer.latent.plane import label_room
from explorer.latent.plane.overlay_parts import PointLabels
from explorer.ui.plane.overlays.overlay_painter import Look, Ready, paint_part
from explorer.ui.plane.plot.plane_map import PlaneMap

AWAY, PAD = 5, 3
"""Pixels between a point and its label, and around a text, at scale 1."""


@paint_part.register
def _(part: PointLabels, painter: QPainter, where: PlaneMap, look: Look, ready: Ready) -> None:
    view = _view(where, look)
    if ready.view != view:  # found once for each view: a probe that moves only paints the plane anew
        ready.view = view
        ready.labels = tuple(labels_with_room(part, where.points(part.places), QFontMetricsF(painter.font()), look))
    ground, radius = QColor(look.theme.plane), PAD * look.scale
    ground.setAlphaF(0.72)
    for number, box in ready.labels:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, radius, radius)
        muted = part.marked > 1 and number >= part.marked
        painter.setPen(QColor(look.theme.muted if muted else look.theme.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, part.texts[number])


def labels_with_room(
    part: PointLabels, pixels: NDArray[np.float64], metrics: QFontMetricsF, look: Look
) -> Iterator[tuple[int, QRectF]]:
    """Yield the number of each label that has room, and its box; ``pixels`` ``(n, 2)`` are where the points lie."""
    area, pad = look.area, PAD * look.scale

    def size_of(number: int) -> tuple[float, float]:
        return metrics.horizontalAdvance(part.texts[number]) + 2 * pad, metrics.height()

    low, high = np.array([area.left(), area.top()]), np.array([area.right(), area.bottom()])
    for number, (left, top, right, bottom) in label_room.labels_with_room(
        pixels, size_of, low, high, AWAY * look.scale
    ):
        yield number, QRectF(left, top, right - left, bottom - top)


def _view(where: PlaneMap, look: Look) -> Hashable:
    corners = where.points(np.array([[0.0, 0.0], [1.0, 1.0]]))
    area = look.area
    return (*corners.ravel().tolist(), area.x(), area.y(), area.width(), area.height(), look.scale)
