"""log p(x) of many samples by integrating p(x|z) p(z) on grids that share their decodes, in one or two dimensions.

The latent space is divided into tiles of 8 × 8 points (16 points in one dimension). All samples whose p(z|x) has mass
in a tile use the same decodes (see `explorer.latent.density.shared_decodes`).

1. Choose a box around the codes and draws of the prior, and divide it into equal tiles, one set for all samples.
2. Integrate each sample over each tile by the midpoint rule. The points of the tile before, a grid half as fine, show
   the error.
3. A sample is finished if both grids agree within `TOLERANCE`, if no peak can hide between its points, and if the
   points at its code are not farther apart than σ of q(z|x).
4. Of other samples, halve the tiles with an error and those that may hide a peak, and integrate again.
5. Samples with mass in the outermost tiles start again, in a box of twice the size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent.density.refined_grid import Indices, Values, box_around
from explorer.latent.density.shared_decodes import SharedDecodes
from explorer.latent.steps import Steps
from explorer.models.latent_model import Posterior

PER_AXIS = {1: 16, 2: 8}
"""Points of a tile along each axis, by the number of dimensions."""
FIRST_LEVEL, DEEPEST = 3, 20
"""The first tiles have 2^-3 of the side of the box, the last 2^-20, where points are as close as float32 allows."""
TOLERANCE = 0.01
"""Maximum difference of the two grids of a sample, as a share of its p(x)."""
TILE_ERROR = 1e-4
"""Maximum difference within a tile that is kept while other tiles of the sample are halved, as a share of p(x)."""
HIDDEN = 1e-3
"""Maximum mass that may hide between two points, as a share of p(x)."""
STEEP = 3.0
"""Difference of neighbouring values in nats from which a peak may hide behind them."""
ON_EDGE = 1e-4
"""Maximum share of p(x) in the outermost tiles."""
MAX_TILES = 3000
"""Maximum number of tiles of a sample; its error is unknown beyond."""
MAX_GROWTHS = 10
"""Maximum number of boxes to try, each twice as large as the one before."""
DRAWS, SEED = 1024, 2
"""Number of draws of the prior that determine the box, and their seed."""
REACH = 4.0
"""How many σ of q(z|x) around its mean are within the box."""
SHARED = 5.0
"""Decodes on all levels in multiples of those in tiles around the codes."""
VALUES = 200_000
"""About the number of values of samples or decodes in one chunk, which takes a few milliseconds."""


@dataclass(frozen=True, eq=False)
class SharedLikelihoods:
    """log p(x) of n samples in nats, ``(n,)``, and its numerical errors ``(n,)``, infinite for unfinished grids."""

    log_likelihood: Values
    errors: Values
    decodes: int


@dataclass(frozen=True, eq=False)
class _Box:
    low: Values
    span: Values

    def points(self, level: int, tiles: Indices) -> Values:
        """Return the points of tiles ``(t, d)`` of a level, ``(t·p^d, d)``."""
        dimensions = len(self.low)
        axis = np.arange(PER_AXIS[dimensions])
        inside = np.stack(np.meshgrid(*[axis] * dimensions, indexing="ij"), -1).reshape(-1, dimensions)
        places = tiles[:, None] * len(axis) + inside + 0.5
        points: Values = (self.low + places * self.spacing(level)).reshape(-1, dimensions)
        return points

    def spacing(self, level: int) -> Values:
        """Return the distances of neighbouring points along each axis, ``(d,)``."""
        spacing: Values = self.span / (PER_AXIS[len(self.low)] * 2**level)
        return spacing


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Samples and tiles of one level, in the order of the tiles.

    Attributes
    ----------
    tiles
        ``(t, d)``: positions of the tiles in the box.
    tile, sample
        ``(p,)``: index of the tile and of the sample of each pair.
    coarse
        ``(p,)``: log of the mass in the tile, by the points of the larger tile before.
    """

    tiles: Indices
    tile: Indices
    sample: Indices
    coarse: Values

    @classmethod
    def first(cls, samples: int, dimensions: int) -> "_Pairs":
        axis = np.arange(2**FIRST_LEVEL)
        tiles = np.stack(np.meshgrid(*[axis] * dimensions, indexing="ij"), -1).reshape(-1, dimensions)
        tile = np.repeat(np.arange(len(tiles)), samples)
        return cls(tiles, tile, np.tile(np.arange(samples), len(tiles)), np.full(len(tile), -np.inf))

    def halved(self, chosen: NDArray[np.bool_], quarters: Values) -> "_Pairs":
        """Return the chosen pairs with their tiles halved along each axis; ``quarters`` (p, 2^d) are their masses."""
        dimensions = self.tiles.shape[1]
        bits = np.stack(np.meshgrid(*[[0, 1]] * dimensions, indexing="ij"), -1).reshape(-1, dimensions)
        every = (2 * self.tiles[self.tile[chosen]][:, None] + bits).reshape(-1, dimensions)
        keys = every @ (1 << 32) ** np.arange(dimensions)  # to number the tiles
        _, first, tile = np.unique(keys, return_index=True, return_inverse=True)
        order = np.argsort(tile, kind="stable")
        sample = np.repeat(self.sample[chosen], len(bits))
        return _Pairs(every[first], tile[order], sample[order], quarters[chosen].ravel()[order])


