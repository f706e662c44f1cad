"""Integrates densities in one or two dimensions on a grid that is refined where their mass is.

A grid is a set of cells, the leaves of a tree. Each leaf stores log-densities at its centre and at the centres of its
2^d halves (halved along each dimension), so that there are always two grids, one twice as fine as the other.

1. Choose a box around draws from the densities, and cells that are smaller where the draws are dense.
2. Evaluate the densities at the centres of the cells and of their halves.
3. Integrate by the midpoint rule on the halves. The same rule on the leaves shows the error.
4. Split the leaves where the two rules differ most, and those whose values are so steep that a peak may hide between
   them. The halves become leaves, with their values already known. Repeat until the error is within `TOLERANCE`, or
   until `MAX_POINTS` points have been evaluated.
5. If the outermost cells have too much mass, double the box and start again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.latent.steps import Steps

Values = NDArray[np.float64]
Indices = NDArray[np.int64]
Evaluate = Callable[[Values], Values]
"""A function that returns log-densities (n, c) in nats at points (n, d)."""

FIRST_LEVEL = 4
"""The largest cells have 2^-4 of the side of the box."""
DEEPEST = 24
"""The smallest cells have 2^-24 of the side of the box, the resolution of float32."""
SHARE = 1 / 256
"""Maximum share of a set of draws in one initial cell."""
TOLERANCE = 0.004
"""Maximum difference between leaves and halves, summed over all leaves, as a share of the mass."""
HIDDEN = 1e-4
"""Maximum mass that may hide in an unsplit leaf, as a share of the whole."""
STEEPNESS = 1.0
"""How far a hidden peak may exceed the highest value of a leaf, in units of the spread of the leaf's values."""
MAX_POINTS = 200_000
"""Maximum number of evaluated points; a grid that reaches it is not whole."""
ROUND = 256
"""Minimum number of leaves to split at once."""
MAX_GROWTHS = 10
"""Maximum number of boxes to try, each twice as large as the one before."""
ON_EDGE = 1e-4
"""Maximum share of the mass in the outermost cells."""


