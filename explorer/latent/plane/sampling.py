"""Choose which of many points are shown, and find room for labels, so that nothing on the plane overlaps.

Choices of points are stable: each row has a fixed priority, so that the choice hardly changes while the view moves.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from explorer.latent.plane.overlay_parts import LabelsAt

ROUNDS = 3
"""Number of rounds in which the remaining points are tried again."""
SEED = 0
"""Seed of the order in which `spread_rows` prefers rows."""


def spread_rows(points: NDArray[np.float64], rows: NDArray[np.intp], area: float, limit: int) -> NDArray[np.intp]:
    """Return at most ``limit`` of the given rows of points ``(n, 2)``, spread over the visible area and sorted.

    1. Divide the plane into square cells, about as many in the visible area as rows are chosen. Their side is a power
       of two and their corners do not depend on the view, so that panning keeps the choice and zooming in adds to it.
    2. Within each cell, order the rows by a fixed random priority.
    3. Take the first row of every cell, then the second of every cell, and so on.

    Parameters
    ----------
    area
        The visible area in squared latent units.
    """
    if len(rows) <= limit:
        return np.sort(rows)
    side = 2.0 ** math.ceil(math.log2(math.sqrt(area / limit)))
    cells = np.floor(points[rows] / side)
    rank = np.random.default_rng(SEED).permutation(len(points))[rows]
    order = np.lexsort((rank, cells[:, 1], cells[:, 0]))
    is_first = np.ones(len(rows), bool)
    is_first[1:] = (np.diff(cells[order], axis=0) != 0).any(axis=1)
    starts = np.flatnonzero(is_first)
    # The position of each row within its cell
    position = np.empty(len(rows), np.intp)
    position[order] = np.arange(len(rows)) - np.repeat(starts, np.diff(np.append(starts, len(rows))))
    return np.sort(rows[np.lexsort((rank, position))[:limit]])


def non_overlapping_rows(
    points: NDArray[np.float64], size: tuple[float, float], among: NDArray[np.intp] | None = None
) -> NDArray[np.intp]:
    """Return rows of points ``(n, 2)`` such that boxes of this width and height around them do not overlap.

    1. In each cell of the size of a box, take the row with the first priority.
    2. Drop rows that overlap with another one of higher priority, and keep the rest.
    3. Remove all rows that overlap with the kept ones, and repeat for `ROUNDS` rounds.

    Whether a row is chosen depends only on its neighbours, so that the choice hardly changes while other points enter
    or leave the view.

    Parameters
    ----------
    among
        The rows to choose from; all of them by default.

    Returns
    -------
    The chosen rows, in the order of their priority.
    """
    priority = _priorities(len(points))
    left = np.arange(len(points)) if among is None else among
    left = left[np.isfinite(points[left]).all(axis=1)]
    chosen = np.empty(0, np.intp)
    for _ in range(ROUNDS):
        if not len(left):
            break
        first = _first_of_cells(points, left, priority, size)
        kept = first[~_yields(points[first], priority[first], size)]
        chosen = np.concatenate([chosen, kept])
        left = left[~_is_near(points[left], points[chosen], size)]
    return chosen[np.argsort(priority[chosen])]


def _priorities(count: int) -> NDArray[np.uint64]:
    """Return a fixed pseudo-random number for each row, by Knuth's multiplicative hash; the lowest comes first."""
    return (np.arange(1, count + 1, dtype=np.uint64) * np.uint64(2_654_435_761)) % np.uint64(2**32)


def _first_of_cells(
    points: NDArray[np.float64], rows: NDArray[np.intp], priority: NDArray[np.uint64], size: tuple[float, float]
) -> NDArray[np.intp]:
    """Return the row with the first priority in each cell of this size."""
    cells = np.floor(points[rows] / size).astype(np.int64)
    order = np.lexsort((priority[rows], cells[:, 1], cells[:, 0]))
    sorted_cells = cells[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (sorted_cells[1:] != sorted_cells[:-1]).any(axis=1)
    return rows[order[new]]


def _yields(points: NDArray[np.float64], priority: NDArray[np.uint64], size: tuple[float, float]) -> NDArray[np.bool_]:
    """Return which points overlap with one of higher priority."""
    yields = np.zeros(len(points), np.bool_)
    for one, other in _pairs(points, points, size):
        yields[one] |= priority[other] < priority[one]
    return yields


def _is_near(points: NDArray[np.float64], others: NDArray[np.float64], size: tuple[float, float]) -> NDArray[np.bool_]:
    near = np.zeros(len(points), np.bool_)
    near[[one for one, _ in _pairs(points, others, size)]] = True
    return near


def _pairs(
    points: NDArray[np.float64], others: NDArray[np.float64], size: tuple[float, float]
) -> list[tuple[int, int]]:
    """Return the pairs of rows whose boxes overlap."""
    from scipy.spatial import cKDTree

    # Two boxes overlap if their centres are closer than one box in both directions: the maximum norm. Boxes that only
    # touch do not overlap, so the distance is slightly below 1.
    found = cKDTree(points / size).query_ball_tree(cKDTree(others / size), 1 - 1e-9, p=np.inf)
    return [(one, other) for one, near in enumerate(found) for other in near]


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
