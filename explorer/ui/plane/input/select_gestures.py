"""Gestures that select samples: by a box, by a lasso, or one by a click.

The keys that are held at the press choose what happens to the samples inside: see `operation_of`. A sign at the cursor
shows the operation during the drag. Samples of classes that the legend hides are not selected.
"""

from abc import abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt

from explorer.latent.groups.members import SetOperation, combined
from explorer.latent.plane.box import Box, Point
from explorer.session import Session, View
from explorer.ui.plane.input.gesture import Gesture, Picker
from explorer.ui.plane.overlays.cursor_layer import CursorLayer

NOTHING_TO_SELECT = "{name} has no samples to select: its model has no encoder, so its points are draws from the prior"
LASSO_PIXELS = 3
"""Minimum distance in pixels at scale 1 between two corners of a lasso."""
SIGNS: dict[SetOperation, str] = {"replace": "", "add": "+", "remove": "\N{MINUS SIGN}", "intersect": "∩"}
"""The sign at the cursor during a selection."""
STEPS: dict[SetOperation, str] = {
    "replace": "",
    "add": "add to the selection",
    "remove": "remove from the selection",
    "intersect": "intersect the selection",
}
"""Name of the undo step of each operation; "" for the default name."""

_MODIFIERS = Qt.KeyboardModifier


def operation_of(held: Qt.KeyboardModifier, *, selecting: bool = True) -> SetOperation:
    """Return the operation of the held keys: Shift or Ctrl adds, Alt or Ctrl+Alt removes, Shift+Alt intersects.

    ``selecting`` says whether a press selects without keys. Otherwise Shift alone only begins a selection.
    """
    # Test Alt first: Ctrl+Alt removes, while Ctrl alone adds.
    shift, alt = bool(held & _MODIFIERS.ShiftModifier), bool(held & _MODIFIERS.AltModifier)
    if alt:
        return "intersect" if shift else "remove"
    adds = bool(held & _MODIFIERS.ControlModifier) or (shift and selecting)
    return "add" if adds else "replace"


class SelectGesture(Gesture):
    """Selects the samples in an area; a click selects one sample, or toggles it.

    Parameters
    ----------
    notify
        Shows a sentence to the user.
    held
        The modifier keys that are held.
    """

    def __init__(
        self, session: Session, picker: Picker, at: QPointF, cursor: CursorLayer, notify: Callable[[str], None],
        held: Qt.KeyboardModifier,
    ) -> None:  # fmt: skip
        super().__init__(session, picker, at)
        self._cursor, self._notify = cursor, notify
        self._operation = operation_of(held, selecting=session.view.mode == "select")
        self._plain = not held & (_MODIFIERS.ShiftModifier | _MODIFIERS.ControlModifier | _MODIFIERS.AltModifier)
        # In latent units, so that the area stays put if the view moves during the drag.
        self._start = picker.camera.point_at(at)

    @property
    def sign(self) -> str:
        """The sign at the cursor."""
        return SIGNS[self._operation]

    def release(self, at: QPointF) -> None:
        """Select the samples in the area, or the clicked one."""
        codes = self.picker.codes
        rows = self.rows_inside() if self.dragging else None
        self._cursor.clear_area()
        if codes.here.codes.drawn:
            self._notify(NOTHING_TO_SELECT.format(name=codes.run.name if codes.run else ""))
        elif rows is not None:
            self._select(codes.here.codes.index[rows])
        else:
            self._click(self.picker.row_at(at))

    def cancel(self) -> None:
        """Remove the area; the selection is unchanged."""
        self._cursor.clear_area()

    @abstractmethod
    def rows_inside(self) -> NDArray[np.intp]:
        """Return the rows of the points in the area."""

    def _select(self, samples: NDArray[np.int64]) -> None:
        found = combined(self._operation, self.session.view.selection, samples)
        self.session.set_step(STEPS[self._operation], selection=tuple(found.tolist()))

    def _click(self, row: int | None) -> None:
        if row is None:
            if self._plain:
                self.session.set(selection=())
            return
        sample, selection = int(self.picker.codes.here.codes.index[row]), self.session.view.selection
        if self._plain:
            self.session.set(selection=(sample,), probe=self.picker.codes.probe_of_row(row))
        elif self._operation in ("add", "replace"):
            self.session.set(selection=tuple(sorted({*selection} ^ {sample})))
        else:
            self._select(np.array([sample]))


class BoxGesture(SelectGesture):
    """Selects the samples in a box from the press to the cursor."""

    _box: Box | None = None

    def drag(self, at: QPointF) -> None:
        """Draw the box."""
        (x, y), (other_x, other_y) = self._start, self.picker.camera.point_at(at)
        self._box = Box(min(x, other_x), max(x, other_x), min(y, other_y), max(y, other_y))
        self._cursor.set_area(box=self._box, sign=self.sign, at=(other_x, other_y))

    def rows_inside(self) -> NDArray[np.intp]:
        """Return the rows of the points in the box, its edges included."""
        box = self._box
        if box is None:
            return np.empty(0, np.intp)
        return self.picker.points.hit.inside(box.left, box.right, box.bottom, box.top)


class LassoGesture(SelectGesture):
    """Selects the samples inside a line that follows the mouse and is closed back to the press."""

    _corners: tuple[Point, ...] = ()
    _last = QPointF()

    def drag(self, at: QPointF) -> None:
        """Draw the line."""
        corners, here = self._corners or (self._start,), self.picker.camera.point_at(at)
        # Otherwise a slow drag gives thousands of corners, each of which is tested against all points.
        far = (at - self._last).manhattanLength() >= LASSO_PIXELS * self.picker.camera.scale
        if not self._corners or far:
            self._corners, self._last = (*corners, here), at
        self._cursor.set_area(lasso=(*self._corners, here), sign=self.sign, at=here)

    def rows_inside(self) -> NDArray[np.intp]:
        """Return the rows of the points inside the line, by the even–odd rule."""
        return self.picker.points.hit.inside_lasso(self._corners)


def select_gesture(
    session: Session, picker: Picker, at: QPointF, cursor: CursorLayer, notify: Callable[[str], None],
    held: Qt.KeyboardModifier, view: View,
) -> SelectGesture:  # fmt: skip
    """Return the gesture of the View's shape, a box or a lasso."""
    kind = LassoGesture if view.select_by == "lasso" else BoxGesture
    return kind(session, picker, at, cursor, notify, held)
