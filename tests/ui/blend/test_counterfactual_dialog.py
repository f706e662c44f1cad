"""The dialog of counterfactuals: its search, its strip, the mark on the planes, and what is saved."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner
from window_cases import named

import explorer
from explorer.cli import app
from explorer.session import Probe
from explorer.ui.counterfactual import counterfactual_dialog
from explorer.ui.counterfactual.class_strip import ClassStripView
from explorer.ui.counterfactual.counterfactual_dialog import CounterfactualDialog
from explorer.ui.counterfactual.counterfactual_words import NO_SAMPLE, why_not
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import ChoiceBox

SHIPPED = Path(explorer.__file__).parents[1] / "checkpoints" / "digits-vae"


@pytest.fixture
def key(app_state: AppState, qtbot: QtBot) -> str:
    """Open an included run: the classes of its decodes differ."""
    app_state.opener.open(SHIPPED)
    key = str(SHIPPED)
    qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
    return key


@pytest.fixture
def dialog(app_state: AppState, key: str, themes: ThemeSource, qtbot: QtBot) -> Iterator[CounterfactualDialog]:
    """Return the dialog with the counterfactual of sample 3."""
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = CounterfactualDialog(app_state, themes, parent)
    dialog.show()
    dialog.ask_about(key, 3)
    found(dialog, qtbot)
    yield dialog
    dialog.close()


def found(dialog: CounterfactualDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: dialog.use.isEnabled() and not dialog.cancel.isEnabled())


def words(dialog: CounterfactualDialog) -> str:
    return named(dialog, "counterfactual_words", QLabel).text()


def test_the_picture_is_copied_and_the_bar_goes_with_the_search(dialog: CounterfactualDialog) -> None:
    menu = named(dialog, "counterfactual_menu", QMenu)
    next(one for one in menu.actions() if one.text() == "Copy picture").trigger()
    assert QGuiApplication.clipboard().image().width() > 100
    assert not dialog.progress.isVisible()


def test_it_says_what_was_found_and_how_classes_are_predicted(dialog: CounterfactualDialog) -> None:
    assert "it becomes" in words(dialog)
    assert "% of" in words(dialog)
    assert "How classes are predicted: " in words(dialog)


def test_the_planes_mark_where_the_class_changes_until_the_dialog_is_closed(
    app_state: AppState, dialog: CounterfactualDialog, key: str, qtbot: QtBot
) -> None:
    turn = app_state.counterfactuals.turn_in(key)
    assert turn is not None and turn.words.startswith("turns to ")
    qtbot.mouseClick(named(dialog, "counterfactual_use", QPushButton), Qt.MouseButton.LeftButton)
    path = app_state.session.view.path
    assert path is not None and path.waypoints[0].sample == 3
    on_line = np.array(turn.waypoints[0]) + path.t * (np.array(turn.waypoints[1]) - np.array(turn.waypoints[0]))
    assert on_line == pytest.approx(turn.code, abs=2e-3)
    assert app_state.session.undo_name == "use the counterfactual as path"
    dialog.close()
    assert app_state.counterfactuals.turn_in(key) == turn  # the path goes through it
    app_state.session.undo()
    assert app_state.counterfactuals.turn_in(key) is None


def test_another_class_begins_another_search(dialog: CounterfactualDialog, qtbot: QtBot) -> None:
    before = words(dialog)
    choice = named(dialog, "counterfactual_class", ChoiceBox)
    wanted = next(index for index in range(1, choice.count()) if f"becomes {choice.itemText(index)} " not in before)
    name = choice.itemText(wanted)
    choice.setCurrentIndex(wanted)
    choice.activated.emit(wanted)
    qtbot.waitUntil(lambda: f"becomes {name} " in words(dialog) or "no counterfactual" in words(dialog))


def test_a_click_on_the_strip_moves_the_probe_and_regions_are_offered(
    app_state: AppState, dialog: CounterfactualDialog, key: str, qtbot: QtBot
) -> None:
    strip = named(dialog, "counterfactual_strip", ClassStripView)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPointF(strip.x_of(0.5), strip.height() / 3).toPoint())
    probe = app_state.session.view.probe
    assert probe is not None and probe.run == key and probe.sample is None
    qtbot.mouseClick(named(dialog, "counterfactual_regions", QPushButton), Qt.MouseButton.LeftButton)
    assert "regions" in app_state.session.view.overlays


def test_the_copied_command_finds_the_same(
    dialog: CounterfactualDialog, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, again = tmp_path / "own.npz", tmp_path / "again.npz"
    monkeypatch.setattr(counterfactual_dialog, "ask_path", lambda *_: own)
    entries = {action.text(): action for action in named(dialog, "counterfactual_menu", QMenu).actions()}
    entries["Save numbers…"].trigger()
    qtbot.waitUntil(own.exists)
    entries["Copy as command"].trigger()
    command = QGuiApplication.clipboard().text().replace("--out=counterfactual.png", f"--out={again}")
    assert CliRunner().invoke(app, shlex.split(command)[1:]).exit_code == 0
    with np.load(own) as ours, np.load(again) as theirs:
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_a_code_that_is_no_sample_has_no_counterfactual(app_state: AppState, key: str) -> None:
    run = app_state.store.runs[key]
    assert why_not(run, Probe(key, (0.0, 0.0))) == NO_SAMPLE
    assert why_not(run, Probe(key, (0.0, 0.0), 3)) == ""
