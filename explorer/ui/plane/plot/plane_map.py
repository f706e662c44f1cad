"""Where places of a plane lie in pixels, many at once."""

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.functions import create_qpolygonf, ndarray_from_qpolygonf
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPolygonF

from explorer.latent.plane.box import Box
from explorer.ui.plane.plot.screen_item import ToPixels


class PlaneMap:
    """The straight map that a plane is drawn by."""

    def __init__(self, pixel: ToPixels) -> None:
        start, across, up = (pixel(place) for place in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
        self._start = np.array([start.x(), start.y()])
        self._scale = np.array([across.x() - start.x(), up.y() - start.y()])

    @property
    def pixels_per_unit(self) -> tuple[float, float]:
        """How many pixels a latent unit is wide and high."""
        return abs(float(self._scale[0])), abs(float(self._scale[1]))

    def shift_to(self, other: "PlaneMap") -> QPointF | None:
        """Return by how many pixels another map of the same scale is shifted; None for one of another scale."""
        if not np.allclose(self._scale, other._scale, rtol=1e-9, atol=0.0):
            return None
        return QPointF(*(other._start - self._start).tolist())

    def points(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the pixels ``(n, 2)`` of places ``(n, 2)``."""
        result: NDArray[np.float64] = self._start + places * self._scale
        return result

    def polygon(self, places: NDArray[np.float64]) -> QPolygonF:
        """Return places ``(n, 2)`` as a line in pixels."""
        polygon: QPolygonF = create_qpolygonf(len(places))
        ndarray_from_qpolygonf(polygon)[:] = self.points(places)  # ten times as fast as point by point
        return polygon

    def rect(self, box: Box) -> QRectF:
        """Return a box in pixels."""
        (left, bottom), (right, top) = self.points(np.array([[box.left, box.bottom], [box.right, box.top]])).tolist()
        return QRectF(QPointF(left, top), QPointF(right, bottom))
