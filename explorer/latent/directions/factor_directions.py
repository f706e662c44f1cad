"""Which attribute of the samples changes along a direction: by rank correlation with their coordinates along it.

A direction is named after an attribute only where the relation is both strong and beyond chance:

1. The correlation is Spearman's, which needs a monotone relation only, and no unit.
2. It is strong from |ρ| = 0.5, which Cohen 1988 (Statistical Power Analysis, chapter 3) calls a large effect.
3. It is beyond chance if independent values would reach it in less than 1 of 100 such tables. Without a relation
   ρ·√(n − 1) is standard normal for large n (Kendall and Gibbons 1990), and the level is divided by the number of
   correlations that are looked at (Bonferroni).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Column
from explorer.latent.steps import Steps

STRONG = 0.5
"""Minimum |ρ| of a named attribute."""
CHANCE = 0.01
"""Probability that any attribute is named if none is related to any direction."""
MAX_SAMPLES = 5_000
"""Maximum number of samples, whose ranks are compared."""
MIN_SAMPLES = 10
"""With fewer samples, the distribution of ρ is far from normal."""


@dataclass(frozen=True)
class FactorChange:
    """An attribute that changes along a direction.

    Attributes
    ----------
    name
        Name of the column of the data.
    correlation
        Spearman's ρ of the column with the coordinate along the direction, from −1 to 1.
    samples
        Number of samples that were compared.
    """

    name: str
    correlation: float
    samples: int

    @property
    def words(self) -> str:
        """The attribute and ρ, such as "scale, ρ = −0.93"."""
        return f"{self.name}, ρ = {f'{self.correlation:.2f}'.replace('-', '−')}"


def factor_changes(
    coordinates: NDArray[np.floating], columns: Mapping[str, Column]
) -> Steps[tuple[FactorChange | None, ...]]:
    """Return the attribute that changes most along each of k directions, or None where none is clear.

    Parameters
    ----------
    coordinates
        ``(n, k)``: coordinates of the codes of samples along the directions; `compared_rows` chooses from many samples.
    columns
        The attributes of the same n samples. Categories have an order only if there are two; others are left out.
    """
    names, values = _numbers(columns)
    found = np.zeros((len(names), coordinates.shape[1]))
    counts = np.zeros(len(names), np.int64)
    ranks: dict[int, NDArray[np.float64]] = {}
    for number, column in enumerate(values):
        known = np.isfinite(column)
        counts[number] = known.sum()
        mine = _ranks(column[known])
        if counts[number] < MIN_SAMPLES or mine is None:
            continue
        for direction in range(coordinates.shape[1]):
            if known.all():
                # Most columns are complete, and share the ranks of the codes.
                if direction not in ranks:
                    ranks[direction] = _ranks_or_zeros(coordinates[:, direction])
                theirs = ranks[direction]
            else:
                theirs = _ranks_or_zeros(coordinates[:, direction][known])
            found[number, direction] = mine @ theirs
            yield
    return tuple(_strongest(names, found[:, direction], counts, found.size) for direction in range(found.shape[1]))


def compared_rows(count: int) -> NDArray[np.int64]:
    """Return a fixed random subset of at most `MAX_SAMPLES` rows, in ascending order."""
    if count <= MAX_SAMPLES:
        return np.arange(count)
    # Not every n-th row: data is often sorted by class.
    return np.sort(np.random.default_rng(0).choice(count, MAX_SAMPLES, replace=False))


def clear_from(samples: int, correlations: int) -> float:
    """Return the minimum |ρ| of a named attribute, for so many samples and correlations that are looked at."""
    if samples < MIN_SAMPLES:
        return math.inf
    quantile = NormalDist().inv_cdf(1 - CHANCE / (2 * max(1, correlations)))
    return max(STRONG, quantile / math.sqrt(samples - 1))


def _numbers(columns: Mapping[str, Column]) -> tuple[Sequence[str], Sequence[NDArray[np.float64]]]:
    """Return the names and values of numeric columns and of those with two categories, with NaN for unknown."""
    found: dict[str, NDArray[np.float64]] = {}
    for name, column in columns.items():
        values = np.asarray(column.values, np.float64)
        if not column.categories:
            found[name] = values
        elif len(column.categories) == 2:
            found[name] = np.where(values < 0, np.nan, values)
    return tuple(found), tuple(found.values())


def _ranks(values: NDArray[Any]) -> NDArray[np.float64] | None:
    """Return ranks with mean 0 and length 1, ties sharing their mean rank; None if all values are equal."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[places] - (len(values) + 1) / 2
    length = float(np.linalg.norm(ranks))
    return ranks / length if length > 0 else None


def _ranks_or_zeros(values: NDArray[Any]) -> NDArray[np.float64]:
    ranks = _ranks(values)
    return np.zeros(len(values)) if ranks is None else ranks


def _strongest(
    names: Sequence[str], found: NDArray[np.float64], counts: NDArray[np.int64], correlations: int
) -> FactorChange | None:
    if len(names) == 0:
        return None
    # By size, since lowering an attribute counts as much as raising it.
    best = int(np.abs(found).argmax())
    value, samples = float(found[best]), int(counts[best])
    # All correlations count, and not only the largest: it was chosen among them.
    if abs(value) < clear_from(samples, correlations):
        return None
    # Rounding may exceed 1.
    return FactorChange(names[best], max(-1.0, min(1.0, value)), samples)
