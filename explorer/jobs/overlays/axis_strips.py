"""Strips along the plane's axes: how dense the codes lie along each, beside the prior, and single samples' bells."""

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.overlays.grouping import Grouping
from explorer.jobs.overlays.overlay import Laying, Overlay, OverlayQuestion
from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.density.along_axis import GaussianMixture1D, codes_along, prior_along
from explorer.latent.density.plane_posteriors import plane_covariances
from explorer.latent.measure import Absent
from explorer.latent.parts import in_parts
from explorer.latent.passes import pausing
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Curve, OverlayResult, Strip, Strips
from explorer.latent.plane.projection import subscripted
from explorer.models.gaussian_mixture import PriorComponents, components_of

MAX_BELLS = 24
"""Of a selection; more of them would fill the strip."""
PIXELS_PER_BIN = 2
BEYOND = 0.25
"""How far strips reach beyond what is in sight, as a share of it: a small move shows no end of them."""
STEPS = (1, 2, 5)
"""Bells are drawn at one part in one of these, or in ten or a hundred times them, of their height."""


@dataclass(frozen=True)
class LayStrips(OverlayQuestion):
    """Asks for the densities along the plane's axes.

    Attributes
    ----------
    probed, selected
        Rows of the samples whose bells are drawn.
    box, pixels
        What is in sight, in latent units, and its width and height in pixels at scale 1.
    """

    placed: ProjectedCodes
    grouping: Grouping
    probed: int | None
    selected: tuple[int, ...]
    box: Box
    pixels: tuple[int, int]

    def lay(self, loaded: LoadedModel) -> Laying:
        """Return a strip along the bottom and, of more than one latent dimension, one along the left edge."""
        codes, places = self.placed.codes, self.placed.places
        seen = self.grouping.groups(codes, loaded.description.class_names).seen & np.isfinite(places).all(axis=1)
        rows = np.flatnonzero(seen)
        variances = yield from self._variances(rows)
        components = components_of(loaded.model)
        strips, bells, kernels = [], [], []
        for axis in range(self._axes):
            edges = self._edges(axis)
            gaussians = (
                None if variances is None else GaussianMixture1D(places[rows, axis], np.sqrt(variances[:, axis]))
            )
            codes_curve, kernel = yield from _codes_curve(places[rows, axis], gaussians, edges, loaded)
            curves = (codes_curve, (yield from _prior_curve(self.placed, axis, components, edges, loaded)))
            strips.append(
                _strip(axis, subscripted(self._names[axis]), edges, [curve for curve in curves if curve is not None])
            )
            bells.append(self._bells(gaussians, rows, edges))
            kernels += [] if kernel is None else [kernel]
        laid = _with_bells(strips, bells)
        return OverlayResult((laid,), self._words(loaded, kernels))

    @property
    def _axes(self) -> int:
        return len(self.placed.projection.components)

    @property
    def _names(self) -> tuple[str, str]:
        return self.placed.projection.axis_names

    def _variances(self, rows: NDArray[np.intp]) -> Generator[None, None, NDArray[np.float64] | None]:
        """Return ``(n, axes)``, the posteriors' variances along the axes; None for points."""
        codes = self.placed.codes
        if codes.log_variance is None or len(rows) == 0:
            return None
        log_variance, scale = codes.log_variance, codes.scale_tril

        def work(part: slice) -> NDArray[np.float64]:
            full = None if scale is None else scale[rows[part]]
            found = plane_covariances(self.placed.projection, log_variance[rows[part]], full)
            return np.diagonal(found, axis1=1, axis2=2)

        found: NDArray[np.float64] = yield from in_parts(len(rows), work)
        return found

    def _edges(self, axis: int) -> NDArray[np.float64]:
        box = self.box.grown(BEYOND)
        low, high = (box.bottom, box.top) if axis else (box.left, box.right)
        return np.linspace(low, high, max(2, round(self.pixels[axis] * (1 + 2 * BEYOND) / PIXELS_PER_BIN)) + 1)

    def _bells(
        self, bells: GaussianMixture1D | None, rows: NDArray[np.intp], edges: NDArray[np.float64]
    ) -> list[Curve]:
        """Return the bells of the selected samples, and the probed one's over them."""
        if bells is None:
            return []
        chosen = [row for row in self.selected[:MAX_BELLS] if row != self.probed]
        probed = [] if self.probed is None else [self.probed]
        selected, own = (
            bells.of_rows(np.flatnonzero(np.isin(rows, wanted))).component_pdfs(edges) for wanted in (chosen, probed)
        )
        return [
            *(Curve(heights, "selected q(z|x)", "accent", 1.1) for heights in selected),
            *(Curve(heights, "probed q(z|x)", "probe", 1.6) for heights in own),
        ]

    def _words(self, loaded: LoadedModel, kernels: list[float]) -> str:
        capabilities = loaded.model.capabilities
        words = [f"kernel σ {' and '.join(f'{kernel:.2g}' for kernel in kernels)}"] if kernels else []
        if not capabilities.encoder:
            words.append("no encoder, so no q(z|x)")
        elif self.placed.codes.log_variance is None:
            words.append("no bells: the encoder gives points")
        elif len(self.selected) > MAX_BELLS:
            words.append(f"bells of {MAX_BELLS} of the {len(self.selected):,} selected samples")
        elif not self.selected and self.probed is None:
            words.append("probe or select samples to see their q(z|x)")
        return "; ".join(words)


