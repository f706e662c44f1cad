"""Real pictures at their points, once the plane is so close that there is room."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.overlays.decoder.decodes import SIDES
from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion, OverlaySteps
from explorer.jobs.plane.scene import Scene
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.plane.overlay_parts import OverlayResult, Pictures
from explorer.latent.plane.sampling import non_overlapping_rows
from explorer.models.latent_model import NotDefined
from explorer.rendering.render import kind_of

MOST = 300
"""Pictures at a time."""
FIRST_ROOM, FULL_ROOM = 0.1, 0.25
"""The share of the points in view that have room for a picture: from where on pictures come, and are wholly there."""
CLOSER = "there is no room for them yet: zoom in"
CROWD = 4_000
"""With more points in view than this there is no room for pictures: it is not even looked for."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """Rows ``(n,)`` of a plane's codes and their points ``(n, 2)``, compared by value."""

    codes: PlaneCodes
    rows: NDArray[np.intp]
    points: NDArray[np.float64]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Chosen)
            and self.codes is other.codes
            and np.array_equal(self.rows, other.rows)
            and np.array_equal(self.points, other.points)
        )

    def __hash__(self) -> int:
        return hash((id(self.codes), self.rows.tobytes()))


@dataclass(frozen=True)
class ShowSamples(OverlayQuestion):
    """Asks for the pictures of chosen samples, ``side`` pixels each."""

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
    # Pictures of points a little out of view reach into it; and they decide who of their neighbours has room.
    around = np.flatnonzero(scene.box.grown(2 * side / min(scene.pixels)).contains(scene.projected.places))
    if not 0 < len(around) <= CROWD:
        return CLOSER if len(around) else ""
    rows = non_overlapping_rows(scene.projected.places, size, around)
    share = len(rows) / len(around)
    opacity = round(min(1.0, (share - FIRST_ROOM) / (FULL_ROOM - FIRST_ROOM)), 1)
    if opacity <= 0:
        return CLOSER
    rows = rows[:MOST]
    return ShowSamples(scene.run.key, Chosen(scene.projected.codes, rows, scene.projected.places[rows]), side, opacity)


THUMBNAILS = Overlay(
    "thumbnails",
    "Pictures at the points",
    "The real samples at their points, once you have zoomed in so far that there is room for them",
    _why_not,
    _question,
)
