"""The draws of the runs in view: asked only while they are visible, beside the nearest real samples, and saved."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.jobs.plane.projected_codes import code_source
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.codes.nearest_real import nearest_real
from explorer.models.catalog import family
from explorer.ui.decode.panel.run_block import RunHead
from explorer.ui.draws.draw_sheet import pair_grid
from explorer.ui.draws.draws_panel import COUNT, DrawsPanel, DrawsWindow
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture
def panel(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> DrawsPanel:
    panel = DrawsPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(800, 160)
    return panel


def opened(qtbot: QtBot, state: AppState, folder: Path, name: str) -> str:
    key = str(folder / name)
    state.opener.open(folder / name)
    qtbot.waitUntil(lambda: key in state.store.runs and state.store.runs[key].plane is not None)
    run = state.store.runs[key]
    state.data.choose(run.config.data)
    qtbot.waitUntil(lambda: state.store.runs[key].dataset is not None)
    return key


def settled(qtbot: QtBot, panel: DrawsPanel | DrawsWindow, key: str) -> None:
    """Wait for draws of a run with the nearest real samples."""

    def has_real() -> bool:
        draws = panel.view.draws_of(key)
        return draws is not None and draws.real is not None

    qtbot.waitUntil(has_real)


def test_nothing_is_drawn_before_the_tab_is_visible(qtbot, app_state, runs_folder, panel) -> None:
    key = opened(qtbot, app_state, runs_folder, "vae")
    assert panel.view.draws_of(key) is None
    panel.show()
    settled(qtbot, panel, key)
    draws = panel.view.draws_of(key)
    expected = code_source(app_state.store.runs[key]).draw(COUNT, np.random.default_rng(0))
    np.testing.assert_array_equal(draws.z, expected)
    assert draws.decodes.shape == (COUNT, 1, 8, 8)


def test_below_each_draw_is_the_training_sample_nearest_to_it(qtbot, app_state, runs_folder, panel) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel, key)
    draws, data = panel.view.draws_of(key), app_state.store.runs[key].dataset
    compared = nearest_real(data).index
    real = data.rows(compared).reshape(len(compared), -1).astype(float)
    for number in (0, 7, COUNT - 1):
        distances = np.linalg.norm(real - draws.decodes[number].reshape(1, -1), axis=1)
        assert draws.nearest[number] == compared[distances.argmin()]
        np.testing.assert_array_equal(draws.real[number], data.rows(draws.nearest[number : number + 1])[0])


def test_each_run_in_view_has_a_sheet_and_equal_priors_the_same_codes(
    qtbot, app_state, runs_folder, panel, themes
) -> None:
    panel.show()
    vae, ae = (opened(qtbot, app_state, runs_folder, name) for name in ("vae", "ae"))
    for key in (vae, ae):
        settled(qtbot, panel, key)
    assert list(panel.view.sheets) == [pane.run for pane in app_state.session.view.panes]
    sources = {key: code_source(app_state.store.runs[key]).words for key in (vae, ae)}
    assert sources[vae] == "draws from its prior, the standard normal"
    assert sources[ae].startswith("no prior") and "from its prior" not in sources[ae]
    low, high = code_source(app_state.store.runs[ae]).range.T
    z = panel.view.draws_of(ae).z
    assert (z >= low - 1e-4).all() and (z <= high + 1e-4).all()


def test_a_click_on_a_draw_probes_its_code_and_one_below_follows_the_real_sample(
    qtbot, app_state, runs_folder, panel
) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel, key)
    sheet, draws = panel.view.sheets[key], panel.view.draws_of(key)
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


def test_drawing_again_takes_other_codes_in_tab_and_window(qtbot, app_state, runs_folder, panel, themes) -> None:
    window = DrawsWindow(app_state, panel.seed, themes)
    qtbot.addWidget(window)
    panel.show()
    window.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    for part in (panel, window):
        settled(qtbot, part, key)
    before = panel.view.draws_of(key).z
    window.findChild(QToolButton, "draws_window_again").click()
    for part in (panel, window):
        qtbot.waitUntil(lambda part=part: not np.array_equal(part.view.draws_of(key).z, before))
    np.testing.assert_array_equal(panel.view.draws_of(key).z, window.view.draws_of(key).z)


def test_the_window_saves_all_sheets_as_one_picture(qtbot, app_state, runs_folder, themes, tmp_path, panel) -> None:
    window = DrawsWindow(app_state, panel.seed, themes)
    qtbot.addWidget(window)
    window.show()
    for name in ("vae", "ae"):
        settled(qtbot, window, opened(qtbot, app_state, runs_folder, name))
    window.save_to(tmp_path / "sheet.png")
    qtbot.waitUntil(lambda: (tmp_path / "sheet.png").is_file())


def test_after_new_weights_a_view_that_was_hidden_is_drawn_anew(qtbot, app_state, runs_folder, panel) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel, key)
    before = panel.view.draws_of(key)
    panel.hide()
    app_state.store.weights_changed.emit(key)
    panel.show()
    qtbot.waitUntil(lambda: panel.view.draws_of(key) is not before)
    np.testing.assert_array_equal(panel.view.draws_of(key).z, before.z)


def test_the_draws_of_a_run_that_closes_are_forgotten(qtbot, app_state, runs_folder, panel) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel, key)
    app_state.panes.close_run(key)
    qtbot.waitUntil(lambda: key not in app_state.store.runs)
    assert panel.view.draws_of(key) is None and not panel.view.sheets


def test_the_head_of_a_conditional_model_says_which_class_is_drawn(qtbot, app_state, tmp_path, panel) -> None:
    model = family("conditional-vae").config_type(hidden_widths=(8,))
    config = RunConfig(data=DataConfig(source="digits"), model=model, train=TrainConfig(epochs=1, threads=1))
    for _ in run_training(new_run(config, tmp_path / "conditional", device="cpu")):
        pass
    panel.show()
    settled(qtbot, panel, opened(qtbot, app_state, tmp_path, "conditional"))
    head = panel.findChild(RunHead, "draws_head_1")
    assert head.figure == "class 0: draws from its prior, the standard normal"
    app_state.session.set(condition=3)
    assert head.figure.startswith("class 3:")


def test_arrow_keys_stop_at_the_edges(qtbot, app_state, runs_folder, panel) -> None:
    panel.show()
    key = opened(qtbot, app_state, runs_folder, "vae")
    settled(qtbot, panel, key)
    sheet = panel.view.sheets[key]
    QTest.keyClick(sheet, Qt.Key.Key_Right)
    QTest.keyClick(sheet, Qt.Key.Key_Right)
    assert sheet.current == 1
    # A tab has one row: there is nothing above or below.
    for edge in (Qt.Key.Key_Down, Qt.Key.Key_Up):
        QTest.keyClick(sheet, edge)
        assert sheet.current == 1
    assert sheet.accessibleDescription().startswith("Draw 2:")


@pytest.mark.parametrize("one_row", [True, False])
def test_words_and_bars_get_twice_the_width_of_pictures(one_row: bool) -> None:
    grid = pair_grid(25, 500, 400, one_row=one_row, aspect=2.0)
    area = grid.area(grid.shown - 1, real=True)
    assert area.width() == pytest.approx(2 * area.height(), abs=1)
    assert max(grid.area(number).right() for number in range(grid.shown)) <= 500 and area.bottom() <= 400


def test_pictures_grow_with_the_text() -> None:
    small, large = (pair_grid(4, 2000, 2000, one_row=False, scale=scale) for scale in (1.0, 1.5))
    assert large.side == 1.5 * small.side


@pytest.mark.parametrize("size", [(880, 600), (300, 700), (1400, 200)])
def test_all_pairs_of_a_grid_are_inside(size: tuple[int, int]) -> None:
    grid = pair_grid(25, *size, one_row=False)
    assert grid.shown == 25
    last = max(grid.area(number, real=True).bottom() for number in range(25))
    right = max(grid.area(number).right() for number in range(25))
    assert last <= size[1] and right <= size[0]


def test_a_row_leaves_out_pairs_without_room() -> None:
    grid = pair_grid(25, 300, 100, one_row=True)
    assert 1 < grid.shown < 25
    assert grid.area(grid.shown - 1, real=True).bottom() <= 100 and grid.area(grid.shown - 1).right() <= 300
