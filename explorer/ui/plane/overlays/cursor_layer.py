"""Keeps the marks of a plane up to date: probe, path, selection, hovered point, selection box."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot

from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import path_now
from explorer.jobs.queries.follow_sample import ForwardPass
from explorer.latent.plane.box import Box, Point
from explorer.latent.plane.cursor_marks import CursorMarks
from explorer.latent.plane.interpolation import METHODS
from explorer.session import Path, Probe, View
from explorer.ui.plane.overlays.cursor_marks import CursorMarksItem
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.services.app_state import AppState

MAX_RINGS = 120
"""Maximum number of rings around selected points; larger selections are only shown by fading the rest."""

MAX_STEPS = 33
"""Maximum number of steps of a path that are drawn as dots."""
_PATH_POINTS = 49
"""Vertices of a path's line, which is curved for spherical interpolation and on a projected plane."""


def marks_of(
    view: View, key: str, projected: ProjectedCodes, *, same_data: bool, hovered: int | None = None,
    box: Box | None = None, corrupted: tuple[float, ...] | None = None, drawn: ForwardPass | None = None,
) -> CursorMarks:  # fmt: skip
    """Return the marks of one run's plane.

    Parameters
    ----------
    same_data
        Whether this run has the active pane's data, so that sample indices denote the same samples.
    hovered
        The row of the point under the cursor.
    corrupted
        The code of the corrupted sample, ``(latent_dim,)``.
    drawn
        The forward pass of the followed sample, if its ε was drawn.
    """
    marks = CursorMarks(box=box)
    marks = _with_path(_with_probe(marks, view, key, projected, same_data=same_data), view, key, projected)
    if same_data and len(view.selection) <= MAX_RINGS:
        found = [projected.point_of_sample(sample) for sample in view.selection]
        marks = replace(marks, selected=tuple(point for point in found if point is not None))
    if hovered is not None:
        x, y = projected.points[hovered]
        marks = replace(marks, hovered=(float(x), float(y)))
    if corrupted is not None and len(corrupted) == projected.projection.latent_dim:
        marks = replace(marks, corrupted=_point_of_corrupted(view, projected, corrupted))
    if drawn is not None and drawn.draws is not None and len(drawn.z) == projected.projection.latent_dim:
        marks = _with_draws(marks, drawn, drawn.draws, projected)
    return marks


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


def _with_path(marks: CursorMarks, view: View, key: str, projected: ProjectedCodes) -> CursorMarks:
    """Return marks with the path of this plane: its line, its ends and the point at t."""
    path = view.path
    if path is None or path.run != key or len(path.start.z) != projected.projection.latent_dim:
        return marks
    path = path_now(path, projected.codes)
    return replace(
        marks,
        path=path_line(path, projected),
        steps=path_steps(path, projected),
        start=projected.point_of(path.start.z, path.start.sample),
        end=projected.point_of(path.end.z, path.end.sample) if path.end else None,
        here=path_point(path, projected),
    )


def path_line(path: Path, projected: ProjectedCodes) -> tuple[Point, ...]:
    """Return the line of a path on the plane; empty without an end B."""
    if path.end is None:
        return ()
    if projected.is_strips:
        return projected.point_of(path.start.z, path.start.sample), projected.point_of(path.end.z, path.end.sample)
    codes = METHODS[path.method](path.start.z, path.end.z, np.linspace(0, 1, _PATH_POINTS))
    return tuple((float(x), float(y)) for x, y in projected.projection.project(codes))


def path_steps(path: Path, projected: ProjectedCodes) -> tuple[Point, ...]:
    """Return the points of the decoded steps between A and B; none if there are too many to tell apart."""
    if path.end is None or path.steps > MAX_STEPS:
        return ()
    shares = np.linspace(0, 1, path.steps)[1:-1].tolist()
    return tuple(point for t in shares if (point := path_point(replace(path, t=t), projected)) is not None)


def path_point(path: Path, projected: ProjectedCodes) -> Point | None:
    """Return the point at t on the plane; None without an end B."""
    if path.end is None:
        return None
    code = METHODS[path.method](path.start.z, path.end.z, path.t)
    x, y = projected.point_of(code)
    if projected.is_strips:
        line = path_line(path, projected)
        # On strips the line runs straight from the class of A to that of B.
        y = line[0][1] + path.t * (line[1][1] - line[0][1])
    return x, y


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
    box
        The selection box while it is drawn.
    """

    def __init__(self, plot: PlotArea, codes: PaneCodes, state: AppState) -> None:
        super().__init__(plot)
        self._themes, self._codes = plot.themes, codes
        self._probing = state.probing
        self.hovered: int | None = None
        self.box: Box | None = None
        self.item = CursorMarksItem(plot.themes.theme, plot.themes.scale)
        self.item.setZValue(OVER_OVERLAYS)
        plot.view_box.addItem(self.item, ignoreBounds=True)
        state.probing.marked_changed.connect(self.refresh)
        state.probing.drawn_changed.connect(self.refresh)
        state.probing.hovered_changed.connect(self._ring_hovered_elsewhere)

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
        marks = marks_of(
            codes.view,
            codes.key,
            codes.projected,
            same_data=True,
            hovered=hovered,
            box=self.box,
            corrupted=corrupted,
            drawn=drawn,
        )
        self._show(marks)

    def set_hovered(self, row: int | None) -> None:
        """Ring the point of a row."""
        self.hovered = row
        self.refresh()

    def set_box(self, box: Box | None) -> None:
        """Draw a selection box."""
        self.box = box
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
