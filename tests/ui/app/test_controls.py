"""Every control that the window shows can be found, has a tooltip, and has a name for screen readers."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QGraphicsView,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from explorer.config import DataConfig
from explorer.runs.run_note import NO_NOTE
from explorer.session import Path as LatentPath
from explorer.session import Waypoint
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.window_actions import main_window
from explorer.ui.data_import.data_dialog import DataDialog
from explorer.ui.dialogs.help_dialogs import AboutDialog, KeysDialog
from explorer.ui.dialogs.logs import LogView, log_file
from explorer.ui.information.information_window import InformationWindow
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.run_dialogs import EpochsDialog, NoteDialog, RemoveQuestion

CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QGraphicsView, QLineEdit,
    QPlainTextEdit, QTextEdit,
)  # fmt: skip
OWN_CARDS = ("latent_plane", "curve_")
"""Widgets that show a card or a reading at the mouse, which a tooltip would cover."""
NAMED_IN_THE_DESIGN = {
    "latent_plane", "decode_view", "path_slider", "train_button", "dataset_combo", "model_combo", "loss_curves",
    "latent_plane_1", "latent_plane_2", "decode_view_2",
}  # fmt: skip


@pytest.fixture
def window(app_state: AppState, themes: ThemeSource, runs_folder: Path, qtbot: QtBot) -> MainWindow:
    """Return the window with two runs, a sample under the probe, a path and a selection."""
    window = main_window(app_state, themes)
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    for name in ("ae", "vae"):
        app_state.opener.open(runs_folder / name)
    app_state.folders.read()
    app_state.data.choose(DataConfig())
    qtbot.waitUntil(
        lambda: (
            len(app_state.store.runs) == 2 and app_state.data.dataset is not None and bool(app_state.folders.listed)
        ),
    )
    qtbot.waitUntil(lambda: all(run.plane and run.dataset for run in app_state.store.runs.values()))
    run = app_state.session.view.panes[1].run
    places = tuple(Waypoint(app_state.store.code_of(run, sample) or (), sample) for sample in (10, 20))
    app_state.session.set(selection=(1, 2, 3), path=LatentPath(run, places, t=0.5))
    app_state.probing.probe_sample(run, 100)
    qtbot.waitUntil(lambda: window.findChild(QWidget, "decode_view_2") is not None)
    return window


def test_every_control_says_what_it_is(window: MainWindow) -> None:
    found = list(controls(window))
    assert len(found) > 100
    assert [fault for control in found for fault in faults(control)] == []


def test_no_two_controls_have_the_same_name(window: MainWindow) -> None:
    names = Counter(control.objectName() for control in controls(window))
    assert [name for name, count in names.items() if count > 1] == []


def test_the_names_that_scripts_rely_on_are_there(window: MainWindow) -> None:
    assert {widget.objectName() for widget in window.findChildren(QWidget)} >= NAMED_IN_THE_DESIGN


def test_every_action_has_a_name_and_a_tooltip(window: MainWindow) -> None:
    actions = [action for action in window.actions() if not action.isSeparator()]
    assert len(actions) > 30
    assert all(action.objectName() and action.toolTip() and action.text() for action in actions)


@pytest.mark.parametrize("kind", ["data", "keys", "about", "log", "remove", "further", "note", "information"])
def test_dialogs_say_what_they_are(window: MainWindow, kind: str, qtbot: QtBot) -> None:
    dialog = open_dialog(window, kind)
    qtbot.addWidget(dialog)
    assert dialog.windowTitle()
    assert [fault for control in controls(dialog) for fault in faults(control)] == []


def open_dialog(window: MainWindow, kind: str) -> QDialog:
    if kind == "data":
        return DataDialog(window.state, window.themes, None, window)
    if kind == "information":
        dialog = InformationWindow(window.state, window.themes, window)
        for preset in ("overlap", "prior", "ratings"):
            dialog.show_preset(preset)
        return dialog
    if kind == "log":
        return LogView(log_file(), window)
    if kind == "remove":
        return RemoveQuestion("runs/ae", window)
    if kind == "further":
        return EpochsDialog("ae", 8, 8, lambda epochs: None, window)
    if kind == "note":
        return NoteDialog("ae", NO_NOTE, lambda note: None, window)
    return KeysDialog(window.actions_, window) if kind == "keys" else AboutDialog("CPU, 1 thread", window)


def controls(top: QWidget) -> Iterator[QWidget]:
    """Return the widgets that take mouse or keyboard input, without those that Qt and pyqtgraph create internally."""
    for widget in top.findChildren(QWidget):
        parent = widget.parentWidget()
        inner = isinstance(parent, QComboBox | QAbstractSpinBox | QTabBar | QLineEdit) or in_hidden_menu(widget, top)
        scrolls = isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_")
        if isinstance(widget, CONTROLS) and not inner and not scrolls and not in_popup(widget, top):
            yield widget


def in_hidden_menu(widget: QWidget, top: QWidget) -> bool:
    """Return whether a widget is in a menu of pyqtgraph, which is never opened."""
    return any(isinstance(parent, QMenu) for parent in parents(widget, top))


def in_popup(widget: QWidget, top: QWidget) -> bool:
    return any(isinstance(parent, QComboBox) for parent in parents(widget, top))


def parents(widget: QWidget, top: QWidget) -> Iterator[QWidget]:
    parent = widget.parentWidget()
    while parent is not None and parent is not top:
        yield parent
        parent = parent.parentWidget()


def faults(control: QWidget) -> list[str]:
    name = control.objectName() or f"a {type(control).__name__} in {control.parentWidget().objectName()}"
    found = [] if control.objectName() else [f"{name}: no object name"]
    if not control.toolTip() and not name.startswith(OWN_CARDS):
        found.append(f"{name}: no tooltip")
    if not control.accessibleName():
        found.append(f"{name}: no accessible name")
    if control.focusPolicy() == Qt.FocusPolicy.NoFocus and isinstance(control, QLineEdit):
        found.append(f"{name}: cannot be reached by keyboard")
    return found
