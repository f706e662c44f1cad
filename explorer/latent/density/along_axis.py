"""What lies along an axis of the plane: single posteriors, the mean of them all, the codes, the prior."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.absent import Absent
from explorer.latent.density.kernel_density import density_in_parts
from explorer.latent.density.mixture_1d import bell_densities, mixture_in_parts
from explorer.latent.passes import Passes
from explorer.latent.plane.projection import Projection
from explorer.models.gaussian_mixture import PriorComponents

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GaussianMixture1D:
    """Gaussians along one direction.

    Attributes
    ----------
    means, deviations
        ``(n,)``, in latent units.
    weights
        ``(n,)``, which add up to 1; None for even ones.
    """

    means: Values
    deviations: Values
    weights: Values | None = None

    def of_rows(self, rows: NDArray[np.intp]) -> "GaussianMixture1D":
        """Return some of them."""
        return GaussianMixture1D(self.means[rows], self.deviations[rows])

    def component_pdfs(self, edges: Values) -> Values:
        """Return ``(n, bins)``, the mean density of each over each bin, per latent unit."""
        return bell_densities(edges, self.means, self.deviations)

    def mixture_pdf(self, edges: Values) -> Passes[Values]:
        """Return ``(bins,)``, the density of their mixture: of posteriors, the aggregate posterior."""
        return mixture_in_parts(edges, self.means, self.deviations, self.weights)


def prior_along(projection: Projection, axis: int, components: PriorComponents | None) -> GaussianMixture1D:
    """Return a prior as an axis of the plane shows it, of which there are two, 0 and 1.

    Parameters
    ----------
    components
        The Gaussians of a learned prior; None for a standard normal, which is one along any direction.
    """
    direction = projection.components[axis]
    if components is None:
        return GaussianMixture1D(np.array([-projection.mean @ direction]), np.ones(1))
    means = (components.means.astype(np.float64) - projection.mean) @ direction
    variances = np.einsum("i,kij,j->k", direction, components.covariances.astype(np.float64), direction)
    weights = components.weights.astype(np.float64)
    return GaussianMixture1D(means, np.sqrt(np.maximum(variances, 0.0)), weights / weights.sum())


def codes_along(places: Values, edges: Values) -> Passes[tuple[Values, float] | Absent]:
    """Return the density ``(bins,)`` of codes ``(n,)`` along an axis, and its kernel's standard deviation."""
    found = yield from density_in_parts(places[:, None])
    if isinstance(found, Absent):
        return found
    (middles,) = found.axes
    heights: Values = np.interp((edges[1:] + edges[:-1]) / 2, middles, found.values, left=0.0, right=0.0)
    return heights, found.bandwidth[0]
