"""Gestures: each begins with a press of the mouse, follows its moves and ends with its release.

1. `gesture_for` chooses the gesture from the View's mode, the button and the modifier keys.
2. Its constructor acts on the press, for example previews the probe there.
3. `Gesture.move_to` turns a press into a drag after `DRAG_PIXELS`, and passes each further move to `drag`.
4. `drag` previews changes in the session: planes and panels follow, but no undo step is made.
5. A `Picker` tells what is at a pixel: the row of a sample, or a point and its z.
6. `release` commits all previews as one undo step; `cancel` restores the View from before the press.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from explorer.latent.plane.box import Box, Point
from explorer.session import Path, PathEnd, Probe, Session, View
from explorer.ui.plane.overlays.cursor_layer import CursorLayer
from explorer.ui.plane.overlays.cursor_marks import END_RADIUS
from explorer.ui.plane.plot.camera import Camera
from explorer.ui.plane.points.coloured_points import ColouredPoints
from explorer.ui.plane.points.pane_codes import PaneCodes

NOTHING_TO_SELECT = "{name} has no samples to select: its model has no encoder, so its points are draws from the prior"

DRAG_PIXELS = 4
"""Distance in pixels at scale 1 below which a press remains a click."""

_MODIFIERS = Qt.KeyboardModifier


PICK_PIXELS = 6
"""Radius in pixels at scale 1 within which the cursor picks a point."""


class Picker:
    """Maps pixels of one plane to rows, probes and codes."""

    def __init__(self, camera: Camera, codes: PaneCodes, points: ColouredPoints) -> None:
        self.camera, self.codes, self.points = camera, codes, points

    def row_at(self, pixel: QPointF) -> int | None:
        """Return the row of the point picked at a pixel, or None."""
        return self.points.hit.at(*self.camera.point_at(pixel), *self.camera.reach(PICK_PIXELS))

    def code_at(self, pixel: QPointF) -> tuple[float, ...]:
        """Return the z at a pixel."""
        return self.codes.code_at(self.camera.point_at(pixel))

    def probe_at(self, pixel: QPointF, *, exactly: bool = False) -> Probe:
        """Return a probe on the picked sample, else on the z at the pixel; with ``exactly``, always the latter."""
        point = self.camera.point_at(pixel)
        row = None if exactly else self.points.hit.at(*point, *self.camera.reach(PICK_PIXELS))
        return Probe(self.codes.key, self.codes.code_at(point)) if row is None else self.codes.probe_of_row(row)

    def path_end_at(self, pixel: QPointF) -> PathEnd:
        """Return the end of a path at the picked sample, else at the z of the pixel."""
        probe = self.probe_at(pixel)
        return PathEnd(probe.z, probe.sample)


class Gesture(ABC):
    """A press at a pixel of the plane, which becomes a drag after `DRAG_PIXELS`."""

    def __init__(self, session: Session, picker: Picker, at: QPointF) -> None:
        self.session, self.picker, self.pressed = session, picker, at
        self.dragging = False

    def move_to(self, at: QPointF) -> None:
        """Handle a move of the mouse."""
        distance = (at - self.pressed).manhattanLength()
        # Once a drag, always a drag: returning to the start does not make it a click.
        self.dragging = self.dragging or distance >= DRAG_PIXELS * self.picker.camera.scale
        if self.dragging:
            self.drag(at)

    @abstractmethod
    def drag(self, at: QPointF) -> None:
        """Handle a move during a drag."""

    def release(self, at: QPointF) -> None:
        """End the gesture as one undo step."""
        self.session.commit()

    def cancel(self) -> None:
        """Abort the gesture and restore the View from before the press."""
        self.session.cancel()


class ProbeGesture(Gesture):
    """Moves the probe: a press to the picked sample, else to the point under the cursor; a drag to points.

    Parameters
    ----------
    exactly
        Whether the press ignores picked samples.
    """

    def __init__(self, session: Session, picker: Picker, at: QPointF, *, exactly: bool = False) -> None:
        super().__init__(session, picker, at)
        session.preview(probe=picker.probe_at(at, exactly=exactly))

    def drag(self, at: QPointF) -> None:
        """Move the probe to the point under the cursor."""
        # Samples are ignored: jumping from sample to sample, a drag would not be continuous.
        self.session.preview(probe=self.picker.probe_at(at, exactly=True))


class PanGesture(Gesture):
    """Pans the plane."""

    def __init__(self, session: Session, picker: Picker, at: QPointF) -> None:
        super().__init__(session, picker, at)
        self._last = at

    def drag(self, at: QPointF) -> None:
        """Keep the pressed point under the cursor."""
        self.picker.camera.pan(at - self._last)
        self._last = at


class BoxGesture(Gesture):
    """Selects the samples in a box; a click selects or toggles one sample.

    Parameters
    ----------
    notify
        Shows a sentence to the user.
    adding
        Whether the box adds to the selection.
    toggling
        Whether a click toggles its sample.
    """

    def __init__(
        self, session: Session, picker: Picker, at: QPointF, cursor: CursorLayer, notify: Callable[[str], None],
        *, adding: bool, toggling: bool,
    ) -> None:  # fmt: skip
        super().__init__(session, picker, at)
        self._cursor, self._notify = cursor, notify
        self._adding, self._toggling = adding, toggling
        # In latent units, so that the box stays put if the view moves during the drag.
        self._corner = picker.camera.point_at(at)

    def drag(self, at: QPointF) -> None:
        """Draw the box from the press to the cursor."""
        (x, y), (other_x, other_y) = self._corner, self.picker.camera.point_at(at)
        self._cursor.set_box(Box(min(x, other_x), max(x, other_x), min(y, other_y), max(y, other_y)))

    def release(self, at: QPointF) -> None:
        """Select the samples in the box, or the clicked one."""
        codes, box = self.picker.codes, self._cursor.box
        self._cursor.set_box(None)
        if codes.here.codes.drawn:
            self._notify(NOTHING_TO_SELECT.format(name=codes.run.name if codes.run else ""))
        elif self.dragging and box is not None:
            rows = self.picker.points.hit.inside(box.left, box.right, box.bottom, box.top)
            self._select(codes.here.codes.index[rows].tolist())
        elif not self.dragging:
            self._click(self.picker.row_at(at))

    def cancel(self) -> None:
        """Remove the box; the selection is unchanged."""
        self._cursor.set_box(None)

    def _select(self, samples: list[int]) -> None:
        before = self.session.view.selection if self._adding else ()
        self.session.set(selection=tuple(sorted({*before, *samples})))

    def _click(self, row: int | None) -> None:
        selection = self.session.view.selection
        if row is None:
            if not self._toggling:
                self.session.set(selection=())
            return
        sample = int(self.picker.codes.here.codes.index[row])
        if self._toggling:
            self.session.set(selection=tuple(sorted({*selection} ^ {sample})))
        else:
            self.session.set(selection=(sample,), probe=self.picker.codes.probe_of_row(row))


class PathEndGesture(Gesture):
    """Moves one end of the path of this plane."""

    def __init__(
        self, session: Session, picker: Picker, at: QPointF, path: Path, end: Literal["start", "end"] = "end"
    ) -> None:
        super().__init__(session, picker, at)
        self._path = path
        self._end = end

    def drag(self, at: QPointF) -> None:
        """Move the end; at a sample's point it takes that sample."""
        end = self.picker.path_end_at(at)
        path = replace(self._path, start=end) if self._end == "start" else replace(self._path, end=end)
        self.session.preview(path=path)


