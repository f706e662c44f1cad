"""Draws the pictures of the documentation: `make screenshots`. Starts the real window on a virtual screen."""

from drawn_window import application, first_start, fresh_home, opened_window, save, wait, wait_for_runs
from PySide6.QtWidgets import QAbstractButton, QApplication

from explorer.session import Path as LatentPath
from explorer.session import PathEnd
from explorer.ui.app.main_window import MainWindow

SIZE = (1440, 900)
SAMPLE, OTHER_SAMPLE = 1000, 1203


def main() -> None:
    """Take the window through the states that the documentation shows, once in each theme."""
    with fresh_home() as home:
        app = application()
        for theme in ("dark", "light"):
            first_start(home)
            _draw(app, theme)


def _draw(app: QApplication, theme: str) -> None:
    with opened_window(app, theme, SIZE) as window:
        app_state = window.state
        wait_for_runs(window, 2)
        wait(lambda: app_state.data.dataset is not None)
        first, second = (pane.run for pane in app_state.session.view.panes)
        app_state.probing.probe_point(second, (0.6, -0.9))
        save(window, f"first-start-{theme}")
        _sample(window, first, second, theme)
        _selection(window, second, theme)
        _training(window, theme)


def _sample(window: MainWindow, first: str, second: str, theme: str) -> None:
    app_state = window.state
    app_state.session.set_silent(active=1)
    app_state.probing.probe_sample(second, SAMPLE)
    start, end = (app_state.store.code_of(second, sample) for sample in (SAMPLE, OTHER_SAMPLE))
    if start is not None and end is not None:
        app_state.session.set(path=LatentPath(second, PathEnd(start, SAMPLE), PathEnd(end, OTHER_SAMPLE), t=0.62))
    save(window, f"sample-{theme}")
    app_state.session.set(path=None)


def _selection(window: MainWindow, key: str, theme: str) -> None:
    plane = window.state.store.runs[key].plane
    assert plane is not None
    rows, _ = plane.neighbours.nearest_rows((1.2, 0.4), 18)
    window.state.session.set(selection=tuple(sorted(int(plane.index[row]) for row in rows)))
    save(window, f"selection-{theme}")
    window.state.session.set(selection=(), probe=None)


def _training(window: MainWindow, theme: str) -> None:
    app_state = window.state
    window.findChild(QAbstractButton, "train_button").click()
    wait(lambda: bool(app_state.trainings.running))
    key = app_state.trainings.running[0]
    app_state.probing.probe_point(key, (0.4, 0.3))
    wait(lambda: app_state.store.runs[key].history.metrics and app_state.store.runs[key].history.metrics[-1].epoch > 14)
    control = app_state.trainings.control(key)
    assert control is not None
    control.set_pace("epoch")
    save(window, f"training-{theme}", settle=2.5)
    control.stop()
    wait(lambda: not app_state.trainings.running)


if __name__ == "__main__":
    main()
