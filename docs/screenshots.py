"""Draws the pictures of the documentation: `make screenshots`. Starts the real window on a virtual screen."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch  # before PySide6
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication

from explorer.session import Path as LatentPath
from explorer.session import PathEnd
from explorer.ui.app import build_window
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import settings

PICTURES = Path(__file__).resolve().parent / "images"
SIZE = (1440, 900)
SAMPLE, OTHER_SAMPLE = 1000, 1203


def main() -> None:
    """Walk the window through what the documentation shows, once in each theme."""
    PICTURES.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
            os.environ[f"XDG_{kind}_HOME"] = str(home)
        os.environ["LATENT_EXPLORER_RUNS"] = str(home / "runs")
        if not os.environ.get("DISPLAY"):
            os.environ["DISPLAY"] = stack.enter_context(_virtual_screen())
        app = QApplication(sys.argv[:1])
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
    _wait(lambda: len(bench.runs) == 2 and all(run.plane and run.dataset for run in bench.runs.values()))
    _wait(lambda: bench.dataset is not None)
    first, second = (pane.run for pane in bench.session.view.panes)
    bench.probe_place(second, (0.6, -0.9))
    _save(window, f"first-start-{theme}")
    _sample(window, first, second, theme)
    _selection(window, second, theme)
    _training(window, theme)
    window.close()
    window.deleteLater()
    _live(0.2)


def _sample(window: MainWindow, first: str, second: str, theme: str) -> None:
    bench = window.bench
    bench.session.adjust(active=1)
    bench.probe_sample(second, SAMPLE)
    start, end = (bench.code_of(second, sample) for sample in (SAMPLE, OTHER_SAMPLE))
    if start is not None and end is not None:
        bench.session.update(path=LatentPath(second, PathEnd(start, SAMPLE), PathEnd(end, OTHER_SAMPLE), t=0.62))
    _save(window, f"sample-{theme}")
    bench.session.update(path=None)


def _selection(window: MainWindow, key: str, theme: str) -> None:
    plane = window.bench.runs[key].plane
    assert plane is not None
    rows, _ = plane.neighbours.nearest_rows((1.2, 0.4), 18)
    window.bench.session.update(selection=tuple(sorted(int(plane.index[row]) for row in rows)))
    _save(window, f"selection-{theme}")
    window.bench.session.update(selection=(), probe=None)


def _training(window: MainWindow, theme: str) -> None:
    bench = window.bench
    window.findChild(QAbstractButton, "train_button").click()
    _wait(lambda: bool(bench.training))
    key = bench.training[0]
    bench.probe_place(key, (0.4, 0.3))
    _wait(lambda: bench.runs[key].history.metrics and bench.runs[key].history.metrics[-1].epoch > 14)
    control = bench.control(key)
    assert control is not None
    control.set_pace("epoch")
    _save(window, f"training-{theme}", settle=2.5)
    control.stop()
    _wait(lambda: not bench.training)


def _save(window: MainWindow, name: str, settle: float = 1.2) -> None:
    _live(settle)
    window.grab().save(str(PICTURES / f"{name}.png"))
    print(PICTURES / f"{name}.png")  # noqa: T201  (a script tells what it wrote)


def _live(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()


def _wait(condition: Callable[[], object], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit("the window did not get so far in time")
        _live(0.02)


@contextmanager
def _virtual_screen() -> Iterator[str]:
    reader, writer = os.pipe()
    command = ("Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1000x24", "-dpi", "96")
    with subprocess.Popen(command, pass_fds=(writer,), stderr=subprocess.DEVNULL) as screen:
        os.close(writer)
        with os.fdopen(reader) as numbers:
            yield f":{numbers.readline().strip()}"
        screen.terminate()


if __name__ == "__main__":
    main()
