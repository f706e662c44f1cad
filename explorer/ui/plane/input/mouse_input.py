"""The hand on a plane: which press, wheel and key does what."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from explorer.session import View
from explorer.ui.plane.input.gestures import (
    BoxGesture,
    Gesture,
    NewPathGesture,
    PanGesture,
    PathEndGesture,
    ProbeGesture,
    SecondEndGesture,
    SlideGesture,
)
from explorer.ui.plane.overlays.cursor_marks import END_RADIUS

if TYPE_CHECKING:
    from explorer.ui.plane.latent_plane import LatentPlane

WHEEL_ZOOM = 1.0015
"""Factor per unit of the wheel; a notch is 120."""

NUDGE, LONG_NUDGE = 3, 30
"""Pixels that an arrow key moves the probe, alone and with Shift."""

WORDS = (
    "Click or drag: decode that place. Click a ringed point: follow its sample; Alt+click: exactly the place. "
    "Wheel: zoom. Middle-drag or Space+drag: pan. Shift+drag: select. Double-click: fit. Arrow keys: nudge the probe. "
    "R: random z. S: follow the nearest sample. Esc: clear."
)

_ARROWS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}
_MODIFIERS = Qt.KeyboardModifier


class MouseInput(QObject):
    """Turns the events of one plane into gestures and session updates.

    In the mode of the probe a click on a ringed point follows its sample, a click on empty ground, Alt+click and every
    drag decode places. `WORDS` says all of it to the user.
    """

    def __init__(self, plane: "LatentPlane") -> None:
        super().__init__(plane)
        self._plane = plane
        self._gesture: Gesture | None = None
        self._space = False
        self._before_press: View | None = None

    @property
    def busy(self) -> bool:
        """Whether a gesture goes on."""
        return self._gesture is not None

    @property
    def grasps(self) -> bool:
        """Whether a press would pull the plane: in that mode, or while Space is held."""
        return self._space or self._plane.state.session.view.mode == "pan"

    def press(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        if self._gesture is not None:
            return
        self._before_press = self._plane.state.session.view
        self._plane.activate()
        self._gesture = self._gesture_for(event)
        self._plane.refresh_cursor()

    def move(self, event: QMouseEvent) -> None:
        """Go on with the gesture."""
        if self._gesture is not None:
            self._gesture.move_to(event.position())

    def release(self, event: QMouseEvent) -> None:
        """End the gesture."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.release(event.position())
        self._plane.refresh_cursor()

    def double_click(self) -> None:
        """Fit; what the first of the two clicks did is taken back."""
        session, before = self._plane.state.session, self._before_press
        if before is not None and session.can_undo and _undoable(before) != _undoable(session.view):
            session.undo()
        self._plane.fit()

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom at the cursor."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            self._plane.zoom(WHEEL_ZOOM**turned, event.position())

    def key_press(self, event: QKeyEvent) -> bool:
        """Do what a key says; False for one that says nothing here."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            self._space = True
            self._plane.refresh_cursor()
        elif key in _ARROWS:
            self._nudge(_ARROWS[key], far=bool(event.modifiers() & _MODIFIERS.ShiftModifier))
        elif key == Qt.Key.Key_Escape:
            return self.clear_one()
        elif key in (Qt.Key.Key_S, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._plane.follow_sample()
        elif key == Qt.Key.Key_R:
            self._plane.state.probing.probe_random(self._plane.key)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Equal):
            self._plane.zoom(1 / 1.2 if key == Qt.Key.Key_Minus else 1.2, self._plane.plot_rect().center())
        elif key == Qt.Key.Key_F:
            self._plane.fit()
        else:
            return False
        return True

    def key_release(self, event: QKeyEvent) -> bool:
        """End what a held key did; the moves of a held arrow are one undo step."""
        if event.isAutoRepeat():
            return False
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            self._space = False
            self._plane.refresh_cursor()
        elif key in _ARROWS:
            self._plane.state.session.commit()
        else:
            return False
        return True

    def let_go(self) -> None:
        """Forget held keys when the keyboard goes elsewhere."""
        self._space = False
        self._plane.refresh_cursor()

    def clear_one(self) -> bool:
        """Clear the gesture, else leave the enlarged pane, else clear the selection, the path, the probe.

        False when there is nothing left.
        """
        session = self._plane.state.session
        if self._gesture is not None:
            self._gesture.cancel()
            self._gesture = None
        elif session.view.enlarged and len(session.view.panes) > 1:
            session.set_silent(enlarged=False)
        elif session.view.selection:
            session.set(selection=())
        elif session.view.path is not None:
            session.set(path=None)
        elif session.view.probe is not None:
            session.set(probe=None)
        else:
            return False
        return True

    def _gesture_for(self, event: QMouseEvent) -> Gesture | None:
        plane, at, held = self._plane, event.position(), event.modifiers()
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self._space):
            return PanGesture(plane, at)
        if not left or plane.placed is None:
            return None
        mode = plane.state.session.view.mode
        shift, control = bool(held & _MODIFIERS.ShiftModifier), bool(held & _MODIFIERS.ControlModifier)
        if shift or control or mode == "select":
            adding = control or (shift and mode == "select")
            return BoxGesture(plane, at, adding=adding, toggling=shift or control)
        if mode == "pan":
            return PanGesture(plane, at)
        if mode == "path":
            return self._path_gesture(at)
        return ProbeGesture(plane, at, exactly=bool(held & _MODIFIERS.AltModifier))

    def _path_gesture(self, at: QPointF) -> Gesture:
        plane = self._plane
        path = plane.state.session.view.path
        if path is None or path.run != plane.key:
            return NewPathGesture(plane, at)
        marks = plane.marks_item.marks
        if self._touches(marks.start, at) and path.end is not None:
            return PathEndGesture(plane, at, path, "start")
        if self._touches(marks.end, at):
            return PathEndGesture(plane, at, path, "end")
        if self._touches(marks.here, at):
            return SlideGesture(plane, at, path)
        return SecondEndGesture(plane, at, path) if path.end is None else NewPathGesture(plane, at)

    def _touches(self, place: tuple[float, float] | None, at: QPointF) -> bool:
        if place is None:
            return False
        reach = (END_RADIUS + 2) * self._plane.themes.scale
        return (self._plane.pixel_at(place) - at).manhattanLength() <= 1.4 * reach

    def _nudge(self, way: QPointF, *, far: bool) -> None:
        plane = self._plane
        if plane.placed is None:
            return
        place = plane.marks_item.marks.probe
        (across, up), length = plane.pixel_size(), LONG_NUDGE if far else NUDGE
        x, y = place or plane.place_at(plane.plot_rect().center())
        moved = (x + way.x() * length * across, y - way.y() * length * up)
        plane.state.probing.probe_place(plane.key, plane.code_of_place(moved), drag=True)


def _undoable(view: View) -> tuple[object, ...]:
    return view.probe, view.path, view.selection
