"""How texts beside points are painted: the most important first, where they cover no other."""

from collections.abc import Hashable, Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from explorer.latent.plane.overlay_parts import PointLabels
from explorer.ui.plane.overlays.overlay_painter import Look, Ready, paint_part
from explorer.ui.plane.plot.plane_map import PlaneMap

MAX_SHOWN, MAX_TRIED = 90, 700
"""Labels that are drawn, and visible points that are tried: with more, all is text."""
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
    area = look.area
    low, high = (area.left(), area.top()), (area.right(), area.bottom())
    visible = ((pixels >= low) & (pixels <= high)).all(axis=1)
    taken = np.empty((MAX_SHOWN, 4))
    count = 0
    for number in np.flatnonzero(visible)[:MAX_TRIED].tolist():
        box = label_box(QPointF(*pixels[number].tolist()), metrics.horizontalAdvance(part.texts[number]), metrics, look)
        left, top, right, bottom = box.left(), box.top(), box.right(), box.bottom()
        others = taken[:count]
        free = (others[:, 0] > right) | (others[:, 2] < left) | (others[:, 1] > bottom) | (others[:, 3] < top)
        if free.all():
            taken[count] = left, top, right, bottom
            count += 1
            yield number, box
        if count == MAX_SHOWN:
            return


def label_box(at: QPointF, width: float, metrics: QFontMetricsF, look: Look) -> QRectF:
    """Return the box of a text so wide to the right of a point, or to the left where the plane ends."""
    away, pad = AWAY * look.scale, PAD * look.scale
    box = QRectF(0, 0, width + 2 * pad, metrics.height())
    box.moveCenter(QPointF(at.x() + away + box.width() / 2, at.y()))
    if box.right() > look.area.right():
        box.moveCenter(QPointF(at.x() - away - box.width() / 2, at.y()))
    return box


def _view(where: PlaneMap, look: Look) -> Hashable:
    corners = where.points(np.array([[0.0, 0.0], [1.0, 1.0]]))
    area = look.area
    return (*corners.ravel().tolist(), area.x(), area.y(), area.width(), area.height(), look.scale)
