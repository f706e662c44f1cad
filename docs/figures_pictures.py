"""Draws the pictures of docs/figures.md: the comparison table, and the figures of a run with the overlap by pairs."""

import sys

from drawn_window import application, first_start, fresh_home, live, opened_window, save, wait
from PySide6.QtWidgets import QApplication, QTableWidget, QTabWidget

from explorer.ui.figures.figures_dialog import FiguresDialog


def main(size: tuple[int, int] = (1440, 900)) -> None:
    """Open table and dialog on the two runs that ship, once in each theme."""
    with fresh_home() as home:
        app = application()
        for theme in ("dark", "light"):
            first_start(home)
            _draw(app, theme, size)


def _draw(app: QApplication, theme: str, size: tuple[int, int]) -> None:
    with opened_window(app, theme, size) as window:
        app_state = window.state
        wait(lambda: len(app_state.store.runs) == 2 and all(app_state.figures.of(key) for key in app_state.store.runs))
        window.dialogs.show_comparison()
        dialog = window.dialogs.comparison
        assert dialog is not None
        dialog.resize(900, 860)
        live(0.5)
        dialog.table.setCurrentCell(_row_of(dialog.table, "overlap of the classes ↓"), 0)
        save(dialog, f"comparison-{theme}")
        dialog.close()
        vae = next(pane.run for pane in app_state.session.view.panes if pane.run.endswith("vae"))
        figures = FiguresDialog(app_state, window.themes, vae, window)
        figures.resize(760, 720)
        figures.show()
        save(figures, f"figures-{theme}")
        tabs = figures.findChild(QTabWidget, "figures_tabs")
        tabs.setCurrentIndex(1)
        save(figures, f"overlap-by-pairs-{theme}")
        figures.close()


def _row_of(table: QTableWidget, title: str) -> int:
    return next(row for row in range(table.rowCount()) if (item := table.item(row, 0)) and item.text() == title)


if __name__ == "__main__":
    main((int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else (1440, 900))
