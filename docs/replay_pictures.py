"""Draws the pictures of docs/replay.md: two small runs are trained, then scrubbed in the real window."""

import shutil
from pathlib import Path

from drawn_window import application, fresh_home, opened_window, save, wait_for_runs
from PySide6.QtWidgets import QApplication

from explorer.jobs.runs.settings import build_config
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.ui.widgets.settings import settings

SIZE = (1440, 900)
MIDDLE, LATER = 0.25, 0.45
"""The position of each picture among the frames, as a fraction."""
SAMPLES = (3, 77, 1000)


def main() -> None:
    """Train once, then draw each picture in both themes."""
    with fresh_home() as home:
        runs = [_trained(home / "runs" / f"digits-{family}", family) for family in ("ae", "vae")]
        app = application()
        for theme in ("dark", "light"):
            settings().clear()
            settings().setValue("hint/step", 9)
            _draw(app, runs, theme)
        shutil.rmtree(home / "runs")


def _trained(path: Path, family: str) -> Path:
    for _ in run_training(new_run(build_config(family, {"train.epochs": "40"}), path)):
        pass
    return path


def _draw(app: QApplication, runs: list[Path], theme: str) -> None:
    with opened_window(app, theme, SIZE, runs) as window:
        app_state = window.state
        wait_for_runs(window, 2)
        app_state.probing.probe_sample(app_state.session.view.panes[1].run, SAMPLES[-1])
        app_state.session.set(selection=SAMPLES)
        app_state.session.set_silent(active=1)
        epochs = window.replay.epochs
        app_state.session.set(replay_epoch=epochs[round(MIDDLE * len(epochs))])
        save(window, f"replay-{theme}", 3)
        app_state.session.set(
            selection=(), overlays=frozenset({"drift"}), replay_epoch=epochs[round(LATER * len(epochs))]
        )
        save(window, f"replay-drift-{theme}", 4)


if __name__ == "__main__":
    main()