class NewPathGesture(PathEndGesture):
    """Sets A at the press; a drag sets B, otherwise the next click does."""

    def __init__(self, session: Session, picker: Picker, at: QPointF) -> None:
        before = session.view.path
        path = Path(picker.codes.key, picker.path_end_at(at))
        if before is not None:
            path = replace(path, steps=before.steps, method=before.method)
        super().__init__(session, picker, at, path)
        self.session.preview(path=path)


class SecondEndGesture(PathEndGesture):
    """Sets B at the press, and moves it in a drag."""

    def __init__(self, session: Session, picker: Picker, at: QPointF, path: Path) -> None:
        super().__init__(session, picker, at, path)
        self.drag(at)


class SlideGesture(Gesture):
    """Moves t along the path of this plane, whose line the cursor's marks hold."""

    def __init__(self, session: Session, picker: Picker, at: QPointF, cursor: CursorLayer, path: Path) -> None:
        super().__init__(session, picker, at)
        self._cursor, self._path = cursor, path

    def drag(self, at: QPointF) -> None:
        """Set t to the point of the path nearest to the cursor."""
        line = np.array(self._cursor.marks.path)
        if len(line) < 2:
            return
        self.session.preview(path=replace(self._path, t=_share_of_line(line, self.picker.camera.point_at(at))))


