"""The axes of a plane, drawn inside it so that they cost no margin: ticks, numbers, names, and what is outside.

1. `tick_step` and `tick_values` choose round numbers, at least `APART` pixels from each other.
2. `TicksItem.draw` finds the rows and columns at the edges, above strips along the axes (`set_insets`).
3. Names come first: a number that would touch one is left out, as is one of the left edge in the lower row.
4. Each text has a halo in the ground's colour, so it is legible on points.
"""

from math import ceil, floor, log10

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPaintEngine,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPixmapCache,
)

from explorer.latent.plane.overlay_parts import Outside
from explorer.rendering.drawing import MINUS, tick_step, tick_values
from explorer.ui.plane.plot.camera import MAX_MARGIN
from explorer.ui.plane.plot.plane_map import ScreenItem, ToPixels
from explorer.ui.theme.style_sheet import TEXT_PIXELS

APART = 56
"""Minimum distance of ticks, in pixels at scale 1."""
TICK, GAP, EDGE = 4, 4, 10
"""Length of a tick, distance to its number, and of names from the plane's edge, in pixels at scale 1."""
ROW = EDGE + TEXT_PIXELS + 3
"""Height of the rows along the upper and the lower edge that names and numbers take, in pixels at scale 1."""
MAX_OUTSIDE = 4
"""Maximum number of lines on what is outside."""
HALO = 4.5
"""Width of the halo around a text, in pixels at scale 1."""


def tick_text(value: float, step: float) -> str:
    """Return a tick's number with the digits that its step needs, and a true minus sign."""
    decimals = max(0, -floor(log10(step) + 1e-9))
    text = f"{value:.{decimals}f}" if abs(value) < 1e6 and decimals <= 6 else f"{value:.6g}"
    # Half a step from 0 is never rounded to it, but −0.0 is.
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", MINUS)


