"""The real window on a virtual screen, for the scripts that draw the documentation's pictures."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch  # before PySide6
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from explorer.ui.app.app import build_window
from explorer.ui.app.main_window import MainWindow
from explorer.ui.widgets.settings import settings

PICTURES = Path(__file__).resolve().parent / "images"


@contextmanager
def fresh_home() -> Iterator[Path]:
    """Return a folder in which settings, data and runs begin empty, and a screen if there is none."""
    torch.set_num_threads(1)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
            os.environ[f"XDG_{kind}_HOME"] = str(home)
        os.environ["LATENT_EXPLORER_RUNS"] = str(home / "runs")
        if not os.environ.get("DISPLAY"):
            os.environ["DISPLAY"] = stack.enter_context(_virtual_screen())
        yield home


def application() -> QApplication:
    """Return the application, made once."""
    return QApplication(sys.argv[:1])


def first_start(home: Path) -> None:
    """Remove settings, sessions and runs, so that the next window is a first start."""
    for folder in home.iterdir():
        shutil.rmtree(folder)
    settings().clear()


@contextmanager
def opened_window(
    app: QApplication, theme: str, size: tuple[int, int], runs: Sequence[Path] = ()
) -> Iterator[MainWindow]:
    """Open the window on runs, or as at a first start, in a theme; close it at the end."""
    window = build_window(app)
    window.themes.set_mode(theme)  # type: ignore[arg-type]
    window.resize(*size)
    window.show()
    window.start(list(runs))
    yield window
    window.close()
    window.deleteLater()
    live(0.2)


def wait_for_runs(window: MainWindow, count: int, seconds: float = 90) -> None:
    """Wait until ``count`` runs are open with their planes and data."""

    def are_there() -> bool:
        runs = window.state.store.runs.values()
        return len(runs) == count and all(run.plane and run.dataset for run in runs)

    wait(are_there, seconds)


def save(window: QWidget, name: str, settle: float = 1.2) -> None:
    """Save a picture of the window after ``settle`` seconds."""
    live(settle)
    path = PICTURES / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    window.grab().save(str(path))
    print(path)  # noqa: T201  (a script tells what it wrote)


def live(seconds: float) -> None:
    """Run the event loop for some seconds."""
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()


def wait(condition: Callable[[], object], seconds: float = 90) -> None:
    """Run the event loop until a condition holds, or exit."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit("the window did not reach the expected state in time")
        live(0.02)


@contextmanager
def _virtual_screen() -> Iterator[str]:
    reader, writer = os.pipe()
    command = ("Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1000x24", "-dpi", "96")
    with subprocess.Popen(command, pass_fds=(writer,), stderr=subprocess.DEVNULL) as screen:
        os.close(writer)
        try:
            with os.fdopen(reader) as numbers:
                yield f":{numbers.readline().strip()}"
        finally:  # otherwise a script that fails would wait for the screen forever
            screen.terminate()
