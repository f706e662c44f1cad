"""Values whose mean is a figure: they give its error over samples, and the error of a difference of two runs.

The standard deviation of the n values of a figure, divided by √n, is its standard error over samples. They are

- the terms of a figure that is a mean over samples, such as the squared error;
- a linearization of smooth functions of means: the infinitesimal jackknife (Jaeckel 1972) for the silhouette, and the
  delta method (van der Vaart 1998, "Asymptotic statistics", chapter 3) for the anisotropy, the PSNR, the difference of
  the decodes, σ over the spread, and the slope;
- pseudo-values v_i = n·θ − (n − 1)·θ without sample i of a jackknife (Tukey 1958, Annals of Mathematical Statistics
  29, 614), for the trustworthiness and MMD²; `explorer.latent.metrics.codes.aggregate_mmd` shrinks its own;
- contrasts between random groups of the samples, for the overlap and the holes
  (`explorer.latent.metrics.random_groups`).

Two models evaluated on the same samples are compared by the differences of their values: what makes a sample easy or
hard for both cancels out. At most `KEPT` values are kept, as they only estimate the standard deviation of the
differences.
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
MAX_COUNT = 2**53
"""Maximum count in a file; larger ones are damage."""
SUFFIX = "_by_sample"


def by_sample(name: str) -> str:
    """Return the key under which a measure returns the values of a figure."""
    return f"{name}{SUFFIX}"


@dataclass(frozen=True, eq=False)
class SampleValues:
    """Values of one figure, which estimate its error.

    Attributes
    ----------
    count
        Number n of values: of the samples; for overlap and holes, of the contrasts between groups of samples; for the
        round trip, of the draws.
    rows
        Checksum of what the values are of; only values of the same samples, divisions or draws have differences.
    values
        ``(min(n, KEPT),)``: all values, or a fixed choice of them, in the unit of the figure.
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

    def has_same_samples(self, other: "SampleValues") -> bool:
        """Return True if both are values of the same samples, divisions or draws."""
        return (self.count, self.rows) == (other.count, other.rows)

    def error_of_difference(self, other: "SampleValues") -> float | None:
        """Return the standard error of the difference of two figures; None for other samples, or for only one."""
        if not self.has_same_samples(other) or self.count < 2:
            return None
        differences = self.values.astype(np.float64) - other.values
        return float(differences.std(ddof=1) / math.sqrt(self.count))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; the values are one text of numbers, which is short."""
        return {"count": self.count, "rows": self.rows, "values": " ".join(f"{value:.6g}" for value in self.values)}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read what `to_json` returned.

        Raises
        ------
        ValueError
            If a part is missing or has another type, or the number of values does not fit the count.
        """
        parts = value if isinstance(value, Mapping) else {}
        count, rows, text = parts.get("count"), parts.get("rows"), parts.get("values")
        if type(count) is not int or type(rows) is not int or not isinstance(text, str):
            raise ValueError("values of samples need count, rows and values")
        with np.errstate(over="ignore"):  # a number above the range of float32 becomes infinite, and is refused
            values = np.array(text.split(maxsplit=KEPT), np.float32)
        if not 1 <= count <= MAX_COUNT or len(values) != min(count, KEPT) or not np.isfinite(values).all():
            raise ValueError(f"{len(values)} values do not fit a count of {count}")
        return cls(count, rows, values)


def error_over_samples(values: NDArray[np.float64]) -> float:
    """Return the standard error of the mean of values ``(n,)``; NaN for n = 1."""
    return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan


def pseudo_values(whole: float, without: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the jackknife's pseudo-values ``(n,)`` of a figure, from its values without each sample ``(n,)``."""
    count = len(without)
    values: NDArray[np.float64] = count * whole - (count - 1) * without
    return values
