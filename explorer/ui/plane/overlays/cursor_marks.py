"""The marks over the points: probe, selection, path, selected area."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from explorer.latent.plane.box import Point
from explorer.latent.plane.cursor_marks import CursorMarks, SelectedArea, waypoint_name
from explorer.ui.plane.overlays.line_names import name_place
from explorer.ui.plane.plot.plane_map import ScreenItem, ToPixels
from explorer.ui.theme.style_sheet import TEXT_PIXELS

PROBE_RADIUS, RING_RADIUS, END_RADIUS = 9.0, 6.0, 9.0
"""Radii of the probe, the ring around a point and a waypoint of a path, in pixels at scale 1."""
PATH_WIDTH, PATH_HALO = 3.0, 4.0
"""Width of a path's line, and how much wider its halo is, in pixels at scale 1."""


STEP_RADIUS, NAME_DISTANCE = 3.5, 14.0
"""Radius of a step along a direction, and the distance from the last one to the name, in pixels at scale 1."""
STAR_RADIUS = 7.5
"""Radius of the star of the user's own input, in pixels at scale 1."""
SIGN_DISTANCE = 13.0
"""Distance from the cursor to the sign of a selection, across and up, in pixels at scale 1."""
PIN_RADIUS, BLEND_RADIUS = 7.5, 5.0
"""Half the side of the square of a pin, and radius of the dot of a blend, in pixels at scale 1."""
NAME_GAP = 7.0
"""Distance between the name of a method and its line, in pixels at scale 1."""
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
            self._ring(painter, pixel(point), RING_RADIUS * 0.8, 1.0)
        self._draw_path(painter, pixel)
        self._draw_direction(painter, pixel)
        self._draw_blend(painter, pixel)
        if marks.turn is not None:
            self._draw_turn(painter, pixel(marks.turn))
        if marks.probe is not None and marks.nearest is not None:
            self._line(painter, [pixel(marks.probe), pixel(marks.nearest)], 1.2, dashed=marks.no_data)
            self._ring(painter, pixel(marks.nearest), RING_RADIUS * 0.7, 1.2)
        # Below the probe: while the level of corruption is small, both coincide.
        self._draw_corrupted(painter, pixel)
        self._draw_own_input(painter, pixel)
        if marks.same_sample is not None:
            self._draw_bullseye(painter, pixel(marks.same_sample))
        for hovered in (marks.hovered, marks.hovered_elsewhere):
            if hovered is not None:
                self._ring(painter, pixel(hovered), RING_RADIUS, 2, self.theme.accent)
        if marks.probe is not None:
            self._draw_probe(painter, pixel(marks.probe))
        self._draw_noise(painter, pixel)
        if marks.area is not None:
            self._draw_area(painter, pixel, marks.area)

    def _draw_own_input(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw the user's own input as a star with its name, and its posterior at 1 and 2 σ."""
        if self.marks.own_input is None:
            return
        for outline, width in zip(self.marks.own_ellipses, (1.8, 1.0), strict=False):
            self._line(painter, [pixel(point) for point in outline], width, self.theme.accent)
        at, radius = pixel(self.marks.own_input), STAR_RADIUS * self.text_scale
        corners = [QLineF.fromPolar(radius if turn % 2 else 0.45 * radius, 54 + 36 * turn).p2() for turn in range(10)]
        star = QPolygonF([at + corner for corner in corners])
        for pen in (self._pen(self.theme.halo, 4), self._pen(self.theme.probe, 1.4)):
            painter.setPen(pen)
            painter.setBrush(QColor(self.theme.accent))
            painter.drawPolygon(star)
        self._write(painter, at + QPointF(0, -1.9 * radius), self.marks.own_input_name)

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
            self._draw_barbs(painter, arrow)
            self._draw_name(painter, arrow, marks.noise_name)
        painter.setPen(self._pen(self.theme.halo, 3))
        painter.setBrush(QColor(self.theme.accent))
        painter.drawEllipse(end, 4 * self.text_scale, 4 * self.text_scale)

    def _draw_barbs(self, painter: QPainter, arrow: QLineF, length: float = 7) -> None:
        """Draw the head of an arrow at the end of a line; ``length`` in pixels at scale 1."""
        end = arrow.p2()
        for turn in (150, -150):
            barb = QLineF(end, end + QPointF(length * self.text_scale, 0))
            barb.setAngle(arrow.angle() + turn)
            self._line(painter, [barb.p1(), barb.p2()], 2, self.theme.accent)

    def _draw_name(self, painter: QPainter, line: QLineF, name: str) -> None:
        """Write a name beside the middle of a line, on a halo."""
        metrics, aside = QFontMetricsF(self._name_font(painter)), line.normalVector().unitVector()
        # As near as the size of the name allows in this direction.
        across, up = metrics.horizontalAdvance(name) / 2, metrics.height() / 2
        distance = 8 * self.text_scale + abs(aside.dx()) * across + abs(aside.dy()) * up
        self._write(painter, line.center() + QPointF(aside.dx(), aside.dy()) * distance, name)

    def _write(self, painter: QPainter, centre: QPointF, name: str, colour: str = "") -> None:
        """Write a name on a halo."""
        font = self._name_font(painter)
        metrics, text = QFontMetricsF(font), QPainterPath()
        text.addText(centre.x() - metrics.horizontalAdvance(name) / 2, centre.y() + metrics.capHeight() / 2, font, name)
        halo = QPen(QColor(self.theme.halo), 4 * self.text_scale)
        halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(text, halo)
        painter.fillPath(text, QColor(colour or self.theme.text))

    def _name_font(self, painter: QPainter) -> QFont:
        font = QFont(painter.font())
        font.setPixelSize(round((TEXT_PIXELS - 1) * self.text_scale))
        return font

    def _draw_path(self, painter: QPainter, pixel: ToPixels) -> None:
        marks = self.marks
        if len(marks.straight_path) > 1:
            self._draw_straight(painter, [pixel(point) for point in marks.straight_path])
        for line, colour in ((marks.second_path, self.theme.text), (marks.path, self.theme.accent)):
            if len(line) > 1:
                self._line(painter, [pixel(point) for point in line], PATH_WIDTH, colour, halo=PATH_HALO)
        self._draw_methods(painter, pixel)
        for index, point in enumerate(marks.waypoints):
            self._draw_waypoint(painter, pixel(point), waypoint_name(index), chosen=index == marks.chosen_waypoint)
        for here, colour in ((marks.second_here, self.theme.text), (marks.here, self.theme.accent)):
            if here is not None:
                self._draw_here(painter, pixel(here), colour)

    def _draw_blend(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw the pins as small squares with letters, and the blend as a dot."""
        if self.marks.blend is not None:
            self._dot(painter, pixel(self.marks.blend), BLEND_RADIUS, self.theme.accent)
        side = 2 * PIN_RADIUS * self.text_scale
        font = QFont(painter.font())
        font.setPixelSize(round((TEXT_PIXELS - 2) * self.text_scale))
        font.setBold(True)
        painter.setFont(font)
        for index, point in enumerate(self.marks.pins):
            square = QRectF(0, 0, side, side)
            square.moveCenter(pixel(point))
            painter.setBrush(QColor(self.theme.plane))
            for pen in (self._pen(self.theme.halo, 3.5), self._pen(self.theme.accent, 1.5)):
                painter.setPen(pen)
                painter.drawRoundedRect(square, side / 5, side / 5)
            painter.setPen(QColor(self.theme.text))
            painter.drawText(square, Qt.AlignmentFlag.AlignCenter, waypoint_name(index))

    def _draw_turn(self, painter: QPainter, at: QPointF) -> None:
        """Draw a ring with a label where the predicted class changes."""
        self._ring(painter, at, RING_RADIUS, 2, self.theme.warning)
        self._dot(painter, at, 2, self.theme.warning)
        self._write(painter, at - QPointF(0, NAME_DISTANCE * self.text_scale), self.marks.turn_words)

    def _draw_methods(self, painter: QPainter, pixel: ToPixels) -> None:
        """Write the names of both methods beside their lines."""
        marks = self.marks
        if not marks.second_name:
            return
        metrics, area = QFontMetricsF(self._name_font(painter)), QRectF(painter.viewport())
        lines = [_pixels(line, pixel) for line in (marks.path, marks.second_path)]
        here = [point for point in (marks.here, marks.second_here) if point is not None]
        # Treat the marks as rings, so that no name touches them.
        turns = np.linspace(0, 2 * np.pi, 9)[:-1]
        ring = 1.4 * END_RADIUS * self.text_scale * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        places = (_pixels([*marks.waypoints, *here], pixel)[:, None] + ring).reshape(-1, 2)
        names = (marks.path_name, self.theme.accent), (marks.second_name, self.theme.text)
        for (name, colour), line, other in zip(names, lines, lines[::-1], strict=True):
            size = metrics.horizontalAdvance(name) / 2, metrics.capHeight() / 2
            gap = NAME_GAP * self.text_scale
            x, y = name_place(
                line,
                np.concatenate([other, places]),
                (area.left(), area.top(), area.right(), area.bottom()),
                (size[0] + gap, size[1] + gap),
            )
            places = np.concatenate([places, [(x, y), (x - size[0], y), (x + size[0], y)]])
            self._write(painter, QPointF(x, y), name, colour)

    def _draw_direction(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw the steps along a direction through the probe, with its name at the high end."""
        marks = self.marks
        if len(marks.direction) < 2:
            return
        points = [pixel(point) for point in marks.direction]
        if marks.direction_arrow:
            self._draw_vector(painter, points)
            return
        self._line(painter, points, 2, self.theme.accent)
        for index, point in enumerate(points):
            is_here = index == marks.direction_here
            radius = (STEP_RADIUS + 2 if is_here else STEP_RADIUS) * self.text_scale
            painter.setPen(self._pen(self.theme.halo if is_here else self.theme.accent, 1.5))
            painter.setBrush(QColor(self.theme.accent if is_here else self.theme.plane))
            painter.drawEllipse(point, radius, radius)
        # Beyond the last step. A direction perpendicular to the plane is drawn as a point with its name above.
        last = QLineF(points[-2], points[-1])
        self._write(painter, points[-1] + _ahead(last, NAME_DISTANCE * self.text_scale), marks.direction_name)

    def _draw_vector(self, painter: QPainter, points: list[QPointF]) -> None:
        """Draw an arrow from the first point to the second, a dot at the third, and the name beyond the arrow."""
        start, end, here = points
        arrow = QLineF(start, end)
        # The line to a multiple that lies beyond the arrow or on the opposite side.
        self._line(painter, [start, here], 1.2, self.theme.accent)
        self._line(painter, [start, end], 2.2, self.theme.accent)
        if arrow.length() > MIN_ARROW * self.text_scale:
            # Longer than the dot, which may cover the head.
            self._draw_barbs(painter, arrow, 13)
        painter.setPen(self._pen(self.theme.halo, 1.5))
        painter.setBrush(QColor(self.theme.accent))
        radius = (STEP_RADIUS + 2) * self.text_scale
        painter.drawEllipse(here, radius, radius)
        self._draw_name(painter, arrow, self.marks.direction_name)

    def _draw_straight(self, painter: QPainter, points: list[QPointF]) -> None:
        """Draw the straight line that a path is compared with: dots on a halo."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((self.theme.halo, 3.4), (self.theme.probe, 1.4)):
            pen = self._pen(colour, width)
            # Qt counts dashes in pen widths; round caps make dots of them.
            pen.setDashPattern([0.01, 4.5 * 1.4 / width])
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF(points))

    def _draw_here(self, painter: QPainter, at: QPointF, colour: str) -> None:
        size = 6.5 * self.text_scale
        diamond = QPolygonF([at + QPointF(*corner) * size for corner in ((0, -1), (1, 0), (0, 1), (-1, 0))])
        painter.setPen(self._pen(self.theme.halo, 4))
        painter.setBrush(QColor(colour))
        painter.drawPolygon(diamond)
        painter.setPen(self._pen(self.theme.probe, 1.5))
        painter.drawPolygon(diamond)

    def _draw_waypoint(self, painter: QPainter, at: QPointF, name: str, *, chosen: bool) -> None:
        radius = END_RADIUS * self.text_scale
        painter.setBrush(QColor(self.theme.accent if chosen else self.theme.plane))
        for pen in (self._pen(self.theme.halo, 4), self._pen(self.theme.probe if chosen else self.theme.accent, 2)):
            painter.setPen(pen)
            painter.drawEllipse(at, radius, radius)
        font = QFont(painter.font())
        # Two letters need a smaller font in the same circle.
        font.setPixelSize(round((TEXT_PIXELS - (2 if len(name) == 1 else 4)) * self.text_scale))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.accent_text if chosen else self.theme.text))
        square = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(square, Qt.AlignmentFlag.AlignCenter, name)

    def _draw_area(self, painter: QPainter, pixel: ToPixels, area: SelectedArea) -> None:
        """Draw the box or the lasso, and the sign at the cursor."""
        corners = area.lasso
        if area.box is not None:
            left, right, bottom, top = area.box.left, area.box.right, area.box.bottom, area.box.top
            corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        outline = QPolygonF([pixel(corner) for corner in corners])
        fill = QColor(self.theme.accent)
        fill.setAlphaF(0.15)
        painter.setBrush(fill)
        painter.setPen(self._pen(self.theme.accent, 1.5))
        # Use the even–odd rule, as `inside_lasso` does.
        painter.drawPolygon(outline, Qt.FillRule.OddEvenFill)
        if area.sign:
            self._write(painter, pixel(area.at) + QPointF(1, -1) * SIGN_DISTANCE * self.text_scale, area.sign)

    def _ring(self, painter: QPainter, at: QPointF, radius: float, width: float, colour: str = "") -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (self._halo(width), self._pen(colour or self.theme.probe, width)):
            painter.setPen(pen)
            painter.drawEllipse(at, radius * self.text_scale, radius * self.text_scale)

    def _line(
        self, painter: QPainter, points: list[QPointF], width: float, colour: str = "", *, dashed: bool = False,
        halo: float = 2.0,
    ) -> None:  # fmt: skip
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (self._halo(width, halo), self._pen(colour or self.theme.probe, width)):
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

    def _halo(self, width: float, more: float = 2.0) -> QPen:
        pen = self._pen(self.theme.halo, width + more)
        colour = pen.color()
        colour.setAlphaF(0.75)
        pen.setColor(colour)
        return pen

    def _pen(self, colour: str, width: float) -> QPen:
        pen = QPen(QColor(colour), width * self.text_scale)
        # Round caps would fill the gaps of short dashes.
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen


def _pixels(points: Sequence[Point], pixel: ToPixels) -> NDArray[np.float64]:
    """Return points of the plane as pixels, ``(n, 2)``."""
    return np.array([(at.x(), at.y()) for at in map(pixel, points)], np.float64).reshape(-1, 2)


def _ahead(line: QLineF, distance: float) -> QPointF:
    """Return a vector of ``distance`` pixels along a line; upwards if the line has no length."""
    if line.length() < 1:
        return QPointF(0, -distance)
    return QPointF(line.dx(), line.dy()) * (distance / line.length())
