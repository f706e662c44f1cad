"""Which runs' figures may be compared, whether they differ by more than their errors, and which are better."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.latent.metrics.figure_definitions import FigureDescription
from explorer.latent.metrics.figure_text import short_text
from explorer.latent.metrics.figures import Figures
from explorer.latent.metrics.holes import ROUNDS

SURE = 2.0
"""Two figures differ where they lie farther apart than so many of both their errors together."""
RULE_IN_SHORT = (
    "better than another run of equal data, split, preprocessing and likelihood by more than twice both errors together"
)
RULE = (
    "A value is marked as better where the runs have equal data, split, preprocessing and likelihood, where no other "
    "of these runs is better and one at least is worse: by more than twice both errors together, 2·√(a² + b²), taken "
    "as independent; a figure without an error is of the very same samples, and differs where it reads differently. "
    "log p(x) and its gap are compared by the error of their draws, and at an equal number of them; holes at an equal "
    "number of codes, by how far other samples would be off: not where a split has no more codes than are chosen."
)
_ERRORS: Mapping[str, tuple[str, ...]] = {
    "log_likelihood": ("monte_carlo_error",),
    "gap": ("monte_carlo_error", "elbo_error"),
}
"""Errors that count between runs of the same samples, where they are not named as their figure is."""
_COUNTS: Mapping[str, str] = {
    "log_likelihood": "importance_samples",
    "gap": "importance_samples",
    "hull_holes": "hole_codes",
    "prior_holes": "hole_codes",
}
"""Numbers that must be equal for figures to compare."""
_HOLES = ("hull_holes", "prior_holes")


@dataclass(frozen=True)
class Ground:
    """What runs must share for their figures to be compared: each part tells equal from unequal.

    Attributes
    ----------
    data
        The samples' fingerprint.
    split
        How they are split.
    preprocessing
        How a model sees them.
    likelihood
        p(x|z), for people.
    """

    data: str
    split: str
    preprocessing: str
    likelihood: str

    def differs_in(self, other: "Ground") -> tuple[str, ...]:
        """Name the parts that are not those of another."""
        return tuple(name for name in self.__dataclass_fields__ if getattr(self, name) != getattr(other, name))

    def has_same_samples(self, other: "Ground") -> bool:
        """Whether codes of both are of the same samples, seen alike; their likelihoods may differ."""
        return not set(self.differs_in(other)) - {"likelihood"}


def error_of(name: str, figures: Figures) -> float | None:
    """Return the error of a figure that counts against another run's on the same samples; None where it has none."""
    found = [getattr(figures, error, None) for error in _ERRORS.get(name, (f"{name}_error",))]
    known = [error for error in found if error is not None]
    return math.hypot(*known) if known else None


def comparing_error(name: str, figures: Figures) -> float | None:
    """Return the error that two runs' figures are held apart by; infinite where nothing is known of it.

    That of holes is over choices of k among the split's n codes. Other samples would be off by more: by the spread of
    the choices times √(k / (n − k)), as in the jackknife that deletes n − k of them (Shao and Wu 1989, Annals of
    Statistics 17, 1176). Where all codes are chosen, the choices say nothing of other samples.
    """
    error = error_of(name, figures)
    if error is None or name not in _HOLES:
        return error
    left_out = figures.samples - figures.hole_codes
    return error * math.sqrt(1 + ROUNDS * figures.hole_codes / left_out) if left_out > 0 else math.inf


def differ(figure: FigureDescription, one: Figures, other: Figures) -> bool:
    """Whether two runs' figures differ by more than their errors, see `RULE`; False where one is not defined."""
    count = _COUNTS.get(figure.name)
    values = [getattr(figures, figure.name) for figures in (one, other)]
    if None in values or (count and getattr(one, count) != getattr(other, count)):
        return False
    errors = [error for figures in (one, other) if (error := comparing_error(figure.name, figures)) is not None]
    if errors and abs(values[0] - values[1]) <= SURE * math.hypot(*errors):
        return False
    return short_text(figure, values[0]) != short_text(figure, values[1])


def better(
    figure: FigureDescription, all_figures: Sequence[Figures | None], grounds: Sequence[Ground]
) -> tuple[bool, ...]:
    """Say of each run whether its figure is among the better ones, see `RULE`."""
    known = [
        (place, figures)
        for place, figures in enumerate(all_figures)
        if figures and getattr(figures, figure.name) is not None
    ]
    marks = [False] * len(all_figures)
    for place, figures in known if figure.direction != "neither is better" else ():
        verdicts = [
            _verdict(figure, figures, others)
            for other, others in known
            if other != place and grounds[other] == grounds[place]
        ]
        marks[place] = 1 in verdicts and -1 not in verdicts
    return tuple(marks)


def _verdict(figure: FigureDescription, one: Figures, other: Figures) -> int:
    """Return 1 where one is better than the other, −1 where it is worse, 0 where they do not differ."""
    if not differ(figure, one, other):
        return 0
    is_higher = getattr(one, figure.name) > getattr(other, figure.name)
    return 1 if is_higher == (figure.direction == "higher is better") else -1