@dataclass(frozen=True, eq=False)
class RefinedGrid:
    """The leaves of a grid over a box.

    Attributes
    ----------
    low, span
        ``(d,)``: lower corner and size of the box.
    levels, cells
        ``(n,)``: how often each leaf was halved; ``(n, d)``: its index among the cells of its level, from ``low``.
    centres, halves
        ``(n, c)`` and ``(n, 2^d, c)``: log-densities in nats at the centres of leaves and of their halves.
    is_whole
        Whether the refinement is complete; False if it reached the maximum number of points.
    """

    low: Values
    span: Values
    levels: Indices
    cells: Indices
    centres: Values
    halves: Values
    is_whole: bool = True

    @property
    def dimensions(self) -> int:
        """The number of dimensions, 1 or 2."""
        return len(self.low)

    @property
    def evaluated(self) -> int:
        """The number of points at which the densities were evaluated."""
        return len(self.levels) * (1 + (1 << self.dimensions))

    @cached_property
    def points(self) -> Values:
        """The centres of the halves, ``(m, d)`` with m = n·2^d."""
        return _half_centres(self.low, self.span, self.levels, self.cells).reshape(-1, self.dimensions)

    @cached_property
    def sides(self) -> Values:
        """The sides of the halves, ``(m, d)``."""
        each: Values = np.ldexp(self.span, -self.levels[:, None] - 1)
        return np.repeat(each, 1 << self.dimensions, axis=0)

    @cached_property
    def log_volumes(self) -> Values:
        """The logarithms of the volumes of the halves, ``(m,)``."""
        volumes: Values = np.log(self.sides).sum(1)
        return volumes

    @property
    def values(self) -> Values:
        """The log-densities at the centres of the halves, ``(m, c)``."""
        return self.halves.reshape(-1, self.halves.shape[2])

    @property
    def finest_side(self) -> Values:
        """The sides of the smallest half, ``(d,)``."""
        side: Values = np.ldexp(self.span, -int(self.levels.max()) - 1)
        return side

    def log_integral(self, density: int) -> float:
        """Return the logarithm of a density's integral by the midpoint rule on the halves."""
        return log_sum(self.values[:, density] + self.log_volumes)

    def coarse_log_integral(self, density: int) -> float:
        """Return the logarithm of the integral by the midpoint rule on the leaves, a grid half as fine."""
        return log_sum(self.centres[:, density] + self._leaf_volumes)

    def twice_as_fine(self, evaluate: Evaluate, density: int) -> float:
        """Return the logarithm of the integral on a grid twice as fine, to check the error of this one."""
        corners = _corners(self.dimensions) / 2
        finer = (self.points[:, None] + corners * self.sides[:, None]).reshape(-1, self.dimensions)
        parts = [evaluate(finer[start : start + 8192])[:, density] for start in range(0, len(finer), 8192)]
        volumes = np.repeat(self.log_volumes, len(corners)) - self.dimensions * np.log(2)
        return log_sum(np.concatenate(parts) + volumes)

    @property
    def _leaf_volumes(self) -> Values:
        volumes: Values = np.log(self.span).sum() - self.dimensions * np.log(2) * self.levels
        return volumes

    def _half_volumes(self) -> Values:
        volumes: Values = self._leaf_volumes - self.dimensions * np.log(2)
        return volumes

    def _masses(self, density: int) -> tuple[Values, Values]:
        """Return the mass of each leaf by its centre and by its halves, ``(n,)`` each, as shares of the integral."""
        whole = self.log_integral(density)
        if whole == -np.inf:
            return np.zeros(len(self.levels)), np.zeros(len(self.levels))
        by_halves = np.exp(self.halves[:, :, density] + self._half_volumes()[:, None] - whole).sum(1)
        # A centre may lie on a peak that the halves miss, and the share may overflow.
        return np.exp(np.minimum(self.centres[:, density] + self._leaf_volumes - whole, 700.0)), by_halves

    def _on_edge(self, density: int) -> float:
        """Return the share of a density's mass in the outermost leaves of the box."""
        last = 2 ** self.levels[:, None] - 1
        outermost = ((self.cells == 0) | (self.cells == last)).any(1)
        return float(self._masses(density)[1][outermost].sum())

    def _to_split(self, densities: Sequence[int], hidden_in: int) -> NDArray[np.intp]:
        """Return the leaves to split, those with the largest errors first."""
        excess = np.zeros(len(self.levels))
        for density in densities:
            by_centre, by_halves = self._masses(density)
            error = np.abs(by_centre - by_halves)
            # The smallest errors may stay as long as their sum is within the tolerance.
            order = np.argsort(error)
            tolerable = np.cumsum(error[order]) <= TOLERANCE
            excess[order[~tolerable]] = np.maximum(excess[order[~tolerable]], error[order[~tolerable]])
        hidden = self._may_hide(hidden_in)
        excess = np.maximum(excess, np.where(hidden > HIDDEN, hidden, 0))
        excess[self.levels >= DEEPEST] = 0
        order = np.argsort(-excess, kind="stable")
        return order[excess[order] > 0]

    def _may_hide(self, density: int) -> Values:
        """Return the maximum mass that a peak between the values of each leaf may have, ``(n,)``, as a share.

        A parabola through values of a leaf, with its peak beyond them, exceeds the highest value by less than their
        spread.
        """
        values = np.concatenate([self.centres[:, None, density], self.halves[:, :, density]], axis=1)
        whole = self.log_integral(density)
        if whole == -np.inf:
            return np.zeros(len(values))
        highest = np.maximum(values.max(1), -1e300)
        spread = highest - np.where(np.isfinite(values), values, highest[:, None]).min(1)
        peak = np.minimum(highest + STEEPNESS * spread + self._leaf_volumes - whole, 300.0)
        # If the values differ by less than a nat, the leaf is flat and hides nothing.
        return np.where(spread > 1.0, np.exp(peak), 0.0)


def refined(
    evaluate: Evaluate, seeds: Sequence[Values], densities: Sequence[int], rows: int = 1024
) -> Steps[RefinedGrid]:
    """Return a grid that resolves the given densities; yields the number of points after each chunk.

    Parameters
    ----------
    evaluate
        Returns log-densities up to a constant, one per column.
    seeds
        Sets of finite draws ``(n, d)``, which determine the box and the initial cells.
    densities
        The columns to resolve; in the first one, also peaks that no draw has hit.
    rows
        Number of points evaluated in one chunk.
    """
    low, span = box_around(seeds)
    for growth in range(MAX_GROWTHS):
        levels, cells = _first_cells(low, span, seeds)
        grid = yield from _new_grid(evaluate, low, span, levels, cells, rows)
        grid = yield from _refine(evaluate, grid, densities, rows)
        fits = all(grid._on_edge(density) <= ON_EDGE for density in densities)
        if fits or growth == MAX_GROWTHS - 1:
            break
        low, span = low - span / 2, span * 2  # twice the size, with the same centre
    return grid if fits else replace(grid, is_whole=False)


def log_sum(logs: Values) -> float:
    """Return log Σ exp of the values; −∞ for no values."""
    highest = logs.max(initial=-np.inf)
    if not np.isfinite(highest):
        return float(highest)
    return float(highest + np.log(np.exp(logs - highest).sum()))


