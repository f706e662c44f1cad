"""Mouse input of a plane, from the press to the preview in the session, and the plane's context menu."""

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QCursor, QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from explorer.jobs.plane.path_edits import is_full, same_settings, with_added, with_inserted
from explorer.latent.plane.cursor_marks import waypoint_name
from explorer.latent.plane.overlay_parts import Outside
from explorer.session import Path, View
from explorer.ui.counterfactual.counterfactual_words import why_not
from explorer.ui.plane.input.gesture import Gesture, Picker
from explorer.ui.plane.input.gestures import gesture_for
from explorer.ui.plane.input.hover import Hover
from explorer.ui.plane.input.path_gestures import waypoint_at, waypoint_on_line
from explorer.ui.plane.overlays.cursor_layer import CursorLayer
from explorer.ui.plane.overlays.overlay_layer import OverlayLayer
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.services.app_state import AppState
from explorer.ui.widgets.identity import set_identity


class PlaneMenu(QMenu):
    """Offers the actions for one pixel of a plane; deletes itself when it closes.

    Signals
    -------
    save_wanted
        The user wants to save the plane as a picture.
    """

    save_wanted = Signal()

    def __init__(self, state: AppState, picker: Picker, cursor: CursorLayer, at: QPointF, parent: QWidget) -> None:
        super().__init__(parent)
        set_identity(self, "plane_menu", accessible="At this point")
        self._picker, self._codes, self._at = picker, picker.codes, at
        self._session, self._probing, self._paths = state.session, state.probing, state.paths
        self._pins, self._counterfactuals = state.pins, state.counterfactuals
        self.setToolTipsVisible(True)
        self._waypoint = waypoint_at(picker, cursor, at)
        self._on_line = waypoint_on_line(picker, cursor, at, state.paths) if self._waypoint is None else None
        # Found now: by the time of the choice, a training may have moved the points.
        self._row = picker.row_at(at) if self._codes.projected is not None else None
        if self._codes.projected is not None:
            self._fill()
        self._add("fit", "Fit")
        self._add("save", "Save plane as picture…")
        self.triggered.connect(self._on_triggered)
        # deleteLater, since Qt emits `triggered` only after `aboutToHide`.
        self.aboutToHide.connect(self.deleteLater)

    def _fill(self) -> None:
        path = self._session.view.path
        if self._row is not None:
            sample = self._codes.sample_of(self._row)
            self._add("follow", "Decode this prior draw" if sample is None else f"Follow {self._title(sample)}")
        self._add("point", "Decode exactly this point")
        self._fill_pins()
        self.addSeparator()
        self._add("start", "Start a path here (A)")
        if path is not None:
            self._fill_path(path)
        self.addSeparator()
        run = self._codes.run
        drawn = (
            "from the prior"
            if run is not None and run.capabilities.prior
            else "uniform over the range of the codes: no prior"
        )
        self._add("random", f"Random z ({drawn})")

    def _fill_pins(self) -> None:
        sample = None if self._row is None else self._codes.sample_of(self._row)
        self._add("pin", "Pin this point" if sample is None else f"Pin {self._title(sample)}")
        if sample is not None:
            action = self._add("counterfactual", "Nearest code with another class…")
            why = why_not(self._codes.run, self._codes.probe_of_row(self._row)) if self._row is not None else ""
            action.setEnabled(not why)
            action.setToolTip(why)

    def _fill_path(self, path: Path) -> None:
        if self._waypoint is not None:
            self._add("delete", f"Delete waypoint {waypoint_name(self._waypoint)}")
        elif self._on_line is not None and not is_full(path):
            self._add("insert", "Insert a waypoint here")
        elif path.run == self._codes.key and not is_full(path):
            self._add("end", f"Add waypoint {waypoint_name(len(path.waypoints))} here")

    def _title(self, sample: int) -> str:
        run = self._codes.run
        return f"sample {sample}" if run is None else run.description.sample_title(sample)

    def _add(self, name: str, text: str) -> QAction:
        action = self.addAction(text)
        action.setData(name)
        return action

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        session, picker = self._session, self._picker
        match action.data():
            case "follow" if self._row is not None:
                session.set(probe=self._codes.probe_of_row(self._row))
            case "point":
                session.set(probe=picker.probe_at(self._at, exactly=True))
            case "pin":
                found = None if self._row is None else self._codes.probe_of_row(self._row)
                self._pins.pin_probe(found or picker.probe_at(self._at, exactly=True))
            case "counterfactual" if self._row is not None:
                if (sample := self._codes.sample_of(self._row)) is not None:
                    self._counterfactuals.wanted.emit(self._codes.key, sample)
            case "start":
                begun = Path(self._codes.key, (picker.waypoint_at(self._at),))
                session.set(path=same_settings(begun, session.view.path))
                self._paths.begin()
            case "end" if session.view.path is not None:
                session.set(path=with_added(session.view.path, picker.waypoint_at(self._at)))
            case "insert" if session.view.path is not None and self._on_line is not None:
                session.set(path=with_inserted(session.view.path, *self._on_line))
            case "delete" if self._waypoint is not None:
                self._paths.delete(self._waypoint)
            case "random":
                self._probing.probe_random(self._codes.key)
            case "fit":
                picker.camera.fit()
            case "save":
                self.save_wanted.emit()


