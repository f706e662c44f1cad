"""The image of a plane's points; reuses its pixels when the view moves by whole pixels. No Qt.

1. `Picture.show` receives a `Frame`: the area in data units, the size in device pixels, and the style.
2. If the area moved by whole pixels and nothing else changed, the pixels that stay visible are copied.
3. Only the strips that became visible are drawn.
4. Any other change draws the whole frame and makes it the anchor from which later moves are measured.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer.ui.plane.points.cloud import Area, Cloud
from explorer.ui.plane.points.point_style import PointStyle, draw, marks_for

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
    dark
        Whether the ground is dark.
    """

    area: Area
    shape: tuple[int, int]
    ratio: float = 1.0
    size: float = 1.0
    opacity: float = 1.0
    dark: bool = True

    @property
    def pixel(self) -> tuple[float, float]:
        """Width and height of a device pixel in data units; negative where the axis runs the other way."""
        return (
            (self.area.right - self.area.left) / self.shape[1],
            (self.area.bottom - self.area.top) / self.shape[0],
        )


class Picture:
    """Draws frames of one cloud. After a move by whole pixels, as panning makes it, visible pixels are reused.

    Parameters
    ----------
    cloud, ink
        The points, and their `explorer.ui.plane.points.point_style.inks` in the cloud's order.
    """

    def __init__(self, cloud: Cloud, ink: NDArray[np.float32]) -> None:
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
            self._pixels = self._draw(frame, frame.area, frame.shape)
        elif offset != self._offset:
            across, down = offset[0] - self._offset[0], offset[1] - self._offset[1]
            self._offset = offset
            self._pixels = self._move(frame, across, down)
        return self._pixels

    def _draw(self, frame: Frame, area: Area, shape: tuple[int, int]) -> NDArray[np.uint8]:
        return draw(self._cloud, self._ink, area, shape, self._marks, frame.dark)

    def _move(self, frame: Frame, across: int, down: int) -> NDArray[np.uint8]:
        """Return the picture of a view moved by whole pixels: copy what stays visible, draw the new strips."""
        height, width = frame.shape
        if abs(across) >= width or abs(down) >= height:
            return self._draw(frame, frame.area, frame.shape)
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
                pixels[rows, columns] = self._draw(frame, _part(frame, rows, columns), shape)
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
