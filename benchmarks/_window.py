"""Helpers of the window benchmarks: temporary user folders, waiting, and the time from a question to its paint."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from explorer.jobs.workers.inference import Answer
from explorer.ui.app.main_window import MainWindow
from explorer.ui.state.live_question import LiveQuestion

ROOT = Path(__file__).resolve().parent.parent


def use_temporary_folders(home: Path) -> None:
    """Send settings, logs and runs to a folder; draw without a screen if there is none."""
    os.environ.setdefault("QT_QPA_PLATFORM", "xcb" if os.environ.get("DISPLAY") else "offscreen")
    for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
        os.environ[f"XDG_{kind}_HOME"] = str(home)
    os.environ["LATENT_EXPLORER_RUNS"] = str(home / "runs")


def mnist_folder() -> Path | None:
    """Return the folder of MNIST below LATENT_EXPLORER_DATA or ../shared/data, or None."""
    for folder in (os.environ.get("LATENT_EXPLORER_DATA"), ROOT.parent / "shared" / "data"):
        if folder and (Path(folder) / "mnist").is_dir():
            return Path(folder, "mnist").resolve()
    return None


def live(seconds: float) -> None:
    """Run the event loop for some time."""
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()


def wait(condition: Callable[[], object], seconds: float = 60) -> None:
    """Run the event loop until a condition holds, or exit."""
    end = time.monotonic() + seconds
    app = QApplication.instance()
    assert app is not None
    while not condition():
        if time.monotonic() > end:
            sys.exit("the window did not answer within a minute")
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)


@contextmanager
def watching(note: Callable[[Answer], object]) -> Iterator[None]:
    """Call ``note`` with each answer when it reaches the window's thread."""
    take = LiveQuestion.take_answer

    def noting(self: LiveQuestion, number: int, answer: Answer) -> None:
        note(answer)
        take(self, number, answer)

    LiveQuestion.take_answer = noting  # type: ignore[method-assign]
    try:
        yield
    finally:
        LiveQuestion.take_answer = take  # type: ignore[method-assign]


class Paints(QObject):
    """Counts the paint events of a widget and records the time of the last one."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.count, self.last = 0, 0.0
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.count += 1
            self.last = time.perf_counter()
        return False

    def stop(self) -> None:
        """Stop watching the widget."""
        self._widget.removeEventFilter(self)


def probe_latencies(
    window: MainWindow, key: str, moves: int, before: Callable[[], object] | None = None
) -> NDArray[np.float64]:
    """Return milliseconds from each move of the probe to its painted picture, for moves 30 ms apart.

    Parameters
    ----------
    before
        Called before every tenth move, followed by 60 ms in which overlays ask their questions.
    """
    view = window.findChild(QWidget, "decode_view")
    assert view is not None
    paints, result = Paints(view), []
    for move in range(moves):
        if before is not None and move % 10 == 0:
            before()
            live(0.06)
        angle = 2 * np.pi * move / 40
        z = (float(1.5 * np.cos(angle)), float(1.5 * np.sin(angle)))
        answered: list[float] = []

        def note(answer: Answer, z: tuple[float, ...] = z, answered: list[float] = answered) -> None:
            if getattr(answer.question, "z", None) == (z,):
                answered.append(time.perf_counter())

        with watching(note):
            began = time.perf_counter()
            window.state.probing.probe_point(key, z, drag=True)
            wait(lambda answered=answered: bool(answered) and paints.last > answered[0])  # type: ignore[misc]
        result.append(1000 * (paints.last - began))
        live(0.03)
    window.state.session.commit()
    paints.stop()
    return np.array(result)
