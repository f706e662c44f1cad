"""Which points of the plane lie inside a closed line that was drawn by hand."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.latent.plane.box import Box

BANDS = 2000
"""Number of bands into which points are sorted by their height."""


def inside_lasso(points: NDArray[np.float64], corners: ArrayLike) -> NDArray[np.bool_]:
    """Return which points are inside a polygon by the even–odd rule: parts that the line encircles twice are outside.

    Parameters
    ----------
    points
        ``(n, 2)``; points that are not finite are outside.
    corners
        ``(k, 2)`` vertices; the last is joined to the first. With fewer than three, nothing is inside.
    """
    starts = np.asarray(corners, np.float64).reshape(-1, 2)
    inside = np.zeros(len(points), bool)
    if len(starts) < 3:
        return inside
    ends = np.roll(starts, -1, axis=0)
    (left, bottom), (right, top) = starts.min(axis=0), starts.max(axis=0)
    near = np.flatnonzero(Box(left, right, bottom, top).contains(points))
    # Sorted into bands by height, the points near an edge are one slice: an edge is compared with these alone.
    scale = BANDS / max(top - bottom, 1e-300)
    bands = _band(points[near, 1], bottom, scale)
    near = near[np.argsort(bands, kind="stable")]  # 16-bit integers are sorted by radix, in linear time
    begins = np.concatenate([[0], np.cumsum(np.bincount(bands, minlength=BANDS))])
    x, y = np.ascontiguousarray(points[near].T)
    odd = np.zeros(len(near), bool)
    lows, highs = np.minimum(starts[:, 1], ends[:, 1]), np.maximum(starts[:, 1], ends[:, 1])
    first, last = begins[_band(lows, bottom, scale)], begins[_band(highs, bottom, scale) + 1]
    for edge in np.flatnonzero((last > first) & (highs > lows)):
        some = slice(first[edge], last[edge])
        (start_x, start_y), (end_x, end_y), height = starts[edge], ends[edge], y[some]
        crossing = start_x + (height - start_y) * ((end_x - start_x) / (end_y - start_y))
        # Half-open, so that a point at the height of a corner meets one of the two edges there.
        odd[some] ^= (height >= lows[edge]) & (height < highs[edge]) & (x[some] < crossing)
    inside[near] = odd
    return inside


def _band(heights: NDArray[np.float64], bottom: float, scale: float) -> NDArray[np.int16]:
    return np.clip((heights - bottom) * scale, 0, BANDS - 1).astype(np.int16)
