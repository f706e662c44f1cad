"""Rounds the terms of entropy, cross-entropy and KL so that the numbers that are shown add up, by row and by column.

Each row has a + t = b, with a = p·(−log p), t = p·log(p/q), b = p·(−log q), and each column has its sum. Rounding each
number by itself would break some of these equations in the last digit. Instead (controlled rounding, Cox 1987):

1. The sums are rounded first. If they do not add up, the one whose rounding was closest gives way.
2. Each a and t may be rounded down or up; b is their sum.
3. Dynamic programming over the rows finds the choice with the right sums and the smallest squared error.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import isfinite, isnan

import numpy as np

from explorer.latent.information.discrete import NATS, BeliefComparison, Unit, Values

MAX_FIXED = 1e7
"""Larger numbers would not fit beside a bar or in a table with all their digits."""
DIGITS = 3
"""Decimals that are shown."""
ENTROPY_WEIGHT = 4.0
"""Weight of the errors of p·(−log p) among those of the three columns."""


@dataclass(frozen=True, eq=False)
class ShownTable:
    """The rounded columns ``(n,)`` and their sums; infinite values stay infinite."""

    weighted_p: Values
    weighted_q: Values
    terms: Values
    entropy: float
    cross_entropy: float
    kl: float


def shown_table(comparison: BeliefComparison, unit: Unit = NATS, digits: int = DIGITS) -> ShownTable:
    """Return the terms of a comparison in a unit, rounded to ``digits`` decimals, so that they add up."""
    factor = unit.per_nat * 10**digits
    a, t = comparison.weighted_p * factor, comparison.terms * factor
    finite = np.isfinite(t)
    if not finite.all():
        # If the sum is infinite, nothing needs to add up: each number is rounded by itself.
        shown = [np.round(column) for column in (a, comparison.weighted_q * factor, t)]
        sums = (round(float(a.sum())), np.inf, np.inf)
    else:
        entropy, kl = _rounded_sums(float(a.sum()), float(t.sum()))
        first, third = _rounded_columns(a, t, entropy, kl)
        shown, sums = [first, first + third, third], (entropy, entropy + kl, kl)
    scale = 10.0**-digits
    columns = [np.round(column * scale, digits) + 0.0 for column in shown]
    entropy_shown, cross_shown, kl_shown = (float(np.round(one * scale / comparison.cases, digits)) for one in sums)
    if comparison.cases > 1 and np.isfinite(cross_shown):
        kl_shown = float(np.round(cross_shown - entropy_shown, digits))
    return ShownTable(columns[0], columns[1], columns[2], entropy_shown, cross_shown, kl_shown)


def shown_sums(entropy: float, kl: float, unit: Unit = NATS, digits: int = DIGITS) -> tuple[float, float, float]:
    """Return H(P), KL and H(P, Q) = H(P) + KL in a unit, rounded so that they add up."""
    factor = unit.per_nat * 10**digits
    if not np.isfinite(kl):
        return float(np.round(entropy * unit.per_nat, digits)), np.inf, np.inf
    first, second = _rounded_sums(entropy * factor, kl * factor)
    whole = [float(np.round(value * 10.0**-digits, digits)) for value in (first, second, first + second)]
    return whole[0], whole[1], whole[2]


def shown_parts(
    values: Sequence[float], unit: Unit = NATS, digits: int = DIGITS, total: float | None = None
) -> tuple[float, ...]:
    """Return numbers in a unit, rounded so that they add up to their rounded sum (the largest remainder method).

    ``total`` is that sum in the unit, if it is already shown elsewhere. Numbers that are not all finite are rounded one
    by one.
    """
    exact = np.array(values, np.float64) * unit.per_nat * 10**digits
    if not np.isfinite(exact).all() or not len(exact):
        return tuple(np.round(exact * 10.0**-digits, digits).tolist())
    whole = round(float(exact.sum()) if total is None else total * 10**digits)
    if total is not None:  # what the total has beyond the sum is divided equally
        exact = exact + (whole - exact.sum()) / len(exact)
    low = np.floor(exact)
    up = whole - int(low.sum())
    # The largest fractions are rounded up; stable, so that equal ones keep their order.
    low[np.argsort(low - exact, kind="stable")[:up]] += 1
    return tuple(np.round(low * 10.0**-digits, digits).tolist())


def _rounded_sums(entropy: float, kl: float) -> tuple[int, int]:
    """Return the integers for H(P) and KL with the smallest errors, including that of their sum H(P, Q)."""
    options = product(_down_up(entropy), _down_up(kl))
    return min(options, key=lambda one: (one[0] - entropy) ** 2 + (one[1] - kl) ** 2 + (sum(one) - entropy - kl) ** 2)


def _rounded_columns(a: Values, t: Values, entropy: int, kl: int) -> tuple[Values, Values]:
    """Return both columns as whole numbers with the given sums and the least squared error of a, t and a + t."""
    low_a, low_t = np.floor(a), np.floor(t)
    part_a, part_t = a - low_a, t - low_t
    # How many numbers of each column are rounded up.
    up_a, up_t = entropy - int(low_a.sum()), kl - int(low_t.sum())
    count = len(a)
    costs = np.full((count + 1, count + 1, count + 1), np.inf)
    costs[0, 0, 0] = 0.0
    choices = tuple(product((0, 1), (0, 1)))
    for row in range(count):
        for one, other in choices:
            cost = _cost(one - part_a[row], other - part_t[row])
            before = costs[row, : count + 1 - one, : count + 1 - other] + cost
            target = costs[row + 1, one:, other:]
            np.minimum(target, before, out=target)
    return _traced(costs, (low_a, low_t), (part_a, part_t), (up_a, up_t))


def _traced(
    costs: Values, low: tuple[Values, Values], part: tuple[Values, Values], up: tuple[int, int]
) -> tuple[Values, Values]:
    """Follow the cheapest choices back from the last row."""
    count, (left_a, left_t) = len(low[0]), up
    found = (low[0].copy(), low[1].copy())
    for row in reversed(range(count)):

        def cost(choice: tuple[int, int], row: int = row, left_a: int = left_a, left_t: int = left_t) -> float:
            before_a, before_t = left_a - choice[0], left_t - choice[1]
            if before_a < 0 or before_t < 0:
                return float("inf")
            error = _cost(choice[0] - part[0][row], choice[1] - part[1][row])
            return float(costs[row, before_a, before_t]) + error

        one, other = min(product((0, 1), (0, 1)), key=cost)
        found[0][row] += one
        found[1][row] += other
        left_a, left_t = left_a - one, left_t - other
    return found


def _cost(error_a: float, error_t: float) -> float:
    # The entropy's column weighs more: equal p there should be shown as equal numbers.
    return float(ENTROPY_WEIGHT * error_a**2 + error_t**2 + (error_a + error_t) ** 2)


def _down_up(value: float) -> tuple[int, int]:
    down = int(np.floor(value))
    return (down, down + 1) if value > down else (down, down)


def number_text(value: float, digits: int = DIGITS, *, signed: bool = False) -> str:
    """Return a number with a fixed number of decimals and a true minus sign; ``signed`` adds a plus. Infinity is ∞.

    Numbers from `MAX_FIXED` on have three digits and a power of ten: 1.23e+22.
    """
    if isnan(value):
        return "not a number"
    size = "∞" if not isfinite(value) else f"{abs(value):.{digits}f}" if abs(value) < MAX_FIXED else f"{abs(value):.2e}"
    # A value that rounds to 0 has no sign.
    is_zero = isfinite(value) and float(size) == 0
    sign = "" if is_zero else "−" if value < 0 else "+" if signed else ""
    return f"{sign}{size}"


def probability_texts(*columns: Sequence[float]) -> tuple[tuple[str, ...], ...]:
    """Return columns of probabilities with two decimals, or three if any needs them; each adds up as it is shown."""
    values = [value for column in columns for value in column]
    digits = 2 if all(abs(100 * value - round(100 * value)) < 1e-6 for value in values) else 3
    # Probabilities of separate events do not sum to a whole number.
    shown = [
        shown_parts(column, digits=digits) if abs(sum(column) - round(sum(column))) < 1e-6 else column
        for column in columns
    ]
    return tuple(tuple(f"{value:.{digits}f}" for value in column) for column in shown)
