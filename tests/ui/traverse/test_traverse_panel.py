import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QMenu, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

from explorer.api import load_run
from explorer.cli import app
from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.data.dataset import Dataset
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models import catalog
from explorer.runs.dimension_names import read_dimension_names
from explorer.session import Path as LatentPath
from explorer.session import Traversal
from explorer.ui.decode.panel.decode_controller import DecodeController
from explorer.ui.services.app_state import AppState, start_state
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.traverse import traverse_saver
from explorer.ui.traverse.traverse_painter import TraversalCell
from explorer.ui.traverse.traverse_panel import TraversePanel


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, digits: Dataset) -> Path:
    """Return a folder with a tiny VAE of four dimensions, trained for an epoch."""
    return train(tmp_path_factory.mktemp("runs") / "tiny", "vae", 4, digits)


def train(out: Path, family: str, latent_dim: int, digits: Dataset) -> Path:
    kind = catalog.family(family).config_type
    widths = {} if family == "gan" else {"hidden_widths": (8,)}
    model = kind(latent_dim=latent_dim, **widths)
    config = RunConfig(data=DataConfig(), model=model, train=TrainConfig(epochs=1, threads=1))
    list(run_training(new_run(config, out, dataset=digits, device="cpu")))
    return out


@pytest.fixture
def app_state(trained: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[AppState]:
    app_state = start_state(tmp_path)
    open_run(app_state, trained, qtbot)
    yield app_state
    assert app_state.lifetime.close()
    (trained / "dimension_names.json").unlink(missing_ok=True)


def open_run(app_state: AppState, path: Path, qtbot: QtBot) -> str:
    app_state.opener.open(path)
    runs = app_state.store.runs
    qtbot.waitUntil(
        lambda: str(path) in runs and runs[str(path)].plane is not None and runs[str(path)].dataset is not None
    )
    return str(path)


@pytest.fixture
def panel(app_state: AppState, themes: ThemeSource, qtbot: QtBot) -> TraversePanel:
    return new_panel(app_state, themes, qtbot)


def new_panel(app_state: AppState, themes: ThemeSource, qtbot: QtBot) -> TraversePanel:
    panel = TraversePanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(980, 700)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def probed(app_state: AppState, panel: TraversePanel, qtbot: QtBot) -> TraversePanel:
    """Follow a sample and wait for all rows."""
    app_state.probing.probe_sample(key_of(app_state), 3)
    wait_for_rows(panel, qtbot, "z4", "u3", "PC3")
    return panel


def wait_for_rows(panel: TraversePanel, qtbot: QtBot, *keys: str) -> None:
    qtbot.waitUntil(lambda: all(panel.table.row(key) is not None and rect(panel, key, 0) is not None for key in keys))


def key_of(app_state: AppState) -> str:
    return next(iter(app_state.store.runs))


def rect(panel: TraversePanel, key: str, step: int):  # type: ignore[no-untyped-def]
    return panel.table.cell_rect(TraversalCell(key, step))


def code(panel: TraversePanel, key: str, step: int) -> tuple[float, ...]:
    row = panel.table.row(key)
    assert row is not None
    return tuple(map(float, row.codes[step]))


def point_at(panel: TraversePanel, qtbot: QtBot, key: str, step: int) -> QPoint:
    """Move the mouse to a cell."""
    at: QPoint = rect(panel, key, step).center()
    qtbot.mouseMove(panel.table.viewport(), at)
    qtbot.waitUntil(lambda: panel.table.cell == TraversalCell(key, step))
    return at


def trigger(panel: TraversePanel, name: str) -> None:
    panel.findChild(QAction, f"action_traverse_{name}").trigger()


def row_menu(panel: TraversePanel, qtbot: QtBot, key: str) -> QMenu:
    """Open the context menu of a row by the keyboard."""
    panel.table.menu_wanted.emit(key, panel.mapToGlobal(QPoint(20, 20)))
    menu = panel.findChild(QMenu, "traverse_row_menu")
    menu.close()
    return menu


def test_without_a_probe_a_button_probes_a_sample(app_state: AppState, panel: TraversePanel, qtbot: QtBot) -> None:
    button, text = panel.findChild(QPushButton, "traverse_probe_sample"), panel.findChild(QLabel, "traverse_empty")
    assert button.isVisible() and "Click a point on the plane of tiny" in text.text()
    assert panel.copy_command() == "" and not any(action.isEnabled() for action in panel.export_actions())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert app_state.session.view.probe is not None and app_state.session.view.probe.sample is not None
    wait_for_rows(panel, qtbot, "z1", "z4")
    assert not text.isVisible()


def test_without_a_run_the_panel_says_so(empty_state: AppState, themes: ThemeSource, qtbot: QtBot) -> None:
    panel = new_panel(empty_state, themes, qtbot)
    assert panel.findChild(QLabel, "traverse_empty").text() == "Open a run to see what its latent dimensions do."
    assert not panel.findChild(QPushButton, "traverse_probe_sample").isVisible()


def test_rows_are_those_of_the_command_line(app_state: AppState, probed: TraversePanel) -> None:
    loaded = load_run(key_of(app_state))
    expected = loaded.traversals.around(3)
    assert probed.table.table is not None
    assert probed.table.table.sections["dimensions"].keys == expected.keys
    for row in expected.rows:
        shown = probed.table.row(row.direction.key)
        assert shown is not None
        np.testing.assert_array_equal(shown.decodes, row.decodes)
    assert "tiny around the probe" in probed.findChild(QLabel, "traverse_title").text()
    assert probed.findChild(QLabel, "traverse_detail").text().startswith("sample 3 · class ")


def test_a_cell_under_the_mouse_is_previewed_and_marked(
    app_state: AppState, probed: TraversePanel, qtbot: QtBot
) -> None:
    before = app_state.session.view
    controller = DecodeController(app_state, probed)
    qtbot.waitUntil(lambda: controller.decoded.of(key_of(app_state)) is not None)
    point_at(probed, qtbot, "z2", 10)
    z, row = code(probed, "z2", 10), probed.table.row("z2")
    qtbot.waitUntil(lambda: (shown := controller.decoded.of(key_of(app_state))) is not None and shown.z == z)
    assert row is not None
    np.testing.assert_allclose(controller.decoded.panes[0].picture, row.decodes[10], atol=1e-5)
    preview, line = app_state.probing.preview, app_state.probing.line
    assert preview is not None and preview.words == row.value_text(10)
    assert line is not None and line.here == 10 and line.name == "z₂"
    assert app_state.session.view == before and not app_state.session.can_redo
    # Away from the cells, the column shows the probe again, and the plane the chosen row.
    qtbot.mouseMove(probed.table.viewport(), QPoint(20, rect(probed, "z2", 0).center().y()))
    qtbot.waitUntil(lambda: app_state.probing.preview is None)
    assert app_state.probing.line is not None and app_state.probing.line.here is None
    qtbot.waitUntil(lambda: controller.decoded.panes[0].sample == 3)


def test_a_click_moves_the_probe_along_the_row(app_state: AppState, probed: TraversePanel, qtbot: QtBot) -> None:
    before, z = app_state.session.view.probe, code(probed, "z2", 10)
    at = point_at(probed, qtbot, "z2", 10)
    qtbot.mouseClick(probed.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    view = app_state.session.view
    assert view.probe is not None and view.probe.z == z and view.traversal.row == "z2"
    assert app_state.session.undo_name == "move the probe along z₂"
    # The rows go through the new probe.
    qtbot.waitUntil(lambda: code(probed, "z1", 6) == z)
    app_state.session.undo()
    assert app_state.session.view.probe == before


def test_keys_go_from_cell_to_cell(app_state: AppState, probed: TraversePanel, qtbot: QtBot) -> None:
    table = probed.table
    assert table.table is not None
    first, second = table.table.sections["dimensions"].keys[:2]
    table.setFocus()
    for key, cell in (
        (Qt.Key.Key_Right, TraversalCell(first, 6)),
        (Qt.Key.Key_Right, TraversalCell(first, 7)),
        (Qt.Key.Key_Down, TraversalCell(second, 7)),
        (Qt.Key.Key_Home, TraversalCell(second, 0)),
        (Qt.Key.Key_Left, TraversalCell(second, 0)),
        (Qt.Key.Key_End, TraversalCell(second, 12)),
    ):
        qtbot.keyClick(table, key)
        assert table.cell == cell
    preview = app_state.probing.preview
    assert preview is not None and preview.probe.z == code(probed, second, 12)
    qtbot.keyClick(table, Qt.Key.Key_Escape)
    assert table.cell is None and app_state.probing.preview is None
    qtbot.keyClick(table, Qt.Key.Key_Right)
    qtbot.keyClick(table, Qt.Key.Key_Left)
    z = code(probed, first, 5)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert app_state.session.view.probe is not None and app_state.session.view.probe.z == z


def test_settings_are_steps_of_undo(app_state: AppState, probed: TraversePanel, qtbot: QtBot) -> None:
    span, steps = probed.findChild(QComboBox, "traverse_span"), probed.findChild(QSpinBox, "traverse_steps")
    span.setCurrentIndex(span.findData("codes"))
    span.activated.emit(span.currentIndex())
    assert app_state.session.undo_name == "choose the range of the traversal"
    steps.setValue(7)
    trigger(probed, "difference_all")
    trigger(probed, "order_index")
    assert app_state.session.view.traversal == Traversal("codes", 7, "index", "all")
    qtbot.waitUntil(lambda: (row := probed.table.row("z1")) is not None and len(row.codes) == 7)
    assert probed.table.table is not None
    qtbot.waitUntil(lambda: probed.table.table.sections["dimensions"].answer.ends == ("0.5 %", "99.5 %"))
    lines = [line for line in probed.table.table.lines if line.kind == "difference"]
    assert len(lines) == 4 + 3 + 3
    assert probed.table.table.sections["dimensions"].keys == ("z1", "z2", "z3", "z4")
    for _ in range(4):
        app_state.session.undo()
    assert app_state.session.view.traversal == Traversal()
    assert span.currentData() == "prior" and steps.value() == 13


def test_a_click_beside_the_cells_chooses_the_row(app_state: AppState, probed: TraversePanel, qtbot: QtBot) -> None:
    at = QPoint(12, rect(probed, "z3", 0).center().y())
    qtbot.mouseClick(probed.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert app_state.session.view.traversal.row == "z3"
    assert app_state.probing.line is not None and app_state.probing.line.name == "z₃"
    assert app_state.session.undo_name == "choose a row of the traversal"


def test_a_dimension_is_named_in_place_and_the_name_is_kept(
    app_state: AppState, probed: TraversePanel, qtbot: QtBot, trained: Path
) -> None:
    field, table = probed.findChild(QLineEdit, "traverse_name"), probed.table
    at = QPoint(80, rect(probed, "z3", 0).center().y())
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert field.isVisible()
    qtbot.keyClicks(field, "narrow to round")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not field.isVisible()
    file = trained / "dimension_names.json"
    qtbot.waitUntil(lambda: read_dimension_names(file, 4) == {2: "narrow to round"})
    assert table.table is not None and table.table.names == {2: "narrow to round"}
    assert table.tip_at(at.toPointF()).startswith("narrow to round. ")
    # Esc leaves the name as it is; an empty one removes it.
    for text, key, kept in (("x", Qt.Key.Key_Escape, {2: "narrow to round"}), ("", Qt.Key.Key_Return, {})):
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
        field.selectAll()
        qtbot.keyClick(field, Qt.Key.Key_Delete)
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, key)
        qtbot.waitUntil(lambda kept=kept: read_dimension_names(file, 4) == kept)
    # The menu of a row that is no dimension says why it has no name.
    row_menu(probed, qtbot, "u1")
    rename = probed.findChild(QAction, "action_traverse_rename")
    assert not rename.isEnabled() and rename.toolTip() == "Only latent dimensions can be named"


def test_a_row_becomes_a_path(app_state: AppState, probed: TraversePanel, qtbot: QtBot) -> None:
    row_menu(probed, qtbot, "z2")
    trigger(probed, "copy_name")
    assert QGuiApplication.clipboard().text() == "z₂"
    trigger(probed, "use_as_path")
    path = app_state.session.view.path
    assert isinstance(path, LatentPath) and app_state.session.undo_name == "use z₂ as a path"
    assert [place.z for place in path.waypoints] == [code(probed, "z2", 0), code(probed, "z2", 12)]
    middle = np.array(code(probed, "z2", 6))
    ends = np.array([place.z for place in path.waypoints])
    np.testing.assert_allclose(ends[0] + path.t * (ends[1] - ends[0]), middle, atol=1e-5)


def test_rows_follow_a_dragged_probe_without_undo(app_state: AppState, probed: TraversePanel, qtbot: QtBot) -> None:
    key, z = key_of(app_state), (0.0, 0.0, 0.0, 0.0)
    for step in range(20):
        z = (0.1 * step, 0.0, -0.05 * step, 0.2)
        app_state.probing.probe_point(key, z, drag=True)
    app_state.session.commit()
    centre = tuple(map(float, np.array(z, np.float32)))
    qtbot.waitUntil(lambda: all(code(probed, row, 6) == centre for row in ("z1", "z4", "u1", "PC2")))
    assert app_state.session.undo_name == "move the probe"


def test_hidden_it_asks_and_marks_nothing(app_state: AppState, probed: TraversePanel, qtbot: QtBot) -> None:
    row = probed.table.row("z1")
    point_at(probed, qtbot, "z1", 2)
    probed.hide()
    assert app_state.probing.preview is None and app_state.probing.line is None
    app_state.probing.probe_sample(key_of(app_state), 5)
    qtbot.wait(150)
    assert probed.table.row("z1") is row
    probed.show()
    qtbot.waitUntil(lambda: probed.table.row("z1") is not row)


def test_only_rows_in_view_are_asked_for(app_state: AppState, probed: TraversePanel, qtbot: QtBot) -> None:
    probed.resize(980, 190)
    app_state.session.set(traversal=replace(app_state.session.view.traversal, steps=5))
    qtbot.waitUntil(lambda: (row := probed.table.row("z1")) is not None and len(row.codes) == 5)
    qtbot.wait(100)
    assert probed.table.row("PC3") is None
    probed.table.verticalScrollBar().setValue(probed.table.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: probed.table.row("PC3") is not None)


@pytest.mark.parametrize(("family", "note"), [("ae", "No KL for each dimension"), ("gan", "the model has no encoder")])
def test_models_without_kl_or_encoder(
    family: str, note: str, empty_state: AppState, themes: ThemeSource, tmp_path: Path, digits: Dataset, qtbot: QtBot
) -> None:
    key = open_run(empty_state, train(tmp_path / family, family, 1, digits), qtbot)
    panel = new_panel(empty_state, themes, qtbot)
    qtbot.mouseClick(panel.findChild(QPushButton, "traverse_probe_sample"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.table.row("z1") is not None)
    table = panel.table.table
    assert table is not None and empty_state.session.view.active_run == key
    qtbot.waitUntil(lambda: bool(panel.table.table.sections["local"].why or panel.table.table.sections["local"].answer))
    notes = [text for texts in panel.table.table.notes.values() for text in texts]
    assert any(note in text for text in notes), notes


def test_cells_of_a_conditional_model_have_the_class_of_the_sample(
    empty_state: AppState, themes: ThemeSource, tmp_path: Path, digits: Dataset, qtbot: QtBot
) -> None:
    key = open_run(empty_state, train(tmp_path / "cvae", "conditional-vae", 3, digits), qtbot)
    panel = new_panel(empty_state, themes, qtbot)
    empty_state.probing.probe_sample(key, 7)
    wait_for_rows(panel, qtbot, "z1")
    run = empty_state.store.runs[key]
    label = int(run.dataset.labels[7])
    assert f"--class={run.description.class_names[label]}" in panel.copy_command()
    controller = DecodeController(empty_state, panel)
    at = point_at(panel, qtbot, "z1", 9)
    row = panel.table.row("z1")
    qtbot.waitUntil(lambda: (shown := controller.decoded.of(key)) is not None and shown.z == code(panel, "z1", 9))
    np.testing.assert_allclose(controller.decoded.panes[0].picture, row.decodes[9], atol=1e-5)
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert empty_state.session.view.condition == label


@pytest.mark.parametrize("kind", ["png", "npz", "csv", "gif"])
def test_saved_files_equal_those_of_the_copied_command(
    kind: str, app_state: AppState, probed: TraversePanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    saved, again = tmp_path / f"window.{kind}", tmp_path / f"again.{kind}"
    app_state.session.set(traversal=Traversal("prior", 5, "index", "none"))
    monkeypatch.setattr(traverse_saver, "ask_path", lambda *_: saved)
    action = {"png": "save_figure", "gif": "save_film"}.get(kind, "save_numbers")
    with qtbot.waitSignal(app_state.tasks.saved):
        trigger(probed, action)
    words = shlex.split(probed.copy_command())
    words[-1] = f"--out={again}"
    result = CliRunner().invoke(app, [*words[1:], *(["--dark"] if kind in ("png", "gif") else [])])
    assert result.exit_code == 0, result.output
    if kind == "npz":
        with np.load(saved) as ours, np.load(again) as theirs:
            assert ours.files == theirs.files
            for name in ours.files:
                np.testing.assert_array_equal(ours[name], theirs[name])
    else:
        assert saved.read_bytes() == again.read_bytes()


def test_a_run_without_a_prior_spans_its_codes_and_orders_by_variance(
    app_state: AppState, panel: TraversePanel, qtbot: QtBot, runs_folder: Path
) -> None:
    key = str(runs_folder / "ae")
    app_state.opener.open(runs_folder / "ae")
    qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].plane is not None)
    panes = [pane.run for pane in app_state.session.view.panes]
    app_state.session.set(active=panes.index(key))
    app_state.probing.probe_sample(key, 3)
    qtbot.waitUntil(lambda: panel.table.row("z1") is not None)
    span, order = panel.findChild(QComboBox, "traverse_span"), panel.findChild(QComboBox, "traverse_order")
    qtbot.waitUntil(lambda: order.currentText() == "Order: variance ↓")
    assert span.currentData() == "codes" and not span.isEnabled()
    assert "no standard normal prior" in span.toolTip()
    # The choice of the session stays, for runs with a prior.
    assert app_state.session.view.traversal.span == "prior"
