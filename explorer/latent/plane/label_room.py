"""Find room for labels on a plane, in pixels from the upper left corner, for the window and for figures."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from explorer.latent.plane.overlay_parts import LabelsAt

Pixels = NDArray[np.float64]

MAX_SHOWN, MAX_TRIED = 90, 700
"""Maximum number of point labels, and of visible points that are tried; more would cover the plane with text."""


def label_point(path: Pixels, low: Pixels, high: Pixels, at: LabelsAt = "top") -> Pixels | None:
    """Return the point ``(2,)`` of a polyline ``(k, 2)`` for its label, within the box of two corners.

    It is the highest one, or the one farthest to the lower right; None if the line is outside.

    Each segment is start + t · step. The values of t at which it enters and leaves the box are computed for all
    segments at once (Liang and Barsky 1984).
    """
    start, step = path[:-1], np.diff(path, axis=0)
    # A segment parallel to an edge divides by 0; those values are replaced below.
    with np.errstate(divide="ignore", invalid="ignore"):
        crossings = np.stack([(low - start) / step, (high - start) / step])
    beside = (step == 0) & ((start < low) | (start > high))
    enter = np.where(step == 0, 0.0, crossings.min(axis=0)).max(axis=1, initial=0.0)
    leave = np.where(step == 0, 1.0, crossings.max(axis=0)).min(axis=1, initial=1.0)
    inside = (enter <= leave) & ~beside.any(axis=1)
    if not inside.any():
        return None
    ends = np.concatenate([start + t[:, None] * step for t in (enter, leave)])[np.tile(inside, 2)]
    # Pixels count downwards, so the highest point has the smallest y.
    order = ends[:, 1] if at == "top" else -ends.sum(axis=1)
    found: Pixels = ends[np.round(order, 6).argmin()]  # rounded, so that ties are always broken alike
    return found


def labels_with_room(
    points: Pixels, size_of: Callable[[int], tuple[float, float]], low: Pixels, high: Pixels, away: float
) -> Iterator[tuple[int, tuple[float, float, float, float]]]:
    """Yield the number of each point whose label covers no earlier one, with its label's left, top, right and bottom.

    A label is ``away`` pixels to the right of its point, or to the left if the box ends there.

    Parameters
    ----------
    points
        Points ``(n, 2)``, most important first.
    size_of
        Returns the width and height of the label of a point.
    low, high
        Upper left and lower right corner of the visible part.
    """
    visible = ((points >= low) & (points <= high)).all(axis=1)
    # Allocated once: this runs on every frame of a drag.
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
