"""Draws the points of a plane as round marks whose colours are blended so that the densest class dominates. No Qt.

1. `Ink` has the class of each point, or its own colour, and its weight.
2. Few marks are discs (`_discs`). Many are points shared among four pixels (`_shared`) and then blurred by a filter.
3. `Footprints` add the weights of all marks on each pixel, one sum for each class, by a sparse matrix product.
4. `_blend` weights the colour of each class by the cube of its sum, in linear light. So the class with most points on
   a pixel gives it its colour: overlapping red and green points never look yellow, which may be a third class. Points
   without classes, coloured by a continuous value, get the mean colour.
5. `_packed` makes the pixels: the opacity grows with the number of marks.

Of soft marks, the classes are summed on blocks of pixels, as colour needs less detail than opacity (4:2:0 video does
the same). Positions keep their fraction of a pixel. Sums do not depend on the order of points: no class hides another.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from explorer.ui.plane.points.cloud import Area, Cloud
from explorer.ui.plane.points.point_style import PointStyle, half_side, soft_filter

_CHANNELS: Final = 4
"""Number of sums per pixel that soft marks can afford; more classes are summed on larger blocks."""
_BAND: Final = 32
"""Rows of blocks that are filtered and toned at a time; so few fit into the processor's cache."""
_CHUNK: Final = 8192
"""Pixels of discs that are toned at a time, for the same reason."""
_KEPT_BYTES: Final = 24 << 20
_MIN_WEIGHT: Final = 1e-30
"""Divisor where no class has a weight."""


def load_libraries() -> None:
    """Import scipy's sparse matrices, which `draw` needs: a fifth of a second, too long for a first paint."""
    import scipy.sparse

    assert scipy.sparse.csc_matrix
    # After a block of this size was freed, glibc keeps freed memory up to twice the size instead of returning it to
    # the system. Otherwise each picture would have to fetch its few megabytes again, which takes as long as drawing.
    np.empty(_KEPT_BYTES, dtype=np.uint8)


MAX_SUMS = 256
"""Number of classes above which those with equal colours are merged."""


@dataclass(frozen=True, eq=False)
class Ink:
    """The colours of points, in the order of their cloud.

    Attributes
    ----------
    colours
        ``(K, 3)`` sRGB of each class, or ``(n, 3)`` of each point where ``groups`` is None.
    groups
        ``(n,)`` integers, each point's row of ``colours``.
    weights
        ``(n,)`` weight of each point, 0 (gone) to 1, or None for all 1.
    """

    colours: NDArray[np.uint8]
    groups: NDArray[Any] | None = None
    weights: NDArray[np.float32] | None = None

    @property
    def light(self) -> NDArray[np.float32]:
        """The colours in linear light, approximated by squares, and a column of ones: ``(K or n, 4)``."""
        table = np.ones((len(self.colours), 4), dtype=np.float32)
        table[:, :3] = (self.colours.astype(np.float32) / 255) ** 2
        return table

    @property
    def block(self) -> int:
        """Side in pixels of the blocks on which soft marks are summed by class."""
        return 1 if self.groups is None else int(np.ceil(np.sqrt(len(self.colours) / _CHANNELS)))

    def picked(self, runs: list[slice]) -> "Ink":
        """Return the ink of the points in these slices."""
        weights = None if self.weights is None else _pick(self.weights, runs)
        if self.groups is None:
            return Ink(_pick(self.colours, runs), None, weights)
        return Ink(self.colours, _pick(self.groups, runs), weights)


def class_ink(colours: NDArray[np.uint8], groups: NDArray[Any], weights: NDArray[np.float32] | None) -> Ink:
    """Return the ink of points by class; of many classes, those with equal colours are drawn as one.

    A picture needs a sum for each class and pixel, and the colours of classes repeat after about two hundred.
    """
    if len(colours) > MAX_SUMS:
        colours, same = np.unique(colours, axis=0, return_inverse=True)
        groups = same.reshape(-1)[groups]
    return Ink(colours, groups, weights)