WHEEL_ZOOM = 1.0015
"""Zoom factor per unit of the wheel; one notch is 120 units."""

SHOW_OUTSIDE = "Click to show them; double-click the plane to fit the codes again"
_KINDS = QEvent.Type


class MouseInput(QObject):
    """Translates the mouse events of one plane into gestures, hovering, zooming, tooltips and its menu.

    1. `PlotArea` passes every event of its viewport to `handle`.
    2. A press makes this the active pane and begins a gesture, chosen by the View's mode, the button and the modifier
       keys; in probe mode the gesture previews a probe in the session immediately.
    3. Moves go to the gesture, or to `Hover` while no button is pressed.
    4. The release ends the gesture as one undo step. A double click undoes the effect of its first click, then fits.

    Attributes
    ----------
    space_held
        Whether the space bar is held, so that a press pans in any mode.

    Signals
    -------
    save_wanted
        The user wants to save the plane as a picture.
    """

    save_wanted = Signal()

    def __init__(
        self, plot: PlotArea, picker: Picker, cursor: CursorLayer, hover: Hover, overlays: OverlayLayer, state: AppState
    ) -> None:
        super().__init__(plot)
        self._plot, self._picker, self._codes, self._cursor = plot, picker, picker.codes, cursor
        self._hover, self._notes, self._lit, self._session = hover, overlays.notes, overlays.lit, state.session
        self._state, self._messages = state, state.messages
        self._gesture: Gesture | None = None
        self._before_press: View | None = None
        self.space_held = False
        self._over_count = False  # whether the mouse is over a line that counts things outside
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
            # The remaining kind is the double click.
            elif event.button() == Qt.MouseButton.LeftButton:
                self._double_click()
        elif isinstance(event, QWheelEvent):
            self._wheel(event)
        elif isinstance(event, QContextMenuEvent):
            self._open_menu(event)
        elif isinstance(event, QHelpEvent) and kind == _KINDS.ToolTip:
            self._show_tip(event)
        else:
            # Qt still has to see this event, so it is not accepted.
            if kind == _KINDS.Leave:
                self._hover.leave()
                self._lit.point_at(None)
            return False
        event.accept()
        return True

    @Slot()
    def activate(self) -> None:
        """Make this the active pane and give its plot the focus."""
        self._plot.setFocus(Qt.FocusReason.MouseFocusReason)
        # Which pane is active is no undo step.
        if self._session.view.active != self._codes.index:
            self._session.set_silent(active=self._codes.index)

    @Slot()
    def refresh_cursor(self) -> None:
        """Set the cursor's shape to match what a press would do."""
        if self._over_count:
            shape = Qt.CursorShape.PointingHandCursor
        elif self.space_held or self._session.view.mode == "pan":
            shape = Qt.CursorShape.ClosedHandCursor if self._gesture else Qt.CursorShape.OpenHandCursor
        else:
            picks = self._hover.row is not None and self._gesture is None
            shape = Qt.CursorShape.PointingHandCursor if picks else Qt.CursorShape.CrossCursor
        self._plot.viewport().setCursor(shape)

    def hold_space(self, held: bool) -> None:
        """Set whether the space bar is held."""
        self.space_held = held
        self.refresh_cursor()

    def cancel(self) -> bool:
        """Cancel the gesture; return False without one."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
        return gesture is not None

    # Events

    def _press(self, event: QMouseEvent) -> None:
        # A second button during a drag does not begin another gesture.
        if self._gesture is not None:
            return
        # With a key held, a press begins a drag wherever it is.
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers() and not self.space_held
        # What is pressed, before the activation can move anything below the mouse.
        outside = self._outside_at(event.position()) if plain else None
        self.activate()
        if outside is not None:
            self._plot.camera.reveal(outside.box)
            return
        # Kept for the double click: its first press has already moved the probe.
        view = self._before_press = self._session.view
        self._gesture = gesture_for(
            event,
            view,
            self._session,
            self._picker,
            self._cursor,
            self._messages.notify,
            self._state.paths,
            pans=self.space_held,
        )
        self._hover.clear()
        self.refresh_cursor()

    def _move(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            self._gesture.move_to(event.position())
            return
        over = self._outside_at(event.position()) is not None
        if over != self._over_count:
            self._over_count = over
            self.refresh_cursor()
        if over:
            self._hover.clear()
        else:
            self._hover.move_to(event.position())
            self._lit.point_at(event.position())

    def _outside_at(self, pixel: QPointF) -> Outside | None:
        """Return the things outside that the line at a pixel of the plot counts."""
        return next((outside for box, outside in self._plot.ticks.lines if box.contains(pixel)), None)

    def _release(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.release(event.position())
        self.refresh_cursor()

    def delete_waypoint(self) -> bool:
        """Delete the waypoint under the mouse, else the chosen one; return False if there is neither."""
        at = self._plot.viewport().mapFromGlobal(QCursor.pos())
        under = waypoint_at(self._picker, self._cursor, QPointF(at)) if self._plot.viewport().underMouse() else None
        index = self._state.paths.chosen if under is None else under
        if index is not None:
            self._state.paths.delete(index)
        return index is not None

    def _double_click(self) -> None:
        session, before = self._session, self._before_press
        if session.view.mode == "path" and not self._state.paths.is_ended and self._state.paths.close_loop():
            return
        if before is not None and session.can_undo and _undoable(before) != _undoable(session.view):
            session.undo()
        self._plot.camera.fit()

    def _wheel(self, event: QWheelEvent) -> None:
        self._hover.clear()
        # With Alt, some platforms turn the vertical wheel into a horizontal one.
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            self._plot.camera.zoom(WHEEL_ZOOM**turned, event.position())

    def _open_menu(self, event: QContextMenuEvent) -> None:
        self.activate()
        self._hover.clear()
        menu = PlaneMenu(self._state, self._picker, self._cursor, QPointF(event.pos()), self._plot)
        menu.save_wanted.connect(self.save_wanted)
        menu.popup(event.globalPos())

    def _show_tip(self, event: QHelpEvent) -> None:
        """Show the overlay notes in full, which the corner may cut, or what a click on a count does."""
        at = QPointF(event.pos())
        tip = self._notes.tip_at(at - self._plot.plot_rect().topLeft())
        QToolTip.showText(event.globalPos(), SHOW_OUTSIDE if self._outside_at(at) is not None else tip, self._plot)


def _undoable(view: View) -> tuple[object, ...]:
    return view.probe, view.path, view.selection
