"""Draws the batches of a training from samples that stay on the device.

1. `training_index` chooses the samples: the training split, or a seeded share of it.
2. `resident_samples` moves them to the device once, in their own type (bytes stay bytes). Two trainings on the same
   data share one copy. Sparse rows stay on the CPU, as they may not fit when dense.
3. For each step, `Batches.batch` takes the next indices of the epoch's seeded order, converts the rows to model values
   (float32), draws binary pixels if the data is binarized, and corrupts what the encoder sees.

Every random number depends on the seed, its purpose and the step alone (see `explorer.training.randomness`), so a
resumed training sees the same batches as an uninterrupted one.
"""

import math
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config import TrainConfig
from explorer.data.corruption import corrupt
from explorer.data.dataset import DataError, Dataset
from explorer.data.transform import Transform
from explorer.models.latent_model import Batch
from explorer.training.randomness import generator


class ResidentSamples:
    """Samples of a data set on the device, in their own type; `inputs` converts rows to model values."""

    def __init__(self, values: Any, transform: Transform, device: torch.device, made_of: object = None) -> None:
        self._made_of = made_of
        self._rows = _dense_rows(values, device) if isinstance(values, np.ndarray) else _sparse_rows(values, device)
        self._count = int(values.shape[0])
        self._offset, self._scale, self._log1p = _on_device(transform, device)

    def __len__(self) -> int:
        return self._count

    def inputs(self, index: Tensor | slice) -> Tensor:
        """Return the samples at ``index`` as model values, (n, *shape) float32."""
        rows = self._rows(index)
        if self._log1p is not None:
            rows = torch.where(self._log1p, torch.log1p(rows), rows)
        # sub allocates the result, so that div_ needs no second allocation.
        return torch.sub(rows, self._offset).div_(self._scale)


def resident_samples(
    values: Any, index: NDArray[np.int64], transform: Transform, device: torch.device
) -> ResidentSamples:
    """Return the rows ``index`` of a data set's values on the device; trainings on the same data share them."""
    key = (id(values), id(transform), sha256(index.tobytes()).digest(), str(device))
    found = _RESIDENT.get(key)
    if found is None:
        # id() identifies an object only while it lives, so the samples keep their sources alive.
        found = ResidentSamples(values[index], transform, device, made_of=(values, transform))
        _RESIDENT[key] = found
    return found


_RESIDENT: WeakValueDictionary[tuple[object, ...], ResidentSamples] = WeakValueDictionary()
"""The samples on devices by their sources; an entry disappears with the last training that uses it."""


def _dense_rows(values: NDArray[Any], device: torch.device) -> Callable[[Tensor | slice], Tensor]:
    if values.dtype == np.uint16:  # torch cannot index uint16
        values = values.astype(np.int32)
    resident = torch.from_numpy(np.ascontiguousarray(values)).to(device)
    # On bytes, index_select is ten times as fast as indexing by [].
    return lambda index: (resident[index] if isinstance(index, slice) else resident.index_select(0, index)).float()


def _sparse_rows(values: Any, device: torch.device) -> Callable[[Tensor | slice], Tensor]:
    """Return a function that makes the rows of one batch dense; the whole matrix might not fit on the device."""
    rows = values.tocsr()
    return lambda index: torch.from_numpy(
        rows[index if isinstance(index, slice) else index.cpu().numpy()].toarray().astype(np.float32, copy=False)
    ).to(device)


