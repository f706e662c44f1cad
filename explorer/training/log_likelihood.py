"""Estimates log p(x) of the validation split during training by importance sampling.

1. `stratified` chooses a fixed subset of the validation samples, with each class in proportion.
2. `estimate_is_due` chooses the epochs, so that the estimates take a small share of the training's work.
3. At these epochs `LogLikelihood.gap` draws K codes per sample from q(z|x), always with the same noise, and returns
   log (1/K) Σ w − (1/K) Σ log w, where w = p(x|z) p(z) / q(z|x): the gap between log p(x) and the ELBO.
4. The validation logs the ELBO of the whole split plus this gap. log p(x) varies by tens of nats between samples but
   the gap only by a few, so a few dozen samples suffice.

The estimate of the gap is never negative. Its expectation is below the true gap and converges to it as K grows (Burda,
Grosse and Salakhutdinov 2016, arXiv 1509.00519, theorem 1).
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
    `SHARE` of the work, and at the end. The choice depends on numbers of samples only, never on time.

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


def stratified(labels: NDArray[np.int64] | None, samples: int, count: int) -> NDArray[np.int64]:
    """Return ``count`` of the indices 0 … samples − 1 in ascending order, with each class in proportion.

    If there are no more than ``count`` samples, all indices are returned.
    """
    order = np.arange(samples) if labels is None else np.argsort(labels, kind="stable")
    if count >= samples:
        return np.arange(samples)
    # Indices at equal distances in an order by class take each class in proportion.
    return np.sort(order[np.linspace(0, samples - 1, count).round().astype(np.int64)])


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
