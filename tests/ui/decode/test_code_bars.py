"""A wide code in the decode panel: bars selected, dragged, typed and sorted; their text; the effect of one unit."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QLineEdit, QSlider, QToolButton
from pytestqt.qtbot import QtBot

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.jobs.plane.projected_codes import code_source
from explorer.jobs.runs.open_run import OpenRun, open_for_viewing
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.metrics.codes.sparse_activity import activity_of
from explorer.latent.plane.projection import dimension_name
from explorer.models.catalog import family
from explorer.runs.run_directory import open_run
from explorer.ui.decode.code.code_bars import CodeBars
from explorer.ui.decode.code.code_bars_section import UnitPictures, difference
from explorer.ui.decode.panel.decode_panel import DecodePanel
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

LEFT = Qt.MouseButton.LeftButton
UNITS = 40


@pytest.fixture(scope="module")
def sparse_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a top-k run with a dead unit or more, once."""
    folder = tmp_path_factory.mktemp("sparse")
    model = family("sparse-ae").config_type(latent_dim=UNITS, sparsity="top-k", active_units=3, active_units_after=0)
    wide = family("overcomplete-ae").config_type(latent_dim=70)
    plain = family("ae").config_type(latent_dim=20, hidden_widths=(8,))
    for name, config in (("sparse", model), ("wide", wide), ("plain", plain)):
        run = RunConfig(data=DataConfig(source="digits"), model=config, train=TrainConfig(epochs=2))
        for _ in run_training(new_run(run, folder / name, device="cpu")):
            pass
    return folder


