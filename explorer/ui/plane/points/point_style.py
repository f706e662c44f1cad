"""Draws points as soft or crisp round marks that show their density, with numpy alone. No Qt.

1. `marks_for` chooses radius and opacity from the density of the points at this zoom.
2. `inks` turns colours and emphasis into values that can be added: ``(n, 4)``.
3. `draw` adds the inks of all marks on each pixel, by one sparse matrix product. Few marks are discs; many are points
   shared among four pixels and then blurred by a filter.
4. `_tone` turns sums into colours: a pixel has the mean colour of its marks, and its opacity grows with their number.

Positions keep their fraction of a pixel. Since sums do not depend on the order of the points, no class hides another.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from explorer.ui.plane.points.cloud import Area, Cloud

SMALLEST, LARGEST = 1.6, 4.5
"""Range of a mark's radius at size 1, in logical pixels."""

_CRISP_LIMIT: Final = 500_000
"""Maximum number of pixels touched by discs, counted per disc; above it marks are drawn soft, by a filter."""

_SPARSE: Final = 0.2
"""Share of inked pixels below which toning only those is faster than toning all."""

_BAND: Final = 64
"""Rows that are filtered and toned at a time; so few fit into the processor's cache."""


@dataclass(frozen=True)
class PointStyle:
    """How points are drawn at one zoom.

    Attributes
    ----------
    radius
        Of one mark, in device pixels.
    crisp
        Whether marks are drawn as discs; otherwise a filter over all of them makes them soft.
    lone
        Opacity of an isolated mark, 0 to 1.
    crowd
        Number of overlapping marks at which the opacity reaches its maximum.
    top
        Maximum opacity, 0 to 1.
    """

    radius: float
    crisp: bool
    lone: float
    crowd: float
    top: float = 1.0


def load_libraries() -> None:
    """Import scipy's sparse matrices, which `draw` needs: a fifth of a second, too long for a first paint."""
    import scipy.sparse

    assert scipy.sparse.csc_matrix


def marks_for(
    cloud: Cloud, area: Area, shape: tuple[int, int], ratio: float = 1.0, size: float = 1.0, opacity: float = 1.0
) -> PointStyle:
    """Return the style for a zoom: sparse points are large and solid, dense ones small and translucent.

    The style depends on the zoom, not on the visible points, so it stays the same while the plane is panned.

    Parameters
    ----------
    cloud, area, shape
        The points, the area of the picture, its height and width in device pixels.
    ratio
        Device pixels per logical pixel.
    size, opacity
        The user's factors.
    """
    device_pixel = abs((area.right - area.left) / shape[1] * (area.bottom - area.top) / shape[0])
    # Points per logical pixel, as an average point sees them.
    density = cloud.density * device_pixel * ratio**2
    # The fourth root keeps the covered share nearly constant over a few powers of ten of density.
    radius = float(np.clip(1.15 * max(density, 1e-9) ** -0.25, SMALLEST, LARGEST)) * size
    # Number of marks that overlap at an average point.
    depth = min(density * np.pi * radius**2, len(cloud))
    lone = 0.95 - 0.35 * depth / (depth + 2)
    in_view = min(len(cloud), cloud.density * device_pixel * shape[0] * shape[1])
    # The cost of discs: their number times the pixels of the square around each.
    crisp = in_view * (2 * _half(radius * ratio)) ** 2 <= _CRISP_LIMIT
    return PointStyle(radius * ratio, crisp, opacity * lone, 3 + 2 * depth, opacity)


def inks(
    colours: NDArray[np.uint8],
    groups: NDArray[Any] | None = None,
    emphasis: NDArray[Any] | None = None,
) -> NDArray[np.float32]:
    """Return the colour and weight of each point as values that can be added.

    Parameters
    ----------
    colours
        ``(K, 3)`` sRGB of each group, or of each point where ``groups`` is None.
    groups
        ``(N,)`` integers, each point's row of ``colours``.
    emphasis
        ``(N,)`` weight of each point, 0 (gone) to 1, or None for all 1.

    Returns
    -------
    ``(N, 4)``: squared red, green and blue (an approximation of linear light), and weight; each times the emphasis.
    """
    table = np.ones((len(colours), 4), dtype=np.float32)
    # Squaring approximates linear light: mixed colours do not turn dark, as those of added sRGB values do.
    table[:, :3] = (np.asarray(colours, dtype=np.float32) / 255) ** 2
    ink = table if groups is None else table[groups]
    if emphasis is not None:
        ink = ink * np.asarray(emphasis, dtype=np.float32)[:, None]
    return ink


