"""Random actions, chosen by a seed: none may raise an error, and every run on disk stays intact."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from explorer.jobs.runs.open_run import open_for_viewing
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.window_actions import main_window
from explorer.ui.services.app_state import start_state
from explorer.ui.theme.theme import ThemeSource

Widget = TypeVar("Widget", bound=QWidget)

WAIT = 20_000
ACTIONS = 120
MOMENT = 50
"""Milliseconds that the window has for each, at most."""
LEFT_ALONE = ("quit", "folder")
"""Parts of the names of what leaves the program."""
TEXTS = ("", "x" * 200, "1e999", "nan", "-1", "../..", "a/b:*", "0.5", "64,32", "999999999999")
KEYS = (
    Qt.Key.Key_Escape, Qt.Key.Key_R, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Space, Qt.Key.Key_Tab, Qt.Key.Key_F11,
    Qt.Key.Key_Z, Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Return, Qt.Key.Key_F2,
)  # fmt: skip
MODIFIERS = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)  # fmt: skip


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancel every dialog as soon as it opens."""
    for kind in (QDialog, QFileDialog, QMessageBox):
        monkeypatch.setattr(kind, "exec", lambda *_: QDialog.DialogCode.Rejected)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: "")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: ("", ""))


@pytest.fixture
def window(runs_folder: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    app_state = start_state(runs_folder)
    opened = main_window(app_state, ThemeSource("dark"))
    qtbot.addWidget(opened)
    opened.resize(1280, 720)
    opened.show()
    opened.start([runs_folder / "ae", runs_folder / "vae"])
    qtbot.waitUntil(lambda: len(app_state.store.runs) == 2 and app_state.data.dataset is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: all(run.plane and run.dataset for run in app_state.store.runs.values()), timeout=WAIT)
    yield opened
    opened.close()


class MouseInput:
    """Performs random actions, chosen by a seed."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self.window, self.random = window, random.Random(seed)
        self.done: list[str] = []

    def act(self) -> None:
        deeds = (
            self.press, self.press, self.choose, self.spin, self.write, self.slide, self.drag, self.drag, self.strike,
            self.trigger, self.trigger, self.change_panes, self.train,
        )  # fmt: skip
        QTimer.singleShot(0, self.dismiss)  # a menu or dialog that waits for an answer runs a loop of its own
        self.random.choice(deeds)()
        # A path that plays, or a plane that glides, always has something more to draw on a slow machine.
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, MOMENT)
        self.dismiss()

    def press(self) -> None:
        if (button := self.one_of(QAbstractButton)) is not None:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def choose(self) -> None:
        combo = self.one_of(QComboBox)
        if combo is None:
            return
        flags = [combo.model().index(row, 0).flags() for row in range(combo.count())]
        if within_reach := [row for row, flag in enumerate(flags) if flag & Qt.ItemFlag.ItemIsEnabled]:
            combo.setCurrentIndex(self.random.choice(within_reach))

    def spin(self) -> None:
        if (box := self.one_of(QAbstractSpinBox)) is not None:
            box.selectAll()
            QTest.keyClicks(box, self.random.choice(TEXTS))
            QTest.keyClick(box, Qt.Key.Key_Return)

    def write(self) -> None:
        if (line := self.one_of(QLineEdit)) is not None:
            line.selectAll()
            QTest.keyClicks(line, self.random.choice(TEXTS))
            QTest.keyClick(line, self.random.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape)))

    def slide(self) -> None:
        if (slider := self.one_of(QAbstractSlider)) is not None:
            slider.setValue(self.random.randint(slider.minimum(), max(slider.minimum(), slider.maximum())))

    def drag(self) -> None:
        planes = [widget for widget in self.visible(QWidget) if widget.objectName().startswith("latent_plane")]
        parts = [part for plane in planes for part in plane.findChildren(QWidget) if part.isVisible()]
        if not parts:
            return
        part, modifier = self.random.choice(parts), self.random.choice(MODIFIERS)
        button = self.random.choice((Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton))
        self.done.append(f"drag {part.objectName()}")
        QTest.mousePress(part, button, modifier, self.place_in(part))
        for _ in range(3):
            QTest.mouseMove(part, self.place_in(part))
        if self.random.random() < 0.8:  # or the release is lost, as when another window takes the mouse
            QTest.mouseRelease(part, button, modifier, self.place_in(part))

    def strike(self) -> None:
        key, modifier = self.random.choice(KEYS), self.random.choice(MODIFIERS)
        self.done.append(f"key {key.name}")
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifier)

    def trigger(self) -> None:
        actions = [action for action in self.window.findChildren(QAction) if action.isEnabled() and _is_free(action)]
        action = self.random.choice([action for action in actions if action.menu() is None])
        self.done.append(action.objectName())
        action.trigger()

    def change_panes(self) -> None:
        app_state, shown = self.window.state, len(self.window.state.session.view.panes)
        if shown and self.random.random() < 0.4:
            app_state.panes.close(self.random.randrange(shown))
        elif paths := app_state.folders.listed_paths():
            app_state.opener.open(self.random.choice(paths), pane=0 if shown > 2 else None)
        self.done.append(f"panes of {shown}")

    def train(self) -> None:
        self.done.append("train")
        self.window.experiment.train()

    def dismiss(self) -> None:
        """Close what opened over the window."""
        for other in QApplication.topLevelWidgets():
            if other is not self.window and other.isVisible() and isinstance(other, QDialog | QMenu):
                other.close()
        if not self.window.isVisible():
            self.window.show()

    def visible(self, kind: type[Widget]) -> list[Widget]:
        return [widget for widget in self.window.findChildren(kind) if widget.isVisible() and widget.isEnabled()]

    def one_of(self, kind: type[Widget]) -> Widget | None:
        free = [widget for widget in self.visible(kind) if _is_free(widget)]
        chosen = self.random.choice(free) if free else None
        self.done.append(f"{kind.__name__} {chosen.objectName() if chosen else ''}")
        return chosen

    def place_in(self, widget: QWidget) -> QPoint:
        return QPoint(self.random.randrange(max(1, widget.width())), self.random.randrange(max(1, widget.height())))


def _is_free(thing: QWidget | QAction) -> bool:
    return bool(thing.objectName()) and not any(part in thing.objectName() for part in LEFT_ALONE)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 8])
def test_random_actions_do_not_break_the_window(qtbot: QtBot, window: MainWindow, runs_folder: Path, seed: int) -> None:
    mouse = MouseInput(window, seed)
    for _ in range(ACTIONS):
        with qtbot.captureExceptions() as raised:
            mouse.act()
        assert not raised, f"after {mouse.done[-8:]}: {raised}"
    window.close()
    assert not window.state.trainings.running
    for path in runs_folder.iterdir():
        run = open_for_viewing(path).run
        assert run.status != "training", f"{path.name}: {run.status} {run.reason}"