@pytest.fixture
def panel(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> DecodePanel:
    widget = DecodePanel(app_state, themes)
    qtbot.addWidget(widget)
    widget.resize(330, 1100)
    widget.show()
    return widget


def opened(qtbot: QtBot, app_state: AppState, folder: Path, name: str) -> OpenRun:
    path = app_state.folders.folder / name
    shutil.copytree(folder / name, path)
    app_state.opener.open(path)
    qtbot.waitUntil(lambda: str(path) in app_state.store.runs and app_state.store.runs[str(path)].dataset is not None)
    app_state.session.set_silent(active=0)
    return app_state.store.runs[str(path)]


@pytest.fixture
def run(qtbot: QtBot, app_state: AppState, panel: DecodePanel, sparse_run: Path) -> OpenRun:
    run = opened(qtbot, app_state, sparse_run, "sparse")
    app_state.probing.probe_sample(run.key, 5)
    qtbot.waitUntil(lambda: bars(panel).isVisible() and pictures(panel).alone.view.values is not None)
    qtbot.waitUntil(lambda: bars(panel).z == pytest.approx(probe_z(app_state)))
    return run


def bars(panel: DecodePanel) -> CodeBars:
    found = panel.findChild(CodeBars, "code_bars")
    assert isinstance(found, CodeBars)
    return found


def pictures(panel: DecodePanel) -> UnitPictures:
    return panel.sliders.section.pictures


def text(panel: DecodePanel, name: str) -> str:
    label = panel.findChild(QLabel, name)
    assert isinstance(label, QLabel)
    return label.text()


def probe_z(app_state: AppState) -> tuple[float, ...]:
    probe = app_state.session.view.probe
    assert probe is not None
    return probe.z


def tip_of(panel: DecodePanel, unit: int) -> QPoint:
    return bars(panel).tip_of(unit).toPoint()


def test_a_wide_code_has_bars_and_no_sliders(panel: DecodePanel, run: OpenRun, app_state: AppState) -> None:
    assert bars(panel).order == tuple(range(UNITS))
    assert not [slider for slider in panel.findChildren(QSlider) if slider.isVisible()]
    assert np.count_nonzero(bars(panel).z) <= 3


def test_what_is_active_and_what_is_dead_is_said_in_numbers(panel: DecodePanel, run: OpenRun) -> None:
    assert run.plane is not None
    codes = run.plane.mean
    dead = np.flatnonzero((codes == 0).all(0))
    assert len(dead) > 0
    words = text(panel, "code_words")
    assert words.startswith("3 of 40 units active here (8 %)") or words.startswith("3 of 40 units active here (7.5 %)")
    assert f"over {len(codes):,} samples of the plane" in words
    assert f"{len(dead)} dead unit" in words and dimension_name(int(dead[0])) in words
    assert "dead: active for no sample" in bars(panel).words_of(int(dead[0]))
    alive = int(np.argmax((codes != 0).mean(0)))
    assert f"active on {100 * (codes[:, alive] != 0).mean():.3g} %" in bars(panel).words_of(alive)


def test_a_click_shows_what_the_unit_draws_alone(
    qtbot: QtBot, panel: DecodePanel, run: OpenRun, app_state: AppState
) -> None:
    unit = int(np.argmax(np.abs(bars(panel).z)))
    before = probe_z(app_state)
    qtbot.mouseClick(bars(panel), LEFT, pos=QPoint(tip_of(panel, unit).x(), 30))
    assert bars(panel).unit == unit and probe_z(app_state) == before
    assert text(panel, "code_unit") == dimension_name(unit)
    qtbot.waitUntil(lambda: pictures(panel).alone.caption.text().startswith(f"{dimension_name(unit)} = "))
    model, _ = open_run(run.path).load_model()
    z = torch.zeros(2, UNITS)
    z[0, unit] = before[unit]
    with torch.inference_mode():
        wanted = run.description.transform.invert(model.decode(z).mean.numpy())
    np.testing.assert_allclose(pictures(panel).alone.view.values, wanted[0], atol=1e-4)
    change = wanted[0].astype(np.float64) - wanted[1]
    shown = pictures(panel).adds.view.values
    assert shown is not None
    middle = sum(run.description.value_range) / 2
    assert np.corrcoef((shown - middle).ravel(), change.ravel())[0, 1] > 0.9999


def test_a_bar_is_dragged_as_one_step_of_undo(
    qtbot: QtBot, panel: DecodePanel, run: OpenRun, app_state: AppState
) -> None:
    unit, before = 7, probe_z(app_state)
    start = tip_of(panel, unit)
    qtbot.mousePress(bars(panel), LEFT, pos=start)
    for y in (start.y() - 15, start.y() - 30, 8):
        qtbot.mouseMove(bars(panel), QPoint(start.x(), y))
    qtbot.waitUntil(lambda: probe_z(app_state)[unit] > 0)
    assert bars(panel).dragging
    qtbot.mouseRelease(bars(panel), LEFT, pos=QPoint(start.x(), 8))
    after = probe_z(app_state)
    assert after[unit] > before[unit]
    others = [index for index in range(UNITS) if index != unit]
    assert [after[index] for index in others] == pytest.approx([before[index] for index in others])
    assert bars(panel).tip_of(unit).y() == pytest.approx(8, abs=2)
    app_state.session.undo()
    assert probe_z(app_state) == before


def test_sorted_bars_keep_their_order_during_a_drag(
    qtbot: QtBot, panel: DecodePanel, run: OpenRun, app_state: AppState
) -> None:
    sort = panel.findChild(QToolButton, "code_sort")
    assert isinstance(sort, QToolButton)
    qtbot.mouseClick(sort, LEFT)
    order = bars(panel).order
    assert list(order) == np.argsort(-np.abs(bars(panel).z), kind="stable").tolist()
    last = order[-1]
    start = tip_of(panel, last)
    qtbot.mousePress(bars(panel), LEFT, pos=start)
    qtbot.mouseMove(bars(panel), QPoint(start.x(), start.y() - 20))
    qtbot.mouseMove(bars(panel), QPoint(start.x(), 2))
    qtbot.waitUntil(lambda: probe_z(app_state)[last] > 0)
    assert bars(panel).order == order
    qtbot.mouseRelease(bars(panel), LEFT, pos=QPoint(start.x(), 2))
    assert bars(panel).order[0] == last


def test_the_keys_choose_and_move(qtbot: QtBot, panel: DecodePanel, run: OpenRun, app_state: AppState) -> None:
    bars(panel).setFocus()
    for key, unit in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_Left, 1)):
        qtbot.keyClick(bars(panel), key)
        assert bars(panel).unit == unit
    before = probe_z(app_state)[1]
    qtbot.keyClick(bars(panel), Qt.Key.Key_Up)
    assert probe_z(app_state)[1] > before


