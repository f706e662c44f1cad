"""The mouse on a plane: which press, move and wheel does what."""

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip

from explorer.session import View
from explorer.ui.plane.input.gestures import Gesture, gesture_for
from explorer.ui.plane.input.hover import Hover
from explorer.ui.plane.input.picker import Picker
from explorer.ui.plane.input.plane_menu import PlaneMenu
from explorer.ui.plane.overlays.cursor_layer import CursorLayer
from explorer.ui.plane.overlays.plane_notes import PlaneNotesItem
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.services.app_state import AppState

WHEEL_ZOOM = 1.0015
"""Factor per unit of the wheel; a notch is 120."""

_KINDS = QEvent.Type


class MouseInput(QObject):
    """Turns the mouse events of one plane into gestures, hovering, zoom, tooltips and its menu.

    1. `PlotArea` hands every event of its viewport to `handle`.
    2. A press makes this the active pane and begins the gesture that the View's mode, the button and the modifier
       keys ask for; in probe mode it previews a probe in the session at once.
    3. Moves go to the gesture, or to `Hover` while no button is pressed.
    4. The release ends the gesture, as one undo step. A double click undoes what its first click did, and fits.

    Attributes
    ----------
    space_held
        Whether a press pans in any mode, since the Space key is held.

    Signals
    -------
    save_wanted
        The plane is to be saved as a picture.
    """

    save_wanted = Signal()

    def __init__(
        self, plot: PlotArea, picker: Picker, cursor: CursorLayer, hover: Hover, notes: PlaneNotesItem, state: AppState
    ) -> None:
        super().__init__(plot)
        self._plot, self._picker, self._codes, self._cursor = plot, picker, picker.codes, cursor
        self._hover, self._notes, self._session = hover, notes, state.session
        self._state, self._messages = state, state.messages
        self._gesture: Gesture | None = None
        self._before_press: View | None = None
        self.space_held = False
        hover.row_changed.connect(self.refresh_cursor)
        plot.tabbed_into.connect(self.activate)

    def handle(self, event: QEvent) -> bool:
        """Handle an event of the viewport; return False to leave it to Qt."""
        kind = event.type()
        if isinstance(event, QMouseEvent):
            if kind == _KINDS.MouseButtonPress:
                self._press(event)
            elif kind == _KINDS.MouseMove:
                self._move(event)
            elif kind == _KINDS.MouseButtonRelease:
                self._release(event)
            elif event.button() == Qt.MouseButton.LeftButton:
                self._double_click()
        elif isinstance(event, QWheelEvent):
            self._wheel(event)
        elif isinstance(event, QContextMenuEvent):
            self._open_menu(event)
        elif isinstance(event, QHelpEvent) and kind == _KINDS.ToolTip:
            self._show_tip(event)
        else:
            if kind == _KINDS.Leave:
                self._hover.leave()
            return False
        event.accept()
        return True

    @Slot()
    def activate(self) -> None:
        """Make this the pane that the panels show."""
        self._plot.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._session.view.active != self._codes.index:
            self._session.set_silent(active=self._codes.index)

    @Slot()
    def refresh_cursor(self) -> None:
        """Show by the cursor what a press would do."""
        if self.space_held or self._session.view.mode == "pan":
            shape = Qt.CursorShape.ClosedHandCursor if self._gesture else Qt.CursorShape.OpenHandCursor
        else:
            picks = self._hover.row is not None and self._gesture is None
            shape = Qt.CursorShape.PointingHandCursor if picks else Qt.CursorShape.CrossCursor
        self._plot.viewport().setCursor(shape)

    def hold_space(self, held: bool) -> None:
        """Note whether the Space key is held."""
        self.space_held = held
        self.refresh_cursor()

    def cancel(self) -> bool:
        """Cancel the gesture; return False if there is none."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
        return gesture is not None

    # Events

    def _press(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            return
        self.activate()
        view = self._before_press = self._session.view
        self._gesture = gesture_for(
            event, view, self._session, self._picker, self._cursor, self._messages.notify, pans=self.space_held
        )
        self._hover.clear()
        self.refresh_cursor()

    def _move(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            self._gesture.move_to(event.position())
        else:
            self._hover.move_to(event.position())

    def _release(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.release(event.position())
        self.refresh_cursor()

    def _double_click(self) -> None:
        session, before = self._session, self._before_press
        if before is not None and session.can_undo and _undoable(before) != _undoable(session.view):
            session.undo()
        self._plot.camera.fit()

    def _wheel(self, event: QWheelEvent) -> None:
        self._hover.clear()
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            self._plot.camera.zoom(WHEEL_ZOOM**turned, event.position())

    def _open_menu(self, event: QContextMenuEvent) -> None:
        self.activate()
        self._hover.clear()
        menu = PlaneMenu(self._state, self._picker, QPointF(event.pos()), self._plot)
        menu.save_wanted.connect(self.save_wanted)
        menu.popup(event.globalPos())

    def _show_tip(self, event: QHelpEvent) -> None:
        """Show the whole of the notes that the corner has no room for."""
        at = QPointF(event.pos()) - self._plot.plot_rect().topLeft()
        QToolTip.showText(event.globalPos(), self._notes.tip_at(at), self._plot)


def _undoable(view: View) -> tuple[object, ...]:
    return view.probe, view.path, view.selection
