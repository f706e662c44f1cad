"""Plans the replay of a training: after which steps a frame is kept.

1. Estimate the bytes of a frame: all weights and the codes of at most `LIVE_POINTS` samples, in 16 bits.
2. Count the frames that three limits allow: ``train.replay`` frames, ``train.replay_megabytes`` on disk, and no more
   encoded samples in total than the training itself sees.
3. Space that number of steps from the first to the last, closer at the beginning, where most changes.
4. A resumed training keeps the frames on disk that are nearest to the planned steps, and writes the others again.

The plan depends on settings and sizes only, never on time, so that two trainings of equal config keep equal frames.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from explorer.config import ModelConfig, RunConfig
from explorer.data.dataset import Dataset
from explorer.latent.codes.embedding import LIVE_POINTS
from explorer.models import catalog
from explorer.models.latent_model import Capabilities
from explorer.training.batches import steps_per_epoch, training_index

MIN_FRAMES = 16
"""A short training keeps this many frames, even if encoding them takes more work than the plan allows."""
BEND = 1.5
"""Frames are kept at total · (i / last) ** BEND steps."""
OVERHEAD = 1_600
"""Approximate bytes of a frame's header and of the scale of its codes."""


@dataclass(frozen=True)
class ReplayPlan:
    """The steps after which a frame is kept, ascending, and the approximate size of a frame in bytes."""

    steps: tuple[int, ...] = ()
    frame_size: int = 0

    @property
    def size(self) -> int:
        """The approximate size of the replay in bytes."""
        return len(self.steps) * self.frame_size


def plan_replay(
    config: RunConfig, dataset: Dataset, weights: Mapping[str, Tensor], capabilities: Capabilities
) -> ReplayPlan:
    """Plan the replay of a training; see the module for the limits.

    Parameters
    ----------
    config
        A resolved config.
    weights
        All tensors of the model; only their sizes matter.
    """
    train = config.train
    model_type = catalog.family(config.model.family).model_type
    if train.replay == 0 or not model_type.trained_by_steps:
        return ReplayPlan()
    points = min(len(dataset), LIVE_POINTS) if capabilities.encoder else 0
    size = _frame_size(config.model, weights, capabilities, points, whole=points == len(dataset))
    seen = train.epochs * len(training_index(dataset, train))  # samples seen in the whole training
    # Encoding needs no gradient, so as many samples as the training sees cost a small share of its time.
    affordable = max(MIN_FRAMES, seen // points) if points else train.replay
    count = min(train.replay, affordable, train.replay_megabytes * 1_000_000 // size)
    return ReplayPlan(spaced_steps(train.epochs * steps_per_epoch(dataset, train), count), size)


def planned_replay(config: RunConfig, dataset: Dataset) -> ReplayPlan:
    """Plan the replay of a run whose model has not been built yet."""
    weights = catalog.wanted_tensors(config.model, dataset.description)
    return plan_replay(config, dataset, weights, catalog.family(config.model.family).model_type.capabilities)


def spaced_steps(total: int, count: int) -> tuple[int, ...]:
    """Return at most ``count`` distinct steps from 0 to ``total``, both included, closer at the beginning."""
    if count < 2:
        return (total,) if count else ()
    steps = total * np.linspace(0, 1, count) ** BEND
    return tuple(map(int, np.unique(steps.round().astype(np.int64))))


def reusable_frames(kept: Iterable[int], wanted: Iterable[int], upto: int) -> set[int]:
    """Return the steps of the kept frames to reuse when a training resumes from step ``upto``.

    Frames after ``upto`` are not reused: the training writes them again. If the training has become longer, its plan
    has other steps, and the frame nearest to each planned step is reused.
    """
    before = np.array(sorted(step for step in kept if step <= upto), np.int64)
    if len(before) == 0:
        return set()
    return {int(before[np.abs(before - step).argmin()]) for step in wanted if step <= upto}


def _frame_size(
    model: ModelConfig, weights: Mapping[str, Tensor], capabilities: Capabilities, points: int, *, whole: bool
) -> int:
    # Two bytes each for weights, means and log-variances, and four for an index if the sample is not the whole data.
    numbers = sum(tensor.numel() for tensor in weights.values())
    per_point = 2 * model.latent_dim * (2 if capabilities.stochastic_posterior else 1) + (0 if whole else 4)
    return 2 * numbers + points * per_point + OVERHEAD
