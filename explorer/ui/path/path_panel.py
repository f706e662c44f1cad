"""The path panel: from A to B through latent space as a film strip, with a slider, or playing.

1. The session holds the path: two ends, a method, the number of steps, and t. Every change goes through the session.
2. `PathDecodes` asks the model for the film, and again when weights change.
3. Slider, number box, strip and timer all set t; while the slider is down or the path plays, t is previewed, and one
   step of undo is made at the end.
4. If the probe follows the path, each change of t moves the probe as well, and the decode column shows the decode
   at t. Without a probe it begins to follow.
5. `PathSaver` writes the strip or an animation in the background.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtGui import QAction, QHideEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.interpolation import decoded_length
from explorer.session import Path, PathEnd, View
from explorer.ui.path.film_strip import Film
from explorer.ui.path.path_actions import enable
from explorer.ui.path.path_decodes import PathDecodes, moved, random_pair, swapped, with_start
from explorer.ui.path.path_frame import FRAME_MILLISECONDS, T_STEPS, PathFrame, phase_after, t_of
from explorer.ui.path.path_saver import PathSaver
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.playback import PaintHold, Playback

NO_PATH = "Choose the Path tool (4) and click two points on a plane: A, then B."
NO_END = "A is set. Click a second point with the Path tool (4), or set B to the probe."
NO_RUN = "The run of this path is not open. Open it, or start another path."
NO_CODES = "The path appears with the first codes of this run."


class PathPanel(QWidget):
    """Shows the session's path and moves along it."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.frame = PathFrame(themes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)
        self._store, self._session, self._marks = state.store, state.session, state.marks
        self._random = np.random.default_rng()
        self._decodes = PathDecodes(state, self)
        self._saver = PathSaver(state, self._decodes, self)
        self._speed = 1.0
        # By the clock: a slow decode makes the motion coarser, not slower.
        self._player = Playback(
            lambda phase, seconds: phase_after(phase, seconds * self._speed), FRAME_MILLISECONDS, self
        )
        self._painting = PaintHold(self)
        self._connect()
        state.session.listen(self.show_view)
        self._show_all()
        # A session may start with a path: nobody reports a change for it.
        self._decodes.ask_film()

    # What is shown

    def show_view(self, old: View, new: View) -> None:
        """Draw what has changed."""
        if old.path != new.path:
            if new.path is None or new.path.t != t_of(self._player.position):
                self._player.stop()  # t was moved by something else
            self._show_path()
            if self.frame.stack.currentIndex() == 0 and self.frame.strip.film is None:
                self._painting.begin()  # until the film has come
        if (old.probe, old.active, old.panes) != (new.probe, new.active, new.panes):
            self._show_actions()
        if old.probe_follows_path != new.probe_follows_path:
            self.frame.path_actions.follow.setChecked(new.probe_follows_path)

    @property
    def tools(self) -> QWidget:
        """Method and number of steps, which the lower row shows beside its tabs."""
        return self.frame.tools

    @property
    def playing(self) -> bool:
        """Whether t moves by itself."""
        return self._player.playing

    @Slot()
    def save_strip(self) -> None:
        """Ask for a file and save the film strip as PNG."""
        self._saver.save_strip(self._run(), self.frame.strip.film, dark=self._themes.theme.dark)

    @Slot()
    def save_gif(self) -> None:
        """Ask for a file and save the path as an animation."""
        self._saver.save_gif(self._run(), self.frame.strip.film, dark=self._themes.theme.dark)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop playing when the panel is hidden."""
        # Each frame would still cost a decode.
        super().hideEvent(event)
        self._player.stop()

    def _connect(self) -> None:
        actions = self.frame.path_actions
        actions.start_at_probe.triggered.connect(self._on_start_at_probe)
        actions.end_at_probe.triggered.connect(self._on_end_at_probe)
        actions.swap.triggered.connect(self._on_swap)
        actions.random.triggered.connect(self._on_random)
        actions.follow.triggered.connect(self._on_follow)
        actions.save_strip.triggered.connect(self.save_strip)
        actions.save_gif.triggered.connect(self.save_gif)
        actions.method_group.triggered.connect(self._on_method_action)
        actions.speed_group.triggered.connect(self._on_speed)
        self.frame.tools.method.activated.connect(self._on_method)
        self.frame.tools.steps.valueChanged.connect(self._on_steps)
        self.frame.try_button.clicked.connect(self._on_random)
        self.frame.play_button.clicked.connect(self._on_play)
        self.frame.slider.sliderPressed.connect(self._player.stop)
        self.frame.slider.valueChanged.connect(self._on_slid)
        self.frame.slider.sliderReleased.connect(self._on_released)
        self.frame.t_box.valueChanged.connect(self._on_typed)
        self.frame.strip.chosen.connect(self._on_frame)
        self._player.moved.connect(self._on_played)
        self._player.changed.connect(self._on_playing)
        self._decodes.film_came.connect(self._on_film)
        self._marks.changed.connect(self._show_path)
        for signal in (self._store.opened, self._store.closed, self._store.plane_changed):
            signal.connect(self._on_run)

    # Drawing

    def _run(self) -> OpenRun | None:
        path = self._decodes.path
        return None if path is None else self._store.runs[path.run]

    def _show_all(self) -> None:
        self.frame.path_actions.follow.setChecked(self._session.view.probe_follows_path)
        self._show_path()

    @Slot()
    def _show_path(self) -> None:
        # The session may hold a path whose run is closed: `wanted` is that of the session, `path` the usable one.
        path = self._decodes.path
        wanted = self._session.view.path
        whole = path is not None and path.end is not None
        if not whole:
            self._player.stop()
            self.frame.strip.show_film(None)
            self.frame.set_length("")
        self.frame.stack.setCurrentIndex(0 if whole else 1)
        self.frame.tools.setEnabled(whole)
        self.frame.take_probe.setVisible(path is not None)
        self.frame.empty_text.setText(self._why_no_film(wanted, path))
        self._show_title(path if whole else None)
        if path is not None:
            self._show_settings(path)
            self._show_t(path)
        self._show_actions()

    def _why_no_film(self, wanted: Path | None, path: Path | None) -> str:
        if wanted is None or path is not None:
            return NO_PATH if wanted is None else NO_END
        run = self._store.get(wanted.run)
        return NO_CODES if run is not None and run.plane is None else NO_RUN

    @Slot()
    def _show_title(self, path: Path | None) -> None:
        """Show the run with its mark, and what the path leads from and to."""
        run = self._run()
        if path is None or path.end is None or run is None:
            self.frame.set_title(None, "", "")
        else:
            words = f"from {end_words(run, path.start)} (A) to {end_words(run, path.end)} (B)"
            self.frame.set_title(self._marks.of(run.key), run.name, words)

    def _show_settings(self, path: Path) -> None:
        # Blocked: showing the path must not change it.
        with QSignalBlocker(self.frame.tools.steps):
            self.frame.tools.steps.setValue(path.steps)
        self.frame.tools.show_method(path.method)
        self.frame.path_actions.methods[path.method].setChecked(True)

    def _show_t(self, path: Path) -> None:
        with QSignalBlocker(self.frame.slider), QSignalBlocker(self.frame.t_box):
            # The dragged slider is the source of t; setting it back by rounding would make it stutter.
            if not self.frame.slider.isSliderDown():
                self.frame.slider.setValue(round(path.t * T_STEPS))
            self.frame.t_box.setValue(path.t)
        # t = 1 is the last of the steps' frames.
        self.frame.strip.show_current(round(path.t * (path.steps - 1)))

    def _show_actions(self) -> None:
        view, path, actions = self._session.view, self._decodes.path, self.frame.path_actions
        probed = view.probe is not None and view.probe.run in self._store.runs
        enable(actions.start_at_probe, "Set A to the probe", "" if probed else "Click a plane first")
        same = probed and path is not None and view.probe is not None and view.probe.run == path.run
        enable(actions.end_at_probe, "Set B to the probe", "" if same else "The probe is in another run")
        whole = path is not None and path.end is not None
        for action in (actions.swap, actions.save_strip, actions.save_gif):
            action.setEnabled(whole)
        why = "" if self._run_for_random() is not None else "The run in view has no codes yet"
        enable(actions.random, "Use a random sample and one of another class", why)
        self.frame.try_button.setEnabled(not why)
        drawn = (run := self._run_for_random()) is not None and run.plane is not None and run.plane.drawn
        self.frame.try_button.setText(f"Try it: two random {'draws' if drawn else 'samples'}")
        self.frame.try_button.setToolTip(why or "A path between two samples of different classes")

    @Slot(bool)
    def _on_playing(self, playing: bool) -> None:
        if not playing:
            # One step of undo for the whole time of playing.
            self._session.commit()
        self.frame.show_playing(playing)

    @Slot(object)
    def _on_film(self, decodes: NDArray[np.float32]) -> None:
        run = self._run()
        if run is None:
            return
        self.frame.strip.show_film(Film(decodes, run.description))
        self._painting.end()
        view = self._session.view
        if view.probe is None and view.path is not None:
            self._session.set_silent(**moved(view, view.path.t, self._decodes.path))
        length = decoded_length(decodes, run.description)
        self.frame.set_length(
            f"decoded length {length_text(length.value)}",
            f"How far the decode changes from A to B: the distances between consecutive decodes, summed over the "
            f"{len(decodes)} shown; {length.unit}",
        )

    @Slot(str)
    def _on_run(self, key: str) -> None:
        self._show_path()

    # Input from the user

    @Slot(int)
    def _on_slid(self, _: int) -> None:
        changes = self._moved(self.frame.slider.value() / T_STEPS)
        # While the slider is down t is previewed; the release makes the undo step.
        session = self._session
        (session.preview if self.frame.slider.isSliderDown() else session.set)(**changes)

    @Slot()
    def _on_released(self) -> None:
        self._session.commit()

    @Slot(float)
    def _on_typed(self, t: float) -> None:
        self._go_to(t)

    @Slot(int)
    def _on_frame(self, number: int) -> None:
        path = self._decodes.path
        if path is not None:
            self._go_to(number / (path.steps - 1))

    def _moved(self, t: float) -> dict[str, Any]:
        return moved(self._session.view, t, self._decodes.path)

    def _go_to(self, t: float) -> None:
        # Choosing t ends the playing; otherwise the next tick would replace it.
        self._player.stop()
        self._session.set(**self._moved(t))

    @Slot()
    def _on_play(self) -> None:
        path = self._decodes.path
        if self._player.playing:
            self._player.stop()
        elif path is not None and path.end is not None:
            self._player.start(path.t)

    @Slot(float)
    def _on_played(self, phase: float) -> None:
        # Previewed: stopping makes one step of undo.
        self._session.preview(**self._moved(t_of(phase)))

    @Slot(QAction)
    def _on_speed(self, action: QAction) -> None:
        speeds = {shown: speed for speed, shown in self.frame.path_actions.speeds.items()}
        self._speed = speeds[action]
        self.frame.speed_button.setText(action.text())

    @Slot(int)
    def _on_method(self, _: int) -> None:
        self._change(method=self.frame.tools.method.currentData())

    @Slot(QAction)
    def _on_method_action(self, action: QAction) -> None:
        names = {shown: name for name, shown in self.frame.path_actions.methods.items()}
        self._change(method=names[action])

    @Slot(int)
    def _on_steps(self, steps: int) -> None:
        self._change(steps=steps)

    def _change(self, **changes: object) -> None:
        if (path := self._decodes.path) is not None:
            self._session.set(path=replace(path, **changes))  # type: ignore[arg-type]

    @Slot()
    def _on_swap(self) -> None:
        if (path := self._decodes.path) is not None:
            self._session.set(path=swapped(path))

    @Slot()
    def _on_start_at_probe(self) -> None:
        probe = self._session.view.probe
        if probe is not None and probe.run in self._store.runs:
            path = with_start(self._decodes.path, probe.run, PathEnd(probe.z, probe.sample))
            self._session.set(path=path)

    @Slot()
    def _on_end_at_probe(self) -> None:
        probe, path = self._session.view.probe, self._decodes.path
        # Both ends must be codes of the same model.
        if probe is not None and path is not None and probe.run == path.run:
            self._change(end=PathEnd(probe.z, probe.sample))

    @Slot(bool)
    def _on_follow(self, checked: bool) -> None:
        session = self._session
        session.set_silent(probe_follows_path=checked)
        if checked and self._decodes.path is not None:
            session.set(**self._moved(self._decodes.path.t))

    def _run_for_random(self) -> OpenRun | None:
        run = self._run() or self._store.runs.get(self._session.view.active_run or "")
        return run if run is not None and run.plane is not None and len(run.plane.index) > 1 else None

    @Slot()
    def _on_random(self) -> None:
        run = self._run_for_random()
        if run is None or run.plane is None:
            return
        # A new pair keeps the chosen number of steps and method.
        old = self._session.view.path
        kept = {} if old is None else {"steps": old.steps, "method": old.method}
        start, end = random_pair(run.plane, self._random)
        self._session.set(path=replace(Path(run.key, start, end), **kept))  # type: ignore[arg-type]


def end_words(run: OpenRun, end: PathEnd) -> str:
    """Return what an end of a path is: the class or the name of its sample, or a point of latent space."""
    if end.sample is None or run.plane is None:
        return "a point"
    label = run.plane.label_of(run.plane.row_of(end.sample))
    name = run.description.class_name(label)
    return f"class {name}" if name else run.description.sample_title(end.sample)


def length_text(length: float) -> str:
    """Return a decoded length with three digits, and never in powers of ten."""
    return f"{length:,.0f}" if length >= 100 else f"{length:.3g}"
