"""Differences between a restored and a clean sample: pictures in two colours, values in data units, decibels."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description, Transform
from explorer.latent.metrics.decoder.restored_sample import RestoredSample
from explorer.rendering.drawing import Canvas, Drawing, Raster
from explorer.rendering.style import Colour


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
    shares = signed_colours(difference, colours)
    height, width = shares.shape[:2]
    factor = min(canvas.width / width, canvas.height / height)
    if canvas.whole_factors and factor >= 1:
        factor = int(factor)
    return Drawing(width * factor, height * factor, (Raster(shares),))


def difference_in_units(restored: RestoredSample, description: Description) -> tuple[NDArray[np.float32], Description]:
    """Return ``restored − clean`` in data units, and a description to draw it with, in which 0 is the centre."""
    low, high = description.value_range
    scale = description.transform.scale
    # The difference of two values in [low, high] is in [low − high, high − low]. Their means cancel, so the offset is
    # 0.
    about = replace(description, transform=Transform(np.zeros_like(scale), scale), value_range=(low - high, high - low))
    return np.asarray(restored.restored - restored.clean, np.float32), about


def decibels(ratio: float) -> str:
    """Return a signal-to-noise ratio as text in decibels."""
    return "∞ dB" if math.isinf(ratio) else f"{ratio:.1f} dB".replace("-", "−")


def with_ratio(caption: str, ratio: float | None) -> str:
    """Return a caption with a signal-to-noise ratio, if there is one."""
    return caption if ratio is None else f"{caption} {decibels(ratio)}"
