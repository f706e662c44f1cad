from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLabel, QPushButton, QSpinBox, QToolButton
from pytestqt.qtbot import QtBot

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.data.dataset import Dataset
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.plane.interpolation import decoded_length, path
from explorer.models import catalog
from explorer.session import Path as LatentPath
from explorer.session import PathEnd, Probe, View
from explorer.training.control import Control
from explorer.ui.path import path_saver
from explorer.ui.path.film_strip import FilmStrip, captions
from explorer.ui.path.path_decodes import code_at, moved, swapped
from explorer.ui.path.path_frame import FRAME_MILLISECONDS, phase_after, t_of
from explorer.ui.path.path_panel import PathPanel, end_words, length_text
from explorer.ui.services.app_state import AppState, start_state
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import JumpSlider
from explorer.ui.widgets.playback import Playback

A, B = PathEnd((-1.0, 0.5)), PathEnd((1.0, 1.5))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, digits: Dataset) -> Path:
    """Return a tiny trained VAE."""
    out = tmp_path_factory.mktemp("runs") / "tiny-vae"
    model = catalog.family("vae").config_type(latent_dim=2, hidden_widths=(8,))
    config = RunConfig(data=DataConfig(), model=model, train=TrainConfig(epochs=1, threads=1))
    list(run_training(new_run(config, out, dataset=digits, device="cpu"), Control()))
    return out


@pytest.fixture
def app_state(trained: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[AppState]:
    app_state = start_state(tmp_path)
    app_state.opener.open(trained)
    qtbot.waitUntil(
        lambda: bool(app_state.session.view.panes) and app_state.store.runs[str(trained)].dataset is not None
    )
    yield app_state
    assert app_state.lifetime.close()


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
    way = LatentPath(next(iter(app_state.store.runs)), A, B, t=0.5)
    app_state.session.set(path=way)
    qtbot.waitUntil(lambda: strip(panel).film is not None)
    return way


def text_of(panel: PathPanel, name: str) -> str:
    return panel.findChild(QLabel, name).text()


def strip(panel: PathPanel) -> FilmStrip:
    return panel.findChild(FilmStrip, "film_strip")


def slider(panel: PathPanel) -> JumpSlider:
    return panel.findChild(JumpSlider, "path_slider")


def shown(app_state: AppState) -> LatentPath:
    assert app_state.session.view.path is not None
    return app_state.session.view.path


def test_empty_state_makes_a_path_at_one_click(app_state: AppState, panel: PathPanel, qtbot: QtBot) -> None:
    button = panel.findChild(QPushButton, "path_try")
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(strip(panel).frames) == 9)
    made, run = shown(app_state), next(iter(app_state.store.runs.values()))
    assert made.start.sample is not None and made.end is not None and made.end.sample is not None
    labels = run.dataset.labels
    assert labels[made.start.sample] != labels[made.end.sample]
    assert made.start.z == app_state.store.code_of(run.key, made.start.sample)
    assert not button.isVisible()


def test_strip_is_the_decodes_of_the_path(app_state: AppState, panel: PathPanel, way: LatentPath) -> None:
    film = strip(panel).film
    assert film is not None
    loaded = app_state.asker.model(way.run)
    codes = path(A.z, B.z, 9)
    with torch.inference_mode():
        expected = loaded.model.decode(torch.from_numpy(codes)).mean.numpy() * 16.0
    assert np.allclose(film.decodes, expected, atol=1e-4)
    words = panel.findChild(QLabel, "path_length").text()
    assert words == f"decoded length {length_text(decoded_length(film.decodes, film.description).value)}"
    assert text_of(panel, "path_title") == "tiny-vae"
    assert text_of(panel, "path_ends") == "from a point (A) to a point (B)"
    assert strip(panel).current == 4


def test_the_ends_are_named_by_their_classes(app_state: AppState, way: LatentPath) -> None:
    run = app_state.store.runs[way.run]
    row = int(np.flatnonzero(run.plane.labels == 7)[0])
    assert end_words(run, PathEnd(A.z, int(run.plane.index[row]))) == "class 7"
    assert end_words(run, A) == "a point"


