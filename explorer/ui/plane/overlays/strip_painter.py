"""Paints strips with curves along the axes, inside the plane's edges, over a translucent ground.

1. `_legend_rows` arranges the names of the curves in rows; a low plane has no room for any.
2. `bottom_box` and `left_box` give the strips their pixels.
3. `_paint_strip` draws ground, curves, inner edge and the density that corresponds to the full height.
4. The legend is written into the lower strip.
"""

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from explorer.latent.plane.overlay_parts import Strip, StripCurve, Strips
from explorer.rendering.drawing import number
from explorer.ui.plane.overlays.overlay_painter import PaintStyle, Ready, paint_part
from explorer.ui.plane.plot.plane_map import PlaneMap
from explorer.ui.theme.style_sheet import TEXT_PIXELS

HIGH = 42
"""Height of a strip without its texts, in pixels at scale 1."""
MIN_HIGH = 28
"""Minimum height left for the curves after the texts, in pixels at scale 1."""
MAX_OF_PLANE = 0.3
"""Maximum height of a strip, as a share of the plane's."""
VEIL = 0.8
"""Opacity of the ground over the points below a strip."""
LOWEST, HIGHEST = 0.004, 1.5
"""Range of curves that is drawn, in shares of the strip's height."""
SWATCH, GAP = 16, 5
"""Length of a line in the legend, and the space between items, in pixels at scale 1."""
DASHES = [4.0, 3.0]


@paint_part.register
def _(part: Strips, painter: QPainter, where: PlaneMap, style: PaintStyle, ready: Ready) -> None:
    painter.save()
    font = QFont(painter.font())
    # Smaller than usual text, because the strips cover points.
    font.setPixelSize(round((TEXT_PIXELS - 3) * style.scale))
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    line = metrics.height()
    rows = _legend_rows(part, metrics, style)[: _rows_that_fit(style, line)]
    bottom = bottom_box(style, line * len(rows))
    for strip in part.along:
        box = bottom if strip.side == "bottom" else left_box(style, bottom, line)
        _paint_strip(painter, strip, box, line * len(rows) if strip.side == "bottom" else line, where, style)
    for row, items in enumerate(rows):
        _paint_legend(painter, items, QPointF(bottom.right() - GAP * style.scale, bottom.top() + row * line), style)
    painter.restore()


def room_of_strips(scale: float, *, flat: bool) -> tuple[float, float]:
    """Return the pixels of the left and the bottom strip; ``flat`` (one latent dimension) has no left one."""
    wide = (HIGH + 1.35 * (TEXT_PIXELS - 3)) * scale
    return 0.0 if flat else wide, wide


def bottom_box(style: PaintStyle, words: float) -> QRectF:
    """Return the box of the lower strip, of whose height ``words`` pixels are for the legend."""
    high = min(HIGH * style.scale + words, MAX_OF_PLANE * style.area.height())
    return QRectF(style.area.left(), style.area.bottom() - high, style.area.width(), high)


def left_box(style: PaintStyle, bottom: QRectF, words: float) -> QRectF:
    """Return the box of the left strip, above the lower one; ``words`` pixels of its width are for its number."""
    wide = min(HIGH * style.scale + words, MAX_OF_PLANE * style.area.width())
    return QRectF(style.area.left(), style.area.top(), wide, style.area.height() - bottom.height())


def _paint_strip(
    painter: QPainter, strip: Strip, box: QRectF, words: float, where: PlaneMap, style: PaintStyle
) -> None:
    painter.save()
    # A curve above the top of its strip must not enter the plane.
    painter.setClipRect(box)
    veil = QColor(style.theme.plane)
    veil.setAlphaF(VEIL)
    painter.fillRect(box, veil)
    for curve in strip.curves:
        _paint_curve(painter, curve, _line(strip, curve, box, words, where), _base(strip, box), style)
    painter.setPen(QPen(QColor(style.theme.line), style.scale))
    inner = (box.topLeft(), box.topRight()) if strip.side == "bottom" else (box.topRight(), box.bottomRight())
    painter.drawLine(*inner)
    if words > 0:
        _write_top(painter, strip, box, style)
    painter.restore()


def _write_top(painter: QPainter, strip: Strip, box: QRectF, style: PaintStyle) -> None:
    """Write the density that corresponds to the full height, along the inner edge."""
    painter.setPen(QColor(style.theme.muted))
    metrics, gap = QFontMetricsF(painter.font()), GAP * style.scale
    if strip.side == "left":
        if metrics.horizontalAdvance(top_label(strip)) + 2 * gap > box.height() / 2:
            return
        painter.translate(box.right() - metrics.height(), box.bottom())
        # After the rotation, x runs up the strip.
        painter.rotate(-90)
        box = QRectF(0, 0, box.height(), box.width())
    painter.drawText(QPointF(box.left() + gap, box.top() + metrics.ascent()), top_label(strip))