def draw(
    cloud: Cloud, ink: Ink, area: Area, shape: tuple[int, int], marks: PointStyle, phase: tuple[int, int] = (0, 0)
) -> NDArray[np.uint8]:
    """Draw the points that lie in an area.

    Parameters
    ----------
    cloud, ink
        The points and their colours.
    area
        What the picture shows, in data units.
    shape
        Height and width of the picture in device pixels.
    marks
        See `explorer.ui.plane.points.point_style.marks_for`.
    phase
        Row and column of the first pixel in a larger picture, so that its blocks are those of the larger one.

    Returns
    -------
    ``(height, width, 4)`` red, green, blue, alpha; premultiplied.
    """
    runs, u, v = pixels_in_view(cloud, area, shape, marks, ink.block)
    if not len(u):
        return np.zeros((*shape, 4), dtype=np.uint8)
    picked = ink.picked(runs)
    crisp = marks.crisp
    picture = _draw_discs(u, v, picked, shape, marks) if crisp else _draw_soft(u, v, picked, shape, marks, phase)
    # One int32 per pixel, little-endian: red is its lowest byte, so a view as uint8 is RGBA.
    return np.ascontiguousarray(picture).view(np.uint8).reshape(*shape, 4)


def pixels_in_view(
    cloud: Cloud, area: Area, shape: tuple[int, int], marks: PointStyle, block: int = 1
) -> tuple[list[slice], NDArray[np.float32], NDArray[np.float32]]:
    """Return the slices of the points whose marks may be visible, and their pixels, across and down."""
    scale_x, scale_y = shape[1] / (area.right - area.left), shape[0] / (area.bottom - area.top)
    # Soft marks reach farther than their radius; 3 blocks cover the filter's passes.
    margin = marks.radius * 2 + 3 * block
    runs = cloud.in_view(area, margin / abs(scale_x), margin / abs(scale_y))
    if not any(run.stop > run.start for run in runs):
        return [], np.empty(0, np.float32), np.empty(0, np.float32)
    with np.errstate(over="ignore"):  # far points overflow to infinity and are not drawn
        u = (_pick(cloud.x, runs) - np.float32(area.left)) * np.float32(scale_x)
        v = (_pick(cloud.y, runs) - np.float32(area.top)) * np.float32(scale_y)
    return runs, u, v


def _pick(values: NDArray[Any], runs: list[slice]) -> NDArray[Any]:
    return values[runs[0]] if len(runs) == 1 else np.concatenate([values[run] for run in runs])


@dataclass(frozen=True, eq=False)
class Footprints:
    """The pixels that each point's mark covers, ``(n, k)``, out of ``count``, and its coverage of each, ``(n, k)``."""

    pixels: NDArray[np.int32]
    coverage: NDArray[np.float32]
    count: int

    def sums(self, ink: Ink) -> NDArray[np.float32]:
        """Return the coverage of each pixel by class, ``(K, count)``; without classes, its light, ``(4, count)``."""
        if ink.groups is None:
            values = ink.light if ink.weights is None else ink.light * ink.weights[:, None]
            return np.ascontiguousarray(self._added(self.pixels, self.count, values).T)
        classes = len(ink.colours)
        # A row for each class and pixel: one number per entry instead of one for each class.
        rows = self.pixels + (np.asarray(ink.groups, dtype=np.int32) * np.int32(self.count))[:, None]
        return self._added(rows, self.count * classes, self._weights(ink)).reshape(classes, self.count)

    def total(self, ink: Ink) -> NDArray[np.float32]:
        """Return the coverage of each pixel by all points, ``(count,)``."""
        return self._added(self.pixels, self.count, self._weights(ink))

    def _weights(self, ink: Ink) -> NDArray[np.float32]:
        return np.ones(len(self.pixels), np.float32) if ink.weights is None else ink.weights

    def _added(self, rows: NDArray[np.int32], count: int, values: NDArray[np.float32]) -> NDArray[np.float32]:
        from scipy import sparse  # already loaded, by `load_libraries`

        points, each = rows.shape
        # Column by column: each point has the same number of entries, so the index needs no sorting.
        starts = np.arange(0, points * each + 1, each, dtype=np.int32)
        matrix = sparse.csc_matrix((self.coverage.reshape(-1), rows.reshape(-1), starts), shape=(count, points))
        added: NDArray[np.float32] = matrix @ values
        return added


# Discs: few points, each pixel exact


def _draw_discs(
    u: NDArray[np.float32], v: NDArray[np.float32], ink: Ink, shape: tuple[int, int], marks: PointStyle
) -> NDArray[np.int32]:
    covered, (height, width), pad = discs(u, v, shape, marks.radius)
    total = covered.total(ink)
    # Classes are summed on inked pixels alone: the empty rest of the plane costs nothing.
    inked = np.flatnonzero(total)
    picture = np.zeros(len(total), dtype="<i4")
    picture[inked] = np.arange(len(inked), dtype=np.int32)
    sums = Footprints(picture[covered.pixels], covered.coverage, len(inked)).sums(ink)
    for start in range(0, len(inked), _CHUNK):
        some = slice(start, start + _CHUNK)
        picture[inked[some]] = _packed(total[inked[some]], _blend(sums[:, some], ink), marks)
    return picture.reshape(height, width)[pad:-pad, pad:-pad]


