"""The base of whatever lies over the points: placed in latent units, drawn in pixels."""

from abc import abstractmethod
from collections.abc import Callable

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from explorer.latent.plane.box import Place
from explorer.ui.theme.theme import Theme

ToPixels = Callable[[Place], QPointF]


class ScreenItem(pg.GraphicsObject):  # type: ignore[misc]
    """Fills the visible area; its lines and words keep their size in pixels at every zoom."""

    def __init__(self, theme: Theme, scale: float = 1.0) -> None:
        super().__init__()
        self.theme, self.text_scale = theme, scale

    def set_look(self, theme: Theme, scale: float) -> None:
        """Take the theme's colours and the factor on all sizes."""
        self.theme, self.text_scale = theme, scale
        self.update()

    @abstractmethod
    def draw(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw with a painter in logical pixels; ``pixel`` says where a place lies."""

    def visible_pixels(self, pixel: ToPixels) -> QRectF:
        """Return the visible area in the painter's pixels."""
        area = self.boundingRect()
        return QRectF(pixel((area.left(), area.top())), pixel((area.right(), area.bottom()))).normalized()

    def boundingRect(self) -> QRectF:
        """Return the whole visible area."""
        return QRectF(self.viewRect()) if self.getViewBox() is not None else QRectF()

    def viewTransformChanged(self) -> None:
        """Follow the view box, whose area is this item's own."""
        self.prepareGeometryChange()
        super().viewTransformChanged()  # forgets the area that viewRect remembers

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Leave latent units and draw in pixels."""
        transform = painter.worldTransform()

        def pixel(place: Place) -> QPointF:
            return transform.map(QPointF(*place))

        painter.save()
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw(painter, pixel)
        painter.restore()