def _line(strip: Strip, curve: StripCurve, box: QRectF, words: float, where: PlaneMap) -> QPolygonF:
    """Return a curve in pixels; its heights point inwards from the plane's edge."""
    count = len(curve.heights)
    low, high = strip.ends
    middles = low + (np.arange(count) + 0.5) * (high - low) / count
    shares = np.minimum(curve.heights / strip.top, HIGHEST)
    if not curve.filled:  # where the density is 0, the curve would thicken the plane's edge
        drawn = np.flatnonzero(shares > LOWEST)
        kept = slice(drawn[0], drawn[-1] + 1) if len(drawn) else slice(0)
        middles, shares = middles[kept], shares[kept]
    if strip.side == "bottom":
        across = where.points(np.column_stack([middles, np.zeros(len(middles))]))[:, 0]
        up = box.bottom() - 1 - shares * (box.height() - words - 3)
    else:
        across = box.left() + 1 + shares * (box.width() - words - 3)
        up = where.points(np.column_stack([np.zeros(len(middles)), middles]))[:, 1]
    return QPolygonF([QPointF(x, y) for x, y in zip(across.tolist(), up.tolist(), strict=True)])


def top_label(strip: Strip) -> str:
    """Return the label of the density at a strip's full height."""
    return f"{number(strip.top, 2)} per {strip.name}"


def _base(strip: Strip, box: QRectF) -> QLineF:
    """Return the plane's edge below a strip, from the first bin to the last."""
    return (
        QLineF(box.bottomLeft(), box.bottomRight())
        if strip.side == "bottom"
        else QLineF(box.bottomLeft(), box.topLeft())
    )


def _paint_curve(painter: QPainter, curve: StripCurve, line: QPolygonF, base: QLineF, style: PaintStyle) -> None:
    colour = QColor(getattr(style.theme, curve.ink))
    if curve.filled > 0:
        inside = QColor(colour)
        inside.setAlphaF(curve.filled)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(inside)
        # Closed along the edge, so that the area below the curve is filled.
        painter.drawPolygon(QPolygonF([base.p1(), *line.toList(), base.p2()]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(curve, colour, style))
    painter.drawPolyline(line)


def _pen(curve: StripCurve, colour: QColor, style: PaintStyle) -> QPen:
    pen = QPen(colour, curve.width * style.scale)
    if curve.dashed:
        pen.setDashPattern(DASHES)
    return pen


def _legend_rows(part: Strips, metrics: QFontMetricsF, style: PaintStyle) -> list[list[StripCurve]]:
    """Return the curves of the legend in rows, one per name. The first row leaves room for the strip's number."""
    # By name, as both strips have the same curves and need only one legend entry.
    named = {curve.name: curve for strip in part.along for curve in strip.curves}
    number_width = max(metrics.horizontalAdvance(top_label(strip)) for strip in part.along)
    rows: list[list[StripCurve]] = [[]]
    for curve in named.values():
        room = style.area.width() - 3 * GAP * style.scale - (number_width if len(rows) == 1 else 0)
        if sum(_legend_width(one, metrics, style) for one in (*rows[-1], curve)) > room:
            rows.append([])
        rows[-1].append(curve)
    return rows


def _rows_that_fit(style: PaintStyle, line: float) -> int:
    """Return how many rows of text leave `MIN_HIGH` for the curves; 0 in a low plane."""
    return max(0, int((MAX_OF_PLANE * style.area.height() - MIN_HIGH * style.scale) / line))


def _legend_width(curve: StripCurve, metrics: QFontMetricsF, style: PaintStyle) -> float:
    return metrics.horizontalAdvance(curve.name) + (SWATCH + 3 * GAP) * style.scale


def _paint_legend(painter: QPainter, curves: list[StripCurve], corner: QPointF, style: PaintStyle) -> None:
    """Write a row of the legend with its upper right corner at ``corner``."""
    metrics, gap = QFontMetricsF(painter.font()), GAP * style.scale
    # Aligned to the right; a row that is too long begins at the left edge and is cut off at the right.
    x = max(style.area.left() + gap, corner.x() - sum(_legend_width(curve, metrics, style) for curve in curves))
    for curve in curves:
        middle = corner.y() + metrics.height() / 2
        painter.setPen(_pen(curve, QColor(getattr(style.theme, curve.ink)), style))
        painter.drawLine(QLineF(x, middle, x + SWATCH * style.scale, middle))
        painter.setPen(QColor(style.theme.muted))
        painter.drawText(QPointF(x + SWATCH * style.scale + gap, corner.y() + metrics.ascent()), curve.name)
        x += _legend_width(curve, metrics, style)
