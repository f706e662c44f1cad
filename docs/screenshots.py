"""Draws the first picture of the README, and that of the tab Selection in docs/panes.md: `make screenshots`.

Starts the real window on a virtual screen. Each other page has a script of its own in this folder.
"""

from drawn_window import application, first_start, fresh_home, opened_window, save, wait, wait_for_runs
from PySide6.QtWidgets import QApplication

from explorer.session import Group
from explorer.ui.app.main_window import MainWindow

SIZE = (1440, 900)
POINT = (0.6, -0.9)
NEAR, SELECTED = (0.35, -0.35), 240
"""Where the selected samples lie, in latent units: between the classes 4, 7 and 9; and how many there are."""


def main() -> None:
    """Take the window through the states that the documentation shows, once in each theme."""
    with fresh_home() as home:
        app = application()
        for theme in ("dark", "light"):
            first_start(home)
            _draw(app, theme)


def _draw(app: QApplication, theme: str) -> None:
    with opened_window(app, theme, SIZE) as window:
        state = window.state
        wait_for_runs(window, 2)
        wait(lambda: state.data.dataset is not None)
        vae = state.session.view.panes[1].run
        state.probing.probe_point(vae, POINT)
        save(window, f"first-start-{theme}")
        _draw_selection(window, vae, theme)


def _draw_selection(window: MainWindow, key: str, theme: str) -> None:
    run, session = window.state.store.runs[key], window.state.session
    assert run.plane is not None
    window.hints.hide()
    rows, _ = run.plane.neighbours.nearest_rows(NEAR, SELECTED)
    near = tuple(sorted(int(run.plane.index[row]) for row in rows))
    rows, _ = run.plane.neighbours.nearest_rows(POINT, 40)
    others = tuple(sorted(int(run.plane.index[row]) for row in rows))
    data = run.description.fingerprint
    groups = (Group("4 or 9", data, near, "selection"), Group("near the probe", data, others, "40 nearest"))
    session.set_silent(active=1, tab="selection", tab_size="wide")
    session.set(selection=near, groups=groups, path=None)
    save(window, f"selection-{theme}", settle=3)


if __name__ == "__main__":
    main()
