import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QScrollArea, QSlider, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.jobs.runs.open_run import open_for_viewing
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models.catalog import family
from explorer.ui.decode.code.code_bars_section import MAX_SLIDERS
from explorer.ui.decode.code.code_sliders import read_numbers
from explorer.ui.decode.forward_pass.code_rows import fixed
from explorer.ui.decode.panel.decode_panel import DecodePanel
from explorer.ui.pictures.sample_view import write_sample_picture
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture
def panel(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> DecodePanel:
    widget = DecodePanel(app_state, themes)
    qtbot.addWidget(widget)
    widget.resize(330, 700)
    widget.show()
    return widget


@pytest.fixture
def open_run(qtbot: QtBot, app_state: AppState) -> Callable[[Path], str]:
    def opened(path: Path) -> str:
        key = str(path)
        app_state.opener.open(path)
        qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
        app_state.session.set_silent(active=0)
        return key

    return opened


def train(folder: Path, source: str, name: str = "vae", latent_dim: int = 2) -> Path:
    model = family(name).config_type(latent_dim=latent_dim, hidden_widths=(8,))
    config = RunConfig(data=DataConfig(source=source), model=model, train=TrainConfig(epochs=1))
    out = folder / f"{name}-{latent_dim}-{Path(source).stem}"
    for _ in run_training(new_run(config, out, device="cpu")):
        pass
    return out


def text(panel: DecodePanel, name: str) -> str:
    label = panel.findChild(QLabel, name)
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def edit(panel: DecodePanel, number: int) -> QLineEdit:
    found = panel.findChild(QLineEdit, f"z_edit_{number}")
    assert isinstance(found, QLineEdit)
    return found


def slider(panel: DecodePanel, number: int) -> QSlider:
    found = panel.findChild(QSlider, f"z_slider_{number}")
    assert isinstance(found, QSlider)
    return found


def button(panel: DecodePanel, name: str) -> QToolButton:
    found = panel.findChild(QToolButton, name)
    assert isinstance(found, QToolButton)
    return found


def probe_z(app_state: AppState) -> tuple[float, ...]:
    probe = app_state.session.view.probe
    assert probe is not None
    return probe.z


def shown(panel: DecodePanel) -> np.ndarray:
    values = panel.pictures.main.view.values
    assert values is not None
    return values


def test_before_the_first_probe_it_says_what_to_do(
    panel: DecodePanel, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    assert text(panel, "decode_empty").startswith("Open or train a run")
    open_run(runs_folder / "vae")
    assert text(panel, "decode_empty").startswith("Click or drag on a plane")


def test_a_place(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "vae")
    open_run(runs_folder / "ae")
    app_state.probing.probe_point(key, (40.0, 40.0))
    qtbot.waitUntil(lambda: "far from the data" in text(panel, "data_words"))
    nearest = panel.controller.decoded.nearest
    assert nearest is not None
    assert f"class {nearest.class_name}" in text(panel, "nearest_words")
    assert "latent units away" in text(panel, "nearest_words")
    qtbot.waitUntil(lambda: text(panel, "others_words").startswith("ae shows that nearest real sample"))
    assert text(panel, "decode_subject") == "vae"
    assert text(panel, "decode_empty") == ""
    assert (edit(panel, 1).text(), edit(panel, 2).text()) == ("40.000", "40.000")


def test_a_sample_and_its_forward_pass(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "vae")
    open_run(runs_folder / "ae")
    app_state.probing.probe_sample(key, 11)
    way = panel.findChild(QWidget, "forward_pass_view")
    assert way is not None
    qtbot.waitUntil(lambda: way.isVisible() and len(panel.frame.reparameterization.costs) == 2)
    loaded = open_for_viewing(Path(key)).loaded
    run = app_state.store.runs[key]
    assert loaded is not None
    assert run.dataset is not None
    with torch.no_grad():
        posterior = loaded.model.encode(torch.from_numpy(run.dataset.model_inputs(np.array([11]))))
    assert posterior.log_variance is not None
    rows = {row.label: row.values for row in panel.frame.reparameterization.forward_pass.rows}
    assert rows["x → μ"] == pytest.approx(posterior.mean[0].numpy(), abs=1e-5)
    assert rows["σ = exp(½ log σ²)"] == pytest.approx(np.exp(posterior.log_variance[0].numpy() / 2), abs=1e-5)
    assert rows["ε ~ N(0, 1)"] == (0.0, 0.0)
    own, other = panel.frame.reparameterization.costs
    followed = panel.controller.decoded.panes[0].forward_pass
    assert followed is not None
    assert followed.kl is not None
    figures = [float(found) for found in re.findall(r"\d+\.\d+", own)]
    wanted = [followed.reconstruction, followed.kl, followed.reconstruction + followed.kl]
    assert figures == pytest.approx(wanted, abs=0.011)
    assert other.startswith("ae: ")
    assert "not defined" in other
    qtbot.mouseClick(button(panel, "noise_redraw"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: (
            {row.label: row.values for row in panel.frame.reparameterization.forward_pass.rows}["ε ~ N(0, 1)"]
            != (0.0, 0.0)
        )
    )
    assert panel.pictures.real.isVisible()
    assert panel.pictures.real.view.size() == panel.pictures.main.view.size()


def test_an_autoencoder_says_what_is_not_defined(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "ae")
    assert text(panel, "kl_words") == "not defined: AE has no posterior to compare with a prior"
    app_state.probing.probe_sample(key, 2)
    qtbot.waitUntil(lambda: bool(panel.frame.reparameterization.forward_pass.rows))
    words = {row.label: row.words for row in panel.frame.reparameterization.forward_pass.rows}
    assert words["ε"].startswith("not defined")
    assert words["x → log σ²"].startswith("not defined")
    assert not button(panel, "noise_redraw").isVisible()


def test_sliding_is_one_undo_step_and_decodes_continuously(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "vae")
    app_state.probing.probe_point(key, (0.0, 0.0))
    qtbot.waitUntil(lambda: panel.pictures.main.view.values is not None)
    handle = slider(panel, 2)
    middle = handle.height() // 2
    qtbot.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(handle.width() // 2, middle))
    for x in range(handle.width() // 2, handle.width() - 10, 8):
        qtbot.mouseMove(handle, QPoint(x, middle))
        before = shown(panel)
        qtbot.waitUntil(lambda before=before: shown(panel) is not before or probe_z(app_state)[1] == 0)
    dragged = probe_z(app_state)
    qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(handle.width() - 12, middle))
    assert dragged[0] == 0
    assert dragged[1] > 2
    assert probe_z(app_state)[1] >= dragged[1]
    app_state.session.undo()
    assert probe_z(app_state) == (0.0, 0.0)
    app_state.session.undo()
    assert app_state.session.view.probe is None


def test_z_is_typed_and_pasted(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "vae")
    app_state.probing.probe_point(key, (0.0, 0.0))
    field = edit(panel, 1)
    field.selectAll()
    qtbot.keyClicks(field, "-1.25")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert probe_z(app_state) == (-1.25, 0.0)
    QGuiApplication.clipboard().setText("0.5, -0.75")
    field.selectAll()
    field.paste()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert probe_z(app_state) == (0.5, -0.75)
    assert edit(panel, 2).text() == "−0.750"
    field.selectAll()
    qtbot.keyClicks(field, "one")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.property("invalid")
    assert "no number" in field.toolTip()
    assert probe_z(app_state) == (0.5, -0.75)
    qtbot.mouseClick(button(panel, "z_copy"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "0.5,-0.75"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("1", (1.0,)), ("[1, −2; 3e-1]", (1.0, -2.0, 0.3)), ("nan", None), ("1,x", None), ("", None)],
)
def test_read_numbers(typed: str, wanted: tuple[float, ...] | None) -> None:
    assert read_numbers(typed) == wanted


def test_random_and_the_switch(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "vae")
    app_state.probing.probe_point(key, (0.0, 0.0))
    qtbot.waitUntil(lambda: panel.pictures.main.view.values is not None)
    qtbot.mouseClick(button(panel, "decode_random"), Qt.MouseButton.LeftButton)
    assert probe_z(app_state) != (0.0, 0.0)
    qtbot.mouseClick(button(panel, "decode_sample"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: set(np.unique(shown(panel))) <= {0.0, 16.0})  # Bernoulli pixels, 0 or all
    before = shown(panel)
    qtbot.mouseClick(button(panel, "decode_redraw"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown(panel) is not before)
    assert app_state.session.view.draw_seed == 1
    qtbot.mouseClick(button(panel, "decode_mean"), Qt.MouseButton.LeftButton)
    assert app_state.session.view.decode_as == "mean"


def test_kl_per_dimension_is_that_of_the_run(
    panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "vae")
    wanted = app_state.store.runs[key].history.kl_per_dimension("validation")
    assert wanted is not None
    assert panel.frame.kl.bars.values == pytest.approx(wanted)
    panel.frame.kl.bars.set_sorted(True)
    assert list(panel.frame.kl.bars.shown) == np.argsort(-wanted).tolist()


@pytest.mark.parametrize("latent_dim", [1, 16, 64])
def test_any_latent_dimension(
    qtbot: QtBot,
    panel: DecodePanel,
    app_state: AppState,
    open_run: Callable[[Path], str],
    tmp_path: Path,
    latent_dim: int,
) -> None:
    key = open_run(train(tmp_path, "digits", latent_dim=latent_dim))
    app_state.probing.probe_sample(key, 5)
    qtbot.waitUntil(lambda: panel.frame.reparameterization.forward_pass.dimensions == latent_dim)
    if latent_dim <= MAX_SLIDERS:
        assert len(panel.findChildren(QSlider)) >= latent_dim
        assert edit(panel, latent_dim).text() == fixed(probe_z(app_state)[-1], 3)
    else:
        assert panel.sliders.section.bars.isVisible()
        assert panel.sliders.z == pytest.approx(probe_z(app_state), rel=1e-4, abs=1e-6)
    closed = panel.frame.reparameterization.forward_pass.height()
    if panel.frame.reparameterization.forward_pass.columns < latent_dim:
        qtbot.mouseClick(button(panel, "dimensions_all"), Qt.MouseButton.LeftButton)
        assert panel.frame.reparameterization.forward_pass.height() > closed
    assert panel.pictures.width() <= panel.width()
    app_state.probing.probe_random(key)
    qtbot.waitUntil(lambda: text(panel, "nearest_words") != "")


def test_rgb_pictures(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], tmp_path: Path
) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (60, 3, 6, 5), np.uint8)
    np.savez(tmp_path / "rgb.npz", samples=samples)
    key = open_run(train(tmp_path, str(tmp_path / "rgb.npz")))
    app_state.probing.probe_sample(key, 7)
    qtbot.waitUntil(lambda: panel.pictures.main.view.values is not None and panel.pictures.real.isVisible())
    real = panel.pictures.real.view.values
    assert real is not None
    assert (real == samples[7]).all()
    assert shown(panel).shape == (3, 6, 5)
    assert text(panel, "decode_known").startswith("sample 7")


def test_vectors_show_real_and_decoded_in_one_drawing(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], tmp_path: Path
) -> None:
    rows = np.random.default_rng(0).normal(size=(60, 3))
    lines = ["a,b,c", *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "table.csv").write_text("\n".join(lines) + "\n")
    key = open_run(train(tmp_path, str(tmp_path / "table.csv")))
    app_state.probing.probe_sample(key, 7)
    qtbot.waitUntil(lambda: panel.pictures.main.view.values is not None)
    assert shown(panel).shape == (3,)
    assert not panel.pictures.real.isVisible()


def test_missing_data_is_named(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "vae")
    app_state.store.set(key, dataset=None, missing_data="digits: no such file")
    app_state.probing.probe_point(key, (0.1, 0.2))
    qtbot.waitUntil(lambda: panel.pictures.main.view.values is not None)
    assert "digits: no such file" in text(panel, "missing_words")
    assert not panel.pictures.real.isVisible()


def test_new_weights_change_the_picture_in_place(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "vae")
    app_state.probing.probe_point(key, (0.1, 0.2))
    qtbot.waitUntil(lambda: panel.pictures.main.view.values is not None)
    before, widgets = shown(panel), set(map(id, panel.findChildren(QWidget)))
    app_state.store.set(key, weights=app_state.store.runs[key].weights + 1)
    qtbot.waitUntil(lambda: shown(panel) is not before)
    assert set(map(id, panel.findChildren(QWidget))) == widgets


def test_the_menu_and_saving(
    qtbot: QtBot,
    panel: DecodePanel,
    app_state: AppState,
    open_run: Callable[[Path], str],
    runs_folder: Path,
    tmp_path: Path,
) -> None:
    key = open_run(runs_folder / "vae")
    app_state.probing.probe_point(key, (0.25, -0.5))
    view = panel.pictures.main.view
    qtbot.waitUntil(lambda: view.values is not None)
    menu = view.build_menu()
    actions = {action.text(): action for action in menu.actions()}
    assert list(actions) == ["Copy picture", "Save picture as PNG…", "Copy z"]
    actions["Copy z"].trigger()
    assert QGuiApplication.clipboard().text() == "0.25,-0.5"
    actions["Copy picture"].trigger()
    assert QGuiApplication.clipboard().image().size() == view.image.size()
    menu.deleteLater()
    write_sample_picture(app_state.tasks, tmp_path / "x.png", shown(panel), app_state.store.runs[key].description)
    qtbot.waitUntil((tmp_path / "x.png").exists)


def test_every_control_is_named(panel: DecodePanel, open_run: Callable[[Path], str], runs_folder: Path) -> None:
    open_run(runs_folder / "vae")
    controls = [*panel.findChildren(QToolButton), *panel.findChildren(QSlider), *panel.findChildren(QLineEdit)]
    assert [control for control in controls if not (control.objectName() and control.toolTip())] == []
    assert [control for control in controls if not control.accessibleName()] == []


def test_light_and_large(
    qtbot: QtBot,
    qapp: QApplication,
    panel: DecodePanel,
    themes: ThemeSource,
    app_state: AppState,
    open_run: Callable[[Path], str],
    runs_folder: Path,
) -> None:
    key = open_run(runs_folder / "vae")
    app_state.probing.probe_point(key, (0.1, 0.2))
    qtbot.waitUntil(lambda: panel.pictures.real.isVisible())
    font, palette = qapp.font(), qapp.palette()
    themes.apply_to(qapp)
    try:
        themes.set_mode("light")
        themes.set_scale(2.0)
        panel.resize(632, 500)
        content = panel.findChild(QScrollArea, "decode_scroll").widget()
        qtbot.waitUntil(lambda: content.width() == content.parentWidget().width())
        right = max(cell.geometry().right() for cell in (panel.pictures.main, panel.pictures.real))
        assert right <= content.width()
    finally:
        qapp.setStyleSheet("")
        qapp.setFont(font)
        qapp.setPalette(palette)
