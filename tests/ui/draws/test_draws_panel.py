"""The tab Samples: asked only while visible, settings with undo, nearest samples, keys, command and files."""

import shlex
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QSpinBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

from explorer.cli import app
from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.jobs.plane.projected_codes import code_source
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.codes.nearest_real import nearest_real
from explorer.models.catalog import family
from explorer.session import Sheet, View
from explorer.ui.decode.panel.run_block import RunHead
from explorer.ui.draws.draws_panel import DrawsPanel, DrawsWindow
from explorer.ui.draws.draws_view import DrawsView
from explorer.ui.draws.sheet_words import card_of
from explorer.ui.plane.input.hover import HoverCard
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

COUNT = 25


@pytest.fixture
def panel(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> DrawsPanel:
    panel = DrawsPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(800, 400)
    return panel


def opened(qtbot: QtBot, state: AppState, folder: Path, name: str) -> str:
    key = str(folder / name)
    state.opener.open(folder / name)
    qtbot.waitUntil(lambda: key in state.store.runs and state.store.runs[key].plane is not None)
    run = state.store.runs[key]
    state.data.choose(run.config.data)
    qtbot.waitUntil(lambda: state.store.runs[key].dataset is not None)
    return key


def settled(qtbot: QtBot, view: DrawsView, key: str) -> None:
    """Wait for draws of a run with the nearest real samples."""

    def has_real() -> bool:
        sheet = view.sheet_of(key)
        return sheet is not None and sheet.draws.real is not None and sheet is view.sheets[key].sheet

    qtbot.waitUntil(has_real)


def changed(qtbot: QtBot, state: AppState, view: DrawsView, key: str, **fields: object) -> None:
    """Change settings of the sheet, and wait for other draws."""
    before = view.sheet_of(key)
    state.session.set(sheet=Sheet(**fields))
    qtbot.waitUntil(lambda: view.sheet_of(key) not in (before, None))


def choose(box: QComboBox, data: object) -> None:
    """Choose an entry as a user does."""
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def test_nothing_is_drawn_before_the_tab_is_visible(qtbot, app_state, runs_folder, panel) -> None:
    key = opened(qtbot, app_state, runs_folder, "vae")
    assert panel.view.sheet_of(key) is None
    assert panel.copy_command() == ""
    panel.show()
    settled(qtbot, panel.view, key)
    draws = panel.view.sheet_of(key).draws
    expected = code_source(app_state.store.runs[key]).draw(COUNT, np.random.default_rng(0))
    np.testing.assert_array_equal(draws.z, expected)
    assert draws.decodes.shape == (COUNT, 1, 8, 8)


def test_the_card_of_a_draw_shows_the_training_sample_nearest_to_it(qtbot, app_state, runs_folder, panel) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel.view, key)
    sheet, data = panel.view.sheet_of(key), app_state.store.runs[key].dataset
    compared = nearest_real(data).index
    real = data.rows(compared).reshape(len(compared), -1).astype(float)
    for index in (0, 7, COUNT - 1):
        distances = np.linalg.norm(real - sheet.draws.decodes[index].reshape(1, -1), axis=1)
        nearest = int(compared[distances.argmin()])
        card = card_of(app_state.store.runs[key], sheet, index)
        assert f"sample {nearest}" in dict(card.rows)["nearest"]
        assert "nats" in dict(card.rows)["log density"]
        np.testing.assert_array_equal(card.values, data.rows(np.array([nearest]))[0])


