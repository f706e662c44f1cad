"""What one press of the mouse becomes: each gesture follows the moves and ends at the release."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from explorer.latent.plane.box import Box, Place
from explorer.session import Path, Session, View
from explorer.ui.plane.input.picker import Picker
from explorer.ui.plane.overlays.cursor_layer import CursorLayer
from explorer.ui.plane.overlays.cursor_marks import END_RADIUS

NOTHING_TO_SELECT = "{name} has no samples to select: its model has no encoder, so its points are draws from the prior"

DRAG_PIXELS = 4
"""At scale 1; a press that moves less is a click."""

_MODIFIERS = Qt.KeyboardModifier


class Gesture(ABC):
    """A press at a pixel of the plane; it becomes a drag when the mouse has moved by `DRAG_PIXELS`."""

    def __init__(self, session: Session, picker: Picker, at: QPointF) -> None:
        self.session, self.picker, self.pressed = session, picker, at
        self.dragging = False

    def move_to(self, at: QPointF) -> None:
        """Follow the mouse."""
        distance = (at - self.pressed).manhattanLength()
        self.dragging = self.dragging or distance >= DRAG_PIXELS * self.picker.camera.scale
        if self.dragging:
            self.drag(at)

    @abstractmethod
    def drag(self, at: QPointF) -> None:
        """Follow the mouse in a drag."""

    def release(self, at: QPointF) -> None:
        """End as one undo step."""
        self.session.commit()

    def cancel(self) -> None:
        """End, and restore the View from before the press."""
        self.session.cancel()


class ProbeGesture(Gesture):
    """Moves the probe: a press goes to the sample whose point is picked, else to the place; a drag goes to places.

    Parameters
    ----------
    exactly
        Whether the press goes to the place even if a point is picked.
    """

    def __init__(self, session: Session, picker: Picker, at: QPointF, *, exactly: bool = False) -> None:
        super().__init__(session, picker, at)
        session.preview(probe=picker.probe_at(at, exactly=exactly))

    def drag(self, at: QPointF) -> None:
        """Decode the place under the mouse."""
        self.session.preview(probe=self.picker.probe_at(at, exactly=True))


class PanGesture(Gesture):
    """Moves the plane with the mouse."""

    def __init__(self, session: Session, picker: Picker, at: QPointF) -> None:
        super().__init__(session, picker, at)
        self._last = at

    def drag(self, at: QPointF) -> None:
        """Keep the pressed place under the mouse."""
        self.picker.camera.pan(at - self._last)
        self._last = at


class BoxGesture(Gesture):
    """Selects the samples in a box; a click selects or toggles one sample.

    Parameters
    ----------
    tell
        Takes one sentence for the user.
    adding
        Whether the box adds to the selection.
    toggling
        Whether a click toggles its sample.
    """

    def __init__(
        self, session: Session, picker: Picker, at: QPointF, cursor: CursorLayer, tell: Callable[[str], None],
        *, adding: bool, toggling: bool,
    ) -> None:  # fmt: skip
        super().__init__(session, picker, at)
        self._cursor, self._tell = cursor, tell
        self._adding, self._toggling = adding, toggling
        self._corner = picker.camera.place_at(at)

    def drag(self, at: QPointF) -> None:
        """Draw the box."""
        (x, y), (other_x, other_y) = self._corner, self.picker.camera.place_at(at)
        self._cursor.set_box(Box(min(x, other_x), max(x, other_x), min(y, other_y), max(y, other_y)))

    def release(self, at: QPointF) -> None:
        """Select the samples."""
        codes, box = self.picker.codes, self._cursor.box
        self._cursor.set_box(None)
        if codes.here.codes.drawn:
            self._tell(NOTHING_TO_SELECT.format(name=codes.run.name if codes.run else ""))
        elif self.dragging and box is not None:
            rows = self.picker.points.hit.inside(box.left, box.right, box.bottom, box.top)
            self._select(codes.here.codes.index[rows].tolist())
        elif not self.dragging:
            self._click(self.picker.row_at(at))

    def cancel(self) -> None:
        """Drop the box."""
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
        """Move the end; on a point it becomes that sample."""
        end = self.picker.path_end_at(at)
        path = replace(self._path, start=end) if self._end == "start" else replace(self._path, end=end)
        self.session.preview(path=path)


class NewPathGesture(PathEndGesture):
    """Sets A at the press; a drag sets B at its release, else the next click does."""

    def __init__(self, session: Session, picker: Picker, at: QPointF) -> None:
        before = session.view.path
        path = Path(picker.codes.key, picker.path_end_at(at))
        if before is not None:
            path = replace(path, steps=before.steps, method=before.method)
        super().__init__(session, picker, at, path)
        self.session.preview(path=path)


class SecondEndGesture(PathEndGesture):
    """Sets B."""

    def __init__(self, session: Session, picker: Picker, at: QPointF, path: Path) -> None:
        super().__init__(session, picker, at, path)
        self.drag(at)


class SlideGesture(Gesture):
    """Moves t along the path of this plane, whose line is that of the cursor's marks."""

    def __init__(self, session: Session, picker: Picker, at: QPointF, cursor: CursorLayer, path: Path) -> None:
        super().__init__(session, picker, at)
        self._cursor, self._path = cursor, path

    def drag(self, at: QPointF) -> None:
        """Set t to where the path is nearest to the mouse."""
        line = np.array(self._cursor.marks.path)
        if len(line) < 2:
            return
        self.session.preview(path=replace(self._path, t=_share_of_line(line, self.picker.camera.place_at(at))))


