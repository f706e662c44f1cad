"""Draws the pictures of docs/paths.md: the real window on a virtual screen, and a saved film strip.

    python docs/path_pictures.py [RUN]

RUN is a folder with a trained VAE of the Olivetti faces; without it, one is trained.
"""

from pathlib import Path

import numpy as np
from drawn_window import (
    PICTURES,
    application,
    fresh_home,
    opened_window,
    run_of_faces,
    save,
    wait,
    wait_for_runs,
)
from PySide6.QtWidgets import QApplication

from explorer.assets import shipped_runs
from explorer.cli.program import app as commands
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.steps import Absent
from explorer.session import Path as LatentPath
from explorer.session import Waypoint
from explorer.ui.app.main_window import MainWindow

SIZE = (1280, 820)
CLASSES = (1, 0, 2, 7)
"""Classes of the waypoints; of each, the sample nearest to the median of its codes."""
FACES = (363, 345)
"""A man with a beard and glasses, and a woman."""


def main() -> None:
    """Draw the window in both themes, and the figure that the command saves."""
    with fresh_home() as home:
        faces = run_of_faces(home)
        run = next(path for path in shipped_runs() if path.name == "mnist-vae")
        app = application()
        for theme in ("dark", "light"):
            samples = _draw(app, theme, run)
            _draw_faces(app, theme, faces)
        _draw_strip(run, samples)


def _draw(app: QApplication, theme: str, run: Path) -> list[int]:
    with opened_window(app, theme, SIZE, [run]) as window:
        window.hints.hide()
        wait_for_runs(window, 1)
        session = window.state.session
        key = session.view.panes[0].run
        waypoints = _waypoints(window.state.store.runs[key])
        session.set_silent(mode="path", tab_size="wide")
        session.set(path=LatentPath(key, waypoints, t=0.35, method="spline", second="geodesic"))
        window.lower_row.show_tab(window.path)
        wait(lambda: _is_measured(window, key))
        session.set(**window.state.paths.moved(0.35))
        save(window, f"paths-geodesic-{theme}", settle=2.5, colours=256)
        session.set(path=LatentPath(key, waypoints[:3], closed=True, t=0.25, method="geodesic", metric="density"))
        session.set_silent(tab_size="enlarged")
        wait(lambda: _is_measured(window, key))
        session.set(**window.state.paths.moved(0.25))
        save(window, f"paths-loop-{theme}", settle=2.5, colours=256)
        return [place.sample for place in waypoints if place.sample is not None]


def _waypoints(run: OpenRun) -> tuple[Waypoint, ...]:
    assert run.plane is not None and run.plane.labels is not None
    places = []
    for label in CLASSES:
        rows = np.flatnonzero(run.plane.labels == label)
        codes = run.plane.mean[rows]
        row = int(rows[np.linalg.norm(codes - np.median(codes, axis=0), axis=1).argmin()])
        places.append(Waypoint(tuple(map(float, run.plane.mean[row])), run.plane.sample_of(row)))
    return tuple(places)


def _is_measured(window: MainWindow, key: str) -> bool:
    answer, own = window.state.paths.answer(key), window.state.paths.own
    rows = () if answer is None else answer.rows
    done = [not isinstance(row, Absent) and row.measures is not None for row in rows]
    return bool(done) and own is not None and not any(own.awaited) and all(done)


def _draw_faces(app: QApplication, theme: str, run: Path) -> None:
    with opened_window(app, theme, SIZE, [run]) as window:
        window.hints.hide()
        wait_for_runs(window, 1)
        session, key = window.state.session, str(run)
        codes = [(window.state.store.code_of(key, sample), sample) for sample in FACES]
        waypoints = tuple(Waypoint(code, sample) for code, sample in codes if code is not None)
        session.set_silent(mode="path", tab_size="wide")
        session.set(path=LatentPath(key, waypoints, t=0.5, method="straight", second="geodesic"))
        window.lower_row.show_tab(window.path)
        wait(lambda: _is_measured(window, key))
        session.set(**window.state.paths.moved(0.5))
        save(window, f"paths-faces-{theme}", settle=2.5)


def _draw_strip(run: Path, samples: list[int]) -> None:
    path = PICTURES / "paths-strip.png"
    through = [word for sample in samples for word in ("--through", str(sample))]
    commands(["path", str(run), *through, "--second", "geodesic", "--out", str(path)], standalone_mode=False)


if __name__ == "__main__":
    main()