def test_a_draw_under_the_mouse_is_previewed_with_its_card(qtbot, app_state, runs_folder, panel) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel.view, key)
    sheet = panel.view.sheets[key]
    at = sheet.grid.area(3).center()
    move = QMouseEvent(
        QMouseEvent.Type.MouseMove,
        at,
        QPointF(sheet.mapToGlobal(at.toPoint())),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(sheet, move)
    card = panel.findChild(HoverCard)
    assert card.isVisible() and app_state.probing.preview.words == "draw 4"
    assert app_state.probing.hovered == (key, int(sheet.sheet.draws.nearest[3]))
    panel.hide()
    assert not card.isVisible() and app_state.probing.preview is None and app_state.probing.hovered is None


def test_each_run_in_view_has_a_sheet_and_equal_priors_the_same_codes(qtbot, app_state, runs_folder, panel) -> None:
    panel.show()
    vae, ae = (opened(qtbot, app_state, runs_folder, name) for name in ("vae", "ae"))
    for key in (vae, ae):
        settled(qtbot, panel.view, key)
    assert list(panel.view.sheets) == [pane.run for pane in app_state.session.view.panes]
    assert panel.view.sheet_of(vae).words == "draws from its prior, the standard normal"
    assert panel.view.sheet_of(ae).words.startswith("no prior")
    low, high = code_source(app_state.store.runs[ae]).range.T
    z = panel.view.sheet_of(ae).draws.z
    assert (z >= low - 1e-4).all() and (z <= high + 1e-4).all()


def test_a_click_on_a_draw_probes_its_code_and_one_below_follows_the_real_sample(
    qtbot, app_state, runs_folder, panel
) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel.view, key)
    panel.findChild(QToolButton, "samples_nearest").click()
    assert app_state.session.view.sheet.nearest and app_state.session.undo_name == "show or hide the nearest samples"
    sheet, draws = panel.view.sheets[key], panel.view.sheet_of(key).draws
    for real in (False, True):
        at = sheet.grid.area(2, real=real).center().toPoint()
        QTest.mouseClick(sheet, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(at))
        probe = app_state.session.view.probe
        if real:
            assert probe.sample == draws.nearest[2]
        else:
            assert probe.sample is None and probe.z == pytest.approx(tuple(draws.z[2]))
    assert "nearest of" in sheet.tip(2, real=True)
    QTest.keyClick(sheet, Qt.Key.Key_Right)
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert app_state.session.view.probe.z == pytest.approx(tuple(draws.z[3]))
    QTest.keyClick(sheet, Qt.Key.Key_Space)
    assert app_state.session.view.probe.sample == draws.nearest[3]


def test_drawing_again_takes_other_codes_in_tab_and_window_and_can_be_undone(
    qtbot, app_state, runs_folder, panel, themes
) -> None:
    window = DrawsWindow(app_state, themes)
    qtbot.addWidget(window)
    panel.show()
    window.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    views = (panel.view, window.view)
    for view in views:
        settled(qtbot, view, key)
    before = panel.view.sheet_of(key).draws.z
    window.findChild(QToolButton, "samples_window_again").click()
    assert panel.findChild(QSpinBox, "samples_seed").value() == 1
    for view in views:
        qtbot.waitUntil(lambda view=view: not np.array_equal(view.sheet_of(key).draws.z, before))
    np.testing.assert_array_equal(panel.view.sheet_of(key).draws.z, window.view.sheet_of(key).draws.z)
    assert app_state.session.undo_name == "draw samples"
    app_state.session.undo()
    qtbot.waitUntil(lambda: np.array_equal(panel.view.sheet_of(key).draws.z, before))


def test_a_lower_temperature_keeps_draws_nearer_to_the_centre(qtbot, app_state, runs_folder, panel) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel.view, key)
    before = panel.view.sheet_of(key).draws.z
    changed(qtbot, app_state, panel.view, key, temperature=0.5)
    np.testing.assert_allclose(panel.view.sheet_of(key).draws.z, 0.5 * before, rtol=1e-6)


def test_a_mixture_and_draws_around_the_probe_say_what_they_are(qtbot, app_state, runs_folder, panel) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel.view, key)
    choose(panel.findChild(QComboBox, "samples_source"), "mixture")
    qtbot.waitUntil(lambda: "a mixture of" in panel.view.sheet_of(key).words)
    assert panel.findChild(QSpinBox, "samples_components").isVisible()
    panel.resize(560, 160)  # one line of settings, and a button for those without room
    qtbot.waitUntil(panel.settings.findChild(QToolButton, "samples_more").isVisible)
    line = [panel.settings.findChild(QWidget, f"samples_{name}") for name in ("source", "seed", "more")]
    qtbot.waitUntil(lambda: max(one.mapTo(panel.settings, QPoint()).y() for one in line) < line[0].height())
    choose(panel.findChild(QComboBox, "samples_source"), "around")
    sheet = panel.view.sheets[key]
    assert sheet.sheet is None and sheet.accessibleDescription().startswith("Click a point")
    app_state.probing.probe_sample(key, 4)
    qtbot.waitUntil(lambda: panel.view.sheet_of(key) is not None and "sample 4" in panel.view.sheet_of(key).words)
    z = panel.view.sheet_of(key).draws.z
    np.testing.assert_allclose(z.mean(axis=0), app_state.session.view.probe.z, atol=0.6)
    assert shlex.split(panel.copy_command())[3:5] == ["--from=around", "--around=4"]


