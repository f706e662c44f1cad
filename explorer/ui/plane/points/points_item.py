"""All points of a plane as one item of a plot, drawn anew only when the view or the data has changed."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from explorer.ui.plane.points.cloud import Area, Cloud, make_cloud
from explorer.ui.plane.points.picture import Frame, Picture
from explorer.ui.plane.points.point_style import inks, load_libraries


class PointsItem(pg.GraphicsObject):  # type: ignore[misc]
    """Points of a latent plane, a few or a million, coloured by class or one by one.

    Parameters
    ----------
    dark
        Whether the plane's ground is dark.
    """

    def __init__(self, dark: bool = True) -> None:
        super().__init__()
        self._points: NDArray[np.float32] = np.empty((0, 2), dtype=np.float32)
        self._colours: NDArray[np.uint8] = np.full((1, 3), 128, dtype=np.uint8)
        self._groups: NDArray[Any] | None = np.empty(0, dtype=np.uint8)
        self._hidden: frozenset[int] = frozenset()
        self._filter: NDArray[np.bool_] | None = None
        self._emphasis: NDArray[np.float32] | None = None
        self._size, self._opacity, self._dark = 1.0, 1.0, dark
        self._cloud: Cloud | None = None
        self._picture: Picture | None = None

    def set_points(self, points: NDArray[Any]) -> None:
        """Move the points: ``(N, 2)`` in data units, which are copied; those with a NaN are not drawn.

        While N stays, colours, groups, filter and emphasis stay too; where it changes, they start over.
        """
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"points have the shape {points.shape}: (N, 2) is right")
        if len(points) != len(self._points):
            self._groups = np.zeros(len(points), dtype=np.uint8)
            self._colours = self._colours[:1]
            self._filter = self._emphasis = None
            self._hidden = frozenset()
        if len(points):  # an empty plane, as at the start of the program, needs no scipy
            load_libraries()
        self._points = np.array(points, dtype=np.float32)
        self._forget_cloud()

    def set_colours(self, colours: NDArray[np.uint8], groups: NDArray[Any] | None = None) -> None:
        """Colour by group, or each point by itself.

        Parameters
        ----------
        colours
            ``(K, 3)`` sRGB, one row per group; ``(N, 3)``, one per point, where ``groups`` is None.
        groups
            ``(N,)`` integers from 0 to K − 1.
        """
        rows = len(self._points)
        if groups is None and len(colours) != rows:
            raise ValueError(f"{len(colours)} colours for {rows} points: one each is right")
        if groups is not None and (
            len(groups) != rows or (rows and not 0 <= groups.min() <= groups.max() < len(colours))
        ):
            raise ValueError(f"groups of {rows} points must be {rows} numbers from 0 to {len(colours) - 1}")
        self._colours = np.array(colours, dtype=np.uint8)
        self._groups = None if groups is None else np.array(groups)
        if self._hidden:
            self._forget_cloud()
        self._forget_picture()

    def set_hidden(self, groups: frozenset[int] | set[int]) -> None:
        """Leave out the points of these groups; the empty set shows all. Without groups it has no effect."""
        if frozenset(groups) != self._hidden:
            self._hidden = frozenset(groups)
            self._forget_cloud()

    def set_filter(self, shown: NDArray[np.bool_] | None) -> None:
        """Leave out single points: ``(N,)``, true for those to keep, or None for all."""
        self._filter = None if shown is None else self._one_each(shown).astype(np.bool_)
        self._forget_cloud()

    def set_emphasis(self, weights: NDArray[Any] | None) -> None:
        """Fade single points: ``(N,)`` from 0 (gone) to 1 (normal), or None for all 1."""
        self._emphasis = None if weights is None else self._one_each(weights).astype(np.float32)
        self._forget_picture()

    def set_size_opacity(self, size: float = 1.0, opacity: float = 1.0) -> None:
        """Scale the marks' size (text scale included) and their opacity, both 1 by default."""
        self._size, self._opacity = size, opacity
        self.update()

    def set_dark(self, dark: bool) -> None:
        """Say whether the plane's ground is dark; the colours are set apart."""
        self._dark = dark
        self.update()

    def shown(self) -> NDArray[np.bool_]:
        """Return ``(N,)`` which points are neither hidden nor filtered out, for hit tests."""
        shown = np.ones(len(self._points), dtype=np.bool_) if self._filter is None else self._filter.copy()
        if self._hidden and self._groups is not None:
            shown &= ~np.isin(self._groups, list(self._hidden))
        return shown

    def dataBounds(
        self,
        ax: int,
        frac: float = 1.0,
        orthoRange: tuple[float, float] | None = None,
    ) -> tuple[float | None, float | None]:
        """Tell the view box the span of the shown points along an axis: the middle ``frac`` of them."""
        cloud = self._sorted()
        values, across = (cloud.x, cloud.y) if ax == 0 else (cloud.y, cloud.x)
        if orthoRange is not None:
            values = values[(across >= orthoRange[0]) & (across <= orthoRange[1])]
        if len(values) == 0:
            return None, None
        if frac >= 1:
            return float(values.min()), float(values.max())
        low, high = np.quantile(values, [(1 - frac) / 2, (1 + frac) / 2])
        return float(low), float(high)

    def pixelPadding(self) -> float:
        """Tell the view box how far marks reach beyond their points, in pixels."""
        return 5 * self._size

    def boundingRect(self) -> QRectF:
        """Return the whole visible area: the picture covers it."""
        return QRectF(self.viewRect()) if self.getViewBox() is not None else QRectF()

    def viewTransformChanged(self) -> None:
        """Follow the view box, whose area is this item's own."""
        self.prepareGeometryChange()
        super().viewTransformChanged()  # forgets the area that viewRect remembers

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Put the picture on the screen, drawn anew if it is out of date."""
        ratio = painter.device().devicePixelRatioF()
        transform = painter.worldTransform()
        on_screen = transform.mapRect(self.boundingRect())
        left, top = np.floor(on_screen.left() * ratio), np.floor(on_screen.top() * ratio)
        width = int(np.ceil(on_screen.right() * ratio) - left)
        height = int(np.ceil(on_screen.bottom() * ratio) - top)
        inverse, possible = transform.inverted()
        if not possible or width <= 0 or height <= 0:
            return
        area = _area(inverse, left / ratio, top / ratio, width / ratio, height / ratio)
        frame = Frame(area, (height, width), ratio, self._size, self._opacity, self._dark)
        pixels = self._pictured().show(frame)
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied)
        image.setDevicePixelRatio(ratio)
        painter.save()
        painter.setWorldTransform(QTransform())
        painter.drawImage(QPointF(left / ratio, top / ratio), image)
        painter.restore()

    def _sorted(self) -> Cloud:
        if self._cloud is None:
            everything = self._filter is None and not self._hidden
            self._cloud = make_cloud(self._points, None if everything else self.shown())
        return self._cloud

    def _pictured(self) -> Picture:
        if self._picture is None:
            cloud = self._sorted()
            emphasis = None if self._emphasis is None else self._emphasis[cloud.order]
            if self._groups is None:
                ink = inks(self._colours[cloud.order], None, emphasis)
            else:
                ink = inks(self._colours, self._groups[cloud.order], emphasis)
            self._picture = Picture(cloud, ink)
        return self._picture

    def _one_each(self, values: NDArray[Any]) -> NDArray[Any]:
        if values.shape != (len(self._points),):
            raise ValueError(f"values of the shape {values.shape} for {len(self._points)} points: one each is right")
        return np.array(values)

    def _forget_cloud(self) -> None:
        self._cloud = None
        self._forget_picture()

    def _forget_picture(self) -> None:
        self._picture = None
        self.update()


def _area(inverse: QTransform, left: float, top: float, width: float, height: float) -> Area:
    first = inverse.map(QPointF(left, top))
    last = inverse.map(QPointF(left + width, top + height))
    return Area(left=first.x(), right=last.x(), top=first.y(), bottom=last.y())
