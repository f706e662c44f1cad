"""Integrals of densities over one or two dimensions, on a grid that is refined where their mass lies. Numpy alone.

A grid is a tree of cells: each leaf has a value at its centre and at the centres of its 2^d halves, so that the grid of
the halves, twice as fine, is always at hand. An integral is taken by the midpoint rule on the halves; what the leaves'
own centres give instead says how far off it is. A leaf is split where the two differ, and where its values change so
steeply that a peak may hide between them.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Indices = NDArray[np.int64]
Evaluate = Callable[[Values], Values]
"""Return log-densities (n, c) in nats at places (n, d)."""

FIRST_LEVEL = 4
"""The coarsest cells are 1/16 of the box wide."""
DEEPEST = 24
"""No cell is halved more often: the box over 2^24 is what a float32 tells apart."""
SHARE = 1 / 256
"""A first cell holds at most this share of any seed's draws."""
TOLERANCE = 0.004
"""Of a density's mass: what the leaves and their halves may differ by in all."""
HIDDEN = 1e-4
"""Of the mass: what may hide in a leaf that is not split."""
STEEPNESS = 1.0
"""A peak in a leaf is looked for up to so many times the spread of its values above the highest."""
MAX_PLACES = 200_000
ROUND = 256
"""Leaves that are split at once."""
MAX_GROWTHS = 10
ON_EDGE = 1e-4
"""Of the mass: with more in the outermost cells, the box is too small."""


@dataclass(frozen=True, eq=False)
class RefinedGrid:
    """The leaves of a grid over a box.

    Attributes
    ----------
    low, span
        ``(d,)``, the box.
    levels, cells
        ``(n,)`` how often each leaf was halved, and ``(n, d)`` which one of its level it is, counted from ``low``.
    centres, halves
        ``(n, c)`` and ``(n, 2^d, c)``: log-densities in nats at the leaves' centres and at those of their halves.
    is_whole
        Whether it was refined until nothing that counts may be missing; False where the number of places was spent.
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
        """1 or 2."""
        return len(self.low)

    @property
    def evaluated(self) -> int:
        """How many places the leaves and their halves have."""
        return len(self.levels) * (1 + (1 << self.dimensions))

    @cached_property
    def places(self) -> Values:
        """``(m, d)``, the centres of the halves, m = n·2^d."""
        return _half_places(self.low, self.span, self.levels, self.cells).reshape(-1, self.dimensions)

    @cached_property
    def sides(self) -> Values:
        """``(m, d)``, how long the halves are."""
        each: Values = np.ldexp(self.span, -self.levels[:, None] - 1)
        return np.repeat(each, 1 << self.dimensions, axis=0)

    @cached_property
    def log_volumes(self) -> Values:
        """``(m,)``, log of the halves' size."""
        volumes: Values = np.log(self.sides).sum(1)
        return volumes

    @property
    def values(self) -> Values:
        """``(m, c)``, the log-densities of the halves."""
        return self.halves.reshape(-1, self.halves.shape[2])

    @property
    def finest_side(self) -> Values:
        """``(d,)`` of the smallest half."""
        side: Values = np.ldexp(self.span, -int(self.levels.max()) - 1)
        return side

    def log_integral(self, density: int) -> float:
        """Return the log of a density's integral on the halves."""
        return log_sum(self.values[:, density] + self.log_volumes)

    def coarse_log_integral(self, density: int) -> float:
        """Return the same on the leaves, the grid half as fine."""
        return log_sum(self.centres[:, density] + self._leaf_volumes)

    def twice_as_fine(self, evaluate: Evaluate, density: int) -> float:
        """Return the log-integral with every half halved once more: what shows how far off this grid is."""
        corners = _corners(self.dimensions) / 2
        finer = (self.places[:, None] + corners * self.sides[:, None]).reshape(-1, self.dimensions)
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
        """Return the mass of each leaf by its centre and by its halves, ``(n,)``, as shares of the whole by halves."""
        whole = self.log_integral(density)
        if whole == -np.inf:
            return np.zeros(len(self.levels)), np.zeros(len(self.levels))
        by_halves = np.exp(self.halves[:, :, density] + self._half_volumes()[:, None] - whole).sum(1)
        return np.exp(np.minimum(self.centres[:, density] + self._leaf_volumes - whole, 700.0)), by_halves

    def _on_edge(self, density: int) -> float:
        """Return the share of a density's mass in the outermost leaves."""
        last = 2 ** self.levels[:, None] - 1
        outermost = ((self.cells == 0) | (self.cells == last)).any(1)
        return float(self._masses(density)[1][outermost].sum())

    def _to_split(self, densities: Sequence[int], hidden_in: int) -> NDArray[np.intp]:
        """Return the leaves that are not fine enough, those that matter most first."""
        excess = np.zeros(len(self.levels))
        for density in densities:
            by_centre, by_halves = self._masses(density)
            off = np.abs(by_centre - by_halves)
            order = np.argsort(off)
            tolerable = np.cumsum(off[order]) <= TOLERANCE
            excess[order[~tolerable]] = np.maximum(excess[order[~tolerable]], off[order[~tolerable]])
        hidden = self._may_hide(hidden_in)
        excess = np.maximum(excess, np.where(hidden > HIDDEN, hidden, 0))
        excess[self.levels >= DEEPEST] = 0
        order = np.argsort(-excess, kind="stable")
        return order[excess[order] > 0]

    def _may_hide(self, density: int) -> Values:
        """Return the most mass, as a share of the whole, that a peak between a leaf's values may have, ``(n,)``.

        Where the values are as steep as a parabola whose peak lies off them, it rises above the highest one by less
        than their spread.
        """
        values = np.concatenate([self.centres[:, None, density], self.halves[:, :, density]], axis=1)
        whole = self.log_integral(density)
        if whole == -np.inf:
            return np.zeros(len(values))
        highest = np.maximum(values.max(1), -1e300)
        spread = highest - np.where(np.isfinite(values), values, highest[:, None]).min(1)
        peak = np.minimum(highest + STEEPNESS * spread + self._leaf_volumes - whole, 300.0)
        # A leaf whose values lie within a nat of each other is flat: what it holds is known.
        return np.where(spread > 1.0, np.exp(peak), 0.0)


