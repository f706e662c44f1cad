"""All points of a plane as one item of a plot.

1. The setters store points, colours, hidden groups, filter and emphasis as arrays, and drop what these invalidate.
2. `paint` finds the visible area in device pixels.
3. `Cloud` sorts the shown points into a grid, once per set of shown points.
4. `Picture` draws the visible points, once per view; after panning by whole pixels it reuses most of its pixels.
5. `paint` draws the resulting image in device pixels, without Qt's scaling.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from explorer.ui.plane.points.blending import Ink, class_ink, draw, load_libraries
from explorer.ui.plane.points.cloud import Area, Cloud, make_cloud
from explorer.ui.plane.points.point_style import PointStyle, marks_for

_CLOSE: Final = 0.02
"""Tolerance, in device pixels, for a move to count as one by whole pixels."""


@dataclass(frozen=True)
class Frame:
    """The area that a picture shows, and its style.

    Attributes
    ----------
    area
        In data units.
    shape
        Height and width in device pixels.
    ratio
        Device pixels per logical pixel.
    size, opacity
        The user's factors on the marks.
    """

    area: Area
    shape: tuple[int, int]
    ratio: float = 1.0
    size: float = 1.0
    opacity: float = 1.0

    @property
    def pixel(self) -> tuple[float, float]:
        """Width and height of a device pixel in data units; negative where the axis runs the other way."""
        return (
            (self.area.right - self.area.left) / self.shape[1],
            (self.area.bottom - self.area.top) / self.shape[0],
        )


class Picture:
    """Draws frames of one cloud. After a move by whole pixels, as panning makes it, visible pixels are reused.

    1. `show` receives a `Frame`: the area in data units, the size in device pixels, and the style.
    2. If the area moved by whole pixels and nothing else changed, the pixels that stay visible are copied.
    3. Only the strips that became visible are drawn.
    4. Any other change draws the whole frame and makes it the anchor from which later moves are measured.

    Parameters
    ----------
    cloud, ink
        The points, and their colours in the cloud's order.
    """

    def __init__(self, cloud: Cloud, ink: Ink) -> None:
        self._cloud = cloud
        self._ink = ink
        # The last frame that was drawn completely. Moves are measured from it, so rounding errors do not add up.
        self._anchor: Frame | None = None
        # Right and down from the anchor, in device pixels.
        self._offset = (0, 0)
        self._marks = PointStyle(radius=1, crisp=True, lone=1, crowd=2)
        self._pixels: NDArray[np.uint8] = np.zeros((0, 0, 4), dtype=np.uint8)

    def show(self, frame: Frame) -> NDArray[np.uint8]:
        """Return the frame as ``(height, width, 4)`` uint8 RGBA, premultiplied. The caller must not write to it."""
        offset = None if self._anchor is None else _moved(self._anchor, frame)
        if offset is None:
            self._anchor, self._offset = frame, (0, 0)
            # Style is chosen for complete frames alone: a strip drawn in another style would show a seam.
            self._marks = marks_for(self._cloud, frame.area, frame.shape, frame.ratio, frame.size, frame.opacity)
            self._pixels = self._draw(frame.area, frame.shape)
        elif offset != self._offset:
            across, down = offset[0] - self._offset[0], offset[1] - self._offset[1]
            self._offset = offset
            self._pixels = self._move(frame, across, down)
        return self._pixels

    def _draw(self, area: Area, shape: tuple[int, int], row: int = 0, column: int = 0) -> NDArray[np.uint8]:
        """Draw an area whose first pixel is at a row and a column of the present frame."""
        phase = row + self._offset[1], column + self._offset[0]
        return draw(self._cloud, self._ink, area, shape, self._marks, phase)

    def _move(self, frame: Frame, across: int, down: int) -> NDArray[np.uint8]:
        """Return the picture of a view moved by whole pixels: copy what stays visible, draw the new strips."""
        height, width = frame.shape
        if abs(across) >= width or abs(down) >= height:
            return self._draw(frame.area, frame.shape)
        # A new array: Qt may still read the old one, on which the QImage on screen is based.
        pixels = np.empty_like(self._pixels)
        kept_rows, kept_columns = _kept(down, height), _kept(across, width)
        pixels[kept_rows[0], kept_columns[0]] = self._pixels[kept_rows[1], kept_columns[1]]
        # First the full-width strip above or below, then the rest of the columns: their corner is drawn once.
        for rows, columns in (
            (_gained(down, height), slice(0, width)),
            (kept_rows[0], _gained(across, width)),
        ):
            shape = (rows.stop - rows.start, columns.stop - columns.start)
            if min(shape) > 0:
                pixels[rows, columns] = self._draw(_part(frame, rows, columns), shape, rows.start, columns.start)
        return pixels


def _moved(old: Frame, new: Frame) -> tuple[int, int] | None:
    """Return the view's move in device pixels, right and down; None if anything but the position changed."""
    if replace(new, area=old.area) != old:
        return None
    offset: list[int] = []
    for first, second, size in zip(_edges(old), _edges(new), reversed(old.shape), strict=True):
        pixel = (first[1] - first[0]) / size
        # Both edges must have moved equally; otherwise the view was zoomed or resized.
        moves = [(after - before) / pixel for before, after in zip(first, second, strict=True)]
        whole = round(moves[0])
        if max(abs(move - whole) for move in moves) > _CLOSE:
            return None
        offset.append(whole)
    return offset[0], offset[1]


