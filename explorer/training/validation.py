"""Computes the validation losses with the same noise each time, so that the curve changes only with the weights."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from explorer.config import TrainConfig
from explorer.data.dataset import Dataset
from explorer.models.latent_model import Batch, LatentModel
from explorer.runs.history import Metric
from explorer.training.averages import Averages
from explorer.training.batches import corrupted, resident_classes, resident_samples, resident_targets, training_index
from explorer.training.log_likelihood import LogLikelihood, estimate_is_due, stratified
from explorer.training.randomness import generator

CHUNK = 1024
"""Rows per call of the model, which bounds the memory of one call."""


class Validation:
    """The validation split on the device, with one fixed draw of noise and of corruption for each sample."""

    def __init__(
        self, dataset: Dataset, config: TrainConfig, noise_shape: tuple[int, ...], device: torch.device
    ) -> None:
        index = dataset.splits.validation
        self._config = config
        self._trained_on = len(training_index(dataset, config))
        labels = None if dataset.labels is None else np.asarray(dataset.labels[index], np.int64)
        self._subset = stratified(labels, len(index), config.log_likelihood)
        self._log_likelihood: LogLikelihood | None = None
        self._samples = resident_samples(dataset.samples, index, dataset.description.transform, device)
        self._targets = resident_targets(dataset, index, device)
        self._condition = resident_classes(dataset, index, device)
        noise = torch.randn((len(index), *noise_shape), generator=generator(config.seed, "validation noise"))
        self._noise = noise.to(device)
        self._chunk = max(1, CHUNK // math.prod(noise_shape[:-1]))  # IWAE decodes several draws of each sample

    def __len__(self) -> int:
        return len(self._samples)

    @torch.no_grad()
    def metric(self, model: LatentModel, step: int, epoch: float) -> Metric:
        """Return the mean losses of the split in nats per sample, and the figures that the model observes of itself.

        At some epochs the terms include log p(x); see `explorer.training.log_likelihood`.
        """
        averages = Averages()
        for batch in self._batches():
            averages.add(model.losses(batch), len(batch))
        metric = averages.take(step, epoch, "validation", model.observe())
        if not estimate_is_due(round(epoch), self._config, len(self._subset), self._trained_on):
            return metric
        return self._with_log_likelihood(metric, model)

    def _with_log_likelihood(self, metric: Metric, model: LatentModel) -> Metric:
        if not {"reconstruction", "kl"} <= metric.terms.keys():
            return metric
        if self._log_likelihood is None:
            # Built at the first estimate, as most families never need it.
            self._log_likelihood = LogLikelihood(list(self._batches()), self._subset, self._config)
        gap = self._log_likelihood.gap(model)
        if not math.isfinite(gap):
            return metric
        # From the whole split, while the gap comes from the subset.
        elbo = -(metric.terms["reconstruction"] + metric.terms["kl"])
        return replace(metric, terms={**metric.terms, "log_likelihood": elbo + gap})

    def _batches(self) -> Iterator[Batch]:
        for start in range(0, len(self._samples), self._chunk):
            yield self._batch(slice(start, start + self._chunk))

    def _batch(self, chunk: slice) -> Batch:
        clean = self._samples.inputs(chunk)
        return Batch(
            x=corrupted(clean, self._config, chunk.start, "validation corruption"),
            target=clean if self._targets is None else self._targets.inputs(chunk),
            noise=self._noise[chunk],
            condition=None if self._condition is None else self._condition[chunk],
        )
