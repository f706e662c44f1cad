"""Kernel density estimates of codes along an axis or on the plane, and contours of their highest density regions.

1. Measure the spread of the codes along each axis, and derive the widest kernel by Scott's rule.
2. Lay a grid over the codes, and distribute each code over the cells around it (linear binning).
3. Smooth the counts with Gaussian kernels of several widths. For each, compute the leave-one-out likelihood of the
   codes, and keep the width with the highest one.
4. The contour of a share of the codes is the level line at the matching quantile of the density at the codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from explorer.latent.bulk import in_bulk
from explorer.latent.steps import Absent, Steps, at_once

SHARES = (0.5, 0.8, 0.95)
"""Shares of the codes inside the contours."""
FEWEST = 10
"""Minimum number of codes for an estimate."""
CELLS = {1: 2048, 2: 320}
"""Cells of the grid along each side, by the number of dimensions."""
NARROWER = (1.0, 0.7, 0.5, 0.35)
"""Kernel widths to try, as factors of that by Scott's rule."""
MIN_CELLS = 2.0
"""Minimum standard deviation of a kernel in cells; the grid does not resolve a narrower one."""
REACH = 4.0
"""Standard deviations at which kernels are cut off, and by which the grid extends beyond the codes."""
BEYOND = 0.002
"""Share of the codes at each end of an axis that may be off the grid, so that outliers do not make it coarse."""

Points = NDArray[np.float64]
Lines = tuple[Points, ...]


@dataclass(frozen=True, eq=False)
class Density:
    """A kernel density estimate along one axis or on the plane.

    Attributes
    ----------
    axes
        The centres of the cells along each axis in latent units: x, then y.
    values
        ``(columns,)`` or ``(rows, columns)``: density per latent unit or its square; it integrates to 1.
    at_codes
        ``(n,)``: density at each finite code; 0 off the grid.
    bandwidth
        Standard deviation of the kernel along each axis in latent units.
    """

    axes: tuple[Points, ...]
    values: Points
    at_codes: Points
    bandwidth: tuple[float, ...]

    def level(self, share: float) -> float:
        """Return the density that a share of the codes exceeds, the level of their highest density region.

        Hyndman 1996, "Computing and Graphing Highest Density Regions", The American Statistician 50(2).
        """
        return float(np.quantile(self.at_codes, 1 - share))

    def lines(self, share: float) -> Lines:
        """Return the boundaries ``(k, 2)`` of the highest density region on the plane with a share of the codes."""
        from contourpy import LineType, contour_generator

        x, y = self.axes
        lines = contour_generator(x, y, self.values, line_type=LineType.Separate).lines(self.level(share))
        return tuple(np.asarray(line, np.float64) for line in lines)


@dataclass(frozen=True, eq=False)
class Contour:
    """The boundaries of the smallest region of the plane with a share of the codes."""

    share: float
    level: float
    lines: Lines


def contours(density: Density, shares: Sequence[float] = SHARES) -> tuple[Contour, ...]:
    """Return the contours of a density on the plane, from the innermost outwards."""
    return tuple(Contour(share, density.level(share), density.lines(share)) for share in sorted(shares))


def density_of(points: Points) -> Density | Absent:
    """Estimate a density at once; see `density_in_parts`."""
    return at_once(density_in_parts(points))


def density_in_parts(points: Points) -> Steps[Density | Absent]:
    """Estimate the density of points ``(n, 1)`` along an axis or ``(n, 2)`` on the plane, by Gaussian kernels.

    The width of the kernel along each axis is Scott's factor n^(−1/(4 + dimensions)) times the spread of the codes,
    times the factor in `NARROWER` with the highest leave-one-out likelihood (Silverman 1986, "Density Estimation",
    section 3.4.4). The spread is the smaller of the standard deviation and the interquartile range / 1.349. Points that
    are not finite are left out.
    """
    codes = points[np.isfinite(points).all(axis=1)]
    if len(codes) < FEWEST:
        return Absent(f"a density needs at least {FEWEST} codes, not {len(codes)}")
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
        # The grid cannot resolve this kernel or any narrower one.
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
    """Return the spread of codes along each axis, with 0 for axes on which they do not differ."""
    deviations = codes.std(axis=0)
    # The interquartile range ignores outliers, which inflate the standard deviation.
    low, high = np.quantile(codes, [0.25, 0.75], axis=0)
    middle = (high - low) / 1.349
    # If more than half of the codes coincide, that range is 0 although the others differ.
    spread: Points = np.where(middle > 0, np.minimum(deviations, middle), deviations)
    # Differences below the resolution of float32 are rounding errors.
    return np.where(spread > 1e-7 * np.abs(codes).max(), spread, 0.0)


def _left_out_likelihood(density: Density) -> float:
    """Return the mean log-density of the codes on the grid, each under the kernels of all others."""
    count = len(density.at_codes)
    own = 1 / np.prod(np.sqrt(2 * np.pi) * np.array(density.bandwidth))  # peak of a single kernel
    here = density.at_codes[density.at_codes > 0]
    # Each code without its own kernel, whose peak would make the narrowest width look best.
    others = (count * here - own) / (count - 1)
    return float(np.log(np.maximum(others, 1e-6 * own / count)).mean())


@dataclass(frozen=True, eq=False)
class _Grid:
    """A grid with ``cells`` cells of size ``step`` along each axis, starting at ``low``."""

    low: Points
    step: Points
    cells: int

    @classmethod
    def around(cls, codes: Points, margin: Points) -> "_Grid":
        cells = CELLS[codes.shape[1]]
        low, high = np.quantile(codes[in_bulk(codes)], [BEYOND, 1 - BEYOND], axis=0)
        low, high = low - margin, high + margin
        return cls(low, (high - low) / (cells - 1), cells)

    def count(self, codes: Points) -> Points:
        """Distribute each code over the cells around it, with linear weights; the last axis of the result is x."""
        positions = (codes - self.low) / self.step
        positions = positions[((positions >= 0) & (positions < self.cells - 1)).all(axis=1)]
        first = np.floor(positions).astype(np.intp)
        rest = positions - first
        shape = (self.cells,) * len(self.low)
        counts = np.zeros(int(np.prod(shape)))
        # The 2^d cells around each code
        for side in product((0, 1), repeat=len(shape)):
            share = np.abs(1 - np.array(side) - rest).prod(axis=1)
            cell = np.ravel_multi_index(tuple((first + side).T[::-1]), shape)
            counts += np.bincount(cell, share, len(counts))
        return counts.reshape(shape)

    def smoothed(self, counts: Points, cells: Points, codes: Points) -> Density:
        """Return the density of codes, from their counts and a kernel with a standard deviation of ``cells`` cells."""
        from scipy.ndimage import gaussian_filter, map_coordinates

        # Linear binning adds a variance of 1/6 cell² on average, by which the kernel is made narrower.
        width = np.sqrt(np.square(cells[::-1]) - 1 / 6)
        values = gaussian_filter(counts, width, mode="constant", truncate=REACH) / (len(codes) * self.step.prod())
        positions = (codes - self.low) / self.step
        at_codes = np.maximum(map_coordinates(values, positions[:, ::-1].T, order=1, mode="constant"), 0.0)
        axes = tuple(low + step * np.arange(self.cells) for low, step in zip(self.low, self.step, strict=True))
        return Density(axes, values, at_codes, tuple(map(float, cells * self.step)))