class Batches:
    """The batches of a training: which samples and which noise each step sees."""

    def __init__(
        self, dataset: Dataset, config: TrainConfig, noise_shape: tuple[int, ...], device: torch.device
    ) -> None:
        index = training_index(dataset, config)
        self._drawn = dataset.intensities is not None  # binarized data draws its pixels anew in each epoch
        samples = dataset.samples if dataset.intensities is None else dataset.intensities
        self._samples = resident_samples(samples, index, dataset.description.transform, device)
        self._targets = resident_targets(dataset, index, device)
        self._condition = resident_classes(dataset, index, device)
        self._config = config
        self._noise_shape = noise_shape
        self._device = device
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.int64)

    @property
    def steps_per_epoch(self) -> int:
        """The number of steps in an epoch."""
        return _steps(len(self._samples), self._config)

    @property
    def samples(self) -> int:
        """The number of training samples."""
        return len(self._samples)

    def size(self, step: int) -> int:
        """Return the batch size of a step; the last batch of an epoch may be smaller."""
        start = (step % self.steps_per_epoch) * self._config.batch_size
        return min(self._config.batch_size, self.samples - start)

    def batch(self, step: int) -> Batch:
        """Return the batch of a step, counted from 0."""
        order = self._order_of(step)  # (batch,)
        clean = self._samples.inputs(order)  # (batch, *shape)
        if self._drawn:
            clean = self._draw(clean, step)
        return Batch(
            x=corrupted(clean, self._config, step),
            target=clean if self._targets is None else self._targets.inputs(order),
            noise=self._noise(step),
            condition=None if self._condition is None else self._condition[order],
            epoch=step / self.steps_per_epoch,
        )

    def _order_of(self, step: int) -> Tensor:
        epoch, position = divmod(step, self.steps_per_epoch)
        # The permutation is drawn once per epoch and seeded by it, so that a training can resume within an epoch.
        if epoch != self._epoch:
            self._epoch = epoch
            order = torch.randperm(self.samples, generator=generator(self._config.seed, "order", epoch))
            self._order = order.to(self._device)
        start = position * self._config.batch_size
        return self._order[start : start + self._config.batch_size]

    def _draw(self, intensities: Tensor, step: int) -> Tensor:
        """Draw a Bernoulli sample of each grey value: 1 with the grey value as its probability."""
        # On the CPU: a generator on another device would give other numbers there.
        thresholds = torch.rand(intensities.shape, generator=generator(self._config.seed, "binarisation", step))
        return (thresholds.to(self._device) < intensities).float()

    def _noise(self, step: int) -> Tensor:
        shape = (self.size(step), *self._noise_shape)  # (batch, …, latent_dim)
        return torch.randn(shape, generator=generator(self._config.seed, "posterior noise", step)).to(self._device)


def corrupted(clean: Tensor, config: TrainConfig, step: int, purpose: str = "corruption") -> Tensor:
    """Return clean samples (n, *shape) with the corruption of the settings applied, as the encoder sees them."""
    if config.corruption == "none":
        return clean
    return corrupt(clean, config.corruption, config.corruption_level, generator(config.seed, purpose, step))


def resident_targets(dataset: Dataset, index: NDArray[np.int64], device: torch.device) -> ResidentSamples | None:
    """Return the targets that decodes are compared with; None if they are the samples themselves."""
    if dataset.targets is None:
        return None
    return ResidentSamples(dataset.targets[index], Transform(np.zeros((), np.float32), np.ones((), np.float32)), device)


def resident_classes(dataset: Dataset, index: NDArray[np.int64], device: torch.device) -> Tensor | None:
    """Return the classes (n,) of samples on the device, with -1 for unknown; None without labels."""
    if dataset.labels is None:
        return None
    return torch.from_numpy(np.asarray(dataset.labels[index], np.int64)).to(device)


def steps_per_epoch(dataset: Dataset, config: TrainConfig) -> int:
    """Return the number of steps per epoch of a training that has not been built yet."""
    return _steps(len(training_index(dataset, config)), config)


def _steps(samples: int, config: TrainConfig) -> int:
    return math.ceil(samples / config.batch_size)


def trained_samples(samples: int, fraction: float) -> int:
    """Return the number of samples in a share of a training split of ``samples`` samples, which has at least one."""
    return max(1, round(fraction * samples))


def training_index(dataset: Dataset, config: TrainConfig) -> NDArray[np.int64]:
    """Return the indices of the samples to train on: the training split, or a seeded share of it.

    Raises
    ------
    DataError
        If the training split is empty.
    """
    index = dataset.splits.train
    if len(index) == 0:
        raise DataError(f"{dataset.name}: the training split is empty; assign samples to it")
    if config.fraction >= 1:
        return index
    count = trained_samples(len(index), config.fraction)
    chosen = torch.randperm(len(index), generator=generator(config.seed, "first look"))[:count]
    return np.sort(index[chosen.numpy()])  # sorted, so that the order does not depend on how they were chosen


def _on_device(transform: Transform, device: torch.device) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return offset, scale, and of which values the logarithm is taken; None for none."""
    return (
        torch.as_tensor(np.asarray(transform.offset, np.float32)).to(device),
        torch.as_tensor(np.asarray(transform.scale, np.float32)).to(device),
        torch.as_tensor(np.asarray(transform.log1p)).to(device) if np.any(transform.log1p) else None,
    )
