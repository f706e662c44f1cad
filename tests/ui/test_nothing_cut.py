"""No text is cut and no widget hidden: the real window and its dialogs, at the sizes of common screens.

`fit_window` opens the window in a process of its own, as the size of an offscreen screen is fixed at the start of Qt.
To see the pictures that the faults come from:

    python tests/cases/fit_window.py 1366x768 1.0 /tmp/small-runs --pictures /tmp
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from fit_checks import Fault, faults_in, faults_of_combo
from fit_painting import elided_while_painting
from fit_runs import train_small_runs
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QScrollArea, QTabBar, QWidget
from pytestqt.qtbot import QtBot

import explorer
from explorer.ui.widgets.boxes import ChoiceBox
from explorer.ui.widgets.labels import ElidingLabel

SCRIPT = Path(__file__).parents[1] / "cases" / "fit_window.py"
SCREENS = ("1280x720", "1366x768", "1440x900", "1920x1080")
OFTEN = (("1366x768", 1.0), ("1440x900", 1.0), ("1280x720", 1.5))
"""Screens and text scales of the normal tests, without the states that differ little."""


@pytest.fixture(scope="session")
def small_runs(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Train the small runs once for all workers."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "fit"
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "trained").exists():
            train_small_runs(folder)
            (folder / "trained").touch()
    return folder


def faults_at(screen: str, scale: float, runs: Path, *options: str) -> list[str]:
    """Return the faults of all scenes on a screen, each once with the scenes where it shows."""
    folders = (Path(explorer.__file__).parents[1], SCRIPT.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    command = (sys.executable, "-P", str(SCRIPT), screen, str(scale), str(runs), *options)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stderr
    where: dict[str, list[str]] = {}
    for scene, faults in json.loads(done.stdout).items():
        for fault in faults:
            where.setdefault(fault, []).append(scene)
    return [f"{fault} ({_brief(scenes)})" for fault, scenes in where.items()]


def _brief(scenes: list[str]) -> str:
    return scenes[0] if len(scenes) == 1 else f"{scenes[0]} and {len(scenes) - 1} more"


@pytest.mark.parametrize(("screen", "scale"), OFTEN)
def test_nothing_is_cut_or_hidden(screen: str, scale: float, small_runs: Path) -> None:
    assert_nothing_cut(screen, scale, faults_at(screen, scale, small_runs, "--often"))


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_cut_or_hidden_in_any_state(screen: str, scale: float, small_runs: Path) -> None:
    assert_nothing_cut(screen, scale, faults_at(screen, scale, small_runs))


def assert_nothing_cut(screen: str, scale: float, found: list[str]) -> None:
    """Fail with one line for each fault."""
    assert not found, "\n".join(("", f"{len(found)} faults at {screen}, text at {100 * scale:.0f} %:", *found))


# The checks themselves


def shown(qtbot: QtBot, *widgets: QWidget, width: int = 300) -> QWidget:
    """Return a window with widgets side by side."""
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    for widget in widgets:
        row.addWidget(widget)
    window.show()
    window.resize(width, 120)
    qtbot.waitExposed(window)
    return window


def kinds(faults: list[Fault]) -> set[str]:
    return {fault.what.split(" by ")[0] for fault in faults}


def test_widgets_with_room_have_no_fault(qtbot: QtBot) -> None:
    tabs = QTabBar()
    tabs.addTab("Curves")
    window = shown(qtbot, QLabel("a label"), QPushButton("A button"), ElidingLabel("a name"), tabs, width=700)
    assert faults_in(window) == []


@pytest.mark.parametrize("widget", ["label", "button", "eliding", "edit", "combo"])
def test_a_text_without_room_is_found(widget: str, qtbot: QtBot) -> None:
    combo = QComboBox()
    combo.addItem("a long entry of a drop-down")
    made = {
        "label": QLabel("a long label"),
        "button": QPushButton("A long button"),
        "eliding": ElidingLabel("a name that is shortened"),
        "edit": QLineEdit("a text that is longer than its field"),
        "combo": combo,
    }
    narrow = made.pop(widget)
    for other in made.values():
        other.deleteLater()
    narrow.setFixedWidth(40)
    (fault,) = faults_in(shown(qtbot, narrow))
    assert fault.what == "text cut" and fault.needed > fault.given


def test_a_wrapped_text_without_height_is_found(qtbot: QtBot) -> None:
    label = QLabel("several words that need several lines of a narrow label", wordWrap=True)
    label.setFixedSize(QSize(100, 20))
    assert kinds(faults_in(shown(qtbot, label))) == {"text cut below"}


def test_overlapping_and_outlying_widgets_are_found(qtbot: QtBot) -> None:
    inner = QWidget()
    first, second = QLabel("a", inner), QLabel("b", inner)
    first.setObjectName("first")
    second.setObjectName("second")
    for label, left in ((first, 0), (second, 10)):
        label.setGeometry(left, 0, 30, 20)
    window = shown(qtbot, inner)
    assert kinds(faults_in(window)) == {"covers second"}
    second.move(inner.width() - 10, 0)
    assert {fault.where for fault in faults_in(window)} == {"second"}


def test_contents_out_of_reach_are_found(qtbot: QtBot) -> None:
    area, page = QScrollArea(), QWidget()
    page.setMinimumSize(900, 50)
    area.setWidget(page)
    area.setMinimumHeight(100)
    window = shown(qtbot, area)
    assert kinds(faults_in(window)) == {"must be scrolled sideways"}
    area.setHorizontalScrollBarPolicy(area.horizontalScrollBarPolicy().ScrollBarAlwaysOff)
    assert kinds(faults_in(window)) == {"cannot be scrolled sideways"}


def test_a_drop_down_without_its_last_row_is_found(qtbot: QtBot) -> None:
    combo = QComboBox()
    combo.addItems([f"entry {number}" for number in range(8)])
    window = shown(qtbot, combo)
    assert window.isVisible() and faults_of_combo(combo) == []
    combo.view().setFixedHeight(60)
    assert "last rows hidden" in kinds(faults_of_combo(combo))


def test_a_text_shortened_by_painting_code_is_found(qtbot: QtBot) -> None:
    found: list[Fault] = []
    box = ChoiceBox()
    box.addItem("a long entry of a drop-down")
    box.setFixedWidth(70)
    window = shown(qtbot, box)
    with elided_while_painting(found):
        window.fontMetrics().elidedText("a text of the test itself", Qt.TextElideMode.ElideRight, 20)
        window.grab()
    assert kinds(found) == {"text shortened"}
