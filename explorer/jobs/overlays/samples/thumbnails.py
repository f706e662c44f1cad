"""Real samples as pictures at their points, once the plane is zoomed in far enough.

1. Take the points in the visible part and a margin of one picture around it. With more than `CROWD` of them, stop.
2. Choose points whose pictures do not overlap (`explorer.latent.plane.sampling`).
3. If too small a share of the points has room, show nothing and say so; pictures fade in between two such shares.
4. Ask the worker for the samples of the chosen rows. Equal choices are equal questions, so panning does not ask again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.overlays.overlay import SIDES, Overlay, OverlayQuestion, OverlaySteps
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.plane.overlay_parts import OverlayResult, Pictures
from explorer.latent.plane.sampling import non_overlapping_rows
from explorer.models.latent_model import NotDefined
from explorer.rendering.render import kind_of

MAX_PICTURES = 300
"""Maximum number of pictures."""
FIRST_ROOM, FULL_ROOM = 0.1, 0.25
"""Share of the visible points with room for a picture, at which pictures begin to appear and are opaque."""
ZOOM_IN = "no room yet: zoom in"
CROWD = 4_000
"""Maximum number of visible points; with more, there is no room for pictures and the search for it would be slow."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """Rows ``(n,)`` of the codes of a plane and their points ``(n, 2)``, compared by value."""

    codes: PlaneCodes
    rows: NDArray[np.intp]
    points: NDArray[np.float64]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Chosen)
            # Codes are never changed in place, so identity is enough, and much faster than comparing them.
            and self.codes is other.codes
            and np.array_equal(self.rows, other.rows)
            and np.array_equal(self.points, other.points)
        )

    def __hash__(self) -> int:
        return hash((id(self.codes), self.rows.tobytes()))


@dataclass(frozen=True)
class ShowSamples(OverlayQuestion):
    """A question for the pictures of chosen samples, ``side`` pixels each."""

    chosen: Chosen
    side: int
    opacity: float

    def compute(self, loaded: LoadedModel) -> OverlaySteps:
        """Return `Pictures`."""
        if loaded.dataset is None:
            raise NotDefined("the data is not available")
        yield None
        codes, rows = self.chosen.codes, self.chosen.rows
        samples = loaded.dataset.rows(codes.index[rows])
        sizes = np.full((len(rows), 2), float(self.side))
        groups = None if codes.labels is None else codes.labels[rows]
        count = len(loaded.description.class_names)
        pictures = Pictures(
            self.chosen.points, samples, sizes, True, self.opacity, groups, count, rows=rows.astype(np.int64)
        )
        return OverlayResult((pictures,))


def _why_not(run: OpenRun) -> str:
    if run.plane is not None and run.plane.drawn:
        return "the points are draws from the prior, not samples"
    if run.description.of_words:
        return "the samples are words: switch on Words"
    return "" if run.dataset is not None else run.missing_data or "the data is loading"


def _question(scene: Scene) -> OverlayQuestion | str:
    side = SIDES[kind_of(scene.run.description)]
    size = side * scene.box.width / scene.pixels[0], side * scene.box.height / scene.pixels[1]
    # Pictures of points just outside reach into the visible part, and compete with their neighbours for room.
    around = np.flatnonzero(scene.box.grown(2 * side / min(scene.pixels)).contains(scene.projected.points))
    if not 0 < len(around) <= CROWD:
        return ZOOM_IN if len(around) else ""
    rows = non_overlapping_rows(scene.projected.points, size, around)
    share = len(rows) / len(around)
    # Rounded, so that small changes of the share give equal questions.
    opacity = round(min(1.0, (share - FIRST_ROOM) / (FULL_ROOM - FIRST_ROOM)), 1)
    if opacity <= 0:
        return ZOOM_IN
    # Rows are in order of priority, so the cut keeps the preferred ones.
    rows = rows[:MAX_PICTURES]
    return ShowSamples(scene.run.key, Chosen(scene.projected.codes, rows, scene.projected.points[rows]), side, opacity)


THUMBNAILS = Overlay(
    "thumbnails",
    "Pictures at the points",
    "Real samples at their points, once you zoom in far enough",
    _why_not,
    _question,
)
