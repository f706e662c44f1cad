"""What can be laid over the points: the prior's rings or components, posterior ellipses, class names. No Qt."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.latent.plane.box import Place
from explorer.models.gaussian_mixture import PriorComponents

SIGMAS = (1, 2, 3)

MAX_COMPONENTS = 200
"""Of a learned prior, the heaviest."""
MAX_AT_TWO = 20
"""More components than this are drawn at 1 σ alone: they would cover each other."""
MIN_SHARE = 0.01
"""A component lighter than this share of the heaviest one is not drawn."""
STRIP_REACH = 100.0
"""How far up and down a component reaches over the strips of one latent dimension: beyond them all."""

_TURN = np.linspace(0, 2 * np.pi, 97)
CIRCLE = np.column_stack([np.cos(_TURN), np.sin(_TURN)])
"""Places around a circle of radius 1, from the right on."""


@dataclass(frozen=True)
class Ring:
    """The prior's place at ``sigma``: a circle of that radius, or of one dimension the two lines at ± sigma."""

    centre: Place
    sigma: int
    as_lines: bool = False


@dataclass(frozen=True)
class Component:
    """A Gaussian of a learned prior: its outlines at 1 and 2 σ, and its weight as a share of the heaviest one's.

    Of one latent dimension it is a band across all strips, which is filled, so that the prior is denser where bands
    lie over each other; its share is then the weight itself.
    """

    outlines: tuple[tuple[Place, ...], ...]
    share: float
    as_band: bool = False


@dataclass(frozen=True)
class Ellipse:
    """The outline of the probed sample's q(z|x) on the plane at one or two σ."""

    outline: tuple[Place, ...]


@dataclass(frozen=True)
class ClassName:
    """A class's name and the median of its codes."""

    place: Place
    text: str


@dataclass(frozen=True)
class Overlays:
    """All overlays of one plane."""

    rings: tuple[Ring, ...] = ()
    components: tuple[Component, ...] = ()
    ellipses: tuple[Ellipse, ...] = ()
    names: tuple[ClassName, ...] = ()


def prior_rings(placed: ProjectedCodes) -> tuple[Ring, ...]:
    """Return the rings of a standard normal prior; through orthonormal axes it is seen as one around z = 0."""
    centre = placed.place_of(np.zeros(placed.projection.latent_dim))
    return tuple(Ring(centre, sigma, placed.is_strips) for sigma in SIGMAS)


def prior_components(placed: ProjectedCodes, components: PriorComponents) -> tuple[Component, ...]:
    """Return the heaviest Gaussians of a learned prior as the plane's projection shows them, the lightest first."""
    if components.means.shape[1] != placed.projection.latent_dim:
        return ()
    heaviest = float(components.weights.max(initial=0.0))
    sigmas = (1, 2) if len(components.weights) <= MAX_AT_TWO else (1,)
    found = []
    for weight, mean, covariance in zip(*_heaviest(components), strict=True):
        if weight >= MIN_SHARE * heaviest:
            centre, matrix = np.array(placed.place_of(mean)), covariance.astype(np.float64)
            outlines = tuple(_outline(placed, centre, matrix, sigma, STRIP_REACH) for sigma in sigmas)
            share = float(weight) if placed.is_strips else float(weight) / heaviest
            found.append(Component(outlines, share, placed.is_strips))
    return tuple(reversed(found))


def _heaviest(components: PriorComponents) -> tuple[NDArray[np.float32], ...]:
    return tuple(values[:MAX_COMPONENTS] for values in (components.weights, components.means, components.covariances))


def posterior_ellipses(placed: ProjectedCodes, row: int | None) -> tuple[Ellipse, ...]:
    """Return 1 and 2 σ of the probed row's posterior; the selection's are computed in the background."""
    if placed.codes.log_variance is None or row is None:
        return ()
    return tuple(Ellipse(_posterior_outline(placed, row, sigma)) for sigma in (1, 2))


def class_names(placed: ProjectedCodes, groups: NDArray[np.int64], names: tuple[str, ...]) -> tuple[ClassName, ...]:
    """Return each group's name at the median of its finite places."""
    finite = np.isfinite(placed.places).all(axis=1)
    found = []
    for group, name in enumerate(names):
        members = placed.places[finite & (groups == group)]
        if len(members):
            x, y = np.median(members, axis=0)
            found.append(ClassName((float(x), float(y)), name))
    return tuple(found)


def _posterior_outline(placed: ProjectedCodes, row: int, sigma: int) -> tuple[Place, ...]:
    codes = placed.codes
    if codes.scale_tril is not None:
        scale = codes.scale_tril[row].astype(np.float64)
        covariance = scale @ scale.T
    else:
        assert codes.log_variance is not None
        covariance = np.diag(np.exp(codes.log_variance[row].astype(np.float64)))
    return _outline(placed, placed.places[row], covariance, sigma, 0.06)


def _outline(
    placed: ProjectedCodes, centre: NDArray[np.float64], covariance: NDArray[np.float64], sigma: int, reach: float
) -> tuple[Place, ...]:
    """Return the outline of a Gaussian as the projection shows it; of one dimension, a bar that reaches so far up."""
    components = placed.projection.components
    if placed.is_strips:
        half = sigma * float(np.abs(components[0, 0]) * np.sqrt(covariance[0, 0]))
        corners = np.array([(-half, -reach), (half, -reach), (half, reach), (-half, reach), (-half, -reach)])
        return _places(centre + corners)
    variances, axes = np.linalg.eigh(components @ covariance @ components.T)
    reach = sigma * np.sqrt(np.maximum(variances, 0))
    return _places(centre + (CIRCLE * reach) @ axes.T)


def _places(points: NDArray[np.float64]) -> tuple[Place, ...]:
    return tuple((float(x), float(y)) for x, y in points)
