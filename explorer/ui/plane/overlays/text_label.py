"""Words on a small plate of the ground, so that they read over any point."""

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from explorer.ui.theme.theme import Theme


def plate_size(painter: QPainter, text: str, scale: float) -> QSizeF:
    """Return the size that a plate of these words has."""
    size = QFontMetricsF(painter.font()).boundingRect(text).size()
    return QSizeF(size.width() + 6 * scale, size.height())


def write_on_plate(painter: QPainter, at: QPointF, text: str, colour: str, theme: Theme, scale: float) -> None:
    """Write with the middle of the plate at a pixel."""
    plate = QRectF(QPointF(), plate_size(painter, text, scale))
    plate.moveCenter(at)
    ground = QColor(theme.plane)
    ground.setAlphaF(0.8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(plate, 3 * scale, 3 * scale)
    painter.setPen(QColor(colour))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
