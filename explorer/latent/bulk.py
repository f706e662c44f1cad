"""The bulk of codes or points: all of them but a few that lie far out.

A view, a mean or a principal axis of all would show those few and nothing else.
"""

import numpy as np
from numpy.typing import NDArray

from explorer.data.far_out import MAX_ROWS, spread_of

# Generous, as codes of autoencoders have long tails; a row with a mark such as −9999 lies far beyond.
FAR = 50.0
"""A value more than this many times the spread of the middle half away from the median is far out."""
MAX_SHARE, MIN_COUNT = 0.05, 2
"""Up to this share of the values, or this number of them, are few; more are a tail or a cluster of the bulk."""
MIN_VALUES = 8
"""Fewer codes have no bulk."""


def in_bulk(codes: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which of the codes ``(n, d)`` are finite and in the bulk along each axis, ``(n,)``."""
    kept: NDArray[np.bool_] = np.isfinite(codes).all(axis=1)
    # Without a copy in the usual case: the codes may be those of a whole training split.
    values = codes if kept.all() else codes[kept]
    if len(values) < MIN_VALUES:
        return kept
    middle, spread = spread_of(values[:: max(1, len(values) // MAX_ROWS)])
    low, high = middle - FAR * spread, middle + FAR * spread
    axes = np.flatnonzero((values.min(axis=0) < low) | (values.max(axis=0) > high))
    # Axis by axis: a mask of all values would take as much memory as large codes themselves.
    inside = np.ones(len(values), np.bool_)
    for axis in axes:
        far = (values[:, axis] < low[axis]) | (values[:, axis] > high[axis])
        if far.sum() <= max(MIN_COUNT, MAX_SHARE * len(values)):
            inside &= ~far
    # Few along each of many axes may be most of all.
    if 2 * inside.sum() >= len(values):
        kept[kept] = inside
    return kept


def bulk_of(codes: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the codes ``(n, d)`` of the bulk, in float64."""
    return codes[in_bulk(codes)].astype(np.float64)
