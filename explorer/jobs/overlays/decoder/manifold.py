"""The decoded manifold: small decodes of a lattice of points of the plane, under the samples' points."""

import math
from dataclasses import dataclass

import numpy as np

from explorer.jobs.overlays.decoder.decodes import SIDES, decodes_of, most_decodes, place_words
from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion, OverlaySteps
from explorer.jobs.overlays.viewport import Viewport
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.latent.plane.box import Box
from explorer.latent.plane.lattice import Lattice
from explorer.latent.plane.overlay_parts import OverlayResult, Pictures
from explorer.rendering.render import kind_of

FILLED = 0.94
"""How much of its cell's sides a picture takes."""
COARSE = 4
"""The first lattice has cells so many times as wide."""
OPACITY = 0.6


@dataclass(frozen=True)
class DecodeLattice(OverlayQuestion):
    """Asks for decodes at the middles of ``columns`` × ``rows`` cells that fill the viewport's box."""

    viewport: Viewport
    columns: int
    rows: int
    condition: int | None = None
    opacity: float = OPACITY

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return `Pictures`, first of cells that are larger."""
        result = OverlayResult()
        for coarse in (COARSE, 1):
            lattice = Lattice(self.viewport.box, max(1, -(-self.rows // coarse)), max(1, -(-self.columns // coarse)))
            points = lattice.places()
            samples = yield from decodes_of(loaded, self.viewport.codes_at(points), self.condition)
            sizes = np.tile(np.array(lattice.cell) * FILLED, (len(points), 1))
            pictures = Pictures(points, samples, sizes, opacity=self.opacity, box=lattice.box)
            result = OverlayResult((pictures,), self.viewport.words)
            if coarse > 1 and len(lattice) < self.rows * self.columns:
                yield result
        return result


def _question(scene: Scene) -> OverlayQuestion:
    box, columns, rows = visible_cells(scene)
    side = SIDES[kind_of(scene.run.description)]
    viewport = Viewport(box, (columns * side, rows * side), scene.projected.projection, scene.base, place_words(scene))
    return DecodeLattice(scene.run.key, viewport, columns, rows, scene.condition)


def visible_cells(scene: Scene) -> tuple[Box, int, int]:
    """Cut the visible part of the plane into cells that a decode can be read in; gives their box, columns and rows.

    A cell is a power of two wide, in latent units, and one has its middle at 0: so they stay where they are while the
    plane is moved, and halve as it comes closer. Of one latent dimension there is a row at the lower edge.
    """
    side = SIDES[kind_of(scene.run.description)]
    wide, high = scene.box.width / scene.pixels[0], scene.box.height / scene.pixels[1]
    cell = 2.0 ** math.ceil(math.log2(side * wide))
    while True:
        left, right = _edges(scene.box.left, scene.box.right, cell)
        if scene.projected.is_strips:
            bottom, top = scene.box.bottom, scene.box.bottom + cell / wide * high
        else:
            bottom, top = _edges(scene.box.bottom, scene.box.top, cell)
        columns = round((right - left) / cell)
        rows = 1 if scene.projected.is_strips else round((top - bottom) / cell)
        if columns * rows <= most_decodes(scene.run.description) or columns * rows == 1:
            return Box(left, right, bottom, top), columns, rows
        cell *= 2


def _edges(low: float, high: float, cell: float) -> tuple[float, float]:
    """Return the edges around an interval of cells that have their middles at whole numbers of cells."""
    return (math.floor(low / cell + 0.5) - 0.5) * cell, (math.ceil(high / cell - 0.5) + 0.5) * cell


MANIFOLD = Overlay(
    "manifold",
    "Decoded manifold",
    "What the decoder makes of each point of the plane: small decodes of a lattice, finer as you zoom in",
    question=_question,
    level="under",
)
