"""Importing weights in the window: a preview, a reason if it is refused, and a run after confirmation."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QProgressBar, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot
from torch import nn
from window_cases import named

from explorer.jobs.runs.settings import build_config
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.window_actions import main_window
from explorer.ui.dialogs.import_dialog import ImportDialog
from explorer.ui.run_list.run_entry import RunEntry
from explorer.ui.services.app_state import start_state
from explorer.ui.theme.theme import ThemeSource

WAIT = 20_000


@pytest.fixture
def window(runs_folder: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    window = main_window(start_state(runs_folder), ThemeSource("dark"))
    qtbot.addWidget(window)
    window.show()
    window.start([runs_folder / "ae"])
    qtbot.waitUntil(lambda: window.state.data.dataset is not None, timeout=WAIT)
    yield window
    window.close()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    encoder = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 2))
    decoder = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 64))
    parts = {
        f"{name}.{key}": value
        for name, net in (("f", encoder), ("g", decoder))
        for key, value in net.state_dict().items()
    }
    torch.save(parts | {"extra": torch.ones(3)}, tmp_path / "theirs.pt")
    return tmp_path / "theirs.pt"


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, buttons, keys))


def note(dialog: ImportDialog) -> QLabel:
    return named(dialog, "import_note", QLabel)


def table(dialog: ImportDialog) -> QTreeWidget:
    return named(dialog, "import_table", QTreeWidget)


def run_name(dialog: ImportDialog) -> QLineEdit:
    return named(dialog, "import_name", QLineEdit)


def agree(dialog: ImportDialog) -> QPushButton:
    return named(dialog, "import_agreed", QPushButton)


def read(window: MainWindow, qtbot: QtBot) -> ImportDialog:
    dialog = window.dialogs.weights
    assert dialog is not None
    qtbot.waitUntil(lambda: not named(dialog, "import_progress", QProgressBar).isVisible(), timeout=WAIT)
    return dialog


def test_a_dropped_file_is_listed_by_tensor_and_imported_on_confirmation(
    window: MainWindow, weights: Path, qtbot: QtBot
) -> None:
    window.experiment.take_settings(build_config("ae", {"data.source": "digits", "model.hidden_widths": "16"}))
    drop(window, weights)
    dialog = read(window, qtbot)
    items = [table(dialog).topLevelItem(row) for row in range(table(dialog).topLevelItemCount())]
    texts = [[item.text(column) for column in range(4)] for item in items if item is not None]
    assert len(texts) == 8
    assert texts[0] == ["f.0.weight", "encoder.1.weight", "16 × 64", "its place in the network"]
    assert "Left out" in note(dialog).text() and "extra" in note(dialog).text()
    assert "No choice reconstructs" in note(dialog).text() and note(dialog).property("role") == "warning"
    choice = named(dialog, "import_choice", QComboBox)
    assert choice.isVisible() and choice.count() > 1 and "relu" in choice.itemText(0)
    runs = window.state.folders.folder
    assert not (runs / run_name(dialog).text()).exists() and agree(dialog).isEnabled()
    run_name(dialog).setText("ae")
    assert not agree(dialog).isEnabled() and "already" in agree(dialog).toolTip()
    run_name(dialog).setText("taken over")
    agree(dialog).click()
    key = str(runs / "taken over")
    qtbot.waitUntil(lambda: key in window.state.store.runs, timeout=WAIT)
    run = window.state.store.runs[key]
    assert (run.status, run.step) == ("finished", 0)
    assert run.reason.startswith("imported from theirs.pt: relu")
    assert run.plane is not None
    assert RunEntry(run.key, None, run, None).details.endswith("-D, not trained here")


def test_weights_that_do_not_fit_say_why_and_cannot_be_imported(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    torch.save(nn.GRU(8, 4).state_dict(), tmp_path / "gru.pt")
    window.open_path(tmp_path / "gru.pt")
    dialog = read(window, qtbot)
    assert "recurrent layer" in note(dialog).text() and "explorer.explore(model" in note(dialog).text()
    assert note(dialog).property("role") == "error" and not agree(dialog).isEnabled()
    assert table(dialog).topLevelItemCount() == 0


def test_another_choice_is_shown_and_imported(window: MainWindow, weights: Path, qtbot: QtBot) -> None:
    window.open_path(weights)
    dialog = read(window, qtbot)
    choice = named(dialog, "import_choice", QComboBox)
    choice.setCurrentIndex(1)
    choice.activated.emit(1)
    run_name(dialog).setText("second")
    words = choice.itemText(1).partition(": ")[2]
    agree(dialog).click()
    key = str(window.state.folders.folder / "second")
    qtbot.waitUntil(lambda: key in window.state.store.runs, timeout=WAIT)
    assert words in window.state.store.runs[key].reason


def test_a_hostile_file_is_refused_in_the_dialog(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    class Payload:
        def __reduce__(self) -> tuple[object, tuple[str, str]]:
            return open, (str(tmp_path / "canary"), "w")

    torch.save({"a": Payload()}, tmp_path / "evil.pt")
    drop(window, tmp_path / "evil.pt")
    assert "could run code" in note(read(window, qtbot)).text()
    assert not (tmp_path / "canary").exists()


def test_every_control_has_a_name_and_a_tip(window: MainWindow, weights: Path, qtbot: QtBot) -> None:
    window.open_path(weights)
    dialog = read(window, qtbot)
    for widget in (table(dialog), run_name(dialog), agree(dialog)):
        assert widget.objectName() and widget.toolTip() and widget.accessibleName()