def draw(
    cloud: Cloud,
    ink: NDArray[np.float32],
    area: Area,
    shape: tuple[int, int],
    marks: PointStyle,
    dark: bool,
) -> NDArray[np.uint8]:
    """Draw the points that lie in an area.

    Parameters
    ----------
    cloud, ink
        The points, and ``(n, 4)`` their `inks` in the cloud's order.
    area
        What the picture shows, in data units.
    shape
        Height and width of the picture in device pixels.
    marks
        See `marks_for`.
    dark
        Whether the ground is dark: crowds then go towards white, else towards black.

    Returns
    -------
    ``(height, width, 4)`` red, green, blue, alpha; premultiplied.
    """
    sums = _sum_up(cloud, ink, area, shape, marks)
    # One int32 per pixel, little-endian: red is its lowest byte, so a view as uint8 is RGBA.
    picture = np.zeros(shape, dtype="<i4")
    for top in range(0, shape[0], _BAND):
        band = sums.band(top, min(top + _BAND, shape[0]))
        inked = band[..., 3] > 0
        if np.count_nonzero(inked) < _SPARSE * inked.size:
            picture[top : top + _BAND][inked] = _tone(band[inked], marks, dark)
        else:
            picture[top : top + _BAND] = _tone(band, marks, dark)
    return picture.view(np.uint8).reshape(*shape, 4)


def gather(
    cloud: Cloud, ink: NDArray[np.float32], area: Area, shape: tuple[int, int], marks: PointStyle
) -> NDArray[np.float32]:
    """Return the sum of all marks' inks on every pixel, ``(height, width, 4)``; one mark has weight 1 at its centre."""
    return _sum_up(cloud, ink, area, shape, marks).band(0, shape[0])


@dataclass(frozen=True)
class _Sums:
    """Sums of inks before the filter; the padding on each side, in pixels, equals the number of filter passes."""

    image: NDArray[np.float32]
    taps: tuple[float, float] = (0.0, 1.0)
    passes: int = 0

    def band(self, top: int, bottom: int) -> NDArray[np.float32]:
        """Return the filtered rows from ``top`` to ``bottom`` (excluded)."""
        rows = self.image[top : bottom + 2 * self.passes]
        for _ in range(self.passes):
            rows = _filter(_filter(rows, self.taps, 0), self.taps, 1)
        return rows


def _sum_up(cloud: Cloud, ink: NDArray[np.float32], area: Area, shape: tuple[int, int], marks: PointStyle) -> _Sums:
    scale_x, scale_y = shape[1] / (area.right - area.left), shape[0] / (area.bottom - area.top)
    # Soft marks reach farther than their radius; 3 pixels cover the filter's passes.
    margin = marks.radius * 2 + 3
    runs = cloud.in_view(area, margin / abs(scale_x), margin / abs(scale_y))
    if not any(run.stop > run.start for run in runs):
        return _Sums(np.zeros((*shape, 4), dtype=np.float32))
    with np.errstate(over="ignore"):  # far points overflow to infinity and are not drawn
        u = (_pick(cloud.x, runs) - np.float32(area.left)) * np.float32(scale_x)
        v = (_pick(cloud.y, runs) - np.float32(area.top)) * np.float32(scale_y)
    return (_discs if marks.crisp else _soft)(u, v, _pick(ink, runs), shape, marks.radius)


def _half(radius: float) -> int:
    """Return half the side of the square around a disc, in pixels."""
    return int(np.ceil(radius + 0.5))


def _pick(values: NDArray[Any], runs: list[slice]) -> NDArray[Any]:
    return values[runs[0]] if len(runs) == 1 else np.concatenate([values[run] for run in runs])


def _discs(
    u: NDArray[np.float32], v: NDArray[np.float32], ink: NDArray[np.float32], shape: tuple[int, int], radius: float
) -> _Sums:
    """Return the sums of discs whose edges are one pixel soft. ``u``, ``v`` are ``(n,)`` pixel coordinates."""
    half = _half(radius)
    # Padding takes discs that cross the edge, so that no index needs a test.
    pad = 2 * half + 1
    height, width = shape[0] + 2 * pad, shape[1] + 2 * pad
    column, across = _pixel_of(u, pad, half, width - half - 1)
    row, down = _pixel_of(v, pad, half, height - half - 1)
    steps = np.arange(1 - half, half + 1, dtype=np.int32)
    x_squared = (steps.astype(np.float32) - across[:, None]) ** 2
    y_squared = (steps.astype(np.float32) - down[:, None]) ** 2
    # (n, rows, columns) of each disc's square.
    distance = np.sqrt(y_squared[:, :, None] + x_squared[:, None, :])
    weights = np.clip(np.float32(radius + 0.5) - distance, 0, 1)
    pixels = (row[:, None] + steps)[:, :, None] * np.int32(width) + (column[:, None] + steps)[:, None, :]
    return _Sums(_add_up(pixels, weights, ink, (height, width))[pad:-pad, pad:-pad])


