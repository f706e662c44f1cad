"""A plane's points with their colours and their hit test, which belong together."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.ui.plane.points.colouring import Colouring, at_hand, colour, error_span, title_of
from explorer.ui.plane.points.hit_test import HitTest
from explorer.ui.plane.points.points_item import PointsItem
from explorer.ui.services.app_state import AppState
from explorer.ui.state.panes import shown_runs


class ColouredPoints:
    """Keeps the item, what its colours mean, and which of its points can be hit."""

    def __init__(self, *, dark: bool) -> None:
        self.item = PointsItem(dark)
        self.hit = HitTest(ProjectedCodes.no_places())
        self.colouring: Colouring | None = None

    def move_to(self, places: NDArray[np.float64]) -> None:
        """Move the points to ``(n, 2)``; colours are to be given anew where there are more or fewer."""
        self.item.set_points(places)
        self.hit = HitTest(places)
        self.colouring = None

    def colour(self, placed: ProjectedCodes, run: OpenRun, state: AppState, *, dark: bool) -> None:
        """Colour the points as the View says, and leave out what its legend has switched off."""
        found = colouring_in_view(run, placed.codes, placed.places, state, dark=dark)
        self.colouring = found
        self.item.set_colours(found.colours, found.groups)
        self.item.set_hidden(found.rows_of(state.session.view.hidden_in(run.description.fingerprint)))
        self.hit.set_shown(self.item.shown())


def colouring_in_view(
    run: OpenRun, codes: PlaneCodes, places: NDArray[np.float64], state: AppState, *, dark: bool
) -> Colouring:
    """Colour a run's codes as the View says: by their classes where their data has no column of that name.

    The reconstruction error has one scale for all planes in view of the same data.
    """
    wanted, span = state.session.view.colour_by, None
    by = at_hand(wanted, codes)
    if by == "reconstruction":
        shown = shown_runs(state.session.view, state.store.runs)
        alike = [other for other in shown if state.store.have_same_data(run.key, other.key)]
        span = error_span(other.plane for other in alike if other.plane is not None)
    found = colour(codes, places, run.description.class_names, by, dark, span)
    return found if by == wanted else replace(found, note=f"by class: no {title_of(wanted)} in {run.description.name}")
