"""Named values: one row per feature, with its value in data units and a bar.

The bar of a number is its deviation from the mean of the data; that of a yes/no column or of the word of a category its
probability; that of a count its logarithm; that of an angle its turn from the middle of the circle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description, FeatureKind
from explorer.rendering.drawing import Canvas, Drawing, FilledBox, Words, cut, number
from explorer.rendering.render import renders

FULL_SIDE = 3.0
"""Number of standard deviations of the data that fill one side of a bar."""
SMALL = 15
"""Minimum width of a drawing with text, in heights of text."""
MIN_BARS = 0.15
"""Share of the width that is left for the bars beside long names."""
ROW = 1.35
"""Height of a row in heights of text."""


@dataclass(frozen=True)
class _Row:
    """A value; its bar begins at ``base`` and ends at ``share`` of the track, the mark is at ``real_share``."""

    name: str
    value: float
    base: float
    share: float
    real_share: float | None


@renders("vector")
def draw_values(sample: NDArray[Any], description: Description, canvas: Canvas, real: NDArray[Any] | None) -> Drawing:
    """Draw the features of a vector ``(F,)`` as rows; a mark on each bar is the value of the real sample."""
    rows = _rows(sample, description, real)
    if canvas.width < SMALL * canvas.line_height:
        return _draw_bars_alone(rows, canvas.width, canvas.height)
    height = ROW * canvas.line_height
    fitting = max(2, int(canvas.height / height))
    # If not all fit, the last row says how many are left out.
    shown = len(rows) if len(rows) <= fitting else fitting - 1
    marks: list[Words | FilledBox] = []
    columns = _columns(rows, canvas)
    for index, row in enumerate(rows[:shown]):
        marks += _draw_row(index * height, height, row, canvas, columns)
    if shown < len(rows):
        marks.append(Words(0, (shown + 0.5) * height, f"… and {len(rows) - shown} more", "muted"))
    return Drawing(canvas.width, min(len(rows), fitting) * height, tuple(marks))


def _rows(sample: NDArray[Any], description: Description, real: NDArray[Any] | None) -> list[_Row]:
    names = description.feature_names or tuple(f"feature {index + 1}" for index in range(description.features))
    number_kind: FeatureKind = "number"
    kinds = description.feature_kinds or [number_kind for _ in names]
    bases = [0.0 if kind in ("yes/no", "category", "count") else 0.5 for kind in kinds]
    shares = _shares(sample, kinds, description).tolist()
    others = [None] * len(names) if real is None else _shares(real, kinds, description).tolist()
    numbers = np.asarray(sample, np.float64).tolist()
    return [_Row(*row) for row in zip(names, numbers, bases, shares, others, strict=True)]


def _shares(sample: NDArray[Any], kinds: Sequence[FeatureKind], description: Description) -> NDArray[np.float64]:
    """Return the place of each value on its track, from 0 to 1."""
    values = description.transform.apply(np.asarray(sample)).astype(np.float64)
    # NaN counts as the mean: a diverged decoder must not stop the drawing.
    values = np.nan_to_num(values)
    kind = np.array(kinds)
    highest = np.log1p(max(description.value_range[1], 1.0))
    shares = 0.5 + values / (2 * FULL_SIDE)
    shares = np.where(kind == "angle", 0.5 + values / (2 * np.pi), shares)
    shares = np.where(kind == "count", np.log1p(np.maximum(values, 0)) / highest, shares)
    shares = np.where((kind == "yes/no") | (kind == "category"), values, shares)
    return np.asarray(shares.clip(0, 1), np.float64)


def _columns(rows: list[_Row], canvas: Canvas) -> tuple[float, float]:
    """Return the widths of names and values; long names take room from the bars."""
    # The widest number of five digits fits the column, so that values of all frames are aligned.
    longest = max(canvas.text_width(number(row.value)) for row in rows) + 6  # of numbers with an exponent
    values = max(canvas.text_width("−0.00000"), canvas.width * 0.2, longest)
    widest = max(canvas.text_width(row.name) for row in rows) + 4
    return max(canvas.width * 0.42, min(widest, canvas.width * (1 - MIN_BARS) - values)), values


def _draw_row(
    top: float, height: float, row: _Row, canvas: Canvas, columns: tuple[float, float]
) -> Iterator[Words | FilledBox]:
    names, values = columns
    yield Words(0, top + height / 2, cut(row.name, canvas, names - 4, middle=True))
    yield Words(names + values, top + height / 2, number(row.value), "muted", "right")
    yield from _draw_bar(names + values + 8, canvas.width, top, height, row)


def _draw_bars_alone(rows: list[_Row], width: float, height: float) -> Drawing:
    """Draw only the bars, for a thumbnail."""
    each = height / len(rows)
    bars = [bar for index, row in enumerate(rows) for bar in _draw_bar(0, width, index * each, each, row)]
    return Drawing(width, height, tuple(bars))


def _draw_bar(left: float, right: float, top: float, height: float, row: _Row) -> Iterator[FilledBox]:
    """Draw a bar from its base, for numbers the mean of the data in the centre, to the place of the value."""
    inset = min(height * 0.3, 5.0)
    middle, end = (left + row.base * (right - left), left + row.share * (right - left))
    yield FilledBox(left, top + inset, right, top + height - inset, "track")
    yield FilledBox(min(middle, end), top + inset, max(middle, end), top + height - inset, "accent")
    if row.real_share is not None:
        mark = min(max(left + row.real_share * (right - left), left + 1), right - 1)  # 0 and 1 stay visible
        yield FilledBox(mark - 1, top + inset / 2, mark + 1, top + height - inset / 2, "text")
