"""The components of linear runs in the window, updated during training, and none for other runs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QTabWidget
from pytestqt.qtbot import QtBot
from sklearn.decomposition import PCA

from explorer.config import DataConfig, RunConfig, TrainConfig, replace
from explorer.data.dataset import Dataset
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models.catalog import family
from explorer.models.linear_parts import ANGLE
from explorer.ui.app.window_actions import main_window
from explorer.ui.components.component_charts import NOT_LINEAR
from explorer.ui.components.components_panel import ComponentsPanel
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

Open = Callable[[str], str]


def linear_config(name: str, epochs: int = 3) -> RunConfig:
    settings = family(name)
    return RunConfig(data=DataConfig(source="digits"), model=settings.config_type(), train=TrainConfig(epochs=epochs))


@pytest.fixture(scope="module")
def linear_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train ``pca``, ``svd`` and ``linear-ae`` once for all tests, which only read them."""
    folder = tmp_path_factory.mktemp("linear")
    for name in ("pca", "svd", "linear-ae"):
        for _ in run_training(new_run(linear_config(name), folder / name, device="cpu")):
            pass
    return folder


@pytest.fixture
def panel(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> ComponentsPanel:
    widget = ComponentsPanel(app_state, themes)
    qtbot.addWidget(widget)
    widget.resize(560, 200)
    widget.show()
    return widget


@pytest.fixture
def opened(qtbot: QtBot, app_state: AppState, linear_runs: Path) -> Open:
    def open_run(name: str) -> str:
        key = str(linear_runs / name)
        app_state.opener.open(Path(key), pane=0 if app_state.session.view.panes else None)
        qtbot.waitUntil(lambda: app_state.session.view.active_run == key)
        return key

    return open_run


def test_pca_shows_its_directions_and_what_they_explain(
    qtbot: QtBot, panel: ComponentsPanel, opened: Open, digits: Dataset
) -> None:
    opened("pca")
    qtbot.waitUntil(lambda: panel.parts is not None)
    rows = digits.model_inputs(digits.splits.train).reshape(-1, 64)
    reference = PCA(20).fit(rows)
    assert np.allclose(panel.bars.shares, reference.explained_variance_ratio_, atol=1e-5)
    assert len(panel.table.rows) == 1 and panel.table.rows[0].directions.shape == (2, 1, 8, 8)
    kept = 100 * reference.explained_variance_ratio_[:2].sum()
    assert panel.words == f"2 directions keep {kept:.2f} % of the variance"
    assert not panel.angle_curve.isVisible()
    texts = {panel.bars.words_at(x).partition(":")[0]: panel.bars.words_at(x) for x in range(panel.bars.width())}
    assert [f"direction {number}" in texts for number in (1, 2, 3, 20)] == [True] * 4
    assert texts["direction 2"].endswith("; kept") and texts["direction 3"].endswith("not kept by this bottleneck")
    assert panel.table.words_at(QPoint(5, 40)).startswith("decode of z = 0")


def test_svd_says_that_nothing_is_centred(qtbot: QtBot, panel: ComponentsPanel, opened: Open) -> None:
    opened("svd")
    qtbot.waitUntil(lambda: panel.parts is not None)
    assert "of the squared length" in panel.words
    assert panel.parts is not None and panel.parts.mean is None
    assert panel.bars.accessibleName() == "Explained squared length by direction"


def test_a_linear_autoencoder_stands_beside_pca_with_its_angle(
    qtbot: QtBot, panel: ComponentsPanel, opened: Open, app_state: AppState
) -> None:
    key = opened("linear-ae")
    qtbot.waitUntil(lambda: panel.parts is not None)
    assert [row.name for row in panel.table.rows] == ["decoder", "PCA"]
    epochs, degrees = app_state.store.runs[key].history.figure_curve(ANGLE)
    assert len(epochs) == 4, "before the first step, and after each epoch"
    assert np.array_equal(panel.angle_curve.curve.values, degrees)
    assert panel.parts is not None and panel.parts.angle == pytest.approx(degrees[-1], abs=1e-6)
    assert panel.angle_curve.isVisible()
    assert panel.angle_curve.words_at(panel.angle_curve.width() - 4).startswith("epoch 3: ")


def test_it_follows_a_training(qtbot: QtBot, panel: ComponentsPanel, app_state: AppState) -> None:
    app_state.trainings.train(linear_config("linear-ae", epochs=40), "lin")
    key = str(app_state.folders.folder / "lin")
    angles: list[float] = []

    def grown() -> bool:
        if panel.parts is not None and panel.parts.angle is not None and panel.parts.angle not in angles:
            angles.append(panel.parts.angle)
        return (
            key in app_state.store.runs
            and app_state.store.runs[key].status == "finished"
            and not app_state.trainings.running
        )

    qtbot.waitUntil(grown)
    qtbot.waitUntil(lambda: len(panel.angle_curve.curve.epochs) == 41)
    last = app_state.store.runs[key].history.figure_curve(ANGLE)[1][-1]
    qtbot.waitUntil(lambda: panel.parts is not None and abs((panel.parts.angle or 0) - last) < 1e-6)
    assert angles[0] > last


def test_the_panel_explains_that_other_families_have_no_components(
    qtbot: QtBot, panel: ComponentsPanel, opened: Open, app_state: AppState, runs_folder: Path
) -> None:
    opened("pca")
    qtbot.waitUntil(lambda: panel.parts is not None)
    with qtbot.waitSignal(panel.offered_changed) as changed:
        app_state.opener.open(runs_folder / "ae", pane=0)
    assert changed.args == [False] and panel.words == NOT_LINEAR and panel.parts is None


def test_every_look_fits(qtbot: QtBot, panel: ComponentsPanel, opened: Open, themes: ThemeSource) -> None:
    opened("linear-ae")
    qtbot.waitUntil(lambda: panel.parts is not None)
    dark = panel.grab().toImage()
    themes.set_mode("light")
    assert panel.grab().toImage() != dark
    for width in (300, 900):
        panel.resize(width, 160)
        assert panel.table.sizeHint().height() <= 160
        panel.grab()


def test_the_window_has_the_tab_for_linear_runs_alone(
    qtbot: QtBot, app_state: AppState, themes: ThemeSource, linear_runs: Path, runs_folder: Path
) -> None:
    window = main_window(app_state, themes)
    qtbot.addWidget(window)
    window.show()
    tabs = window.findChild(QTabWidget, "bottom_tabs")
    assert isinstance(tabs, QTabWidget)
    tab = tabs.indexOf(window.components)
    assert not tabs.isTabVisible(tab)
    app_state.opener.open(linear_runs / "pca")
    qtbot.waitUntil(lambda: tabs.isTabVisible(tab))
    assert tabs.currentWidget() is window.components, "there is neither a path nor a selection to look at"
    app_state.opener.open(runs_folder / "ae", pane=0)
    qtbot.waitUntil(lambda: not tabs.isTabVisible(tab))
    window.close()


def test_an_autoencoder_that_is_linear_by_its_settings_is_offered(
    qtbot: QtBot, panel: ComponentsPanel, app_state: AppState, tmp_path: Path
) -> None:
    config = linear_config("ae", epochs=1)
    model = type(config.model)(activation="identity", likelihood="gaussian")  # type: ignore[call-arg]
    for _ in run_training(new_run(replace(config, model=model), tmp_path / "by-settings", device="cpu")):
        pass
    app_state.opener.open(tmp_path / "by-settings")
    qtbot.waitUntil(lambda: panel.parts is not None)
    assert panel.offered and panel.parts is not None and panel.parts.angle is not None
    assert len(panel.table.rows) == 2
