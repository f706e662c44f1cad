"""Gaussians as lines on the plane: ellipses, or bars with one latent dimension."""

import numpy as np
from numpy.typing import NDArray

CORNERS = 48
"""Corners of an ellipse; with a diameter of 100 pixels, the polygon deviates by less than a quarter of a pixel."""
FINE_CORNERS = 96
"""Corners of ellipses that may fill the plane; with a diameter of 1,000 pixels, they deviate by half a pixel."""
_BAR = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)])


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
