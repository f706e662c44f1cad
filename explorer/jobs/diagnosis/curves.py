"""Losses of a run by epoch, smoothed, with an estimate of their noise, so that one bad epoch is not a trend."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.runs.history import History

Values = NDArray[np.float64]

MIN_WINDOW, WINDOW_SHARE = 3, 20
"""A running mean has a twentieth of the epochs, but at least three."""
AS_DEVIATION = 1.4826
"""Factor from the median absolute deviation of a normal distribution to its standard deviation."""


@dataclass(frozen=True, eq=False)
class LossCurves:
    """Losses in nats per sample at each validation, or at the end of each epoch without a validation split.

    Attributes
    ----------
    epochs, validation
        ``(n,)``; the first is usually epoch 0, before training. Validation is NaN without a validation split.
    train
        ``(n,)`` mean over the epoch that ends there; NaN if nothing was logged.
    """

    epochs: Values
    validation: Values
    train: Values

    def __len__(self) -> int:
        return len(self.epochs)

    def since(self, epoch: float) -> "LossCurves":
        """Return the part from an epoch on."""
        kept = self.epochs >= epoch
        return LossCurves(self.epochs[kept], self.validation[kept], self.train[kept])

    @cached_property
    def window(self) -> int:
        """Number of epochs in a running mean."""
        return max(MIN_WINDOW, len(self) // WINDOW_SHARE)


def loss_curves(history: History) -> LossCurves:
    """Return the losses of a history by epoch; NaN and infinity are left out."""
    epochs, validation = _finite(*history.curve("validation", "total"))
    at, train = _finite(*history.curve("train", "total"))
    if not len(epochs):  # no validation split
        epochs = np.unique(np.ceil(at))  # an epoch ends at a whole number
        validation = np.full(len(epochs), np.nan)
    return LossCurves(epochs, validation, _means_between(epochs, at, train))


def _means_between(ends: Values, at: Values, values: Values) -> Values:
    """Return the mean of the values between successive ends; NaN if there are none."""
    # A metric belongs to the epoch that ends next; after the last end it belongs to none.
    index = np.searchsorted(ends, at)
    known = index < len(ends)
    counts = np.bincount(index[known], minlength=len(ends))
    sums = np.bincount(index[known], values[known], minlength=len(ends))
    means: Values = np.divide(sums, counts, out=np.full(len(ends), np.nan), where=counts > 0)
    return means


def running_mean(values: Values, window: int) -> Values:
    """Return the means ``(n − window + 1,)`` of ``window`` successive values; the i-th ends at value i + window − 1."""
    means: Values = np.lib.stride_tricks.sliding_window_view(values, window).mean(axis=1)
    return means


def noise_of(values: Values) -> float:
    """Return the standard deviation of a curve around its trend, by the median of its second differences.

    Second differences remove a straight trend and have √6 times the deviation of independent noise; the median ignores
    single jumps.
    """
    if len(values) < 4:  # a median needs at least two second differences
        return 0.0
    return AS_DEVIATION * float(np.median(np.abs(np.diff(values, 2)))) / float(np.sqrt(6))


def _finite(epochs: Values, values: Values) -> tuple[Values, Values]:
    known = np.isfinite(epochs) & np.isfinite(values)
    return epochs[known], values[known]
