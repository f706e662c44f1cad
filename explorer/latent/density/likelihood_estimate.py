"""Estimates log p(x) by importance sampling, together with the ELBO of the same draws.

1. For each sample, draw z_1 … z_K from q(z|x). The noise of sample i of a split is
   ``numpy.random.default_rng((1, i)).standard_normal((K, latent_dim))``, so that fewer draws or samples are the first
   ones of more.
2. Compute the importance weights w_i = p(x|z_i) p(z_i) / q(z_i|x), in chunks of at most `ROWS` decodes.
3. log (1/K) Σ w_i estimates log p(x). Its expectation is a lower bound that converges to log p(x) as K grows.
4. (1/K) Σ log w_i is the ELBO of the same draws. The difference is never negative and converges to
   KL(q(z|x) ‖ p(z|x)).

Burda, Grosse and Salakhutdinov 2016 (arXiv 1509.00519), theorem 1. The model computes in its own precision; sums over
draws and samples are in float64.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.data.dataset import Dataset
from explorer.latent.inputs import Inputs, inputs_of
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, NotDefined

NOISE_SEED = 1
"""Seed of the noise of all samples, together with their positions in the split."""
ROWS = 512
"""Maximum number of codes decoded at once, so that they fit in the processor's cache and take tens of milliseconds."""


@dataclass(frozen=True)
class LikelihoodEstimate:
    """The estimates for n samples in nats.

    Attributes
    ----------
    draws
        K, the number of draws for each sample.
    log_likelihood, elbo
        ``(n,)`` float64: log (1/K) Σ w and (1/K) Σ log w of each sample.
    sample_errors
        ``(n,)``: Monte Carlo standard error of each log-likelihood by the delta method, sd(w) / (√K mean(w)); NaN for
        K = 1.
    """

    draws: int
    log_likelihood: NDArray[np.float64]
    elbo: NDArray[np.float64]
    sample_errors: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """The mean of log p(x) over the samples."""
        return float(self.log_likelihood.mean())

    @property
    def gap(self) -> float:
        """The mean of log p(x) − ELBO; its expectation is at most KL(q(z|x) ‖ p(z|x))."""
        return float((self.log_likelihood - self.elbo).mean())

    @property
    def standard_error(self) -> float:
        """Standard error of `mean` over samples: the typical change with another split of this size."""
        count = len(self.log_likelihood)
        return float(self.log_likelihood.std(ddof=1) / np.sqrt(count)) if count > 1 else float("nan")

    @property
    def monte_carlo_error(self) -> float:
        """Monte Carlo standard error of `mean`: the typical change with other noise on the same samples."""
        return float(np.sqrt(np.square(self.sample_errors).sum()) / len(self.sample_errors))


def why_not_defined(model: LatentModel) -> str:
    """Return the reason why a model has no estimate of log p(x), or "" if it has one."""
    can = model.capabilities
    if not can.encoder:
        return "the model has no encoder from which to draw z"
    if model.prior is None:
        return "the model has no prior and defines no p(x)"
    return "" if can.stochastic_posterior else "the encoder returns a point, and not a distribution to draw z from"


def estimate_log_likelihood(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], draws: int
) -> Steps[LikelihoodEstimate]:
    """Estimate log p(x) of the samples at ``index``; yields ``(done, total)`` after each chunk.

    Parameters
    ----------
    draws
        K, the number of importance samples for each sample, at least 1.

    Raises
    ------
    NotDefined
        If the model has no encoder, no prior or no stochastic posterior; the message says which.
    """
    if reason := why_not_defined(model):
        raise NotDefined(reason)
    chunk = max(1, ROWS // draws)
    total = parts_of_estimate(len(index), draws)
    done = 0
    estimates: list[LikelihoodEstimate] = []
    for start in range(0, len(index), chunk):
        positions = np.arange(start, min(start + chunk, len(index)))
        noise = _noise(model, positions, draws)  # (chunk, K, latent_dim)
        weights = np.zeros((len(positions), draws))  # log w
        # With K above ROWS, the draws of one sample take several decodes.
        for columns in range(0, draws, ROWS):
            part = slice(columns, columns + ROWS)
            weights[:, part] = _log_weights(model, dataset, index[positions], noise[:, part])
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
    """Return the number of chunks of an estimate, each with at most `ROWS` decodes."""
    return -(-samples // max(1, ROWS // draws)) * -(-draws // ROWS)


def _estimate(log_weights: NDArray[np.float64]) -> LikelihoodEstimate:
    from scipy.special import logsumexp

    draws = log_weights.shape[1]
    log_likelihood = logsumexp(log_weights, axis=1) - np.log(draws)  # (n,)
    shares = np.exp(log_weights - logsumexp(log_weights, axis=1, keepdims=True))  # (n, K), each row sums to 1
    return LikelihoodEstimate(draws, log_likelihood, log_weights.mean(1), error_of_log_mean(shares))


def error_of_log_mean(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard error ``(n,)`` of log (1/K) Σ w by the delta method, sd(w) / (√K mean(w)); NaN for K = 1.

    Parameters
    ----------
    shares
        ``(n, K)``: the weights of each sample divided by their sum.
    """
    draws = shares.shape[1]
    if draws == 1:
        return np.full(len(shares), np.nan)
    # With the sum of the weights as unit, K Σ share² − 1 is var(w) / mean(w)². Rounding can leave it below 0.
    errors: NDArray[np.float64] = np.sqrt(np.maximum(draws * np.square(shares).sum(1) - 1, 0) / (draws - 1))
    return errors


def _noise(model: LatentModel, positions: NDArray[np.int64], draws: int) -> NDArray[np.float32]:
    """Return the noise (n, K, latent_dim) of the samples at these positions in the split."""
    shape = (draws, model.latent_dim)
    drawn = [np.random.default_rng((NOISE_SEED, i)).standard_normal(shape) for i in positions]
    return np.stack(drawn).astype(np.float32)


@torch.inference_mode()
def _log_weights(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], noise: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return log p(x|z) + log p(z) − log q(z|x), (n, k), for noise (n, k, latent_dim)."""
    given = inputs_of(model, dataset, index)
    log_likelihood, log_prior, log_q = weight_parts(model, given, torch.from_numpy(noise).to(given.x.device))
    weights: NDArray[np.float64] = (log_likelihood + log_prior - log_q).numpy()
    return weights


def weight_parts(model: LatentModel, given: Inputs, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return log p(x|z), log p(z) and log q(z|x), float64 (n, k) each, for draws from q by noise (n, k, latent_dim).

    The model must have encoder, prior and a stochastic posterior (see `why_not_defined`).
    """
    count, draws, _ = noise.shape
    row = torch.arange(count, device=given.x.device).repeat_interleave(draws)  # (n·k,)
    posterior = model.encode(given.x, given.condition).rows(row)
    z = posterior.sample(noise.reshape(count * draws, -1))  # (n·k, latent_dim)
    prior = model.prior
    assert prior is not None
    likelihood = model.decode(z, None if given.condition is None else given.condition[row])
    logs = (likelihood.log_prob(given.target[row]), prior.log_prob(z), posterior.log_prob(z))
    first, second, third = (part.cpu().double().reshape(count, draws) for part in logs)
    return first, second, third
