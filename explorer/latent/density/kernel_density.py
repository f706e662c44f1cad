"""How dense codes lie along an axis or on the plane, and the lines around the regions that hold most of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from explorer.latent.absent import Absent
from explorer.latent.passes import Passes, at_once

SHARES = (0.5, 0.8, 0.95)
"""Of the codes, that the regions hold."""
FEWEST = 10
"""With fewer codes there is no density to speak of."""
CELLS = {1: 2048, 2: 320}
"""Of the grid along each side, by its dimensions."""
NARROWER = (1.0, 0.7, 0.5, 0.35)
"""Kernel widths that are tried, as factors of the one by Scott's rule."""
MIN_CELLS = 2.0
"""A narrower kernel than so many cells is not resolved by the grid."""
REACH = 4.0
"""Standard deviations at which a kernel is cut off; the grid reaches so far beyond the codes."""
BEYOND = 0.002
"""The share of the codes at either end of an axis that may lie off the grid: a few far ones would make it coarse."""

Points = NDArray[np.float64]
Lines = tuple[Points, ...]


@dataclass(frozen=True, eq=False)
class Density:
    """A kernel density estimate of places along one axis, or on a plane of two.

    Attributes
    ----------
    axes
        The middles of the cells along each axis, in latent units: x, then y.
    values
        ``(columns,)`` or ``(rows, columns)``, the density per unit of length or area; it adds up to 1.
    at_codes
        ``(n,)`` the density at each finite code; 0 off the grid.
    bandwidth
        The kernel's standard deviation along each axis, in latent units.
    """

    axes: tuple[Points, ...]
    values: Points
    at_codes: Points
    bandwidth: tuple[float, ...]

    def level(self, share: float) -> float:
        """Return the density at or above which a share of the codes lies: their region of the highest density.

        Hyndman 1996, "Computing and Graphing Highest Density Regions", The American Statistician 50(2).
        """
        return float(np.quantile(self.at_codes, 1 - share))

    def lines(self, share: float) -> Lines:
        """Return the outlines ``(k, 2)`` of the region on the plane that holds a share of the codes."""
        from contourpy import LineType, contour_generator  # here, as it is seldom needed

        x, y = self.axes
        lines = contour_generator(x, y, self.values, line_type=LineType.Separate).lines(self.level(share))
        return tuple(np.asarray(line, np.float64) for line in lines)


@dataclass(frozen=True, eq=False)
class Contour:
    """The outlines of the smallest region of the plane that holds a share of some codes."""

    share: float
    level: float
    lines: Lines


def contours(density: Density, shares: Sequence[float] = SHARES) -> tuple[Contour, ...]:
    """Return the contours of a density on the plane, the innermost first."""
    return tuple(Contour(share, density.level(share), density.lines(share)) for share in sorted(shares))


def density_of(places: Points) -> Density | Absent:
    """Return `density_in_parts` at one go."""
    return at_once(density_in_parts(places))


def density_in_parts(places: Points) -> Passes[Density | Absent]:
    """Estimate the density of places ``(n, 1)`` along an axis, or ``(n, 2)`` on the plane, by Gaussian kernels.

    The kernel has its own width along each axis: Scott's n^(−1/(4 + dimensions)) times the spread, the smaller of the
    standard deviation and the interquartile range over 1.349, times the one of `NARROWER` under which the codes are
    likeliest, each under the kernels of all others (leave-one-out likelihood: Silverman 1986, "Density Estimation",
    3.4.4). Places that are not finite are left out.
    """
    codes = places[np.isfinite(places).all(axis=1)]
    if len(codes) < FEWEST:
        return Absent(f"a density needs {FEWEST} codes, here {'is' if len(codes) == 1 else 'are'} {len(codes)}")
    spread = _spread(codes)
    if not (spread > 0).all():
        return Absent("the codes do not differ" + (" along one of the axes" if len(spread) > 1 else ""))
    widest = spread * len(codes) ** (-1 / (4 + len(spread)))
    grid = _Grid.around(codes, REACH * widest)
    counts = grid.count(codes)
    yield 1
    best: Density | None = None
    best_fit = -np.inf
    for factor in NARROWER:
        cells = factor * widest / grid.step
        if best is not None and cells.min() < MIN_CELLS:
            break
        found = grid.smoothed(counts, np.maximum(cells, MIN_CELLS), codes)
        yield 1
        fit = _left_out_likelihood(found)
        if fit > best_fit:
            best, best_fit = found, fit
    assert best is not None
    return best


def _spread(codes: Points) -> Points:
    """Return how far codes spread along each axis."""
    deviations = codes.std(axis=0)
    low, high = np.quantile(codes, [0.25, 0.75], axis=0)
    middle = (high - low) / 1.349
    spread: Points = np.where(middle > 0, np.minimum(deviations, middle), deviations)
    return np.where(spread > 1e-7 * np.abs(codes).max(), spread, 0.0)


def _left_out_likelihood(density: Density) -> float:
    """Return the mean log-density of each code under the kernels of all others; those off the grid are left out."""
    count = len(density.at_codes)
    own = 1 / np.prod(np.sqrt(2 * np.pi) * np.array(density.bandwidth))
    here = density.at_codes[density.at_codes > 0]
    others = (count * here - own) / (count - 1)
    return float(np.log(np.maximum(others, 1e-6 * own / count)).mean())


@dataclass(frozen=True, eq=False)
class _Grid:
    """Cells of size ``step`` from ``low`` on, so many along each axis."""

    low: Points
    step: Points
    cells: int

    @classmethod
    def around(cls, codes: Points, margin: Points) -> "_Grid":
        cells = CELLS[codes.shape[1]]
        low, high = np.quantile(codes, [BEYOND, 1 - BEYOND], axis=0)
        low, high = low - margin, high + margin
        return cls(low, (high - low) / (cells - 1), cells)

    def count(self, codes: Points) -> Points:
        """Share each code out among the cells around it; the last axis is x."""
        places = (codes - self.low) / self.step
        places = places[((places >= 0) & (places < self.cells - 1)).all(axis=1)]
        first = np.floor(places).astype(np.intp)
        rest = places - first
        shape = (self.cells,) * len(self.low)
        counts = np.zeros(int(np.prod(shape)))
        for side in product((0, 1), repeat=len(shape)):
            share = np.abs(1 - np.array(side) - rest).prod(axis=1)
            cell = np.ravel_multi_index(tuple((first + side).T[::-1]), shape)
            counts += np.bincount(cell, share, len(counts))
        return counts.reshape(shape)

    def smoothed(self, counts: Points, cells: Points, codes: Points) -> Density:
        """Smooth counts by a kernel of so many cells along each axis."""
        from scipy.ndimage import gaussian_filter, map_coordinates

        # Sharing out has widened each code by 1/6 of a cell's square in the mean: the kernel makes up for it.
        width = np.sqrt(np.square(cells[::-1]) - 1 / 6)
        values = gaussian_filter(counts, width, mode="constant", truncate=REACH) / (len(codes) * self.step.prod())
        places = (codes - self.low) / self.step
        at_codes = np.maximum(map_coordinates(values, places[:, ::-1].T, order=1, mode="constant"), 0.0)
        axes = tuple(low + step * np.arange(self.cells) for low, step in zip(self.low, self.step, strict=True))
        return Density(axes, values, at_codes, tuple(map(float, cells * self.step)))
