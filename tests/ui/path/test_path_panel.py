from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLabel, QPushButton, QSpinBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.api import load_run
from explorer.session import Path as LatentPath
from explorer.session import Probe, Waypoint
from explorer.ui.path import path_saver
from explorer.ui.path.over_t.film_strip import FilmStrip
from explorer.ui.path.over_t.path_plots import ClassBand, ClassRow, MeasurePlot, class_pieces
from explorer.ui.path.over_t.path_slider import T_STEPS, PathSlider
from explorer.ui.path.path_command import path_command
from explorer.ui.path.path_panel import PathPanel
from explorer.ui.path.path_play import FRAME_MILLISECONDS, phase_after, t_of
from explorer.ui.path.path_words import excess_text, length_text, waypoint_words
from explorer.ui.path.waypoint_list import WaypointList
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.playback import Playback

A, B, C = Waypoint((-1.0, 0.5)), Waypoint((1.0, 1.5)), Waypoint((1.0, -1.0))


@pytest.fixture
def panel(app_state: AppState, themes: ThemeSource, qtbot: QtBot) -> PathPanel:
    panel = PathPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(900, 240)
    panel.show()
    return panel


@pytest.fixture
def way(app_state: AppState, panel: PathPanel, qtbot: QtBot) -> LatentPath:
    """Show a path and wait for its film."""
    way = LatentPath(next(iter(app_state.store.runs)), (A, B), t=0.5)
    app_state.session.set(path=way)
    qtbot.waitUntil(lambda: strip(panel).film is not None)
    return way


def text_of(panel: PathPanel, name: str) -> str:
    return panel.findChild(QLabel, name).text()


def strip(panel: PathPanel, name: str = "film_strip") -> FilmStrip:
    return panel.findChild(FilmStrip, name)


def slider(panel: PathPanel) -> PathSlider:
    return panel.findChild(PathSlider, "path_slider")


def shown(app_state: AppState) -> LatentPath:
    assert app_state.session.view.path is not None
    return app_state.session.view.path


def run_action(panel: PathPanel, name: str) -> None:
    panel.findChild(QAction, f"action_path_{name}").trigger()


@pytest.fixture
def wide(app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot) -> PathPanel:
    """Show the wide form with three waypoints and wait for the measures."""
    app_state.session.set(path=replace(way, waypoints=(A, B, C), second="spline"))
    panel.resize(1150, 330)
    band = panel.findChild(ClassBand, "path_classes")
    qtbot.waitUntil(lambda: len(band.rows) == 2 and strip(panel, "second_strip").film is not None)
    return panel


def test_empty_state_makes_a_path_at_one_click(app_state: AppState, panel: PathPanel, qtbot: QtBot) -> None:
    button = panel.findChild(QPushButton, "path_try")
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(strip(panel).frames) > 4)
    made, run = shown(app_state), next(iter(app_state.store.runs.values()))
    first, last = made.waypoints
    assert first.sample is not None and last.sample is not None
    assert run.dataset.labels[first.sample] != run.dataset.labels[last.sample]
    assert first.z == app_state.store.code_of(run.key, first.sample)
    assert not button.isVisible()


def test_strip_is_the_decodes_of_the_path(
    app_state: AppState, panel: PathPanel, way: LatentPath, trained: Path, qtbot: QtBot
) -> None:
    film = strip(panel).film
    assert film is not None and np.allclose(film.t, np.linspace(0, 1, len(film.t)))
    codes = np.array([np.array(A.z) * (1 - t) + np.array(B.z) * t for t in film.t], np.float32)
    assert np.allclose(film.decodes, load_run(trained).decode(codes), atol=1e-4)
    answer = load_run(trained).follow_path([A.z, B.z])
    qtbot.waitUntil(lambda: text_of(panel, "path_length") == f"decoded length {length_text(answer.straight_length)}")
    assert text_of(panel, "path_title") == "tiny-vae"
    assert text_of(panel, "path_ends") == "from a point (A) to a point (B)"
    assert film.t[strip(panel).current] == pytest.approx(0.5, abs=0.5 / (len(film.t) - 1))


def test_as_many_frames_as_fit_but_no_more_than_steps(
    app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot
) -> None:
    before = len(strip(panel).frames)
    panel.resize(panel.width(), 110)  # lower frames need less width
    qtbot.waitUntil(lambda: len(strip(panel).frames) > before)
    app_state.session.set(path=replace(way, steps=2))
    qtbot.waitUntil(lambda: len(strip(panel).frames) == 3)
    for left, right in pairwise(range(3)):
        assert strip(panel).frame_area(left).right() < strip(panel).frame_area(right).left()


