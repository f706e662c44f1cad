"""Keeps the marks of a plane up to date: probe, path, selection, hovered point, selected area."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot

from explorer.jobs.plane.drawn_path import DrawnPath, line_positions, methods_of
from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.queries.follow_sample import ForwardPass
from explorer.latent.blends.blend import code_of_blend
from explorer.latent.paths.curves import Curve
from explorer.latent.plane.box import Box, Point
from explorer.latent.plane.cursor_marks import CursorMarks, SelectedArea
from explorer.latent.plane.ellipses import ellipses, plane_covariances
from explorer.session import Probe, View
from explorer.ui.plane.overlays.cursor_marks import CursorMarksItem
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.services.app_state import AppState
from explorer.ui.services.probing import MarkedInput, MarkedLine
from explorer.ui.state.counterfactuals import MarkedTurn

BAR_REACH = 0.4
"""Half the height of the bar of a posterior on a strip."""
MAX_RINGS = 40
"""Maximum number of rings around selected points. More would hide the colours; the selection stays visible,
because the other points fade."""


def marks_of(
    view: View, key: str, projected: ProjectedCodes, *, same_data: bool, hovered: int | None = None,
    area: SelectedArea | None = None, corrupted: tuple[float, ...] | None = None, drawn: ForwardPass | None = None,
    path: DrawnPath | None = None, chosen: int | None = None, line: MarkedLine | None = None,
    own: MarkedInput | None = None, turn: MarkedTurn | None = None,
) -> CursorMarks:  # fmt: skip
    """Return the marks of one run's plane.

    Parameters
    ----------
    same_data
        Whether this run has the active pane's data, so that sample indices denote the same samples.
    hovered
        The row of the point under the cursor.
    area
        The area that is being selected.
    corrupted
        The code of the corrupted sample, ``(latent_dim,)``.
    drawn
        The forward pass of the followed sample, if its ε was drawn.
    path, chosen
        The path in this run, and the index of its chosen waypoint.
    line
        A direction through the probe in this run.
    turn
        A counterfactual in this run.
    """
    marks = _with_probe(CursorMarks(area=area), view, key, projected, same_data=same_data)
    marks = _with_line(_with_path(marks, path, projected, chosen), line, projected, view)
    marks = _with_blend(marks, view, key, projected)
    size = projected.projection.latent_dim
    if turn is not None and len(turn.code) == size:
        marks = replace(marks, turn=projected.point_of(turn.code, turn.sample), turn_words=turn.words)
    marks = _with_points(marks, view, projected, hovered, same_data=same_data)
    if corrupted is not None and len(corrupted) == size:
        marks = replace(marks, corrupted=_point_of_corrupted(view, projected, corrupted))
    if own is not None and len(own.mean) == size:
        marks = _with_own_input(marks, own, projected)
    if drawn is not None and drawn.draws is not None and len(drawn.z) == size:
        marks = _with_draws(marks, drawn, drawn.draws, projected)
    return marks


def _with_points(
    marks: CursorMarks, view: View, projected: ProjectedCodes, hovered: int | None, *, same_data: bool
) -> CursorMarks:
    """Return marks with rings around the selected points and the hovered one."""
    if same_data and len(view.selection) <= MAX_RINGS:
        found = [projected.point_of_sample(sample) for sample in view.selection]
        marks = replace(marks, selected=tuple(point for point in found if point is not None))
    if hovered is not None:
        x, y = projected.points[hovered]
        marks = replace(marks, hovered=(float(x), float(y)))
    return marks


def _with_blend(marks: CursorMarks, view: View, key: str, projected: ProjectedCodes) -> CursorMarks:
    """Return marks with the pins of the blend in this run, and the point of the blend."""
    blend = view.blend
    if blend is None or blend.run != key or len(blend.pins[0].z) != projected.projection.latent_dim:
        return marks
    pins = tuple(projected.point_of(pin.z, pin.sample) for pin in blend.pins)
    if len(pins) == 1:
        return replace(marks, pins=pins)
    x, y = projected.point_of(code_of_blend(blend.pins, blend.weights))
    if projected.is_strips:
        y = float(np.dot(blend.weights, [height for _, height in pins]))
    return replace(marks, pins=pins, blend=(x, y))


def _with_own_input(marks: CursorMarks, own: MarkedInput, projected: ProjectedCodes) -> CursorMarks:
    """Return marks with the user's own input and the outlines of its posterior."""
    point, outlines = projected.point_of(own.mean), []
    if own.log_variance is not None:
        full = None if own.scale_tril is None else own.scale_tril[None]
        covariances = plane_covariances(projected.projection, own.log_variance[None], full)
        centre = np.array([point])
        outlines = [ellipses(centre, covariances, sigma, BAR_REACH)[0] for sigma in (1, 2)]
    lines = tuple(tuple((float(x), float(y)) for x, y in outline) for outline in outlines)
    return replace(marks, own_input=point, own_input_name=own.name, own_ellipses=lines)


