"""Small data, models and runs for the workers, and ways to wait for what they deliver."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer.config import MODEL_CONFIGS, RunConfig, TrainConfig
from explorer.data.dataset import Column, Dataset, Description, Splits, fingerprint
from explorer.data.transform import Transform
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.train_run import TrainJob, new_run, run_training
from explorer.jobs.workers.inference import InferenceWorker
from explorer.jobs.workers.mailbox import Mailbox, Reply
from explorer.models import catalog
from explorer.runs.checkpoint import Checkpoint
from explorer.runs.run_directory import open_run

WAIT = 20.0  # seconds until a worker counts as stuck


def pictures(count: int = 60, *, labels: bool = True) -> Dataset:
    """Return 4x5 pictures of 8 bits, with three classes of unequal size."""
    dice = np.random.default_rng(0)
    samples = dice.integers(0, 256, (count, 1, 4, 5)).astype(np.uint8)
    classes = dice.choice(3, count, p=[0.6, 0.3, 0.1]) if labels else None
    order = np.arange(count)
    return Dataset(
        description=Description(
            name="made up",
            kind="image",
            shape=(1, 4, 5),
            transform=Transform(np.float32(0), np.float32(255)),
            unit_range=True,
            value_range=(0.0, 255.0),
            class_names=("a", "b", "c") if labels else (),
            fingerprint=fingerprint(samples, classes),
        ),
        samples=samples,
        splits=Splits(order[12:], order[:6], order[6:12]),
        labels=classes,
        columns={"weight": Column("weight", dice.random(count), unit="kg")},
    )


def config_of(family: str = "vae", *, latent_dim: int = 2, **train: Any) -> RunConfig:
    settings = {"epochs": 4, "batch_size": 8, "threads": 1} | train
    model = MODEL_CONFIGS[family](hidden_widths=(8,), latent_dim=latent_dim)
    return RunConfig(model=model, train=TrainConfig(**settings))


def loaded_model(
    dataset: Dataset | None, family: str = "vae", *, run: str = "run", step: int = 7, seed: int = 0, latent_dim: int = 2
) -> LoadedModel:
    description = (dataset or pictures()).description
    config = catalog.resolve(config_of(family, latent_dim=latent_dim).model, description)
    model = catalog.build(config, description, torch.Generator().manual_seed(seed))
    return LoadedModel(run, step, model.eval().requires_grad_(False), description, dataset)


def job(path: Path, config: RunConfig | None = None, dataset: Dataset | None = None) -> TrainJob:
    return new_run(config or config_of(), path, dataset=dataset or pictures(), device="cpu")


def trained(path: Path, config: RunConfig | None = None, dataset: Dataset | None = None) -> Path:
    """Train a run to its end, headless."""
    for _ in run_training(job(path, config, dataset)):
        pass
    return path


def newest(path: Path) -> Checkpoint:
    checkpoint = open_run(path).newest_checkpoint()
    assert checkpoint is not None
    return checkpoint


def assert_equal_weights(one: Path, other: Path) -> None:
    """Compare newest checkpoints to the bit: step, weights, optimizer."""
    ours, theirs = newest(one), newest(other)
    assert ours.step == theirs.step
    for mine, yours in ((ours.weights, theirs.weights), (ours.optimizer, theirs.optimizer)):
        assert sorted(mine) == sorted(yours)
        assert all(torch.equal(mine[name], yours[name]) for name in mine)


def without_data(loaded: LoadedModel) -> LoadedModel:
    return replace(loaded, dataset=None)


class Delivered:
    """Collects what is delivered, and lets a test wait for it."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._changed = threading.Condition()

    def __call__(self, item: Any) -> None:
        with self._changed:
            self.items.append(item)
            self._changed.notify_all()

    def wait_for(self, wanted: Callable[[list[Any]], Any]) -> list[Any]:
        with self._changed:
            assert self._changed.wait_for(lambda: wanted(self.items), WAIT), self.items
            return list(self.items)


class AtOnce(Mailbox):
    """Calls each reply in the worker's own thread."""

    def post(self, reply: Reply, item: Any, replaces: Hashable | None = None) -> None:
        reply(item)


class AskedWorker(InferenceWorker):
    """A worker with one receiver of answers; questions of another kind, run or ``asker`` count as other askers."""

    def __init__(self, delivered: Delivered, **options: Any) -> None:
        super().__init__(AtOnce(), **options)
        self._delivered = delivered

    def put(self, question: Question) -> None:
        self.ask(question, asker_of(question), self._delivered)


def asker_of(question: Question) -> Hashable:
    return type(question), question.run, getattr(question, "asker", "")
