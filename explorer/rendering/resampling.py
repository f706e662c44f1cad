"""Scale pictures by area: enlarged pixels stay crisp, and shrinking averages instead of skipping pixels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def scaled(picture: NDArray[Any], width: int, height: int) -> NDArray[np.float64]:
    """Scale a picture ``(h, w, channels)`` to ``(height, width, channels)``; see `resample`."""
    return resample(resample(picture, max(1, height), 0), max(1, width), 1)


def resample(picture: NDArray[Any], length: int, axis: int) -> NDArray[np.float64]:
    """Scale one axis to ``length`` pixels, each the mean of the source pixels that it covers.

    1. Place the edges of the new pixels on the axis of the source.
    2. Integrate the source up to each edge: the sum of the whole pixels before it, and a part of the one it cuts.
    3. A new pixel is the difference between the integrals at its two edges, divided by its length.

    Enlarged pixels stay crisp squares, blended only where an edge falls inside a new pixel.
    """
    source = np.moveaxis(np.asarray(picture, np.float64), axis, 0)
    edges = np.linspace(0, len(source), length + 1)
    # The last edge is at the end of the last pixel, whose number would be out of range.
    whole = np.minimum(edges.astype(np.intp), len(source) - 1)
    part = (edges - whole).reshape(-1, *[1] * (source.ndim - 1))
    before = np.concatenate([np.zeros_like(source[:1]), np.cumsum(source, axis=0)])[whole]
    up_to_edge = before + part * source[whole]
    return np.moveaxis(np.diff(up_to_edge, axis=0) * (length / len(source)), 0, axis)
