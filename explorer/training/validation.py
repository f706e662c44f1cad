"""Computes the validation losses with the same noise each time, so that the curve changes only with the weights.

`Averages` sums the losses of validation batches, and in `explorer.training.loop` those of training steps. At some
epochs the validation also estimates log p(x):

1. `fixed_subset` chooses some of the validation samples, with each class in proportion.
2. `estimate_is_due` chooses the epochs, so that the estimates take a small share of the training's work.
3. At these epochs `LogLikelihood.gap` draws K codes per sample from q(z|x), always with the same noise, and returns
   log (1/K) Σ w − (1/K) Σ log w, where w = p(x|z) p(z) / q(z|x): the gap between log p(x) and the ELBO.
4. The validation logs the ELBO of the whole split plus this gap. log p(x) varies by tens of nats between samples
   but the gap only by a few, so a few dozen samples suffice.

The estimate of the gap is never negative. Its expectation is below the true gap and converges to it as K grows
(Burda, Grosse and Salakhutdinov 2016, arXiv 1509.00519, theorem 1).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config import TrainConfig
from explorer.data.dataset import Dataset
from explorer.data.splits import stratified
from explorer.latent.density.likelihood_estimate import weight_parts, why_not_defined
from explorer.latent.inputs import Inputs
from explorer.models.latent_model import Batch, LatentModel, Losses
from explorer.runs.history import Metric
from explorer.training.batches import corrupted, resident_classes, resident_samples, resident_targets, training_index
from explorer.training.randomness import generator

DRAWS = 32
"""K, the number of importance samples for each sample of the subset."""
SHARE = 0.05
"""Maximum share of the training's work, counted in decodes, for the estimates after the first few."""
STEP_COST = 6
"""Cost of a training step per sample, in decodes: encoding, decoding, and the gradients of both."""
ROWS = 1024
"""Maximum number of codes decoded at once."""


def estimate_is_due(epoch: int, config: TrainConfig, subset: int, trained_on: int) -> bool:
    """Return whether to estimate log p(x) after ``epoch`` epochs.

    It is estimated at the beginning, after 1, 2, 4, … epochs, then at equal intervals that keep the estimates within
    `SHARE` of the work, and at the end. The choice depends on numbers of samples only, never on time. The loop adds
    an estimate where a training stops early.

    Parameters
    ----------
    epoch
        Number of epochs completed.
    subset, trained_on
        Number of samples in the subset and in the training split.
    """
    if subset == 0:
        return False
    spacing = max(1, math.ceil(subset * DRAWS / (SHARE * STEP_COST * trained_on)))
    is_early = epoch < spacing and epoch & (epoch - 1) == 0  # 0 or a power of 2
    return is_early or epoch % spacing == 0 or epoch == config.epochs


def fixed_subset(labels: NDArray[np.int64] | None, samples: int, count: int) -> NDArray[np.int64]:
    """Return ``count`` of the indices 0 … samples − 1 in ascending order, with each class in proportion.

    If there are no more than ``count`` samples, all indices are returned.
    """
    everything = np.arange(samples)
    return everything if count >= samples else np.sort(stratified(everything, labels, count))


