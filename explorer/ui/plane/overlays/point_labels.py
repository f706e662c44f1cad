"""Paints texts beside points: the most important first, each only where it covers no other."""

from collections.abc import Hashable, Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from explorer.latent.plane import label_room
from explorer.latent.plane.overlay_parts import PointLabels
from explorer.ui.plane.overlays.overlay_painter import PaintStyle, Ready, paint_part
from explorer.ui.plane.plot.plane_map import PlaneMap

AWAY, PAD = 5, 3
"""Distance from a point to its label, and padding around a text, in pixels at scale 1."""


@paint_part.register
def _(part: PointLabels, painter: QPainter, where: PlaneMap, style: PaintStyle, ready: Ready) -> None:
    view = _view(where, style)
    if ready.view != view:  # computed once per view: a moving probe repaints the plane without moving labels
        ready.view = view
        ready.labels = tuple(labels_with_room(part, where.points(part.points), QFontMetricsF(painter.font()), style))
    ground, radius = QColor(style.theme.plane), PAD * style.scale
    # Translucent: points below a label stay visible.
    ground.setAlphaF(0.72)
    for number, box in ready.labels:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, radius, radius)
        muted = part.marked > 1 and number >= part.marked
        painter.setPen(QColor(style.theme.muted if muted else style.theme.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, part.texts[number])


def labels_with_room(
    part: PointLabels, pixels: NDArray[np.float64], metrics: QFontMetricsF, style: PaintStyle
) -> Iterator[tuple[int, QRectF]]:
    """Yield the index and box of each label that has room; ``pixels`` are the points, ``(n, 2)``."""
    area, pad = style.area, PAD * style.scale

    def size_of(number: int) -> tuple[float, float]:
        return metrics.horizontalAdvance(part.texts[number]) + 2 * pad, metrics.height()

    low, high = np.array([area.left(), area.top()]), np.array([area.right(), area.bottom()])
    for number, (left, top, right, bottom) in label_room.labels_with_room(
        pixels, size_of, low, high, AWAY * style.scale
    ):
        yield number, QRectF(left, top, right - left, bottom - top)


def _view(where: PlaneMap, style: PaintStyle) -> Hashable:
    # Two points determine the map, so their pixels serve as its key.
    corners = where.points(np.array([[0.0, 0.0], [1.0, 1.0]]))
    area = style.area
    return (*corners.ravel().tolist(), area.x(), area.y(), area.width(), area.height(), style.scale)
