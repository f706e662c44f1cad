"""Overlays of the plane: time to the first coarse answer and to the finest, and the probe meanwhile.

    python benchmarks/overlays.py

Of the shipped digits VAE, and of a dense 784-512-256-2 VAE of pictures of MNIST's size, one pane in a window of
1440 × 900. Budget: a probe's move to its painted picture p95 ≤ 16 ms, also while an overlay is refined.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch  # before PySide6
from _answers import watching  # beside this file
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from explorer.assets import shipped_runs
from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.data import catalog
from explorer.jobs.overlays.overlay import OverlayQuestion
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.jobs.workers.inference import Answer
from explorer.models.variational.vae import VaeConfig
from explorer.ui.app.app import SWITCH_SECONDS, build_window
from explorer.ui.app.main_window import MainWindow

OVERLAYS = ("off_manifold", "regions", "manifold", "prior_manifold")
ROUNDS, MOVES = 3, 100
HOME = Path(tempfile.mkdtemp())


def main() -> None:
    _use_own_folders()
    digits = next(path for path in shipped_runs() if path.name == "digits-vae")
    large = _trained_on_pictures()
    sys.setswitchinterval(SWITCH_SECONDS)
    app = QApplication(sys.argv[:1])
    window = build_window(app)
    window.resize(1440, 900)
    window.show()
    window.start([digits])
    print(f"one pane in a window of 1440 × 900, torch {torch.__version__}, medians of {ROUNDS}")
    for name, path in (("digits-vae, 64-64-32-2", digits), ("VAE of 28 × 28, 784-512-256-2", large)):
        _measure(window, name, path)
    window.close()


def _measure(window: MainWindow, name: str, path: Path) -> None:
    app_state, key = window.state, str(path)
    if key not in app_state.store.runs:
        app_state.opener.open(path, pane=0)
    _wait(
        lambda: (
            key in app_state.store.runs
            and app_state.store.runs[key].plane is not None
            and app_state.store.runs[key].dataset is not None
        )
    )
    app_state.session.set(overlays=frozenset(), probe=None)
    _live(0.5)
    print(f"\n{name}")
    for overlay in OVERLAYS:
        times = np.array([_answers(window, key, overlay) for _ in range(ROUNDS)])
        first, last = np.median(times, axis=0)
        print(f"{overlay:16} first {first:7.0f} ms   finest {last:7.0f} ms")
    idle = _probe_latencies(window, key)
    app_state.session.set(overlays=frozenset({"off_manifold", "regions"}))
    busy = _probe_latencies(
        window, key, before=lambda: app_state.store.set(key, weights=app_state.store.runs[key].weights + 1)
    )
    for what, values in (("nothing else asked", idle), ("two overlays being refined", busy)):
        middle, high = np.percentile(values, [50, 95])
        print(f"probe to picture, {what:27} median {middle:5.1f} ms  p95 {high:5.1f} ms  budget ≤ 16")


def _answers(window: MainWindow, key: str, overlay: str) -> tuple[float, float]:
    """Return milliseconds from the click in the menu to the first and to the last answer."""
    app_state = window.state
    app_state.session.set(overlays=frozenset())
    _live(0.2)
    app_state.store.set(key, weights=app_state.store.runs[key].weights + 1)  # new weights: no cached answer is valid
    came: list[tuple[float, bool]] = []

    def note(answer: Answer) -> None:
        if isinstance(answer.question, OverlayQuestion):
            came.append((time.perf_counter(), answer.final))

    with watching(note):
        asked = time.perf_counter()
        app_state.session.set(overlays=frozenset({overlay}))
        _wait(lambda: bool(came) and came[-1][1])
    return 1000 * (came[0][0] - asked), 1000 * (came[-1][0] - asked)


class _Paints(QObject):
    """Notes when a widget was painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.last = 0.0
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.last = time.perf_counter()
        return False

    def stop(self) -> None:
        self._widget.removeEventFilter(self)


def _probe_latencies(window: MainWindow, key: str, before: Callable[[], object] | None = None) -> NDArray[np.float64]:
    """Return milliseconds from a move of the probe to its painted picture, for moves 30 ms apart."""
    view = window.findChild(QWidget, "decode_view")
    assert view is not None
    paints, result, app_state = _Paints(view), [], window.state
    for move in range(MOVES):
        if before is not None and move % 10 == 0:
            before()
            _live(0.06)  # until the overlays are asked for
        angle = 2 * np.pi * move / 40
        z = (float(1.5 * np.cos(angle)), float(1.5 * np.sin(angle)))
        answered: list[float] = []

        def note(answer: Answer, z: tuple[float, ...] = z, answered: list[float] = answered) -> None:
            if getattr(answer.question, "z", None) == (z,):
                answered.append(time.perf_counter())

        with watching(note):
            asked = time.perf_counter()
            app_state.probing.probe_point(key, z, drag=True)
            _wait(lambda answered=answered: bool(answered) and paints.last > answered[0])  # type: ignore[misc]
        result.append(1000 * (paints.last - asked))
        _live(0.03)
    app_state.session.commit()
    paints.stop()
    return np.array(result)


def _trained_on_pictures() -> Path:
    """Train a VAE for a moment on random pictures of MNIST's size: its costs do not depend on what it has learnt."""
    rng = np.random.default_rng(0)
    samples = HOME / "pictures.npz"
    np.savez(samples, x=rng.integers(0, 256, (6_000, 28, 28), np.uint8), y=rng.integers(0, 10, 6_000))
    config = RunConfig(
        data=DataConfig(source=str(samples)),
        model=VaeConfig(hidden_widths=(512, 256)),
        train=TrainConfig(epochs=1, batch_size=256),
    )
    run = HOME / "large"
    for _ in run_training(new_run(config, run, dataset=catalog.load(config.data), device="cpu")):
        pass
    return run


def _use_own_folders() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "xcb" if os.environ.get("DISPLAY") else "offscreen")
    for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
        os.environ[f"XDG_{kind}_HOME"] = str(HOME)
    os.environ["LATENT_EXPLORER_RUNS"] = str(HOME / "runs")


def _live(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()


def _wait(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    app = QApplication.instance()
    assert app is not None
    while not condition():
        if time.monotonic() > end:
            sys.exit("the window did not answer within a minute")
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)


if __name__ == "__main__":
    main()
