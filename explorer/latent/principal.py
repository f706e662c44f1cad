"""Principal axes of codes: the standard deviation along each, and the coordinates along the first two."""

import numpy as np
from numpy.typing import NDArray

RESOLVED = 1e-7
"""The relative resolution of float32."""


def principal_deviations(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the standard deviations of codes ``(n, latent_dim)`` along their principal axes, in decreasing order.

    With fewer codes than dimensions there are ``n`` of them; along the other axes the codes do not differ.
    """
    # Singular values of the codes keep digits that a covariance matrix would square away.
    found: NDArray[np.float64] = np.linalg.svd(centred(codes), compute_uv=False) / np.sqrt(len(codes))
    return found


def rounding_of(codes: NDArray[np.floating]) -> float:
    """Return the distance below which float32 codes cannot be told apart, in latent units."""
    return RESOLVED * float(np.abs(codes).max())


def on_plane(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return points ``(n, 2)``: two-dimensional codes unchanged, others along their first two principal axes."""
    if codes.shape[1] == 2:
        return codes.astype(np.float64)
    from scipy.linalg import eigh

    offsets = centred(codes)
    dim = codes.shape[1]
    _, axes = eigh(offsets.T @ offsets, subset_by_index=[dim - 2, dim - 1])
    points: NDArray[np.float64] = offsets @ axes[:, ::-1]  # eigh sorts in ascending order
    return points


def centred(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return codes minus their mean, in float64."""
    values = codes.astype(np.float64)
    offsets: NDArray[np.float64] = values - values.mean(axis=0)
    return offsets
