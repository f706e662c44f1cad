"""Draws what is laid over the points of a plane."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from explorer.ui.plane.overlays.overlays import CIRCLE, Component, Overlays, Ring
from explorer.ui.plane.overlays.text_label import write_on_plate
from explorer.ui.plane.plot.screen_item import ScreenItem, ToPixels
from explorer.ui.theme.style_sheet import TEXT_PIXELS

FAINTEST = 0.5
"""How clear the lightest component of a learned prior is, beside 1 of the heaviest."""
BAND = 0.3
"""How clear a band of all the weight is; it lies over the points."""

_DOWN_FROM_TOP = CIRCLE[np.argsort(-CIRCLE[:, 1], kind="stable")]
"""Where a ring's label may stand, the best places first."""


class OverlaysItem(ScreenItem):
    """Draws `Overlays`."""

    overlays = Overlays()

    def show_overlays(self, overlays: Overlays) -> None:
        """Draw these overlays from now on."""
        if overlays != self.overlays:
            self.overlays = overlays
            self.update()

    def draw(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw rings, then ellipses, then names."""
        font = QFont(painter.font())
        font.setPixelSize(round((TEXT_PIXELS - 2) * self.text_scale))
        painter.setFont(font)
        for component in self.overlays.components:
            self._draw_component(painter, pixel, component)
        for ring in self.overlays.rings:
            self._draw_ring(painter, pixel, ring)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ellipse in self.overlays.ellipses:
            self._draw_ellipse(painter, QPolygonF([pixel(place) for place in ellipse.outline]))
        font.setPixelSize(round(TEXT_PIXELS * self.text_scale))
        font.setBold(True)
        painter.setFont(font)
        for name in self.overlays.names:
            self._write(painter, pixel(name.place), name.text, self.theme.text)

    def _draw_ring(self, painter: QPainter, pixel: ToPixels, ring: Ring) -> None:
        x, y = ring.centre
        pen = QPen(QColor(self.theme.muted), self.text_scale)
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if ring.as_lines:
            area = painter.viewport()
            for side in (-ring.sigma, ring.sigma):
                painter.setPen(pen)
                across = pixel((x + side, y)).x()
                painter.setPen(pen)  # the label of the line before has taken another
                painter.drawLine(QPointF(across, area.top()), QPointF(across, area.bottom()))
                above = QPointF(across, area.top() + 12 * self.text_scale)
                self._write(painter, above, f"{'−' if side < 0 else ''}{ring.sigma}σ", self.theme.muted)
            return
        corners = pixel((x - ring.sigma, y - ring.sigma)), pixel((x + ring.sigma, y + ring.sigma))
        drawn = QRectF(*corners).normalized()
        painter.drawEllipse(drawn)
        edge = 14 * self.text_scale
        seen = self.visible_pixels(pixel).adjusted(edge, edge, -edge, -edge)
        middle, across, up = drawn.center(), drawn.width() / 2, drawn.height() / 2
        on_ring = (QPointF(middle.x() + across * one, middle.y() - up * other) for one, other in _DOWN_FROM_TOP)
        place = next((place for place in on_ring if seen.contains(place)), None)
        has_room = up / ring.sigma > painter.fontMetrics().height() or ring is self.overlays.rings[-1]
        if place is not None and has_room:
            self._write(painter, place, f"{ring.sigma}σ", self.theme.muted)

    def _draw_component(self, painter: QPainter, pixel: ToPixels, component: Component) -> None:
        """Draw a Gaussian of the prior the clearer the heavier it is, at 2 σ fainter than at 1 σ."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for outline, clear in zip(component.outlines, (1.0, 0.65), strict=False):
            line = QColor(self.theme.muted)
            if component.as_band:
                line.setAlphaF(BAND * component.share)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(line)
                painter.drawPolygon(QPolygonF([pixel(place) for place in outline]))
                continue
            line.setAlphaF(clear * (FAINTEST + (1 - FAINTEST) * component.share))
            pen = QPen(line, 1.3 * self.text_scale)
            pen.setDashPattern([4, 4])
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF([pixel(place) for place in outline]))

    def _draw_ellipse(self, painter: QPainter, outline: QPolygonF) -> None:
        halo, line = QColor(self.theme.halo), QColor(self.theme.probe)
        halo.setAlphaF(0.7)
        width = 1.4 * self.text_scale
        for colour, thickness in ((halo, width + 1.5 * self.text_scale), (line, width)):
            painter.setPen(QPen(colour, thickness))
            painter.drawPolyline(outline)

    def _write(self, painter: QPainter, at: QPointF, text: str, colour: str) -> None:
        write_on_plate(painter, at, text, colour, self.theme, self.text_scale)
