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
from PIL import Image
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from explorer import train
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


def run_of_faces(home: Path) -> Path:
    """Return the VAE of the Olivetti faces that the command line names, or train it, which takes five minutes.

    A small σ and 64 dimensions let a decode keep fine things, such as the frame of glasses. With 24 dimensions and
    a σ of 0.12, no vector from faces without to faces with glasses drew any.
    """
    if len(sys.argv) > 1:
        return Path(sys.argv[1])
    out = home / "runs" / "olivetti-vae"
    train(
        out=out, data="olivetti", model="vae", latent_dim=64, epochs=600, batch_size=64, hidden_widths=(1024,),
        likelihood="gaussian", sigma=0.05, device="cpu",
    )  # fmt: skip
    return out


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


def save(window: QWidget, name: str, settle: float = 1.2, colours: int | None = None) -> None:
    """Save a picture of the window after ``settle`` seconds, with ``colours`` colours; None keeps all of them.

    With 256 colours the file is a third as large. A window with photographs or many classes needs more.
    """
    live(settle)
    path = PICTURES / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    window.grab().save(str(path))
    if colours is not None:
        # Dithering would speckle the flat grounds, and make the file larger.
        Image.open(path).convert("RGB").quantize(colours, kmeans=1, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path)  # noqa: T201  (a script tells what it wrote)


def live(seconds: float) -> None:
    """Run the event loop for some seconds."""
    loop, timer = QEventLoop(), QTimer(singleShot=True)
    timer.timeout.connect(loop.quit)
    timer.start(int(1000 * seconds))
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
