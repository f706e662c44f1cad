"""The replay: time per frame for 100 frames of 10,000 points, and what recording costs in time and disk space.

Budget: from the slider's move to the painted points, p95 ≤ 33 ms a step. The picture of the probe
follows when the frame's model is read. Beside the wall clock, the processor time of the window's own thread is given,
which other programs on the machine do not lengthen. MNIST is taken from LATENT_EXPLORER_DATA or ../shared/data; without
it, that part is left out.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch  # before PySide6
from _window import Paints, live, mnist_folder, use_temporary_folders, wait, watching  # beside this file
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication, QSlider

from explorer.config import DataConfig, RunConfig, TrainConfig, replace
from explorer.data import catalog
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.jobs.workers.inference import Answer
from explorer.models.variational.vae import VaeConfig
from explorer.runs.replay import FrameCodes, read_weights, size_words, write_frame
from explorer.runs.run_directory import open_run
from explorer.training.optimizer import warm_up
from explorer.ui.app.app import SWITCH_SECONDS, build_window
from explorer.ui.app.main_window import MainWindow

FRAMES, POINTS = 100, 10_000
ROUNDS = 3
HOME = Path(tempfile.mkdtemp())


def main() -> None:
    use_temporary_folders(HOME)
    warm_up()
    _scrubbing()
    _keeping()


# Scrubbing


def _scrubbing() -> None:
    sys.setswitchinterval(SWITCH_SECONDS)
    runs = [_run_with_frames(f"run-{number}") for number in range(2)]
    app = QApplication(sys.argv[:1])
    window = build_window(app)
    window.resize(1440, 900)
    window.show()
    window.start(runs)
    app_state = window.state
    wait(
        lambda: (
            len(app_state.store.runs) == 2 and all(run.plane and run.dataset for run in app_state.store.runs.values())
        )
    )
    key = app_state.session.view.panes[0].run
    app_state.probing.probe_point(key, (0.3, -0.2))
    print(f"{FRAMES} frames of {POINTS:,} points, 10 classes, window 1440 × 900, torch {torch.__version__}")
    _print_scrubbing(window, "two panes")
    pictures = _pictures(window, range(0, FRAMES - 1, 2))
    app_state.panes.close(1)
    wait(lambda: len(app_state.store.runs) == 1)
    _print_scrubbing(window, "one pane")
    p50, p95 = np.percentile(pictures, [50, 95])
    print(f"{'move to picture by the model of the frame':42} p50 {p50:5.1f}  p95 {p95:5.1f} ms")
    window.close()


def _print_scrubbing(window: MainWindow, panes: str) -> None:
    orders = {
        "forward": range(FRAMES - 1),
        "back": range(FRAMES - 2, -1, -1),
        "jumping": np.random.default_rng(0).permutation(FRAMES - 1).tolist(),
    }
    for order, indices in orders.items():
        for clock, values in zip(("wall", "thread"), _scrub(window, indices).T, strict=True):
            p50, p95, worst = np.percentile(values, [50, 95, 100])
            name = f"{panes}, {order}, {clock}"
            print(f"{name:30} p50 {p50:5.1f}  p95 {p95:5.1f}  worst {worst:5.1f} ms   budget p95 ≤ 33")


def _run_with_frames(name: str) -> Path:
    """Return a run of 10,000 samples whose replay has 100 frames in which the points spread out and turn."""
    data = HOME / "data.npz"
    rng = np.random.default_rng(0)
    if not data.exists():
        labels = rng.integers(0, 10, POINTS)
        patterns = rng.integers(0, 200, (10, 8, 8))
        np.savez(data, x=(patterns[labels] + rng.integers(0, 56, (POINTS, 8, 8))).astype(np.uint8), y=labels)
    config = RunConfig(
        data=DataConfig(source=str(data)),
        model=VaeConfig(hidden_widths=(256, 128)),
        train=TrainConfig(epochs=1, batch_size=1000, threads=1),
    )
    path = HOME / "runs" / name
    for _ in run_training(new_run(config, path, device="cpu")):
        pass
    run = open_run(path)
    weights, latents, step = read_weights(run.replay.frames[-1]), run.latents(), run.state.step
    assert latents is not None
    for frame in run.replay.frames:
        frame.path.unlink()
    for index in range(FRAMES):
        angle, size = 2 * np.pi * index / FRAMES, 0.3 + 3 * index / FRAMES
        turn = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        moved = (latents.mean @ turn + 0.05 * rng.standard_normal(latents.mean.shape)).astype(np.float32)
        codes = FrameCodes(latents.index, moved, latents.log_variance)
        write_frame(run.replay_folder, step + index - FRAMES + 1 + 10 * FRAMES, index / 10, weights, codes)
    return path


def _scrub(window: MainWindow, indices: object) -> NDArray[np.float64]:
    """Return milliseconds ``(n, 2)`` from each move of the slider to both planes' painted points, by both clocks."""
    app_state, epochs = window.state, window.replay.epochs
    planes = [pane.plane for pane in window.planes.panes]
    paints = [Paints(plane.plot.viewport()) for plane in planes]
    result = []
    for index in indices:  # type: ignore[attr-defined]
        before = [paint.count for paint in paints]
        began, worked = time.perf_counter(), time.thread_time()
        window.findChild(QSlider, "replay_slider").setValue(index)
        wanted = [run.frame_at(epochs[index]) for run in app_state.replays.runs]
        wait(
            lambda before=before, wanted=wanted: (
                all(paint.count > old for paint, old in zip(paints, before, strict=True))
                and all(plane.codes.here.codes.step == frame.step for plane, frame in zip(planes, wanted, strict=True))
            )
        )
        result.append((1000 * (time.perf_counter() - began), 1000 * (time.thread_time() - worked)))
        live(0.02)
    app_state.session.commit()
    return np.array(result)


