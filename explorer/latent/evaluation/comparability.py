"""Decide which figures of runs may be compared, whether they differ by more than the error, and which are better."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.figure_text import short_text
from explorer.latent.evaluation.figures import Figures
from explorer.latent.metrics.codes.holes import ROUNDS
from explorer.latent.metrics.figure import Figure

STANDARD_ERRORS = 2.0
"""Two figures differ if their difference is more than this many times the combined error."""
RULE_IN_SHORT = (
    "better than another run with the same data, split, preprocessing and likelihood by more than twice the error"
)
RULE = (
    "A value is marked as better if at least one other run is worse and none is better. Only runs with the same data, "
    "split, preprocessing and likelihood are compared. A difference counts if it exceeds twice the combined error, "
    "2·√(a² + b²) for independent errors; a figure without an error is exact for these samples and differs if its "
    "displayed value differs. log p(x) and its gap need the same number of draws and use the error of these draws. "
    "Holes need the same number of codes and use the error for other samples, which is unknown if all codes of the "
    "split are used."
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
    """Return the error of a figure for a comparison on the same samples; None if it has none."""
    figure = BY_NAME[name]
    # For log p(x) only the error of the draws matters, because both runs have the same samples.
    keys = figure.compared_by or [key for key, _ in figure.errors_by_key()]
    known = [error for key in keys if (error := figures[key]) is not None]
    return math.hypot(*known) if known else None


def comparing_error(name: str, figures: Figures) -> float | None:
    """Return the error of a figure for a comparison of two runs; infinite if it is unknown.

    The error of holes is over choices of k of the n codes of the split. The error over other samples is larger: the
    spread of the choices times √(k / (n − k)), as in the jackknife that deletes n − k samples (Shao and Wu 1989, Annals
    of Statistics 17, 1176). If all codes are chosen, it is unknown.
    """
    figure, error = BY_NAME[name], error_of(name, figures)
    if error is None or all(declared.over != "choices" for declared in figure.errors):
        return error
    chosen = figures.count(figure.sample_count)
    # The mean over ROUNDS choices divided the spread between choices by √ROUNDS; this is undone here.
    left_out = figures.samples - chosen
    return error * math.sqrt(1 + ROUNDS * chosen / left_out) if left_out > 0 else math.inf


def differ(figure: Figure, one: Figures, other: Figures) -> bool:
    """Return True if both figures are defined and differ by more than their errors; see `RULE`."""
    first, second = one[figure.name], other[figure.name]
    if first is None or second is None:
        return False
    if figure.sample_count and one.count(figure.sample_count) != other.count(figure.sample_count):
        return False
    # Without an error a figure is exact for these samples.
    errors = [error for figures in (one, other) if (error := comparing_error(figure.name, figures)) is not None]
    if errors and abs(first - second) <= STANDARD_ERRORS * math.hypot(*errors):
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
