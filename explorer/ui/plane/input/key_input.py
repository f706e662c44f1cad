"""Keyboard input of a plane."""

from PySide6.QtCore import QObject, QPointF, Qt, Slot
from PySide6.QtGui import QKeyEvent

from explorer.session import Probe
from explorer.ui.plane.input.mouse_input import MouseInput
from explorer.ui.plane.overlays.cursor_layer import CursorLayer
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.services.app_state import AppState

NUDGE, LONG_NUDGE = 3, 30
"""Distance in pixels by which an arrow key moves the probe, alone and with Shift."""
KEY_ZOOM = 1.2
"""Zoom factor of the + and − keys."""

_ARROWS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}


class KeyInput(QObject):
    """Translates the key events of one plane into changes of the session and of its camera."""

    def __init__(
        self, plot: PlotArea, codes: PaneCodes, cursor: CursorLayer, mouse: MouseInput, state: AppState
    ) -> None:
        super().__init__(plot)
        self._plot, self._codes, self._cursor, self._mouse = plot, codes, cursor, mouse
        self._session = state.session
        self._probing, self._paths = state.probing, state.paths
        # The release of the space bar goes elsewhere once the focus is lost; without this the plane would keep panning.
        plot.focus_lost.connect(self._release_space)

    def press(self, event: QKeyEvent) -> bool:
        """Handle a key; return False if it has no meaning here."""
        key, camera = Qt.Key(event.key()), self._plot.camera
        if key == Qt.Key.Key_Space:
            self._mouse.hold_space(True)
        elif key in _ARROWS:
            self._nudge(_ARROWS[key], far=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key == Qt.Key.Key_Escape:
            return self.clear_one()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return self._mouse.delete_waypoint()
        elif key in (Qt.Key.Key_S, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.follow_sample()
        elif key == Qt.Key.Key_R:
            self._probing.probe_random(self._codes.key)
        # On many keyboards + is Shift+=, so = zooms in too.
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Equal):
            factor = 1 / KEY_ZOOM if key == Qt.Key.Key_Minus else KEY_ZOOM
            camera.zoom(factor, self._plot.plot_rect().center())
        elif key == Qt.Key.Key_F:
            camera.fit()
        else:
            return False
        return True

    def release(self, event: QKeyEvent) -> bool:
        """Handle the release of a key; the moves of a held arrow key become one undo step."""
        # Qt sends a release for each repetition of a held key.
        if event.isAutoRepeat():
            return False
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            self._mouse.hold_space(False)
        elif key in _ARROWS:
            self._session.commit()
        else:
            return False
        return True

    def follow_sample(self) -> None:
        """Move the probe to the hovered sample, else to the sample nearest to the probe."""
        probe, projected, row = self._session.view.probe, self._codes.projected, self._cursor.hovered
        # Prefer the point under the mouse: the user looks there, and the probe may be out of view.
        if row is None and projected is not None and probe is not None and probe.run == self._codes.key:
            nearest = projected.codes.neighbours.nearest(probe.z)
            row = None if nearest is None else nearest.row
        if row is not None:
            self._session.set(probe=self._codes.probe_of_row(row))

    def clear_one(self) -> bool:
        """Cancel the gesture, else end the path, else shrink enlarged tabs or a pane.

        Otherwise clear the selection, the path or the probe: the first of them that exists.

        Returns
        -------
        bool
            False when there is nothing left to clear.
        """
        session = self._session
        if self._mouse.cancel():
            return True
        path = session.view.path
        if session.view.mode == "path" and path is not None and path.is_whole and not self._paths.is_ended:
            self._paths.end()
        elif session.view.tab_size == "enlarged":
            session.set_silent(tab_size="wide")
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

    @Slot()
    def _release_space(self) -> None:
        self._mouse.hold_space(False)

    def _nudge(self, direction: QPointF, *, far: bool) -> None:
        if self._codes.projected is None:
            return
        camera = self._plot.camera
        (across, up), length = camera.pixel_size(), LONG_NUDGE if far else NUDGE
        # Without a probe, the first arrow key starts from the centre of the view.
        x, y = self._cursor.marks.probe or camera.point_at(self._plot.plot_rect().center())
        # Pixels point down, latent units up.
        moved = (x + direction.x() * length * across, y - direction.y() * length * up)
        # A held key moves many times; its release makes one step of undo of them.
        self._session.preview(probe=Probe(self._codes.key, self._codes.code_at(moved)))
