"""The validation losses, under the same noise each time, so that the curve moves by the weights alone."""

import torch

from explorer.data.dataset import Dataset
from explorer.models.latent_model import LatentModel
from explorer.runs.history import Metric
from explorer.training.averages import Averages
from explorer.training.batches import ResidentSamples
from explorer.training.randomness import generator

CHUNK = 1024


class Validation:
    """The validation split on the device with one fixed draw of noise per sample."""

    def __init__(self, dataset: Dataset, seed: int, latent_dim: int, device: torch.device) -> None:
        self._samples = ResidentSamples(dataset, dataset.splits.validation, device)
        noise = torch.randn(len(self._samples), latent_dim, generator=generator(seed, "validation noise"))
        self._noise = noise.to(device)

    def __len__(self) -> int:
        return len(self._samples)

    @torch.no_grad()
    def metric(self, model: LatentModel, step: int, epoch: float) -> Metric:
        """Give the mean losses of the split in nats per sample."""
        averages = Averages()
        for start in range(0, len(self._samples), CHUNK):
            chunk = slice(start, start + CHUNK)
            inputs = self._samples.inputs(chunk)
            averages.add(model.losses(inputs, self._noise[chunk]), len(inputs))
        return averages.take(step, epoch, "validation")