def _soft(
    u: NDArray[np.float32], v: NDArray[np.float32], ink: NDArray[np.float32], shape: tuple[int, int], radius: float
) -> _Sums:
    """Return sums with each point shared among its four nearest pixels, to be spread by one filter."""
    taps, passes = soft_filter(radius)
    pad = passes + 2
    height, width = shape[0] + 2 * pad, shape[1] + 2 * pad
    column, across = _pixel_of(u, pad, 0, width - 2)
    row, down = _pixel_of(v, pad, 0, height - 2)
    # Filled in place: temporaries of a million points cost more than the arithmetic.
    pixels = np.empty((len(u), 4), dtype=np.int32)
    np.add(row * np.int32(width), column, out=pixels[:, 0])
    for corner, offset in enumerate((1, width, width + 1), start=1):
        np.add(pixels[:, 0], offset, out=pixels[:, corner])
    weights = np.empty((len(u), 4), dtype=np.float32)
    np.multiply(1 - across, 1 - down, out=weights[:, 0])
    np.multiply(across, 1 - down, out=weights[:, 1])
    np.multiply(1 - across, down, out=weights[:, 2])
    np.multiply(across, down, out=weights[:, 3])
    image = _add_up(pixels, weights, ink, (height, width))
    return _Sums(image[2:-2, 2:-2], taps, passes)


def soft_filter(radius: float) -> tuple[tuple[float, float], int]:
    """Return the outer and inner tap of the filter ``(outer, inner, outer)``, and the number of its passes.

    A mark gets the variance of a disc of that radius (radius²/4 along each axis), minus that of sharing it among four
    pixels (1/6 on average). The taps are scaled so that the centre of a mark has weight 1, averaged over its position
    between the pixels.
    """
    variance = max(radius**2 / 4 - 1 / 6, 0.15)
    # Variances of passes add up; with at most 0.5 each, the inner tap stays positive.
    passes = int(np.ceil(variance / 0.5))
    outer = variance / passes / 2
    profile = np.ones(1)
    for _ in range(passes):
        profile = np.convolve(profile, [outer, 1 - 2 * outer, outer])
    between = (profile[passes] + profile[passes + 1]) / 2
    peak = ((profile[passes] + between) / 2) ** (1 / passes)
    return (outer / peak, (1 - 2 * outer) / peak), passes


def _pixel_of(
    values: NDArray[np.float32], pad: int, lowest: int, highest: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the pixel of each coordinate, and the rest from that pixel's centre on, 0 to 1.

    Points outside the picture are moved to the edge of the padding, from where no mark reaches it.
    """
    moved = np.clip(values + np.float32(pad - 0.5), lowest, highest)
    pixel = moved.astype(np.int32)
    return pixel, moved - pixel.astype(np.float32)


def _add_up(
    pixels: NDArray[np.int32], weights: NDArray[np.float32], ink: NDArray[np.float32], shape: tuple[int, int]
) -> NDArray[np.float32]:
    from scipy import sparse  # already loaded, by `load_libraries`

    points, each = len(ink), weights[0].size
    # Column by column: each point has the same number of entries, so the index needs no sorting.
    starts = np.arange(0, points * each + 1, each, dtype=np.int32)
    matrix = sparse.csc_matrix((weights.reshape(-1), pixels.reshape(-1), starts), shape=(shape[0] * shape[1], points))
    image: NDArray[np.float32] = (matrix @ ink).reshape(*shape, 4)
    return image


def _filter(image: NDArray[np.float32], taps: tuple[float, float], axis: int) -> NDArray[np.float32]:
    """Apply ``(outer, inner, outer)`` along one axis, which becomes two pixels shorter."""
    outer, inner = np.float32(taps[0]), np.float32(taps[1])
    if axis == 0:
        before, here, after = image[:-2], image[1:-1], image[2:]
    else:
        before, here, after = image[:, :-2], image[:, 1:-1], image[:, 2:]
    result = before + after
    result *= outer
    result += here * inner
    return result


def _tone(image: NDArray[np.float32], marks: PointStyle, dark: bool) -> NDArray[np.int32]:
    """Return packed RGBA: opacity is proportional to the weight up to one mark, then logarithmic in the depth.

    The deepest crowds are shifted towards white on a dark ground and towards black on a light one. Packing four
    channels into an int32 is faster than writing them separately; red is the lowest byte.
    """
    weight = np.ascontiguousarray(image[..., 3])
    # 0 for a single mark, 1 at the depth of a crowd.
    depth = np.log(np.maximum(weight, 1))
    depth *= np.float32(1 / np.log(marks.crowd))
    np.minimum(depth, 1, out=depth)
    alpha = np.minimum(weight, 1)
    alpha *= np.float32(marks.lone)
    alpha += np.float32(marks.top - marks.lone) * depth
    alpha *= 255
    shift = np.float32(0.15 if dark else 0.30) * depth * depth
    # Colours are sums of squares; alpha is squared to premultiply them before the root is taken.
    squared = alpha * alpha
    gain = squared * (1 - shift)
    gain /= np.maximum(weight, np.float32(1e-6))
    light = squared * shift if dark else np.float32(0)
    packed = alpha.astype(np.int32) << 24
    for channel in range(3):
        value = image[..., channel] * gain
        value += light
        np.sqrt(value, out=value)
        np.minimum(value, alpha, out=value)  # rounding may not take a colour beyond its alpha
        packed |= value.astype(np.int32) << (8 * channel)
    return packed
