"""Densities along one axis of the plane: single posteriors, their mixture, the codes and the prior."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.absent import Absent
from explorer.latent.density.kernel_density import density_in_parts
from explorer.latent.density.mixture_1d import bin_densities, mixture_in_chunks
from explorer.latent.plane.projection import Projection
from explorer.latent.steps import Steps
from explorer.models.gaussian_mixture import PriorComponents

Values = NDArray[np.float64]


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


def codes_along(places: Values, edges: Values) -> Steps[tuple[Values, float] | Absent]:
    """Return the density ``(bins,)`` of codes ``(n,)`` along an axis, and the standard deviation of its kernel."""
    found = yield from density_in_parts(places[:, None])
    if isinstance(found, Absent):
        return found
    (middles,) = found.axes
    heights: Values = np.interp((edges[1:] + edges[:-1]) / 2, middles, found.values, left=0.0, right=0.0)
    return heights, found.bandwidth[0]
