"""Draws one overlay: the parts computed in the background, and above them those drawn immediately.

1. `show_parts` sets the answer of a worker. If it is coarser than the parts of an overlapping view, those are kept
   within their box until a finer answer arrives.
2. `show_drawn` sets the parts that need no model and may change with each mouse move.
3. `draw` paints parts, then kept parts, then drawn parts. Images are made within a time budget per paint; the rest
   follow with the next paint.
4. Overlays of many lines are painted into a `LinePicture` once; panning shifts it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QImage, QPaintEngine, QPainter, QPainterPath

from explorer.data.dataset import Description
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Labels, Lines, Part, Pictures, Regions, Shading
from explorer.ui.plane.overlays import strip_painter  # noqa: F401  (registers the painter of its parts)
from explorer.ui.plane.overlays.overlay_painter import PaintStyle, Ready, paint_part
from explorer.ui.plane.plot.plane_map import PlaneMap, ScreenItem, ToPixels
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import Theme

MARGIN = 0.25
"""Margin of the image at each side, as a share of the plane's size."""

Paint = Callable[[QPainter, PlaneMap], None]


@dataclass(frozen=True, eq=False)
class LinePicture:
    """An image of many lines, larger than the plane, so that panning shifts it instead of drawing the lines again.

    ``where`` is the map it was drawn with; with that same map, its corner is at the pixel ``corner``.
    """

    image: QImage
    where: PlaneMap
    corner: QPointF
    ratio: float
    area: QRectF

    @classmethod
    def made(cls, paint: Paint, where: PlaneMap, area: QRectF, ratio: float) -> "LinePicture":
        """Return a picture drawn by ``paint``, whose painter uses the plane's pixels."""
        width, height = MARGIN * area.width(), MARGIN * area.height()
        box = area.adjusted(-width, -height, width, height)
        size = QSize(round(box.width() * ratio), round(box.height() * ratio))
        # The screen's own format: any other would be converted at each paint.
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(-box.topLeft())
            paint(painter, where)
        return cls(image, where, box.topLeft(), ratio, area)

    def shift(self, where: PlaneMap, area: QRectF, ratio: float) -> QPointF | None:
        """Return the pixel of its corner after the plane was moved; None if the picture cannot be reused."""
        if ratio != self.ratio or area.size() != self.area.size():
            return None
        moved = self.where.shift_to(where)
        # Beyond the margin a part of the plane would stay empty.
        if moved is None or abs(moved.x()) > MARGIN * area.width() or abs(moved.y()) > MARGIN * area.height():
            return None
        return self.corner + moved


MAKING = 0.01
"""Seconds that one paint may spend on making images; the rest are made in the next paint."""
EMPHASIS = 2.2
"""Factor of the width of emphasized lines."""
MAX_CORNERS = 400
"""Number of vertices above which lines are drawn into an image once, not at each move of the plane."""


class OverlayItem(ScreenItem):
    """Draws the parts of one overlay.

    ``kept`` parts cover ``parts`` within a box, until finer parts arrive. ``drawn`` parts are painted above both, each
    time: they change with the mouse.
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
        self._emphasis = 1.0

    def show_parts(self, parts: tuple[Part, ...], kept: tuple[Part, ...] = (), box: Box | None = None) -> None:
        """Set the parts, and the parts to keep within a box (latent units)."""
        self.parts, self.kept, self._box, self._picture = parts, kept, box, None
        self._keep_ready()

    def show_drawn(self, parts: tuple[Part, ...]) -> None:
        """Set the parts to draw above the others."""
        self.drawn = parts
        self._keep_ready()

    def _keep_ready(self) -> None:
        """Keep prepared images of parts that are still shown; drop the rest."""
        shown = (*self.parts, *self.kept, *self.drawn)
        # By identity: parts hold arrays, whose comparison is slow and which cannot be hashed.
        self._ready = {id(part): self._ready.get(id(part), Ready()) for part in shown}
        self.update()

    def set_emphasis(self, emphasized: bool) -> None:
        """Draw lines broader, or as usual."""
        emphasis = EMPHASIS if emphasized else 1.0
        if emphasis != self._emphasis:
            self._emphasis, self._picture = emphasis, None
            self.update()

    def set_front(self, row: int | None) -> None:
        """Draw the image of the point in this row above the others."""
        if row != self._front:
            self._front = row
            self.update()

    def apply_theme(self, theme: Theme, scale: float) -> None:
        """Set the theme and the factor on all sizes; drop images made for the old ones."""
        self._ready, self._picture = {key: Ready() for key in self._ready}, None
        super().apply_theme(theme, scale)

    @property
    def is_made(self) -> bool:
        """Whether all visible images are made."""
        return not any(ready.waits for ready in self._ready.values())

    def draw(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw the parts, the kept parts and the drawn parts."""
        font = QFont(painter.font())
        font.setPixelSize(round((TEXT_PIXELS - 1) * self.text_scale))
        painter.setFont(font)
        where, begun = PlaneMap(pixel), time.perf_counter()
        ratio = painter.device().devicePixelRatioF() if painter.device() is not None else 1.0
        area = self.visible_pixels(pixel)

        def in_time() -> bool:
            return time.perf_counter() - begun < MAKING

        style = PaintStyle(
            self.theme, self.text_scale, ratio, self._description, area, in_time, self._front, self._emphasis
        )
        if self.kept and self._box is not None:
            inner, within = where.rect(self._box), Qt.ClipOperation.IntersectClip  # intersect with the plane's own clip
            painter.save()
            painter.setClipPath(_without(area, inner), within)
            self._paint(self.parts, painter, where, style)
            painter.restore()
            painter.save()
            painter.setClipRect(inner, within)
            self._paint(self.kept, painter, where, style)
            painter.restore()
        # Only on screen: a saved SVG keeps its lines as vectors.
        elif self._are_slow and painter.paintEngine().type() == QPaintEngine.Type.Raster:
            self._paint_picture(painter, where, style)
        else:
            self._paint(self.parts, painter, where, style)
        self._paint(self.drawn, painter, where, style)
        # Schedules the next paint, which continues with the remaining images.
        if not self.is_made:
            self.update()

    @property
    def _are_slow(self) -> bool:
        """True if the overlay is only polylines and labels, and too many to repaint while panning."""
        if not self.parts or not all(isinstance(part, Lines | Labels) for part in self.parts):
            return False
        lines = [part for part in self.parts if isinstance(part, Lines)]
        return sum(len(path) for part in lines for path in part.paths) > MAX_CORNERS

    def _paint_picture(self, painter: QPainter, where: PlaneMap, style: PaintStyle) -> None:
        corner = self._picture.shift(where, style.area, style.ratio) if self._picture is not None else None
        if self._picture is None or corner is None:
            font = painter.font()

            def paint(on_picture: QPainter, there: PlaneMap) -> None:
                on_picture.setFont(font)
                self._paint(self.parts, on_picture, there, style)

            self._picture = LinePicture.made(paint, where, style.area, style.ratio)
            corner = self._picture.corner
        painter.drawImage(corner, self._picture.image)

    def _paint(self, parts: tuple[Part, ...], painter: QPainter, where: PlaneMap, style: PaintStyle) -> None:
        for part in parts:
            paint_part(part, painter, where, style, self._ready[id(part)])


def cell_of(parts: tuple[Part, ...]) -> tuple[Box, float] | None:
    """Return the box of the first raster or lattice among parts, and its cell width, in latent units."""
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
