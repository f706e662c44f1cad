"""How certain an attribute vector is: v = mean code of one group − mean code of another.

Samples are resampled and left out by *unit*: a sample or, with a column such as the person, all samples of one value.
Units may have members in both groups. Everything needs only the sums of the codes of each unit in each group:

1. `bootstrap_angles` weights the units at random and measures the angle between the vector and the weighted one.
2. `positions_left_out` projects each sample on the vector of all other units.
3. `pair_agreement` compares the differences of pairs with the vector of all other units.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.latent.steps import Absent, Steps, in_chunks

BOOTSTRAP_DRAWS = 2_000
MAX_UNITS = 2_000
"""With more units, the deviations of the means are drawn from the normal distribution that they approach."""
MAX_PAIRS = 2_000
"""Maximum number of pairs whose differences are compared; of more, these many are drawn."""
CHUNK_VALUES = 100_000
"""Random numbers of the bootstrap in one chunk, which take about a millisecond."""

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class GroupSums:
    """The codes of a group, and their sums by unit.

    Attributes
    ----------
    codes
        ``(n, latent_dim)``, all finite.
    units
        ``(n,)`` unit of each member, from 0 to u − 1; units of both groups have the same numbers.
    sums, counts
        ``(u, latent_dim)`` and ``(u,)``: sum and number of the members of each unit.
    """

    codes: Floats
    units: Rows
    sums: Floats
    counts: Floats

    @cached_property
    def total(self) -> Floats:
        """The sum of all codes, ``(latent_dim,)``."""
        total: Floats = self.sums.sum(axis=0)
        return total

    @property
    def mean(self) -> Floats:
        """The mean code, ``(latent_dim,)``."""
        mean: Floats = self.total / len(self.codes)
        return mean

    @cached_property
    def unit_count(self) -> int:
        """The number of units with members in the group."""
        return int((self.counts > 0).sum())

    def means_without(self, units: Rows) -> Floats:
        """Return the mean codes without one unit each, ``(k, latent_dim)``; NaN if nothing is left."""
        return self.means_without_two(units, np.full(len(units), -1))

    def means_without_two(self, units: Rows, others: Rows) -> Floats:
        """Return the mean codes without two units each, which may be equal; the second may be -1 for none."""
        # The same unit must not be subtracted twice.
        different = ((others >= 0) & (others != units))[:, None]
        sums = self.total - self.sums[units] - np.where(different, self.sums[others], 0)
        left = len(self.codes) - self.counts[units] - np.where(different[:, 0], self.counts[others], 0)
        means: Floats = np.divide(
            sums, left[:, None], out=np.full(sums.shape, np.nan), where=np.broadcast_to(left[:, None] > 0.5, sums.shape)
        )
        return means


def sums_by_unit(codes: Floats, units: Rows, count: int) -> Steps[GroupSums]:
    """Return a group with its sums; ``units`` ``(n,)`` are numbers below ``count``."""
    sums = np.empty((count, codes.shape[1]))
    for axis in range(codes.shape[1]):
        sums[:, axis] = np.bincount(units, codes[:, axis], count)
        yield
    return GroupSums(codes, units, sums, np.bincount(units, minlength=count).astype(np.float64))


def bootstrap_angles(
    plus: GroupSums, minus: GroupSums, draws: int = BOOTSTRAP_DRAWS, seed: int = 0
) -> Steps[Floats | Absent]:
    """Return the angles in degrees between the vector and its bootstrap draws, ``(draws,)``.

    A draw weights the units by independent exponential numbers, the Bayesian bootstrap (Rubin 1981), which never
    empties a group. Deviations of a mean are enlarged by √((u + 1) / (u − 1)) for u units, so that their variance is
    that of the sample mean.

    Noise makes a measured vector longer than the true one, so that the angles to it would be too small: with 30
    dimensions and a signal as long as the noise, 95 % of the draws covered the true direction in 10 to 50 % of
    simulations. Therefore deviations are added to the vector at the length that remains without the noise,
    √(‖v‖² − E‖deviation‖²), and at least 0. The coverage is then 85 to 95 %.
    """
    if min(plus.unit_count, minus.unit_count) < 2:
        return Absent("a group has only one member to resample, so the angle is not known")
    vector = plus.mean - minus.mean
    length = float(np.linalg.norm(vector))
    if length == 0:
        return Absent("both groups have the same mean code, so there is no direction")
    if len(plus.counts) > MAX_UNITS:
        deviations = yield from _normal_deviations(plus, minus, draws, seed)
    else:
        deviations = yield from _weighted_deviations(plus, minus, draws, seed)
    noise = float((deviations**2).sum(axis=1).mean())
    drawn = vector * (np.sqrt(max(0.0, length**2 - noise)) / length) + deviations
    # arctan2 of the parts across and along is exact for small angles, where arccos loses digits.
    along = drawn @ vector / length
    across = np.linalg.norm(drawn - along[:, None] * (vector / length), axis=1)
    angles: Floats = np.degrees(np.arctan2(across, along))
    return angles


def _weighted_deviations(plus: GroupSums, minus: GroupSums, draws: int, seed: int) -> Steps[Floats]:
    """Return the deviations of the vector by random weights of the units, ``(draws, latent_dim)``."""
    rng, deviations = np.random.default_rng(seed), np.empty((draws, plus.codes.shape[1]))
    size = max(1, CHUNK_VALUES // len(plus.counts))
    for start in range(0, draws, size):
        part = slice(start, min(start + size, draws))
        weights = rng.standard_exponential((part.stop - part.start, len(plus.counts)))
        means = [(weights @ one.sums) / (weights @ one.counts)[:, None] for one in (plus, minus)]
        deviations[part] = (means[0] - plus.mean) * _enlargement(plus) - (means[1] - minus.mean) * _enlargement(minus)
        yield
    return deviations


def _normal_deviations(plus: GroupSums, minus: GroupSums, draws: int, seed: int) -> Steps[Floats]:
    """Return deviations of the covariance that the weights of the units cause, ``(draws, latent_dim)``."""
    dimensions = plus.codes.shape[1]
    covariance = np.zeros((dimensions, dimensions))
    size = max(1, CHUNK_VALUES // dimensions)
    for start in range(0, len(plus.counts), size):
        part = slice(start, start + size)
        # How much the vector changes with the weight of each unit.
        slopes = [(one.sums[part] - one.counts[part, None] * one.mean) / len(one.codes) for one in (plus, minus)]
        change = slopes[0] * _enlargement(plus) - slopes[1] * _enlargement(minus)
        covariance += change.T @ change
        yield
    # Eigenvectors and not Cholesky: a dimension without spread makes the covariance singular.
    variances, axes = np.linalg.eigh(covariance)
    yield
    normal = np.random.default_rng(seed).standard_normal((draws, dimensions))
    deviations: Floats = (normal * np.sqrt(np.maximum(variances, 0))) @ axes.T
    return deviations


def _enlargement(group: GroupSums) -> float:
    return float(np.sqrt((group.unit_count + 1) / (group.unit_count - 1)))


def positions_left_out(group: GroupSums, plus: GroupSums, minus: GroupSums) -> Steps[Floats]:
    """Return the position of each member of a group along the vector, with the member's unit left out, ``(n,)``.

    Positions are in latent units from the midpoint between the means of the other units, towards ``plus``; NaN if
    leaving the unit out empties a group.
    """

    def work(part: slice) -> Floats:
        units = group.units[part]
        high, low = plus.means_without(units), minus.means_without(units)
        vector = high - low
        lengths = np.linalg.norm(vector, axis=1)
        # Leave the unit out of the midpoint, too: including it would bias the positions of its members.
        products = ((group.codes[part] - (high + low) / 2) * vector).sum(axis=1)
        positions: Floats = np.divide(products, lengths, out=np.zeros_like(products), where=lengths != 0)
        return positions

    return (yield from in_chunks(len(group.codes), work))


@dataclass(frozen=True)
class PairAgreement:
    """The mean cosine between the differences of pairs and the vector of all other units.

    Attributes
    ----------
    cosine
        From −1 to 1; 0 is chance.
    pairs
        Number of pairs that were compared.
    within_units
        True if both samples of each pair belong to the same unit, such as the same person.
    """

    cosine: float
    pairs: int
    within_units: bool


def pair_agreement(
    plus: GroupSums, minus: GroupSums, *, within_units: bool, seed: int = 0
) -> Steps[PairAgreement | Absent]:
    """Return the mean cosine between differences of pairs, a sample of ``plus`` minus one of ``minus``, and the vector.

    Pairs are those within the units if ``within_units``, else all; of more than `MAX_PAIRS`, a random choice. Each is
    compared with the vector without the units of both samples, as a pair would agree with itself.
    """
    of_plus, of_minus = _pairs(plus, minus, within_units, np.random.default_rng(seed))
    if len(of_plus) == 0:
        return Absent("there are no pairs to compare")

    def work(part: slice) -> Floats:
        one, other = of_plus[part], of_minus[part]
        first, second = plus.units[one], minus.units[other]
        vector = plus.means_without_two(first, second) - minus.means_without_two(first, second)
        difference = plus.codes[one] - minus.codes[other]
        lengths = np.linalg.norm(vector, axis=1) * np.linalg.norm(difference, axis=1)
        products = (vector * difference).sum(axis=1)
        cosines: Floats = np.divide(products, lengths, out=np.full(len(products), np.nan), where=lengths > 0)
        return cosines

    cosines = yield from in_chunks(len(of_plus), work)
    # NaN where leaving out the units empties a group, or the difference is 0.
    known = cosines[np.isfinite(cosines)]
    if len(known) == 0:
        return Absent("no pair can be left out without emptying a group")
    return PairAgreement(float(known.mean()), len(known), within_units)


def _pairs(plus: GroupSums, minus: GroupSums, within_units: bool, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Return the rows in both groups of up to `MAX_PAIRS` pairs."""
    # Pairs are numbered block by block; a block has all pairs of one unit, or all pairs there are.
    if within_units:
        shared = np.flatnonzero((plus.counts > 0) & (minus.counts > 0))
        first, second = plus.counts[shared].astype(np.int64), minus.counts[shared].astype(np.int64)
    else:
        shared = np.zeros(1, np.int64)
        first, second = np.array([len(plus.codes)]), np.array([len(minus.codes)])
    ends = np.cumsum(first * second)
    total = int(ends[-1]) if len(ends) else 0
    # Drawn by number, as a list of all pairs of two large groups would not fit into memory.
    numbers = np.arange(total) if total <= MAX_PAIRS else rng.integers(total, size=MAX_PAIRS)
    block = np.searchsorted(ends, numbers, side="right")
    row, column = np.divmod(numbers - (ends - first * second)[block], second[block])
    if not within_units:
        return row, column
    # Members sorted by unit: those of a unit follow each other.
    by_plus, by_minus = np.argsort(plus.units, kind="stable"), np.argsort(minus.units, kind="stable")
    starts_plus = np.searchsorted(plus.units[by_plus], shared)
    starts_minus = np.searchsorted(minus.units[by_minus], shared)
    return by_plus[starts_plus[block] + row], by_minus[starts_minus[block] + column]