def _refine(evaluate: Evaluate, grid: RefinedGrid, densities: Sequence[int], rows: int) -> Steps[RefinedGrid]:
    while len(chosen := grid._to_split(densities, densities[0])):
        if grid.evaluated > MAX_POINTS:
            return replace(grid, is_whole=False)
        # A quarter of the leaves at most, so that the errors are judged again with the new values.
        chosen = chosen[: max(ROUND, len(grid.levels) // 4)]
        kept = np.ones(len(grid.levels), bool)
        kept[chosen] = False
        count = 2**grid.dimensions
        bits = (_corners(grid.dimensions) > 0).astype(np.int64)
        cells = (2 * grid.cells[chosen][:, None] + bits).reshape(-1, grid.dimensions)
        levels = np.repeat(grid.levels[chosen] + 1, count)
        centres = grid.halves[chosen].reshape(len(cells), -1)  # the new leaves are the old halves
        halves = yield from _evaluated(evaluate, _half_centres(grid.low, grid.span, levels, cells), rows)  # (n, 2^d, c)
        grid = RefinedGrid(
            grid.low,
            grid.span,
            np.concatenate([grid.levels[kept], levels]),
            np.concatenate([grid.cells[kept], cells]),
            np.concatenate([grid.centres[kept], centres]),
            np.concatenate([grid.halves[kept], halves]),
        )
    return grid


def _new_grid(
    evaluate: Evaluate, low: Values, span: Values, levels: Indices, cells: Indices, rows: int
) -> Steps[RefinedGrid]:
    points = low + (cells + 0.5) * np.ldexp(span, -levels[:, None])  # (n, d)
    centres = yield from _evaluated(evaluate, points[:, None], rows)
    halves = yield from _evaluated(evaluate, _half_centres(low, span, levels, cells), rows)
    return RefinedGrid(low, span, levels, cells, centres[:, 0], halves)


def _evaluated(evaluate: Evaluate, points: Values, rows: int) -> Steps[Values]:
    """Return log-densities (n, k, c) at points (n, k, d), evaluated in chunks; NaN and +∞ become −∞."""
    flat = points.reshape(-1, points.shape[2])
    found = []
    for start in range(0, len(flat), rows):
        found.append(evaluate(flat[start : start + rows]))
        yield len(found[-1])
    values = np.nan_to_num(np.concatenate(found), nan=-np.inf, posinf=-np.inf, neginf=-np.inf)
    return values.reshape(*points.shape[:2], -1)


def _half_centres(low: Values, span: Values, levels: Indices, cells: Indices) -> Values:
    """Return the centres of the halves of cells, ``(n, 2^d, d)``."""
    sides = np.ldexp(span, -levels[:, None])  # (n, d)
    centres = low + (cells + 0.5) * sides
    return centres[:, None] + _corners(len(low)) / 2 * sides[:, None]


def _corners(dimensions: int) -> Values:
    """Return the corners of a unit cube around 0, ``(2^d, d)``."""
    corners: Values = np.stack(np.meshgrid(*[[-0.5, 0.5]] * dimensions, indexing="ij"), -1).reshape(-1, dimensions)
    return corners


def box_around(seeds: Sequence[Values]) -> tuple[Values, Values]:
    """Return lower corner and size of a box around all draws, with a margin of half their extent on each side."""
    every = np.concatenate(list(seeds))
    low, high = every.min(0), every.max(0)
    margin = np.maximum((high - low) / 2, 1e-3)  # a single draw has no extent
    return low - margin, high - low + 2 * margin


def _first_cells(low: Values, span: Values, seeds: Sequence[Values]) -> tuple[Indices, Indices]:
    """Return levels and indices of cells that cover the box, smaller where the draws are denser."""
    dimensions = len(low)
    bits = (_corners(dimensions) > 0).astype(np.int64)
    axis = np.arange(2**FIRST_LEVEL)
    cells = np.stack(np.meshgrid(*[axis] * dimensions, indexing="ij"), -1).reshape(-1, dimensions).astype(np.int64)
    done: list[tuple[int, Indices]] = []
    for level in range(FIRST_LEVEL, DEEPEST):
        dense = np.zeros(len(cells), bool)
        # Cells with more than the allowed share of any set of draws are halved again.
        for draws in seeds:
            dense |= _counts(draws, cells, level, low, span) > max(1.0, SHARE * len(draws))
        done.append((level, cells[~dense]))
        cells = (2 * cells[dense][:, None] + bits).reshape(-1, dimensions)
        if len(cells) == 0:
            break
    else:
        done.append((DEEPEST, cells))
    levels = np.concatenate([np.full(len(part), level, np.int64) for level, part in done])
    return levels, np.concatenate([part for _, part in done])


def _counts(draws: Values, cells: Indices, level: int, low: Values, span: Values) -> Indices:
    """Return the number of draws in each cell of a level, ``(n,)``."""
    across = 2**level
    own = np.clip(((draws - low) / span * across).astype(np.int64), 0, across - 1)  # cell of each draw, (n, d)
    weights = across ** np.arange(len(low))  # to number the cells
    keys, counts = np.unique(own @ weights, return_counts=True)
    wanted = cells @ weights
    found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    result: Indices = np.where(keys[found] == wanted, counts[found], 0)
    return result
