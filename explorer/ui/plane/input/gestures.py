"""Gestures: each begins with a press of the mouse, follows its moves and ends with its release.

1. `gesture_for` chooses the gesture from the View's mode, the button and the modifier keys.
2. Its constructor acts on the press, for example previews the probe there.
3. `Gesture.move_to` turns a press into a drag after `DRAG_PIXELS`, and passes each further move to `drag`.
4. `drag` previews changes in the session: planes and panels follow, but no undo step is made.
5. A `Picker` tells what is at a pixel: the row of a sample, or a point and its z.
6. `release` commits all previews as one undo step; `cancel` restores the View from before the press.
"""

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from explorer.session import Session, View
from explorer.ui.plane.input.gesture import Gesture, Picker
from explorer.ui.plane.input.path_gestures import path_gesture
from explorer.ui.plane.input.select_gestures import select_gesture
from explorer.ui.plane.overlays.cursor_layer import CursorLayer
from explorer.ui.services.paths import Paths

_MODIFIERS = Qt.KeyboardModifier


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


def gesture_for(
    event: QMouseEvent, view: View, session: Session, picker: Picker, cursor: CursorLayer,
    notify: Callable[[str], None], paths: Paths, *, pans: bool,
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
    # Panning first: it works even on a plane that still waits for its codes.
    if event.button() == Qt.MouseButton.MiddleButton or (left and pans):
        return PanGesture(session, picker, at)
    if not left or picker.codes.projected is None:
        return None
    shift, control = bool(held & _MODIFIERS.ShiftModifier), bool(held & _MODIFIERS.ControlModifier)
    # Modifier keys select in every mode, so that the user need not change the tool.
    if shift or control or view.mode == "select":
        return select_gesture(session, picker, at, cursor, notify, held, view)
    if view.mode == "pan":
        return PanGesture(session, picker, at)
    if view.mode == "path":
        return path_gesture(session, picker, at, cursor, paths)
    return ProbeGesture(session, picker, at, exactly=bool(held & _MODIFIERS.AltModifier))