def gesture_for(
    event: QMouseEvent, view: View, session: Session, picker: Picker, cursor: CursorLayer,
    notify: Callable[[str], None], *, pans: bool,
) -> Gesture | None:  # fmt: skip
    """Return the gesture for the View's mode, the button and the modifier keys of a press; None if there is none.

    Parameters
    ----------
    notify
        Shows a sentence to the user.
    pans
        Whether the left button pans in any mode.
    """
    at, held, left = event.position(), event.modifiers(), event.button() == Qt.MouseButton.LeftButton
    if event.button() == Qt.MouseButton.MiddleButton or (left and pans):
        return PanGesture(session, picker, at)
    if not left or picker.codes.projected is None:
        return None
    shift, control = bool(held & _MODIFIERS.ShiftModifier), bool(held & _MODIFIERS.ControlModifier)
    if shift or control or view.mode == "select":
        adding = control or (shift and view.mode == "select")
        return BoxGesture(session, picker, at, cursor, notify, adding=adding, toggling=shift or control)
    if view.mode == "pan":
        return PanGesture(session, picker, at)
    if view.mode == "path":
        return _path_gesture(session, picker, at, cursor, view.path)
    return ProbeGesture(session, picker, at, exactly=bool(held & _MODIFIERS.AltModifier))


def _path_gesture(session: Session, picker: Picker, at: QPointF, cursor: CursorLayer, path: Path | None) -> Gesture:
    if path is None or path.run != picker.codes.key:
        return NewPathGesture(session, picker, at)
    # Ends before t: at the ends of the path they coincide, and ends must stay reachable.
    marks = cursor.marks
    if _touches(picker, marks.start, at) and path.end is not None:
        return PathEndGesture(session, picker, at, path, "start")
    if _touches(picker, marks.end, at):
        return PathEndGesture(session, picker, at, path, "end")
    if _touches(picker, marks.here, at):
        return SlideGesture(session, picker, at, cursor, path)
    return SecondEndGesture(session, picker, at, path) if path.end is None else NewPathGesture(session, picker, at)


def _touches(picker: Picker, point: Point | None, at: QPointF) -> bool:
    if point is None:
        return False
    reach = (END_RADIUS + 2) * picker.camera.scale
    # The factor makes up for the Manhattan distance, which is up to √2 of the Euclidean one.
    return (picker.camera.pixel_at(point) - at).manhattanLength() <= 1.4 * reach


def _share_of_line(line: NDArray[np.float64], point: Point) -> float:
    """Return t, 0 to 1, of the point of a line nearest to ``point``; its vertices ``(k, 2)`` are equidistant in t."""
    starts, steps = line[:-1], np.diff(line, axis=0)
    # A path between equal codes has segments of length 0.
    lengths = np.maximum((steps**2).sum(axis=1), 1e-30)
    shares = np.clip(((point - starts) * steps).sum(axis=1) / lengths, 0, 1)
    distances = ((starts + shares[:, None] * steps - point) ** 2).sum(axis=1)
    nearest = int(np.argmin(distances))
    return float((nearest + shares[nearest]) / len(starts))
