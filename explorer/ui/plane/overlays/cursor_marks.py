"""The marks over the points: probe, selection, path, selection box."""

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from explorer.latent.plane.box import Box
from explorer.latent.plane.cursor_marks import CursorMarks
from explorer.ui.plane.plot.plane_map import ScreenItem, ToPixels
from explorer.ui.theme.style_sheet import TEXT_PIXELS

PROBE_RADIUS, RING_RADIUS, END_RADIUS = 9.0, 6.0, 9.0
"""Radii of the probe, the ring around a point and the end of a path, in pixels at scale 1."""


MIN_ARROW = 14.0
"""Minimum length in pixels at scale 1 of the arrow from μ to a draw."""


class CursorMarksItem(ScreenItem):
    """Draws `CursorMarks`: each line on a halo of contrasting brightness, so that it is visible on any class colour."""

    marks = CursorMarks()

    def show_marks(self, marks: CursorMarks) -> None:
        """Set the marks; redraw if they differ."""
        if marks != self.marks:
            self.marks = marks
            self.update()

    def draw(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw the marks in ascending order of importance."""
        marks = self.marks
        for point in marks.selected:
            # Outside the point, which keeps the colour of its class.
            self._ring(painter, pixel(point), RING_RADIUS * 0.85, 1.2)
        self._draw_path(painter, pixel)
        if marks.probe is not None and marks.nearest is not None:
            self._line(painter, [pixel(marks.probe), pixel(marks.nearest)], 1.2, dashed=marks.no_data)
            self._ring(painter, pixel(marks.nearest), RING_RADIUS * 0.7, 1.2)
        # Below the probe: while the level of corruption is small, both coincide.
        self._draw_corrupted(painter, pixel)
        if marks.same_sample is not None:
            self._draw_bullseye(painter, pixel(marks.same_sample))
        for hovered in (marks.hovered, marks.hovered_elsewhere):
            if hovered is not None:
                self._ring(painter, pixel(hovered), RING_RADIUS, 2, self.theme.accent)
        if marks.probe is not None:
            self._draw_probe(painter, pixel(marks.probe))
        self._draw_noise(painter, pixel)
        if marks.box is not None:
            self._draw_box(painter, pixel, marks.box)

    def _draw_probe(self, painter: QPainter, at: QPointF) -> None:
        unit = self.text_scale
        if self.marks.probe_across:
            area = painter.viewport()
            # The viewport is in pixels, so the line crosses the whole plot at any zoom.
            self._line(painter, [QPointF(at.x(), area.top()), QPointF(at.x(), area.bottom())], 1.2)
        if self.marks.followed:
            self._draw_bullseye(painter, at)
            return
        self._ring(painter, at, PROBE_RADIUS, 2)
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            ends = [at + QPointF(x, y) * unit * PROBE_RADIUS * share for share in (0.45, 1.5)]
            self._line(painter, ends, 2)
        self._dot(painter, at, 1.5)

    def _draw_bullseye(self, painter: QPainter, at: QPointF) -> None:
        """Draw a ring and a dot on a disc of the ground's colour, which hides the crowd around the sample."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.plane))
        painter.drawEllipse(at, PROBE_RADIUS * self.text_scale, PROBE_RADIUS * self.text_scale)
        self._ring(painter, at, PROBE_RADIUS, 2)
        self._dot(painter, at, 2.2)

    def _draw_corrupted(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw a square at the corrupted sample's code, and a line to it from the clean sample's code."""
        if self.marks.corrupted is None:
            return
        at, clean = pixel(self.marks.corrupted), self.marks.probe or self.marks.same_sample
        if clean is not None:
            self._line(painter, [pixel(clean), at], 1.4, self.theme.accent)
        side = 1.7 * RING_RADIUS * self.text_scale
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (self._halo(2), self._pen(self.theme.accent, 2)):
            painter.setPen(pen)
            painter.drawRect(QRectF(at.x() - side / 2, at.y() - side / 2, side, side))

    def _draw_noise(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw the draws of z from q(z|x): the earlier ones faintly, and an arrow from μ to the newest."""
        marks = self.marks
        if marks.noise_from is None or marks.drawn is None:
            return
        painter.save()
        painter.setOpacity(0.7)
        for point in marks.earlier_draws:
            self._dot(painter, pixel(point), 2.4, self.theme.accent)
        painter.restore()
        start, end = pixel(marks.noise_from), pixel(marks.drawn)
        arrow = QLineF(start, end)
        # A shorter arrow would be hidden by the marks at its ends.
        if arrow.length() > MIN_ARROW * self.text_scale:
            self._line(painter, [start, end], 2, self.theme.accent)
            for turn in (150, -150):
                barb = QLineF(end, end + QPointF(7 * self.text_scale, 0))
                barb.setAngle(arrow.angle() + turn)
                self._line(painter, [barb.p1(), barb.p2()], 2, self.theme.accent)
            self._draw_name(painter, arrow, marks.noise_name)
        painter.setPen(self._pen(self.theme.halo, 3))
        painter.setBrush(QColor(self.theme.accent))
        painter.drawEllipse(end, 4 * self.text_scale, 4 * self.text_scale)

    def _draw_name(self, painter: QPainter, line: QLineF, name: str) -> None:
        """Write a name beside the middle of a line, on a halo."""
        font = QFont(painter.font())
        font.setPixelSize(round((TEXT_PIXELS - 1) * self.text_scale))
        metrics, aside = QFontMetricsF(font), line.normalVector().unitVector()
        offset = QPointF(aside.dx(), aside.dy()) * (8 * self.text_scale + metrics.horizontalAdvance(name) / 2)
        centre = line.center() + offset
        text = QPainterPath()
        text.addText(centre.x() - metrics.horizontalAdvance(name) / 2, centre.y() + metrics.capHeight() / 2, font, name)
        halo = QPen(QColor(self.theme.halo), 4 * self.text_scale)
        halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(text, halo)
        painter.fillPath(text, QColor(self.theme.text))

    def _draw_path(self, painter: QPainter, pixel: ToPixels) -> None:
        marks = self.marks
        if len(marks.path) > 1:
            # In the text's colour: the accent is close to that of a class.
            self._line(painter, [pixel(point) for point in marks.path], 2.5, self.theme.text)
            for step in marks.steps:
                self._dot(painter, pixel(step), 2.6)
        for point, name in ((marks.start, "A"), (marks.end, "B")):
            if point is not None:
                self._draw_end(painter, pixel(point), name)
        if marks.here is not None:
            at, size = pixel(marks.here), 6.5 * self.text_scale
            diamond = QPolygonF([at + QPointF(*corner) * size for corner in ((0, -1), (1, 0), (0, 1), (-1, 0))])
            painter.setPen(self._pen(self.theme.halo, 4))
            painter.setBrush(QColor(self.theme.accent))
            painter.drawPolygon(diamond)
            painter.setPen(self._pen(self.theme.probe, 1.5))
            painter.drawPolygon(diamond)

    def _draw_end(self, painter: QPainter, at: QPointF, name: str) -> None:
        radius = END_RADIUS * self.text_scale
        painter.setBrush(QColor(self.theme.accent))
        for pen in (self._pen(self.theme.halo, 4), self._pen(self.theme.probe, 1.5)):
            painter.setPen(pen)
            painter.drawEllipse(at, radius, radius)
        font = QFont(painter.font())
        font.setPixelSize(round((TEXT_PIXELS - 2) * self.text_scale))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.accent_text))
        square = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(square, Qt.AlignmentFlag.AlignCenter, name)

    def _draw_box(self, painter: QPainter, pixel: ToPixels, box: Box) -> None:
        rect = QRectF(pixel((box.left, box.top)), pixel((box.right, box.bottom))).normalized()
        fill = QColor(self.theme.accent)
        fill.setAlphaF(0.15)
        painter.setBrush(fill)
        painter.setPen(self._pen(self.theme.accent, 1.5))
        painter.drawRect(rect)

    def _ring(self, painter: QPainter, at: QPointF, radius: float, width: float, colour: str = "") -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (self._halo(width), self._pen(colour or self.theme.probe, width)):
            painter.setPen(pen)
            painter.drawEllipse(at, radius * self.text_scale, radius * self.text_scale)

    def _line(
        self, painter: QPainter, points: list[QPointF], width: float, colour: str = "", *, dashed: bool = False
    ) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (self._halo(width), self._pen(colour or self.theme.probe, width)):
            if dashed:
                # Qt counts dashes in pen widths: the wider halo needs shorter ones to end at the same pixels.
                pen.setDashPattern([4 * width / pen.widthF() * self.text_scale] * 2)
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF(points))

    def _dot(self, painter: QPainter, at: QPointF, radius: float, colour: str = "") -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for fill, size in ((self.theme.halo, radius + 1), (colour or self.theme.probe, radius)):
            painter.setBrush(QColor(fill))
            painter.drawEllipse(at, size * self.text_scale, size * self.text_scale)

    def _halo(self, width: float) -> QPen:
        pen = self._pen(self.theme.halo, width + 2)
        colour = pen.color()
        colour.setAlphaF(0.75)
        pen.setColor(colour)
        return pen

    def _pen(self, colour: str, width: float) -> QPen:
        pen = QPen(QColor(colour), width * self.text_scale)
        # Round caps would fill the gaps of short dashes.
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen
