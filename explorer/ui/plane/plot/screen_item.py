"""Base class of items over the points: positioned in latent units, drawn in pixels."""

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
    """Covers the visible area; its lines and texts keep their size in pixels at every zoom."""

    def __init__(self, theme: Theme, scale: float = 1.0) -> None:
        super().__init__()
        self.theme, self.text_scale = theme, scale

    def set_look(self, theme: Theme, scale: float) -> None:
        """Set the theme and the factor on all sizes."""
        self.theme, self.text_scale = theme, scale
        self.update()

    @abstractmethod
    def draw(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw with a painter in logical pixels; ``pixel`` maps points of the plane to pixels."""

    def visible_pixels(self, pixel: ToPixels) -> QRectF:
        """Return the visible area in the painter's pixels."""
        # The y axis points up in latent units and down in pixels: normalized() swaps the edges.
        area = self.boundingRect()
        return QRectF(pixel((area.left(), area.top())), pixel((area.right(), area.bottom()))).normalized()

    def boundingRect(self) -> QRectF:
        """Return the visible area, in latent units."""
        return QRectF(self.viewRect()) if self.getViewBox() is not None else QRectF()

    def viewTransformChanged(self) -> None:
        """Update the item's area, which is that of the view box."""
        self.prepareGeometryChange()
        super().viewTransformChanged()  # clears the area cached by viewRect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Reset the painter to pixels and call `draw`."""
        transform = painter.worldTransform()

        def pixel(place: Place) -> QPointF:
            return transform.map(QPointF(*place))

        painter.save()
        # With the data transform, pens and texts would be scaled and mirrored.
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw(painter, pixel)
        painter.restore()
