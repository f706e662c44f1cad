"""The window while MNIST trains: event loop, throughput without mouse input, probe move to picture.

Budgets: event loop p99 ≤ 16 ms and worst ≤ 50 ms after the first second; a new picture p95 ≤ 33 ms (16 ms idle);
throughput without mouse input ≥ 0.9 of headless on the same threads, the two in turns as machines drift.
MNIST is taken from LATENT_EXPLORER_DATA or ../shared/data; without it, random pictures of its size.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch  # before PySide6
from _window import live, mnist_folder, probe_latencies, use_temporary_folders, wait  # beside this file
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.data import catalog
from explorer.data.dataset import Dataset
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models.variational.vae import VaeConfig
from explorer.training.control import Control
from explorer.training.devices import training_threads
from explorer.training.events import Progress
from explorer.training.optimizer import warm_up
from explorer.ui.app.app import SWITCH_SECONDS, build_window
from explorer.ui.app.main_window import MainWindow

SECONDS = float(os.environ.get("BENCH_SECONDS", "8"))
ROUNDS, MOVES = 3, 150
HOME = Path(tempfile.mkdtemp())


def main() -> None:
    use_temporary_folders(HOME)
    warm_up()
    dataset, data_config = _mnist()
    threads = training_threads()
    config = RunConfig(
        data=data_config,
        model=VaeConfig(hidden_widths=(512, 256)),
        train=TrainConfig(epochs=1000, batch_size=256, threads=threads),
    )
    sys.setswitchinterval(SWITCH_SECONDS)
    app = QApplication(sys.argv[:1])
    window = build_window(app)
    window.resize(1440, 900)
    window.show()
    window.start([])
    wait(lambda: len(window.state.store.runs) == 2)
    window.state.data.use(data_config, dataset)
    latencies_idle = probe_latencies(window, next(iter(window.state.store.runs)), MOVES)
    rows = [_round(window, config, dataset, number) for number in range(ROUNDS)]
    _print(rows, latencies_idle, threads)
    window.close()


def _round(window: MainWindow, config: RunConfig, dataset: Dataset, number: int) -> dict[str, object]:
    headless = _headless(config, dataset)
    app_state = window.state
    app_state.trainings.train(config, f"round-{number}")
    wait(lambda: bool(app_state.trainings.running))
    key = app_state.trainings.running[0]
    wait(lambda: app_state.store.runs[key].plane is not None)
    live(1.0)
    gaps = _Gaps()
    before, since = app_state.store.runs[key].step, time.monotonic()
    live(SECONDS)
    speed = (app_state.store.runs[key].step - before) * config.train.batch_size / (time.monotonic() - since)
    idle_gaps = gaps.take()
    latencies = probe_latencies(window, key, MOVES)
    moving_gaps = gaps.take()
    gaps.stop()
    control = app_state.trainings.control(key)
    assert control is not None
    control.stop()
    wait(lambda: not app_state.trainings.running)
    return {"headless": headless, "window": speed, "idle": idle_gaps, "moving": moving_gaps, "latencies": latencies}


def _headless(config: RunConfig, dataset: Dataset) -> float:
    """Return samples per second of the same training with no window at work."""
    job = new_run(config, Path(tempfile.mkdtemp()) / "run", dataset=dataset, device="cpu")
    control, first = Control(), None
    for event in run_training(job, control):
        if isinstance(event, Progress):
            now = time.monotonic()
            if first is None and event.step > 20:
                first = (now, event.step)
            elif first is not None and now - first[0] > SECONDS and not control.stopping:
                result = (event.step - first[1]) * config.train.batch_size / (now - first[0])
                control.stop()
    return result


class _Gaps(QObject):
    """How late a timer of 5 ms comes: the delay of the event loop that a user would notice."""

    def __init__(self) -> None:
        super().__init__()
        self._last = time.perf_counter()
        self._gaps: list[float] = []
        self._timer = QTimer(self, interval=5, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._note)
        self._timer.start()

    def _note(self) -> None:
        now = time.perf_counter()
        self._gaps.append(1000 * (now - self._last) - 5)
        self._last = now

    def take(self) -> NDArray[np.float64]:
        gaps, self._gaps = np.clip(np.array(self._gaps), 0, None), []
        return gaps

    def stop(self) -> None:
        self._timer.stop()


def _mnist() -> tuple[Dataset, DataConfig]:
    if (folder := mnist_folder()) is not None:
        config = DataConfig(source=str(folder))
        return catalog.load(config), config
    path = HOME / "random.npz"
    rng = np.random.default_rng(0)
    np.savez(path, x=rng.integers(0, 256, (70_000, 28, 28), np.uint8), y=rng.integers(0, 10, 70_000))
    config = DataConfig(source=str(path))
    return catalog.load(config), config


def _print(rows: list[dict[str, object]], idle: NDArray[np.float64], threads: int) -> None:
    ratios = [row["window"] / row["headless"] for row in rows]  # type: ignore[operator]
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"MNIST, dense 784-512-256-2 VAE, batch 256, torch {torch.__version__}, {threads} training thread(s)")
    print(
        f"{'throughput without mouse input, of headless':44} {np.median(ratios):6.2f}     budget ≥ 0.90 (rounds {each})"
    )
    for name, mouse in (("idle", "no mouse input"), ("moving", "mouse moving")):
        gaps = np.concatenate([row[name] for row in rows])  # type: ignore[arg-type]
        p99, worst = np.percentile(gaps, 99), gaps.max()
        print(f"{f'event loop, {mouse}, p99':44} {p99:6.1f} ms  budget ≤ 16")
        print(f"{f'event loop, {mouse}, worst':44} {worst:6.1f} ms  budget ≤ 50")
    training = np.concatenate([row["latencies"] for row in rows])  # type: ignore[arg-type]
    for what, values, budget in (("while training", training, 33), ("idle", idle, 16)):
        print(f"{f'probe to picture {what}, p95':44} {np.percentile(values, 95):6.1f} ms  budget ≤ {budget}")


if __name__ == "__main__":
    main()
