"""Standard errors by textbook estimators, and a figure as it is recomputed. Part of `check_figures.py`."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

SURE = 4.0
"""Standard errors by which two estimates of a figure may differ."""
OF_AN_ERROR = 1 / 3
"""Share by which two estimates of a standard error may differ, unless one of them is from few values."""
OF_A_JACKKNIFE = 0.2
"""The same for a jackknife here and a linear approximation in evaluate."""
OF_FEW = 0.6
"""The same if few values determine an error, such as sixteen draws, which give it to 18 %."""
Array = np.ndarray[Any, np.dtype[Any]]


class Found(NamedTuple):
    """A figure as it is recomputed, and how far the one of evaluate may be from it, besides rounding."""

    name: str
    value: float
    slack: float = 0.0


def error(name: str, value: float, share: float = OF_AN_ERROR) -> Found:
    """Return the standard error of a figure, by another estimator than that of evaluate."""
    return Found(f"{name}_error", value, share * value)


def plain_error(name: str, values: Array) -> Found:
    """Return the standard error of a mean of values ``(n,)``."""
    return Found(f"{name}_error", standard_error(values))


def standard_error(values: Array) -> float:
    """Return the standard deviation of values ``(n,)``, divided by √n."""
    return float(values.std(ddof=1)) / math.sqrt(len(values))


def repeated(name: str, once: Callable[[np.random.Generator], float], times: int = 16) -> Found:
    """Return the mean of a figure over several draws; evaluate has a single one."""
    values = [once(np.random.default_rng(1000 + seed)) for seed in range(times)]
    return Found(name, float(np.mean(values)), SURE * float(np.std(values, ddof=1)) * math.sqrt(1 + 1 / times))


def jackknife(figure: Callable[[Array], float], count: int, groups: int = 200) -> float:
    """Return the standard error of a figure of rows, by leaving out one of ``count`` samples, or a group, at a time."""
    order = np.random.default_rng(0).permutation(count)
    parts = np.array_split(order, min(count, groups))
    values = np.array([figure(np.sort(np.setdiff1d(order, part))) for part in parts])
    return math.sqrt((len(parts) - 1) * float(values.var()))


def bootstrap(figure: Callable[[Array], float], count: int, times: int = 1000) -> float:
    """Return the standard error of a figure of rows, by drawing ``count`` of them with replacement."""
    rng = np.random.default_rng(0)
    return float(np.std([figure(rng.integers(count, size=count)) for _ in range(times)]))


def random_groups(figure: Callable[[Array], float], count: int, sets: int, size: int, freedom: int) -> float:
    """Return the standard error of the mean of a figure over disjoint sets of rows, from their differences.

    Of a figure whose variance is proportional to 1/n it is also the error for all rows at once.
    """
    rng = np.random.default_rng(0)
    variances = []
    for _ in range(-(-freedom // (sets - 1))):
        order = rng.permutation(count)
        values = [figure(order[place * size : (place + 1) * size]) for place in range(sets)]
        variances.append(np.var(values, ddof=1) / sets)
    return math.sqrt(float(np.mean(variances)))


def without_groups(figure: Callable[[Array], float], count: int, groups: int = 3, divisions: int = 100) -> float:
    """Return the standard error of a figure of rows, by leaving out one of a few random groups at a time."""
    rng = np.random.default_rng(0)
    variances = []
    for _ in range(divisions):
        part = rng.permutation(count) % groups
        values = [figure(np.flatnonzero(part != left_out)) for left_out in range(groups)]
        variances.append((groups - 1) ** 2 / groups * np.var(values, ddof=1))
    return math.sqrt(float(np.mean(variances)))
