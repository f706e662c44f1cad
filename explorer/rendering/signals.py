"""Signals: a curve over an axis with its unit, the real one below the decoded one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Axis, Description
from explorer.rendering.drawing import Canvas, Drawing, Polyline, Words, cut, number
from explorer.rendering.render import renders

PROPORTION = 0.62
"""Ratio of height to width of a drawing with axes; a small drawing has no axes and is square."""
SMALL = 12
"""Minimum width of a drawing with axes, in heights of text."""


@dataclass(frozen=True)
class _Plot:
    """The area of a plot in logical pixels, and the values at its edges."""

    left: float
    top: float
    right: float
    bottom: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def line(self, x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
        # Axes may be stored in decreasing order or unsorted, such as wavenumbers.
        order = np.argsort(x, kind="stable")
        values = np.nan_to_num(np.asarray(y, np.float64)[order], posinf=0, neginf=0)
        across = self.left + _share(x[order], self.x_range) * (self.right - self.left)
        down = self.bottom - _share(values, self.y_range) * (self.bottom - self.top)
        return np.stack([across, down], axis=-1)


@renders("signal")
def draw_signal(sample: NDArray[Any], description: Description, canvas: Canvas, real: NDArray[Any] | None) -> Drawing:
    """Draw a signal ``(F,)`` over its axis; the real one is below it, broader and muted."""
    axis = description.axis
    assert axis is not None
    small = canvas.width < SMALL * canvas.line_height
    width, height = canvas.width, min(canvas.height, canvas.width * (1.0 if small else PROPORTION))
    curves = [sample] if real is None else [real, sample]
    y_range = _range_of(description.value_range, curves)
    left, top, right, bottom = (0, 2, width, height - 2) if small else _area(canvas, width, height, y_range)
    plot = _Plot(left, top, right, bottom, _range_of((), [axis.values]), y_range)
    marks: list[Words | Polyline] = [] if small else list(_axes(plot, axis, canvas))
    marks += [
        _stroke(plot.line(axis.values, curve), decoded=index == len(curves) - 1, small=small)
        for index, curve in enumerate(curves)
    ]
    if real is not None and not small:
        marks += _legend(plot, canvas)
    return Drawing(width, height, tuple(marks))


def _area(
    canvas: Canvas, width: float, height: float, y_range: tuple[float, float]
) -> tuple[float, float, float, float]:
    # Room at the left for the numbers of the y axis, at least one pixel for the curve.
    gutter = max(canvas.text_width(number(value, 3)) for value in y_range) + 8
    top, foot = 1.3 * canvas.line_height, 2.5 * canvas.line_height
    return gutter, top, max(gutter + 1, width - 8), max(top + 1, height - foot)


def _stroke(points: NDArray[np.float64], *, decoded: bool, small: bool = False) -> Polyline:
    width = 1.2 if small else 1.8
    return Polyline(points, "accent", width) if decoded else Polyline(points, "muted", 2.2 * width, opacity=0.55)


def _axes(plot: _Plot, axis: Axis, canvas: Canvas) -> Iterator[Words | Polyline]:
    corner = [(plot.left, plot.top), (plot.left, plot.bottom), (plot.right, plot.bottom)]
    yield Polyline(np.array(corner, np.float64), "line")
    for value, y in zip(plot.y_range, (plot.bottom, plot.top), strict=True):
        yield Words(plot.left - 5, y, number(value, 3), "muted", "right")
    foot = plot.bottom + 3 + canvas.line_height / 2
    yield Words(plot.left, foot, number(plot.x_range[0], 3), "muted")
    yield Words(plot.right, foot, number(plot.x_range[1], 3), "muted", "right")
    title = cut(f"{axis.name} ({axis.unit})" if axis.unit else axis.name, canvas, plot.right - plot.left)
    yield Words((plot.left + plot.right) / 2, foot + 1.15 * canvas.line_height, title, "text", "middle")


def _legend(plot: _Plot, canvas: Canvas) -> Iterator[Words | Polyline]:
    right, y = plot.right, canvas.line_height / 2
    for name, decoded in (("decoded", True), ("real", False)):
        yield Words(right, y, name, "muted", "right")
        right -= canvas.text_width(name)
        yield _stroke(np.array([(right - 20, y), (right - 6, y)]), decoded=decoded)
        # The stroke of 14 pixels, 6 before the name and 14 between entries; the legend is written from the right.
        right -= 34


def _range_of(declared: tuple[float, ...], curves: list[NDArray[Any]]) -> tuple[float, float]:
    """Return the declared range, extended to contain the curves; (0, 1) if there are no finite values."""
    finite = [curve[np.isfinite(curve)] for curve in map(np.asarray, curves)]
    values = np.concatenate([*finite, np.asarray(declared, np.float64)])
    return (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)


def _share(values: NDArray[Any], value_range: tuple[float, float]) -> NDArray[np.float64]:
    low, high = value_range
    return (np.asarray(values, np.float64) - low) / ((high - low) or 1.0)
