"""Named values: a row for each feature, its value in its own unit, and how far it lies from the data's mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.rendering.drawing import Canvas, Drawing, FilledBox, Words, cut, number
from explorer.rendering.render import renders

FULL_SIDE = 3.0
"""How many standard deviations of the data fill one side of a bar."""
SMALL = 15
"""Narrower than so many text heights, a drawing has no room for words."""
ROW = 1.35
"""Height of a row in text heights."""


@dataclass(frozen=True)
class _Row:
    name: str
    value: float
    deviation: float
    real_deviation: float | None


@renders("vector")
def draw_values(sample: NDArray[Any], description: Description, canvas: Canvas, real: NDArray[Any] | None) -> Drawing:
    """List a vector's features ``(F,)``; a mark on each bar is the real sample's value."""
    rows = _rows(sample, description, real)
    if canvas.width < SMALL * canvas.line_height:
        return _draw_bars_alone(rows, min(canvas.width, canvas.height))
    height = ROW * canvas.line_height
    fitting = max(2, int(canvas.height / height))
    shown = len(rows) if len(rows) <= fitting else fitting - 1
    marks: list[Words | FilledBox] = []
    for place, row in enumerate(rows[:shown]):
        marks += _draw_row(place * height, height, row, canvas)
    if shown < len(rows):
        marks.append(Words(0, (shown + 0.5) * height, f"… and {len(rows) - shown} more", "muted"))
    return Drawing(canvas.width, min(len(rows), fitting) * height, tuple(marks))


def _rows(sample: NDArray[Any], description: Description, real: NDArray[Any] | None) -> list[_Row]:
    names = description.feature_names or tuple(f"feature {place + 1}" for place in range(description.features))
    deviations = description.transform.apply(np.asarray(sample)).tolist()
    others = [None] * len(names) if real is None else description.transform.apply(np.asarray(real)).tolist()
    numbers = np.asarray(sample, np.float64).tolist()
    return [_Row(*row) for row in zip(names, numbers, deviations, others, strict=True)]


def _draw_row(top: float, height: float, row: _Row, canvas: Canvas) -> Iterator[Words | FilledBox]:
    names, values = canvas.width * 0.42, max(canvas.text_width("−0.00000"), canvas.width * 0.2)
    yield Words(0, top + height / 2, cut(row.name, canvas, names - 4, middle=True))
    yield Words(names + values, top + height / 2, number(row.value), "muted", "right")
    yield from _draw_bar(names + values + 8, canvas.width, top, height, row)


def _draw_bars_alone(rows: list[_Row], side: float) -> Drawing:
    """Draw what a thumbnail has room for: one bar under the other."""
    height = side / len(rows)
    bars = [bar for place, row in enumerate(rows) for bar in _draw_bar(0, side, place * height, height, row)]
    return Drawing(side, side, tuple(bars))


def _draw_bar(left: float, right: float, top: float, height: float, row: _Row) -> Iterator[FilledBox]:
    """Draw a bar from the middle, the data's mean, to the value's deviation."""
    inset = min(height * 0.3, 5.0)
    middle, end = (left + right) / 2, _end(left, right, row.deviation)
    yield FilledBox(left, top + inset, right, top + height - inset, "track")
    yield FilledBox(min(middle, end), top + inset, max(middle, end), top + height - inset, "accent")
    if row.real_deviation is not None:
        mark = _end(left, right, row.real_deviation)
        yield FilledBox(mark - 1, top + inset / 2, mark + 1, top + height - inset / 2, "text")


def _end(left: float, right: float, deviation: float) -> float:
    share = float(np.clip(np.nan_to_num(deviation) / FULL_SIDE, -1, 1))
    return (left + right) / 2 + share * (right - left) / 2
