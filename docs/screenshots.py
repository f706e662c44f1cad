"""Draws the pictures of the documentation: `make screenshots`. Starts the real window on a virtual screen."""

import shutil

from drawn_window import application, fresh_home, live, save, wait
from PySide6.QtWidgets import QAbstractButton, QApplication

from explorer.session import Path as LatentPath
from explorer.session import PathEnd
from explorer.ui.app.app import build_window
from explorer.ui.app.main_window import MainWindow
from explorer.ui.widgets.settings import settings

SIZE = (1440, 900)
SAMPLE, OTHER_SAMPLE = 1000, 1203


def main() -> None:
    """Walk the window through what the documentation shows, once in each theme."""
    with fresh_home() as home:
        app = application()
        for theme in ("dark", "light"):
            for folder in home.iterdir():  # each theme is a first start
                shutil.rmtree(folder)
            settings().clear()
            _draw(app, theme)


def _draw(app: QApplication, theme: str) -> None:
    window = build_window(app)
    window.themes.set_mode(theme)  # type: ignore[arg-type]
    window.resize(*SIZE)
    window.show()
    window.start([])
    bench = window.bench
    wait(lambda: len(bench.runs) == 2 and all(run.plane and run.dataset for run in bench.runs.values()))
    wait(lambda: bench.dataset is not None)
    first, second = (pane.run for pane in bench.session.view.panes)
    bench.probe_place(second, (0.6, -0.9))
    save(window, f"first-start-{theme}")
    _sample(window, first, second, theme)
    _selection(window, second, theme)
    _training(window, theme)
    window.close()
    window.deleteLater()
    live(0.2)


def _sample(window: MainWindow, first: str, second: str, theme: str) -> None:
    bench = window.bench
    bench.session.set_silent(active=1)
    bench.probe_sample(second, SAMPLE)
    start, end = (bench.code_of(second, sample) for sample in (SAMPLE, OTHER_SAMPLE))
    if start is not None and end is not None:
        bench.session.set(path=LatentPath(second, PathEnd(start, SAMPLE), PathEnd(end, OTHER_SAMPLE), t=0.62))
    save(window, f"sample-{theme}")
    bench.session.set(path=None)


def _selection(window: MainWindow, key: str, theme: str) -> None:
    plane = window.bench.runs[key].plane
    assert plane is not None
    rows, _ = plane.neighbours.nearest_rows((1.2, 0.4), 18)
    window.bench.session.set(selection=tuple(sorted(int(plane.index[row]) for row in rows)))
    save(window, f"selection-{theme}")
    window.bench.session.set(selection=(), probe=None)


def _training(window: MainWindow, theme: str) -> None:
    bench = window.bench
    window.findChild(QAbstractButton, "train_button").click()
    wait(lambda: bool(bench.training))
    key = bench.training[0]
    bench.probe_place(key, (0.4, 0.3))
    wait(lambda: bench.runs[key].history.metrics and bench.runs[key].history.metrics[-1].epoch > 14)
    control = bench.control(key)
    assert control is not None
    control.set_pace("epoch")
    save(window, f"training-{theme}", settle=2.5)
    control.stop()
    wait(lambda: not bench.training)


if __name__ == "__main__":
    main()
