"""The true posterior p(z|x) of one sample and its log p(x), by a refined grid, with one or two latent dimensions.

p(z|x) = p(x|z) p(z) / p(x) with p(x) = ∫ p(x|z) p(z) dz. The numerator takes one decode, but the integral takes one for
every point of a grid, which is impossible in many dimensions (see `grid_decodes`).

1. Draw codes from the prior and from q(z|x). They determine the box of the grid, and where its first cells are small.
2. Integrate log p(x|z) + log p(z), and log q(z|x), on the refined grid (see `explorer.latent.density.refined_grid`).
3. The integral is p(x). Dividing by it yields the density, moments and credible levels of p(z|x), and sums over the
   grid yield the terms of the ELBO and the gap.
4. For display, `shape_of` interpolates the density over a box and traces the boundaries of its credible regions.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent.density.proposal import NOT_FINITE, NOWHERE
from explorer.latent.density.refined_grid import RefinedGrid, Values, refined
from explorer.latent.inputs import Inputs
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, NotDefined, Posterior

MAX_DIMENSIONS = 2
"""Maximum latent dimension: a grid in three dimensions would need millions of decodes."""
POINTS_PER_AXIS = 200
"""Points per axis of a plain grid, to explain its cost."""
DRAWS = 1024
"""Number of draws from the prior and from q that determine the first cells."""
SEED = 2
JOINT, Q, LIKELIHOOD = 0, 1, 2
"""Columns of the grid: log p(x|z) + log p(z), log q(z|x), log p(x|z)."""
CHUNK_COST = 50_000_000
"""Weights times rows in one chunk, which takes a few milliseconds."""
MAX_ROWS, MIN_ROWS = 2048, 64
"""Limits of the rows in one chunk."""


@dataclass(frozen=True, eq=False)
class TruePosterior:
    """p(z|x) on a grid with d = 1 or 2 dimensions.

    Attributes
    ----------
    grid
        A grid with the columns `JOINT`, `Q` and `LIKELIHOOD`; Q is −∞ if q is a point.
    has_q
        Whether q(z|x) is a distribution.
    """

    grid: RefinedGrid
    has_q: bool

    @cached_property
    def log_evidence(self) -> float:
        """Log p(x) in nats."""
        return self.grid.log_integral(JOINT)

    @property
    def error(self) -> float:
        """Difference of log p(x) from that of a grid half as fine, in nats; infinite for an unfinished grid."""
        return abs(self.log_evidence - self.grid.coarse_log_integral(JOINT)) if self.grid.is_whole else np.inf

    @property
    def points(self) -> Values:
        """The points of the grid, ``(m, d)``."""
        return self.grid.points

    @property
    def sides(self) -> Values:
        """The sides of the cell around each point, ``(m, d)``, in latent units."""
        return self.grid.sides

    @cached_property
    def log_density(self) -> Values:
        """Log p(z|x) in nats at the points, ``(m,)``."""
        density: Values = self.grid.values[:, JOINT] - self.log_evidence
        return density

    @cached_property
    def masses(self) -> Values:
        """The mass of p(z|x) in each cell, ``(m,)``; they add up to 1."""
        masses: Values = np.exp(self.log_density + self.grid.log_volumes)
        return masses

    @cached_property
    def mean(self) -> Values:
        """The mean of p(z|x), ``(d,)``."""
        mean: Values = self.masses @ self.points
        return mean

    @cached_property
    def covariance(self) -> Values:
        """The covariance of p(z|x), ``(d, d)``."""
        offset = self.points - self.mean
        covariance: Values = (offset * self.masses[:, None]).T @ offset
        return covariance + np.diag(self.masses @ (self.sides**2 / 12))  # a cell of side s has the variance s²/12

    @property
    def reconstruction(self) -> float:
        """−E log p(x|z) under q, in nats; NaN if q is a point."""
        return -self._under_q(self.grid.values[:, LIKELIHOOD])

    @property
    def kl_to_prior(self) -> float:
        """KL(q(z|x) ‖ p(z)) in nats; NaN if q is a point."""
        values = self.grid.values
        # log p(z) = JOINT − LIKELIHOOD
        return self._under_q(values[:, Q] - values[:, JOINT] + values[:, LIKELIHOOD])

    @property
    def mean_log_q(self) -> float:
        """E log q(z|x) under q, in nats; NaN if q is a point."""
        return self._under_q(self.grid.values[:, Q])

    @property
    def gap(self) -> float:
        """KL(q(z|x) ‖ p(z|x)) in nats, summed over the grid; NaN if q is a point."""
        return self._under_q(self.grid.values[:, Q] - self.log_density)

    def log_level(self, share: float) -> float:
        """Return the log-density in nats above which p(z|x) has a share of its mass."""
        order = np.argsort(-self.log_density, kind="stable")
        cumulative = np.cumsum(self.masses[order])
        row = min(np.searchsorted(cumulative, share * cumulative[-1]), len(order) - 1)
        return float(self.log_density[order[row]])

    def _under_q(self, values: Values) -> float:
        """Return the mean of values at the points under q."""
        if not self.has_q:
            return float("nan")
        masses = np.exp(self.grid.values[:, Q] + self.grid.log_volumes)
        relevant = masses > 1e-12 * masses.max()  # elsewhere values may be infinite
        return float(masses[relevant] @ values[relevant] / masses[relevant].sum())


def why_no_posterior(model: LatentModel) -> str:
    """Return the reason why a model has no true posterior, in any number of dimensions, or "" if it has one."""
    if not model.capabilities.density:
        return "a decode is one sample, without a distribution p(x|z)"
    return "" if model.prior is not None else "the model has no prior and defines no p(x)"


def grid_decodes(dimensions: int) -> float:
    """Return the number of decodes of a plain grid with `POINTS_PER_AXIS` points per axis; infinite if too large."""
    try:
        return float(POINTS_PER_AXIS) ** dimensions
    except OverflowError:
        return float("inf")


def rows_per_chunk(model: LatentModel) -> int:
    """Return the number of decodes that take a few milliseconds."""
    # A rough measure of the cost of a decode, good enough for chunks of a few milliseconds.
    weights = sum(weight.numel() for weight in model.parameters())
    return int(np.clip(CHUNK_COST // max(1, weights), MIN_ROWS, MAX_ROWS))


def true_posterior(model: LatentModel, given: Inputs) -> Steps[TruePosterior]:
    """Integrate p(x|z) p(z) of one sample over z; yields the number of decodes after each chunk.

    Parameters
    ----------
    given
        One sample, for a model with at most `MAX_DIMENSIONS` latent dimensions.

    Raises
    ------
    NotDefined
        If the model has no p(x|z) or p(z), or more dimensions, or the integrand is nowhere finite.
    """
    if why := why_no_posterior(model):
        raise NotDefined(why)
    if model.latent_dim > MAX_DIMENSIONS:
        raise NotDefined(f"a grid in {model.latent_dim} dimensions needs {grid_decodes(model.latent_dim):.1e} decodes")
    yield 0
    with torch.inference_mode():
        posterior = model.encode(given.x, given.condition) if model.capabilities.encoder else None
        seeds = _seeds(model, posterior)
    has_q = posterior is not None and posterior.log_variance is not None
    # Both must be resolved: q may be narrow where the posterior is not.
    densities = (JOINT, Q) if has_q else (JOINT,)
    work = refined(lambda z: densities_of(model, given, posterior, z), seeds, densities, rows_per_chunk(model))  # lazy
    found = TruePosterior((yield from work), has_q)
    if not np.isfinite(found.log_evidence):
        raise NotDefined(NOWHERE)
    return found


def _seeds(model: LatentModel, posterior: Posterior | None) -> list[Values]:
    """Return draws ``(n, d)`` from the prior and from q, or the point if q is one."""
    prior = model.prior
    assert prior is not None
    draws = [prior.sample(DRAWS, torch.Generator(model.device).manual_seed(SEED)).cpu().double().numpy()]
    if posterior is not None:
        count = 1 if posterior.log_variance is None else DRAWS
        noise = np.random.default_rng(SEED).standard_normal((count, model.latent_dim)).astype(np.float32)
        same = torch.zeros(count, dtype=torch.int64, device=posterior.mean.device)
        drawn = posterior.rows(same).sample(torch.from_numpy(noise).to(posterior.mean.device))
        draws.append(drawn.cpu().double().numpy())
    if not all(np.isfinite(part).all() for part in draws):
        raise NotDefined(NOT_FINITE)
    return draws


@torch.inference_mode()
def densities_of(model: LatentModel, given: Inputs, posterior: Posterior | None, points: Values) -> Values:
    """Return the columns `JOINT`, `Q` and `LIKELIHOOD` of one sample in nats, ``(n, 3)``, at points ``(n, d)``."""
    z = torch.from_numpy(points.astype(np.float32)).to(given.x.device)
    # The single sample is repeated for each z.
    same = torch.zeros(len(z), dtype=torch.int64, device=z.device)
    prior = model.prior
    assert prior is not None
    likelihood = model.decode(z, None if given.condition is None else given.condition[same])  # (n, *shape)
    log_likelihood = _double(likelihood.log_prob(given.target[same]))
    log_q = np.full(len(points), -np.inf)
    if posterior is not None and posterior.log_variance is not None:
        log_q = _double(posterior.rows(same).log_prob(z))
    return np.stack([log_likelihood + _double(prior.log_prob(z)), log_q, log_likelihood], axis=1)


def _double(values: torch.Tensor) -> NDArray[np.float64]:
    found: NDArray[np.float64] = values.cpu().double().numpy()
    return found


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
    from scipy.stats import chi2

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
    from scipy.interpolate import LinearNDInterpolator

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
    from contourpy import LineType, contour_generator

    lines = contour_generator(axes[0], axes[1], density, line_type=LineType.Separate).lines(level)
    return tuple(np.asarray(line, np.float64) for line in lines)


def _intervals(axes: list[Values], density: Values, level: float) -> tuple[Values, ...]:
    """Return the ends ``(2, 1)`` of each interval in which the density is at least ``level``."""
    above = np.concatenate([[False], density >= level, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1]).reshape(-1, 2)
    return tuple(np.array([[axes[0][start]], [axes[0][end - 1]]]) for start, end in edges)
