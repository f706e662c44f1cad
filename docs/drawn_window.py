"""The real window on a virtual screen, for the scripts that draw the documentation's pictures."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch  # before PySide6
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

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
