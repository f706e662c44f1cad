"""Strips along the axes of the plane: marginal densities of the codes, of the prior, and of single posteriors.

1. For each axis, the aggregate posterior is the mean of all q(z|x) projected on it; of a deterministic encoder, a
   kernel density of the codes.
2. The prior is projected on the same axis, if its marginal has a closed form.
3. The strip is as high as the highest of these curves.
4. Posteriors of the probed and the selected samples are far narrower, hence higher. All are divided by one round factor
   in both strips, which their name states.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.overlays.grouping import Grouping
from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion, OverlaySteps
from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.density.gaussian_mixture_1d import GaussianMixture1D, codes_along, prior_along
from explorer.latent.plane.box import Box
from explorer.latent.plane.ellipses import plane_covariances
from explorer.latent.plane.overlay_parts import OverlayResult, Strip, StripCurve, Strips
from explorer.latent.plane.projection import subscripted
from explorer.latent.steps import Absent, in_chunks, pausing
from explorer.models.priors import PriorComponents, components_of

MAX_POSTERIORS = 24
"""Maximum number of posteriors of a selection; more would fill the strip."""
PIXELS_PER_BIN = 2
"""Width of a bin of a density, in pixels at scale 1."""
BEYOND = 0.25
"""Margin of the strips around the visible part, as a share of it, so that panning a little does not show their ends."""
STEPS = (1, 2, 5)
"""Round factors, times a power of ten, by which the heights of posteriors are divided."""


@dataclass(frozen=True)
class MeasureStrips(OverlayQuestion):
    """A question for the densities along the axes of the plane.

    Attributes
    ----------
    probed, selected
        Rows of the samples whose posteriors are drawn.
    box, pixels
        The visible part of the plane, in latent units, and its width and height in pixels at scale 1.
    """

    projected: ProjectedCodes
    grouping: Grouping
    probed: int | None
    selected: tuple[int, ...]
    box: Box
    pixels: tuple[int, int]

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return a strip along the bottom and, with more than one latent dimension, one along the left edge."""
        codes, points = self.projected.codes, self.projected.points
        seen = self.grouping.groups(codes, loaded.description.class_names).seen & np.isfinite(points).all(axis=1)
        rows = np.flatnonzero(seen)
        variances = yield from self._variances(rows)
        components = components_of(loaded.model)
        strips, posteriors, kernels = [], [], []
        for axis in range(self._axes):
            edges = self._edges(axis)
            gaussians = (
                None if variances is None else GaussianMixture1D(points[rows, axis], np.sqrt(variances[:, axis]))
            )
            codes_curve, kernel = yield from _codes_curve(points[rows, axis], gaussians, edges, loaded)
            curves = (codes_curve, (yield from _prior_curve(self.projected, axis, components, edges, loaded)))
            strips.append(
                _strip(axis, subscripted(self._names[axis]), edges, [curve for curve in curves if curve is not None])
            )
            posteriors.append(self._posterior_curves(gaussians, rows, edges))
            kernels += [] if kernel is None else [kernel]
        result = _with_posteriors(strips, posteriors)
        return OverlayResult((result,), self._words(loaded, kernels))

    @property
    def _axes(self) -> int:
        return len(self.projected.projection.components)

    @property
    def _names(self) -> tuple[str, str]:
        return self.projected.projection.axis_names

    def _variances(self, rows: NDArray[np.intp]) -> Generator[None, None, NDArray[np.float64] | None]:
        """Return the variances of the posteriors along the axes, ``(n, axes)``; None for a deterministic encoder."""
        codes = self.projected.codes
        if codes.log_variance is None or len(rows) == 0:
            return None
        log_variance, scale = codes.log_variance, codes.scale_tril

        def work(part: slice) -> NDArray[np.float64]:
            full = None if scale is None else scale[rows[part]]
            found = plane_covariances(self.projected.projection, log_variance[rows[part]], full)
            # found is (n, axes, axes); a marginal of a Gaussian needs only its variance along the axis.
            return np.diagonal(found, axis1=1, axis2=2)

        found: NDArray[np.float64] = yield from in_chunks(len(rows), work)
        return found

    def _edges(self, axis: int) -> NDArray[np.float64]:
        box = self.box.grown(BEYOND)
        # Axis 0 is x (the lower strip), axis 1 is y (the left strip).
        low, high = (box.bottom, box.top) if axis else (box.left, box.right)
        return np.linspace(low, high, max(2, round(self.pixels[axis] * (1 + 2 * BEYOND) / PIXELS_PER_BIN)) + 1)

    def _posterior_curves(
        self, posteriors: GaussianMixture1D | None, rows: NDArray[np.intp], edges: NDArray[np.float64]
    ) -> list[StripCurve]:
        """Return the posteriors of the selected samples, then that of the probed sample, which is drawn over them."""
        if posteriors is None:
            return []
        chosen = [row for row in self.selected[:MAX_POSTERIORS] if row != self.probed]
        probed = [] if self.probed is None else [self.probed]
        selected, own = (
            # ``rows`` are row numbers of the plane; the mixture counts only the shown ones among them.
            posteriors.of_rows(np.flatnonzero(np.isin(rows, wanted))).component_pdfs(edges)
            for wanted in (chosen, probed)
        )
        return [
            *(StripCurve(heights, "selected q(z|x)", "accent", 1.1) for heights in selected),
            *(StripCurve(heights, "probed q(z|x)", "probe", 1.6) for heights in own),
        ]

    def _words(self, loaded: LoadedModel, kernels: list[float]) -> str:
        capabilities = loaded.model.capabilities
        # In order of importance: the corner cuts long lines at their end.
        words = [f"kernel σ {' and '.join(f'{kernel:.2g}' for kernel in kernels)}"] if kernels else []
        if not capabilities.encoder:
            words.append("no encoder, so no q(z|x)")
        elif self.projected.codes.log_variance is None:
            words.append("no posteriors to draw: this encoder returns points")
        elif len(self.selected) > MAX_POSTERIORS:
            words.append(f"q(z|x) of {MAX_POSTERIORS} of the {len(self.selected):,} selected samples")
        elif not self.selected and self.probed is None:
            words.append("probe or select samples to see their q(z|x)")
        return "; ".join(words)


