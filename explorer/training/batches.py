"""Batches by index from data that lives on the device."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config import TrainConfig
from explorer.data.dataset import Dataset, Transform
from explorer.training.randomness import generator


class ResidentSamples:
    """Some samples of a data set, once on the device in their own type; `inputs` gives them as a model sees them."""

    def __init__(self, dataset: Dataset, index: NDArray[np.int64], device: torch.device) -> None:
        samples = dataset.samples[index]
        if samples.dtype == np.uint16:  # torch indexes no uint16
            samples = samples.astype(np.int32)
        self._samples = torch.from_numpy(np.ascontiguousarray(samples)).to(device)
        self._offset, self._scale = _on_device(dataset.description.transform, device)

    def __len__(self) -> int:
        return len(self._samples)

    def inputs(self, index: Tensor | slice) -> Tensor:
        """Give model values (n, *shape) float32 of the samples at ``index``."""
        return (self._samples[index].float() - self._offset) / self._scale


class Batches:
    """The training split in seeded order: which samples each step sees.

    Parameters
    ----------
    rank, world_size
        The global batch of each step is sliced by rank: a step sees the same samples on any number of processes.
    """

    def __init__(
        self, dataset: Dataset, config: TrainConfig, device: torch.device, rank: int = 0, world_size: int = 1
    ) -> None:
        self._samples = ResidentSamples(dataset, training_index(dataset, config), device)
        self._config = config
        self._device = device
        self._slice = slice(rank, None, world_size)
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.int64)

    @property
    def steps_per_epoch(self) -> int:
        """How many steps see every sample once."""
        return math.ceil(len(self._samples) / self._config.batch_size)

    @property
    def samples(self) -> int:
        """How many samples are trained on."""
        return len(self._samples)

    def size(self, step: int) -> int:
        """Give the size of the global batch of a step; an epoch's last one is smaller where it does not divide."""
        start = (step % self.steps_per_epoch) * self._config.batch_size
        return min(self._config.batch_size, self.samples - start)

    def inputs(self, step: int) -> Tensor:
        """Give this rank's samples of a step, (n, *shape) model values."""
        epoch, position = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch = epoch
            order = torch.randperm(self.samples, generator=generator(self._config.seed, "order", epoch))
            self._order = order.to(self._device)
        start = position * self._config.batch_size
        return self._samples.inputs(self._order[start : start + self._config.batch_size][self._slice])

    def noise(self, step: int, latent_dim: int) -> Tensor:
        """Give this rank's posterior noise of a step, (n, latent_dim), drawn for the global batch."""
        noise = torch.randn(
            self.size(step), latent_dim, generator=generator(self._config.seed, "posterior noise", step)
        )
        return noise[self._slice].to(self._device)


def training_index(dataset: Dataset, config: TrainConfig) -> NDArray[np.int64]:
    """Give the samples that are trained on: the training split, or a seeded share of it for a first look."""
    index = dataset.splits.train
    if config.fraction >= 1:
        return index
    count = max(1, round(config.fraction * len(index)))
    chosen = torch.randperm(len(index), generator=generator(config.seed, "first look"))[:count]
    return np.sort(index[chosen.numpy()])


def _on_device(transform: Transform, device: torch.device) -> tuple[Tensor, Tensor]:
    return (
        torch.as_tensor(np.asarray(transform.offset, np.float32)).to(device),
        torch.as_tensor(np.asarray(transform.scale, np.float32)).to(device),
    )
