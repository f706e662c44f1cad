"""Named values: one row per feature, with its value in data units and a bar of its deviation from the mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
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
    name: str
    value: float
    deviation: float
    real_deviation: float | None


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
    deviations = description.transform.apply(np.asarray(sample)).tolist()
    others = [None] * len(names) if real is None else description.transform.apply(np.asarray(real)).tolist()
    numbers = np.asarray(sample, np.float64).tolist()
    return [_Row(*row) for row in zip(names, numbers, deviations, others, strict=True)]


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
    """Draw a bar from the centre, the mean of the data, to the deviation of the value."""
    inset = min(height * 0.3, 5.0)
    middle, end = (left + right) / 2, _end(left, right, row.deviation)
    yield FilledBox(left, top + inset, right, top + height - inset, "track")
    yield FilledBox(min(middle, end), top + inset, max(middle, end), top + height - inset, "accent")
    if row.real_deviation is not None:
        mark = _end(left, right, row.real_deviation)
        yield FilledBox(mark - 1, top + inset / 2, mark + 1, top + height - inset / 2, "text")


def _end(left: float, right: float, deviation: float) -> float:
    # NaN counts as the mean: a diverged decoder must not stop the drawing.
    share = float(np.clip(np.nan_to_num(deviation) / FULL_SIDE, -1, 1))
    return (left + right) / 2 + share * (right - left) / 2
