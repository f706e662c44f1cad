"""The difference of two pictures in two colours: what is too dark and what is too bright."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.rendering.drawing import Canvas, Drawing, Raster
from explorer.rendering.style import Colour


@dataclass(frozen=True)
class Diverging:
    """Colours of a signed value: where it is −1, 0 and 1; between them they are mixed in equal steps."""

    low: Colour
    middle: Colour
    high: Colour


ON_LIGHT = Diverging((5, 93, 171), (250, 250, 250), (178, 50, 12))
"""Blue for too dark, orange-red for too bright: told apart by colour-blind eyes."""
ON_DARK = Diverging((96, 176, 255), (16, 18, 22), (255, 140, 82))


def signed_colours(difference: NDArray[np.float32], colours: Diverging) -> NDArray[np.float32]:
    """Turn ``(C, H, W)`` from −1 to 1 into ``(H, W, 3)`` shares of red, green and blue; channels are averaged.

    The range is fixed, so that pictures compare; what lies beyond it is cut.
    """
    value = np.nan_to_num(np.asarray(difference, np.float64).mean(0))[..., None].clip(-1, 1)
    low, middle, high = (np.array(colour) / 255 for colour in (colours.low, colours.middle, colours.high))
    mixed = middle + np.abs(value) * (np.where(value < 0, low, high) - middle)
    return np.asarray(mixed, np.float32)


def draw_difference(difference: NDArray[np.float32], canvas: Canvas, colours: Diverging) -> Drawing:
    """Draw the difference ``(C, H, W)`` of two pictures in model values, as large as fits."""
    shares = signed_colours(difference, colours)
    height, width = shares.shape[:2]
    factor = min(canvas.width / width, canvas.height / height)
    if canvas.whole_factors and factor >= 1:
        factor = int(factor)
    return Drawing(width * factor, height * factor, (Raster(shares),))
