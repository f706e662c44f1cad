"""From latent units to pixels: the map of many points at once, and the base of items that are drawn in pixels."""

from abc import abstractmethod
from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.functions import create_qpolygonf, ndarray_from_qpolygonf
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPolygonF, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from explorer.latent.plane.box import Box, Point
from explorer.ui.theme.theme import Theme

ToPixels = Callable[[Point], QPointF]


class ScreenItem(pg.GraphicsObject):  # type: ignore[misc]
    """Base of the items over the points: covers the visible area; lines and texts keep their size at every zoom."""

    def __init__(self, theme: Theme, scale: float = 1.0) -> None:
        super().__init__()
        self.theme, self.text_scale = theme, scale

    def apply_theme(self, theme: Theme, scale: float) -> None:
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

        def pixel(point: Point) -> QPointF:
            return transform.map(QPointF(*point))

        painter.save()
        # With the data transform, pens and texts would be scaled and mirrored.
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw(painter, pixel)
        painter.restore()


class PlaneMap:
    """The affine map from latent units to pixels, without rotation."""

    def __init__(self, pixel: ToPixels) -> None:
        # Three points determine the map; mapping each point by Qt would call C++ once per point.
        start, across, up = (pixel(point) for point in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
        self._start = np.array([start.x(), start.y()])
        self._scale = np.array([across.x() - start.x(), up.y() - start.y()])

    @property
    def pixels_per_unit(self) -> tuple[float, float]:
        """Width and height of a latent unit, in pixels."""
        return abs(float(self._scale[0])), abs(float(self._scale[1]))

    def shift_to(self, other: "PlaneMap") -> QPointF | None:
        """Return the shift to another map of the same scale, in pixels; None for another scale."""
        if not np.allclose(self._scale, other._scale, rtol=1e-9, atol=0.0):
            return None
        return QPointF(*(other._start - self._start).tolist())

    def points(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the pixels ``(n, 2)`` of points ``(n, 2)`` in latent units."""
        result: NDArray[np.float64] = self._start + points * self._scale
        return result

    def polygon(self, points: NDArray[np.float64]) -> QPolygonF:
        """Return points ``(n, 2)`` in latent units as a polygon in pixels."""
        polygon: QPolygonF = create_qpolygonf(len(points))
        ndarray_from_qpolygonf(polygon)[:] = self.points(points)  # ten times as fast as point by point
        return polygon

    def rect(self, box: Box) -> QRectF:
        """Return a box in pixels."""
        (left, bottom), (right, top) = self.points(np.array([[box.left, box.bottom], [box.right, box.top]])).tolist()
        return QRectF(QPointF(left, top), QPointF(right, bottom))
