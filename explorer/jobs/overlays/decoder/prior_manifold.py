"""The decoded manifold at the quantiles of the prior: each decode represents an equal share of the prior."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.overlays.decoder.manifold import FILLED, OPACITY, why_no_pictures
from explorer.jobs.overlays.overlay import (
    SIDES,
    Overlay,
    OverlayQuestion,
    OverlaySteps,
    Viewport,
    decode_text,
    decodes_of,
    joined,
    max_decodes,
)
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.codes.draws import quantile_cells
from explorer.latent.plane.overlay_parts import OverlayResult, Pictures
from explorer.rendering.render import kind_of

MIN_CELLS, MAX_CELLS = 4, 4096
"""Minimum and maximum number of cells along an axis, over the whole prior."""
MIN_SHARE = 0.6
"""Minimum side of a picture, as a share of the legible side `SIDES`: cells are small at the centre of the prior."""
BEYOND_THE_PRIOR = "no decodes: the prior has almost no mass here"


@dataclass(frozen=True)
class DecodeQuantiles(OverlayQuestion):
    """A question for the decodes of the cells in the box of the viewport, of ``count`` cells along each axis.

    ``height`` is the height of the single row of one latent dimension, in latent units.
    """

    viewport: Viewport
    count: int
    condition: int | None = None
    height: float = 1.0

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return `Pictures`; without any if no cell is visible."""
        points, sizes = self._cells()
        if len(points) == 0:
            yield None
            return OverlayResult((), BEYOND_THE_PRIOR)
        samples = yield from decodes_of(loaded, self.viewport.codes_at(points), self.condition)
        shares = f"{self.count:,}{'' if self.viewport.is_flat else f' × {self.count:,}'}"
        words = joined(f"{shares} decodes, each for an equal share of the prior", self.viewport.words)
        return OverlayResult((Pictures(points, samples, sizes * FILLED, opacity=OPACITY),), words)

    def _cells(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the centres and sizes, ``(n, 2)`` each, of the visible cells."""
        cells, box = quantile_cells(self.count), self.viewport.box
        # The prior is centred at z = 0, which a PCA plane may show away from its origin.
        centre = self.viewport.projection.point_of(np.zeros(self.viewport.projection.latent_dim))
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
    if why := why_no_pictures(run):
        return why
    return "its prior is learned, so there are no standard normal quantiles" if run.capabilities.learned_prior else ""


def _question(scene: Scene) -> OverlayQuestion:
    side = SIDES[kind_of(scene.run.description)]
    wide, high = scene.box.width / scene.pixels[0], scene.box.height / scene.pixels[1]
    viewport = Viewport(scene.box, scene.pixels, scene.projected.projection, scene.base, decode_text(scene))
    # At the centre the normal density is 1 / √(2π), so a cell that holds 1 / count of it is √(2π) / count wide.
    count = math.sqrt(2 * math.pi) / (MIN_SHARE * side * wide)
    # A power of two: cells then split in halves on zooming in, so points keep their decodes.
    count = min(2 ** math.floor(math.log2(max(count, 1))), MAX_CELLS)
    if not scene.projected.is_strips:
        # Without zoom all count² cells may be visible; their decodes must fit in memory.
        inside = max(1.0, math.sqrt(max_decodes(scene.run.description)))
        count = min(count, 2 ** math.floor(math.log2(inside)) if count > inside else count)
    height = 1.5 * side * high
    return DecodeQuantiles(scene.run.key, viewport, max(MIN_CELLS, count), scene.condition, height)


PRIOR_MANIFOLD = Overlay(
    "prior_manifold",
    "Manifold at the prior's quantiles",
    "Decodes at equally spaced quantiles of the standard normal prior, so each represents the same share of it",
    _why_not,
    _question,
    level="under",
    term="manifold",
)
