"""Weights of pinned samples, by a handle in a regular polygon or by sliders.

1. `corners` returns where the pins are: the first at the top, the others counter-clockwise; two pins are the ends of
   a line.
2. `weights_at` turns the position of the handle into weights, `position_of` weights into a position.
3. `with_weight` moves one slider and scales the other weights, so that their sum stays 1.

All weights are at least 0, and their sum is 1. With more than three pins many weights have the same position, so
sliders reach weights that the handle does not.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Weights = tuple[float, ...]
SNAP = 1e-9
"""Distance, relative to the polygon's radius of 1, within which a point is taken for a corner or a point of an edge."""


def corners(count: int) -> NDArray[np.float64]:
    """Return the corners ``(count, 2)`` of a regular polygon on the unit circle, with y upwards.

    Two corners are at the left and the right; a single one is at the centre.
    """
    if count < 3:
        return np.array([[-1.0, 0.0], [1.0, 0.0]]) if count == 2 else np.zeros((count, 2))
    # From the top and counter-clockwise, as the pictures of the pins are placed.
    angles = np.pi / 2 + 2 * np.pi * np.arange(count) / count
    return np.column_stack([np.cos(angles), np.sin(angles)])


def inside(point: ArrayLike, count: int) -> NDArray[np.float64]:
    """Return the point ``(2,)`` of the polygon that is nearest to a point."""
    where, around = np.asarray(point, np.float64), corners(count)
    if count < 3:
        return np.asarray(around[0] + _share_along(where, around[0], around[-1]) * (around[-1] - around[0]))
    after = np.roll(around, -1, axis=0)
    # Left of all edges, as the corners go counter-clockwise.
    if (_cross(after - around, where - around) >= 0).all():
        return where
    shares = [_share_along(where, a, b) for a, b in zip(around, after, strict=True)]
    nearest = around + np.array(shares)[:, None] * (after - around)  # (count, 2): the nearest point of each edge
    return np.asarray(nearest[np.linalg.norm(nearest - where, axis=1).argmin()], np.float64)


def weights_at(point: ArrayLike, count: int) -> Weights:
    """Return the weights of the corners at a point; a point outside the polygon is moved to its nearest point.

    They are the mean value coordinates of Floater 2003 ("Mean value coordinates", doi 10.1016/S0167-8396(03)00002-5):
    continuous, positive inside, and Σ wᵢ cornerᵢ is the point itself. In a triangle they are the barycentric
    coordinates. At a corner the weight is exactly 1, and on an edge only its two ends have a weight.
    """
    around, where = corners(count), inside(point, count)
    rays = around - where
    lengths = np.linalg.norm(rays, axis=1)
    # At a corner the formula below divides by 0.
    if count == 1 or lengths.min() < SNAP:
        return _only(int(lengths.argmin()), count)
    after = np.roll(np.arange(count), -1)
    crosses = _cross(rays, rays[after])  # twice the area of the triangle of the point and an edge
    dots = (rays * rays[after]).sum(axis=1)
    # On an edge α is 180°, whose half has no tangent.
    on_edge = np.flatnonzero((crosses < SNAP) & (dots < 0))
    if len(on_edge):
        return _on_edge(lengths, int(on_edge[0]), int(after[on_edge[0]]))
    products, obtuse = lengths * lengths[after], dots < 0
    # tan(α/2) of the angle α at the point, in the form without a difference of nearly equal numbers.
    halves = crosses / (products + np.abs(dots))
    halves[obtuse] = (products - dots)[obtuse] / crosses[obtuse]
    shares = (halves + np.roll(halves, 1)) / lengths
    return _as_weights(shares / shares.sum())


def position_of(weights: Sequence[float]) -> tuple[float, float]:
    """Return the position Σ wᵢ cornerᵢ of the handle."""
    x, y = np.asarray(weights, np.float64) @ corners(len(weights))
    return float(x), float(y)


def equal_weights(count: int) -> Weights:
    """Return the same weight for each of ``count`` pins."""
    return (1.0 / count,) * count


def with_weight(weights: Sequence[float], index: int, value: float) -> Weights:
    """Return the weights after one of them was set; the others keep their proportions and add up to the rest.

    If all others are 0, they share the rest equally. A value outside 0 to 1 is clipped.
    """
    count = len(weights)
    # A single pin always has the whole weight.
    value = 1.0 if count == 1 else min(1.0, max(0.0, value))
    others = np.delete(np.asarray(weights, np.float64), index)
    # In proportion, so that moving a slider there and back changes nothing else.
    shared = _in_proportion(others) * (1.0 - value)
    return _as_weights(np.insert(shared, index, value))


def with_pin(weights: Sequence[float]) -> Weights:
    """Return the weights with one more pin at the end, which gets an equal share of the whole."""
    return with_weight((*weights, 0.0), len(weights), 1.0 / (len(weights) + 1))


def without_pin(weights: Sequence[float], index: int) -> Weights:
    """Return the weights of the other pins after one was removed; they keep their proportions."""
    return _as_weights(_in_proportion(np.delete(np.asarray(weights, np.float64), index)))


def simplex_grid(count: int, steps: int) -> tuple[Weights, ...]:
    """Return all weights of ``count`` pins that are multiples of 1/``steps``, from (1, 0, …) to (0, …, 1).

    Two pins have ``steps + 1`` of them, three pins (steps + 1)(steps + 2)/2: the points of a triangle row by row.
    """
    wholes: list[tuple[int, ...]] = [()]
    for _ in range(count - 1):
        # In whole steps, as sums of fractions would miss 1 by rounding.
        wholes = [(*whole, part) for whole in wholes for part in range(steps - sum(whole), -1, -1)]
    return tuple(tuple(part / steps for part in (*whole, steps - sum(whole))) for whole in wholes)


def _in_proportion(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shares scaled to a sum of 1; equal ones if all are 0."""
    whole = shares.sum()
    return shares / whole if whole > 0 else np.full(len(shares), 1.0 / max(1, len(shares)))


def _only(index: int, count: int) -> Weights:
    return tuple(float(number == index) for number in range(count))


def _on_edge(lengths: NDArray[np.float64], first: int, second: int) -> Weights:
    """Return the weights at a point between two corners, by its distances from them."""
    weights = np.zeros(len(lengths))
    weights[first] = lengths[second] / (lengths[first] + lengths[second])
    # Subtract instead of dividing again: the sum must be exactly 1.
    weights[second] = 1.0 - weights[first]
    return _as_weights(weights)


def _as_weights(values: NDArray[np.float64]) -> Weights:
    return tuple(values.tolist())


def _share_along(point: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]) -> float:
    """Return how far along a segment its point nearest to ``point`` is, from 0 to 1."""
    along = end - start
    length = float(along @ along)
    return min(1.0, max(0.0, float((point - start) @ along) / length)) if length > 0 else 0.0


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return result
