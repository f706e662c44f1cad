"""Draws the pictures of docs/ablation.md: `python docs/ablation_pictures.py ABLATION LADDER`.

The folders are those of the two commands that the page names, on MNIST.
"""

import sys
from pathlib import Path

from drawn_window import PICTURES, application, fresh_home, opened_window, save, wait
from PIL import Image
from PySide6.QtWidgets import QApplication

from explorer.ui.app.lower_row import LowerRow
from explorer.ui.app.main_window import MainWindow

SIZE = (1440, 900)
COLOURS = 256
"""Of a saved picture, which is then a third as large and looks the same."""


def main() -> None:
    """Open each experiment and save what the window shows, in each theme."""
    ablation, ladder = (Path(word).resolve() for word in sys.argv[1:3])
    with fresh_home():
        app = application()
        for theme in ("dark", "light"):
            _draw(app, theme, ablation, "ablation")
            _draw(app, theme, ladder, "beta-ladder")


def _draw(app: QApplication, theme: str, folder: Path, name: str) -> None:
    with opened_window(app, theme, SIZE, [folder]) as window:
        _settle(window)
        window.hints.hide()
        window.findChild(LowerRow).open_tab(window.loss)
        save(window, f"{name}-{theme}", settle=2.5)
        path = PICTURES / f"{name}-{theme}.png"
        Image.open(path).convert("RGB").quantize(COLOURS, kmeans=1, dither=Image.Dither.NONE).save(path, optimize=True)


def _settle(window: MainWindow) -> None:
    app_state = window.state
    wait(
        lambda: (
            len(app_state.store.runs) >= 4 and all(run.plane and run.dataset for run in app_state.store.runs.values())
        ),
        300,
    )
    wait(lambda: window.loss.watch.report is not None and window.loss.watch.report.measured, 300)


if __name__ == "__main__":
    main()
