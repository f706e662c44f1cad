"""Draws one overlay: what was computed in the background, and over it what is drawn at once."""

import time

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPaintEngine, QPainter, QPainterPath

from explorer.data.dataset import Description
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Labels, Lines, Part, Pictures, Regions, Shading
from explorer.ui.plane.overlays import point_labels, strip_painter  # noqa: F401  (register painters of their parts)
from explorer.ui.plane.overlays.line_picture import LinePicture
from explorer.ui.plane.overlays.overlay_painter import Look, Ready, paint_part
from explorer.ui.plane.plot.plane_map import PlaneMap
from explorer.ui.plane.plot.screen_item import ScreenItem, ToPixels
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import Theme

MAKING = 0.01
"""Seconds that one paint may spend on making pictures; the rest come with the next one."""
MAX_CORNERS = 400
"""Lines of more corners are drawn as a picture, once, and not anew with each move of the plane."""


class OverlayItem(ScreenItem):
    """Draws parts; ``kept`` ones lie over them, within ``box``, while better parts than those are still to come.

    ``drawn`` parts lie over both, and are painted each time: they change with the hand.
    """

    def __init__(self, theme: Theme, scale: float, description: Description) -> None:
        super().__init__(theme, scale)
        self.parts: tuple[Part, ...] = ()
        self.kept: tuple[Part, ...] = ()
        self.drawn: tuple[Part, ...] = ()
        self._box: Box | None = None
        self._description = description
        self._ready: dict[int, Ready] = {}
        self._picture: LinePicture | None = None
        self._front: int | None = None

    def show_parts(self, parts: tuple[Part, ...], kept: tuple[Part, ...] = (), box: Box | None = None) -> None:
        """Draw these parts from now on."""
        self.parts, self.kept, self._box, self._picture = parts, kept, box, None
        self._keep_ready()

    def show_drawn(self, parts: tuple[Part, ...]) -> None:
        """Draw these over the others from now on."""
        self.drawn = parts
        self._keep_ready()

    def _keep_ready(self) -> None:
        """Keep what was made for parts that are still there."""
        shown = (*self.parts, *self.kept, *self.drawn)
        self._ready = {id(part): self._ready.get(id(part), Ready()) for part in shown}
        self.update()

    def set_front(self, row: int | None) -> None:
        """Draw the picture of the point in this row over the others."""
        if row != self._front:
            self._front = row
            self.update()

    def set_look(self, theme: Theme, scale: float) -> None:
        """Take the theme's colours and the factor on all sizes."""
        self._ready, self._picture = {key: Ready() for key in self._ready}, None
        super().set_look(theme, scale)

    @property
    def is_made(self) -> bool:
        """Whether all pictures in sight are made."""
        return not any(ready.waits for ready in self._ready.values())

    def draw(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw what there is."""
        font = QFont(painter.font())
        font.setPixelSize(round((TEXT_PIXELS - 1) * self.text_scale))
        painter.setFont(font)
        where, begun = PlaneMap(pixel), time.perf_counter()
        ratio = painter.device().devicePixelRatioF() if painter.device() is not None else 1.0
        area = self.visible_pixels(pixel)

        def in_time() -> bool:
            return time.perf_counter() - begun < MAKING

        look = Look(self.theme, self.text_scale, ratio, self._description, area, in_time, self._front)
        if self.kept and self._box is not None:
            inner, within = where.rect(self._box), Qt.ClipOperation.IntersectClip  # with that of the plane itself
            painter.save()
            painter.setClipPath(_without(area, inner), within)
            self._paint(self.parts, painter, where, look)
            painter.restore()
            painter.save()
            painter.setClipRect(inner, within)
            self._paint(self.kept, painter, where, look)
            painter.restore()
        elif self._are_slow and painter.paintEngine().type() == QPaintEngine.Type.Raster:
            self._paint_picture(painter, where, look)
        else:
            self._paint(self.parts, painter, where, look)
        self._paint(self.drawn, painter, where, look)
        if not self.is_made:
            self.update()

    @property
    def _are_slow(self) -> bool:
        """True if the overlay is only polylines and labels, and too many to repaint while panning."""
        if not self.parts or not all(isinstance(part, Lines | Labels) for part in self.parts):
            return False
        lines = [part for part in self.parts if isinstance(part, Lines)]
        return sum(len(path) for part in lines for path in part.paths) > MAX_CORNERS

    def _paint_picture(self, painter: QPainter, where: PlaneMap, look: Look) -> None:
        corner = self._picture.shift(where, look.area, look.ratio) if self._picture is not None else None
        if self._picture is None or corner is None:
            font = painter.font()

            def paint(on_picture: QPainter, there: PlaneMap) -> None:
                on_picture.setFont(font)
                self._paint(self.parts, on_picture, there, look)

            self._picture = LinePicture.made(paint, where, look.area, look.ratio)
            corner = self._picture.corner
        painter.drawImage(corner, self._picture.image)

    def _paint(self, parts: tuple[Part, ...], painter: QPainter, where: PlaneMap, look: Look) -> None:
        for part in parts:
            paint_part(part, painter, where, look, self._ready[id(part)])


def cell_of(parts: tuple[Part, ...]) -> tuple[Box, float] | None:
    """Return the box of the first raster or lattice among parts, and how large a cell of it is, in latent units."""
    for part in parts:
        if isinstance(part, Shading | Regions):
            columns = np.shape(part.values if isinstance(part, Shading) else part.classes)[1]
            return part.box, part.box.width / columns
        if isinstance(part, Pictures) and part.box is not None and len(part.sizes):
            return part.box, float(part.sizes[:, 0].max())
    return None


def _without(area: QRectF, inner: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRect(area)
    hole = QPainterPath()
    hole.addRect(inner)
    return path.subtracted(hole)
