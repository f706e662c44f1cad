"""A picture of lines that take long to be drawn, larger than the plane: one that is moved only shifts it."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from explorer.ui.plane.plot.plane_map import PlaneMap

MARGIN = 0.25
"""How far the picture reaches beyond the plane at each side, as a share of it."""

Paint = Callable[[QPainter, PlaneMap], None]


@dataclass(frozen=True, eq=False)
class LinePicture:
    """A picture and the map that it was drawn by; it lies at ``corner`` while the plane is where it was then."""

    image: QImage
    where: PlaneMap
    corner: QPointF
    ratio: float
    area: QRectF

    @classmethod
    def made(cls, paint: Paint, where: PlaneMap, area: QRectF, ratio: float) -> "LinePicture":
        """Draw it: ``paint`` is given a painter whose pixels are the plane's."""
        width, height = MARGIN * area.width(), MARGIN * area.height()
        box = area.adjusted(-width, -height, width, height)
        size = QSize(round(box.width() * ratio), round(box.height() * ratio))
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(-box.topLeft())
            paint(painter, where)
        return cls(image, where, box.topLeft(), ratio, area)

    def shift(self, where: PlaneMap, area: QRectF, ratio: float) -> QPointF | None:
        """Return where it is to be drawn for a plane that was moved; None where it does not serve any more."""
        if ratio != self.ratio or area.size() != self.area.size():
            return None
        moved = self.where.shift_to(where)
        if moved is None or abs(moved.x()) > MARGIN * area.width() or abs(moved.y()) > MARGIN * area.height():
            return None
        return self.corner + moved
