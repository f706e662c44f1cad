"""Batches by index from data that lives on the device."""

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
from explorer.data.dataset import DataError, Dataset, Transform
from explorer.models.latent_model import Batch
from explorer.training.randomness import generator


class ResidentSamples:
    """Some samples of a data set, once on the device in their own type; `inputs` gives them as a model sees them."""

    def __init__(self, values: Any, transform: Transform, device: torch.device, made_of: object = None) -> None:
        self._made_of = made_of
        self._rows = _dense_rows(values, device) if isinstance(values, np.ndarray) else _sparse_rows(values, device)
        self._count = int(values.shape[0])
        self._offset, self._scale = _on_device(transform, device)

    def __len__(self) -> int:
        return self._count

    def inputs(self, index: Tensor | slice) -> Tensor:
        """Return model values (n, *shape) float32 of the samples at ``index``."""
        # sub makes a copy, so that div_ spares a second one.
        return torch.sub(self._rows(index), self._offset).div_(self._scale)


def resident_samples(
    values: Any, index: NDArray[np.int64], transform: Transform, device: torch.device
) -> ResidentSamples:
    """Return the rows ``index`` of a data set's values on the device, shared between trainings."""
    key = (id(values), id(transform), sha256(index.tobytes()).digest(), str(device))
    found = _RESIDENT.get(key)
    if found is None:
        # What it was made of lives as long as it does, so that no other object gets its identity.
        found = ResidentSamples(values[index], transform, device, made_of=(values, transform))
        _RESIDENT[key] = found
    return found


_RESIDENT: WeakValueDictionary[tuple[object, ...], ResidentSamples] = WeakValueDictionary()


def _dense_rows(values: NDArray[Any], device: torch.device) -> Callable[[Tensor | slice], Tensor]:
    if values.dtype == np.uint16:  # torch indexes no uint16
        values = values.astype(np.int32)
    resident = torch.from_numpy(np.ascontiguousarray(values)).to(device)
    # index_select is ten times as quick as [] on bytes.
    return lambda index: (resident[index] if isinstance(index, slice) else resident.index_select(0, index)).float()


def _sparse_rows(values: Any, device: torch.device) -> Callable[[Tensor | slice], Tensor]:
    """Keep sparse rows where they are, as whole they may not fit; a batch of them is made dense."""
    rows = values.tocsr()
    return lambda index: torch.from_numpy(
        rows[index if isinstance(index, slice) else index.cpu().numpy()].toarray().astype(np.float32, copy=False)
    ).to(device)


class Batches:
    """The training split in seeded order: which samples, and which noise, each step sees."""

    def __init__(
        self, dataset: Dataset, config: TrainConfig, noise_shape: tuple[int, ...], device: torch.device
    ) -> None:
        index = training_index(dataset, config)
        self._drawn = dataset.intensities is not None
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
        """How many steps see every sample once."""
        return _steps(len(self._samples), self._config)

    @property
    def samples(self) -> int:
        """How many samples are trained on."""
        return len(self._samples)

    def size(self, step: int) -> int:
        """Return the size of a step's batch; an epoch's last one is smaller where it does not divide."""
        start = (step % self.steps_per_epoch) * self._config.batch_size
        return min(self._config.batch_size, self.samples - start)

    def batch(self, step: int) -> Batch:
        """Return what a step learns from."""
        order = self._order_of(step)
        clean = self._samples.inputs(order)
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
        if epoch != self._epoch:
            self._epoch = epoch
            order = torch.randperm(self.samples, generator=generator(self._config.seed, "order", epoch))
            self._order = order.to(self._device)
        start = position * self._config.batch_size
        return self._order[start : start + self._config.batch_size]

    def _draw(self, intensities: Tensor, step: int) -> Tensor:
        thresholds = torch.rand(intensities.shape, generator=generator(self._config.seed, "binarisation", step))
        return (thresholds.to(self._device) < intensities).float()

    def _noise(self, step: int) -> Tensor:
        shape = (self.size(step), *self._noise_shape)
        return torch.randn(shape, generator=generator(self._config.seed, "posterior noise", step)).to(self._device)


def corrupted(clean: Tensor, config: TrainConfig, step: int, purpose: str = "corruption") -> Tensor:
    """Return what the encoder sees of clean samples, (n, *shape), by the training's settings."""
    if config.corruption == "none":
        return clean
    return corrupt(clean, config.corruption, config.corruption_level, generator(config.seed, purpose, step))


def resident_targets(dataset: Dataset, index: NDArray[np.int64], device: torch.device) -> ResidentSamples | None:
    """Return what decodes are compared with, where it is not the samples themselves."""
    if dataset.targets is None:
        return None
    return ResidentSamples(dataset.targets[index], Transform(np.zeros((), np.float32), np.ones((), np.float32)), device)


def resident_classes(dataset: Dataset, index: NDArray[np.int64], device: torch.device) -> Tensor | None:
    """Return the classes (n,) of samples on the device, -1 where unknown; None without labels."""
    if dataset.labels is None:
        return None
    return torch.from_numpy(np.asarray(dataset.labels[index], np.int64)).to(device)


def steps_per_epoch(dataset: Dataset, config: TrainConfig) -> int:
    """Return how many steps of a training see every sample once, before it is built."""
    return _steps(len(training_index(dataset, config)), config)


def _steps(samples: int, config: TrainConfig) -> int:
    return math.ceil(samples / config.batch_size)


def training_index(dataset: Dataset, config: TrainConfig) -> NDArray[np.int64]:
    """Return the samples that are trained on: the training split, or a seeded share of it for a first look.

    Raises
    ------
    DataError
        When there is none.
    """
    index = dataset.splits.train
    if len(index) == 0:
        raise DataError(f"{dataset.name}: its training split is empty; assign samples to it")
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
