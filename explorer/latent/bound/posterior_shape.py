"""A true posterior as a picture: how dense it is over a box, and the outlines of the regions that hold its mass."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.latent.bound.true_posterior import TruePosterior
from explorer.latent.density.refined_grid import Values

MASS = 0.99
"""Of p(z|x), that the box holds at least."""
MARGIN = 0.25
"""Around that region, as a share of its size."""
PER_CELL = 1.5
FEWEST, MOST = 96, 384
"""Steps along the box's longer side: some for each of the grid's smallest cells, within these."""
SIGMAS = (1, 2)
"""The outlines hold as much of p(z|x) as the ellipses at so many σ hold of q(z|x)."""


@dataclass(frozen=True, eq=False)
class PosteriorShape:
    """p(z|x) over a box of one or two dimensions.

    Attributes
    ----------
    low, high
        ``(d,)``, the box in latent units.
    density
        ``(columns,)``, or ``(rows, columns)`` from the lowest row up, as a share of the highest density.
    outlines
        In two dimensions, for each of `SIGMAS`, the lines ``(k, 2)`` around the smallest region that holds as much of
        p(z|x) as the ellipse at that σ holds of a Gaussian: 39.3 % and 86.5 %. Where there are several modes, each may
        have a line of its own. In one dimension, the ends ``(2, 1)`` of intervals of 68.3 % and 95.4 %.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    density: NDArray[np.float32]
    outlines: tuple[tuple[Values, ...], ...]

    @cached_property
    def axes(self) -> tuple[Values, ...]:
        """The middles of the steps along each axis."""
        sizes = self.density.shape[::-1]
        return tuple(
            low + (np.arange(size) + 0.5) * (high - low) / size
            for low, high, size in zip(self.low, self.high, sizes, strict=True)
        )


def mass_within(sigma: float, dimensions: int) -> float:
    """Return how much of a Gaussian of one or two dimensions lies within so many standard deviations."""
    from scipy.stats import chi2  # takes a moment to import

    return float(chi2.cdf(sigma**2, dimensions))


def shape_of(posterior: TruePosterior) -> PosteriorShape:
    """Return a true posterior's shape, by linear interpolation of its log-density between the grid's places."""
    low, high = _box(posterior)
    sizes = _sizes(posterior, low, high)
    axes = [low[i] + (np.arange(size) + 0.5) * (high[i] - low[i]) / size for i, size in enumerate(sizes)]
    peak = float(posterior.log_density.max())
    dimensions = len(low)
    relative = (_interpolated_line if dimensions == 1 else _interpolated_plane)(posterior, low, high, axes) - peak
    density = np.exp(np.minimum(relative, 0))
    levels = [float(np.exp(posterior.log_level(mass_within(sigma, dimensions)) - peak)) for sigma in SIGMAS]
    find = _intervals if dimensions == 1 else _outlines
    return PosteriorShape(low, high, density.astype(np.float32), tuple(find(axes, density, level) for level in levels))


def _box(posterior: TruePosterior) -> tuple[Values, Values]:
    inside = posterior.log_density >= posterior.log_level(MASS)
    places, halves = posterior.places[inside], posterior.sides[inside] / 2
    low, high = (places - halves).min(0), (places + halves).max(0)
    return low - MARGIN * (high - low), high + MARGIN * (high - low)


def _sizes(posterior: TruePosterior, low: Values, high: Values) -> list[int]:
    inside = posterior.log_density >= posterior.log_level(0.9)
    finest = posterior.sides[inside].min(0)
    longest = int(np.argmax(high - low))
    steps = int(np.clip(np.ceil(PER_CELL * ((high - low) / finest).max()), FEWEST, MOST))
    step = (high - low)[longest] / steps
    return [int(np.clip(np.ceil(side / step), 16, MOST)) for side in high - low]


def _interpolated_line(posterior: TruePosterior, low: Values, high: Values, axes: list[Values]) -> Values:
    order = np.argsort(posterior.places[:, 0])
    heights = np.maximum(posterior.log_density[order], -1e6)
    found: Values = np.interp(axes[0], posterior.places[order, 0], heights)
    return found


def _interpolated_plane(posterior: TruePosterior, low: Values, high: Values, axes: list[Values]) -> Values:
    from scipy.interpolate import LinearNDInterpolator  # takes a fifth of a second

    around = 2 * posterior.sides
    near = ((posterior.places + around >= low) & (posterior.places - around <= high)).all(1)
    middle, span = (low + high) / 2, high - low
    heights = np.maximum(posterior.log_density[near], -1e6)
    between = LinearNDInterpolator((posterior.places[near] - middle) / span, heights, fill_value=-1e6)
    x, y = np.meshgrid((axes[0] - middle[0]) / span[0], (axes[1] - middle[1]) / span[1])
    found: Values = between(x, y)
    return found


def _outlines(axes: list[Values], density: Values, level: float) -> tuple[Values, ...]:
    from contourpy import LineType, contour_generator  # here, as it is seldom needed

    lines = contour_generator(axes[0], axes[1], density, line_type=LineType.Separate).lines(level)
    return tuple(np.asarray(line, np.float64) for line in lines)


def _intervals(axes: list[Values], density: Values, level: float) -> tuple[Values, ...]:
    """Return the ends of the stretches where the density is at least ``level``."""
    above = np.concatenate([[False], density >= level, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1]).reshape(-1, 2)
    return tuple(np.array([[axes[0][start]], [axes[0][end - 1]]]) for start, end in edges)
