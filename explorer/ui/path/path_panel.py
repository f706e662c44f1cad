"""The path panel: waypoints, film strips, the slider of t, and what is measured along the path.

1. The session holds the path. `PathEditor` changes it; `Paths`, a service, has its curves and measures.
2. `PathFilms` asks the model for the frames that fit into the strips, and again when weights change. While a waypoint
   is dragged only they are asked for; lengths and measures follow once the path is at rest.
3. Slider, number box, strips, plots, keys and timer all set t; while the slider is down or the path plays, t is
   previewed, and one step of undo is made at the end.
4. If the probe follows the path, each change of t moves the probe as well, and the decode column shows the decode
   at t. Without a probe it begins to follow.
5. `PathSaver` writes pictures, films and numbers in the background.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.jobs.plane.drawn_path import methods_of
from explorer.jobs.runs.open_run import OpenRun
from explorer.session import Path, View
from explorer.ui.decode.decode_state import why_no_decode
from explorer.ui.path.over_t.film_strip import Film
from explorer.ui.path.over_t.nearest_line import nearest_texts
from explorer.ui.path.over_t.path_slider import T_STEPS
from explorer.ui.path.path_actions import METHODS
from explorer.ui.path.path_editor import PathEditor
from explorer.ui.path.path_film import ROWS, PathFilms
from explorer.ui.path.path_frame import PathFrame
from explorer.ui.path.path_mover import PathMover
from explorer.ui.path.path_play import t_of
from explorer.ui.path.path_saver import PathSaver
from explorer.ui.path.path_words import (
    NO_CODES,
    NO_END,
    NO_PATH,
    NO_RUN,
    excess_text,
    length_text,
    length_tip,
    row_length,
    title_forms,
    why_absent,
)
from explorer.ui.path.waypoint_pictures import WaypointPictures
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.choices import show_choice
from explorer.ui.widgets.identity import enable
from explorer.ui.widgets.playback import PaintHold

if TYPE_CHECKING:
    from collections.abc import Callable

CANCELLED = "Cancelled: a straight line is shown instead. Choose the method again to compute the curve"


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
        self._paths, self._messages = state.paths, state.messages
        self._editor, self._films = PathEditor(state, self), PathFilms(state, self)
        self._saver = PathSaver(state, self)
        self._pictures = WaypointPictures(state, self._films, themes, self)
        self._mover = PathMover(state, self.frame, self)
        self._player = self._mover.player
        self._painting = PaintHold(self)
        self._connect_actions()
        self._connect()
        state.session.listen(self.show_view)
        self.frame.path_actions.follow.setChecked(state.session.view.probe_follows_path)
        self._show_path()

    # What is shown

    def show_view(self, old: View, new: View) -> None:
        """Draw what has changed."""
        if old.path != new.path or old.condition != new.condition:
            # Playing sets t as well, and must not stop itself.
            if new.path is None or new.path.t != t_of(self._player.position):
                self._player.stop()  # t was moved by something else
            if _shape(old) == _shape(new) and old.path is not None:
                self._show_t()
            else:
                self._show_path()
        if (old.probe, old.active, old.panes) != (new.probe, new.active, new.panes):
            self._show_actions()
        if old.probe_follows_path != new.probe_follows_path:
            self.frame.path_actions.follow.setChecked(new.probe_follows_path)

    @property
    def tools(self) -> QWidget:
        """The method, which the row of tabs shows beside its tabs."""
        return self.frame.tools

    @property
    def playing(self) -> bool:
        """Whether t moves by itself."""
        return self._player.playing

    def export_actions(self) -> list[QAction]:
        """Return the actions that save the path."""
        actions = self.frame.path_actions
        return [actions.save_strip, actions.save_film, actions.save_numbers]

    def copy_command(self) -> str:
        """Return the command line that makes the path, or "" without one."""
        return self._saver.command(self._run())

    @Slot()
    def save_strip(self) -> None:
        """Ask for a file and save the film strips as a picture."""
        self._saver.save_strip(self._run(), dark=self._themes.theme.dark)

    @Slot()
    def save_gif(self) -> None:
        """Ask for a file and save the path as a film."""
        self._saver.save_film(self._run(), dark=self._themes.theme.dark)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop playing when the panel is hidden, and ask for nothing."""
        # Each frame would still cost a decode.
        super().hideEvent(event)
        self._player.stop()
        self._paths.want(wanted=False)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what has changed while the panel was hidden."""
        super().showEvent(event)
        self._show_path()

    def _connect_actions(self) -> None:
        actions, editor = self.frame.path_actions, self._editor
        slots: list[tuple[QAction, Callable[..., Any]]] = [
            (actions.add_probe, editor.add_probe),
            (actions.add_random, editor.add_random),
            (actions.delete, editor.delete_chosen),
            (actions.reverse, editor.reverse),
            (actions.closed, editor.set_closed),
            (actions.random, editor.use_random_pair),
            (actions.follow, self._on_follow),
            (actions.save_strip, self.save_strip),
            (actions.save_film, self.save_gif),
            (actions.save_numbers, self._on_save_numbers),
            (actions.copy_command, self._on_copy_command),
        ]
        for action, slot in slots:
            action.triggered.connect(slot)
        actions.method_group.triggered.connect(self._on_method_action)

    def _connect(self) -> None:
        frame, editor = self.frame, self._editor
        frame.tools.method.activated.connect(lambda: editor.change(method=frame.tools.method.currentData()))
        frame.heads[0].method.activated.connect(lambda: editor.change(method=frame.heads[0].method.currentData()))
        frame.heads[1].method.activated.connect(lambda: editor.change(second=frame.heads[1].method.currentData()))
        for box in (frame.tools.method, *(head.method for head in frame.heads)):
            # After a cancellation, choosing the geodesic again computes it.
            box.activated.connect(self._paths.compute)
        frame.settings.steps.valueChanged.connect(lambda steps: editor.change(steps=steps))
        frame.settings.spacing.activated.connect(lambda: editor.change(spacing=frame.settings.spacing.currentData()))
        frame.settings.metric_box.activated.connect(
            lambda: editor.change(metric=frame.settings.metric_box.currentData())
        )
        frame.use_density.clicked.connect(lambda: editor.change(metric="density"))
        frame.closed.clicked.connect(editor.set_closed)
        frame.waypoints.chosen.connect(self._paths.choose)
        frame.waypoints.deletion_wanted.connect(self._paths.delete)
        frame.waypoints.moved.connect(editor.move, Qt.ConnectionType.QueuedConnection)
        frame.try_button.clicked.connect(editor.use_random_pair)
        frame.form_changed.connect(self._show_path)
        for strip, head in zip(frame.strips, frame.heads, strict=True):
            strip.positions_changed.connect(self._ask_films)
            head.cancel.clicked.connect(self._paths.cancel)
        self._films.film_came.connect(self._on_film)
        self._pictures.changed.connect(self._show_waypoints)
        self._paths.changed.connect(self._show_path)
        self._paths.progressed.connect(self._show_rows)
        # Lengths have the colours of their rows.
        self._themes.changed.connect(self._show_rows)
        self._paths.chosen_changed.connect(self._show_waypoints)
        self._marks.changed.connect(self._show_path)
        for signal in (self._store.opened, self._store.closed):
            signal.connect(self._show_path)

    # Drawing

    def _run(self) -> OpenRun | None:
        drawn = self._paths.own
        return None if drawn is None else self._store.runs[drawn.path.run]

    @Slot()
    def _show_path(self) -> None:
        # The run of the session's path (`wanted`) may be closed; `drawn` is the path that can be shown.
        wanted, drawn = self._session.view.path, self._paths.own
        path, run = None if drawn is None else drawn.path, self._run()
        whole = path is not None and path.is_whole and run is not None
        if not whole:
            self._player.stop()
            for strip in self.frame.strips:
                strip.show_film(None)
        self.frame.stack.setCurrentIndex(0 if whole else 1)
        self.frame.tools.setEnabled(whole)
        self.frame.take_probe.setVisible(path is not None)
        self.frame.empty_text.setText(self._why_no_film(wanted, path))
        if path is not None and run is not None and whole:
            self.frame.set_title(self._marks.of(run.key), run.name, title_forms(run, path))
            self._show_settings(path)
        else:
            self.frame.set_title(None, "", ())
        self._show_waypoints()
        self._show_rows()
        self._show_measures()
        self._show_t()
        self._show_actions()
        self._ask_films()

    def _why_no_film(self, wanted: Path | None, path: Path | None) -> str:
        if wanted is None or path is not None:
            return NO_PATH if wanted is None else NO_END
        run = self._store.get(wanted.run)
        return NO_CODES if run is not None and run.plane is None else NO_RUN

    def _show_settings(self, path: Path) -> None:
        frame, drawn = self.frame, self._paths.own
        # Blocked: showing the path must not change it.
        with QSignalBlocker(frame.settings.steps):
            frame.settings.show_path(path)
        for box in (frame.tools.method, frame.heads[0].method):
            show_choice(box, path.method)
            box.setToolTip(f"Interpolation method. {METHODS[path.method].tip}")
        second = None if path.second == path.method else path.second
        show_choice(frame.heads[1].method, second)
        frame.path_actions.methods[path.method].setChecked(True)
        frame.path_actions.closed.setChecked(path.closed)
        frame.closed.setChecked(path.closed)
        frame.show_second(second is not None)
        for strip in frame.strips:
            strip.set_steps(path.steps)
        if drawn is not None and drawn.curves:
            knots = drawn.curves[0].knots.tolist()
            frame.slider.set_knots(knots, closed=path.closed)

    @Slot()
    def _show_waypoints(self) -> None:
        if self.frame.form == "wide" and self.isVisible():
            self.frame.waypoints.show_waypoints(self._pictures.shown(), self._paths.chosen)
        enable(self.frame.path_actions.delete, "" if self._paths.chosen is not None else "Choose a waypoint first")

    @Slot()
    def _show_rows(self) -> None:
        """Show words and lengths of the rows."""
        drawn, frame = self._paths.own, self.frame
        if drawn is None or not drawn.curves:
            return
        answer = self._paths.answer(drawn.path.run)
        for row, method in enumerate(methods_of(drawn.path)):
            computing = drawn.awaited[row] and self._paths.progress is not None
            words = f"{round(100 * (self._paths.progress or 0))} % computed" if computing else METHODS[method].brief
            if drawn.awaited[row] and not computing:
                words = "not computed"
            frame.heads[row].show_words(words, CANCELLED if words == "not computed" else words, computing=computing)
            known = row_length(answer, row)
            text = "" if known is None else length_text(known.length)
            excess = "" if known is None else excess_text(known.excess)
            colour = self._themes.theme.text if row else self._themes.theme.accent
            frame.row_lengths[row].setText(
                f'<span style="color: {colour}"><b>{text}</b></span><br><small>{excess}</small>' if text else ""
            )
        if len(drawn.curves) == 1:
            frame.heads[1].show_words("compare two methods", "Choose a second method", computing=False)
        frame.show_advice(answer.advice if answer is not None and drawn.path.metric == "decoder" else "")
        self._show_lengths(drawn.path)

    def _show_lengths(self, path: Path) -> None:
        answer = self._paths.answer(path.run)
        known = row_length(answer, 0)
        if answer is None or known is None:
            self.frame.set_length("")
            self.frame.settings.lengths.set_forms("")
            return
        excess = excess_text(known.excess)
        text = f"decoded length {length_text(known.length)}{f' ({excess})' if excess else ''}"
        tip = f"{length_tip(answer)}. The straight line has {length_text(answer.straight_length)}"
        self.frame.set_length(text, tip)
        brief = f"straight line {length_text(answer.straight_length)}"
        self.frame.settings.lengths.set_forms(
            f"decoded length ({answer.unit}) · {brief}", f"length · {brief}", brief, ""
        )

    def _show_measures(self) -> None:
        drawn, run = self._paths.own, self._run()
        if drawn is None or run is None or not drawn.curves:
            return
        wide = self.frame.form == "wide"
        if self.isVisible():
            self._paths.want(wanted=True)
        if wide:
            answer = self._paths.answer(drawn.path.run)
            knots = tuple(drawn.curves[0].knots.tolist())
            self.frame.measures.show_answer(answer, knots, tuple(run.description.class_names))

    def _show_t(self) -> None:
        path, frame = self._session.view.path, self.frame
        if path is None:
            return
        with QSignalBlocker(frame.slider), QSignalBlocker(frame.t_box):
            # The dragged slider is the source of t; setting it back by rounding would make it stutter.
            if not frame.slider.isSliderDown():
                frame.slider.setValue(round(path.t * T_STEPS))
            frame.t_box.setValue(path.t)
        for strip in frame.strips:
            strip.show_t(path.t)
        drawn, run = self._paths.own, self._run()
        if frame.form == "wide" and drawn is not None and run is not None:
            frame.measures.show_t(path.t)
            frame.measures.nearest.show_texts(*nearest_texts(drawn, run, dark=self._themes.theme.dark))

    def _show_actions(self) -> None:
        actions, editor = self.frame.path_actions, self._editor
        enable(actions.add_probe, editor.why_no_probe())
        drawn = self._paths.own
        whole = drawn is not None and drawn.path.is_whole
        why = "" if whole else "There is no path yet"
        for action in (*actions.need_path, actions.closed):
            enable(action, why)
        run = editor.run_for_random
        why = "" if run is not None else "The run in view has no codes yet"
        for action in (actions.random, actions.add_random):
            enable(action, why)
        self.frame.try_button.setEnabled(not why)
        draws = run is not None and run.plane is not None and run.plane.drawn
        self.frame.try_button.setText(f"Try it: two random {'draws' if draws else 'samples'}")
        self.frame.try_button.setToolTip(why or "A path between two samples of different classes")

    @Slot()
    def _ask_films(self) -> None:
        if not self.isVisible() or self.frame.stack.currentIndex() != 0:
            return
        drawn = self._paths.own
        rows = 0 if drawn is None else len(drawn.curves)
        why = why_no_decode(self._run())
        for row in range(ROWS):
            if row < rows and why:
                self.frame.strips[row].show_film(None, why)
            elif row < rows:
                self._films.ask(row, self.frame.strips[row].positions)
            else:
                self.frame.strips[row].show_film(None)
        if self.frame.form == "wide" and not why:
            self._films.ask_points()
        if self.frame.strips[0].film is None and not why:
            self._painting.begin()  # until the film has come

    @Slot(int, object)
    def _on_film(self, row: int, film: Film) -> None:
        drawn = self._paths.own
        if drawn is None or row >= len(drawn.curves):
            return
        why = why_absent(self._paths.answer(drawn.path.run), row)
        self.frame.strips[row].show_film(None if why else film, why)
        self._painting.end()
        if self._session.view.probe is None:
            self._paths.follow()

    # Input from the user

    @Slot(QAction)
    def _on_method_action(self, action: QAction) -> None:
        names = {shown: name for name, shown in self.frame.path_actions.methods.items()}
        self._editor.change(method=names[action])

    @Slot(bool)
    def _on_follow(self, checked: bool) -> None:
        self._session.set_silent(probe_follows_path=checked)
        path = self._session.view.path
        if checked and path is not None:
            self._session.set(**self._paths.moved(path.t))

    @Slot()
    def _on_save_numbers(self) -> None:
        self._saver.save_numbers(self._run())

    @Slot()
    def _on_copy_command(self) -> None:
        self._messages.copy_command(self.copy_command())


def _shape(view: View) -> tuple[Path | None, int | None]:
    """Return the parts of the View that the panel shows, except t."""
    return None if view.path is None else replace(view.path, t=0.0), view.condition
