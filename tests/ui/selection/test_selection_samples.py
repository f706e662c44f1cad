from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from explorer.data.dataset import Dataset
from explorer.jobs.runs.open_run import open_for_viewing
from explorer.ui.selection.selection_panel import SelectionPanel
from explorer.ui.selection.selection_saver import save_selection_in_view
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture
def strip(qtbot: QtBot, app_state: AppState, themes: ThemeSource, runs_folder: Path) -> SelectionPanel:
    widget = SelectionPanel(app_state, themes)
    qtbot.addWidget(widget)
    widget.resize(700, 220)
    widget.show()
    for name in ("ae", "vae"):
        key = str(runs_folder / name)
        app_state.opener.open(Path(key))
        qtbot.waitUntil(lambda key=key: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
    app_state.session.set_silent(active=0)
    return widget


def words(strip: SelectionPanel) -> str:
    label = strip.findChild(QLabel, "selection_words")
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def test_an_empty_selection_explains_how_to_select(strip: SelectionPanel) -> None:
    assert "a lasso with Shift" in words(strip)


def test_pictures_of_other_samples_never_stand_under_the_labels_of_these(
    qtbot: QtBot, strip: SelectionPanel, app_state: AppState, digits: Dataset
) -> None:
    app_state.session.set(selection=(4, 9))
    qtbot.waitUntil(lambda: len(strip.samples.table.rows) == 3)
    app_state.session.set(selection=(30, 31, 32))
    assert not strip.findChild(QScrollArea, "selection_scroll").isVisible()
    qtbot.waitUntil(lambda: strip.findChild(QScrollArea, "selection_scroll").isVisible())
    assert (strip.samples.table.rows[0].pictures == digits.samples[[30, 31, 32]]).all()


def test_every_model_reconstructs_the_selection(
    qtbot: QtBot, strip: SelectionPanel, app_state: AppState, runs_folder: Path, digits: Dataset
) -> None:
    app_state.session.set(selection=(4, 9, 30))
    qtbot.waitUntil(lambda: len(strip.samples.table.rows) == 3)
    assert [row.name for row in strip.samples.table.rows] == ["real", "ae", "vae"]
    assert (strip.samples.table.rows[0].pictures == digits.samples[[4, 9, 30]]).all()
    assert digits.labels is not None
    assert strip.samples.table.labels == tuple(str(label) for label in digits.labels[[4, 9, 30]])
    x = torch.from_numpy(digits.samples[[4, 9, 30]].astype(np.float32) / 16)
    for row in strip.samples.table.rows[1:]:
        loaded = open_for_viewing(runs_folder / row.name).loaded
        assert loaded is not None
        with torch.no_grad():
            decoded = loaded.model.decode(loaded.model.encode(x).mean).mean
        assert row.pictures == pytest.approx(decoded.numpy() * 16, abs=1e-3)
        assert row.errors == pytest.approx(((decoded - x) ** 2).flatten(1).sum(1).numpy(), rel=1e-3)
    assert words(strip) == ""


def test_a_long_selection_has_pages(qtbot: QtBot, strip: SelectionPanel, app_state: AppState) -> None:
    app_state.session.set(selection=tuple(range(0, 300, 3)))
    table, pager = strip.samples.table, strip.samples.pager
    qtbot.waitUntil(lambda: len(table.rows) == 3)
    texts = [label.text() for label in strip.findChildren(QLabel)]
    assert "100 selected" in texts and pager.isVisible() and pager.pages > 1
    seen = list(table.samples)
    while pager.page + 1 < pager.pages:
        page = pager.page
        qtbot.keyClick(table, Qt.Key.Key_PageDown)
        assert pager.page == page + 1
        qtbot.waitUntil(lambda: table.samples == strip.samples.shown and len(table.rows) == 3)
        seen += table.samples
    assert seen == list(range(0, 300, 3))
    qtbot.keyClick(table, Qt.Key.Key_PageDown)
    assert pager.page + 1 == pager.pages
    app_state.session.set(selection=(1, 2))
    assert not pager.isVisible() and pager.page == 0


def test_a_larger_panel_has_more_samples_on_a_page(qtbot: QtBot, strip: SelectionPanel, app_state: AppState) -> None:
    app_state.session.set(selection=tuple(range(200)))
    qtbot.waitUntil(lambda: len(strip.samples.table.rows) == 3)
    few = len(strip.samples.shown)
    strip.resize(1100, 800)
    qtbot.waitUntil(lambda: len(strip.samples.table.samples) > few)
    area = strip.findChild(QScrollArea, "selection_scroll")
    assert strip.samples.table.sizeHint().height() <= area.height()
    assert strip.samples.table.sizeHint().width() <= area.width()
    # A sample in the second line is picked where it is drawn.
    qtbot.mouseClick(
        strip.samples.table, Qt.MouseButton.LeftButton, pos=strip.samples.table.centre_of(len(strip.samples.shown) - 1)
    )
    assert app_state.session.view.probe is not None
    assert app_state.session.view.probe.sample == strip.samples.shown[-1]


def test_a_hidden_panel_asks_nothing_and_shows_the_selection_later(
    qtbot: QtBot, strip: SelectionPanel, app_state: AppState
) -> None:
    strip.hide()
    app_state.session.set(selection=(4, 9, 30))
    assert not strip.samples.table.rows
    strip.show()
    qtbot.waitUntil(lambda: strip.samples.table.samples == (4, 9, 30) and len(strip.samples.table.rows) == 3)


def test_a_click_probes_the_sample(qtbot: QtBot, strip: SelectionPanel, app_state: AppState, runs_folder: Path) -> None:
    app_state.session.set(selection=(4, 9, 30))
    qtbot.waitUntil(lambda: len(strip.samples.table.rows) == 3)
    qtbot.mouseClick(strip.samples.table, Qt.MouseButton.LeftButton, pos=strip.samples.table.centre_of(1))
    probe = app_state.session.view.probe
    assert probe is not None
    assert (probe.run, probe.sample) == (str(runs_folder / "ae"), 9)
    qtbot.keyClick(strip.samples.table, Qt.Key.Key_Right)
    qtbot.keyClick(strip.samples.table, Qt.Key.Key_Return)
    probe = app_state.session.view.probe
    assert probe is not None
    assert probe.sample == 30


def test_missing_data_is_named(strip: SelectionPanel, app_state: AppState, runs_folder: Path) -> None:
    key = str(runs_folder / "ae")
    app_state.store.set(key, dataset=None, missing_data="digits: no such file")
    app_state.session.set(selection=(1,))
    assert "digits: no such file" in words(strip)


def test_the_selection_is_written_as_csv(
    qtbot: QtBot, strip: SelectionPanel, app_state: AppState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_state.session.set(selection=(4, 9))
    monkeypatch.setattr("explorer.ui.selection.selection_saver.ask_path", lambda *_: tmp_path / "s.csv")
    save = strip.findChild(QAction, "action_selection_save_csv")
    with qtbot.waitSignal(app_state.tasks.saved) as saved:
        save.trigger()
    assert saved.args == [str(tmp_path / "s.csv")]
    lines = (tmp_path / "s.csv").read_text().splitlines()
    assert lines[0].split(",")[:3] == ["index", "label", "split"]
    assert lines[0].split(",")[3:] == ["ae z1", "ae z2", "vae z1", "vae z2"]
    assert [line.split(",")[0] for line in lines[1:]] == ["4", "9"]


def test_the_csv_has_no_codes_of_runs_on_other_data(
    qtbot: QtBot, strip: SelectionPanel, app_state: AppState, tmp_path: Path, runs_folder: Path
) -> None:
    """Their sample 4 is another sample."""
    key = str(runs_folder / "vae")
    app_state.store.set(key, description=replace(app_state.store.runs[key].description, fingerprint="other"))
    app_state.session.set(selection=(4,))
    with qtbot.waitSignal(app_state.tasks.saved):
        save_selection_in_view(app_state, tmp_path / "s.csv")
    assert (tmp_path / "s.csv").read_text().splitlines()[0].split(",")[3:] == ["ae z1", "ae z2"]


def test_the_export_menu_says_what_is_missing(strip: SelectionPanel, app_state: AppState) -> None:
    assert all(not action.isEnabled() and "Select samples" in action.toolTip() for action in strip.export_actions())
    app_state.session.set(selection=(4, 9))
    assert all(action.isEnabled() for action in strip.export_actions())


def test_codes_and_pictures_are_saved(
    qtbot: QtBot, strip: SelectionPanel, app_state: AppState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_state.session.set(selection=(4, 9, 30))
    run = app_state.store.runs[app_state.session.view.active_run or ""]
    for name, suffix in (("npz", "npz"), ("sheet", "png")):
        path = tmp_path / f"s.{suffix}"
        monkeypatch.setattr("explorer.ui.selection.selection_saver.ask_path", lambda *_, path=path: path)
        with qtbot.waitSignal(app_state.tasks.saved):
            strip.findChild(QAction, f"action_selection_save_{name}").trigger()
    arrays = np.load(tmp_path / "s.npz")
    assert arrays["index"].tolist() == [4, 9, 30] and run.plane is not None
    assert (arrays["mean"] == run.plane.mean[[4, 9, 30]]).all()
    with Image.open(tmp_path / "s.png") as picture:
        assert picture.width > 150 and picture.height > 100


def test_a_selection_without_codes_is_not_saved_and_that_is_reported(
    qtbot: QtBot, strip: SelectionPanel, app_state: AppState
) -> None:
    for key in app_state.store.runs:
        app_state.store.set(key, plane=None)
    with qtbot.waitSignal(app_state.messages.notified) as notice:
        strip.save_csv()
    assert "no open run has codes" in notice.args[0]


def test_samples_that_the_data_has_not_are_left_out(
    qtbot: QtBot, strip: SelectionPanel, app_state: AppState, digits: Dataset
) -> None:
    """A selection made on other, larger data stays when the active pane turns to this data."""
    app_state.session.set(selection=(4, 9, 5000, 30, 6000))
    qtbot.waitUntil(lambda: len(strip.samples.table.rows) == 3)
    assert len(strip.samples.table.labels) == 3
    assert (strip.samples.table.rows[0].pictures == digits.samples[[4, 9, 30]]).all()
    assert all(len(row.pictures) == len(row.errors) == 3 for row in strip.samples.table.rows[1:])
    strip.grab()
    app_state.session.set(selection=(5000, 6000))
    qtbot.waitUntil(lambda: "other data" in words(strip))
    strip.grab()