def _codes_curve(
    places: NDArray[np.float64], bells: GaussianMixture1D | None, edges: NDArray[np.float64], loaded: LoadedModel
) -> Generator[None, None, tuple[Curve | None, float | None]]:
    """Return the aggregate posterior along an axis; of points, the density of the codes and its kernel's σ."""
    if len(places) == 0 or not loaded.model.capabilities.encoder:
        return None, None
    if bells is not None:
        heights = yield from pausing(bells.mixture_pdf(edges))
        return Curve(heights, f"Σ q(z|x) / {len(places):,}", "muted", 1.2, filled=0.2), None
    found = yield from pausing(codes_along(places, edges))
    if isinstance(found, Absent):
        return None, None
    return Curve(found[0], f"{len(places):,} codes", "muted", 1.2, filled=0.2), found[1]


def _prior_curve(
    placed: ProjectedCodes,
    axis: int,
    components: PriorComponents | None,
    edges: NDArray[np.float64],
    loaded: LoadedModel,
) -> Generator[None, None, Curve | None]:
    """Return the prior along an axis; None where there is none, or where it has no closed form."""
    capabilities = loaded.model.capabilities
    if not capabilities.prior or (capabilities.learned_prior and components is None):
        return None
    heights = yield from pausing(prior_along(placed.projection, axis, components).mixture_pdf(edges))
    return Curve(heights, "prior p(z)", "muted", 1.6, dashed=True)


def _strip(axis: int, name: str, edges: NDArray[np.float64], curves: list[Curve]) -> Strip:
    """Put curves into a strip as high as the highest of them in sight."""
    ends = float(edges[0]), float(edges[-1])
    return Strip("left" if axis else "bottom", name, ends, tuple(curves), _highest(curves))


def _with_bells(strips: list[Strip], bells: list[list[Curve]]) -> Strips:
    """Lay bells over the curves, all of them lower by one factor, which their name says, so that none is cut off."""
    ratios = [_highest(own) / strip.top for strip, own in zip(strips, bells, strict=True) if strip.top > 0]
    factor = _factor(max([1.0, *ratios]))
    lowered = "" if factor == 1 else f" ÷ {factor:,}"
    found = []
    for strip, own in zip(strips, bells, strict=True):
        lower = tuple(replace(bell, heights=bell.heights / factor, name=f"{bell.name}{lowered}") for bell in own)
        top = strip.top or _highest(list(lower)) or 1.0
        found.append(replace(strip, curves=(*strip.curves, *lower), top=top))
    return Strips(tuple(found))


def _highest(curves: list[Curve]) -> float:
    """Return the height of the highest place in sight."""
    beyond = round(len(curves[0].heights) * BEYOND / (1 + 2 * BEYOND)) if curves else 0
    return max((float(curve.heights[beyond : len(curve.heights) - beyond].max()) for curve in curves), default=0.0)


def _factor(ratio: float) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50, … that is no less."""
    power = int(10 ** max(0, math.floor(math.log10(ratio))))
    return next(step * power for step in (*STEPS, 10) if step * power >= ratio)


def _question(scene: Scene) -> OverlayQuestion:
    grouping = Grouping.of_scene(scene)
    return LayStrips(scene.run.key, scene.placed, grouping, scene.probed, scene.selected, scene.box, scene.pixels)


def _why_not(run: OpenRun) -> str:
    return "" if run.capabilities.encoder or run.capabilities.prior else "the model has neither an encoder nor a prior"


AXIS_STRIPS = Overlay(
    "axis_strips",
    "Strips along the axes",
    "How dense the codes lie along each axis of the plane: the mean of all q(z|x), the prior, and the bells q(z|x) of "
    "the probed and selected samples",
    _why_not,
    _question,
    at_edge=True,
)
