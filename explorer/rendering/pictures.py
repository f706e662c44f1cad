"""Pictures with any number of channels and any declared range: how they are drawn, and what one pixel means. No Qt."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.rendering.drawing import Canvas, Drawing, number, raster_drawing
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


@dataclass(frozen=True, eq=False)
class PixelReading:
    """How the pixels of a picture are read.

    Attributes
    ----------
    likelihood
        Name of the likelihood of the run; "" for a real sample or a model without p(x|z).
    sigma
        Its σ, if it is a Gaussian.
    shown
        Whether the picture is the mean of p(x|z), or a draw from it.
    real
        The real sample ``(C, H, W)`` that was decoded, in its own units.
    """

    likelihood: str = ""
    sigma: float | None = None
    shown: Literal["mean", "sample"] = "mean"
    real: NDArray[Any] | None = None

    def text(self, values: NDArray[Any], description: Description, row: int, column: int) -> str:
        """Return one line on a pixel of ``values`` ``(C, H, W)``, in model values: pictures from 0 to 1."""
        here = _at(values, description, row, column)
        if self.shown == "sample" and self.likelihood:
            what = f"drawn {here}"
        elif self.likelihood == "bernoulli":
            what = f"p(x = 1 | z) = {here}"
        elif self.likelihood.startswith("gaussian") and self.sigma is not None:
            what = f"mean {here}, σ {number(self.sigma, 2)}"
        else:
            what = f"mean {here}" if self.likelihood else f"x = {here}"
        real = "" if self.real is None else f"; real x = {_at(self.real, description, row, column)}"
        return f"Row {row + 1}, column {column + 1}: {what}{real}"


def _at(values: NDArray[Any], description: Description, row: int, column: int) -> str:
    """Return a pixel in model values; the channels of a colour are separated by commas."""
    pixel = description.transform.apply(np.asarray(values))[:, row, column]
    return ", ".join(f"{value:.2f}".replace("-", "−") for value in pixel.tolist())