def discs(
    u: NDArray[np.float32], v: NDArray[np.float32], shape: tuple[int, int], radius: float
) -> tuple[Footprints, tuple[int, int], int]:
    """Return the footprints of discs one pixel soft at the edge, the shape of their padded picture, and the padding.

    ``u``, ``v`` are ``(n,)`` pixel coordinates.
    """
    half = half_side(radius)
    # Padding takes discs that cross the edge, so that no index needs a test.
    pad = 2 * half + 1
    height, width = shape[0] + 2 * pad, shape[1] + 2 * pad
    column, across = _pixel_of(u, pad, half, width - half - 1)
    row, down = _pixel_of(v, pad, half, height - half - 1)
    steps = np.arange(1 - half, half + 1, dtype=np.int32)
    x_squared = (steps.astype(np.float32) - across[:, None]) ** 2
    y_squared = (steps.astype(np.float32) - down[:, None]) ** 2
    # (n, rows, columns) of each disc's square.
    coverage = y_squared[:, :, None] + x_squared[:, None, :]
    np.sqrt(coverage, out=coverage)
    np.subtract(np.float32(radius + 0.5), coverage, out=coverage)
    np.clip(coverage, 0, 1, out=coverage)
    pixels = (row[:, None] + steps)[:, :, None] * np.int32(width) + (column[:, None] + steps)[:, None, :]
    each = len(u), len(steps) ** 2
    return Footprints(pixels.reshape(each), coverage.reshape(each), height * width), (height, width), pad


# Soft marks: many points


