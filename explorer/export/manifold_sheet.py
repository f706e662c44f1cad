"""The decoded manifold as an even sheet: decodes at the quantiles of a standard normal prior, edge to edge."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.data.dataset import Description
from explorer.latent.plane.quantiles import quantile_codes
from explorer.models.latent_model import Capabilities
from explorer.rendering.render import render
from explorer.rendering.style import LIGHT, Pixels, Style

LEAST = 8
"""Pixels of the smallest side of a decode."""


def sheet_codes(capabilities: Capabilities, latent_dim: int, name: str, count: int) -> NDArray[np.float32]:
    """Return the codes of a sheet of ``count`` × ``count`` decodes, row by row from the top: ``(n, latent_dim)``.

    z1 goes to the right and z2 up, all others are 0; of one dimension there is one row.

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


def paint_sheet(decodes: NDArray[Any], description: Description, count: int, size: int, style: Style = LIGHT) -> Pixels:
    """Paint decodes, ``count`` in a row, edge to edge, on about ``size`` pixels in width."""
    side = max(LEAST, size // count)
    frames = [render(decode, description, size=(side, side), style=style) for decode in decodes]
    height, width = (max(frame.shape[axis] for frame in frames) for axis in (0, 1))
    rows = -(-len(frames) // count)
    sheet = np.empty((rows * height, count * width, 3), np.uint8)
    sheet[:] = style.ground
    for place, frame in enumerate(frames):
        top, left = place // count * height, place % count * width
        sheet[top : top + frame.shape[0], left : left + frame.shape[1]] = frame
    return sheet