def refined(
    evaluate: Evaluate, seeds: Sequence[Values], densities: Sequence[int], rows: int = 1024
) -> Generator[int, None, RefinedGrid]:
    """Make a grid that holds the mass of some densities; yields after each part how many places are evaluated.

    Parameters
    ----------
    evaluate
        Its columns are log-densities, up to a constant.
    seeds
        Draws ``(n, d)``, finite, that say where to look: they lie in the box, and where they are dense, the first
        cells are small.
    densities
        The columns whose integrals are wanted; in the first, peaks are looked for that no draw fell on.
    rows
        Places that are evaluated in one part.
    """
    low, span = _box(seeds)
    for growth in range(MAX_GROWTHS):
        levels, cells = _first_cells(low, span, seeds)
        grid = yield from _new_grid(evaluate, low, span, levels, cells, rows)
        grid = yield from _refine(evaluate, grid, densities, rows)
        fits = all(grid._on_edge(density) <= ON_EDGE for density in densities)
        if fits or growth == MAX_GROWTHS - 1:
            break
        low, span = low - span / 2, span * 2
    return grid if fits else replace(grid, is_whole=False)


def log_sum(logs: Values) -> float:
    """Return log Σ exp, −inf of nothing."""
    highest = logs.max(initial=-np.inf)
    if not np.isfinite(highest):
        return float(highest)
    return float(highest + np.log(np.exp(logs - highest).sum()))


def _refine(
    evaluate: Evaluate, grid: RefinedGrid, densities: Sequence[int], rows: int
) -> Generator[int, None, RefinedGrid]:
    while len(chosen := grid._to_split(densities, densities[0])):
        if grid.evaluated > MAX_PLACES:
            return replace(grid, is_whole=False)
        chosen = chosen[: max(ROUND, len(grid.levels) // 4)]
        kept = np.ones(len(grid.levels), bool)
        kept[chosen] = False
        count = 2**grid.dimensions
        bits = (_corners(grid.dimensions) > 0).astype(np.int64)
        cells = (2 * grid.cells[chosen][:, None] + bits).reshape(-1, grid.dimensions)
        levels = np.repeat(grid.levels[chosen] + 1, count)
        centres = grid.halves[chosen].reshape(len(cells), -1)
        halves = yield from _evaluated(evaluate, _half_places(grid.low, grid.span, levels, cells), rows)
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
) -> Generator[int, None, RefinedGrid]:
    places = low + (cells + 0.5) * np.ldexp(span, -levels[:, None])
    centres = yield from _evaluated(evaluate, places[:, None], rows)
    halves = yield from _evaluated(evaluate, _half_places(low, span, levels, cells), rows)
    return RefinedGrid(low, span, levels, cells, centres[:, 0], halves)


def _evaluated(evaluate: Evaluate, places: Values, rows: int) -> Generator[int, None, Values]:
    """Evaluate places (n, k, d) in parts, (n, k, c); what is no number has no density."""
    flat = places.reshape(-1, places.shape[2])
    found = []
    for start in range(0, len(flat), rows):
        found.append(evaluate(flat[start : start + rows]))
        yield len(found[-1])
    values = np.nan_to_num(np.concatenate(found), nan=-np.inf, posinf=-np.inf, neginf=-np.inf)
    return values.reshape(*places.shape[:2], -1)


def _half_places(low: Values, span: Values, levels: Indices, cells: Indices) -> Values:
    sides = np.ldexp(span, -levels[:, None])  # (n, d)
    centres = low + (cells + 0.5) * sides
    return centres[:, None] + _corners(len(low)) / 2 * sides[:, None]


def _corners(dimensions: int) -> Values:
    """Return ``(2^d, d)`` of ±½."""
    corners: Values = np.stack(np.meshgrid(*[[-0.5, 0.5]] * dimensions, indexing="ij"), -1).reshape(-1, dimensions)
    return corners


def _box(seeds: Sequence[Values]) -> tuple[Values, Values]:
    """Return a box around all draws, with as much again beside them as a half of its size."""
    every = np.concatenate(list(seeds))
    low, high = every.min(0), every.max(0)
    margin = np.maximum((high - low) / 2, 1e-3)
    return low - margin, high - low + 2 * margin


def _first_cells(low: Values, span: Values, seeds: Sequence[Values]) -> tuple[Indices, Indices]:
    """Return cells that cover the box, the smaller the denser the draws."""
    dimensions = len(low)
    bits = (_corners(dimensions) > 0).astype(np.int64)
    axis = np.arange(2**FIRST_LEVEL)
    cells = np.stack(np.meshgrid(*[axis] * dimensions, indexing="ij"), -1).reshape(-1, dimensions).astype(np.int64)
    done: list[tuple[int, Indices]] = []
    for level in range(FIRST_LEVEL, DEEPEST):
        dense = np.zeros(len(cells), bool)
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
    """Count the draws in each cell of a level, ``(n,)``."""
    across = 2**level
    own = np.clip(((draws - low) / span * across).astype(np.int64), 0, across - 1)
    weights = across ** np.arange(len(low))
    keys, counts = np.unique(own @ weights, return_counts=True)
    wanted = cells @ weights
    found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    result: Indices = np.where(keys[found] == wanted, counts[found], 0)
    return result
