"""The totals of a run by epoch, smoothed, with their noise: so that no single bad epoch is taken for a trend."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.runs.history import History

Values = NDArray[np.float64]

MIN_WINDOW = 3
WINDOW_SHARE = 20
"""A running mean takes a twentieth of the epochs, and three at least."""
AS_DEVIATION = 1.4826
"""The median absolute deviation of a normal times this is its standard deviation."""


@dataclass(frozen=True, eq=False)
class LossCurves:
    """Totals in nats per sample at each validation, or at each epoch's end where there is none.

    Attributes
    ----------
    epochs, validation
        ``(n,)``; the first is usually epoch 0, before the training. NaN without a validation split.
    train
        ``(n,)`` the mean over the epoch that ends there; NaN where none was logged.
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
        """How many epochs a running mean takes."""
        return max(MIN_WINDOW, len(self) // WINDOW_SHARE)


def loss_curves(history: History) -> LossCurves:
    """Return the totals of a history by epoch; what is no number is left out."""
    epochs, validation = _finite(*history.curve("validation", "total"))
    at, train = _finite(*history.curve("train", "total"))
    if not len(epochs):  # nothing is kept for validation
        epochs = np.unique(np.ceil(at))  # an epoch ends at a whole number
        validation = np.full(len(epochs), np.nan)
    return LossCurves(epochs, validation, _means_between(epochs, at, train))


def _means_between(ends: Values, at: Values, values: Values) -> Values:
    """Return the mean of the values up to each of these ends, from the one before on; NaN where there are none."""
    # The epoch that a metric belongs to is the next one that ends; after the last end it belongs to none.
    place = np.searchsorted(ends, at)
    known = place < len(ends)
    counts = np.bincount(place[known], minlength=len(ends))
    sums = np.bincount(place[known], values[known], minlength=len(ends))
    means: Values = np.divide(sums, counts, out=np.full(len(ends), np.nan), where=counts > 0)
    return means


def running_mean(values: Values, window: int) -> Values:
    """Return the means (n − window + 1,) of ``window`` neighbours each; the i-th ends at value i + window − 1."""
    means: Values = np.lib.stride_tricks.sliding_window_view(values, window).mean(axis=1)
    return means


def noise_of(values: Values) -> float:
    """Return the standard deviation of a curve around its trend, by the median of its second differences.

    Second differences know no straight trend, and have √6 times the deviation of independent noise; the median lets
    single jumps not count.
    """
    if len(values) < 4:  # two second differences, at least, for a median
        return 0.0
    return AS_DEVIATION * float(np.median(np.abs(np.diff(values, 2)))) / float(np.sqrt(6))


def _finite(epochs: Values, values: Values) -> tuple[Values, Values]:
    known = np.isfinite(epochs) & np.isfinite(values)
    return epochs[known], values[known]
