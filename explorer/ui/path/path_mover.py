"""Moves t along the path: by slider, number box, pictures, plots, keys, and by playing."""

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction

from explorer.ui.path.path_frame import PathFrame
from explorer.ui.path.path_play import FRAME_MILLISECONDS, phase_after, t_of
from explorer.ui.services.app_state import AppState
from explorer.ui.widgets.playback import Playback


class PathMover(QObject):
    """Sets t of the session's path; playing moves it by itself."""

    def __init__(self, state: AppState, frame: PathFrame, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._paths, self._frame = state.session, state.paths, frame
        self._speed = 1.0
        # t follows the clock, so a slow decode makes the motion coarser, not slower.
        self.player = Playback(self._next_phase, FRAME_MILLISECONDS, self)
        frame.playing.play.clicked.connect(self._on_play)
        frame.slider.sliderPressed.connect(self.player.stop)
        frame.slider.valueChanged.connect(self._on_slid)
        frame.slider.sliderReleased.connect(self._session.commit)
        frame.t_box.valueChanged.connect(self.go_to)
        frame.measures.chosen.connect(self.go_to)
        frame.key_pressed.connect(self._on_key)
        frame.path_actions.speed_group.triggered.connect(self._on_speed)
        for strip in frame.strips:
            strip.chosen.connect(self.go_to)
        self.player.moved.connect(self._on_played)
        self.player.changed.connect(self._on_playing)

    @Slot(int)
    def _on_slid(self, _: int) -> None:
        changes = self._paths.moved(self._frame.slider.t)
        # While the slider is down t is previewed; the release makes the undo step.
        session = self._session
        (session.preview if self._frame.slider.isSliderDown() else session.set)(**changes)

    @Slot(float)
    def go_to(self, t: float) -> None:
        """Move to a t as one step of undo."""
        # Choosing t ends the playing; otherwise the next tick would replace it.
        self.player.stop()
        self._session.set(**self._paths.moved(t))

    @Slot(int)
    def _on_key(self, key: int) -> None:
        path = self._session.view.path
        if path is None or self._frame.stack.currentIndex() != 0:
            return
        frames, strip = self._frame.strips[0].positions, self._frame.strips[0]
        match key:
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                # Start from the nearest step, as t may lie between two.
                step = round(path.t * path.steps) + (1 if key == Qt.Key.Key_Right else -1)
                self.go_to(step / path.steps)
            case Qt.Key.Key_Home | Qt.Key.Key_End:
                self.go_to(float(key == Qt.Key.Key_End))
            case Qt.Key.Key_Comma | Qt.Key.Key_Period:
                frame = strip.current + (1 if key == Qt.Key.Key_Period else -1)
                self.go_to(float(frames[min(max(frame, 0), len(frames) - 1)]))
            case _:
                self._on_play()

    @Slot()
    def _on_play(self) -> None:
        path = self._session.view.path
        if self.player.playing:
            self.player.stop()
        elif path is not None and path.is_whole:
            # If t is at the end, *Once* begins again at A.
            at_end = path.t >= 1 and self._frame.playing.play_mode != "bounce"
            self.player.start(0.0 if at_end else path.t)

    def _next_phase(self, phase: float, seconds: float) -> float | None:
        path = self._session.view.path
        # A loop has one more segment, from the last waypoint back to A.
        pieces = 1 if path is None else max(1, len(path.waypoints) - 1 + path.closed)
        return phase_after(phase, seconds * self._speed, pieces, self._frame.playing.play_mode)

    @Slot(float)
    def _on_played(self, phase: float) -> None:
        # Previewed: stopping makes one step of undo.
        self._session.preview(**self._paths.moved(t_of(phase)))

    @Slot(bool)
    def _on_playing(self, playing: bool) -> None:
        if not playing:
            # One step of undo for the whole time of playing.
            self._session.commit()
        self._frame.playing.show_playing(playing)

    @Slot(QAction)
    def _on_speed(self, action: QAction) -> None:
        speeds = {shown: speed for speed, shown in self._frame.path_actions.speeds.items()}
        self._speed = speeds[action]
        self._frame.playing.speed.setText(action.text())
