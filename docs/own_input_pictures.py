"""Draws the tab Samples and the dialog of own input for docs/own-input.md: `python docs/own_input_pictures.py`."""

from itertools import pairwise

from drawn_window import application, fresh_home, live, opened_window, save, wait, wait_for_runs
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.session import Sheet
from explorer.ui.own_input.own_input_dialog import OwnInputDialog

SIZE = (1440, 900)
THREE = ((90, 80), (180, 70), (200, 110), (150, 140), (205, 180), (180, 230), (90, 220))
"""Corners of a drawn 3, in pixels of the canvas."""


def main() -> None:
    """Draw each picture once in each theme."""
    with fresh_home():
        app = application()
        for theme in ("dark", "light"):
            _draw(app, theme)


def _draw(app: QApplication, theme: str) -> None:
    with opened_window(app, theme, SIZE) as window:
        wait_for_runs(window, 2)
        window.state.session.set(sheet=Sheet("mixture", 7, 9, nearest=True))
        window.lower_row.show_tab(window.draws)
        window.state.session.set_silent(tab_size="enlarged")
        wait(lambda: len(window.draws.view.shown) == 2)
        save(window, f"samples-{theme}")
        window.own_input.show()
        dialog = window.own_input.dialog
        dialog.resize(1000, 740)
        live(0.5)
        _draw_three(dialog)
        wait(lambda: all(dialog.inputs.answer(run.key) is not None for run, _ in dialog.inputs.runs))
        save(dialog, f"own-input-{theme}")


def _draw_three(dialog: OwnInputDialog) -> None:
    view = dialog.editor.canvas.view
    corners = [QPoint(*corner) for corner in THREE]
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, corners[0])
    for start, end in pairwise(corners):
        for step in range(1, 9):
            QTest.mouseMove(view, start + (end - start) * (step / 8))
            live(0.01)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, corners[-1])


if __name__ == "__main__":
    main()
