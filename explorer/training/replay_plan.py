"""Which moments of a training are kept for its replay: decided by the settings and the sizes, never by the clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from explorer.config import ModelConfig, RunConfig
from explorer.data.dataset import Dataset
from explorer.latent.codes.live_sample import LIVE_POINTS
from explorer.models import catalog
from explorer.models.latent_model import Capabilities
from explorer.training.batches import steps_per_epoch, training_index

MIN_FRAMES = 16
"""Short trainings keep so many, even where their codes cost more than `plan_replay` says."""
BEND = 1.5
"""Frames lie at total · (i / last) ** BEND steps: closer at the beginning, where most happens."""
OVERHEAD = 1_600
"""Bytes of a frame's head and of what comes with its codes."""


@dataclass(frozen=True)
class ReplayPlan:
    """The steps after which a frame is kept, ascending, and about how many bytes each takes."""

    steps: tuple[int, ...] = ()
    frame_size: int = 0

    @property
    def size(self) -> int:
        """About how many bytes the replay takes."""
        return len(self.steps) * self.frame_size


def plan_replay(
    config: RunConfig, dataset: Dataset, weights: Mapping[str, Tensor], capabilities: Capabilities
) -> ReplayPlan:
    """Plan the replay of a training.

    It keeps no more frames than ``train.replay``, takes no more bytes than ``train.replay_megabytes``, and embeds no
    more samples in all than the training itself sees, which bounds its work to a small share of the training's.

    Parameters
    ----------
    config
        Resolved.
    weights
        What the model is made of; their sizes count alone.
    """
    train = config.train
    model_type = catalog.family(config.model.family).model_type
    if train.replay == 0 or not model_type.trained_by_steps:
        return ReplayPlan()
    points = min(len(dataset), LIVE_POINTS) if capabilities.encoder else 0
    size = _frame_size(config.model, weights, capabilities, points, whole=points == len(dataset))
    seen = train.epochs * len(training_index(dataset, train))
    affordable = max(MIN_FRAMES, seen // points) if points else train.replay
    count = min(train.replay, affordable, train.replay_megabytes * 1_000_000 // size)
    return ReplayPlan(spaced_steps(train.epochs * steps_per_epoch(dataset, train), count), size)


def planned_replay(config: RunConfig, dataset: Dataset) -> ReplayPlan:
    """Plan the replay of a run that is not built yet."""
    weights = catalog.wanted_tensors(config.model, dataset.description)
    return plan_replay(config, dataset, weights, catalog.family(config.model.family).model_type.capabilities)


def spaced_steps(total: int, count: int) -> tuple[int, ...]:
    """Return at most ``count`` different steps from 0 to ``total``, both ends among them, closer at the beginning."""
    if count < 2:
        return (total,) if count else ()
    places = total * np.linspace(0, 1, count) ** BEND
    return tuple(map(int, np.unique(places.round().astype(np.int64))))


def still_wanted(kept: Iterable[int], wanted: Iterable[int], upto: int) -> set[int]:
    """Return the steps among those kept that go on counting where a training goes on from step ``upto``.

    What was kept after it is made again. Where the training has become longer, the nearest to each wanted step stay.
    """
    before = np.array(sorted(step for step in kept if step <= upto), np.int64)
    if len(before) == 0:
        return set()
    return {int(before[np.abs(before - step).argmin()]) for step in wanted if step <= upto}


def _frame_size(
    model: ModelConfig, weights: Mapping[str, Tensor], capabilities: Capabilities, points: int, *, whole: bool
) -> int:
    numbers = sum(tensor.numel() for tensor in weights.values())
    per_point = 2 * model.latent_dim * (2 if capabilities.stochastic_posterior else 1) + (0 if whole else 4)
    return 2 * numbers + points * per_point + OVERHEAD