def test_waypoints_are_named_by_their_classes(app_state: AppState, way: LatentPath) -> None:
    run = app_state.store.runs[way.run]
    row = int(np.flatnonzero(run.plane.labels == 7)[0])
    assert waypoint_words(run, Waypoint(A.z, int(run.plane.index[row]))) == "class 7"
    assert waypoint_words(run, A) == "a point"


def test_without_a_probe_the_probe_begins_to_follow(app_state: AppState, panel: PathPanel, way: LatentPath) -> None:
    view = app_state.session.view
    assert view.probe_follows_path and view.probe == Probe(way.run, (0.0, 1.0))


def test_lengths_are_never_powers_of_ten() -> None:
    assert [length_text(value) for value in (0.01234, 29.94, 7183.4, 123456.0)] == [
        "0.0123",
        "29.9",
        "7,183",
        "123,456",
    ]
    assert [excess_text(value) for value in (0.071, -0.049, 0.001)] == ["+7 %", "−5 %", ""]


def test_slider_drag_is_one_undo_step(app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot) -> None:
    bar = slider(panel)
    y = bar.height() // 2
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 4, y))
    points = []
    for share in (0.4, 0.6, 0.8):
        qtbot.mouseMove(bar, QPoint(round(bar.x_of(share)), y))
        points.append(shown(app_state).t)
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(round(bar.x_of(0.8)), y))
    assert points == pytest.approx([0.4, 0.6, 0.8], abs=0.01)
    assert shown(app_state).t == points[-1]
    app_state.session.undo()
    assert shown(app_state).t == 0.5
    assert bar.value() == T_STEPS // 2


def test_t_is_typed(app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot) -> None:
    field = panel.findChild(QDoubleSpinBox, "path_t")
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.25")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert shown(app_state).t == 0.25
    assert slider(panel).t == 0.25


def test_frame_is_chosen_by_click(app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot) -> None:
    film = strip(panel)
    qtbot.mouseClick(film, Qt.MouseButton.LeftButton, pos=film.frame_area(1).center().toPoint())
    assert shown(app_state).t == pytest.approx(film.film.t[1]) and film.current == 1


@pytest.mark.parametrize(
    ("key", "t"),
    [
        (Qt.Key.Key_Left, 49 / 100),
        (Qt.Key.Key_Right, 51 / 100),
        (Qt.Key.Key_Home, 0.0),
        (Qt.Key.Key_End, 1.0),
    ],
)
def test_keys_move_along_the_path(
    app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot, key: Qt.Key, t: float
) -> None:
    app_state.session.set(path=replace(way, steps=100))
    slider(panel).setFocus()
    qtbot.keyClick(slider(panel), key)
    assert shown(app_state).t == pytest.approx(t)
    assert app_state.session.undo_name == "move along the path"


def test_comma_and_period_move_by_one_picture(
    app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot
) -> None:
    current = strip(panel).current
    qtbot.keyClick(slider(panel), Qt.Key.Key_Period)
    assert strip(panel).current == current + 1
    qtbot.keyClick(slider(panel), Qt.Key.Key_Comma)
    assert strip(panel).current == current


def test_probe_follows_where_it_is_asked_to(app_state: AppState, panel: PathPanel, way: LatentPath) -> None:
    elsewhere = Probe(way.run, (2.0, 2.0))
    app_state.session.set(probe=elsewhere, probe_follows_path=False)
    slider(panel).setValue(round(0.9 * T_STEPS))
    assert app_state.session.view.probe == elsewhere
    run_action(panel, "follow")
    slider(panel).setValue(T_STEPS // 2)
    assert app_state.session.view.probe == Probe(way.run, (0.0, 1.0))
    slider(panel).setValue(T_STEPS)
    assert app_state.session.view.probe == Probe(way.run, B.z)


def test_play_moves_t_and_stops(app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot) -> None:
    play = panel.findChild(QToolButton, "path_play")
    qtbot.mouseClick(play, Qt.MouseButton.LeftButton)
    assert panel.playing
    qtbot.waitUntil(lambda: shown(app_state).t > 0.5)
    qtbot.keyClick(slider(panel), Qt.Key.Key_Space)
    assert not panel.playing
    app_state.session.undo()  # all of the playing is one step
    assert shown(app_state) == way
    app_state.session.redo()
    qtbot.mouseClick(play, Qt.MouseButton.LeftButton)
    panel.hide()
    assert not panel.playing
    panel.show()
    qtbot.mouseClick(play, Qt.MouseButton.LeftButton)
    app_state.session.set(path=None)
    assert not panel.playing


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("bounce", [0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0, 0.25, 0.5]),
        ("loop", [0.25, 0.5, 0.75, 0.0, 0.25, 0.5, 0.75, 0.0, 0.25, 0.5]),
        ("once", [0.25, 0.5, 0.75, 1.0]),
    ],
)
def test_playing_turns_round_begins_again_or_stops_at_the_end(mode: str, expected: list[float]) -> None:
    player, points = Playback(lambda phase, s: phase_after(phase, s, 1, mode), FRAME_MILLISECONDS), list[float]()
    player.moved.connect(lambda phase: points.append(t_of(phase)))
    player.start(0.0)
    for _ in range(10):
        player.advance(1.0)  # a quarter of the way
    player.stop()
    assert points == pytest.approx(expected)