def shared_likelihoods(shared: SharedDecodes, q: Posterior, rows: int) -> Steps[SharedLikelihoods]:
    """Compute log p(x) of samples; yields 0 after each chunk and 1 after each level of the first box.

    Parameters
    ----------
    q
        Their q(z|x), a batch of finite Gaussians in float64 on the CPU.
    rows
        About the number of codes to decode in one chunk.
    """
    low, span = box_around(_seeds(shared, q))
    found = np.full((len(q.mean), 2), (-np.inf, np.inf))
    todo, decodes = np.arange(len(found)), 0
    for growth in range(MAX_GROWTHS):
        tree = _TileTree(shared, _Box(low, span), todo, q.mean.numpy()[todo], _narrowest(q)[todo])
        yield from tree.integrate(rows, report=int(growth == 0))
        found[todo], decodes = tree.found, decodes + tree.decodes
        todo = todo[tree.is_on_edge]
        if len(todo) == 0:
            break
        low, span = low - span / 2, 2 * span
    found[todo, 1] = np.inf
    return SharedLikelihoods(found[:, 0], found[:, 1], decodes)


def expected_decodes(q: Posterior) -> int:
    """Return about the number of decodes that the grids of samples with these q(z|x) take.

    It is `SHARED` times the number of different points in tiles around the codes, with points about σ of q apart.
    """
    dimensions = q.mean.shape[1]
    levels = np.floor(np.log2(np.maximum(_narrowest(q), 1e-30) * PER_AXIS[dimensions]))
    around = np.stack(np.meshgrid(*[[-1, 0, 1]] * dimensions, indexing="ij"), -1).reshape(-1, dimensions)
    tiles = np.floor(q.mean.numpy() / np.exp2(levels)[:, None])[:, None] + around  # (n, 3^d, d)
    keyed = np.concatenate([np.broadcast_to(levels[:, None, None], (*tiles.shape[:2], 1)), tiles], 2)
    return int(SHARED * len(np.unique(keyed.reshape(-1, dimensions + 1), axis=0)) * PER_AXIS[dimensions] ** dimensions)


def _seeds(shared: SharedDecodes, q: Posterior) -> Sequence[Values]:
    prior, device = shared.model.prior, shared.model.device
    assert prior is not None and q.log_variance is not None
    draws = prior.sample(DRAWS, torch.Generator(device).manual_seed(SEED)).cpu().double().numpy()
    mean, reach = q.mean.numpy(), REACH * (0.5 * q.log_variance).exp().numpy()
    return draws, mean - reach, mean + reach


def _narrowest(q: Posterior) -> Values:
    """Return the smallest σ of each Gaussian in any direction, ``(n,)``."""
    assert q.log_variance is not None
    if q.scale_tril is not None:
        full: Values = torch.linalg.svdvals(q.scale_tril)[:, -1].numpy()
        return full
    narrowest: Values = (0.5 * q.log_variance).exp().amin(1).numpy()
    return narrowest


