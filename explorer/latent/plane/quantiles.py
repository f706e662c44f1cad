"""Divides a standard normal prior into cells of equal probability."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.models.latent_model import Capabilities


@dataclass(frozen=True)
class QuantileCells:
    """The cells of one axis, in order.

    Attributes
    ----------
    middles
        Median of each cell, Φ⁻¹((i + ½) / n), ``(n,)``.
    widths
        Width of each cell, ``(n,)``. The first and the last are infinite; their width is twice the distance from their
        median to their inner edge.
    """

    middles: NDArray[np.float64]
    widths: NDArray[np.float64]


def quantile_cells(count: int) -> QuantileCells:
    """Divide a standard normal distribution into ``count`` cells of equal probability."""
    from scipy.special import ndtri

    middles = ndtri((np.arange(count) + 0.5) / count)
    edges = ndtri(np.arange(count + 1) / count)  # −∞ and ∞ at the ends
    widths = np.diff(edges)
    if count == 1:
        return QuantileCells(middles, np.array([2.0]))
    widths[0] = widths[-1] = 2 * (edges[1] - middles[0])
    return QuantileCells(middles, widths)


def quantile_codes(count: int, latent_dim: int) -> NDArray[np.float32]:
    """Return the codes of a sheet, first row on top: ``(count², 2)``, or ``(count, 1)`` with one dimension."""
    middles = quantile_cells(count).middles.astype(np.float32)
    if latent_dim == 1:
        return middles[:, None]
    # Reversed, as rows are counted from the top and z₂ increases upwards.
    across, up = np.meshgrid(middles, middles[::-1])
    return np.stack([across, up], -1).reshape(-1, 2)


def sheet_codes(capabilities: Capabilities, latent_dim: int, name: str, count: int) -> NDArray[np.float32]:
    """Return the codes of a sheet of ``count`` × ``count`` decodes, row by row from the top: ``(n, latent_dim)``.

    z₁ increases to the right and z₂ upwards, all other dimensions are 0. One latent dimension has one row.

    Raises
    ------
    ConfigError
        For a model without a standard normal prior.
    """
    if not capabilities.prior or capabilities.learned_prior:
        lack = "its prior is learned" if capabilities.prior else "the model has no prior"
        raise ConfigError(f"{name}: a sheet at the prior's quantiles is not defined: {lack}")
    shown = quantile_codes(count, latent_dim)
    codes = np.zeros((len(shown), latent_dim), np.float32)
    codes[:, : shown.shape[1]] = shown
    return codes
