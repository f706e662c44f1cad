"""Signed values drawn like samples: differences between a restored and a clean sample, and directions in data space.

A difference keeps its units, so that pictures can be compared. A direction, such as a principal component, has no scale
of its own and is scaled to its largest value.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.latent.metrics.decoder.restoration import RestoredSample
from explorer.rendering.drawing import Canvas, Colour, Drawing, raster_drawing
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
    largest = float(np.abs(values).max()) or 1.0
    if description.kind == "image":
        shares = np.asarray(values / largest, np.float32)
        picture = two_hues(shares[0], ground) if len(shares) == 1 else np.asarray((shares + 1) / 2, np.float32)
        return picture, replace(description, shape=picture.shape, value_range=(0.0, 1.0))
    # Bars of a vector show deviations from the mean; this transform makes the largest value fill a side.
    transform = Transform(np.zeros((), np.float32), np.asarray(largest / FULL_SIDE, np.float32))
    return values, replace(description, transform=transform, value_range=(-largest, largest))


def two_hues(shares: NDArray[np.float32], ground: Colour) -> NDArray[np.float32]:
    """Return the picture ``(3, H, W)``, from 0 to 1, of values ``(H, W)`` from −1 to 1."""
    middle = np.array(ground, np.float32).reshape(3, 1, 1)
    end = np.where(
        shares < 0, np.array(NEGATIVE, np.float32).reshape(3, 1, 1), np.array(POSITIVE, np.float32).reshape(3, 1, 1)
    )
    return np.asarray((middle + np.abs(shares) * (end - middle)) / 255, np.float32)


@dataclass(frozen=True)
class Diverging:
    """Colours of the signed values −1, 0 and 1; values in between are interpolated linearly."""

    low: Colour
    middle: Colour
    high: Colour


DIFFERENCE_RANGE = "−1 … 1"
"""Range of the difference of two pictures in model units, for captions."""
ON_LIGHT = Diverging((5, 93, 171), (250, 250, 250), (178, 50, 12))
"""Blue for too dark, orange-red for too bright, which colour-blind readers can distinguish."""
ON_DARK = Diverging((96, 176, 255), (16, 18, 22), (255, 140, 82))


def signed_colours(difference: NDArray[np.float32], colours: Diverging) -> NDArray[np.float32]:
    """Return the colours ``(H, W, 3)``, from 0 to 1, of a difference ``(C, H, W)`` averaged over channels.

    The range is fixed, so that pictures can be compared; values beyond it are clipped.
    """
    value = np.nan_to_num(np.asarray(difference, np.float64).mean(0))[..., None].clip(-1, 1)
    low, middle, high = (np.array(colour) / 255 for colour in (colours.low, colours.middle, colours.high))
    mixed = middle + np.abs(value) * (np.where(value < 0, low, high) - middle)
    return np.asarray(mixed, np.float32)


def draw_difference(difference: NDArray[np.float32], canvas: Canvas, colours: Diverging) -> Drawing:
    """Draw the difference ``(C, H, W)`` of two pictures in model units, as large as fits."""
    return raster_drawing(signed_colours(difference, colours), canvas)


def difference_in_units(restored: RestoredSample, description: Description) -> tuple[NDArray[np.float32], Description]:
    """Return ``restored − clean`` in data units, and a description to draw it with, in which 0 is the centre."""
    return np.asarray(restored.restored - restored.clean, np.float32), description_of_differences(description)


def description_of_differences(description: Description) -> Description:
    """Return the description of the differences of two samples, in data units."""
    low, high = description.value_range
    scale = description.transform.scale
    # The difference of two values in [low, high] is in [low − high, high − low]. Their means cancel, so the offset is
    # 0.
    return replace(description, transform=Transform(np.zeros_like(scale), scale), value_range=(low - high, high - low))


def decibels(ratio: float) -> str:
    """Return a signal-to-noise ratio as text in decibels."""
    return "∞ dB" if math.isinf(ratio) else f"{ratio:.1f} dB".replace("-", "−")


def with_ratio(caption: str, ratio: float | None) -> str:
    """Return a caption with a signal-to-noise ratio, if there is one."""
    return caption if ratio is None else f"{caption} {decibels(ratio)}"
