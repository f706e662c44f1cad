"""Gestures of the path mode.

1. On a waypoint a press chooses it, and a drag moves it. A click on A closes the path into a loop.
2. On the point at t, a drag moves along the path.
3. On the line, a press inserts a waypoint, which a drag moves.
4. Elsewhere a press adds a waypoint at the end; or begins a path if this run has none or the last one is ended.

A plane of another run on the same data shows the path through the same samples. There, only samples can be waypoints.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from explorer.jobs.plane.path_edits import MIN_LOOP, is_full, same_settings, with_added, with_inserted, with_waypoint
from explorer.latent.plane.box import Point
from explorer.session import Path, Session, Waypoint
from explorer.ui.plane.input.gesture import Gesture, Picker
from explorer.ui.plane.overlays.cursor_layer import CursorLayer
from explorer.ui.plane.overlays.cursor_marks import END_RADIUS
from explorer.ui.services.paths import Paths

LINE_PIXELS = 6
"""Distance in pixels at scale 1 within which a press is on the line of a path."""


class WaypointGesture(Gesture):
    """Moves a waypoint of the path; without a drag it only chooses the waypoint.

    Parameters
    ----------
    closes
        Whether a click closes the path.
    """

    def __init__(
        self, session: Session, picker: Picker, at: QPointF, paths: Paths, path: Path, index: int,
        *, closes: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(session, picker, at)
        self._paths, self._path, self._index, self._closes = paths, path, index, closes
        paths.choose(index)

    def drag(self, at: QPointF) -> None:
        """Move the waypoint; at a sample's point it takes that sample."""
        place = place_at(self.picker, at, self._paths, self._path)
        if place is not None:
            self.session.preview(path=with_waypoint(self._path, self._index, place))

    def release(self, at: QPointF) -> None:
        """End the drag, or close the path by a click."""
        if self._closes and not self.dragging:
            self._paths.close_loop()
        super().release(at)


class NewPathGesture(WaypointGesture):
    """Begins a path at the press; a drag sets its second waypoint, otherwise the next click does."""

    def __init__(self, session: Session, picker: Picker, at: QPointF, paths: Paths) -> None:
        begun = same_settings(Path(picker.codes.key, (picker.waypoint_at(at),)), session.view.path)
        # A drag always sets the second waypoint.
        super().__init__(session, picker, at, paths, replace(begun, waypoints=begun.waypoints * 2), 1)
        session.preview(path=begun)
        paths.begin()


class AddedWaypointGesture(WaypointGesture):
    """Adds a waypoint at the press, before waypoint ``index`` or at the end, and moves it in a drag."""

    def __init__(
        self, session: Session, picker: Picker, at: QPointF, paths: Paths, path: Path, index: int, place: Waypoint
    ) -> None:
        longer = with_inserted(path, index, place)
        super().__init__(session, picker, at, paths, longer, index)
        session.preview(path=longer)


class SlideGesture(Gesture):
    """Moves t along the path; its line is that of `CursorMarks`."""

    def __init__(self, session: Session, picker: Picker, at: QPointF, cursor: CursorLayer, paths: Paths) -> None:
        super().__init__(session, picker, at)
        self._cursor, self._paths = cursor, paths

    def drag(self, at: QPointF) -> None:
        """Set t to the point of the path nearest to the cursor."""
        marks = self._cursor.marks
        if len(marks.path) > 1:
            t, _ = _nearest_on_line(np.array(marks.path), np.array(marks.path_t), self.picker.camera.point_at(at))
            self.session.preview(**self._paths.moved(t))


def path_gesture(session: Session, picker: Picker, at: QPointF, cursor: CursorLayer, paths: Paths) -> Gesture | None:
    """Return the gesture of a press in path mode; None if nothing can be done there."""
    path, marks = session.view.path, cursor.marks
    if path is None or not marks.waypoints:
        return NewPathGesture(session, picker, at, paths)
    # Test waypoints before t: at the ends of the path they coincide, and waypoints must stay reachable.
    index = waypoint_at(picker, cursor, at)
    if index is not None:
        closes = index == 0 and len(path.waypoints) >= MIN_LOOP and not path.closed and not paths.is_ended
        return WaypointGesture(session, picker, at, paths, path, index, closes=closes)
    if _touches(picker, marks.here, at):
        return SlideGesture(session, picker, at, cursor, paths)
    if (on_line := waypoint_on_line(picker, cursor, at, paths)) is not None and not is_full(path):
        return AddedWaypointGesture(session, picker, at, paths, path, *on_line)
    place = place_at(picker, at, paths, path)
    if paths.is_ended or place is None:
        return NewPathGesture(session, picker, at, paths)
    if is_full(path):
        return None
    longer = with_added(path, place)
    return AddedWaypointGesture(session, picker, at, paths, path, len(longer.waypoints) - 1, place)


def place_at(picker: Picker, at: QPointF, paths: Paths, path: Path) -> Waypoint | None:
    """Return a new waypoint at a pixel; None on the plane of another run if there is no sample."""
    place = picker.waypoint_at(at)
    return place if picker.codes.key == path.run else paths.waypoint_of(place.sample)


def waypoint_at(picker: Picker, cursor: CursorLayer, at: QPointF) -> int | None:
    """Return the index of the waypoint at a pixel, or None; the last if there are several, as it is drawn on top."""
    found = [index for index, point in enumerate(cursor.marks.waypoints) if _touches(picker, point, at)]
    return found[-1] if found else None


def waypoint_on_line(picker: Picker, cursor: CursorLayer, at: QPointF, paths: Paths) -> tuple[int, Waypoint] | None:
    """Return the waypoint that a press on the line inserts, with its index; None away from the line."""
    marks, camera, drawn = cursor.marks, picker.camera, paths.drawn(picker.codes.key)
    if len(marks.path) < 2 or drawn is None or not drawn.curves:
        return None
    pixels = np.array([[pixel.x(), pixel.y()] for pixel in map(camera.pixel_at, marks.path)])
    t, distance = _nearest_on_line(pixels, np.array(marks.path_t), (at.x(), at.y()))
    if distance > LINE_PIXELS * camera.scale:
        return None
    index = int(np.searchsorted(drawn.curves[0].knots, t, side="right"))
    own = paths.own
    # Use the code in the path's own run, even if the plane of another run was pressed.
    z = None if own is None else own.code_at(t)
    return None if z is None else (max(1, min(index, len(drawn.path.waypoints))), Waypoint(z))


def _touches(picker: Picker, point: Point | None, at: QPointF) -> bool:
    if point is None:
        return False
    reach = (END_RADIUS + 2) * picker.camera.scale
    # The factor makes up for the Manhattan distance, which is up to √2 of the Euclidean one.
    return (picker.camera.pixel_at(point) - at).manhattanLength() <= 1.4 * reach


def _nearest_on_line(line: NDArray[np.float64], t: NDArray[np.float64], point: Point) -> tuple[float, float]:
    """Return t of the point of a line nearest to ``point``, and their distance; ``t`` belongs to its vertices."""
    starts, steps = line[:-1], np.diff(line, axis=0)  # (k - 1, 2)
    # A path between equal codes has segments of length 0.
    lengths = np.maximum((steps**2).sum(axis=1), 1e-30)
    shares = np.clip(((point - starts) * steps).sum(axis=1) / lengths, 0, 1)
    distances = np.sqrt(((starts + shares[:, None] * steps - point) ** 2).sum(axis=1))
    nearest = int(np.argmin(distances))
    found = t[nearest] + shares[nearest] * (t[nearest + 1] - t[nearest])
    return float(found), float(distances[nearest])