def test_a_path_with_more_pieces_plays_longer() -> None:
    assert phase_after(0.0, 1.0, 3) < phase_after(0.0, 1.0, 1)


def test_player_stops_at_the_last_position() -> None:
    player, changes = Playback(lambda position, _: position + 1 if position < 2 else None, 1000), list[bool]()
    player.changed.connect(changes.append)
    player.start(0)
    player.advance()
    assert player.playing and player.position == 1
    player.advance()
    assert player.position == 2 and changes == [True, False]


def test_method_and_steps(app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot) -> None:
    combo = panel.findChild(QComboBox, "path_method")
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert shown(app_state).method == "spherical"
    assert panel.findChild(QAction, "action_path_spherical").isChecked()
    assert app_state.session.undo_name == "choose the method of the path"
    panel.findChild(QSpinBox, "path_steps").setValue(10)
    assert shown(app_state).steps == 10


def test_waypoints_at_the_probe_and_reversed(app_state: AppState, panel: PathPanel, qtbot: QtBot) -> None:
    run = next(iter(app_state.store.runs))
    add = panel.findChild(QAction, "action_path_add_probe")
    assert not add.isEnabled() and "no probe" in add.toolTip()
    for z in ((1.0, 2.0), (3.0, 4.0), (5.0, 4.0)):
        app_state.probing.probe_point(run, z)
        add.trigger()
    assert [place.z for place in shown(app_state).waypoints] == [(1.0, 2.0), (3.0, 4.0), (5.0, 4.0)]
    assert app_state.session.undo_name == "add a waypoint"
    run_action(panel, "reverse")
    assert [place.z for place in shown(app_state).waypoints] == [(5.0, 4.0), (3.0, 4.0), (1.0, 2.0)]


def test_path_of_other_dimension_or_closed_run_is_reported(app_state: AppState, panel: PathPanel) -> None:
    run = next(iter(app_state.store.runs))
    for other in (LatentPath("elsewhere", (A, B)), LatentPath(run, (Waypoint((1.0,)), Waypoint((2.0,))))):
        app_state.session.set(path=other)
        assert "is not open" in panel.findChild(QLabel, "path_empty").text()


def test_the_wide_form_shows_what_the_program_interface_measures(
    app_state: AppState, wide: PathPanel, trained: Path
) -> None:
    answer = load_run(trained).follow_path([A.z, B.z, C.z], ("straight", "spline"))
    for row, name in enumerate(("path_row_length", "path_second_row_length")):
        assert length_text(answer.rows[row].length) in text_of(wide, name)
    error = wide.findChild(MeasurePlot, "path_error")
    for line, row in zip(error.lines, answer.rows, strict=True):
        assert np.allclose(line.values, row.measures.error, rtol=1e-3)
    assert [name for _, name in slider(wide).ticks] == ["A", "B", "C"]
    assert not wide.findChild(QComboBox, "path_metric").isEnabled()


def test_the_form_follows_the_size(wide: PathPanel, qtbot: QtBot) -> None:
    assert wide.findChild(WaypointList).isVisible()
    wide.resize(700, 180)
    qtbot.waitUntil(lambda: not wide.findChild(WaypointList).isVisible())
    assert wide.height() == 180 and strip(wide).isVisible() and slider(wide).isVisible()


def test_a_narrow_high_panel_has_the_measures_but_no_list(wide: PathPanel, qtbot: QtBot) -> None:
    wide.resize(600, 500)
    qtbot.waitUntil(lambda: not wide.findChild(WaypointList).isVisible())
    shown_there = ("path_steps", "path_metric", "path_row", "path_distance", "path_title", "path_menu_button")
    assert [name for name in shown_there if not wide.findChild(QWidget, name).isVisible()] == []


