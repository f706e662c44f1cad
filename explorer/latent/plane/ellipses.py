"""Gaussians on the plane: their projection from latent space, and their outlines.

An outline is an ellipse, or a bar with one latent dimension.
"""

import numpy as np
from numpy.typing import NDArray

from explorer.latent.plane.projection import Projection

CORNERS = 48
"""Corners of an ellipse; with a diameter of 100 pixels, the polygon deviates by less than a quarter of a pixel."""
FINE_CORNERS = 96
"""Corners of ellipses that may fill the plane; with a diameter of 1,000 pixels, they deviate by half a pixel."""
_BAR = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)])
CHUNK = 4096
"""Samples projected at once; the intermediate arrays have the square of the latent dimension for each."""


def plane_covariances(
    projection: Projection,
    log_variance: NDArray[np.float32],
    scale_tril: NDArray[np.float32] | None = None,
) -> NDArray[np.float64]:
    """Return the covariances C Σ Cᵀ, ``(n, m, m)``, of posteriors along the ``m`` directions C of a plane.

    Parameters
    ----------
    log_variance
        ``(n, latent_dim)``; not used with ``scale_tril``.
    scale_tril
        ``(n, latent_dim, latent_dim)``: L of full covariances L·Lᵀ.
    """
    shown = projection.components
    found = np.empty((len(log_variance), len(shown), len(shown)))
    for start in range(0, len(found), CHUNK):
        part = slice(start, start + CHUNK)
        if scale_tril is not None:
            root = shown @ scale_tril[part].astype(np.float64)  # (chunk, m, latent_dim)
        else:
            root = shown * np.exp(0.5 * log_variance[part].astype(np.float64))[:, None, :]
        found[part] = root @ root.transpose(0, 2, 1)
    return found


def ellipses(
    centres: NDArray[np.float64], covariances: NDArray[np.float64], sigma: float, reach: float, corners: int = CORNERS
) -> NDArray[np.float64]:
    """Return the ellipses ``(n, k, 2)`` of Gaussians at ``sigma``; those of singular Gaussians are lines or points.

    Parameters
    ----------
    centres
        Means on the plane, ``(n, 2)``.
    covariances
        Covariances ``(n, 2, 2)``, or variances ``(n, 1, 1)`` with one latent dimension, which are drawn as bars.
    reach
        Half the height of a bar.
    corners
        Number of corners of an ellipse, counter-clockwise from the right; the first one is repeated at the end.
    """
    if covariances.shape[1] == 1:
        halves = np.column_stack([sigma * np.sqrt(covariances[:, 0, 0]), np.full(len(centres), reach)])
        bars: NDArray[np.float64] = centres[:, None, :] + _BAR * halves[:, None, :]
        return bars
    turn = np.linspace(0, 2 * np.pi, corners + 1)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    # (corners, 2) @ (n, 2, 2) → (n, corners, 2)
    curves: NDArray[np.float64] = centres[:, None, :] + sigma * circle @ roots(covariances).transpose(0, 2, 1)
    return curves


def roots(covariances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return lower triangular L ``(n, 2, 2)`` with L·Lᵀ = Σ for covariances Σ ``(n, 2, 2)``, including singular ones.

    The ellipse at 1 σ is L times the unit circle.
    """
    # Not np.linalg.cholesky, which raises an error for singular matrices; rounding can make a variance negative.
    first = np.sqrt(np.maximum(covariances[:, 0, 0], 0.0))
    along = np.divide(covariances[:, 1, 0], first, out=np.zeros_like(first), where=first > 0)  # 0/0 of a flat Gaussian
    second = np.sqrt(np.maximum(covariances[:, 1, 1] - np.square(along), 0.0))
    return np.stack([np.stack([first, np.zeros_like(first)], -1), np.stack([along, second], -1)], -2)
