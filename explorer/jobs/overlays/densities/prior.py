"""The prior: rings of a standard normal, drawn at once, or the components of a mixture, which the worker computes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.overlays.overlay import Overlay, OverlayDrawing, OverlayQuestion, OverlaySteps
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.ellipses import FINE_CORNERS, ellipses
from explorer.latent.plane.overlay_parts import LabelsAt, Lines, OverlayResult, Part
from explorer.latent.plane.projection import Projection
from explorer.models.latent_model import NotDefined
from explorer.models.priors import PriorComponents, components_of

SIGMAS = (1, 2, 3)
REACH = 1000.0
"""Vertical reach of lines and bands with one latent dimension, beyond the strips of any number of classes."""

MAX_COMPONENTS = 200
"""Maximum number of components drawn, the heaviest."""
MAX_AT_TWO = 20
"""Maximum number of components drawn at 2 σ as well; more would cover each other."""
MIN_SHARE = 0.01
"""A component lighter than this share of the heaviest one is not drawn."""
FAINTEST = 0.5
"""Opacity of a component of weight 0; the heaviest has 1."""
AT_TWO = 0.65
"""Opacity of the outline at 2 σ, relative to that at 1 σ."""
BAND = 0.3
"""Opacity of a band of weight 1."""


@dataclass(frozen=True)
class DrawPriorRings(OverlayDrawing):
    """Rings of a standard normal around z = 0; an orthonormal projection of it is again a standard normal."""

    centre: tuple[float, float]
    is_strips: bool = False

    def draw(self) -> OverlayResult:
        """Return a labelled circle for each σ; with one dimension, the two lines at ± σ."""
        (x, y), sigmas = self.centre, np.array(SIGMAS, np.float64)
        numbers = {"centre": np.array(self.centre[:1] if self.is_strips else self.centre), "sigmas": sigmas}
        if self.is_strips:
            # With one dimension each σ has two lines, at both sides of the mean.
            offsets = [float(side * sigma) for sigma in SIGMAS for side in (-1, 1)]
            paths = tuple(np.array([(x + offset, y - REACH), (x + offset, y + REACH)]) for offset in offsets)
            texts = tuple(f"{'−' if offset < 0 else ''}{abs(offset):.0f}σ" for offset in offsets)
        else:
            circle = ellipses(np.zeros((1, 2)), np.eye(2)[None], 1.0, 0.0, FINE_CORNERS)[0]
            paths = tuple(np.array(self.centre) + sigma * circle for sigma in SIGMAS)
            texts = tuple(f"{sigma}σ" for sigma in SIGMAS)
        # Of rings, labels at 315° are beside the names and numbers of the axes, not among them.
        at: LabelsAt = "top" if self.is_strips else "lower right"
        rings = Lines(paths, "text", width=1.0, dashed=True, halo=True, labels=texts, labels_at=at)
        return OverlayResult((rings,), numbers=numbers)


@dataclass(frozen=True)
class ProjectComponents(OverlayQuestion):
    """A question for the components of a learned prior, projected to the plane."""

    projection: Projection

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return dashed outlines at 1 and 2 σ, with the opacity of their weight; with one dimension, filled bands."""
        yield None
        components = components_of(loaded.model)
        if components is None:
            raise NotDefined("the prior is not a mixture of Gaussians")
        return project_components(self.projection, components)


def project_components(projection: Projection, components: PriorComponents) -> OverlayResult:
    """Return the heaviest components of a mixture on a projection, lightest first, so the heaviest are on top."""
    heaviest = float(components.weights.max(initial=0.0))
    # Components are sorted by decreasing weight.
    kept = np.flatnonzero(components.weights[:MAX_COMPONENTS] >= MIN_SHARE * heaviest)
    weights = components.weights[kept].astype(np.float64)
    means = np.array([projection.point_of(mean) for mean in components.means[kept]]).reshape(-1, 2)
    axes = projection.components
    # (axes, d) @ (k, d, d) @ (d, axes) → (k, axes, axes), in float64: float32 loses digits of narrow components.
    covariances = axes @ components.covariances[kept].astype(np.float64) @ axes.T
    sigmas = (1, 2) if len(components.weights) <= MAX_AT_TWO else (1,)
    parts: list[Part] = []
    for number in reversed(range(len(kept))):
        # Bands add up where they overlap, so their opacity is the weight itself, not relative to the heaviest.
        share = weights[number] if len(axes) == 1 else weights[number] / heaviest
        parts += _outlined(means[number], covariances[number], float(share), sigmas)
    numbers: dict[str, NDArray[Any]] = {
        "weights": weights,
        "means": means[:, : len(axes)],
        "covariances": covariances,
    }
    return OverlayResult(tuple(parts), numbers=numbers)


def _outlined(
    mean: NDArray[np.float64], covariance: NDArray[np.float64], share: float, sigmas: tuple[int, ...]
) -> Iterator[Lines]:
    """Return the outlines of one Gaussian; with one dimension, bands, whose opacities add up where they overlap."""
    for sigma in sigmas:
        paths = tuple(ellipses(mean[None], covariance[None], sigma, REACH, FINE_CORNERS))
        if len(covariance) == 1:
            yield Lines(paths, opacity=0.0, filled=BAND * share)
        else:
            # Not proportional to the weight: light components must stay visible.
            clear = FAINTEST + (1 - FAINTEST) * share
            yield Lines(paths, width=1.3, opacity=clear * (AT_TWO if sigma == 2 else 1.0), dashed=True)


def _drawing(scene: Scene) -> OverlayDrawing | None:
    if scene.run.capabilities.learned_prior:
        return None
    projected = scene.projected
    return DrawPriorRings(projected.point_of(np.zeros(projected.projection.latent_dim)), projected.is_strips)


def _question(scene: Scene) -> OverlayQuestion | None:
    if not scene.run.capabilities.learned_prior:
        return None
    return ProjectComponents(scene.run.key, scene.projected.projection)


def _why_not(run: OpenRun) -> str:
    return "" if run.capabilities.prior else "the model has no prior"


PRIOR_RINGS = Overlay(
    "prior_rings",
    "Prior: rings or components",
    "The prior p(z): circles at 1, 2 and 3 σ, or the components of a mixture at 1 and 2 σ",
    _why_not,
    _question,
    _drawing,
    level="above",
    key="Dashed: prior, 1σ to 3σ",
    things=("prior ring", "prior rings"),
    term="prior",
)