def test_a_value_or_a_whole_code_is_typed(qtbot: QtBot, panel: DecodePanel, run: OpenRun, app_state: AppState) -> None:
    field = panel.findChild(QLineEdit, "code_unit_value")
    assert isinstance(field, QLineEdit)
    bars(panel).choose(11)
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "1.25")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert probe_z(app_state)[11] == 1.25 and bars(panel).z[11] == 1.25
    field.selectAll()
    field.insert(",".join(["0.5"] * UNITS))
    field.textEdited.emit(field.text())
    assert probe_z(app_state) == (0.5,) * UNITS
    field.selectAll()
    qtbot.keyClicks(field, "none")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert probe_z(app_state) == (0.5,) * UNITS and field.text() == "0.500"


def test_a_code_of_many_units_of_a_family_without_sparsity(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, sparse_run: Path
) -> None:
    run = opened(qtbot, app_state, sparse_run, "plain")
    app_state.probing.probe_sample(run.key, 3)
    qtbot.waitUntil(lambda: bars(panel).isVisible() and "not defined" in text(panel, "code_words"))
    assert "no sparse code" in text(panel, "code_words")
    assert text(panel, "run_warnings") == ""


def test_a_run_that_can_copy_its_input_is_warned_of(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, sparse_run: Path
) -> None:
    run = opened(qtbot, app_state, sparse_run, "wide")
    app_state.probing.probe_sample(run.key, 3)
    qtbot.waitUntil(lambda: "can copy its input" in text(panel, "run_warnings"))
    label = panel.findChild(QLabel, "run_warnings")
    assert isinstance(label, QLabel) and label.isVisible()


def test_a_random_sparse_code_is_as_sparse_as_those_of_samples(sparse_run: Path) -> None:
    run = open_for_viewing(sparse_run / "sparse").run
    assert run.plane is not None
    activity = activity_of(run.config.model, run.plane.mean)
    assert activity is not None
    codes = code_source(run).draw(400, np.random.default_rng(0))
    assert (codes != 0).mean() == pytest.approx(activity.fraction, abs=0.01)
    assert not codes[:, list(activity.dead)].any()


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_a_thousand_bars_are_drawn_and_found(qtbot: QtBot, qapp: object, mode: str) -> None:
    themes = ThemeSource("dark" if mode == "dark" else "light")
    chart = CodeBars(themes)
    qtbot.addWidget(chart)
    chart.resize(250, chart.height())
    chart.set_range(np.tile([0.0, 2.0], (1024, 1)))
    z = np.zeros(1024)
    z[[100, 700]] = 2.0, 1.0
    chart.set_code(tuple(z.tolist()))
    chart.show()
    image = chart.grab().toImage()
    ratio = image.devicePixelRatio()
    at = chart.tip_of(100)
    colours = {image.pixelColor(round(at.x() * ratio) + shift, round(20 * ratio)).name() for shift in (-1, 0, 1)}
    assert QColor(themes.theme.accent).name() in colours
    qtbot.mouseClick(chart, LEFT, pos=(at + QPointF(0.6, 20)).toPoint())
    assert chart.unit == 100


def test_a_difference_of_pictures_is_centred_on_zero(digits: object) -> None:
    from explorer.data.dataset import Dataset

    assert isinstance(digits, Dataset)
    description = digits.description
    low, high = description.value_range
    base = np.full(description.shape, low, np.float32)
    more = base.copy()
    more[0, 2, 3] += 0.25 * (high - low)
    change = difference(more, base, description)
    assert change[0, 2, 3] == pytest.approx(high) and change[0, 0, 0] == pytest.approx((low + high) / 2)
    assert difference(base, more, description)[0, 2, 3] == pytest.approx(low)
