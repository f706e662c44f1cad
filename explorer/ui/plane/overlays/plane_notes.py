"""Notes on the overlays of a plane: a line for each in the corner, and the scales of shadings."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter

from explorer.latent.plane.overlay_parts import Shading
from explorer.rendering.drawing import number
from explorer.ui.plane.overlays.overlay_painter import draw_text_label, text_label_size
from explorer.ui.plane.plot.camera import MAX_MARGIN
from explorer.ui.plane.plot.plane_map import ScreenItem, ToPixels
from explorer.ui.plane.plot.ticks import ROW
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.widgets.labels import short_forms

BAR = 90
"""Length of a scale, in pixels at scale 1."""
EDGE = 8
"""Distance of notes and scales from the plane's edge, in pixels at scale 1."""
SCALE_SHARE = 0.25
"""Maximum height of a scale with its name, as a share of the plane's; beyond it the name is omitted."""
HEAD_ROW = 1.3 * (TEXT_PIXELS - 2)
"""Height of each further row along the upper edge, in pixels at scale 1."""
NOTES_SHARE, MIN_NOTES = 0.3, 2
"""Maximum height of the lines as a share of the plane's, and minimum number of lines."""


@dataclass(frozen=True, eq=False)
class PlaneNotes:
    """Lines for the upper left corner and scales for the lower right one."""

    lines: tuple[str, ...] = ()
    scales: tuple[Shading, ...] = ()


class PlaneNotesItem(ScreenItem):
    """Draws `PlaneNotes`."""

    notes = PlaneNotes()
    _written = QSizeF()
    _base = 0.0
    _head_rows = 1

    def tip_at(self, at: QPointF) -> str:
        """Return all lines in full if a pixel of the visible area is on them; else ""."""
        edge, row = EDGE * self.text_scale, self._top
        on_them = QRectF(QPointF(edge, row), self._written).contains(at)
        return "".join(f"<p>{escape(line, quote=False)}</p>" for line in self.notes.lines) if on_them else ""

    def show_notes(self, notes: PlaneNotes) -> None:
        """Set the notes; redraw if they differ."""
        if notes.lines != self.notes.lines or notes.scales != self.notes.scales:
            self.notes = notes
            self.update()

    def set_head_rows(self, rows: int) -> None:
        """Set the number of rows along the upper edge that the axes and the counts of things outside take."""
        if max(rows, 1) != self._head_rows:
            self._head_rows = max(rows, 1)
            self.update()

    @property
    def _top(self) -> float:
        """The pixels above the lines."""
        return (ROW + (self._head_rows - 1) * HEAD_ROW) * self.text_scale

    def set_base(self, pixels: float) -> None:
        """Set the height of a strip along the lower edge, in pixels; scales are above it."""
        if pixels != self._base:
            self._base = pixels
            self.update()

    def draw(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw the lines from the top down, the scales from the bottom up."""
        font = QFont(painter.font())
        font.setPixelSize(round((TEXT_PIXELS - 2) * self.text_scale))
        painter.setFont(font)
        area, edge = self.visible_pixels(pixel), EDGE * self.text_scale
        metrics = QFontMetricsF(font)
        # Width left for text: a label's own padding counts too.
        room = area.width() - 2 * edge - text_label_size(painter, "", self.text_scale).width()
        max_notes = max(MIN_NOTES, int(NOTES_SHARE * area.height() / metrics.height()))
        # Below the names of the axes, and above their numbers.
        top, base = area.top() + self._top, area.bottom() - ROW * self.text_scale
        base -= min(self._base, MAX_MARGIN * area.height())
        y, widest = top, 0.0
        for words in folded(self.notes.lines, metrics, room, max_notes):
            size = text_label_size(painter, words, self.text_scale)
            middle = QPointF(area.left() + edge + size.width() / 2, y + size.height() / 2)
            draw_text_label(painter, middle, words, self.theme.muted, self.theme, self.text_scale)
            y, widest = y + size.height(), max(widest, size.width())
        # Remembered for the tooltip, which shows lines that were cut.
        self._written = QSizeF(widest, y - top)
        y = base - edge / 2
        for shading in self.notes.scales:
            y -= self._draw_scale(painter, QPointF(area.right() - edge, y), shading, QSizeF(room, area.height())) + edge

    def _draw_scale(self, painter: QPainter, corner: QPointF, shading: Shading, room: QSizeF) -> float:
        """Draw a bar with labels at both ends, its lower right corner at ``corner``; return its height in pixels."""
        low, high = shading.span
        metrics, gap = QFontMetricsF(painter.font()), 5 * self.text_scale
        bar, line = BAR * self.text_scale, metrics.height()
        ends = number(low, 3), f"{number(high, 3)} {shading.unit}".strip()
        if sum(map(metrics.horizontalAdvance, ends)) + bar / 3 + 2 * gap > room.width():
            ends = number(low, 3), number(high, 3)  # in a narrow plane, first the unit goes
        widths = [metrics.horizontalAdvance(end) for end in ends]
        # Then the bar shrinks, to a third at least.
        bar = max(min(bar, room.width() - sum(widths) - 3 * gap), bar / 3)
        name = metrics.elidedText(shading.name, Qt.TextElideMode.ElideRight, room.width() - gap)
        if 2 * line + gap > SCALE_SHARE * room.height():
            name = ""
        width = max(sum(widths) + bar + 2 * gap, metrics.horizontalAdvance(name))
        rows = 2 if name else 1
        ground_box = QRectF(corner.x() - width - gap, corner.y() - rows * line - gap, width + gap, rows * line + gap)
        ground = QColor(self.theme.plane)
        ground.setAlphaF(0.85)
        painter.fillRect(ground_box, ground)
        painter.setPen(QColor(self.theme.muted))
        right, base = corner.x() - gap / 2, corner.y() - gap / 2 - metrics.descent()
        painter.drawText(QPointF(right - metrics.horizontalAdvance(name), base - line), name)
        painter.drawText(QPointF(right - widths[1], base), ends[1])
        box = QRectF(right - widths[1] - gap - bar, base - metrics.ascent() * 0.7, bar, metrics.ascent() * 0.7)
        painter.drawText(QPointF(box.left() - gap - widths[0], base), ends[0])
        ink = QColor(getattr(self.theme, shading.ink))
        gradient = QLinearGradient(box.topLeft(), box.topRight())
        for share in (0.0, 1.0):
            ink.setAlphaF(share * shading.opacity)
            gradient.setColorAt(share, ink)
        painter.fillRect(box, gradient)
        painter.setPen(QColor(self.theme.edge))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        return ground_box.height()


def folded(lines: Sequence[str], metrics: QFontMetricsF, room: float, max_lines: int) -> list[str]:
    """Return at most ``max_lines`` lines: wrapped to ``room`` pixels, else shorter, elided, or a few and a count."""
    for texts in (lines, [short_forms(line)[-1] for line in lines]):
        whole = [part for line in texts for part in wrapped(line, metrics, room)]
        if len(whole) <= max_lines:
            return whole
    short = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in lines]
    if len(short) <= max_lines:
        return short
    kept = max(max_lines - 1, 1)
    rest = f"+{len(short) - kept} more"
    pointing = f"{rest}: point here"
    return [*short[:kept], pointing if metrics.horizontalAdvance(pointing) <= room else rest]


def wrapped(text: str, metrics: QFontMetricsF, room: float) -> list[str]:
    """Break a text into lines of at most ``room`` pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and metrics.horizontalAdvance(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
