"""The window with nothing open yet, for the tests that open a model of the user's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.window_actions import main_window
from explorer.ui.services.app_state import start_state
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture
def window(runs_folder: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    window = main_window(start_state(runs_folder), ThemeSource("dark"))
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    yield window
    window.close()
