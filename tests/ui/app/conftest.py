"""The whole window as it starts, and in a state in which all its parts have something to show."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from explorer.config import DataConfig
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.window_actions import main_window
from explorer.ui.services.app_state import AppState, start_state
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture
def window(app_state: AppState, runs_folder: Path, qapp: QApplication, qtbot: QtBot) -> MainWindow:
    """Return the window with two runs, a sample under the probe, a selection, and all settings of the form in view."""
    themes = ThemeSource("dark")
    themes.apply_to(qapp)
    window = main_window(app_state, themes)
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    for name in ("ae", "vae"):
        app_state.opener.open(runs_folder / name)
    app_state.folders.read()
    app_state.data.choose(DataConfig())
    qtbot.waitUntil(lambda: len(app_state.store.runs) == 2 and app_state.data.dataset is not None)
    qtbot.waitUntil(lambda: all(run.plane and run.dataset for run in app_state.store.runs.values()))
    window.experiment.form.show_more(True)
    app_state.session.set(selection=(1, 2, 3))
    app_state.probing.probe_sample(app_state.session.view.panes[1].run, 100)
    qtbot.waitUntil(lambda: window.findChild(QWidget, "decode_view_2") is not None)
    return window


@pytest.fixture
def open_window(runs_folder: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[Callable[[], MainWindow]]:
    """Return a function that starts a new window, with ``ae`` and ``vae`` as the runs that ship."""

    def open_one() -> MainWindow:
        app_state = start_state(runs_folder.parent / "mine", (runs_folder / "ae", runs_folder / "vae"))
        window = main_window(app_state, ThemeSource("dark"))
        qtbot.addWidget(window)
        window.resize(1440, 900)  # larger than the offscreen screen
        window.show()
        window.start([])
        qtbot.waitUntil(lambda: len(app_state.store.runs) == 2 and app_state.data.dataset is not None)
        qtbot.waitUntil(lambda: all(run.plane and run.dataset for run in app_state.store.runs.values()))
        opened.append(window)
        return window

    opened: list[MainWindow] = []
    yield open_one
    for window in opened:
        window.close()