def test_the_command_names_all_settings_and_files_are_written(qtbot, app_state, runs_folder, panel, tmp_path) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    changed(qtbot, app_state, panel.view, key, rows=2, columns=3, seed=9, temperature=0.7, shows="sample")
    settled(qtbot, panel.view, key)
    assert shlex.split(panel.copy_command())[2:] == [
        *(key, "--from=prior", "--rows=2", "--columns=3", "--seed=9", "--temperature=0.7", "--drawn"),
        "--out=samples.png",
    ]
    assert all(action.isEnabled() for action in panel.export_actions())
    panel.saver.save_figure_to(tmp_path / "sheet.png")
    for name in ("draws.npz", "draws.csv"):
        panel.saver.save_numbers_to(tmp_path / name, key)
    qtbot.waitUntil(lambda: all((tmp_path / name).is_file() for name in ("sheet.png", "draws.npz", "draws.csv")))
    with np.load(tmp_path / "draws.npz") as arrays:
        np.testing.assert_array_equal(arrays["z"], panel.view.sheet_of(key).draws.z)
        assert arrays["samples"].shape == (6, 1, 8, 8)
    again = panel.copy_command().replace("--out=samples.png", f"--out={tmp_path / 'again.npz'}")
    assert CliRunner().invoke(app, shlex.split(again)[1:]).exit_code == 0
    with np.load(tmp_path / "draws.npz") as ours, np.load(tmp_path / "again.npz") as theirs:
        assert set(ours) == set(theirs) and all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_after_new_weights_a_view_that_was_hidden_is_drawn_anew(qtbot, app_state, runs_folder, panel) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel.view, key)
    before = panel.view.sheet_of(key)
    panel.hide()
    app_state.store.weights_changed.emit(key)
    panel.show()
    qtbot.waitUntil(lambda: panel.view.sheet_of(key) is not before)
    np.testing.assert_array_equal(panel.view.sheet_of(key).draws.z, before.draws.z)


def test_the_draws_of_a_run_that_closes_are_forgotten(qtbot, app_state, runs_folder, panel) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel.view, key)
    app_state.panes.close_run(key)
    qtbot.waitUntil(lambda: key not in app_state.store.runs)
    assert panel.view.sheet_of(key) is None and not panel.view.sheets


def test_a_conditional_model_draws_the_chosen_class_or_each(qtbot, app_state, tmp_path, panel) -> None:
    model = family("conditional-vae").config_type(hidden_widths=(8,))
    config = RunConfig(data=DataConfig(source="digits"), model=model, train=TrainConfig(epochs=1, threads=1))
    for _ in run_training(new_run(config, tmp_path / "conditional", device="cpu")):
        pass
    panel.show()
    key = opened(qtbot, app_state, tmp_path, "conditional")
    settled(qtbot, panel.view, key)
    head = panel.findChild(RunHead, "draws_head_1")
    assert head.figure == "class 0: draws from its prior, the standard normal"
    app_state.session.set(condition=3)
    assert head.figure.startswith("class 3:")
    choose(panel.findChild(QComboBox, "samples_classes"), True)
    qtbot.waitUntil(lambda: len(panel.view.sheet_of(key).draws.z) == 10 * 5)
    assert panel.view.sheets[key].grid.columns == 5
    rows = panel.findChild(QSpinBox, "samples_rows")
    assert not rows.isEnabled() and rows.toolTip().startswith("Each class is a row")
    assert "--each-class" in panel.copy_command()


def test_arrow_keys_stop_at_the_edges(qtbot, app_state, runs_folder, panel) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel.view, key)
    sheet = panel.view.sheets[key]
    for _ in range(2):
        QTest.keyClick(sheet, Qt.Key.Key_Right)
    assert sheet.current == 1
    QTest.keyClick(sheet, Qt.Key.Key_Up)
    assert sheet.current == 1
    assert sheet.accessibleDescription().startswith("Draw 2:")


def test_settings_are_kept_with_the_session() -> None:
    assert View(sheet=Sheet("around", 3, 4, 7, 0.8)).sheet.columns == 4
