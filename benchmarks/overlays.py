"""Overlays of the plane: time to the first coarse answer and to the finest, and the probe meanwhile.

    python benchmarks/overlays.py

Of the shipped digits VAE, and of a dense 784-512-256-2 VAE of pictures of MNIST's size, one pane in a window of
1440 × 900. Budget: a probe's move to its painted picture p95 ≤ 16 ms, also while an overlay is refined.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch  # before PySide6
from _window import live, probe_latencies, use_temporary_folders, wait, watching  # beside this file
from PySide6.QtWidgets import QApplication

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
    use_temporary_folders(HOME)
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
    wait(
        lambda: (
            key in app_state.store.runs
            and app_state.store.runs[key].plane is not None
            and app_state.store.runs[key].dataset is not None
        )
    )
    app_state.session.set(overlays=frozenset(), probe=None)
    live(0.5)
    print(f"\n{name}")
    for overlay in OVERLAYS:
        times = np.array([_answers(window, key, overlay) for _ in range(ROUNDS)])
        first, last = np.median(times, axis=0)
        print(f"{overlay:16} first {first:7.0f} ms   finest {last:7.0f} ms")
    idle = probe_latencies(window, key, MOVES)
    app_state.session.set(overlays=frozenset({"off_manifold", "regions"}))
    busy = probe_latencies(
        window, key, MOVES, before=lambda: app_state.store.set(key, weights=app_state.store.runs[key].weights + 1)
    )
    for what, values in (("nothing else asked", idle), ("two overlays being refined", busy)):
        middle, high = np.percentile(values, [50, 95])
        print(f"probe to picture, {what:27} median {middle:5.1f} ms  p95 {high:5.1f} ms  budget ≤ 16")


def _answers(window: MainWindow, key: str, overlay: str) -> tuple[float, float]:
    """Return milliseconds from the click in the menu to the first and to the last answer."""
    app_state = window.state
    app_state.session.set(overlays=frozenset())
    live(0.2)
    app_state.store.set(key, weights=app_state.store.runs[key].weights + 1)  # new weights: no cached answer is valid
    came: list[tuple[float, bool]] = []

    def note(answer: Answer) -> None:
        if isinstance(answer.question, OverlayQuestion):
            came.append((time.perf_counter(), answer.final))

    with watching(note):
        asked = time.perf_counter()
        app_state.session.set(overlays=frozenset({overlay}))
        wait(lambda: bool(came) and came[-1][1])
    return 1000 * (came[0][0] - asked), 1000 * (came[-1][0] - asked)


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


if __name__ == "__main__":
    main()
