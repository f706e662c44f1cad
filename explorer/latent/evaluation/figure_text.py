"""Format figures as text: a value with its unit and errors, and the largest entry of the overlap matrix.

Numbers are rounded in two ways. `number_text` and `measured_text` are for a figure beside its error; `rounded`
and `rounded_percent` are for sentences and narrow tables, where digits beyond the second or third distract.
"""

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.figures import Figures, absence_words
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.metrics.figure import Figure
from explorer.models.terms import ARROWS

MIN_WRITTEN = 1e-4
"""Smaller numbers are written as ``<0.0001`` by `rounded`."""

Matrix = Sequence[Sequence[float] | None]


def as_array(matrix: Matrix) -> NDArray[np.float64]:
    """Return the shares ``(classes, classes)``, NaN in the row of a class without samples."""
    rows = [[np.nan] * len(matrix) if row is None else list(row) for row in matrix]
    return np.array(rows, np.float64).reshape(len(matrix), len(matrix))


def largest_pair(matrix: Matrix) -> tuple[int, int] | None:
    """Return the row and column of the largest share off the diagonal; None if no classes overlap."""
    shares = as_array(matrix)
    np.fill_diagonal(shares, np.nan)  # a class does not overlap with itself
    if not np.nansum(shares) > 0:
        return None
    row, column = np.unravel_index(int(np.nanargmax(shares)), shares.shape)
    return int(row), int(column)


def overlap_words(matrix: Matrix, names: Sequence[str]) -> str:
    """Return as text which pair of classes overlaps most, in both directions."""
    pair = largest_pair(matrix)
    if pair is None:
        return "No classes overlap: every sample has most of its neighbours in its own class."
    one, other = pair
    shares = as_array(matrix)
    words = (
        f"Largest overlap: {percent(shares[one, other])} of the samples of “{names[one]}” lie among “{names[other]}”"
    )
    if np.isnan(shares[other, one]):
        return f"{words}."
    return f"{words}; in the other direction, {percent(shares[other, one])}."


def percent(share: float, digits: int = 0) -> str:
    """Return a share as text in per cent with ``digits`` decimals."""
    return f"{100 * share:.{digits}f} %"


def rounded_percent(share: float) -> str:
    """Return a share as text in per cent: two significant digits below 10 %, whole numbers above."""
    return f"{100 * share:.2g} %" if share < 0.1 else percent(share)


def rounded(value: float) -> str:
    """Return a number as text: three decimals below 0.1, two below 10, one above; tiny numbers as ``<0.0001``."""
    if 0 < abs(value) < MIN_WRITTEN:
        return f"<{MIN_WRITTEN:g}" if value > 0 else f"−<{MIN_WRITTEN:g}"
    # Limits are half a digit below 0.1 and 10, so that rounding never adds a digit.
    digits = 3 if abs(value) < 0.0995 else 2 if abs(value) < 9.995 else 1
    return (f"{value:.2g}" if 0 < abs(value) < 0.0095 else f"{value:.{digits}f}").replace("-", "−")


def information_text(nats: float, unit: Unit = NATS) -> str:
    """Return a number of nats as text in a unit of information, as `rounded` writes it."""
    return f"{rounded(nats * unit.per_nat)} {unit.name}"


def titled(figure: Figure) -> str:
    """Return the title of a figure with an arrow in the better direction."""
    return f"{figure.title}{ARROWS[figure.direction]}"


def figure_text(figure: Figure, figures: Figures, unit: Unit = NATS) -> str:
    """Return a figure as text with its unit and errors, or the reason why it is not defined.

    ``unit`` is that in which information is written.
    """
    value = figures[figure.name]
    if value is None:
        return absence_words(figures.why_not(figure.name))
    return value_text(figure, value, unit) + errors_text(figure, figures, unit)


def value_text(figure: Figure, value: float, unit: Unit = NATS) -> str:
    """Return a value as text with its unit; shares are in per cent."""
    # "12.3 % of the samples": the per cent sign replaces the word "share".
    if figure.is_share:
        return f"{short_text(figure, value)}{figure.unit.removeprefix('share')}"
    # Counts are whole numbers, and stay so.
    factor = unit.factor(figure.unit)
    return f"{short_text(figure, value if factor == 1 else value * factor)} {unit.label(figure.unit)}"


def short_text(figure: Figure, value: float) -> str:
    """Return a value as text without its unit; shares are in per cent."""
    if figure.is_share:
        return f"{100 * value:.1f} %"
    return f"{value:,}" if isinstance(value, int) else number_text(value)


def errors_text(figure: Figure, figures: Figures, unit: Unit = NATS) -> str:
    """Return the errors of a figure as text; those of shares are in per cent."""
    scale, sign = (100.0, " %") if figure.is_share else (unit.factor(figure.unit), "")
    found = ((error.over, figures[key]) for key, error in figure.errors_by_key())
    return "".join(f", ± {number_text(scale * value)}{sign} over {over}" for over, value in found if value is not None)


def number_text(value: float) -> str:
    """Return a number as text with two decimals, or two significant digits if it is below 0.1."""
    text = f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"
    return text.replace("-", "−")  # the minus sign, as wide as a digit


def measured_text(value: float, error: float | None) -> str:
    """Return a number and its error as text, with equally many decimals.

    The error has two significant digits if it begins with 1 or 2, otherwise one.
    """
    if not error:
        return number_text(value)
    # Two digits for an error such as 0.017, one for 0.04: more would be noise.
    exponent = math.floor(math.log10(error))
    decimals = max(0, (1 if error < 3 * 10.0**exponent else 0) - exponent)
    return f"{value:.{decimals}f} ± {error:.{decimals}f}".replace("-", "−")


def note_text(note: str) -> str:
    """Return a note with the names of figures replaced by their titles."""
    return re.sub(r"\w+", lambda word: BY_NAME[word[0]].title if word[0] in BY_NAME else word[0], note)