class TicksItem(ScreenItem):
    """Draws the axes of a plane.

    Attributes
    ----------
    names
        Names of the horizontal and the vertical axis.
    outside
        What is outside the visible part, a line for each; of its texts the first that fits is written.
    written
        The texts of the last paint.
    lines
        Where it wrote what is outside, in pixels of the visible area.
    """

    names = ("", "")
    outside: tuple[Outside, ...] = ()
    written: tuple[str, ...] = ()
    lines: tuple[tuple[QRectF, Outside], ...] = ()
    _strips: tuple[str, ...] | None = None
    _insets = (0.0, 0.0)

    def set_strips(self, names: tuple[str, ...] | None) -> None:
        """Write these names at 0, 1, … of the vertical axis, or numbers (None)."""
        self._strips = names
        self.update()

    def set_insets(self, left: float, bottom: float) -> None:
        """Set the pixels that strips along the left and the bottom edge take."""
        if self._insets != (left, bottom):
            self._insets = (left, bottom)
            self.update()

    def set_texts(self, names: tuple[str, str], outside: tuple[Outside, ...]) -> None:
        """Set the names of the axes and what is outside; redraw if they differ."""
        if (names, outside) != (self.names, self.outside):
            self.names, self.outside = names, outside
            self.lines = ()  # until they are painted
            self.update()

    def draw(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw names, then the numbers that touch none of them."""
        painter.setFont(self._font(painter))
        writer = _Writer(painter, self.visible_pixels(pixel), self)
        area, scale, line = writer.area, self.text_scale, writer.line
        left = area.left() + min(self._insets[0], MAX_MARGIN * area.width())
        bottom = area.bottom() - min(self._insets[1], MAX_MARGIN * area.height())
        foot = bottom - (TICK + GAP) * scale - line / 2
        top, edge = area.top() + EDGE * scale + line / 2, EDGE * scale
        writer.write(self.names[0], QPointF(area.right() - edge - writer.width(self.names[0]), foot))
        writer.write(self.names[1], QPointF(left + edge, top))
        self._write_outside(writer, QPointF(area.right() - edge, top))
        self._write_numbers(writer, QPointF(left, bottom), foot, pixel)
        self.written = tuple(writer.texts)

    def _write_numbers(self, writer: "_Writer", corner: QPointF, foot: float, pixel: ToPixels) -> None:
        """Write the numbers along both edges, which meet at ``corner``; ``foot`` is the middle of the lower row."""
        box, scale = self.boundingRect(), self.text_scale
        # A latent unit is as long on both axes, so both have the same ticks.
        step = tick_step(box.width(), writer.area.width() / (APART * scale))
        if self._strips is None:
            for value in tick_values(box.top(), box.bottom(), step):  # in latent units, top is the lower value
                at = QPointF(corner.x(), pixel((0.0, value)).y())
                if at.y() < foot - writer.line:
                    writer.write_beside(tick_text(value, step), at)
        else:
            for number, name in enumerate(self._strips):
                writer.write_beside(name, QPointF(corner.x(), pixel((0.0, float(number))).y()), tick=False)
        for value in tick_values(box.left(), box.right(), step):
            text, at = tick_text(value, step), QPointF(pixel((value, 0.0)).x(), corner.y())
            if at.x() - writer.width(text) / 2 >= corner.x():  # not on a strip along the left edge
                writer.write_above(text, at, foot)

    def _write_outside(self, writer: "_Writer", end: QPointF) -> None:
        """Write a line for each kind of things outside, from the upper right corner down."""
        lines: list[tuple[QRectF, Outside]] = []
        for outside in self.outside[:MAX_OUTSIDE]:
            for text in outside.forms:
                start = QPointF(end.x() - writer.width(text), end.y())
                if writer.write(text, start):
                    box = QRectF(start.x(), start.y() - writer.line / 2, writer.width(text), writer.line)
                    lines.append((box.translated(-writer.area.topLeft()), outside))
                    break
            end = end + QPointF(0, writer.line)
        self.lines = tuple(lines)

    def _font(self, painter: QPainter) -> QFont:
        font = QFont(painter.font())
        font.setPixelSize(round((TEXT_PIXELS - 2) * self.text_scale))
        return font


class _Writer:
    """Writes texts with halos, each only where it touches none of the others and lies within the plane."""

    def __init__(self, painter: QPainter, area: QRectF, item: TicksItem) -> None:
        self._painter, self._theme, self._scale = painter, item.theme, item.text_scale
        self._metrics = QFontMetricsF(painter.font())
        self.area, self.line = area, self._metrics.height()
        self.texts: list[str] = []
        self._taken: list[QRectF] = []

    def width(self, text: str) -> float:
        return self._metrics.horizontalAdvance(text)

    def write(self, text: str, start: QPointF) -> bool:
        """Write a text from its left end and middle height on; return whether there was room."""
        box = QRectF(start.x(), start.y() - self.line / 2, self.width(text), self.line)
        gap = GAP * self._scale
        if not text or box.right() > self.area.right() or box.left() < self.area.left():
            return False
        if any(box.adjusted(-gap, 0, gap, 0).intersects(taken) for taken in self._taken):
            return False
        self._taken.append(box)
        self.texts.append(text)
        draw_with_halo(self._painter, box.bottomLeft() - QPointF(0, self._metrics.descent()), text, self._theme.muted,
                       self._theme.plane, HALO * self._scale)  # fmt: skip
        return True

    def write_beside(self, text: str, at: QPointF, *, tick: bool = True) -> None:
        """Write a text right of a point of the left edge, and a tick."""
        start = at + QPointF((TICK + GAP if tick else EDGE) * self._scale, 0)
        inside = self.area.top() + self.line / 2 <= at.y() <= self.area.bottom() - self.line / 2
        if inside and self.write(text, start) and tick:
            self._draw_tick(at, at + QPointF(TICK * self._scale, 0))

    def write_above(self, text: str, at: QPointF, middle: float) -> None:
        """Write a text above a point of the lower edge, and a tick."""
        if self.write(text, QPointF(at.x() - self.width(text) / 2, middle)):
            self._draw_tick(at, at - QPointF(0, TICK * self._scale))

    def _draw_tick(self, start: QPointF, end: QPointF) -> None:
        self._painter.setPen(QPen(QColor(self._theme.muted), self._scale))
        self._painter.drawLine(start, end)


def draw_with_halo(painter: QPainter, base: QPointF, text: str, ink: str, halo: str, width: float) -> None:
    """Draw a text, ``base`` its left end on the base line, over an outline in another colour."""
    if painter.paintEngine().type() != QPaintEngine.Type.Raster:  # an SVG keeps its texts as text
        _draw_text(painter, base, text, ink, halo, width)
        return
    # An outline takes a tenth of a millisecond, too long for each text of each frame of a pan: drawn once.
    font, ratio = painter.font(), painter.device().devicePixelRatioF()
    key = f"halo {text} {ink} {halo} {width} {font.key()} {ratio}"
    metrics, pad = QFontMetricsF(font), ceil(width)
    picture = QPixmap()
    if not QPixmapCache.find(key, picture):
        size = QSizeF(metrics.horizontalAdvance(text) + 2 * pad, metrics.height() + 2 * pad)
        picture = QPixmap((size * ratio).toSize() + QSize(1, 1))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as inner:
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            inner.setFont(font)
            _draw_text(inner, QPointF(pad, pad + metrics.ascent()), text, ink, halo, width)
        QPixmapCache.insert(key, picture)
    # At whole pixels, where it stays sharp.
    painter.drawPixmap(QPointF(round(base.x()) - pad, round(base.y() - metrics.ascent()) - pad), picture)


def _draw_text(painter: QPainter, base: QPointF, text: str, ink: str, halo: str, width: float) -> None:
    path = QPainterPath()
    path.addText(base, painter.font(), text)
    pen = QPen(QColor(halo), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)
    # As text and not as a path: small letters are hinted.
    painter.setPen(QColor(ink))
    painter.drawText(base, text)
