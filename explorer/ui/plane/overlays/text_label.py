"""Draws texts on a small box of the ground's colour, legible over points, also along lines."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from explorer.latent.plane import label_room
from explorer.latent.plane.overlay_parts import LabelsAt, Lines
from explorer.ui.plane.plot.ticks import HALO, draw_with_halo
from explorer.ui.theme.theme import Theme

EDGE = 14
"""Minimum distance of a line's label from the plane's edge, in pixels at scale 1."""


def text_label_size(painter: QPainter, text: str, scale: float) -> QSizeF:
    """Return the size of a label, in pixels."""
    size = QFontMetricsF(painter.font()).boundingRect(text).size()
    return QSizeF(size.width() + 6 * scale, size.height())


def draw_text_label(painter: QPainter, at: QPointF, text: str, colour: str, theme: Theme, scale: float) -> None:
    """Draw a label centred at a pixel."""
    box = QRectF(QPointF(), text_label_size(painter, text, scale))
    box.moveCenter(at)
    ground = QColor(theme.plane)
    ground.setAlphaF(0.8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 3 * scale, 3 * scale)
    painter.setPen(QColor(colour))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def draw_line_labels(
    painter: QPainter,
    paths: Sequence[NDArray[np.float64]],
    part: Lines,
    area: QRectF,
    colour: str,
    theme: Theme,
    scale: float,
) -> None:
    """Label the paths of a part, ``(k, 2)`` in pixels; omit labels that would cover a later one."""
    edge = EDGE * scale
    taken: list[QRectF] = []
    inner = area.adjusted(edge, edge, -edge, -edge)
    # From the last path: a later label takes precedence.
    for path, text in zip(reversed(paths), reversed(part.labels), strict=True):
        at = label_point(path, inner, part.labels_at)
        if at is None:
            continue
        box = QRectF(QPointF(), text_label_size(painter, text, scale))
        box.moveCenter(at)
        if not any(box.intersects(other) for other in taken):
            taken.append(box)
            base = box.bottomLeft() + QPointF(3 * scale, -QFontMetricsF(painter.font()).descent())
            draw_with_halo(painter, base, text, colour, theme.plane, HALO * scale)


def label_point(path: NDArray[np.float64], area: QRectF, at: LabelsAt = "top") -> QPointF | None:
    """Return the point of a line ``(k, 2)`` for its label within an area, in pixels; None if it is outside."""
    low, high = np.array([area.left(), area.top()]), np.array([area.right(), area.bottom()])
    found = label_room.label_point(path, low, high, at)
    return None if found is None else QPointF(*found.tolist())
