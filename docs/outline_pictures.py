"""Draws the pictures of docs/overlays.md that show lines: contours, ellipses, Gaussians, strips, components."""

import shutil
from pathlib import Path

from drawn_window import application, fresh_home, live, opened_window, save, wait, wait_for_runs
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from explorer.assets import shipped_runs
from explorer.config import MODEL_CONFIGS, RunConfig, TrainConfig
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.ui.app.main_window import MainWindow
from explorer.ui.widgets.settings import settings

SIZE = (980, 540)
SAMPLE = 1203
NEAR = (1.2, 0.4)
"""The point in the VAE's plane whose nearest samples are selected."""
SHOWN = {
    "overlay-contours": ("contours",),
    "overlay-class-contours": ("class_contours",),
    "overlay-posteriors": ("all_posteriors",),
    "overlay-class-gaussians": ("class_gaussians", "posterior"),
    "overlay-strips": ("axis_strips", "posterior", "prior_rings"),
}
"""Names of pictures, and which overlays are on."""


def main() -> None:
    """Show each overlay of both included runs, and a mixture's components, once in each theme."""
    with fresh_home() as home:
        app = application()
        mixture = _mixture(home / "runs" / "mixture-vae")
        shipped = {path.name: path for path in shipped_runs()}
        both = [shipped["digits-ae"], shipped["digits-vae"]]
        for theme in ("dark", "light"):
            _draw(app, theme, both, tuple(SHOWN))
            _draw(app, theme, [mixture, shipped["digits-vae"]], ("overlay-components",))
        shutil.rmtree(mixture)


def _mixture(path: Path) -> Path:
    config = RunConfig(model=MODEL_CONFIGS["mixture-vae"](latent_dim=2), train=TrainConfig(epochs=40))
    for _ in run_training(new_run(config, path, device="cpu")):
        pass
    return path


def _draw(app: QApplication, theme: str, runs: list[Path], names: tuple[str, ...]) -> None:
    settings().clear()  # no session of the last window
    with opened_window(app, theme, SIZE, runs) as window:
        window.show_planes_only(True)
        window.setWindowState(Qt.WindowState.WindowNoState)
        window.resize(*SIZE)
        app_state = window.state
        wait_for_runs(window, 2)
        window.hints.hide()
        for name in names:
            overlays = SHOWN.get(name, ("prior_rings",))
            app_state.session.set(overlays=frozenset(overlays), selection=(), probe=None)
            if "posterior" in overlays:
                _probe(window, select="axis_strips" in overlays)
            live(0.3)
            wait(lambda: not any(pane.plane.overlay_layer.waits for pane in window.planes.panes))
            save(window.planes, f"{name}-{theme}", settle=0.5)


def _probe(window: MainWindow, *, select: bool) -> None:
    app_state = window.state
    key = app_state.session.view.panes[1].run
    plane = app_state.store.runs[key].plane
    assert plane is not None
    app_state.session.set_silent(active=1)
    app_state.probing.probe_sample(key, SAMPLE)
    if select:
        rows, _ = plane.neighbours.nearest_rows(NEAR, 6)
        app_state.session.set(selection=tuple(sorted(int(plane.index[row]) for row in rows)))


if __name__ == "__main__":
    main()
