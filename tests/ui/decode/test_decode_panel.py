import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QScrollArea, QSlider, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from window_cases import settled

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.jobs.queries.follow_sample import ForwardPass
from explorer.jobs.runs.open_run import open_for_viewing
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models.catalog import family
from explorer.session import Pane
from explorer.ui.decode.code.code_bars_section import MAX_SLIDERS
from explorer.ui.decode.code.code_sliders import coordinate_text, read_numbers
from explorer.ui.decode.decode_state import fixed
from explorer.ui.decode.forward_pass.forward_pass_section import FEW, MOST, code_formula, pass_rows, scale_text
from explorer.ui.decode.panel.decode_panel import DecodePanel
from explorer.ui.pictures.difference_view import DifferenceScale
from explorer.ui.pictures.sample_view import PictureCell, write_sample_picture
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.why_mark import WhyMark


@pytest.fixture
def panel(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> DecodePanel:
    widget = DecodePanel(app_state, themes)
    qtbot.addWidget(widget)
    widget.resize(330, 900)
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


def cut_texts(panel: DecodePanel) -> list[str]:
    """Return the captions and scale texts that are wider than their widgets."""
    captions = [cell.caption for cell in panel.findChildren(PictureCell) if cell.caption.isVisible()]
    cut = [label.text() for label in captions if label.fontMetrics().horizontalAdvance(label.text()) > label.width()]
    scales = [scale for scale in panel.findChildren(DifferenceScale) if scale.isVisible()]
    return cut + [scale.objectName() for scale in scales if scale.minimumSizeHint().width() > scale.width()]


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
    qtbot.waitUntil(lambda: len(panel.pictures.blocks) == 2)
    assert [block.head.name for block in panel.pictures.blocks] == ["vae", "ae"]
    assert (panel.frame.head.text(), panel.frame.detail.texts[0]) == ("Point", "z = (40.00, 40.00)")
    assert text(panel, "decode_empty") == ""
    assert (edit(panel, 1).text(), edit(panel, 2).text()) == ("40.000", "40.000")


def test_a_sample_and_its_forward_pass(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "vae")
    open_run(runs_folder / "ae")
    app_state.probing.probe_sample(key, 11)
    table = panel.frame.forward.table
    qtbot.waitUntil(lambda: table.isVisible() and len(panel.pictures.blocks) == 2)
    loaded = open_for_viewing(Path(key)).loaded
    run = app_state.store.runs[key]
    assert loaded is not None
    assert run.dataset is not None
    with torch.no_grad():
        posterior = loaded.model.encode(torch.from_numpy(run.dataset.model_inputs(np.array([11]))))
    assert posterior.log_variance is not None
    assert [row.name for row in table.rows] == ["z₁", "z₂"]
    assert [row.mean for row in table.rows] == pytest.approx(posterior.mean[0].tolist(), abs=1e-5)
    assert [row.sigma for row in table.rows] == pytest.approx((posterior.log_variance[0] / 2).exp().tolist(), abs=1e-5)
    assert [row.noise for row in table.rows] == [0.0, 0.0]
    assert panel.frame.head.text() == "Sample 11"
    assert not button(panel, "noise_zero").isEnabled()
    qtbot.mouseClick(button(panel, "noise_redraw"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: table.rows[0].noise != 0.0)
    first = table.rows[0]
    assert first.sigma is not None and first.noise is not None
    assert first.z == pytest.approx(first.mean + first.sigma * first.noise, abs=1e-5)
    qtbot.mouseClick(button(panel, "noise_zero"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: table.rows[0].noise == 0.0)


def test_a_run_has_one_reconstruction(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    """The mean over q(z|x), in caption and bound alike, whatever ε; for an autoencoder that of its code."""
    key = open_run(runs_folder / "vae")
    other = open_run(runs_folder / "ae")
    app_state.probing.probe_sample(key, 11)
    blocks = panel.pictures
    qtbot.waitUntil(lambda: len(blocks.blocks) == 2 and "…" not in blocks.blocks[0].head.figure)
    own, plain = (block.head.figure for block in blocks.blocks)
    bound = panel.bound.bars.rows[0]
    assert own == f"reconstruction {bound.value.removeprefix('−')} nats"
    forward_pass = panel.controller.decoded.of(other)
    assert forward_pass is not None and forward_pass.forward_pass is not None
    assert plain == f"reconstruction {fixed(forward_pass.forward_pass.reconstruction)} nats"
    qtbot.mouseClick(button(panel, "noise_redraw"), Qt.MouseButton.LeftButton)
    table = panel.frame.forward.table
    qtbot.waitUntil(lambda: table.rows[0].noise != 0.0)
    assert blocks.blocks[0].head.figure == own


def test_real_decode_and_difference_are_side_by_side(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "vae")
    open_run(runs_folder / "ae")
    app_state.probing.probe_sample(key, 11)
    qtbot.waitUntil(lambda: len(panel.pictures.blocks) == 2 and panel.pictures.real.isVisible())
    for width in (304, 330, 440):
        panel.resize(width, 900)
        first, second = panel.pictures.blocks
        row = [panel.pictures.real, first.decode, first.difference]
        assert len({cell.y() for cell in row}) == 1
        assert [cell.x() for cell in row] == sorted(cell.x() for cell in row)
        assert len({cell.view.size().toTuple() for cell in row}) == 1
        assert (second.decode.x(), second.difference.x()) == (first.decode.x(), first.difference.x())
        assert first.difference.geometry().right() < panel.pictures.width()
    change = panel.pictures.blocks[0].difference.view.values
    real = panel.pictures.real.view.values
    assert change is not None and real is not None
    assert change == pytest.approx((shown(panel) - real) / 16, abs=1e-5)


def test_the_framed_run_comes_first(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    """Head, forward pass, bound and code belong to the framed pane, whichever pane was clicked."""
    key = open_run(runs_folder / "vae")
    open_run(runs_folder / "ae")
    app_state.probing.probe_sample(key, 11)
    qtbot.waitUntil(lambda: len(panel.pictures.blocks) == 2)
    assert [block.head.name for block in panel.pictures.blocks] == ["vae", "ae"]
    app_state.session.set(active=1)
    assert [block.head.name for block in panel.pictures.blocks] == ["ae", "vae"]
    qtbot.waitUntil(lambda: panel.bound.brief == "not defined")
    assert panel.frame.kl.brief == "not defined"
    assert {row.sigma for row in panel.frame.forward.table.rows} == {None}


def test_four_runs_are_two_by_two_in_the_order_of_the_panes(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    for name in ("a", "b"):
        shutil.copytree(runs_folder / "vae", runs_folder / name)
    keys = [open_run(runs_folder / name) for name in ("a", "ae", "b", "vae")]
    app_state.session.set_silent(panes=tuple(Pane(key) for key in keys), active=2)
    app_state.probing.probe_sample(keys[2], 11)
    qtbot.waitUntil(lambda: len(panel.pictures.blocks) == 4)
    blocks = panel.pictures.blocks
    assert [block.head.name for block in blocks] == ["a", "ae", "b", "vae"]
    assert blocks[0].decode.y() == blocks[1].decode.y() < blocks[2].decode.y() == blocks[3].decode.y()
    assert panel.pictures.real.geometry().bottom() < blocks[0].decode.y()
    qtbot.waitUntil(lambda: panel.frame.forward.about == "b")
    assert all(block.figure.texts[0].startswith("reconstruction") for block in blocks)
    panel.resize(304, 900)
    assert cut_texts(panel) == []


def test_an_autoencoder_says_what_is_not_defined(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "ae")
    qtbot.mouseClick(panel.frame.kl.button, Qt.MouseButton.LeftButton)
    assert text(panel, "kl_words") == "Not defined: AE has no posterior to compare with a prior"
    assert not panel.findChild(WhyMark, "why_kl_collapse").isVisible()
    app_state.probing.probe_sample(key, 2)
    table = panel.frame.forward.table
    qtbot.waitUntil(lambda: bool(table.rows))
    # There is no σ and no ε to show: z alone.
    assert [row.sigma for row in table.rows] == [None, None]
    rows = (f"{row.name}: z {row.texts[-1]}" for row in table.rows)
    assert table.accessibleDescription() == "; ".join(rows)
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


def test_a_number_that_rounds_to_0_has_no_sign() -> None:
    assert (fixed(-0.04, 1), fixed(-0.06, 1)) == ("0.0", "−0.1")


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("1", (1.0,)), ("[1, −2; 3e-1]", (1.0, -2.0, 0.3)), ("nan", None), ("1,x", None), ("", None)],
)
def test_read_numbers(typed: str, wanted: tuple[float, ...] | None) -> None:
    assert read_numbers(typed) == wanted


@pytest.mark.parametrize(
    ("value", "text"),
    [(-1.53, "−1.530"), (123.456, "123.46"), (-1234.56, "−1234.6"), (-12345.678, "−12346"), (-1.23e9, "−1.2e9")],
)
def test_a_coordinate_fits_its_field_however_large_it_is(value: float, text: str) -> None:
    assert coordinate_text(value) == text
    (read,) = read_numbers(text) or (0.0,)
    assert read == pytest.approx(value, rel=0.03)


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


@pytest.mark.parametrize("latent_dim", [1, 16, 64, 1024])
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
    panel.resize(330, 1500)
    table = panel.frame.forward.table
    qtbot.waitUntil(lambda: len(table.rows) == min(latent_dim, MOST))
    if latent_dim <= MAX_SLIDERS:
        assert len(panel.findChildren(QSlider)) >= latent_dim
        assert edit(panel, latent_dim).text() == fixed(probe_z(app_state)[-1], 3)
    else:
        assert panel.sliders.section.bars.isVisible()
        assert panel.sliders.z == pytest.approx(probe_z(app_state), rel=1e-4, abs=1e-6)
    closed = table.height()
    if latent_dim > FEW:
        qtbot.mouseClick(button(panel, "dimensions_all"), Qt.MouseButton.LeftButton)
        assert table.height() > closed
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
    assert panel.frame.head.text() == "Sample 7"


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
    assert not panel.pictures.blocks[0].difference.isVisible()
    assert panel.pictures.main.caption.text() == "bar: decode, mark: real x"


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
    assert list(actions) == ["Copy picture", "Save picture…", "Copy z"]
    actions["Copy z"].trigger()
    assert QGuiApplication.clipboard().text() == "0.25,-0.5"
    actions["Copy picture"].trigger()
    assert QGuiApplication.clipboard().image().size() == view.image.size()
    menu.deleteLater()
    write_sample_picture(app_state.tasks, tmp_path / "x.png", shown(panel), app_state.store.runs[key].description)
    qtbot.waitUntil((tmp_path / "x.png").exists)
    write_sample_picture(app_state.tasks, tmp_path / "x.pdf", shown(panel), app_state.store.runs[key].description)
    qtbot.waitUntil((tmp_path / "x.pdf").exists)


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


def test_nothing_moves_under_the_mouse_while_a_slider_turns_a_sample_into_a_point(
    qtbot: QtBot, panel: DecodePanel, app_state: AppState, open_run: Callable[[Path], str], runs_folder: Path
) -> None:
    key = open_run(runs_folder / "vae")
    app_state.probing.probe_sample(key, 11)
    qtbot.waitUntil(lambda: panel.frame.forward.isVisible() and bool(panel.bound.bars.rows))
    handle = slider(panel, 1)
    # Pictures, bound and formula of the sample arrive one after the other, and each lays the column out.
    before = settled(qtbot, lambda: handle.mapTo(panel, QPoint()))
    middle = QPoint(handle.width() // 2, handle.height() // 2)
    qtbot.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(handle, middle + QPoint(12, 0))
    qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=middle + QPoint(12, 0))
    qtbot.waitUntil(lambda: not panel.frame.forward.isVisible())
    qtbot.waitUntil(lambda: text(panel, "nearest_words") != "")
    assert settled(qtbot, lambda: handle.mapTo(panel, QPoint())) == before
    # A point chosen on the plane gets an arrangement of its own.
    app_state.probing.probe_point(key, (0.0, 0.0))
    qtbot.waitUntil(lambda: handle.mapTo(panel, QPoint()) != before)


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_the_narrowest_column_is_wide_enough(
    qtbot: QtBot,
    qapp: QApplication,
    panel: DecodePanel,
    themes: ThemeSource,
    app_state: AppState,
    open_run: Callable[[Path], str],
    runs_folder: Path,
    scale: float,
) -> None:
    key = open_run(runs_folder / "vae")
    open_run(runs_folder / "ae")
    themes.apply_to(qapp)
    themes.set_scale(scale)
    app_state.probing.probe_sample(key, 11)
    qtbot.waitUntil(lambda: bool(panel.bound.bars.rows) and len(panel.pictures.blocks) == 2)
    assert panel.minimumSizeHint().width() <= 304 * scale
    panel.resize(round(304 * scale), round(900 * scale))
    switch = button(panel, "decode_mean").mapTo(panel, QPoint())
    for mode in ("mean", "sample"):
        qtbot.mouseClick(button(panel, f"decode_{mode}"), Qt.MouseButton.LeftButton)
        assert app_state.session.view.decode_as == mode
        assert cut_texts(panel) == []
        # The switch keeps its place, whichever of its texts is bold, and with the button that draws again.
        assert button(panel, "decode_mean").mapTo(panel, QPoint()) == switch


def test_a_full_covariance_shows_the_factor_that_mixes_the_dimensions() -> None:
    lower = np.array([[0.5, 0.0], [0.25, 1.0]], np.float32)
    noise = np.array([2.0, -1.0], np.float32)
    forward_pass = ForwardPass(
        sample=0,
        x=np.zeros(3),
        mean=np.zeros(2, np.float32),
        log_variance=np.log(np.square(lower).sum(1)),
        noise=noise,
        z=lower @ noise,
        decoded=np.zeros(3, np.float32),
        reconstruction=1.0,
        kl=1.0,
        scale_tril=lower,
    )
    first, second = pass_rows(forward_pass)
    assert (first.sigma, second.sigma) == pytest.approx((0.5, np.sqrt(1.0625)))
    assert (first.texts[3], second.texts[3]) == ("1.00", "−0.50")
    assert code_formula(forward_pass) == "z = μ + L·ε"
    assert scale_text(forward_pass) == "L = (0.50  0.00;  0.25  1.00)"
