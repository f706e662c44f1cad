"""The true posterior p(z|x) of the probed sample, in one or two latent dimensions."""

from dataclasses import dataclass

import numpy as np

from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion, OverlaySteps
from explorer.jobs.plane.scene import Scene
from explorer.jobs.queries.model_questions import bound_once
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.bound.sample_bound import SampleBound, intractable_words
from explorer.latent.bound.true_posterior import MAX_DIMENSIONS, PosteriorShape, shape_of
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.information.rounding import number_text, shown_parts
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Lines, OverlayResult, Part, Shading
from explorer.latent.plane.projection import Projection

HEIGHT = 0.42
"""Height of the density above the strip of its sample, with one latent dimension; strips are 1 apart."""
NO_DATA = "the samples of this run are not available"
FOLLOW = "click a point to follow its sample"


@dataclass(frozen=True)
class DrawTruePosterior(OverlayQuestion):
    """A question for p(z|x) of a sample (None: no sample is probed); ``height`` is the y of its strip."""

    sample: int | None
    projection: Projection
    height: float = 0.0
    unit: Unit = NATS

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return the density as a `Shading`, and the outlines of its regions of highest density."""
        yield None
        if self.sample is None:
            return OverlayResult(words=FOLLOW)
        bound = yield from bound_once(loaded, self.sample)
        if bound is None or bound.posterior is None:
            return OverlayResult(words=NO_DATA)
        yield None
        shape = shape_of(bound.posterior)
        parts = _strip(shape, self.projection, self.height) if shape.density.ndim == 1 else _plane(shape, self)
        return OverlayResult(parts, _words(bound, self.unit))


def _plane(shape: PosteriorShape, asked: DrawTruePosterior) -> tuple[Part, ...]:
    """Return the parts in two dimensions; the plane may show the dimensions in either order."""
    project = asked.projection.project
    low, high = project(np.stack([shape.low, shape.high]))
    # The grid of the density has z₁ along its columns; on a plane with z₂ across it is transposed.
    turned = abs(asked.projection.components[0, 0]) < 0.5
    box = Box(float(low[0]), float(high[0]), float(low[1]), float(high[1]))
    shading = Shading(box, shape.density.T if turned else shape.density, (0.0, 1.0), ink="accent", opacity=0.7)
    inner, outer = (tuple(project(line) for line in lines) for lines in shape.outlines)
    return (
        shading,
        Lines(outer, "accent", width=1.2, opacity=0.9, halo=True),
        Lines(inner, "accent", width=1.8, halo=True),
    )


def _strip(shape: PosteriorShape, projection: Projection, height: float) -> tuple[Part, ...]:
    """Return the density as a filled curve above the strip of the sample."""
    # The density is over z; an axis of the plane may be shifted.
    across = projection.project(shape.axes[0][:, None])[:, 0]
    # Both ends return to the baseline, so that the filled area is closed.
    ends = [(across[0], height), *zip(across, height + HEIGHT * shape.density, strict=True), (across[-1], height)]
    return (Lines((np.array(ends),), "accent", width=1.6, filled=0.4, halo=True),)


def _words(bound: SampleBound, unit: Unit) -> str:
    found = f"sample {bound.sample}, log p(x)"
    if bound.elbo is None or bound.gap is None:
        return f"{found} {number_text(bound.log_likelihood * unit.per_nat, 2)} {unit.name}"
    elbo, gap = shown_parts((bound.elbo, bound.gap), unit, 2)
    parts = f"ELBO {number_text(elbo, 2)} + gap {number_text(gap, 2)}"
    return f"{found} {number_text(elbo + gap, 2)} = {parts} {unit.name}"


def _why_not(run: OpenRun) -> str:
    if not run.capabilities.density:
        return "its decode is one sample, without a p(x|z)"
    if not run.capabilities.prior:
        return "the model has no prior and defines no p(x)"
    if run.latent_dim > MAX_DIMENSIONS:
        return intractable_words(run.latent_dim)
    return "" if run.dataset is not None else NO_DATA


def _question(scene: Scene) -> OverlayQuestion:
    row, projected = scene.probed, scene.projected
    # Draws from the prior have index −1: there is no sample x to condition on.
    if row is None or projected.codes.index[row] < 0:
        return DrawTruePosterior(scene.run.key, None, projected.projection, unit=scene.unit)
    height = float(projected.points[row, 1]) if projected.is_strips else 0.0
    return DrawTruePosterior(scene.run.key, int(projected.codes.index[row]), projected.projection, height, scene.unit)


TRUE_POSTERIOR = Overlay(
    "true_posterior",
    "True posterior p(z|x)",
    "p(z given x): where z can lie, according to this decoder and prior. The lines hold 39 % and "
    "86 % of it, as the ellipses of q(z|x) at 1 and 2 σ do",
    _why_not,
    _question,
    key="Lines: p(z|x), around 39 and 86 %",
    things=("line of p(z|x)", "lines of p(z|x)"),
    term="true_posterior",
)
