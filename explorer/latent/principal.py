"""The principal axes of codes: how far codes reach along each, and the plane of the first two."""

import numpy as np
from numpy.typing import NDArray

RESOLVED = 1e-7
"""What float32 tells apart, as a share of the largest number in the codes."""


def principal_deviations(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the standard deviations of codes ``(n, latent_dim)`` along their principal axes, the largest first.

    Fewer codes than dimensions have ``n`` of them; the other axes, along which nothing differs, are not named.
    """
    found: NDArray[np.float64] = np.linalg.svd(centred(codes), compute_uv=False) / np.sqrt(len(codes))
    return found


def rounding_of(codes: NDArray[np.floating]) -> float:
    """Return the distance below which nothing can be said of codes, in latent units."""
    return RESOLVED * float(np.abs(codes).max())


def on_plane(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return places ``(n, 2)`` of codes of two dimensions or more: two as they are, else the principal components."""
    if codes.shape[1] == 2:
        return codes.astype(np.float64)
    offsets = centred(codes)
    _, axes = np.linalg.eigh(offsets.T @ offsets)
    places: NDArray[np.float64] = offsets @ axes[:, :-3:-1]
    return places


def centred(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return codes less their mean, in float64."""
    values = codes.astype(np.float64)
    offsets: NDArray[np.float64] = values - values.mean(axis=0)
    return offsets
