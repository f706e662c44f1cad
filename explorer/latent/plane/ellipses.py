"""Gaussians as lines on the plane: ellipses, or bars with one latent dimension."""

import numpy as np
from numpy.typing import NDArray

CORNERS = 48
"""Of an ellipse: at a hundred pixels across, it is a quarter of a pixel off."""
FINE_CORNERS = 96
"""Of the few ellipses that may be as large as the plane: at a thousand pixels across, half a pixel off."""
_BAR = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)])


def outlines(
    centres: NDArray[np.float64], covariances: NDArray[np.float64], sigma: float, reach: float, corners: int = CORNERS
) -> NDArray[np.float64]:
    """Return ``(n, k, 2)``, the closed outlines of Gaussians at ``sigma``; singular ones are lines or points.

    Parameters
    ----------
    centres
        ``(n, 2)``.
    covariances
        ``(n, 2, 2)``; or ``(n, 1, 1)`` of one dimension, which are bars.
    reach
        How far up and down a bar reaches.
    corners
        How many corners an ellipse has, from the right counter-clockwise; the first one is repeated at the end.
    """
    if covariances.shape[1] == 1:
        halves = np.column_stack([sigma * np.sqrt(covariances[:, 0, 0]), np.full(len(centres), reach)])
        bars: NDArray[np.float64] = centres[:, None, :] + _BAR * halves[:, None, :]
        return bars
    turn = np.linspace(0, 2 * np.pi, corners + 1)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    ellipses: NDArray[np.float64] = centres[:, None, :] + sigma * circle @ roots(covariances).transpose(0, 2, 1)
    return ellipses


def roots(covariances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``(n, 2, 2)`` lower triangular L with L·Lᵀ the covariances ``(n, 2, 2)``, singular ones too.

    The ellipse at 1 σ is L times the unit circle.
    """
    first = np.sqrt(np.maximum(covariances[:, 0, 0], 0.0))
    along = np.divide(covariances[:, 1, 0], first, out=np.zeros_like(first), where=first > 0)  # 0/0 of a flat Gaussian
    second = np.sqrt(np.maximum(covariances[:, 1, 1] - np.square(along), 0.0))
    return np.stack([np.stack([first, np.zeros_like(first)], -1), np.stack([along, second], -1)], -2)
