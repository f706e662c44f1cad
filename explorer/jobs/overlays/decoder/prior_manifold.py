"""The decoded manifold at the prior's quantiles: each decode stands for the same share of the prior."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.overlays.decoder.decodes import SIDES, decodes_of, joined, most_decodes, place_words
from explorer.jobs.overlays.decoder.manifold import FILLED, OPACITY
from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion, OverlaySteps
from explorer.jobs.overlays.viewport import Viewport
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.overlay_parts import OverlayResult, Pictures
from explorer.latent.plane.quantiles import quantile_cells
from explorer.rendering.render import kind_of

LEAST, MOST = 4, 4096
"""Cells along an axis, of the whole prior."""
SMALLEST = 0.6
"""The least side of a picture, as a share of what can be read well: the prior's middle is dense."""
BEYOND_THE_PRIOR = "no decodes: the prior has almost no mass here"


@dataclass(frozen=True)
class DecodeQuantiles(OverlayQuestion):
    """Asks for the decodes of the cells in the viewport's box, ``count`` of them along each axis of the whole prior.

    ``height`` is that of the row of one latent dimension.
    """

    viewport: Viewport
    count: int
    condition: int | None = None
    height: float = 1.0

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return `Pictures`."""
        points, sizes = self._cells()
        if len(points) == 0:
            yield None
            return OverlayResult((), BEYOND_THE_PRIOR)
        samples = yield from decodes_of(loaded, self.viewport.codes_at(points), self.condition)
        shares = f"{self.count:,}{'' if self.viewport.is_flat else f' × {self.count:,}'}"
        words = joined(f"{shares} decodes, each for an equal share of the prior", self.viewport.words)
        return OverlayResult((Pictures(points, samples, sizes * FILLED, opacity=OPACITY),), words)

    def _cells(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the points and sizes ``(n, 2)`` of the cells in view."""
        cells, box = quantile_cells(self.count), self.viewport.box
        centre = self.viewport.projection.place_of(np.zeros(self.viewport.projection.latent_dim))
        x = cells.middles + centre[0]
        y = np.array([box.bottom + self.height / 2]) if self.viewport.is_flat else cells.middles + centre[1]
        heights = np.array([self.height]) if self.viewport.is_flat else cells.widths
        seen_x = (x + cells.widths / 2 > box.left) & (x - cells.widths / 2 < box.right)
        seen_y = (y + heights / 2 > box.bottom) & (y - heights / 2 < box.top)
        points = np.stack(np.meshgrid(x[seen_x], y[seen_y]), -1).reshape(-1, 2)
        sizes = np.stack(np.meshgrid(cells.widths[seen_x], heights[seen_y]), -1).reshape(-1, 2)
        return points, sizes


def _why_not(run: OpenRun) -> str:
    if not run.capabilities.prior:
        return "the model has no prior"
    return "its prior is learned, so there are no standard normal quantiles" if run.capabilities.learned_prior else ""


def _question(scene: Scene) -> OverlayQuestion:
    side = SIDES[kind_of(scene.run.description)]
    wide, high = scene.box.width / scene.pixels[0], scene.box.height / scene.pixels[1]
    viewport = Viewport(scene.box, scene.pixels, scene.projected.projection, scene.base, place_words(scene))
    # In the prior's middle a cell is √(2π) / count wide.
    count = math.sqrt(2 * math.pi) / (SMALLEST * side * wide)
    count = min(2 ** math.floor(math.log2(max(count, 1))), MOST)
    if not scene.projected.is_strips:
        inside = max(1.0, math.sqrt(most_decodes(scene.run.description)))
        count = min(count, 2 ** math.floor(math.log2(inside)) if count > inside else count)
    height = 1.5 * side * high
    return DecodeQuantiles(scene.run.key, viewport, max(LEAST, count), scene.condition, height)


PRIOR_MANIFOLD = Overlay(
    "prior_manifold",
    "Manifold at the prior's quantiles",
    "Decodes at the quantiles Φ⁻¹ of an even grid, so each stands for the same share of the standard normal prior",
    _why_not,
    _question,
    level="under",
)
