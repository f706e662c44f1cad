"""Decide which figures of runs may be compared, whether they differ by more than the error, and which are better."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.figure_text import short_text
from explorer.latent.evaluation.figures import Figures
from explorer.latent.metrics.figure import Figure
from explorer.latent.metrics.measure import ONE_SAMPLE

LEVEL = 0.05
"""Two equal figures are called different in about this share of all cases."""
RULE_IN_SHORT = "better than another run with the same data, split, preprocessing and likelihood, at the level of 5 %"
RULE = (
    "A value is marked as better if at least one other run is worse and none is better. Only runs with the same data, "
    "split, preprocessing and likelihood are compared. A difference counts at the level of 5 %: if it exceeds 1.96 "
    "times its standard error (more for few samples, by the t distribution) and the displayed values differ. Figures "
    "are compared sample by sample, overlap and holes group by group, and the error is that of the mean difference; "
    "for the extent it is √(a² + b²) of the errors a and b. A figure without any error is exact for these samples. If "
    "the error of a difference is unknown, there is no verdict. Holes need the same number of codes. Runs that differ "
    "only in the seed of the training are not compared: they are one seed each. For other runs, too, another seed may "
    "change the order."
)
NOT_STORED = "the values of its samples are not stored"
OTHER_SAMPLES = "the stored values are of different samples"
OTHER_CODES = "the runs were measured with different numbers of codes"


@dataclass(frozen=True)
class ComparisonBasis:
    """Properties that runs must share for their figures to be compared.

    Attributes
    ----------
    data
        Fingerprint of the samples.
    split
        Settings of the split.
    preprocessing
        Checksum of transform, kind, shape and value range.
    likelihood
        p(x|z) as text.
    """

    data: str
    split: str
    preprocessing: str
    likelihood: str

    def differs_in(self, other: "ComparisonBasis") -> tuple[str, ...]:
        """Return the names of the parts in which it differs from another."""
        return tuple(name for name in self.__dataclass_fields__ if getattr(self, name) != getattr(other, name))

    def has_same_samples(self, other: "ComparisonBasis") -> bool:
        """Return True if both have the same samples with the same preprocessing; likelihoods may differ."""
        return not set(self.differs_in(other)) - {"likelihood"}


def error_of(name: str, figures: Figures) -> float | None:
    """Return the error of a figure beside its value in a comparison; None if it has none."""
    figure = BY_NAME[name]
    # For log p(x) it is that of the draws, because all runs have the same samples.
    keys = figure.compared_by or [key for key, _ in figure.errors_by_key()]
    known = [error for key in keys if (error := figures[key]) is not None]
    return math.hypot(*known) if known else None


@dataclass(frozen=True)
class Difference:
    """The difference of a figure between two runs with the same data and split.

    Attributes
    ----------
    value
        The first figure minus the second.
    error
        Its standard error; 0 if the figures are exact for these samples or their samples all agree; None if unknown.
    limit
        The smallest difference that counts at the level of 5 %; None if the error is unknown.
    counts
        True if the figures differ by the rule, see `RULE`.
    why_unknown
        Why the error is unknown; "" if it is known.
    """

    value: float
    error: float | None
    limit: float | None = None
    counts: bool = False
    why_unknown: str = ""

    @property
    def is_identical(self) -> bool:
        """True if the figures are equal, and so are their values of all samples."""
        return self.value == 0 and self.error == 0


def difference(figure: Figure, one: Figures, other: Figures) -> Difference | None:
    """Compare a figure of two runs; None if one of them is not defined.

    A figure with values of the samples is compared by the mean of their differences; the draws of the evaluation are
    part of the spread of these. Errors that all samples share, such as those of a grid, are not: the error is at least
    that of `Figure.compared_by`.
    """
    first, second = one[figure.name], other[figure.name]
    if first is None or second is None:
        return None
    error, count, why = _error(figure, one, other)
    if error is None or not math.isfinite(error):
        return Difference(first - second, None, why_unknown=why or "it is not finite")
    limit = factor(count) * error if error else 0.0
    # Values with the same displayed text do not count as different, even if further digits differ.
    counts = abs(first - second) > limit and short_text(figure, first) != short_text(figure, second)
    return Difference(first - second, error, limit, counts)


def factor(count: int) -> float:
    """Return how many standard errors of a mean of n values a difference must exceed: about 1.96 for many values."""
    from scipy.special import stdtrit

    return float(stdtrit(count - 1, 1 - LEVEL / 2))


def _error(figure: Figure, one: Figures, other: Figures) -> tuple[float | None, int, str]:
    """Return the standard error of a difference, how many values it is from, and why it is unknown."""
    if figure.sample_count and one.count(figure.sample_count) != other.count(figure.sample_count):
        return None, 0, OTHER_CODES
    if not figure.errors or _is_same(figure, one, other):
        return 0.0, 0, ""
    mine, others = one.by_sample.get(figure.name), other.by_sample.get(figure.name)
    if mine is None and others is None:
        return _unpaired_error(figure, one, other)
    if mine is None or others is None:
        return None, 0, NOT_STORED
    paired = mine.error_of_difference(others)
    if paired is None:
        return None, 0, ONE_SAMPLE if mine.has_same_samples(others) else OTHER_SAMPLES
    shared = [figures[key] for key in figure.compared_by for figures in (one, other)]
    if None in shared:
        return None, 0, _why_no_error(figure.compared_by, one, other)
    return max(paired, math.hypot(*(error for error in shared if error is not None))), mine.count, ""


def _is_same(figure: Figure, one: Figures, other: Figures) -> bool:
    """Return True if a figure, its errors and its values of all samples are equal, as for a run and its copy."""
    keys = (figure.name, *(key for key, _ in figure.errors_by_key()))
    if any(one[key] != other[key] for key in keys):
        return False
    mine, others = one.by_sample.get(figure.name), other.by_sample.get(figure.name)
    if mine is None or others is None:
        # A share of the samples may also be equal by chance, unlike a distance.
        return mine is others and not figure.is_share
    return mine.has_same_samples(others) and np.array_equal(mine.values, others.values)


def _unpaired_error(figure: Figure, one: Figures, other: Figures) -> tuple[float | None, int, str]:
    """Return √(a² + b²) of the errors over samples, or those of `Figure.compared_by`, for figures without values."""
    keys = figure.compared_by or [key for key, error in figure.errors_by_key() if error.over == "samples"]
    errors = [figures[key] for key in keys for figures in (one, other)]
    if not errors or None in errors:
        return None, 0, _why_no_error(keys, one, other)
    return math.hypot(*(error for error in errors if error is not None)), min(one.samples, other.samples), ""


def _why_no_error(keys: Sequence[str], one: Figures, other: Figures) -> str:
    reasons = (figures.not_defined.get(key) for key in keys for figures in (one, other) if figures[key] is None)
    return next((why for why in reasons if why), NOT_STORED)


def differ(figure: Figure, one: Figures, other: Figures) -> bool:
    """Return True if both figures are defined and differ by more than the error; see `RULE`."""
    found = difference(figure, one, other)
    return found is not None and found.counts


def better_runs(
    figure: Figure,
    all_figures: Sequence[Figures | None],
    bases: Sequence[ComparisonBasis],
    recipes: Sequence[tuple[str, int]] = (),
) -> tuple[bool, ...]:
    """Return for each run whether its figure is marked as better; see `RULE`.

    ``recipes`` has the recipe of each run, "" if it is not known, and its training seed.
    """
    known = [
        (index, figures) for index, figures in enumerate(all_figures) if figures and figures[figure.name] is not None
    ]
    marks = [False] * len(all_figures)
    for index, figures in known if figure.direction != "neither is better" else ():
        signs = [
            _compare(figure, figures, others)
            for other, others in known
            if other != index
            and bases[other] == bases[index]
            and not (recipes and _only_seeds_differ(recipes[index], recipes[other]))
        ]
        # Better than at least one other run, and worse than none.
        marks[index] = 1 in signs and -1 not in signs
    return tuple(marks)


def _only_seeds_differ(one: tuple[str, int], other: tuple[str, int]) -> bool:
    return bool(one[0]) and one[0] == other[0] and one[1] != other[1]


def _compare(figure: Figure, one: Figures, other: Figures) -> int:
    """Return 1 if the first figure is better, −1 if it is worse, 0 if they do not differ or it is unknown."""
    found = difference(figure, one, other)
    if found is None or not found.counts:
        return 0
    return 1 if (found.value > 0) == (figure.direction == "higher is better") else -1