def _codes_curve(
    points: NDArray[np.float64], posteriors: GaussianMixture1D | None, edges: NDArray[np.float64], loaded: LoadedModel
) -> Generator[None, None, tuple[StripCurve | None, float | None]]:
    """Return the aggregate posterior along an axis; for points, their kernel density and the σ of the kernel."""
    if len(points) == 0 or not loaded.model.capabilities.encoder:
        return None, None
    if posteriors is not None:
        heights = yield from pausing(posteriors.mixture_pdf(edges))
        return StripCurve(heights, f"Σ q(z|x) / {len(points):,}", "muted", 1.2, filled=0.2), None
    # Points have no width of their own, so a kernel stands in for the posteriors; the corner states its σ.
    found = yield from pausing(codes_along(points, edges))
    if isinstance(found, Absent):
        return None, None
    return StripCurve(found[0], f"{len(points):,} codes", "muted", 1.2, filled=0.2), found[1]


def _prior_curve(
    projected: ProjectedCodes,
    axis: int,
    components: PriorComponents | None,
    edges: NDArray[np.float64],
    loaded: LoadedModel,
) -> Generator[None, None, StripCurve | None]:
    """Return the prior along an axis; None if there is none or its marginal has no closed form."""
    capabilities = loaded.model.capabilities
    if not capabilities.prior or (capabilities.learned_prior and components is None):
        return None
    # A projection of a normal distribution is normal again; of a mixture, a mixture of as many components.
    heights = yield from pausing(prior_along(projected.projection, axis, components).mixture_pdf(edges))
    return StripCurve(heights, "prior p(z)", "muted", 1.6, dashed=True)


def _strip(axis: int, name: str, edges: NDArray[np.float64], curves: list[StripCurve]) -> Strip:
    """Return a strip of curves, as high as the highest visible point of them."""
    ends = float(edges[0]), float(edges[-1])
    return Strip("left" if axis else "bottom", name, ends, tuple(curves), _highest(curves))


def _with_posteriors(strips: list[Strip], posteriors: list[list[StripCurve]]) -> Strips:
    """Add posteriors to strips, all divided by one factor so that none is cut off; their names state the factor."""
    ratios = [_highest(own) / strip.top for strip, own in zip(strips, posteriors, strict=True) if strip.top > 0]
    factor = _factor(max([1.0, *ratios]))
    lowered = "" if factor == 1 else f" ÷ {factor:,}"
    found = []
    for strip, own in zip(strips, posteriors, strict=True):
        lower = tuple(replace(curve, heights=curve.heights / factor, name=f"{curve.name}{lowered}") for curve in own)
        # Without codes and prior the posteriors alone set the scale; without any curve it is 1, not 0.
        top = strip.top or _highest(list(lower)) or 1.0
        found.append(replace(strip, curves=(*strip.curves, *lower), top=top))
    return Strips(tuple(found))


def _highest(curves: list[StripCurve]) -> float:
    """Return the height of the highest visible point."""
    # The margin on each side is no part of the visible range: a peak there would flatten the visible curves.
    beyond = round(len(curves[0].heights) * BEYOND / (1 + 2 * BEYOND)) if curves else 0
    return max((float(curve.heights[beyond : len(curve.heights) - beyond].max()) for curve in curves), default=0.0)


def _factor(ratio: float) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, 50, … that is at least ``ratio``."""
    power = int(10 ** max(0, math.floor(math.log10(ratio))))
    return next(step * power for step in (*STEPS, 10) if step * power >= ratio)


def _question(scene: Scene) -> OverlayQuestion:
    grouping = Grouping.of_scene(scene)
    return MeasureStrips(
        scene.run.key, scene.projected, grouping, scene.probed, scene.selected, scene.box, scene.pixels
    )


def _why_not(run: OpenRun) -> str:
    return "" if run.capabilities.encoder or run.capabilities.prior else "the model has neither an encoder nor a prior"


AXIS_STRIPS = Overlay(
    "axis_strips",
    "Strips along the axes",
    "Density of the codes along each axis: the mean of all q(z|x), the prior, and q(z|x) of the probed and selected "
    "samples",
    _why_not,
    _question,
    level="edge",
    term="code_density",
)
