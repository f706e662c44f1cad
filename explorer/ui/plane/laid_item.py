"""Draws one overlay that was computed in the background."""

import time

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QPainter, QPainterPath

from explorer.data.dataset import Description
from explorer.latent.box import Box
from explorer.latent.overlaid import Part, Regions, Shading
from explorer.ui.plane.laid_painting import Look, Ready, paint_part
from explorer.ui.plane.plane_map import PlaneMap
from explorer.ui.plane.screen_item import ScreenItem, ToPixels
from explorer.ui.style_sheet import TEXT_PIXELS
from explorer.ui.theme import Theme

MAKING = 0.006
"""Seconds that one paint may spend on making pictures; the rest come with the next one."""


class LaidItem(ScreenItem):
    """Draws parts; ``kept`` ones lie over them, within ``box``, while better parts than those are still to come."""

    def __init__(self, theme: Theme, scale: float, description: Description) -> None:
        super().__init__(theme, scale)
        self.parts: tuple[Part, ...] = ()
        self.kept: tuple[Part, ...] = ()
        self._box: Box | None = None
        self._description = description
        self._ready: dict[int, Ready] = {}

    def show_parts(self, parts: tuple[Part, ...], kept: tuple[Part, ...] = (), box: Box | None = None) -> None:
        """Draw these parts from now on."""
        self.parts, self.kept, self._box = parts, kept, box
        self._ready = {id(part): self._ready.get(id(part), Ready()) for part in (*parts, *kept)}
        self.update()

    def set_look(self, theme: Theme, scale: float) -> None:
        """Take the theme's colours and the factor on all sizes."""
        self._ready = {key: Ready() for key in self._ready}
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

        look = Look(self.theme, self.text_scale, ratio, self._description, area, in_time)
        if self.kept and self._box is not None:
            inner = where.rect(self._box)
            painter.save()
            painter.setClipPath(_without(area, inner))
            self._paint(self.parts, painter, where, look)
            painter.setClipRect(inner)
            self._paint(self.kept, painter, where, look)
            painter.restore()
        else:
            self._paint(self.parts, painter, where, look)
        if not self.is_made:
            self.update()

    def _paint(self, parts: tuple[Part, ...], painter: QPainter, where: PlaneMap, look: Look) -> None:
        for part in parts:
            paint_part(part, painter, where, look, self._ready[id(part)])


def cell_of(parts: tuple[Part, ...]) -> tuple[Box, float] | None:
    """Give the box of the first raster among parts, and how large a cell of it is, in latent units."""
    for part in parts:
        if isinstance(part, Shading | Regions):
            columns = np.shape(part.values if isinstance(part, Shading) else part.classes)[1]
            return part.box, part.box.width / columns
    return None


def _without(area: QRectF, inner: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRect(area)
    hole = QPainterPath()
    hole.addRect(inner)
    return path.subtracted(hole)
