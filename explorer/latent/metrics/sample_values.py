"""The values of the samples that a figure is the mean of: its error over samples, and the error of a difference.

A figure that is a mean over samples has its terms as values. Any other smooth figure θ of n samples has the jackknife's
pseudo-values v_i = n·θ − (n − 1)·θ without sample i (Tukey 1958, Annals of Mathematical Statistics 29, 614): their mean
is about θ, and their standard deviation divided by √n is the standard error of θ over samples.

Two models evaluated on the same samples are compared by the differences of their values, sample by sample: what makes a
sample easy or hard for both cancels out. At most `KEPT` values are kept, as they only estimate the standard deviation
of the differences.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

KEPT = 1000
"""Maximum number of values that are kept: they give the standard deviation of differences to about 2 %."""
SEED = 6
"""Seed of the choice of the values to keep."""
SUFFIX = "_by_sample"


def by_sample(name: str) -> str:
    """Return the key under which a measure returns the values of a figure."""
    return f"{name}{SUFFIX}"


@dataclass(frozen=True, eq=False)
class SampleValues:
    """Values of samples of one figure.

    Attributes
    ----------
    count
        Number n of samples that the figure is over.
    rows
        Checksum of the measured samples; only values of the same samples have differences.
    values
        ``(min(n, KEPT),)``: the values of a fixed choice of the samples, in the unit of the figure.
    """

    count: int
    rows: int
    values: NDArray[np.float32]

    @classmethod
    def of(cls, values: NDArray[np.float64], rows: NDArray[np.int64] | None = None) -> Self:
        """Keep some of the values ``(n,)``.

        Parameters
        ----------
        rows
            ``(n,)``: which samples of the split these are, or other numbers that name them; by default all in order.
        """
        which = np.arange(len(values)) if rows is None else rows
        kept = values
        if len(values) > KEPT:
            kept = values[np.sort(np.random.default_rng(SEED).choice(len(values), KEPT, replace=False))]
        return cls(len(values), crc32(np.ascontiguousarray(which, np.int64).tobytes()), kept.astype(np.float32))

    def error_of_difference(self, other: "SampleValues") -> float | None:
        """Return the standard error of the difference of two figures over samples; None for other samples or one."""
        if (self.count, self.rows) != (other.count, other.rows) or self.count < 2:
            return None
        differences = self.values.astype(np.float64) - other.values
        return float(differences.std(ddof=1) / math.sqrt(self.count))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; the values are one text of numbers, which is short."""
        return {"count": self.count, "rows": self.rows, "values": " ".join(f"{value:.6g}" for value in self.values)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned.

        Raises
        ------
        ValueError
            If a part is missing, or the number of values does not fit the count.
        """
        count, rows, text = value.get("count"), value.get("rows"), value.get("values")
        if type(count) is not int or type(rows) is not int or not isinstance(text, str):
            raise ValueError("values of samples need count, rows and values")
        values = np.array(text.split(), np.float32)
        if len(values) != min(count, KEPT) or not np.isfinite(values).all():
            raise ValueError(f"{len(values)} values do not fit {count} samples")
        return cls(count, rows, values)


def error_over_samples(values: NDArray[np.float64]) -> float:
    """Return the standard error of the mean of values ``(n,)``; NaN for n = 1."""
    return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan


def pseudo_values(whole: float, without: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the jackknife's pseudo-values ``(n,)`` of a figure, from its values without each sample ``(n,)``."""
    count = len(without)
    values: NDArray[np.float64] = count * whole - (count - 1) * without
    return values