def gesture_for(
    event: QMouseEvent, view: View, session: Session, picker: Picker, cursor: CursorLayer, tell: Callable[[str], None],
    *, pans: bool,
) -> Gesture | None:  # fmt: skip
    """Begin the gesture that the View's mode, the button and the modifier keys of a press ask for, if any.

    Parameters
    ----------
    tell
        Takes one sentence for the user.
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
        return BoxGesture(session, picker, at, cursor, tell, adding=adding, toggling=shift or control)
    if view.mode == "pan":
        return PanGesture(session, picker, at)
    if view.mode == "path":
        return _path_gesture(session, picker, at, cursor, view.path)
    return ProbeGesture(session, picker, at, exactly=bool(held & _MODIFIERS.AltModifier))


def _path_gesture(session: Session, picker: Picker, at: QPointF, cursor: CursorLayer, path: Path | None) -> Gesture:
    if path is None or path.run != picker.codes.key:
        return NewPathGesture(session, picker, at)
    marks = cursor.marks
    if _touches(picker, marks.start, at) and path.end is not None:
        return PathEndGesture(session, picker, at, path, "start")
    if _touches(picker, marks.end, at):
        return PathEndGesture(session, picker, at, path, "end")
    if _touches(picker, marks.here, at):
        return SlideGesture(session, picker, at, cursor, path)
    return SecondEndGesture(session, picker, at, path) if path.end is None else NewPathGesture(session, picker, at)


def _touches(picker: Picker, place: Place | None, at: QPointF) -> bool:
    if place is None:
        return False
    reach = (END_RADIUS + 2) * picker.camera.scale
    return (picker.camera.pixel_at(place) - at).manhattanLength() <= 1.4 * reach


def _share_of_line(line: NDArray[np.float64], place: Place) -> float:
    """Return t from 0 to 1 of the point of a line ``(k, 2)``, evenly spaced in t, that is nearest to a place."""
    starts, steps = line[:-1], np.diff(line, axis=0)
    lengths = np.maximum((steps**2).sum(axis=1), 1e-30)
    shares = np.clip(((place - starts) * steps).sum(axis=1) / lengths, 0, 1)
    distances = ((starts + shares[:, None] * steps - place) ** 2).sum(axis=1)
    nearest = int(np.argmin(distances))
    return float((nearest + shares[nearest]) / len(starts))