class _TileTree:
    """The tiles of samples in one box, level by level; `found` (n, 2) are log p(x) and its errors so far."""

    def __init__(self, shared: SharedDecodes, box: _Box, rows: Indices, codes: Values, widths: Values) -> None:
        self._shared, self._box, self._rows = shared, box, rows
        self._codes, self._widths = codes, widths
        count = len(rows)
        # log masses of finished tiles: fine, half as fine, and of those at the edge
        self._fine, self._coarse, self._edge = (np.full(count, -np.inf) for _ in range(3))
        self._tiles = np.zeros(count, np.int64)
        self._is_cut = np.zeros(count, bool)
        self.decodes = 0

    @property
    def found(self) -> Values:
        """Log p(x), and its difference from a grid half as fine, (n, 2)."""
        with np.errstate(invalid="ignore"):
            errors = np.abs(self._fine - self._coarse)
        return np.stack([self._fine, np.where(self._is_cut | np.isnan(errors), np.inf, errors)], 1)

    @property
    def is_on_edge(self) -> NDArray[np.bool_]:
        """Whether the box is too small, (n,)."""
        on_edge: NDArray[np.bool_] = self._edge > self._fine + np.log(ON_EDGE)
        return on_edge

    def integrate(self, rows: int, report: int) -> Steps[None]:
        """Integrate level by level; yields 0 after each chunk and ``report`` after each level."""
        pairs = _Pairs.first(len(self._rows), self._codes.shape[1])
        for level in range(FIRST_LEVEL, DEEPEST + 1):
            quarters, hidden = yield from self._evaluate(level, pairs, rows)
            split = self._sort_out(level, pairs, quarters, hidden)
            pairs = pairs.halved(split, quarters)
            yield report
            if len(pairs.tile) == 0:
                break

    def _evaluate(self, level: int, pairs: _Pairs, rows: int) -> Steps[tuple[Values, Values]]:
        """Return the log masses of the quarters of each pair, ``(p, 2^d)``, and what may hide between its points."""
        dimensions, per_axis = self._codes.shape[1], PER_AXIS[self._codes.shape[1]]
        quarters, hidden = np.empty((len(pairs.tile), 2**dimensions)), np.empty(len(pairs.tile))
        size, features = per_axis**dimensions, self._shared.features
        at_once = max(1, min(rows, 4 * VALUES // features) // size)
        most = int(np.clip(VALUES // features, 16, 2048))
        log_cell = float(np.log(self._box.spacing(level)).sum())
        starts = np.searchsorted(pairs.tile, np.arange(len(pairs.tiles) + 1))
        for first in range(0, len(pairs.tiles), at_once):
            last = min(first + at_once, len(pairs.tiles))
            of_codes, parameters = self._shared.at(self._box.points(level, pairs.tiles[first:last]))
            self.decodes += len(of_codes)
            yield 0
            for start in range(starts[first], starts[last], most):
                part = slice(start, min(start + most, starts[last]))
                logs = np.empty((part.stop - part.start, size))
                for tile in range(pairs.tile[part.start], pairs.tile[part.stop - 1] + 1):
                    own = slice(max(starts[tile], part.start), min(starts[tile + 1], part.stop))
                    at = slice((tile - first) * size, (tile - first + 1) * size)
                    joint = self._shared.joint(self._rows[pairs.sample[own]], of_codes[at], parameters[at])
                    logs[own.start - part.start : own.stop - part.start] = joint.numpy()
                shaped = logs.reshape(-1, *[per_axis] * dimensions)
                quarters[part], hidden[part] = _summary(shaped, log_cell)
                yield 0
        return quarters, hidden

    def _sort_out(self, level: int, pairs: _Pairs, quarters: Values, hidden: Values) -> NDArray[np.bool_]:
        """Return which pairs to halve, ``(p,)``, and add the masses of the others to the sums."""
        sample, fine = pairs.sample, np.logaddexp.reduce(quarters, 1)
        whole = np.logaddexp(self._fine, self._sum(fine, sample))
        coarse = np.logaddexp(self._coarse, self._sum(pairs.coarse, sample))
        finite = np.where(np.isfinite(whole), whole, 0.0)
        with np.errstate(over="ignore"):
            error = np.abs(np.exp(fine - finite[sample]) - np.exp(np.minimum(pairs.coarse - finite[sample], 700)))
        hides = hidden - finite[sample] > np.log(HIDDEN)
        hides |= self._has_code(level, pairs) & (self._box.spacing(level).max() > self._widths[sample])
        is_open = np.zeros(len(whole), bool)
        is_open[sample[hides]] = True
        with np.errstate(invalid="ignore"):
            is_open |= ~(np.abs(whole - coarse) <= TOLERANCE)
        split: NDArray[np.bool_] = is_open[sample] & (hides | (error > TILE_ERROR))
        self._tiles += np.bincount(sample, minlength=len(whole))
        self._is_cut |= (self._tiles > MAX_TILES) & is_open
        if level == DEEPEST:
            self._is_cut[sample[split]] = True
        split &= ~self._is_cut[sample]
        kept, at_edge = ~split, ((pairs.tiles == 0) | (pairs.tiles == 2**level - 1)).any(1)[pairs.tile]
        self._fine = np.logaddexp(self._fine, self._sum(fine[kept], sample[kept]))
        self._coarse = np.logaddexp(self._coarse, self._sum(pairs.coarse[kept], sample[kept]))
        self._edge = np.logaddexp(self._edge, self._sum(fine[kept & at_edge], sample[kept & at_edge]))
        return split

    def _has_code(self, level: int, pairs: _Pairs) -> NDArray[np.bool_]:
        """Return whether the code of the sample is in the tile, for each pair."""
        own = np.floor((self._codes - self._box.low) / self._box.span * 2**level).astype(np.int64)  # (n, d)
        return np.asarray((pairs.tiles[pairs.tile] == own[pairs.sample]).all(1), bool)

    def _sum(self, logs: Values, sample: Indices) -> Values:
        """Return the logarithms of the sums of masses by sample, ``(n,)``."""
        highest = np.full(len(self._rows), -np.inf)
        np.maximum.at(highest, sample, logs)
        base = np.where(np.isfinite(highest), highest, 0.0)
        sums = np.bincount(sample, np.exp(logs - base[sample]), len(highest))
        with np.errstate(divide="ignore"):
            return base + np.log(sums)


def _summary(logs: Values, log_cell: float) -> tuple[Values, Values]:
    """Return the log masses of the quarters of tiles, ``(p, 2^d)``, and the largest mass that may hide, ``(p,)``.

    A parabola through neighbouring values exceeds the higher one by less than their difference or that of the next two.
    """
    logs = np.nan_to_num(logs, nan=-np.inf, posinf=-np.inf, neginf=-np.inf)
    dimensions, half = logs.ndim - 1, logs.shape[1] // 2
    highest = logs.reshape(len(logs), -1).max(1)
    base = np.where(np.isfinite(highest), highest, 0.0)
    masses = np.exp(logs - base.reshape(-1, *[1] * dimensions))
    parts = masses.reshape(len(logs), *[2, half] * dimensions).sum(tuple(range(2, 2 * dimensions + 1, 2)))
    hidden = np.full(len(logs), -np.inf)
    for axis in range(1, dimensions + 1):
        lower, upper = np.delete(logs, -1, axis), np.delete(logs, 0, axis)
        with np.errstate(invalid="ignore"):
            steps = np.abs(upper - lower)
        # At the border of a region without finite values there is no slope.
        bound = np.where(np.isfinite(steps) & (steps > STEEP), np.maximum(lower, upper) + steps, -np.inf)
        hidden = np.maximum(hidden, bound.reshape(len(logs), -1).max(1))
    with np.errstate(divide="ignore"):
        return np.log(parts.reshape(len(logs), -1)) + base[:, None] + log_cell, hidden + log_cell
