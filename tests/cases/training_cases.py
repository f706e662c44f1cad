"""Small trainings, driven by a for loop."""

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import explorer.models  # noqa: F401  (fills the families)
from explorer.config import MODEL_CONFIGS, RunConfig, TrainConfig
from explorer.data.dataset import Dataset, Description, Splits, fingerprint
from explorer.data.transform import Transform
from explorer.jobs.runs.train_run import TrainJob, new_run, resumed_run, run_training
from explorer.runs.checkpoint import Checkpoint, read_checkpoint
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.training.control import Control
from explorer.training.events import Event, Finished, Held

SMALL = MappingProxyType({"hidden_widths": (8,)})
CONVOLUTIONAL = MappingProxyType({"network": "convolutional", "channels": (2, 3), "hidden_widths": (6,)})


DIGITS = RunConfig(model=MODEL_CONFIGS["vae"](), train=TrainConfig(epochs=30, threads=1))
"""The defaults, but for the epochs."""


def dataset_of(samples: NDArray[Any], *, scale: float = 1.0, validation: int = 6, test: int = 2) -> Dataset:
    order = np.arange(len(samples))
    return Dataset(
        description=Description(
            name="made up",
            kind="image" if samples.ndim == 4 else "vector",
            shape=samples.shape[1:],
            transform=Transform(np.float32(0), np.float32(scale)),
            unit_range=samples.ndim == 4,
            value_range=(0.0, scale),
            fingerprint=fingerprint(samples, None),
        ),
        samples=samples,
        splits=Splits(order[validation + test :], order[:validation], order[validation : validation + test]),
    )


def pictures(count: int = 45, kind: Any = np.uint8, size: tuple[int, int] = (5, 7)) -> Dataset:
    scale = 1 if kind == np.float32 else np.iinfo(kind).max
    samples = (np.random.default_rng(0).random((count, 1, *size)) * scale).astype(kind)
    return dataset_of(samples, scale=float(scale))


def vectors(count: int = 45, features: int = 4) -> Dataset:
    return dataset_of(np.random.default_rng(0).standard_normal((count, features)).astype(np.float32))


def config_of(family: str = "vae", *, model: Any = SMALL, **train: Any) -> RunConfig:
    settings = {"epochs": 4, "batch_size": 8, "threads": 1} | train
    return RunConfig(model=MODEL_CONFIGS[family](**model), train=TrainConfig(**settings))


def start(path: Path, config: RunConfig | None = None, dataset: Dataset | None = None) -> TrainJob:
    return new_run(config or config_of(), path, dataset=dataset or vectors(), device="cpu")


def resume(path: Path, dataset: Dataset | None = None, **options: Any) -> TrainJob:
    return resumed_run(path, dataset=dataset or vectors(), device="cpu", **options)


def finish(events: Iterator[Event]) -> Finished:
    """Run a training to its end; it must end by exactly one `Finished`."""
    *others, last = events
    assert isinstance(last, Finished)
    assert not any(isinstance(event, Finished) for event in others)
    return last


def train_whole(path: Path, config: RunConfig | None = None, dataset: Dataset | None = None, **options: Any) -> Path:
    assert finish(run_training(start(path, config, dataset), **options)).status == "finished"
    return path


def train_steps(job: TrainJob, steps: int, **options: Any) -> Finished:
    """Take a number of steps, then stop as the user would."""
    control = Control()
    control.set_pace("step")
    control.advance(steps)
    last: Event | None = None
    for last in run_training(job, control, **options):
        if isinstance(last, Held):
            control.stop()
    assert isinstance(last, Finished)
    return last


def final(path: Path) -> Checkpoint:
    return _named(open_run(path), "final")


def best(path: Path) -> Checkpoint:
    return _named(open_run(path), "best")


def _named(run: RunDirectory, which: str) -> Checkpoint:
    name = getattr(run.state, which)
    assert name is not None
    return read_checkpoint(run.path / name)


def assert_equal_weights(one: Checkpoint, other: Checkpoint) -> None:
    """Compare to the bit: weights, optimizer, step, best."""
    assert (one.step, one.best_step, one.best_loss) == (other.step, other.best_step, other.best_loss)
    for ours, theirs in ((one.weights, other.weights), (one.optimizer, other.optimizer)):
        assert sorted(ours) == sorted(theirs)
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def assert_equal_runs(one: Path, other: Path) -> None:
    assert_equal_weights(final(one), final(other))
    assert_equal_weights(best(one), best(other))
