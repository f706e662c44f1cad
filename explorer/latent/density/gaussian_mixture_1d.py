"""Densities along one axis of the plane: single posteriors, their mixture, the codes and the prior.

A mixture of many thousands of Gaussians, one for each sample, is evaluated in bins:

1. Gaussians that do not reach the bins are left out. Gaussians narrower than a fraction of a bin are widened to it.
2. If there are many, they are merged: each is distributed over the two nearest of a few standard deviations, and
   then over the two nearest points of a lattice, which preserves its mean and its variance.
3. The mean density of each remaining Gaussian in each bin is the difference of its cumulative distribution function
   at the edges, divided by the width. The weighted sum is the mixture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.density.kernel_density import density_in_parts
from explorer.latent.plane.projection import Projection
from explorer.latent.steps import Absent, Steps, at_once
from explorer.models.priors import PriorComponents

Values = NDArray[np.float64]

FARTHEST = 6.0
"""Standard deviations beyond which a density counts as zero."""
NARROWEST = 1 / 8
"""Minimum standard deviation in bin widths."""
LEVELS_RATIO = 1.2
"""Ratio of consecutive standard deviations when Gaussians are merged."""
FINEST = 1 / 8
"""Distance of the lattice points on which Gaussians are merged, in standard deviations."""
AT_ONCE = 200_000
"""Values of the normal distribution function in one chunk, which takes a few milliseconds."""


def bin_densities(edges: Values, means: Values, deviations: Values) -> Values:
    """Return the mean density of k Gaussians in each bin, ``(k, bins)``, per latent unit.

    The mean over a bin is exact for Gaussians of any width above `NARROWEST`, also for those narrower than a bin.

    Parameters
    ----------
    edges
        ``(bins + 1,)``, ascending.
    means, deviations
        ``(k,)``.
    """
    from scipy.special import ndtr

    widths = np.diff(edges)
    minimum = NARROWEST * float(widths.min())
    scaled = (edges - means[:, None]) / np.maximum(deviations, minimum)[:, None]  # (k, bins + 1)
    densities: Values = np.diff(ndtr(scaled), axis=1) / widths
    return densities


def mixture_density(edges: Values, means: Values, deviations: Values, weights: Values | None = None) -> Values:
    """Return the density of a mixture at once; see `mixture_in_chunks`."""
    return at_once(mixture_in_chunks(edges, means, deviations, weights))


def mixture_in_chunks(edges: Values, means: Values, deviations: Values, weights: Values | None = None) -> Steps[Values]:
    """Return the mean density in each bin, ``(bins,)``, of the mixture Σ w_i N(μ_i, σ_i²).

    Without weights it is 1/N Σ q(z|x_i), the aggregate posterior along the axis.

    Parameters
    ----------
    edges
        ``(bins + 1,)``, equally spaced.
    means, deviations, weights
        ``(n,)``, finite; the weights add up to 1.
    """
    if len(means) == 0:
        return np.zeros(len(edges) - 1)
    shares = np.full(len(means), 1 / len(means)) if weights is None else weights
    width = float(edges[1] - edges[0])
    widths = np.maximum(deviations, NARROWEST * width)  # (n,)
    reached = (means + FARTHEST * widths > edges[0]) & (means - FARTHEST * widths < edges[-1])
    means, widths, shares = means[reached], widths[reached], shares[reached]
    if len(means) * len(edges) > AT_ONCE:
        means, widths, shares = _merged(means, widths, shares, width)
        yield 1
    density = np.zeros(len(edges) - 1)
    count = max(1, AT_ONCE // len(edges))
    for start in range(0, len(means), count):
        part = slice(start, start + count)
        density += shares[part] @ bin_densities(edges, means[part], widths[part])
        yield 1
    return density


def _merged(means: Values, deviations: Values, shares: Values, bin_width: float) -> tuple[Values, Values, Values]:
    """Return fewer Gaussians with nearly the same mixture density: means, standard deviations and weights."""
    lowest = float(deviations.min())
    # Rounding can put the logarithm of an exact power just below its level, hence the 1e-9.
    levels = np.floor(np.log(deviations / lowest) / np.log(LEVELS_RATIO) + 1e-9).astype(np.intp)
    narrower, wider = lowest * LEVELS_RATIO**levels, lowest * LEVELS_RATIO ** (levels + 1.0)
    to_wider = np.clip((deviations**2 - narrower**2) / (wider**2 - narrower**2), 0, 1)  # preserves the variance
    found = []
    for level in range(int(levels.max()) + 2):
        deviation = lowest * LEVELS_RATIO**level
        # Gaussians at this level, and those of the level below that are moved up to it
        here, below = levels == level, levels == level - 1
        points = np.concatenate([means[here], means[below]])
        weights = np.concatenate([(shares * (1 - to_wider))[here], (shares * to_wider)[below]])
        if len(points):
            at, weight = _on_lattice(points, weights, max(bin_width / 4, FINEST * deviation))
            found.append((at, np.full(len(at), deviation), weight))
    return tuple(np.concatenate(values) for values in zip(*found, strict=True))  # type: ignore[return-value]


def _on_lattice(points: Values, weights: Values, step: float) -> tuple[Values, Values]:
    """Distribute weights over the two nearest points of a lattice, and return those points with their weights."""
    low = float(points.min())
    at = (points - low) / step
    first = np.floor(at).astype(np.intp)
    rest = at - first
    sums: Values = np.bincount(first, weights * (1 - rest), int(first.max()) + 2).astype(np.float64)
    sums += np.bincount(first + 1, weights * rest, len(sums))
    kept = np.flatnonzero(sums)
    positions: Values = low + kept.astype(np.float64) * step
    return positions, sums[kept]


@dataclass(frozen=True, eq=False)
class GaussianMixture1D:
    """Gaussians in one dimension.

    Attributes
    ----------
    means, deviations
        ``(n,)`` in latent units.
    weights
        ``(n,)``, which add up to 1; None for equal weights.
    """

    means: Values
    deviations: Values
    weights: Values | None = None

    def of_rows(self, rows: NDArray[np.intp]) -> "GaussianMixture1D":
        """Return the Gaussians at ``rows``, with equal weights."""
        return GaussianMixture1D(self.means[rows], self.deviations[rows])

    def component_pdfs(self, edges: Values) -> Values:
        """Return the mean density of each Gaussian in each bin, ``(n, bins)``, per latent unit."""
        return bin_densities(edges, self.means, self.deviations)

    def mixture_pdf(self, edges: Values) -> Steps[Values]:
        """Return the mean density of the mixture in each bin, ``(bins,)``; for posteriors, the aggregate posterior."""
        return mixture_in_chunks(edges, self.means, self.deviations, self.weights)


def prior_along(projection: Projection, axis: int, components: PriorComponents | None) -> GaussianMixture1D:
    """Return the marginal of a prior along an axis of the plane, 0 or 1.

    Parameters
    ----------
    components
        The components of a mixture prior; None for a standard normal, whose marginal is the same in any direction.
    """
    direction = projection.components[axis]  # unit vector, (latent_dim,)
    if components is None:
        return GaussianMixture1D(np.array([-projection.mean @ direction]), np.ones(1))
    means = (components.means.astype(np.float64) - projection.mean) @ direction
    variances = np.einsum("i,kij,j->k", direction, components.covariances.astype(np.float64), direction)  # (K,)
    weights = components.weights.astype(np.float64)
    return GaussianMixture1D(means, np.sqrt(np.maximum(variances, 0.0)), weights / weights.sum())


def codes_along(points: Values, edges: Values) -> Steps[tuple[Values, float] | Absent]:
    """Return the density ``(bins,)`` of codes ``(n,)`` along an axis, and the standard deviation of its kernel."""
    found = yield from density_in_parts(points[:, None])
    if isinstance(found, Absent):
        return found
    (middles,) = found.axes
    heights: Values = np.interp((edges[1:] + edges[:-1]) / 2, middles, found.values, left=0.0, right=0.0)
    return heights, found.bandwidth[0]
