"""Scaling pictures without smoothing what is enlarged and without losing anything of what is shrunk."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def scaled(picture: NDArray[Any], width: int, height: int) -> NDArray[np.float64]:
    """Scale ``(h, w, channels)`` to ``(height, width, channels)``; see `resample`."""
    return resample(resample(picture, max(1, height), 0), max(1, width), 1)


def resample(picture: NDArray[Any], length: int, axis: int) -> NDArray[np.float64]:
    """Scale one axis to ``length`` pixels, each the mean of the area that it covers.

    Enlarged pixels stay crisp squares, blended only where an edge falls inside a screen pixel; nothing is lost where
    pixels are fewer.
    """
    source = np.moveaxis(np.asarray(picture, np.float64), axis, 0)
    edges = np.linspace(0, len(source), length + 1)
    whole = np.minimum(edges.astype(np.intp), len(source) - 1)
    part = (edges - whole).reshape(-1, *[1] * (source.ndim - 1))
    before = np.concatenate([np.zeros_like(source[:1]), np.cumsum(source, axis=0)])[whole]
    up_to_edge = before + part * source[whole]
    return np.moveaxis(np.diff(up_to_edge, axis=0) * (length / len(source)), 0, axis)
