"""A plane's points: their plot item, their colours and sizes, and which of them can be picked."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.colouring import Colouring, available_choice, colour, error_span, title_of
from explorer.jobs.plane.projected_codes import ProjectedCodes, slice_emphasis
from explorer.jobs.plane.scene import base_code, selected_rows
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.plane.box import Point
from explorer.latent.plane.lasso import inside_lasso
from explorer.session import View
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.plane.points.points_item import PointsItem
from explorer.ui.services.app_state import AppState
from explorer.ui.state.panes import shown_runs
from explorer.ui.theme.theme import ThemeSource

if TYPE_CHECKING:
    from scipy.spatial import cKDTree


class HitTest:
    """Finds the point under the cursor and the points in a box, in a millisecond for a million points.

    The k-d tree is built by the first search, or earlier by `prepare`, which any thread may call.

    Parameters
    ----------
    points
        ``(N, 2)`` in data units; points with a NaN or an infinity are never found.
    shown
        ``(N,)`` booleans, True for points that may be found, or None for all.
    """

    def __init__(self, points: NDArray[Any], shown: NDArray[np.bool_] | None = None) -> None:
        self._points = np.asarray(points, dtype=np.float64)
        self._finite = np.isfinite(self._points[:, 0]) & np.isfinite(self._points[:, 1])
        self._findable = self._finite
        self._index = np.flatnonzero(self._finite)
        self._tree: cKDTree | None = None
        # `prepare` may run in a worker while the cursor asks in the window's thread: build once.
        self._building = threading.Lock()
        self.set_shown(shown)

    def set_shown(self, shown: NDArray[np.bool_] | None) -> None:
        """Set which points may be found, ``(N,)``. The tree is kept: results are filtered afterwards."""
        self._findable = self._finite if shown is None else self._finite & shown

    def prepare(self) -> "cKDTree":
        """Return the k-d tree; build it first if necessary."""
        from scipy.spatial import cKDTree  # here, as it takes a fifth of a second: the window opens without it

        with self._building:
            if self._tree is None:
                # Sliding midpoints build several times quicker than balanced medians, and survive equal points.
                self._tree = cKDTree(self._points[self._index], balanced_tree=False, compact_nodes=False)
            return self._tree

    def at(self, x: float, y: float, radius_x: float, radius_y: float) -> int | None:
        """Return the index of the point nearest on the screen, or None if none is within reach.

        Parameters
        ----------
        x, y
            The position, in data units.
        radius_x, radius_y
            The reach along each axis in data units: the same number of pixels, times the size of a pixel.
        """
        near = self._within(x, y, radius_x, radius_y)
        if len(near) == 0:
            return None
        # Distances in reaches, not data units: with strips the axes have different scales.
        across = (self._points[near, 0] - x) / radius_x
        down = (self._points[near, 1] - y) / radius_y
        distance = across**2 + down**2
        nearest = int(np.argmin(distance))
        return int(near[nearest]) if distance[nearest] <= 1 else None

    def inside(self, left: float, right: float, bottom: float, top: float) -> NDArray[np.intp]:
        """Return the sorted indices of all findable points in a box, its edges included; data units."""
        x, y = self._points[:, 0], self._points[:, 1]
        return np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top) & self._findable)

    def inside_lasso(self, corners: Sequence[Point]) -> NDArray[np.intp]:
        """Return the sorted indices ``(k,)`` of all findable points inside a lasso; corners in data units."""
        return np.flatnonzero(inside_lasso(self._points, corners) & self._findable)

    def _within(self, x: float, y: float, radius_x: float, radius_y: float) -> NDArray[np.intp]:
        if not (radius_x > 0 and radius_y > 0 and np.isfinite([x, y, radius_x, radius_y]).all()):
            return np.empty(0, dtype=np.intp)
        # A circle with the larger radius contains the ellipse; `at` discards what is outside it.
        near = self.prepare().query_ball_point((x, y), max(radius_x, radius_y))
        candidates: NDArray[np.intp] = self._index[np.asarray(near, dtype=np.intp)]
        return candidates[self._findable[candidates]]


UNSELECTED = 0.22
"""Opacity of points outside the selection."""


def emphasis_of(view: View, key: str, projected: ProjectedCodes, *, same_data: bool) -> NDArray[np.float32] | None:
    """Return the opacity of each point of a run's plane, ``(n,)``, or None if all are 1.

    Points outside the selection and points far from the probe's slice are faded.

    Parameters
    ----------
    same_data
        Whether the sample indices of the View denote the same samples in this run.
    """
    emphasis = None
    base = base_code(view, key, projected, same_data=same_data)
    if base is not None:
        emphasis = slice_emphasis(projected, base)
    rows = selected_rows(view, projected, same_data)
    if len(rows):
        weights = np.full(len(projected.points), UNSELECTED, np.float32)
        weights[rows] = 1
        # Selected points keep the fading by the slice, but stay visible: never below the others' opacity.
        emphasis = weights if emphasis is None else weights * np.maximum(emphasis, UNSELECTED)
    return emphasis


class ColouredPoints:
    """Draws the codes of a pane as points, coloured and faded according to the View.

    Attributes
    ----------
    item
        The plot item that draws the points.
    hit
        Finds rows of the codes by their position on the plane.
    colouring
        The meaning of the colours; None until there are codes.
    """

    def __init__(self, codes: PaneCodes, state: AppState, themes: ThemeSource) -> None:
        self._codes, self._themes = codes, themes
        self._state, self._session = state, state.session
        self.item = PointsItem()
        self.hit = HitTest(ProjectedCodes.no_points())
        self.colouring: Colouring | None = None

    def reload(self) -> None:
        """Draw the current codes of the pane."""
        projected = self._codes.projected
        points = ProjectedCodes.no_points() if projected is None else projected.points
        self.item.set_points(points)
        # A new tree for new points; it is built when the cursor first asks.
        self.hit = HitTest(points)
        self.colouring = None
        self.colour()
        self.fade(None, self._session.view)
        self._resize()

    def show_view(self, old: View, new: View) -> None:
        """Redraw what changed between two Views."""
        if old.colour_by != new.colour_by or self._hidden_in(old) != self._hidden_in(new):
            self.colour()
        if (old.point_size, old.point_opacity) != (new.point_size, new.point_opacity):
            self._resize()
        # The active pane matters too: the selection belongs to its data.
        if (old.probe, old.selection, old.active, old.panes) != (new.probe, new.selection, new.active, new.panes):
            self.fade(old, new)

    def colour(self) -> None:
        """Colour the points by the View's choice, and hide the classes switched off in the legend."""
        run, projected = self._codes.run, self._codes.projected
        if projected is None or run is None:
            return
        dark = self._themes.theme.dark
        found = colouring_in_view(run, projected.codes, projected.points, self._state, dark=dark)
        self.colouring = found
        self.item.set_colours(found.colours, found.groups)
        self.item.set_hidden(found.rows_of(self._hidden_in(self._session.view)))
        # Hidden points cannot be picked.
        self.hit.set_shown(self.item.shown())

    def fade(self, old: View | None, new: View) -> None:
        """Fade points outside the selection or far from the probe's slice; with ``old`` None, in any case."""
        moved = old and new.selection and old.active_run != new.active_run
        same = old and old.selection == new.selection and not moved
        projected = self._codes.projected
        # While the probe is dragged on a plane of two latent dimensions, nothing fades: skip the work per move.
        if projected is None or (same and projected.projection.is_whole):
            return
        self.item.set_emphasis(emphasis_of(self._codes.view, self._codes.key, projected, same_data=True))

    def apply_theme(self) -> None:
        """Apply the theme's colours and text size."""
        self.colour()
        self._resize()

    def _resize(self) -> None:
        view = self._session.view
        self.item.set_size_opacity(view.point_size * self._themes.scale, view.point_opacity)

    def _hidden_in(self, view: View) -> frozenset[int]:
        run = self._codes.run
        return view.hidden_in(run.description.fingerprint) if run is not None else frozenset()


def colouring_in_view(
    run: OpenRun, codes: PlaneCodes, points: NDArray[np.float64], state: AppState, *, dark: bool
) -> Colouring:
    """Return a run's colours by the View's choice; by class if its data lacks the chosen column.

    All visible planes of the same data share one scale of the reconstruction error.
    """
    wanted, span = state.session.view.colour_by, None
    by = available_choice(wanted, codes)
    if by == "reconstruction":
        shown = shown_runs(state.session.view, state.store.runs)
        alike = [other for other in shown if state.store.have_same_data(run.key, other.key)]
        span = error_span(other.plane for other in alike if other.plane is not None)
    found = colour(codes, points, run.description.class_names, by, dark, span, state.units.unit)
    return found if by == wanted else replace(found, note=f"by class: no {title_of(wanted)} in {run.description.name}")
