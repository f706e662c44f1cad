"""Directions in the space of samples, drawn as samples are: pictures in two hues around 0, signals, named values."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description, Transform
from explorer.rendering.style import Colour
from explorer.rendering.values import FULL_SIDE

NEGATIVE: Colour = (47, 128, 237)
POSITIVE: Colour = (235, 110, 20)
"""Blue and orange, which colour-blind eyes tell apart on light and on dark."""


def drawn_as_sample(
    direction: NDArray[Any], description: Description, ground: Colour
) -> tuple[NDArray[np.float32], Description]:
    """Return what to draw for a direction (*shape) in model values, as a sample with a description of its own.

    Its largest value is at full strength. A grey picture has ``ground`` where the direction is 0, orange above it and
    blue beneath; each channel of a coloured one goes from its least to its most around the middle grey.
    """
    values = np.nan_to_num(np.asarray(direction, np.float32))
    most = float(np.abs(values).max()) or 1.0
    if description.kind == "image":
        shares = np.asarray(values / most, np.float32)
        picture = two_hues(shares[0], ground) if len(shares) == 1 else np.asarray((shares + 1) / 2, np.float32)
        return picture, replace(description, shape=picture.shape, value_range=(0.0, 1.0))
    # A vector's bars are as long as it lies from the mean, in deviations.
    transform = Transform(np.zeros((), np.float32), np.asarray(most / FULL_SIDE, np.float32))
    return values, replace(description, transform=transform, value_range=(-most, most))


def two_hues(shares: NDArray[np.float32], ground: Colour) -> NDArray[np.float32]:
    """Return the picture (3, H, W) from 0 to 1 of values (H, W) from −1 to 1."""
    middle = np.array(ground, np.float32).reshape(3, 1, 1)
    end = np.where(
        shares < 0, np.array(NEGATIVE, np.float32).reshape(3, 1, 1), np.array(POSITIVE, np.float32).reshape(3, 1, 1)
    )
    return np.asarray((middle + np.abs(shares) * (end - middle)) / 255, np.float32)
