"""An importance-weighted estimate of log p(x), beside the ELBO of the same draws.

With z_1 … z_K drawn from q(z|x) and w_i = p(x|z_i) p(z_i) / q(z_i|x), log (1/K) Σ w_i is in expectation a lower bound
of log p(x), which it reaches as K grows; (1/K) Σ log w_i is the ELBO of the same draws, and their difference, never
negative, tends to KL(q(z|x) ‖ p(z|x)) (Burda, Grosse and Salakhutdinov 2016, arXiv 1509.00519, theorem 1).

The noise of the i-th sample of a split, counted from 0, is
``numpy.random.default_rng((1, i)).standard_normal((K, latent_dim))``: whoever asks for fewer draws or fewer samples
gets the first of them. The model computes in its own precision; sums over draws and samples are in float64.
"""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.data.dataset import Dataset
from explorer.latent.inputs import Inputs, inputs_of
from explorer.models.latent_model import LatentModel, NotDefined

NOISE_SEED = 1
ROWS = 512
"""Decodes at once: what they take stays within a processor's cache, and within tens of milliseconds."""


@dataclass(frozen=True)
class LikelihoodEstimate:
    """The estimates of n samples by ``draws`` draws each, in nats.

    Attributes
    ----------
    draws
        K.
    log_likelihood, elbo
        ``(n,)`` float64, log (1/K) Σ w and (1/K) Σ log w of each sample.
    sample_errors
        ``(n,)`` how far each estimate is off for want of draws, one standard deviation by the delta method:
        sd(w) / (√K mean(w)). NaN for K = 1.
    """

    draws: int
    log_likelihood: NDArray[np.float64]
    elbo: NDArray[np.float64]
    sample_errors: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """The estimate of log p(x), averaged over the samples."""
        return float(self.log_likelihood.mean())

    @property
    def gap(self) -> float:
        """The mean of log p(x) − ELBO: KL(q(z|x) ‖ p(z|x)) as K grows, and never more than that in expectation."""
        return float((self.log_likelihood - self.elbo).mean())

    @property
    def standard_error(self) -> float:
        """Standard error of `mean` over the samples: how far another split of that size would be off."""
        count = len(self.log_likelihood)
        return float(self.log_likelihood.std(ddof=1) / np.sqrt(count)) if count > 1 else float("nan")

    @property
    def monte_carlo_error(self) -> float:
        """Standard error of `mean` for want of draws: how far other noise would be off on these very samples."""
        return float(np.sqrt(np.square(self.sample_errors).sum()) / len(self.sample_errors))


def why_not_defined(model: LatentModel) -> str:
    """Say why a model has no estimate of log p(x); "" where it has one."""
    can = model.capabilities
    if not can.encoder:
        return "the model has no encoder that would say where to look for z"
    if model.prior is None:
        return "the model has no prior, so that it gives x no probability"
    return "" if can.stochastic_posterior else "the encoder gives a point, no distribution to draw z from"


def estimate_log_likelihood(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], draws: int
) -> Generator[tuple[int, int], None, LikelihoodEstimate]:
    """Estimate log p(x) of the samples at ``index``; yields ``(done, total)`` parts of the work.

    Parameters
    ----------
    draws
        K, importance samples for each sample, at least 1.

    Raises
    ------
    NotDefined
        For a model without encoder, prior or a stochastic posterior, saying which.
    """
    if reason := why_not_defined(model):
        raise NotDefined(reason)
    mixture_pdf = max(1, ROWS // draws)
    total = parts_of_estimate(len(index), draws)
    done = 0
    estimates: list[LikelihoodEstimate] = []
    for start in range(0, len(index), mixture_pdf):
        places = np.arange(start, min(start + mixture_pdf, len(index)))
        noise = _noise(model, places, draws)
        weights = np.zeros((len(places), draws))
        for columns in range(0, draws, ROWS):
            part = slice(columns, columns + ROWS)
            weights[:, part] = _log_weights(model, dataset, index[places], noise[:, part])
            done += 1
            yield done, total
        estimates.append(_estimate(weights))
    return LikelihoodEstimate(
        draws,
        np.concatenate([part.log_likelihood for part in estimates]),
        np.concatenate([part.elbo for part in estimates]),
        np.concatenate([part.sample_errors for part in estimates]),
    )


def parts_of_estimate(samples: int, draws: int) -> int:
    """Return how many parts the work of an estimate has, each of at most `ROWS` decodes."""
    return -(-samples // max(1, ROWS // draws)) * -(-draws // ROWS)


def _estimate(log_weights: NDArray[np.float64]) -> LikelihoodEstimate:
    from scipy.special import logsumexp  # takes a fifth of a second: the window opens without it

    draws = log_weights.shape[1]
    log_likelihood = logsumexp(log_weights, axis=1) - np.log(draws)
    shares = np.exp(log_weights - logsumexp(log_weights, axis=1, keepdims=True))  # (n, K), each row sums to 1
    if draws == 1:
        errors = np.full(len(log_weights), np.nan)
    else:
        errors = np.sqrt(np.maximum(draws * np.square(shares).sum(1) - 1, 0) / (draws - 1))
    return LikelihoodEstimate(draws, log_likelihood, log_weights.mean(1), errors)


def _noise(model: LatentModel, places: NDArray[np.int64], draws: int) -> NDArray[np.float32]:
    """Return (n, K, latent_dim) of the samples at these places of the split."""
    shape = (draws, model.latent_dim)
    return np.stack([np.random.default_rng((NOISE_SEED, i)).standard_normal(shape) for i in places]).astype(np.float32)


@torch.inference_mode()
def _log_weights(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], noise: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return log p(x|z) + log p(z) − log q(z|x) of some draws (n, k, latent_dim), (n, k)."""
    given = inputs_of(model, dataset, index)
    log_likelihood, log_prior, log_q = weight_parts(model, given, torch.from_numpy(noise).to(given.x.device))
    weights: NDArray[np.float64] = (log_likelihood + log_prior - log_q).numpy()
    return weights


def weight_parts(model: LatentModel, given: Inputs, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return log p(x|z), log p(z) and log q(z|x) at draws of q by noise (n, k, latent_dim): float64 (n, k) each.

    The model needs what `why_not_defined` asks for.
    """
    count, draws, _ = noise.shape
    place = torch.arange(count, device=given.x.device).repeat_interleave(draws)
    posterior = model.encode(given.x, given.condition).rows(place)
    z = posterior.sample(noise.reshape(count * draws, -1))
    prior = model.prior
    assert prior is not None
    likelihood = model.decode(z, None if given.condition is None else given.condition[place])
    logs = (likelihood.log_prob(given.target[place]), prior.log_prob(z), posterior.log_prob(z))
    first, second, third = (part.cpu().double().reshape(count, draws) for part in logs)
    return first, second, third
