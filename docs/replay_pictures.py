"""Draws the pictures of docs/replay.md: two small runs are trained, then scrubbed in the real window."""

import shutil
from pathlib import Path

from drawn_window import application, fresh_home, live, save, wait
from PySide6.QtWidgets import QApplication

from explorer.jobs.runs.settings import build_config
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.ui.app.app import build_window
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
    window = build_window(app)
    window.themes.set_mode(theme)  # type: ignore[arg-type]
    window.resize(*SIZE)
    window.show()
    window.start(runs)
    app_state = window.state
    wait(
        lambda: (
            len(app_state.store.runs) == 2 and all(run.plane and run.dataset for run in app_state.store.runs.values())
        )
    )
    app_state.probing.probe_sample(app_state.session.view.panes[1].run, SAMPLES[-1])
    app_state.session.set(selection=SAMPLES)
    app_state.session.set_silent(active=1)
    epochs = window.replay.epochs
    app_state.session.set(replay_epoch=epochs[round(MIDDLE * len(epochs))])
    save(window, f"replay-{theme}", 3)
    app_state.session.set(selection=(), overlays=frozenset({"drift"}), replay_epoch=epochs[round(LATER * len(epochs))])
    save(window, f"replay-drift-{theme}", 4)
    window.close()
    window.deleteLater()
    live(0.2)


if __name__ == "__main__":
    main()
