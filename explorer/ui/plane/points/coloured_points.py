"""A plane's points: their item, their colours and sizes, and which of them can be hit."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.session import View
from explorer.ui.plane.points.colouring import Colouring, at_hand, colour, error_span, title_of
from explorer.ui.plane.points.emphasis import emphasis_of
from explorer.ui.plane.points.hit_test import HitTest
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.plane.points.points_item import PointsItem
from explorer.ui.services.app_state import AppState
from explorer.ui.state.panes import shown_runs
from explorer.ui.theme.theme import ThemeSource


class ColouredPoints:
    """Draws the points of a pane's codes as the View has them.

    Attributes
    ----------
    item
        The item of the plot that draws the points.
    hit
        Finds rows of the codes by place.
    colouring
        What the colours mean; None before there are codes.
    """

    def __init__(self, codes: PaneCodes, state: AppState, themes: ThemeSource) -> None:
        self._codes, self._themes = codes, themes
        self._state, self._session = state, state.session
        self.item = PointsItem(themes.theme.dark)
        self.hit = HitTest(ProjectedCodes.no_places())
        self.colouring: Colouring | None = None

    def reload(self) -> None:
        """Draw the pane's present codes."""
        projected = self._codes.projected
        places = ProjectedCodes.no_places() if projected is None else projected.places
        self.item.set_points(places)
        self.hit = HitTest(places)
        self.colouring = None
        self.colour()
        self.fade(None, self._session.view)
        self._resize()

    def show_view(self, old: View, new: View) -> None:
        """Draw what differs."""
        if old.colour_by != new.colour_by or self._hidden_in(old) != self._hidden_in(new):
            self.colour()
        if (old.point_size, old.point_opacity) != (new.point_size, new.point_opacity):
            self._resize()
        if (old.probe, old.selection, old.active, old.panes) != (new.probe, new.selection, new.active, new.panes):
            self.fade(old, new)

    def colour(self) -> None:
        """Colour the points as the View says, and leave out the classes that its legend has switched off."""
        run, projected = self._codes.run, self._codes.projected
        if projected is None or run is None:
            return
        dark = self._themes.theme.dark
        found = colouring_in_view(run, projected.codes, projected.places, self._state, dark=dark)
        self.colouring = found
        self.item.set_colours(found.colours, found.groups)
        self.item.set_hidden(found.rows_of(self._hidden_in(self._session.view)))
        self.hit.set_shown(self.item.shown())

    def fade(self, old: View | None, new: View) -> None:
        """Fade the points outside the selection or far from the probe's slice; ``old`` None stands for any View."""
        moved = old and new.selection and old.active_run != new.active_run
        same = old and old.selection == new.selection and not moved
        projected = self._codes.projected
        if projected is None or (same and projected.projection.is_whole):
            return
        self.item.set_emphasis(emphasis_of(self._codes.view, self._codes.key, projected, same_data=True))

    def redress(self) -> None:
        """Take the theme's colours and text size."""
        self.item.set_dark(self._themes.theme.dark)
        self.colour()
        self._resize()

    def _resize(self) -> None:
        view = self._session.view
        self.item.set_size_opacity(view.point_size * self._themes.scale, view.point_opacity)

    def _hidden_in(self, view: View) -> frozenset[int]:
        run = self._codes.run
        return view.hidden_in(run.description.fingerprint) if run is not None else frozenset()


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