def _pictures(window: MainWindow, indices: range) -> NDArray[np.float64]:
    """Return milliseconds from each move of the slider to the decode of the probe by that frame's model."""
    app_state, result = window.state, []
    steps: list[int] = []

    def note(answer: Answer) -> None:
        if type(answer.question).__name__.startswith("Decode"):
            steps.append(answer.step)

    with watching(note):
        for index in indices:
            began = time.perf_counter()
            window.findChild(QSlider, "replay_slider").setValue(index)
            frame = app_state.replays.runs[0].frame_at(window.replay.epochs[index])
            steps.clear()
            wait(lambda frame=frame: frame.step in steps)
            result.append(1000 * (time.perf_counter() - began))
            live(0.02)
    app_state.session.commit()
    return np.array(result)


# Keeping


def _keeping() -> None:
    print(f"\n{'what keeping costs':24} {'frames':>6} {'on disk':>9} {'with':>8} {'without':>8}   more")
    cases = [("digits, 40 epochs", "digits", 40, 1.0)]
    if (folder := mnist_folder()) is not None:
        cases.append(
            ("MNIST, 15 epochs", str(folder), 15, 1.0)
            if os.environ.get("BENCH_LONG")
            else ("MNIST, 2 epochs", str(folder), 2, 1.0)
        )
    for title, source, epochs, fraction in cases:
        model = VaeConfig(hidden_widths=(512, 256))
        config = RunConfig(
            data=DataConfig(source=source), model=model, train=TrainConfig(epochs=epochs, fraction=fraction, threads=1)
        )
        times: dict[int, list[float]] = {0: [], 100: []}
        for round_ in range(ROUNDS if source == "digits" else 1):
            for frames in (100, 0) if round_ % 2 else (0, 100):
                seconds, path = _train(replace(config, train=replace(config.train, replay=frames)))
                times[frames].append(seconds)
                if frames:
                    kept = open_run(path).replay
        with_it, without = (float(np.median(times[frames])) for frames in (100, 0))
        more = f"{with_it / without - 1:+.1%}"
        print(f"{title:24} {len(kept.frames):6} {size_words(kept.size):>9} {with_it:7.1f}s {without:7.1f}s   {more}")


def _train(config: RunConfig) -> tuple[float, Path]:
    dataset = catalog.load(config.data)
    path = Path(tempfile.mkdtemp(dir=HOME)) / "run"
    job = new_run(config, path, dataset=dataset, device="cpu")
    began = time.perf_counter()
    for _ in run_training(job):
        pass
    return time.perf_counter() - began, path


if __name__ == "__main__":
    main()
