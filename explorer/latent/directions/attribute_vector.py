"""Attribute vectors: the mean code of one group of samples minus the mean code of another, with its certainty.

Larsen, Sønderby, Larochelle and Winther 2016 (Autoencoding beyond pixels using a learned similarity metric, section 4)
use them to add attributes to faces; White 2016 (Sampling generative networks, section 3) shows how correlated
attributes bias them. Here each vector comes with figures of how certain its direction is, see `vector_certainty`.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.latent.codes.sample_codes import SampleCodes
from explorer.latent.directions.vector_certainty import (
    GroupSums,
    PairAgreement,
    bootstrap_angles,
    pair_agreement,
    positions_left_out,
    sums_by_unit,
)
from explorer.latent.groups.members import Units, rows_of
from explorer.latent.steps import Absent, Steps

ANGLE_BINS, MAX_BINS = (0.25, 0.5, 1.0, 2.5, 5.0, 10.0), 20
"""Widths of the bins of `angle_histogram` in degrees, narrowest first, and the maximum number of bins."""
NO_ENCODER = "the model has no encoder, so samples have no codes"
NO_CODES = "the run has no codes yet"


@dataclass(frozen=True, eq=False)
class VectorGroup:
    """One of the two groups of a vector.

    Attributes
    ----------
    name
        As the user named it.
    samples
        ``(n,)`` sorted indices of the members with codes.
    positions
        ``(n,)`` their positions along the vector in latent units from the midpoint, each with its unit left out; NaN
        if that empties a group. Empty until they are computed.
    right
        ``(n,)`` which of them are on the right side of the midpoint.
    without_code
        Number of members that have no finite code.
    units
        Number of units with members in the group.
    """

    name: str
    samples: NDArray[np.int64]
    positions: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    right: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    without_code: int = 0
    units: int = 0

    @property
    def tested(self) -> int:
        """The number of members with a position."""
        return int(np.isfinite(self.positions).sum())


@dataclass(frozen=True, eq=False)
class Certainty:
    """How certain the direction of a vector is.

    Attributes
    ----------
    right_share
        Share of the members that are on the right side of the midpoint when their unit is left out, averaged over both
        groups, so that a large group does not hide a small one; 0.5 is chance.
    angles
        Sorted angles in degrees between the vector and its bootstrap draws, ``(draws,)``.
    agreement
        Mean cosine between differences of pairs and the vector.
    """

    right_share: float | Absent
    angles: NDArray[np.float64] | Absent
    agreement: PairAgreement | Absent

    @property
    def median_angle(self) -> float | None:
        """The median angle in degrees; None if it is not known."""
        return None if isinstance(self.angles, Absent) else float(np.median(self.angles))

    @property
    def wide_angle(self) -> float | None:
        """The angle in degrees that 95 % of the draws stay below; None if it is not known."""
        return None if isinstance(self.angles, Absent) else float(np.percentile(self.angles, 95))


@dataclass(frozen=True, eq=False)
class AttributeVector:
    """The mean code of ``plus`` minus the mean code of ``minus``.

    Attributes
    ----------
    values
        ``(latent_dim,)`` float64.
    by
        Column of the units that are resampled and left out; "" for single samples.
    overlap
        Number of samples in both groups.
    shared_units
        Number of units with members in both groups.
    certainty
        None until it is computed.
    """

    values: NDArray[np.float64]
    plus: VectorGroup
    minus: VectorGroup
    by: str = ""
    overlap: int = 0
    shared_units: int = 0
    certainty: Certainty | None = None

    @property
    def length(self) -> float:
        """The length in latent units."""
        return float(np.linalg.norm(self.values))

    @property
    def right(self) -> int:
        """The number of samples of both groups on the right side."""
        return int(self.plus.right.sum() + self.minus.right.sum())

    @property
    def tested(self) -> int:
        """The number of samples of both groups that were left out in turn."""
        return self.plus.tested + self.minus.tested


def make_vector(
    codes: SampleCodes | None,
    plus: tuple[str, ArrayLike],
    minus: tuple[str, ArrayLike],
    units: Units | None = None,
    seed: int = 0,
) -> Steps[AttributeVector | Absent]:
    """Compute the vector from ``minus`` to ``plus``; yields it without its certainty first, then after each chunk.

    Parameters
    ----------
    codes
        The codes of the samples; None if there are none yet.
    plus, minus
        Name and sample indices of each group.
    units
        Units of the rows of ``codes``; None if each sample is one.
    seed
        Seed of the bootstrap and of the choice of pairs.
    """
    if codes is None or codes.drawn:
        return Absent(NO_CODES if codes is None else NO_ENCODER)
    groups, rows = [], []
    for name, samples in (plus, minus):
        found = _rows_with_codes(codes, name, samples)
        if isinstance(found, Absent):
            return found
        rows.append(found)
        without_code = len(np.unique(np.asarray(samples))) - len(found)
        groups.append(VectorGroup(name, codes.index[found], without_code=without_code))
        yield
    high, low = yield from _sums(codes, rows[0], rows[1], units)
    vector = AttributeVector(
        high.mean - low.mean,
        replace(groups[0], units=high.unit_count),
        replace(groups[1], units=low.unit_count),
        "" if units is None else units.by,
        len(np.intersect1d(rows[0], rows[1])),
        int(((high.counts > 0) & (low.counts > 0)).sum()),
    )
    # The difference takes milliseconds and its certainty may take seconds, so the window shows the former at once.
    yield vector
    return (yield from _with_certainty(vector, high, low, seed))


def _rows_with_codes(codes: SampleCodes, name: str, samples: ArrayLike) -> NDArray[np.int64] | Absent:
    """Return the rows of the samples of a group that have a finite code."""
    rows = rows_of(codes.index, samples)
    # Diverged encoders return NaN, of which one would make the vector NaN.
    rows = rows[np.isfinite(codes.mean[rows]).all(axis=1)]
    if len(rows) == 0:
        return Absent(f"no sample of {name!r} has a code" if np.size(samples) else f"the group {name!r} is empty")
    return rows


def _sums(
    codes: SampleCodes, plus: NDArray[np.int64], minus: NDArray[np.int64], units: Units | None
) -> Steps[tuple[GroupSums, GroupSums]]:
    both = np.concatenate([plus, minus])
    # Numbered from 0 without gaps, so that the sums have rows for the units of these groups only.
    names, numbers = np.unique(both if units is None else units.of_row[both], return_inverse=True)
    values = codes.mean[both].astype(np.float64)
    high = yield from sums_by_unit(values[: len(plus)], numbers[: len(plus)], len(names))
    low = yield from sums_by_unit(values[len(plus) :], numbers[len(plus) :], len(names))
    return high, low


def _with_certainty(vector: AttributeVector, high: GroupSums, low: GroupSums, seed: int) -> Steps[AttributeVector]:
    above = yield from positions_left_out(high, high, low)
    below = yield from positions_left_out(low, high, low)
    plus = replace(vector.plus, positions=above, right=above > 0)
    minus = replace(vector.minus, positions=below, right=below < 0)
    # Averaged over the groups: a share of all members would be that of the larger group.
    share: float | Absent = Absent("a group has only one member, which cannot be left out")
    if vector.length == 0:
        # Without one sample, equal groups differ by that sample alone, which would put all on the wrong side.
        share = Absent("both groups have the same mean code, so there is no direction")
    elif plus.tested and minus.tested:
        share = float(plus.right.sum() / plus.tested + minus.right.sum() / minus.tested) / 2
    angles = yield from bootstrap_angles(high, low, seed=seed)
    # Pairs of the same person differ in the attribute and not in the person.
    within = bool(vector.by) and vector.shared_units > 0
    agreement = yield from pair_agreement(high, low, within_units=within, seed=seed)
    known = angles if isinstance(angles, Absent) else np.sort(angles)
    return replace(vector, plus=plus, minus=minus, certainty=Certainty(share, known, agreement))


def angle_histogram(angles: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return counts ``(k,)`` and edges ``(k + 1,)`` of angles, in equal bins of whole widths from 0 on."""
    # The finest width with at most `MAX_BINS` bins.
    largest = float(angles.max())
    width = next((one for one in ANGLE_BINS if largest <= MAX_BINS * one), ANGLE_BINS[-1])
    counts, edges = np.histogram(angles, width * np.arange(int(largest // width) + 2))
    return counts.astype(np.int64), edges