def _draw_soft(
    u: NDArray[np.float32],
    v: NDArray[np.float32],
    ink: Ink,
    shape: tuple[int, int],
    marks: PointStyle,
    phase: tuple[int, int],
) -> NDArray[np.int32]:
    side = ink.block
    top, left = phase[0] % side, phase[1] % side
    blocks = -(-(top + shape[0]) // side), -(-(left + shape[1]) // side)
    height, width = blocks[0] * side, blocks[1] * side
    u, v = u + np.float32(left), v + np.float32(top)
    whole = Soft.of(u, v, ink, (height, width), marks.radius, by_class=side == 1)
    by_class = (
        whole if side == 1 else Soft.of(u / np.float32(side), v / np.float32(side), ink, blocks, marks.radius / side)
    )
    picture = np.empty((blocks[0], side, width), dtype="<i4")
    for first in range(0, blocks[0], _BAND):
        last = min(first + _BAND, blocks[0])
        sums = by_class.band(first, last)
        total = _total(sums, ink) if side == 1 else whole.band(first * side, last * side)[0]
        # All rows of a block take its colours.
        colours = np.repeat(_blend(sums, ink), side, axis=-1)[:, :, None]
        picture[first:last] = _packed(total.reshape(-1, side, width), colours, marks)
    return picture.reshape(height, width)[top : top + shape[0], left : left + shape[1]]


@dataclass(frozen=True, eq=False)
class Soft:
    """Sums on pixels before the filter, ``(K, rows, columns)``, padded on each side by the number of filter passes."""

    image: NDArray[np.float32]
    taps: tuple[float, float]
    passes: int

    @classmethod
    def of(
        cls, u: NDArray[np.float32], v: NDArray[np.float32], ink: Ink, shape: tuple[int, int], radius: float,
        *, by_class: bool = True,
    ) -> "Soft":  # fmt: skip
        """Return the sums by class, or over all classes, of points at pixels ``u``, ``v``."""
        taps, passes = soft_filter(radius)
        pad = passes + 2
        # On blocks, half a block away is near enough.
        covered = (_shared if ink.block == 1 or not by_class else _nearest)(u, v, shape, pad)
        sums = covered.sums(ink) if by_class else covered.total(ink)
        image = sums.reshape(-1, shape[0] + 2 * pad, shape[1] + 2 * pad)
        return cls(image[:, 2:-2, 2:-2], taps, passes)

    def band(self, top: int, bottom: int) -> NDArray[np.float32]:
        """Return the filtered rows from ``top`` to ``bottom`` (excluded), ``(K, rows, columns)``."""
        rows = self.image[:, top : bottom + 2 * self.passes]
        for _ in range(self.passes):
            rows = _filter(_filter(rows, self.taps, 1), self.taps, 2)
        return rows


def _shared(u: NDArray[np.float32], v: NDArray[np.float32], shape: tuple[int, int], pad: int) -> Footprints:
    """Return the footprints of points that are shared among their four nearest pixels."""
    height, width = shape[0] + 2 * pad, shape[1] + 2 * pad
    column, across = _pixel_of(u, pad, 0, width - 2)
    row, down = _pixel_of(v, pad, 0, height - 2)
    # Filled in place: temporaries of a million points cost more than the arithmetic.
    pixels = np.empty((len(u), 4), dtype=np.int32)
    np.add(row * np.int32(width), column, out=pixels[:, 0])
    for corner, offset in enumerate((1, width, width + 1), start=1):
        np.add(pixels[:, 0], offset, out=pixels[:, corner])
    coverage = np.empty((len(u), 4), dtype=np.float32)
    np.multiply(1 - across, 1 - down, out=coverage[:, 0])
    np.multiply(across, 1 - down, out=coverage[:, 1])
    np.multiply(1 - across, down, out=coverage[:, 2])
    np.multiply(across, down, out=coverage[:, 3])
    return Footprints(pixels, coverage, height * width)


def _nearest(u: NDArray[np.float32], v: NDArray[np.float32], shape: tuple[int, int], pad: int) -> Footprints:
    """Return the footprints of points that go to their nearest pixel."""
    height, width = shape[0] + 2 * pad, shape[1] + 2 * pad
    row, column = (
        np.clip(values + np.float32(pad), 0, size - 1).astype(np.int32) for values, size in ((v, height), (u, width))
    )
    row *= np.int32(width)
    row += column
    return Footprints(row[:, None], np.ones((len(u), 1), np.float32), height * width)


def _pixel_of(
    values: NDArray[np.float32], pad: int, lowest: int, highest: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the pixel of each coordinate, and the rest from that pixel's centre on, 0 to 1.

    Points outside the picture are moved to the edge of the padding, from where no mark reaches it.
    """
    moved = np.clip(values + np.float32(pad - 0.5), lowest, highest)
    pixel = moved.astype(np.int32)
    return pixel, moved - pixel.astype(np.float32)


def _filter(image: NDArray[np.float32], taps: tuple[float, float], axis: int) -> NDArray[np.float32]:
    """Apply ``(outer, inner, outer)`` along the axis 1 or 2, which becomes two pixels shorter."""
    outer, inner = np.float32(taps[0]), np.float32(taps[1])
    if axis == 1:
        before, here, after = image[:, :-2], image[:, 1:-1], image[:, 2:]
    else:
        before, here, after = image[..., :-2], image[..., 1:-1], image[..., 2:]
    result = before + after
    result *= outer
    result += here * inner
    return result


# Colours


def _total(sums: NDArray[np.float32], ink: Ink) -> NDArray[np.float32]:
    total: NDArray[np.float32] = sums[3] if ink.groups is None else sums.sum(axis=0)
    return total


def _blend(sums: NDArray[np.float32], ink: Ink) -> NDArray[np.float32]:
    """Return the colours of pixels, ``(3, ...)`` from 0 to 1, from their sums by class (or of light)."""
    mixed = sums
    if ink.groups is not None:
        cubes = sums * sums
        cubes *= sums
        mixed = (ink.light.T @ cubes.reshape(len(cubes), -1)).reshape(4, *sums.shape[1:])
    return np.asarray(np.sqrt(mixed[:3] / np.maximum(mixed[3], np.float32(_MIN_WEIGHT))))


def _packed(total: NDArray[np.float32], colours: NDArray[np.float32], marks: PointStyle) -> NDArray[np.int32]:
    """Return packed RGBA: opacity is proportional to the total up to one mark, then logarithmic in the depth."""
    # 0 for a single mark, 1 at the depth of a crowd.
    depth = np.log(np.maximum(total, 1))
    depth *= np.float32(1 / np.log(marks.crowd))
    np.minimum(depth, 1, out=depth)
    alpha = np.minimum(total, 1)
    alpha *= np.float32(marks.lone)
    alpha += np.float32(marks.top - marks.lone) * depth
    alpha *= 255
    # Packing four channels into an int32 is faster than writing them separately; red is the lowest byte.
    packed = alpha.astype(np.int32) << 24
    for channel in range(3):
        # Rounding may not take a colour beyond its alpha.
        value = np.minimum(colours[channel] * alpha, alpha)
        packed |= value.astype(np.int32) << (8 * channel)
    return packed