class LogLikelihood:
    """Estimates the gap between log p(x) and the ELBO on a fixed subset of samples with fixed noise.

    Parameters
    ----------
    batches
        The validation samples, in order.
    chosen
        Ascending indices of the subset, counted through all batches.
    """

    def __init__(self, batches: Sequence[Batch], chosen: NDArray[np.int64], config: TrainConfig) -> None:
        self._given = _rows(batches, chosen)
        self._config = config
        self._noise: Tensor | None = None

    @torch.no_grad()
    def gap(self, model: LatentModel) -> float:
        """Return the mean of log (1/K) Σ w − (1/K) Σ log w over the subset, in nats; NaN if it is not defined."""
        if why_not_defined(model) or len(self._given.x) == 0:
            return math.nan
        noise = self._noise_of(model)
        chunk = max(1, ROWS // DRAWS)
        gaps = []
        for start in range(0, len(noise), chunk):
            part = slice(start, start + chunk)
            log_likelihood, log_prior, log_q = weight_parts(model, _part(self._given, part), noise[part])
            weights = log_likelihood + log_prior - log_q  # log w, (n, K)
            gaps.append(weights.logsumexp(1) - math.log(DRAWS) - weights.mean(1))
        return torch.cat(gaps).mean().item()

    def _noise_of(self, model: LatentModel) -> Tensor:
        if self._noise is None:
            shape = (len(self._given.x), DRAWS, model.latent_dim)  # (n, K, latent_dim)
            drawn = torch.randn(shape, generator=generator(self._config.seed, "log-likelihood noise"))
            self._noise = drawn.to(self._given.x.device)
        return self._noise


def _rows(batches: Sequence[Batch], chosen: NDArray[np.int64]) -> Inputs:
    """Return the chosen samples of the batches as one `Inputs`."""
    xs, targets, conditions, first = [], [], [], 0
    for batch in batches:
        inside = chosen[(chosen >= first) & (chosen < first + len(batch))] - first
        rows = torch.from_numpy(inside).to(batch.x.device)
        xs.append(batch.x[rows])
        targets.append(batch.target[rows])
        if batch.condition is not None:
            conditions.append(batch.condition[rows])
        first += len(batch)
    return Inputs(torch.cat(xs), torch.cat(targets), torch.cat(conditions) if conditions else None)


def _part(given: Inputs, part: slice) -> Inputs:
    return Inputs(given.x[part], given.target[part], None if given.condition is None else given.condition[part])


class Averages:
    """Sums losses weighted by the number of samples and returns their means as a `Metric`.

    The sums stay on the device, so that no step waits for it.
    """

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._kl: Tensor | None = None
        self._samples = 0

    def __bool__(self) -> bool:
        return self._samples > 0

    @torch.no_grad()
    def add(self, losses: Losses, samples: int) -> None:
        """Add the mean losses of a batch of ``samples`` samples."""
        for name, value in {"total": losses.total, **losses.terms}.items():
            weighted = value.detach() * samples
            self._sums[name] = self._sums[name] + weighted if name in self._sums else weighted
        if losses.kl_per_dimension is not None:
            weighted = losses.kl_per_dimension.detach() * samples
            self._kl = weighted if self._kl is None else self._kl + weighted
        self._samples += samples  # the last batch of an epoch is smaller

    def state(self) -> dict[str, Tensor]:
        """Return a copy of the sums on the CPU, for `load`; empty if nothing was added."""
        if not self:
            return {}
        sums = {f"sum/{name}": value for name, value in self._sums.items()}
        state = {**sums, **({} if self._kl is None else {"kl": self._kl}), "samples": torch.tensor(self._samples)}
        return {name: value.detach().to("cpu", copy=True) for name, value in state.items()}

    def load(self, state: Mapping[str, Tensor], device: torch.device) -> None:
        """Continue with the sums that `state` returned; sums that are not numbers are ignored."""
        if any(value.numel() != 1 for name, value in state.items() if name != "kl"):
            return
        sums = {name: value.to(device) for name, value in state.items()}
        self._sums = {name.removeprefix("sum/"): value for name, value in sums.items() if name.startswith("sum/")}
        self._kl, self._samples = sums.get("kl"), int(state.get("samples", 0))

    def take(self, step: int, epoch: float, split: str, figures: Mapping[str, float] | None = None) -> Metric:
        """Return the means in nats per sample, together with ``figures``, and reset the sums.

        Terms and figures that are NaN or infinite are left out, except the total.
        """
        # .item() waits for the device: the only place where it does.
        means = {name: value.item() / self._samples for name, value in self._sums.items()}
        # The total stays even if it is NaN: by it the loop notices that the training has failed.
        terms = {name: value for name, value in means.items() if name == "total" or math.isfinite(value)}
        known = {name: value for name, value in (figures or {}).items() if math.isfinite(value)}
        kl = None if self._kl is None else tuple((self._kl / self._samples).tolist())
        self._sums, self._kl, self._samples = {}, None, 0
        return Metric(step, epoch, split, terms, kl, known)


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
        self._subset = fixed_subset(labels, len(index), config.log_likelihood)
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

        At some epochs the terms include log p(x); see `explorer.training.validation`.
        """
        averages = Averages()
        for batch in self._batches():
            averages.add(model.losses(batch), len(batch))
        metric = averages.take(step, epoch, "validation", model.observe())
        if not estimate_is_due(round(epoch), self._config, len(self._subset), self._trained_on):
            return metric
        return self.with_log_likelihood(metric, model)

    @torch.no_grad()
    def with_log_likelihood(self, metric: Metric, model: LatentModel) -> Metric:
        """Return the metric with an estimate of log p(x), unless it has one or there is none for this model."""
        if len(self._subset) == 0 or "log_likelihood" in metric.terms:
            return metric
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
