"""A step of the text size and a change of the theme: processor time, and how often widgets are polished.

Budget: 0.3 s of processor time a step, from the action to the painted window at rest. It is the processor time of the
window's own thread, which other programs on the machine lengthen little. Two included runs are open, window 1440 × 900.
*Qt alone* sets font, palette and style sheet by Qt's own functions, as the program did before, in the same window.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch  # before PySide6
from _window import ROOT, live, use_temporary_folders, wait  # beside this file
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication

from explorer.ui.app.app import build_window
from explorer.ui.app.main_window import MainWindow
from explorer.ui.theme import theme

ROUNDS = 5
REST_SECONDS = 0.4
STEPS = ("larger", "smaller", "theme_light", "theme_dark")
HOME = Path(tempfile.mkdtemp())


class StyleChanges(QObject):
    """Counts the style changes of all widgets, one of which follows each polish."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.StyleChange and watched.isWidgetType():
            self.count += 1
        return False


def main() -> None:
    use_temporary_folders(HOME)
    app = QApplication(sys.argv[:1])
    window = build_window(app)
    window.resize(1440, 900)
    window.show()
    window.start([ROOT / "checkpoints" / name for name in ("mnist-ae", "mnist-vae")])
    runs = window.state.store
    wait(lambda: len(runs.runs) == 2 and all(run.plane and run.dataset for run in runs.runs.values()))
    _trigger(window, "theme_dark")
    live(3)
    widgets = len(QApplication.allWidgets())
    print(f"{widgets} widgets, window 1440 × 900, torch {torch.__version__}")
    rows = {"once": _measure(app, window)}
    ours = theme._set_style_sheet
    theme._set_style_sheet = lambda app, sheet: app.setStyleSheet(sheet)
    rows["Qt alone"] = _measure(app, window)
    theme._set_style_sheet = ours
    for step in STEPS:
        (seconds, polishes), (before, often) = rows["once"][step], rows["Qt alone"][step]
        print(
            f"{step:12} {seconds:5.2f} s   polishes per widget {polishes / widgets:4.1f}   "
            f"Qt alone {before:5.2f} s, {often / widgets:4.1f}   ratio {seconds / before:4.2f}   budget ≤ 0.3 s"
        )
    window.close()


def _measure(app: QApplication, window: MainWindow) -> dict[str, tuple[float, int]]:
    """Return for each step the median of its processor time in seconds, and the number of polishes."""
    seconds: dict[str, list[float]] = {step: [] for step in STEPS}
    for _ in range(ROUNDS):
        for step in STEPS:
            seconds[step].append(_timed(lambda step=step: _trigger(window, step)))  # type: ignore[misc]
    polishes = {}
    for step in STEPS:
        changes = StyleChanges()
        app.installEventFilter(changes)
        _trigger(window, step)
        live(REST_SECONDS)
        app.removeEventFilter(changes)
        polishes[step] = changes.count
    return {step: (float(np.median(seconds[step])), polishes[step]) for step in STEPS}


def _timed(act: Callable[[], object]) -> float:
    began = time.thread_time()
    act()
    live(REST_SECONDS)
    return time.thread_time() - began


def _trigger(window: MainWindow, name: str) -> None:
    action = window.findChild(QAction, f"action_{name}")
    assert action is not None
    action.trigger()


if __name__ == "__main__":
    main()
