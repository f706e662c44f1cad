"""Directions in data space, drawn like samples: pictures in two hues around 0, signals, named values."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description, Transform
from explorer.rendering.style import Colour
from explorer.rendering.values import FULL_SIDE

NEGATIVE: Colour = (47, 128, 237)
POSITIVE: Colour = (235, 110, 20)
"""Blue and orange, which colour-blind readers can distinguish on light and dark."""


def drawn_as_sample(
    direction: NDArray[Any], description: Description, ground: Colour
) -> tuple[NDArray[np.float32], Description]:
    """Return a direction ``(*shape)`` in model units as a sample to draw, with a description of its own.

    It is scaled to its largest absolute value. A grey picture has the colour ``ground`` at 0, orange above and blue
    below; each channel of a colour picture is centred at mid-grey.
    """
    values = np.nan_to_num(np.asarray(direction, np.float32))
    # The zero direction of an unused dimension must not divide by 0.
    most = float(np.abs(values).max()) or 1.0
    if description.kind == "image":
        shares = np.asarray(values / most, np.float32)
        picture = two_hues(shares[0], ground) if len(shares) == 1 else np.asarray((shares + 1) / 2, np.float32)
        return picture, replace(description, shape=picture.shape, value_range=(0.0, 1.0))
    # Bars of a vector show deviations from the mean; this transform makes the largest value fill a side.
    transform = Transform(np.zeros((), np.float32), np.asarray(most / FULL_SIDE, np.float32))
    return values, replace(description, transform=transform, value_range=(-most, most))


def two_hues(shares: NDArray[np.float32], ground: Colour) -> NDArray[np.float32]:
    """Return the picture ``(3, H, W)``, from 0 to 1, of values ``(H, W)`` from −1 to 1."""
    middle = np.array(ground, np.float32).reshape(3, 1, 1)
    end = np.where(
        shares < 0, np.array(NEGATIVE, np.float32).reshape(3, 1, 1), np.array(POSITIVE, np.float32).reshape(3, 1, 1)
    )
    return np.asarray((middle + np.abs(shares) * (end - middle)) / 255, np.float32)
