"""The shape of a true posterior for display: its density over a box, and the boundaries of its credible regions."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.latent.bound.true_posterior import TruePosterior
from explorer.latent.density.refined_grid import Values

MASS = 0.99
"""Minimum share of p(z|x) inside the box."""
MARGIN = 0.25
"""Margin of the box, as a share of its size."""
PER_CELL = 1.5
"""Pixels per smallest cell of the grid."""
MIN_PIXELS, MAX_PIXELS = 96, 384
"""Limits of the number of pixels along the longer side of the box."""
SIGMAS = (1, 2)
"""The regions contain as much of p(z|x) as the ellipses at these multiples of σ contain of q(z|x)."""


@dataclass(frozen=True, eq=False)
class PosteriorShape:
    """p(z|x) over a box of one or two dimensions.

    Attributes
    ----------
    low, high
        ``(d,)``: the box in latent units.
    density
        ``(columns,)``, or ``(rows, columns)`` from the lowest row upwards, relative to the highest density.
    outlines
        For each of `SIGMAS`, the boundary of the smallest region with this share of p(z|x). In two dimensions it is a
        tuple of lines ``(k, 2)``, possibly one for each mode, and the shares are those of a Gaussian's ellipses, 39.3 %
        and 86.5 %. In one dimension it is a tuple of interval ends ``(2, 1)``, with 68.3 % and 95.4 %.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    density: NDArray[np.float32]
    outlines: tuple[tuple[Values, ...], ...]

    @cached_property
    def axes(self) -> tuple[Values, ...]:
        """The centres of the pixels along each axis."""
        sizes = self.density.shape[::-1]
        return tuple(
            low + (np.arange(size) + 0.5) * (high - low) / size
            for low, high, size in zip(self.low, self.high, sizes, strict=True)
        )


def mass_within(sigma: float, dimensions: int) -> float:
    """Return the share of a Gaussian within ``sigma`` standard deviations, in one or two dimensions."""
    from scipy.stats import chi2  # imported here, as it is slow

    return float(chi2.cdf(sigma**2, dimensions))


def shape_of(posterior: TruePosterior) -> PosteriorShape:
    """Return the shape of a true posterior, by linear interpolation of its log-density between the points of the grid.

    1. Choose a box around the region with `MASS` of the posterior, and its pixels by the smallest cells of the grid.
    2. Interpolate the log-density at the pixel centres, relative to its peak.
    3. Find the log-density levels above which the posterior has the shares of `SIGMAS`, and trace their boundaries.
    """
    low, high = _box(posterior)
    sizes = _sizes(posterior, low, high)
    axes = [low[i] + (np.arange(size) + 0.5) * (high[i] - low[i]) / size for i, size in enumerate(sizes)]
    peak = float(posterior.log_density.max())
    dimensions = len(low)
    relative = (_interpolated_line if dimensions == 1 else _interpolated_plane)(posterior, low, high, axes) - peak
    density = np.exp(np.minimum(relative, 0))  # 1 at the peak
    levels = [float(np.exp(posterior.log_level(mass_within(sigma, dimensions)) - peak)) for sigma in SIGMAS]
    find = _intervals if dimensions == 1 else _outlines
    return PosteriorShape(low, high, density.astype(np.float32), tuple(find(axes, density, level) for level in levels))


def _box(posterior: TruePosterior) -> tuple[Values, Values]:
    inside = posterior.log_density >= posterior.log_level(MASS)
    points, halves = posterior.points[inside], posterior.sides[inside] / 2
    low, high = (points - halves).min(0), (points + halves).max(0)
    return low - MARGIN * (high - low), high + MARGIN * (high - low)


def _sizes(posterior: TruePosterior, low: Values, high: Values) -> list[int]:
    inside = posterior.log_density >= posterior.log_level(0.9)
    # Only cells with mass count: elsewhere, small cells come from other peaks.
    finest = posterior.sides[inside].min(0)
    longest = int(np.argmax(high - low))
    pixels = int(np.clip(np.ceil(PER_CELL * ((high - low) / finest).max()), MIN_PIXELS, MAX_PIXELS))
    pixel = (high - low)[longest] / pixels  # the pixels are square
    return [int(np.clip(np.ceil(side / pixel), 16, MAX_PIXELS)) for side in high - low]


def _interpolated_line(posterior: TruePosterior, low: Values, high: Values, axes: list[Values]) -> Values:
    order = np.argsort(posterior.points[:, 0])
    heights = np.maximum(posterior.log_density[order], -1e6)  # −∞ cannot be interpolated
    found: Values = np.interp(axes[0], posterior.points[order, 0], heights)
    return found


def _interpolated_plane(posterior: TruePosterior, low: Values, high: Values, axes: list[Values]) -> Values:
    from scipy.interpolate import LinearNDInterpolator  # imported here, as it takes a fifth of a second

    # Points up to two cells outside the box are neighbours of pixels at its edge.
    around = 2 * posterior.sides
    near = ((posterior.points + around >= low) & (posterior.points - around <= high)).all(1)
    # Scaled to a unit square, as the triangulation depends on the ratio of the axes.
    middle, span = (low + high) / 2, high - low
    heights = np.maximum(posterior.log_density[near], -1e6)
    interpolate = LinearNDInterpolator((posterior.points[near] - middle) / span, heights, fill_value=-1e6)
    x, y = np.meshgrid((axes[0] - middle[0]) / span[0], (axes[1] - middle[1]) / span[1])
    found: Values = interpolate(x, y)  # (rows, columns)
    return found


def _outlines(axes: list[Values], density: Values, level: float) -> tuple[Values, ...]:
    from contourpy import LineType, contour_generator  # imported here, as it is rarely needed

    lines = contour_generator(axes[0], axes[1], density, line_type=LineType.Separate).lines(level)
    return tuple(np.asarray(line, np.float64) for line in lines)


def _intervals(axes: list[Values], density: Values, level: float) -> tuple[Values, ...]:
    """Return the ends ``(2, 1)`` of each interval in which the density is at least ``level``."""
    above = np.concatenate([[False], density >= level, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1]).reshape(-1, 2)
    return tuple(np.array([[axes[0][start]], [axes[0][end - 1]]]) for start, end in edges)