def test_the_row_of_a_waypoint_can_be_dragged(wide: PathPanel) -> None:
    model = wide.findChild(WaypointList).model()
    # Qt copies the data of a row when its drag begins, which fails for Python objects.
    assert model.mimeData([model.index(0, 0)]).formats()


def test_waypoints_are_deleted_reordered_and_closed_in_the_list(
    app_state: AppState, wide: PathPanel, qtbot: QtBot
) -> None:
    listed = wide.findChild(WaypointList)
    listed.setCurrentRow(0)
    qtbot.keyClick(listed, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: shown(app_state).waypoints == (B, A, C))
    assert app_state.session.undo_name == "reorder the waypoints"
    qtbot.mouseClick(wide.findChild(QCheckBox, "path_closed"), Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert shown(app_state).closed
    assert [name for _, name in slider(wide).ticks] == ["A", "B", "C", "A"]
    listed.setCurrentRow(1)
    qtbot.keyClick(listed, Qt.Key.Key_Delete)
    assert shown(app_state).waypoints == (B, C) and app_state.session.undo_name == "delete a waypoint"


def test_a_geodesic_is_a_straight_line_until_it_is_computed(app_state: AppState, wide: PathPanel, qtbot: QtBot) -> None:
    app_state.session.set(path=replace(shown(app_state), method="geodesic", second=None))
    assert app_state.paths.own.awaited == (True,)
    assert wide.findChild(QComboBox, "path_metric").isEnabled()
    qtbot.waitUntil(lambda: app_state.paths.own.awaited == (False,))
    app_state.session.set(path=replace(shown(app_state), waypoints=(A, C)))
    app_state.paths.cancel()
    assert app_state.paths.progress is None and app_state.paths.own.awaited == (True,)


def test_the_hidden_panel_asks_nothing(app_state: AppState, panel: PathPanel, qtbot: QtBot) -> None:
    panel.hide()
    app_state.session.set(path=LatentPath(next(iter(app_state.store.runs)), (A, B)))
    qtbot.wait(400)
    assert strip(panel).film is None and app_state.paths.answer(shown(app_state).run) is None
    panel.show()
    qtbot.waitUntil(lambda: app_state.paths.answer(shown(app_state).run) is not None)
    assert strip(panel).film is not None


def test_files_are_saved(
    app_state: AppState, wide: PathPanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_state.session.set(path=replace(shown(app_state), steps=12))
    qtbot.waitUntil(lambda: app_state.paths.answer(shown(app_state).run) is not None)
    for name, action in (
        ("strip.png", "save_strip"), ("path.gif", "save_gif"), ("path.csv", "save_numbers"),
        ("path.npz", "save_numbers"),
    ):  # fmt: skip
        monkeypatch.setattr(path_saver, "ask_path", lambda *_, name=name: tmp_path / name)
        run_action(wide, action)
        qtbot.waitUntil((tmp_path / name).exists)
    with Image.open(tmp_path / "strip.png") as picture:
        assert picture.width > 600
    with Image.open(tmp_path / "path.gif") as picture:
        assert picture.n_frames > 12
    with np.load(tmp_path / "path.npz") as arrays:
        assert arrays["z"].shape == (13, 2)


def test_saving_without_a_path_is_reported(app_state: AppState, panel: PathPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(app_state.messages.notified) as notice:
        panel.save_strip()
    assert "choose two points" in notice.args[0]


def test_the_copied_command_has_the_whole_path() -> None:
    path = LatentPath("r", (Waypoint((0.5, -1.0)), Waypoint((1.0, 2.0), 17)), closed=True, method="spline")
    path = replace(path, second="geodesic", metric="density", steps=12)
    assert path_command(path, "runs/a b", "3") == (
        "latent-explorer path 'runs/a b' --through=0.5,-1.0 --through=17 --loop --method=spline --second=geodesic "
        "--metric=density --steps=12 --class=3 --out=path.png"
    )


def test_classes_change_midway_between_steps() -> None:
    row = ClassRow(np.array([0.0, 0.5, 1.0]), np.array([2, 2, -1]))
    assert class_pieces(row) == [(0.0, 0.75, 2), (0.75, 1.0, -1)]


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_low_panel_keeps_strip_and_slider(panel: PathPanel, themes: ThemeSource, way: LatentPath, scale: float) -> None:
    themes.set_scale(scale)
    panel.resize(600, 180)
    panel.grab()
    assert panel.width() == 600
    assert strip(panel).isVisible() and slider(panel).isVisible()
