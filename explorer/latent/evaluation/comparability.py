"""Decide which figures of runs may be compared, whether they differ by more than the error, and which are better."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.figure_text import short_text
from explorer.latent.evaluation.figures import Figures
from explorer.latent.metrics.figure import Figure

STANDARD_ERRORS = 1.96
"""Two figures differ if their difference is more than this many times its standard error: equal ones do in 5 % of all
cases (normal distribution)."""
RULE_IN_SHORT = "better than another run with the same data, split, preprocessing and likelihood, at the level of 5 %"
RULE = (
    "A value is marked as better if at least one other run is worse and none is better. Only runs with the same data, "
    "split, preprocessing and likelihood are compared. A difference counts at the level of 5 %: if it exceeds 1.96 "
    "times its standard error. Figures that are means over samples are compared sample by sample, and the error is "
    "that of the mean difference; for others it is √(a² + b²) of their errors a and b. A figure without any error is "
    "exact for these samples and differs if its displayed value differs. Holes need the same number of codes. Another "
    "seed of the training may change the order."
)


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


def error_of_difference(name: str, one: Figures, other: Figures) -> float | None:
    """Return the standard error of the difference of a figure between two runs; None if the figure is exact for both.

    The runs must have the same data and split. A figure with values of the samples is compared sample by sample; its
    draws are part of the spread of the differences. Errors that all samples share, such as those of a grid, are not.
    """
    errors = [error for figures in (one, other) if (error := error_of(name, figures)) is not None]
    combined = math.hypot(*errors) if errors else None
    if name in one.by_sample and name in other.by_sample:
        paired = one.by_sample[name].error_of_difference(other.by_sample[name])
        if paired is not None:
            return max(paired, combined or 0.0) if BY_NAME[name].compared_by else paired
    return combined


def differ(figure: Figure, one: Figures, other: Figures) -> bool:
    """Return True if both figures are defined and differ by more than the error; see `RULE`."""
    first, second = one[figure.name], other[figure.name]
    if first is None or second is None:
        return False
    if figure.sample_count and one.count(figure.sample_count) != other.count(figure.sample_count):
        return False
    error = error_of_difference(figure.name, one, other)
    if error is not None and abs(first - second) <= STANDARD_ERRORS * error:
        return False
    # Values with the same displayed text do not count as different, even if further digits differ.
    return short_text(figure, first) != short_text(figure, second)


def better_runs(
    figure: Figure, all_figures: Sequence[Figures | None], bases: Sequence[ComparisonBasis]
) -> tuple[bool, ...]:
    """Return for each run whether its figure is marked as better; see `RULE`."""
    known = [
        (index, figures) for index, figures in enumerate(all_figures) if figures and figures[figure.name] is not None
    ]
    marks = [False] * len(all_figures)
    for index, figures in known if figure.direction != "neither is better" else ():
        signs = [
            _compare(figure, figures, others)
            for other, others in known
            if other != index and bases[other] == bases[index]
        ]
        # Better than at least one other run, and worse than none.
        marks[index] = 1 in signs and -1 not in signs
    return tuple(marks)


def _compare(figure: Figure, one: Figures, other: Figures) -> int:
    """Return 1 if the first figure is better, −1 if it is worse, 0 if they do not differ."""
    first, second = one[figure.name], other[figure.name]
    if first is None or second is None or not differ(figure, one, other):
        return 0
    return 1 if (first > second) == (figure.direction == "higher is better") else -1