def test_without_a_probe_the_probe_begins_to_follow(app_state: AppState, panel: PathPanel, way: LatentPath) -> None:
    view = app_state.session.view
    assert view.probe_follows_path and view.probe == Probe(way.run, code_at(way, 0.5))


def test_a_probe_that_is_there_stays_until_it_is_to_follow(app_state: AppState) -> None:
    there = Probe("r", (3.0, 4.0))
    view = View(path=LatentPath("r", A, B), probe=there)
    assert "probe" not in moved(view, 0.25)
    assert moved(replace(view, probe_follows_path=True), 0.25)["probe"] == Probe("r", code_at(view.path, 0.25))


def test_frames_say_where_they_are() -> None:
    assert captions(5) == ["A", "1/4", "1/2", "3/4", "B"]
    assert captions(2) == ["A", "B"]
    assert captions(32) == ["A", *[""] * 30, "B"]


def test_lengths_are_never_powers_of_ten() -> None:
    assert [length_text(value) for value in (0.01234, 29.94, 7183.4, 123456.0)] == [
        "0.0123",
        "29.9",
        "7,183",
        "123,456",
    ]


def test_slider_drag_is_one_undo_step(app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot) -> None:
    bar = slider(panel)
    y = bar.height() // 2
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 4, y))
    points = []
    for share in (0.4, 0.6, 0.8):
        qtbot.mouseMove(bar, QPoint(round(bar.width() * share), y))
        points.append(shown(app_state).t)
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(round(bar.width() * 0.8), y))
    assert points == sorted(points) and points[-1] == pytest.approx(0.8, abs=0.05)
    assert shown(app_state).t == points[-1]
    assert strip(panel).current == round(points[-1] * 8)
    app_state.session.undo()
    assert shown(app_state).t == 0.5
    assert bar.value() == 500


def test_t_is_typed(app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot) -> None:
    field = panel.findChild(QDoubleSpinBox, "path_t")
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.25")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert shown(app_state).t == 0.25
    assert slider(panel).value() == 250


def test_frame_is_chosen_by_click_and_key(app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot) -> None:
    film = strip(panel)
    qtbot.mouseClick(film, Qt.MouseButton.LeftButton, pos=film.frame_area(6).center().toPoint())
    assert shown(app_state).t == 0.75
    assert film.current == 6
    qtbot.keyClick(film, Qt.Key.Key_Right)
    assert shown(app_state).t == 0.875


def test_probe_follows_where_it_is_asked_to(app_state: AppState, panel: PathPanel, way: LatentPath) -> None:
    elsewhere = Probe(way.run, (2.0, 2.0))
    app_state.session.set(probe=elsewhere, probe_follows_path=False)
    slider(panel).setValue(900)
    assert app_state.session.view.probe == elsewhere
    panel.findChild(QAction, "action_path_follow").trigger()
    slider(panel).setValue(500)
    assert app_state.session.view.probe == Probe(way.run, (0.0, 1.0))
    slider(panel).setValue(1000)
    assert app_state.session.view.probe == Probe(way.run, B.z)


def test_play_moves_t_and_stops(app_state: AppState, panel: PathPanel, way: LatentPath, qtbot: QtBot) -> None:
    play = panel.findChild(QToolButton, "path_play")
    qtbot.mouseClick(play, Qt.MouseButton.LeftButton)
    assert panel.playing
    qtbot.waitUntil(lambda: shown(app_state).t > 0.5)
    qtbot.mouseClick(play, Qt.MouseButton.LeftButton)
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