def _with_draws(
    marks: CursorMarks, drawn: ForwardPass, draws: NDArray[np.float32], projected: ProjectedCodes
) -> CursorMarks:
    """Return marks with the newest draw of z, the arrow to it from μ, and the draws before it."""
    mean, *points = (projected.point_of(z, drawn.sample) for z in (drawn.mean, *draws))
    name = "σ·ε" if drawn.scale_tril is None else "L·ε"
    return replace(marks, noise_from=mean, drawn=points[-1], earlier_draws=tuple(points[:-1]), noise_name=name)


def _with_probe(marks: CursorMarks, view: View, key: str, projected: ProjectedCodes, *, same_data: bool) -> CursorMarks:
    """Return marks with the probe and its nearest sample, or with the sample that is probed on another plane."""
    probe = view.probe
    if probe is None:
        return marks
    # A session may hold a code of another run's size; it is ignored.
    if probe.run == key and len(probe.z) == projected.projection.latent_dim:
        # On strips the vertical position is the class; a probe without a sample has none.
        across = projected.is_strips and probe.sample is None
        followed = probe.sample is not None
        marks = replace(marks, probe=_point_of_probe(probe, projected), probe_across=across, followed=followed)
        if probe.sample is None and not projected.is_strips and not projected.codes.drawn:
            # Only for a free code: a sample is its own nearest neighbour, and prior draws are no data.
            nearest, no_data = _nearest(projected, probe.z)
            marks = replace(marks, nearest=nearest, no_data=no_data)
    elif probe.sample is not None and same_data:
        marks = replace(marks, same_sample=projected.point_of_sample(probe.sample))
    return marks


def _with_path(
    marks: CursorMarks, path: DrawnPath | None, projected: ProjectedCodes, chosen: int | None
) -> CursorMarks:
    """Return marks with a path: its lines, its waypoints and the points at t."""
    if path is None or len(path.path.waypoints[0].z) != projected.projection.latent_dim:
        return marks
    places = path.path.waypoints
    points = tuple(projected.point_of(place.z, place.sample) for place in places)
    marks = replace(marks, waypoints=points, chosen_waypoint=chosen)
    if not path.curves:
        return marks
    lines = [path_line(curve, points, projected) for curve in path.curves]
    here = [_point_at(curve, path.path.t, points, projected) for curve in path.curves]
    names = methods_of(path.path) if len(lines) > 1 else ("", "")
    return replace(
        marks,
        path=lines[0],
        path_t=tuple(line_positions(path.curves[0].knots).tolist()),
        second_path=lines[1] if len(lines) > 1 else (),
        straight_path=() if path.straight is None else path_line(path.straight, points, projected),
        path_name=names[0],
        second_name=names[1],
        here=here[0],
        second_here=here[1] if len(here) > 1 else None,
    )


def _with_line(marks: CursorMarks, line: MarkedLine | None, projected: ProjectedCodes, view: View) -> CursorMarks:
    """Return marks with the steps along a direction; on strips they are at the height of the probe."""
    if line is None or line.codes.shape[1] != projected.projection.latent_dim:
        return marks
    sample = None if view.probe is None else view.probe.sample
    points = tuple(projected.point_of(code, sample) for code in line.codes)
    return replace(
        marks, direction=points, direction_here=line.here, direction_name=line.name, direction_arrow=line.arrow
    )


def path_line(curve: Curve, places: Sequence[Point], projected: ProjectedCodes) -> tuple[Point, ...]:
    """Return the line of a curve on the plane; ``places`` are the points of its waypoints."""
    t = line_positions(curve.knots)
    points = projected.projection.project(curve.at(t))
    if projected.is_strips:
        points[:, 1] = _height_on_strips(curve, t, places)
    return tuple((float(x), float(y)) for x, y in points)


def _point_at(curve: Curve, t: float, places: Sequence[Point], projected: ProjectedCodes) -> Point:
    x, y = projected.point_of(curve.at(t))
    return x, (float(_height_on_strips(curve, np.array(t), places)) if projected.is_strips else y)


def _height_on_strips(curve: Curve, t: NDArray[np.float64], places: Sequence[Point]) -> NDArray[np.float64]:
    """Return the vertical position on strips: linear between the classes of neighbouring waypoints."""
    heights = [y for _, y in places]
    # A closed path has one more knot, at its return to the first waypoint.
    heights += heights[: len(curve.knots) - len(heights)]
    result: NDArray[np.float64] = np.interp(t, curve.knots, heights)
    return result


