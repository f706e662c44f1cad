"""Information, entropy, cross-entropy and KL of two distributions over a few outcomes.

P is the truth, Q the belief. An outcome of probability q carries the information −log q. Its mean under P is the
cross-entropy H(P, Q); with the right belief it is the entropy H(P), and the difference is KL(P ‖ Q) ≥ 0.

All values are in nats; a `Unit` converts them for display. A term with p = 0 is 0, as x·log x → 0 for x → 0. A term
with q = 0 < p is infinite: what is believed to be impossible happens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError

Values = NDArray[np.float64]

MIN_OUTCOMES, MAX_OUTCOMES = 2, 10
SUM_TOLERANCE = 1e-6
"""Maximum difference of a sum of probabilities from 1: numbers with six decimals are accepted."""


@dataclass(frozen=True)
class Unit:
    """A unit of information: its name, and how many of it are one nat."""

    name: str
    per_nat: float

    def label(self, text: str) -> str:
        """Return a text without numbers, such as "nats per sample", with the name of this unit in place of "nats"."""
        return text.replace(NATS.name, self.name)

    def factor(self, unit: str) -> float:
        """Return the factor from values in a unit, such as "nats per sample", to this one; 1 for other quantities."""
        return self.per_nat if NATS.name in unit else 1.0


NATS: Final = Unit("nats", 1.0)
BITS: Final = Unit("bits", float(1 / np.log(2)))
UNITS: Final = {unit.name: unit for unit in (NATS, BITS)}


def distribution(values: Sequence[float], name: str) -> Values:
    """Check the probabilities of all outcomes ``(n,)`` and return them with a sum of exactly 1.

    Raises
    ------
    ConfigError
        If there are too few or too many, one is not a number or negative, or they do not sum to 1; ``name`` begins the
        message.
    """
    found = np.asarray(values, np.float64)
    if not MIN_OUTCOMES <= len(found) <= MAX_OUTCOMES:
        raise ConfigError(f"{name}: {len(found)} probabilities; give {MIN_OUTCOMES} to {MAX_OUTCOMES}")
    for number, value in enumerate(found, start=1):
        if not np.isfinite(value):
            raise ConfigError(f"{name}: probability {number} is {value}; each must be a number from 0 to 1")
        if value < 0:
            raise ConfigError(f"{name}: probability {number} is {value:g}; none may be negative")
    total = float(found.sum())
    if abs(total - 1) > SUM_TOLERANCE:
        raise ConfigError(f"{name}: the probabilities sum to {total:g}; they must sum to 1")
    return np.asarray(found / total)


@dataclass(frozen=True, eq=False)
class BeliefComparison:
    """Two distributions over the same outcomes and everything that compares them, in nats.

    Attributes
    ----------
    p, q
        ``(n,)``: the truth and the belief. They are checked by `compare`.
    cases
        Number of cases that the outcomes describe, such as two pictures, each with probabilities that sum to 1. Sums
        over outcomes are divided by it, so they are means over cases.
    """

    p: Values
    q: Values
    cases: int = 1

    @cached_property
    def information_p(self) -> Values:
        """The information of each outcome under the truth, −log p, ``(n,)``; infinite for p = 0."""
        return information(self.p)

    @cached_property
    def information_q(self) -> Values:
        """The information of each outcome under the belief, −log q, ``(n,)``; infinite for q = 0."""
        return information(self.q)

    @cached_property
    def weighted_p(self) -> Values:
        """p·(−log p), ``(n,)``; they add up to the entropy."""
        return _weighted(self.p, self.information_p)

    @cached_property
    def weighted_q(self) -> Values:
        """p·(−log q), ``(n,)``; they add up to the cross-entropy."""
        return _weighted(self.p, self.information_q)

    @cached_property
    def terms(self) -> Values:
        """p·log(p/q), ``(n,)``; single terms may be negative, their sum never is."""
        from scipy.special import rel_entr

        return np.asarray(rel_entr(self.p, self.q))

    @property
    def entropy(self) -> float:
        """H(P), the mean of −log p under P."""
        return float(self.weighted_p.sum()) / self.cases

    @property
    def cross_entropy(self) -> float:
        """H(P, Q), the mean of −log q under P; infinite if Q excludes an outcome that P allows."""
        return float(self.weighted_q.sum()) / self.cases

    @property
    def kl(self) -> float:
        """KL(P ‖ Q) = H(P, Q) − H(P), never negative."""
        # Rounding can turn a sum of 0 into −1e-17.
        return max(0.0, float(self.terms.sum()) / self.cases)

    @property
    def reverse(self) -> "BeliefComparison":
        """The comparison with truth and belief swapped: its ``kl`` is KL(Q ‖ P)."""
        return BeliefComparison(self.q, self.p, self.cases)


def compare(p: Sequence[float], q: Sequence[float]) -> BeliefComparison:
    """Return the comparison of a truth and a belief over the same outcomes.

    Raises
    ------
    ConfigError
        If one is no distribution, see `distribution`, or they have different numbers of outcomes.
    """
    if len(p) != len(q):
        raise ConfigError(f"p has {len(p)} outcomes and q has {len(q)}; both need the same outcomes")
    return BeliefComparison(distribution(p, "p"), distribution(q, "q"))


def information(probabilities: Values) -> Values:
    """Return −log p for each probability, in nats; infinite for 0."""
    with np.errstate(divide="ignore"):
        # 0.0 − log 1 is 0, where −log 1 would be −0.
        return np.asarray(0.0 - np.log(probabilities))


def _weighted(p: Values, values: Values) -> Values:
    # 0 · ∞ is 0 here, and NaN in floating point.
    return np.where(p > 0, p, 0.0) * np.where(p > 0, values, 0.0)


def scaled_others(values: Values, index: int, value: float, locked: Sequence[bool]) -> Values:
    """Return probabilities with one of them set, and the others scaled so that the sum stays 1.

    Locked ones keep their value; the one that is set can take at most what they leave. If all others are locked,
    nothing changes. Others that are all 0 share the rest equally.
    """
    fixed = np.array(locked, bool)
    fixed[index] = False
    others = ~fixed
    others[index] = False
    if not others.any():
        return values
    room = 1.0 - float(values[fixed].sum())
    found = values.copy()
    found[index] = min(max(value, 0.0), max(room, 0.0))
    rest, before = room - found[index], float(values[others].sum())
    share = values[others] / before if before > 0 else np.full(int(others.sum()), 1 / others.sum())
    found[others] = max(rest, 0.0) * share
    return found


def draw_events(p: Values, count: int, seed: int) -> NDArray[np.int64]:
    """Draw outcomes from P by their index, ``(count,)``; a longer draw begins with a shorter one of the same seed."""
    cumulative = np.cumsum(p)
    drawn = np.random.default_rng(seed).random(count) * cumulative[-1]
    # side="right": an outcome of probability 0 is never drawn.
    return np.asarray(np.searchsorted(cumulative, drawn, side="right"), np.int64)


def running_mean(events: NDArray[np.int64], values: Values) -> Values:
    """Return the mean of the values of the first n events, for each n, ``(count,)``."""
    return np.asarray(np.cumsum(values[events]) / np.arange(1, len(events) + 1))


@dataclass(frozen=True, eq=False)
class Attempt:
    """One step of the search for a negative KL: the belief and its KL."""

    q: Values
    kl: float


def search_negative_kl(p: Values, q: Values, seed: int = 0, patience: int = 400) -> Iterator[Attempt]:
    """Yield ever lower values of KL(P ‖ Q), by random changes to Q; none is negative.

    The search ends after ``patience`` changes in a row that lower it no further.
    """
    random = np.random.default_rng(seed)
    best, lowest, failed, size = q, BeliefComparison(p, q).kl, 0, 0.3
    while failed < patience:
        # Mixed with a draw from the simplex, so that an outcome with q = 0 can get some probability back.
        proposal = best * np.exp(size * random.standard_normal(len(q))) + 0.01 * size * random.dirichlet(
            np.ones(len(q))
        )
        proposal /= proposal.sum()
        found = BeliefComparison(p, proposal).kl
        if found < lowest:
            best, lowest, failed = proposal, found, 0
            yield Attempt(best, lowest)
        else:
            failed += 1
            # Smaller steps near the minimum, as larger ones overshoot it.
            size = max(1e-6, 0.97 * size)