def test_player_turns_round_at_the_ends() -> None:
    player, points = Playback(phase_after, FRAME_MILLISECONDS), list[float]()
    player.moved.connect(lambda phase: points.append(t_of(phase)))
    player.start(0.0)
    for _ in range(10):
        player.advance(1.0)  # a quarter of the way
    player.stop()
    assert points == pytest.approx([0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0, 0.25, 0.5])
    player.start(1.0)
    player.advance(2.0)
    player.stop()
    assert points[-1] == pytest.approx(0.5)


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
    assert shown(app_state).method == "slerp"
    assert panel.findChild(QAction, "action_path_slerp").isChecked()
    spin = panel.findChild(QSpinBox, "path_steps")
    spin.setFocus()
    qtbot.keyClick(spin, Qt.Key.Key_Up)
    assert shown(app_state).steps == 10
    qtbot.waitUntil(lambda: len(strip(panel).frames) == 10)


def test_ends_at_the_probe_and_swapped(app_state: AppState, panel: PathPanel, qtbot: QtBot) -> None:
    run = next(iter(app_state.store.runs))
    set_a, set_b = (panel.findChild(QAction, f"action_path_{end}_probe") for end in "ab")
    assert not set_a.isEnabled() and not set_b.isEnabled()
    app_state.probing.probe_point(run, (1.0, 2.0))
    assert set_a.isEnabled() and not set_b.isEnabled()
    set_a.trigger()
    assert shown(app_state) == LatentPath(run, PathEnd((1.0, 2.0)))
    app_state.probing.probe_point(run, (3.0, 4.0))
    set_b.trigger()
    assert shown(app_state).end == PathEnd((3.0, 4.0))
    panel.findChild(QAction, "action_path_swap").trigger()
    assert (shown(app_state).start.z, shown(app_state).end.z) == ((3.0, 4.0), (1.0, 2.0))


def test_path_of_other_dimension_or_closed_run_is_reported(app_state: AppState, panel: PathPanel) -> None:
    run = next(iter(app_state.store.runs))
    for other in (LatentPath("elsewhere", A, B), LatentPath(run, PathEnd((1.0,)), PathEnd((2.0,)))):
        app_state.session.set(path=other)
        assert "is not open" in panel.findChild(QLabel, "path_empty").text()


def test_strip_and_gif_are_saved(
    app_state: AppState,
    panel: PathPanel,
    way: LatentPath,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(path_saver, "ask_path", lambda *_: tmp_path / "strip.png")
    panel.save_strip()
    monkeypatch.setattr(path_saver, "ask_path", lambda *_: tmp_path / "path.gif")
    panel.save_gif()
    qtbot.waitUntil(lambda: (tmp_path / "path.gif").exists() and (tmp_path / "strip.png").exists())
    with Image.open(tmp_path / "strip.png") as picture:
        assert picture.width > 9 * 100
    with Image.open(tmp_path / "path.gif") as picture:
        assert picture.n_frames > 10


def test_saving_without_a_path_is_reported(app_state: AppState, panel: PathPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(app_state.messages.notified) as notice:
        panel.save_strip()
    assert "choose A and B" in notice.args[0]


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_low_panel_keeps_strip_and_slider(panel: PathPanel, themes: ThemeSource, way: LatentPath, scale: float) -> None:
    themes.set_scale(scale)
    panel.resize(600, 180)
    panel.grab()
    assert panel.width() == 600
    assert strip(panel).isVisible() and slider(panel).isVisible()


def test_travel() -> None:
    view = View(path=LatentPath("run", A, B), probe=Probe("run", (9.0, 9.0)))
    assert moved(view, 2.0)["path"].t == 1.0
    assert "probe" not in moved(view, 0.5)
    assert moved(replace(view, probe_follows_path=True), 0.5)["probe"] == Probe("run", (0.0, 1.0))
    assert moved(View(), 0.5) == {}
    assert code_at(LatentPath("run", A), 0.5) is None
    assert code_at(LatentPath("run", PathEnd((1.0, 0.0)), PathEnd((0.0, 1.0)), method="slerp"), 0.5) == pytest.approx(
        (np.sqrt(0.5), np.sqrt(0.5))
    )
    there = replace(LatentPath("run", A, B), t=0.2)
    assert swapped(there) == LatentPath("run", B, A, t=0.8)
