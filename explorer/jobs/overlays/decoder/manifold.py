"""The decoded manifold: small decodes on a grid, drawn under the points of the samples."""

import math
from dataclasses import dataclass

import numpy as np

from explorer.jobs.overlays.overlay import (
    SIDES,
    Overlay,
    OverlayQuestion,
    OverlaySteps,
    Viewport,
    decode_text,
    decodes_of,
    max_decodes,
    why_no_decoder,
)
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.box import Box, Lattice
from explorer.latent.plane.overlay_parts import OverlayResult, Pictures
from explorer.rendering.render import kind_of

FILLED = 0.94
"""Side of a picture as a share of the side of its cell."""
COARSE = 4
"""Cells of the first, coarse lattice are this many times wider."""
OPACITY = 0.6


@dataclass(frozen=True)
class DecodeLattice(OverlayQuestion):
    """A question for the decodes at the centres of ``columns`` × ``rows`` cells that fill the box of the viewport."""

    viewport: Viewport
    columns: int
    rows: int
    condition: int | None = None
    opacity: float = OPACITY

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return `Pictures`; yield those of a coarser lattice first."""
        result = OverlayResult()
        for coarse in (COARSE, 1):
            # −(−a // b) rounds up: the coarse cells must cover the box as well.
            lattice = Lattice(self.viewport.box, max(1, -(-self.rows // coarse)), max(1, -(-self.columns // coarse)))
            points = lattice.points()
            samples = yield from decodes_of(loaded, self.viewport.codes_at(points), self.condition)
            sizes = np.tile(np.array(lattice.cell) * FILLED, (len(points), 1))
            pictures = Pictures(points, samples, sizes, opacity=self.opacity, box=lattice.box)
            result = OverlayResult((pictures,), self.viewport.words)
            # A grid of one cell cannot be coarser; its result would only flicker.
            if coarse > 1 and len(lattice) < self.rows * self.columns:
                yield result
        return result


def why_no_pictures(run: OpenRun) -> str:
    """Return why decodes cannot be drawn as pictures on the plane; "" if they can."""
    # The most likely terms of a text are a list of words, which does not fit into a cell.
    return why_no_decoder(run) or ("decodes of texts are words, not pictures" if run.description.kind == "text" else "")


def _question(scene: Scene) -> OverlayQuestion:
    box, columns, rows = visible_cells(scene)
    side = SIDES[kind_of(scene.run.description)]
    viewport = Viewport(box, (columns * side, rows * side), scene.projected.projection, scene.base, decode_text(scene))
    return DecodeLattice(scene.run.key, viewport, columns, rows, scene.condition)


def visible_cells(scene: Scene) -> tuple[Box, int, int]:
    """Divide the visible part into cells in which a decode is legible; return their box, columns and rows.

    The width of a cell is a power of two in latent units, and one cell is centred at 0. So cells stay in place while
    the plane is panned, and halve on zooming in. One latent dimension has a single row at the lower edge.
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
        # Too many decodes for the memory limit: double the cells. One cell is always allowed.
        if columns * rows <= max_decodes(scene.run.description) or columns * rows == 1:
            return Box(left, right, bottom, top), columns, rows
        cell *= 2


def _edges(low: float, high: float, cell: float) -> tuple[float, float]:
    """Return the interval extended to whole cells, where cells are centred at multiples of ``cell``."""
    return (math.floor(low / cell + 0.5) - 0.5) * cell, (math.ceil(high / cell - 0.5) + 0.5) * cell


MANIFOLD = Overlay(
    "manifold",
    "Decoded manifold",
    "Decodes on a grid under the points; finer as you zoom in",
    why_no_pictures,
    _question,
    level="under",
    term="manifold",
)
