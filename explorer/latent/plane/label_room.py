"""Where labels have room on a plane, in pixels counted from the upper left corner; whoever draws knows the font."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float64]

MAX_SHOWN, MAX_TRIED = 90, 700
"""Labels beside points that are drawn, and visible points that are tried: with more, all is text."""


def highest_point(path: Pixels, low: Pixels, high: Pixels) -> Pixels | None:
    """Return the highest point ``(2,)`` of a line ``(k, 2)`` between two corners; None where it lies outside.

    Each segment is start + t · step; the t at which it enters and leaves the area are found for all of them at once
    (Liang and Barsky 1984).
    """
    start, step = path[:-1], np.diff(path, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossings = np.stack([(low - start) / step, (high - start) / step])
    beside = (step == 0) & ((start < low) | (start > high))
    enter = np.where(step == 0, 0.0, crossings.min(axis=0)).max(axis=1, initial=0.0)
    leave = np.where(step == 0, 1.0, crossings.max(axis=0)).min(axis=1, initial=1.0)
    inside = (enter <= leave) & ~beside.any(axis=1)
    if not inside.any():
        return None
    ends = np.concatenate([start + t[:, None] * step for t in (enter, leave)])[np.tile(inside, 2)]
    highest: Pixels = ends[np.round(ends[:, 1], 6).argmin()]  # of two that are as high always the same one
    return highest


def labels_with_room(
    points: Pixels, size_of: Callable[[int], tuple[float, float]], low: Pixels, high: Pixels, away: float
) -> Iterator[tuple[int, tuple[float, float, float, float]]]:
    """Yield the number of each point whose label covers no earlier one, and its label's left, top, right and bottom.

    A label stands ``away`` pixels to the right of its point, or to the left where the area ends.

    Parameters
    ----------
    points
        ``(n, 2)``, the most important first.
    size_of
        Return the width and height of a point's label.
    low, high
        The upper left and the lower right corner of what is visible.
    """
    visible = ((points >= low) & (points <= high)).all(axis=1)
    taken = np.empty((MAX_SHOWN, 4))
    count = 0
    for number in np.flatnonzero(visible)[:MAX_TRIED].tolist():
        (x, y), (width, height) = points[number].tolist(), size_of(number)
        left = x + away if x + away + width <= high[0] else x - away - width
        box = (left, y - height / 2, left + width, y + height / 2)
        others = taken[:count]
        free = (others[:, 0] > box[2]) | (others[:, 2] < left) | (others[:, 1] > box[3]) | (others[:, 3] < box[1])
        if free.all():
            taken[count] = box
            count += 1
            yield number, box
        if count == MAX_SHOWN:
            return
