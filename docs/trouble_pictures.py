"""Draws runs with problems for docs/trouble.md: `python docs/trouble_pictures.py`. Training takes a minute or two."""

import shutil
from pathlib import Path

from drawn_window import PICTURES, application, fresh_home, live, opened_window, wait, wait_for_runs
from PIL import Image
from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from explorer.jobs.runs.settings import build_config
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.ui.app.main_window import MainWindow
from explorer.ui.widgets.settings import settings

SIZE = (1440, 900)
RUNS = {
    "beta-1": ("vae", {"model.latent_dim": "10"}),
    "beta-4": ("vae", {"model.latent_dim": "10", "model.beta": "4"}),
    "all-samples": ("ae", {"model.latent_dim": "8", "train.epochs": "100"}),
    "50-samples": ("ae", {"model.latent_dim": "8", "train.epochs": "400", "train.fraction": "0.035"}),
}


def main() -> None:
    """Train, then show a collapse and an overfitting, once in each theme."""
    with fresh_home() as home:
        app = application()
        runs = home / "runs"
        for name, (family, values) in RUNS.items():
            for _ in run_training(new_run(build_config(family, {**values, "train.threads": "1"}), runs / name)):
                pass
        for theme in ("dark", "light"):
            settings().clear()
            for left in home.glob("latent-explorer*"):
                shutil.rmtree(left)
            _draw(app, theme, runs)


def _draw(app: QApplication, theme: str, runs: Path) -> None:
    with opened_window(app, theme, SIZE) as window:
        wait_for_runs(window, 2)
        _show(window, runs / "beta-1", runs / "beta-4")
        _grab(window, f"trouble-collapse-{theme}")
        _show(window, runs / "all-samples", runs / "50-samples")
        _grab(window, f"trouble-overfitting-{theme}", with_details=True)


def _show(window: MainWindow, *paths: Path) -> None:
    """Open two runs side by side; the second is the active one, and the one in trouble."""
    app_state, keys = window.state, [str(path) for path in paths]
    for index, path in enumerate(paths):
        app_state.opener.open(path, pane=index)
    wait(
        lambda: (
            set(keys) == set(app_state.store.runs)
            and all(run.dataset is not None for run in app_state.store.runs.values())
        )
    )
    app_state.session.set_silent(active=1)
    wait(lambda: bool(app_state.diagnoses.of(keys[1]).notices))
    live(1.2)


def _grab(window: MainWindow, name: str, *, with_details: bool = False) -> None:
    """Save the window; a pop-up is a window of its own, so it is painted over the picture."""
    picture = window.grab()
    if with_details:
        window.findChild(QToolButton, "pane_notice_try_2").click()
        live(0.5)
        details = next(widget for widget in window.findChildren(QWidget, "notice_details") if widget.isVisible())
        painter = QPainter(picture)
        painter.drawPixmap(window.mapFromGlobal(details.mapToGlobal(QPoint(0, 0))), details.grab())
        painter.end()
        details.close()
    path = PICTURES / f"{name}.png"
    picture.save(str(path))
    with Image.open(path) as whole:  # 256 colours are enough, and the file is a third as large
        small = whole.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(path)  # noqa: T201  (a script tells what it wrote)


if __name__ == "__main__":
    main()
