"""log p(x) of the validation split while a model learns, at spaced epochs, on a fixed subset, by importance samples.

What is logged is the split's ELBO plus the gap to log p(x), which is estimated on the subset alone: a sample's log p(x)
varies by tens of nats, its gap by few, so that some dozen samples tell the gap of all. The estimate of the gap is never
negative, and in expectation below the true one, which it reaches as the draws grow (Burda, Grosse and Salakhutdinov
2016, arXiv 1509.00519, theorem 1).
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config import TrainConfig
from explorer.latent.density.likelihood_estimate import weight_parts, why_not_defined
from explorer.latent.inputs import Inputs
from explorer.models.latent_model import Batch, LatentModel
from explorer.training.randomness import generator

DRAWS = 32
"""Importance samples for each sample of the subset."""
SHARE = 0.05
"""Of the training's work, counted in decodes, that the estimates may take beyond the first few."""
STEP_COST = 6
"""What a training step costs for each sample, in decodes: encoding and decoding, and the gradient of both."""
ROWS = 1024
"""Decodes at once."""


def estimate_is_due(epoch: int, config: TrainConfig, subset: int, trained_on: int) -> bool:
    """Whether log p(x) is estimated at the end of an epoch; it depends on numbers of samples alone, never on time.

    It is at the beginning, after 1, 2, 4, … epochs, then each time the training has earned another estimate, and at the
    end.

    Parameters
    ----------
    epoch
        How many are behind.
    subset, trained_on
        How many samples an estimate takes, and how many the training sees in an epoch.
    """
    if subset == 0:
        return False
    spacing = max(1, math.ceil(subset * DRAWS / (SHARE * STEP_COST * trained_on)))
    is_early = epoch < spacing and epoch & (epoch - 1) == 0
    return is_early or epoch % spacing == 0 or epoch == config.epochs


def stratified(labels: NDArray[np.int64] | None, samples: int, count: int) -> NDArray[np.int64]:
    """Choose ``count`` of the places 0 … samples − 1, of each class its share; all of them where there are no more."""
    order = np.arange(samples) if labels is None else np.argsort(labels, kind="stable")
    if count >= samples:
        return np.arange(samples)
    return np.sort(order[np.linspace(0, samples - 1, count).round().astype(np.int64)])


class LogLikelihood:
    """A fixed subset of samples with fixed noise, on which a model's gap is estimated.

    Parameters
    ----------
    batches
        The samples in parts, as the validation sees them; ``chosen`` are places in all of them together, ascending.
    """

    def __init__(self, batches: Sequence[Batch], chosen: NDArray[np.int64], config: TrainConfig) -> None:
        self._given = _rows(batches, chosen)
        self._config = config
        self._noise: Tensor | None = None

    @torch.no_grad()
    def gap(self, model: LatentModel) -> float:
        """Return the mean of log (1/K) Σ w − (1/K) Σ log w over the subset, in nats; NaN where it is not defined."""
        if why_not_defined(model) or len(self._given.x) == 0:
            return math.nan
        noise = self._noise_of(model)
        mixture_pdf = max(1, ROWS // DRAWS)
        gaps = []
        for start in range(0, len(noise), mixture_pdf):
            part = slice(start, start + mixture_pdf)
            log_likelihood, log_prior, log_q = weight_parts(model, _part(self._given, part), noise[part])
            weights = log_likelihood + log_prior - log_q  # (n, K)
            gaps.append(weights.logsumexp(1) - math.log(DRAWS) - weights.mean(1))
        return torch.cat(gaps).mean().item()

    def _noise_of(self, model: LatentModel) -> Tensor:
        if self._noise is None:
            shape = (len(self._given.x), DRAWS, model.latent_dim)
            drawn = torch.randn(shape, generator=generator(self._config.seed, "log-likelihood noise"))
            self._noise = drawn.to(self._given.x.device)
        return self._noise


def _rows(batches: Sequence[Batch], chosen: NDArray[np.int64]) -> Inputs:
    """Return the chosen samples of some batches; of a model that takes no classes, ``condition`` is not read."""
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
