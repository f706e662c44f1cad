"""Pictures with any number of channels and any declared range."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.rendering.drawing import Canvas, Drawing, raster_drawing
from explorer.rendering.render import renders


def shown_channels(count: int) -> tuple[int, ...]:
    """Return the channels that are shown: one as grey, three as red, green and blue, four with alpha.

    Two channels are magenta and green, which colour-blind readers can distinguish. Of five or more, the first, middle
    and last are red, green and blue.
    """
    few = {1: (0,), 2: (0, 1, 0), 3: (0, 1, 2), 4: (0, 1, 2, 3)}
    return few.get(count, (0, count // 2, count - 1))


def to_shares(sample: NDArray[Any], value_range: tuple[float, float]) -> NDArray[np.float32]:
    """Return a sample ``(C, H, W)`` as ``(H, W, 1 | 3 | 4)`` from 0 to 1, with the channels of `shown_channels`.

    Values outside of the declared range are clipped, and NaN becomes 0. All levels of 16-bit data are kept.
    """
    low, high = value_range
    channels = np.moveaxis(np.asarray(sample)[list(shown_channels(len(sample)))], 0, -1)
    # Float before the subtraction: unsigned integers would wrap around. An empty range gives 0.
    shares = (channels.astype(np.float32) - np.float32(low)) / np.float32((high - low) or 1.0)
    return np.asarray(np.nan_to_num(shares, nan=0.0).clip(0, 1), np.float32)


@renders("image")
def draw_picture(sample: NDArray[Any], description: Description, canvas: Canvas, real: NDArray[Any] | None) -> Drawing:
    """Draw a picture ``(C, H, W)`` as large as fits; ``real`` is ignored, as it has a picture of its own."""
    return raster_drawing(to_shares(sample, description.value_range), canvas)
