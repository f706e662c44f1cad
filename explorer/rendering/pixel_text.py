"""What one pixel of a decode says: its distribution under p(x|z), and the real value. No Qt."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.rendering.drawing import number


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
