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
from PySide6.QtWidgets import QWidget

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.data import catalog
from explorer.data.dataset import Dataset
from explorer.jobs.questions import Question
from explorer.jobs.workers.inference import Answer
from explorer.models.variational.vae import VaeConfig
from explorer.training.devices import training_threads
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
    # No `QTimer.singleShot`: its timer outlives the loop that it would quit, and PySide6 6.11.3 crashed deleting it.
    loop, timer = QEventLoop(), QTimer(singleShot=True)
    timer.timeout.connect(loop.quit)
    timer.start(int(1000 * seconds))
    loop.exec()


def wait(condition: Callable[[], object], seconds: float = 60) -> None:
    """Run the event loop until a condition holds, or exit."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit("the window did not answer within a minute")
        # Not `processEvents` in a loop: with a limit of time it never sleeps, even with WaitForMoreEvents, and takes
        # the interpreter from the threads that are measured.
        live(0.005)


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


Code = tuple[float, ...]


def probe_latencies(
    window: MainWindow, key: str, moves: int, before: Callable[[], object] | None = None
) -> NDArray[np.float64]:
    """Return milliseconds from each move of the probe to its painted picture, for moves 30 ms apart.

    Parameters
    ----------
    before
        Called before every tenth move, followed by 60 ms in which overlays ask their questions.
    """

    def move_probe(move: int) -> Code:
        angle = 2 * np.pi * move / 40
        z = (float(1.5 * np.cos(angle)), float(1.5 * np.sin(angle)))
        window.state.probing.probe_point(key, z, drag=True)
        return z

    return code_latencies(window, move_probe, moves, before)


def code_latencies(
    window: MainWindow, act: Callable[[int], Code], moves: int, before: Callable[[], object] | None = None
) -> NDArray[np.float64]:
    """Return milliseconds from each call of ``act`` to the painted picture of the code that it returns."""
    view = window.findChild(QWidget, "decode_view")
    assert view is not None
    paints, result = Paints(view), []
    for move in range(moves):
        if before is not None and move % 10 == 0:
            before()
            live(0.06)
        answered: list[tuple[object, float]] = []

        def note(answer: Answer, answered: list[tuple[object, float]] = answered) -> None:
            answered.append((getattr(answer.question, "z", None), time.perf_counter()))

        with watching(note):
            began = time.perf_counter()
            wanted = (act(move),)
            wait(lambda: any(z == wanted and paints.last > at for z, at in answered))  # noqa: B023
        result.append(1000 * (paints.last - began))
        live(0.03)
    window.state.session.commit()
    paints.stop()
    return np.array(result)


class Answers:
    """Remembers when answers to some questions reach the window, and whether the last one to latent dimensions did."""

    def __init__(self, concerns: Callable[[Question], bool]) -> None:
        self._concerns = concerns
        self.times: list[float] = []
        self.ended = False

    def __call__(self, answer: Answer) -> None:
        if self._concerns(answer.question):
            self.times.append(time.perf_counter())
            section = getattr(answer.question, "section", "dimensions")
            self.ended = self.ended or (answer.final and section == "dimensions")


def train_beside(window: MainWindow, key: str, home: Path) -> None:
    """Start a training of a dense 784-512-256-10 VAE on MNIST, and make the run ``key`` active again."""
    dataset, data_config = _mnist(home)
    state = window.state
    state.data.use(data_config, dataset)
    model = VaeConfig(latent_dim=10, hidden_widths=(512, 256))
    train = TrainConfig(epochs=1000, batch_size=256, threads=training_threads())
    state.trainings.train(RunConfig(data=data_config, model=model, train=train), "beside")
    wait(lambda: bool(state.trainings.running))
    # The new run may have taken the place of the one that is traversed.
    wait(lambda: state.session.view.active_run == state.trainings.running[0])
    if key not in [pane.run for pane in state.session.view.panes]:
        state.opener.open(Path(key))
    wait(lambda: key in [pane.run for pane in state.session.view.panes])
    state.session.set_silent(active=[pane.run for pane in state.session.view.panes].index(key))
    state.probing.probe_point(key, (0.3, -0.4))
    live(2.0)


def _mnist(home: Path) -> tuple[Dataset, DataConfig]:
    config = DataConfig(source=str(mnist_folder() or _random_pictures(home)))
    return catalog.load(config), config


def _random_pictures(home: Path) -> Path:
    path, rng = home / "random.npz", np.random.default_rng(0)
    np.savez(path, x=rng.integers(0, 256, (70_000, 28, 28), np.uint8), y=rng.integers(0, 10, 70_000))
    return path


def print_latencies(what: str, values: NDArray[np.float64], budget: float = 0.0) -> None:
    """Print the 50th and the 95th percentile of milliseconds, and the share of a budget if there is one."""
    p50, p95 = np.percentile(values, [50, 95])
    ratio = f"  budget ≤ {budget:g}, p95 / budget {p95 / budget:.2f}" if budget else ""
    print(f"{what:62} p50 {p50:6.1f}  p95 {p95:6.1f} ms{ratio}")
