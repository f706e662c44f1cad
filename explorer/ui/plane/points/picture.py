"""The picture of a plane's points, which knows what of it can be kept when the view moves. No Qt."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer.ui.plane.points.cloud import Area, Cloud
from explorer.ui.plane.points.point_style import PointStyle, draw, marks_for

_CLOSE: Final = 0.02
"""How far, in pixels, a kept part may lie from where it would be drawn anew."""


@dataclass(frozen=True)
class Frame:
    """What a picture shows and how.

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
    """Draws one cloud's frames; a move by whole pixels, as a hand makes it, keeps what stays in sight.

    Parameters
    ----------
    cloud, ink
        The points, and their `explorer.ui.plane.points.point_style.inks` in the cloud's order.
    """

    def __init__(self, cloud: Cloud, ink: NDArray[np.float32]) -> None:
        self._cloud = cloud
        self._ink = ink
        self._anchor: Frame | None = (
            None  # the last frame drawn whole: moves are measured from it, so errors do not add
        )
        self._offset = (0, 0)
        self._marks = PointStyle(radius=1, crisp=True, lone=1, crowd=2)
        self._pixels: NDArray[np.uint8] = np.zeros((0, 0, 4), dtype=np.uint8)

    def show(self, frame: Frame) -> NDArray[np.uint8]:
        """Return the frame's ``(height, width, 4)`` premultiplied red, green, blue, alpha; not to be written to."""
        offset = None if self._anchor is None else _moved(self._anchor, frame)
        if offset is None:
            self._anchor, self._offset = frame, (0, 0)
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
        """Shift the picture to a view that moved by whole pixels, and draw the strips that came into sight."""
        height, width = frame.shape
        if abs(across) >= width or abs(down) >= height:
            return self._draw(frame, frame.area, frame.shape)
        pixels = np.empty_like(self._pixels)
        kept_rows, kept_columns = _kept(down, height), _kept(across, width)
        pixels[kept_rows[0], kept_columns[0]] = self._pixels[kept_rows[1], kept_columns[1]]
        for rows, columns in (
            (_gained(down, height), slice(0, width)),
            (kept_rows[0], _gained(across, width)),
        ):
            shape = (rows.stop - rows.start, columns.stop - columns.start)
            if min(shape) > 0:
                pixels[rows, columns] = self._draw(frame, _part(frame, rows, columns), shape)
        return pixels


def _moved(old: Frame, new: Frame) -> tuple[int, int] | None:
    """Return by how many pixels the view has moved, right and down; None if it did anything else."""
    if replace(new, area=old.area) != old:
        return None
    offset: list[int] = []
    for first, second, size in zip(_edges(old), _edges(new), reversed(old.shape), strict=True):
        pixel = (first[1] - first[0]) / size
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
    """Return where the kept part lies now, and where it lay before."""
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