def _point_of_probe(probe: Probe, projected: ProjectedCodes) -> Point:
    """Return the point of the probe. A sample's is where its code is now: during training it moves."""
    now = None if probe.sample is None or projected.codes.drawn else projected.point_of_sample(probe.sample)
    return projected.point_of(probe.z, probe.sample) if now is None else now


def _point_of_corrupted(view: View, projected: ProjectedCodes, z: tuple[float, ...]) -> Point:
    """Return the point of the corrupted sample's code; on strips, within the strip of its class."""
    return projected.point_of(z, None if view.probe is None else view.probe.sample)


def _nearest(projected: ProjectedCodes, z: tuple[float, ...]) -> tuple[Point | None, bool]:
    neighbours = projected.codes.neighbours
    found = neighbours.nearest(z)
    if found is None:
        return None, False
    point = float(projected.points[found.row, 0]), float(projected.points[found.row, 1])
    far = neighbours.known_typical_distance  # None until a worker has measured it
    return point, far is not None and found.distance > far


OVER_OVERLAYS = 2
"""z value of the marks, above that of the overlays; the points have 0."""


class CursorLayer(QObject):
    """Draws the marks of one plane, from the View and the mouse.

    Attributes
    ----------
    hovered
        The row under the cursor.
    area
        The area that is being selected.
    """

    def __init__(self, plot: PlotArea, codes: PaneCodes, state: AppState) -> None:
        super().__init__(plot)
        self._themes, self._codes = plot.themes, codes
        self._probing, self._paths = state.probing, state.paths
        self._counterfactuals = state.counterfactuals
        self.hovered: int | None = None
        self.area: SelectedArea | None = None
        self.item = CursorMarksItem(plot.themes.theme, plot.themes.scale)
        self.item.setZValue(OVER_OVERLAYS)
        plot.view_box.addItem(self.item, ignoreBounds=True)
        state.probing.marked_changed.connect(self.refresh)
        state.probing.line_changed.connect(self.refresh)
        state.probing.inputs_changed.connect(self.refresh)
        state.probing.drawn_changed.connect(self.refresh)
        state.probing.hovered_changed.connect(self._ring_hovered_elsewhere)
        state.paths.changed.connect(self.refresh)
        state.paths.chosen_changed.connect(self.refresh)
        state.counterfactuals.changed.connect(self.refresh)

    @property
    def marks(self) -> CursorMarks:
        """The marks as they are drawn."""
        return self.item.marks

    @Slot()
    def refresh(self) -> None:
        """Recompute and redraw the marks."""
        codes = self._codes
        if codes.projected is None:
            return
        # The row may be gone: a training has replaced the codes since the mouse moved.
        hovered = None if codes.point_of_row(self.hovered) is None else self.hovered
        corrupted, drawn = self._probing.marked.get(codes.key), self._probing.drawn.get(codes.key)
        line = self._probing.line
        marks = marks_of(
            codes.view,
            codes.key,
            codes.projected,
            same_data=True,
            hovered=hovered,
            area=self.area,
            corrupted=corrupted,
            drawn=drawn,
            path=self._paths.drawn(codes.key),
            chosen=self._paths.chosen,
            line=line if line is not None and line.run == codes.key else None,
            own=self._probing.inputs.get(codes.key),
            turn=self._counterfactuals.turn_in(codes.key),
        )
        self._show(marks)

    def set_hovered(self, row: int | None) -> None:
        """Ring the point of a row."""
        self.hovered = row
        self.refresh()

    def set_area(
        self, *, box: Box | None = None, lasso: tuple[Point, ...] = (), sign: str = "", at: Point = (0.0, 0.0)
    ) -> None:
        """Draw the box or the lasso that is being selected, with a sign at the cursor."""
        self.area = SelectedArea(box, lasso, sign, at)
        # Keep the other marks: computing them at each move is slow for a large selection.
        self._show(replace(self.marks, area=self.area))

    def clear_area(self) -> None:
        """Remove the area."""
        self.area = None
        self.refresh()

    def apply_theme(self) -> None:
        """Take the theme's colours and text size."""
        self.item.apply_theme(self._themes.theme, self._themes.scale)

    @Slot()
    def _ring_hovered_elsewhere(self) -> None:
        """Ring the sample hovered on another plane; leave all other marks unchanged."""
        self._show(self.marks)

    def _show(self, marks: CursorMarks) -> None:
        # The plane under the cursor rings its own point already.
        elsewhere = self._codes.point_hovered_elsewhere if self.hovered is None else None
        self.item.show_marks(replace(marks, hovered_elsewhere=elsewhere))
