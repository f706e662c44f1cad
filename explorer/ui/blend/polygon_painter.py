"""Paints the polygon of pins: its edges, a line to each pin as wide as its weight, pictures, captions and handle."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF

from explorer.ui.blend.polygon_layout import PolygonLayout
from explorer.ui.pictures.renderers import fitted_box, small_font
from explorer.ui.theme.theme import ThemeSource

HANDLE, HOLE = 9.0, 3.5
"""Radii of the handle and of the dot in it, in pixels at text scale 1."""
MIN_LINE, MAX_LINE = 1.0, 9.0
"""Widths of the line to a pin with the weights 0 and 1."""
FRAME, CORNER = 3.0, 5.0
"""Width of the frame around a picture, and radius of its corners."""


@dataclass(frozen=True, eq=False)
class ShownPin:
    """A pin: its letter, weight, lines of description, and picture, which is None until it is known."""

    letter: str
    weight: float
    lines: tuple[str, ...]
    image: QImage | None = None


def paint_polygon(
    painter: QPainter,
    area: QRect,
    pins: Sequence[ShownPin],
    layout: PolygonLayout,
    themes: ThemeSource,
    chosen: int | None,
) -> None:
    """Paint everything; ``chosen`` is the pin that the keyboard chose, None without the focus."""
    theme, scale = themes.theme, themes.scale
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(area, 6 * scale, 6 * scale)
    corners, weights = layout.corners, [pin.weight for pin in pins]
    painter.setPen(QPen(QColor(theme.edge), 1.2 * scale))
    painter.setBrush(QColor(theme.panel))
    painter.drawPolygon(QPolygonF(corners))
    # A polygon of two corners has no area, and its outline is not drawn by every paint engine.
    if len(pins) == 2:
        painter.drawLine(*corners)
    handle = layout.handle(weights) if len(pins) > 1 else None
    if handle is not None:
        _paint_lines(painter, handle, corners, weights, themes)
    for index, (pin, picture, caption) in enumerate(zip(pins, layout.pictures, layout.captions, strict=True)):
        _paint_picture(painter, pin, picture, themes, chosen=index == chosen)
        _paint_caption(painter, pin, caption, themes)
    if handle is not None:
        painter.setPen(QPen(QColor(theme.panel), 2 * scale))
        painter.setBrush(QColor(theme.accent))
        painter.drawEllipse(handle, HANDLE * scale, HANDLE * scale)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.accent_text))
        painter.drawEllipse(handle, HOLE * scale, HOLE * scale)


def _paint_lines(
    painter: QPainter, handle: QPointF, corners: Sequence[QPointF], weights: Sequence[float], themes: ThemeSource
) -> None:
    colour = QColor(themes.theme.accent)
    # Pale, so that the handle stays the most conspicuous part.
    colour.setAlphaF(0.45)
    for corner, weight in zip(corners, weights, strict=True):
        # A pin without weight has no part in the blend, and so no line.
        if weight > 0:
            width = (MIN_LINE + (MAX_LINE - MIN_LINE) * weight) * themes.scale
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLine(handle, corner)


def _paint_picture(painter: QPainter, pin: ShownPin, box: QRectF, themes: ThemeSource, *, chosen: bool) -> None:
    theme, scale = themes.theme, themes.scale
    frame = FRAME * scale
    painter.setPen(QPen(QColor(theme.accent), 2 * scale) if chosen else Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.panel))
    painter.drawRoundedRect(box.adjusted(-frame, -frame, frame, frame), CORNER * scale, CORNER * scale)
    if pin.image is None:
        painter.fillRect(box, QColor(theme.hover))
        return
    rounded = QPainterPath()
    rounded.addRoundedRect(box, CORNER * scale, CORNER * scale)
    painter.save()
    # The picture itself has square corners.
    painter.setClipPath(rounded)
    painter.drawImage(fitted_box(pin.image, box), pin.image)
    painter.restore()


def _paint_caption(painter: QPainter, pin: ShownPin, box: QRectF, themes: ThemeSource) -> None:
    """Write letter and weight, and below them what the pin is, as far as there is room."""
    bold, plain = QFont(small_font()), small_font()
    bold.setBold(True)
    head, metrics = f"{pin.letter} {pin.weight:.2f}", QFontMetricsF(bold)
    beside = box.height() > 1.5 * metrics.height()
    # Lines without room are left out, not cut: the tooltip has them all.
    lines = [line for line in pin.lines if QFontMetricsF(plain).horizontalAdvance(line) <= box.width()]
    lines = lines[: int(box.height() / metrics.height()) - 1] if beside else []
    top = box.top() + (box.height() - metrics.height() * (1 + len(lines))) / 2 if beside else box.top()
    side = Qt.AlignmentFlag.AlignLeft if beside else Qt.AlignmentFlag.AlignHCenter
    for index, line in enumerate((head, *lines)):
        painter.setFont(plain if index else bold)
        painter.setPen(QColor(themes.theme.muted if index else themes.theme.text))
        row = QRectF(box.left(), top + index * metrics.height(), box.width(), metrics.height())
        painter.drawText(row, side | Qt.AlignmentFlag.AlignVCenter, line)
