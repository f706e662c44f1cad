"""An image of many lines, larger than the plane, so that panning only shifts it instead of drawing the lines again."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from explorer.ui.plane.plot.plane_map import PlaneMap

MARGIN = 0.25
"""Margin of the image at each side, as a share of the plane's size."""

Paint = Callable[[QPainter, PlaneMap], None]


@dataclass(frozen=True, eq=False)
class LinePicture:
    """An image and the map it was drawn with; with that same map, its corner is at the pixel ``corner``."""

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