def _edges(frame: Frame) -> tuple[tuple[float, float], tuple[float, float]]:
    area = frame.area
    return (area.left, area.right), (area.top, area.bottom)


def _kept(move: int, size: int) -> tuple[slice, slice]:
    """Return the slice of the kept pixels in the new picture, and in the old one."""
    now = slice(max(-move, 0), size - max(move, 0))
    return now, slice(now.start + move, now.stop + move)


def _gained(move: int, size: int) -> slice:
    return slice(size - move, size) if move > 0 else slice(0, -move)


def _part(frame: Frame, rows: slice, columns: slice) -> Area:
    width, height = frame.pixel
    left, top = frame.area.left, frame.area.top
    return Area(
        left=left + columns.start * width,
        right=left + columns.stop * width,
        top=top + rows.start * height,
        bottom=top + rows.stop * height,
    )


class PointsItem(pg.GraphicsObject):  # type: ignore[misc]
    """Draws the points of a latent plane, from a few to a million, coloured by group or individually."""

    def __init__(self) -> None:
        super().__init__()
        self._points: NDArray[np.float32] = np.empty((0, 2), dtype=np.float32)
        self._colours: NDArray[np.uint8] = np.full((1, 3), 128, dtype=np.uint8)
        self._groups: NDArray[Any] | None = np.empty(0, dtype=np.uint8)
        self._hidden: frozenset[int] = frozenset()
        self._filter: NDArray[np.bool_] | None = None
        self._emphasis: NDArray[np.float32] | None = None
        self._size, self._opacity = 1.0, 1.0
        self._cloud: Cloud | None = None
        self._picture: Picture | None = None

    def set_points(self, points: NDArray[Any]) -> None:
        """Set the points: ``(N, 2)`` in data units, copied; points with a NaN are not drawn.

        If N is unchanged, colours, groups, filter and emphasis are kept; otherwise they are reset.
        """
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"points have shape {points.shape} instead of (N, 2)")
        if len(points) != len(self._points):
            self._groups = np.zeros(len(points), dtype=np.uint8)
            self._colours = self._colours[:1]
            self._filter = self._emphasis = None
            self._hidden = frozenset()
        if len(points):  # an empty plane, as at the start of the program, needs no scipy
            load_libraries()
        # float32 halves the memory traffic of a million points and is exact to a fraction of a pixel.
        self._points = np.array(points, dtype=np.float32)
        self._forget_cloud()

    def set_colours(self, colours: NDArray[np.uint8], groups: NDArray[Any] | None = None) -> None:
        """Set the colours of the groups, or of each point.

        Parameters
        ----------
        colours
            ``(K, 3)`` sRGB, one row per group; or ``(N, 3)``, one per point, if ``groups`` is None.
        groups
            ``(N,)`` integers from 0 to K − 1.
        """
        rows = len(self._points)
        if groups is None and len(colours) != rows:
            raise ValueError(f"{len(colours)} colours for {rows} points; give one colour per point")
        if groups is not None and (
            len(groups) != rows or (rows and not 0 <= groups.min() <= groups.max() < len(colours))
        ):
            raise ValueError(f"groups must be {rows} numbers from 0 to {len(colours) - 1}, one per point")
        self._colours = np.array(colours, dtype=np.uint8)
        self._groups = None if groups is None else np.array(groups)
        # Which groups are hidden is the same, but which points belong to them may not be.
        if self._hidden:
            self._forget_cloud()
        self._forget_picture()

    def set_hidden(self, groups: frozenset[int] | set[int]) -> None:
        """Hide the points of these groups; the empty set shows all. Without groups it has no effect."""
        if frozenset(groups) != self._hidden:
            self._hidden = frozenset(groups)
            self._forget_cloud()

    def set_filter(self, shown: NDArray[np.bool_] | None) -> None:
        """Filter points: ``(N,)``, True for those to show, or None to show all."""
        self._filter = None if shown is None else self._one_each(shown).astype(np.bool_)
        self._forget_cloud()

    def set_emphasis(self, weights: NDArray[Any] | None) -> None:
        """Fade points: ``(N,)`` from 0 (invisible) to 1 (normal), or None for 1 everywhere."""
        self._emphasis = None if weights is None else self._one_each(weights).astype(np.float32)
        self._forget_picture()

    def set_size_opacity(self, size: float = 1.0, opacity: float = 1.0) -> None:
        """Set factors on the marks' size (including the text scale) and opacity."""
        self._size, self._opacity = size, opacity
        self.update()

    def shown(self) -> NDArray[np.bool_]:
        """Return ``(N,)`` booleans: True for points neither hidden nor filtered out, for hit tests."""
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
        """Return the range of the shown points along an axis, of the middle ``frac`` of them; pyqtgraph calls it."""
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
        """Return how far marks extend beyond their points, in pixels; pyqtgraph calls it."""
        return 5 * self._size

    def boundingRect(self) -> QRectF:
        """Return the visible area, which the picture covers."""
        return QRectF(self.viewRect()) if self.getViewBox() is not None else QRectF()

    def viewTransformChanged(self) -> None:
        """Update the item's area, which is that of the view box."""
        self.prepareGeometryChange()
        super().viewTransformChanged()  # clears the area cached by viewRect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the picture, computing it first if it is out of date."""
        ratio = painter.device().devicePixelRatioF()
        transform = painter.worldTransform()
        on_screen = transform.mapRect(self.boundingRect())
        # Whole device pixels: an image at a fraction of one would be resampled and blurred.
        left, top = np.floor(on_screen.left() * ratio), np.floor(on_screen.top() * ratio)
        width = int(np.ceil(on_screen.right() * ratio) - left)
        height = int(np.ceil(on_screen.bottom() * ratio) - top)
        # Qt paints once before the layout has given the view box a size; its transform cannot be inverted.
        inverse, possible = transform.inverted()
        if not possible or width <= 0 or height <= 0:
            return
        area = _area(inverse, left / ratio, top / ratio, width / ratio, height / ratio)
        frame = Frame(area, (height, width), ratio, self._size, self._opacity)
        pixels = self._pictured().show(frame)
        # QImage does not copy the buffer; `pixels` outlives the drawing below.
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied)
        image.setDevicePixelRatio(ratio)
        painter.save()
        # The image is in device pixels: data units, whose y axis points up, would scale and flip it.
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
            # The cloud's points are sorted by cell: colours, groups and emphasis follow its order.
            weights = None if self._emphasis is None else self._emphasis[cloud.order]
            if self._groups is None:
                ink = Ink(self._colours[cloud.order], None, weights)
            else:
                ink = class_ink(self._colours, self._groups[cloud.order], weights)
            self._picture = Picture(cloud, ink)
        return self._picture

    def _one_each(self, values: NDArray[Any]) -> NDArray[Any]:
        if values.shape != (len(self._points),):
            raise ValueError(
                f"values have shape {values.shape} for {len(self._points)} points; give one value per point"
            )
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
