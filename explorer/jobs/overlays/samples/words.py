"""Words beside their points, for runs whose samples are words."""

from dataclasses import dataclass, field

import numpy as np

from explorer.jobs.overlays.grouping import Grouping
from explorer.jobs.overlays.overlay import Overlay, OverlayDrawing
from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.overlay_parts import OverlayResult, PointLabels


@dataclass(frozen=True)
class DrawWords(OverlayDrawing):
    """The words that the legend shows: first the rows ``marked``, then the others by frequency.

    ``names`` are the names of all samples of the data, by sample index.
    """

    projected: ProjectedCodes
    grouping: Grouping
    marked: tuple[int, ...]
    names: tuple[str, ...] = field(compare=False)
    class_names: tuple[str, ...] = field(compare=False)

    def draw(self) -> OverlayResult:
        """Return the labels in order of importance; the painter leaves out those without room."""
        points, codes = self.projected.points, self.projected.codes
        visible = self.grouping.groups(codes, self.class_names).seen & np.isfinite(points).all(axis=1)
        marked = [row for row in self.marked if visible[row]]
        # The marked rows come first and must not be listed twice.
        visible[marked] = False
        # Samples of words are sorted by frequency, so the order of the rows is the order of importance.
        rows = [*marked, *np.flatnonzero(visible).tolist()]
        texts = tuple(self.names[codes.index[row]] for row in rows)
        return OverlayResult((PointLabels(points[rows], texts, len(marked)),) if rows else ())


def _drawing(scene: Scene) -> OverlayDrawing | None:
    if scene.projected.is_strips:
        return None
    about, probed = scene.run.description, scene.probed
    first = () if probed is None else (probed,)
    marked = (*first, *(row for row in scene.selected if row != probed))
    return DrawWords(scene.projected, Grouping.of_scene(scene), marked, about.sample_names, about.class_names)


def _why_not(run: OpenRun) -> str:
    return "" if run.description.of_words else "the samples are not words"


WORDS = Overlay(
    "words",
    "Words",
    "Words beside their points, the most frequent first",
    _why_not,
    drawing=_drawing,
)
