"""What can be laid over the points: the prior's rings, posterior ellipses, class names."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from explorer.ui.plane.placed import Place, PlacedCodes
from explorer.ui.plane.screen_item import ScreenItem, ToPixels
from explorer.ui.style_sheet import TEXT_PIXELS

SIGMAS = (1, 2, 3)
MOST_ELLIPSES = 12
"""Of a selection; more would cover each other."""

_TURN = np.linspace(0, 2 * np.pi, 97)
_CIRCLE = np.column_stack([np.cos(_TURN), np.sin(_TURN)])
_DOWN_FROM_TOP = _CIRCLE[np.argsort(-_CIRCLE[:, 1], kind="stable")]
"""Where a ring's label may stand, the best places first."""


@dataclass(frozen=True)
class Ring:
    """The prior's place at ``sigma``: a circle of that radius, or of one dimension the two lines at ± sigma."""

    centre: Place
    sigma: int
    as_lines: bool = False


@dataclass(frozen=True)
class Ellipse:
    """The outline of q(z|x) on the plane at one or two σ; ``quiet`` for the samples of a selection."""

    outline: tuple[Place, ...]
    quiet: bool = False


@dataclass(frozen=True)
class ClassName:
    """A class's name and the median of its codes."""

    place: Place
    text: str


@dataclass(frozen=True)
class Overlays:
    """All overlays of one plane."""

    rings: tuple[Ring, ...] = ()
    ellipses: tuple[Ellipse, ...] = ()
    names: tuple[ClassName, ...] = ()


def prior_rings(placed: PlacedCodes) -> tuple[Ring, ...]:
    """Give the rings of a standard normal prior; through orthonormal axes it is seen as one around z = 0."""
    centre = placed.place_of(np.zeros(placed.projection.latent_dim))
    return tuple(Ring(centre, sigma, placed.is_strips) for sigma in SIGMAS)


def posterior_ellipses(placed: PlacedCodes, row: int | None, selected: NDArray[np.intp]) -> tuple[Ellipse, ...]:
    """Give 1 and 2 σ of the probed row's posterior, and 1 σ of the selected rows'."""
    found = [Ellipse(_outline(placed, one, 1), quiet=True) for one in selected[:MOST_ELLIPSES] if one != row]
    if row is not None:
        found += [Ellipse(_outline(placed, row, sigma)) for sigma in (1, 2)]
    return tuple(ellipse for ellipse in found if ellipse.outline)


def class_names(placed: PlacedCodes, groups: NDArray[np.int64], names: tuple[str, ...]) -> tuple[ClassName, ...]:
    """Give each group's name at the median of its finite places."""
    finite = np.isfinite(placed.places).all(axis=1)
    found = []
    for group, name in enumerate(names):
        members = placed.places[finite & (groups == group)]
        if len(members):
            x, y = np.median(members, axis=0)
            found.append(ClassName((float(x), float(y)), name))
    return tuple(found)


def _outline(placed: PlacedCodes, row: int, sigma: int) -> tuple[Place, ...]:
    """Give the outline of N(μ, diag σ²) as the projection shows it; of one dimension, a bar across its strip."""
    log_variance = placed.codes.log_variance
    if log_variance is None:
        return ()
    centre = placed.places[row]
    components = placed.projection.components
    spread = np.exp(0.5 * log_variance[row].astype(np.float64))
    if placed.is_strips:
        half = sigma * float(np.abs(components[0, 0])) * spread[0]
        corners = np.array([(-half, -0.06), (half, -0.06), (half, 0.06), (-half, 0.06), (-half, -0.06)])
        return _places(centre + corners)
    variances, axes = np.linalg.eigh((components * spread**2) @ components.T)
    reach = sigma * np.sqrt(np.maximum(variances, 0))
    return _places(centre + (_CIRCLE * reach) @ axes.T)


def _places(points: NDArray[np.float64]) -> tuple[Place, ...]:
    return tuple((float(x), float(y)) for x, y in points)


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
        for ring in self.overlays.rings:
            self._draw_ring(painter, pixel, ring)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ellipse in self.overlays.ellipses:
            self._draw_ellipse(painter, QPolygonF([pixel(place) for place in ellipse.outline]), ellipse.quiet)
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
                across = pixel((x + side, y)).x()
                painter.drawLine(QPointF(across, area.top()), QPointF(across, area.bottom()))
                above = QPointF(across, area.top() + 12 * self.text_scale)
                self._write(painter, above, f"{'−' if side < 0 else ''}{ring.sigma}σ", self.theme.muted)
            return
        corners = pixel((x - ring.sigma, y - ring.sigma)), pixel((x + ring.sigma, y + ring.sigma))
        painter.drawEllipse(QRectF(*corners).normalized())
        edge = 14 * self.text_scale
        seen = self.visible_pixels(pixel).adjusted(edge, edge, -edge, -edge)
        on_ring = (pixel((x + ring.sigma * across, y + ring.sigma * up)) for across, up in _DOWN_FROM_TOP)
        place = next((place for place in on_ring if seen.contains(place)), None)
        if place is not None:
            self._write(painter, place, f"{ring.sigma}σ", self.theme.muted)

    def _draw_ellipse(self, painter: QPainter, outline: QPolygonF, quiet: bool) -> None:
        halo, line = QColor(self.theme.halo), QColor(self.theme.accent if quiet else self.theme.probe)
        halo.setAlphaF(0.3 if quiet else 0.7)
        line.setAlphaF(0.7 if quiet else 1)
        width = (0.8 if quiet else 1.4) * self.text_scale
        for colour, thickness in ((halo, width + 1.5 * self.text_scale), (line, width)):
            painter.setPen(QPen(colour, thickness))
            painter.drawPolyline(outline)

    def _write(self, painter: QPainter, at: QPointF, text: str, colour: str) -> None:
        """Write on a small plate of the ground, so that it reads over any point."""
        size = QFontMetricsF(painter.font()).boundingRect(text).size()
        pad = 3 * self.text_scale
        plate = QRectF(0, 0, size.width() + 2 * pad, size.height())
        plate.moveCenter(at)
        ground = QColor(self.theme.plane)
        ground.setAlphaF(0.8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(plate, pad, pad)
        painter.setPen(QColor(colour))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
