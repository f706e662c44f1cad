"""Estimates log p(x) of many samples by a few importance samples each.

1. For each sample, draw K codes: half of them from q(z|x), a quarter from q at a larger width, and a quarter from the
   prior. The random numbers of sample i of a split are those of ``numpy.random.default_rng((seed, i))``.
2. Adapt a Gaussian to p(z|x), and draw K more codes from the mixture with it
   (see `explorer.latent.density.adaptive_sampling`).
3. The logarithm of the mean weight of all draws estimates log p(x). It is too low by about half its variance: the mean
   of a few weights varies, and the logarithm is concave (Burda, Grosse and Salakhutdinov 2016, arXiv 1509.00519,
   theorem 1). `explorer.latent.bound.split_likelihood` finds out by how much, and adds it.

The model computes in its own precision; sums over draws and samples are in float64.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.data.dataset import Dataset
from explorer.latent.density.adaptive_sampling import adapt, draw_round, next_proposal, pooled_log_weights
from explorer.latent.density.proposal import joint_part
from explorer.latent.inputs import Inputs, in_double, inputs_of
from explorer.latent.steps import Steps, single
from explorer.models.latent_model import LatentModel

ROWS = 512
"""Maximum number of codes decoded at once, so that they fit in the processor's cache and take tens of milliseconds."""
CHUNK, CHUNK_DRAWS = 64, 65_536
"""Maximum numbers of samples whose Gaussians are adapted at once, and of their draws, which bounds the memory."""


def why_not_defined(model: LatentModel) -> str:
    """Return the reason why a model has no estimate of log p(x), or "" if it has one."""
    can = model.capabilities
    if not can.encoder:
        return "the model has no encoder from which to draw z"
    if model.prior is None:
        return "the model has no prior and defines no p(x)"
    return "" if can.stochastic_posterior else "the encoder returns a point, and not a distribution to draw z from"


def estimate_log_likelihood(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], draws: int, seed: int
) -> Steps[NDArray[np.float64]]:
    """Return estimates of log p(x), ``(n,)`` in nats, of the samples at ``index``; yields 1 after each chunk.

    Parameters
    ----------
    draws
        K, the number of importance samples for each sample in each of two rounds, at least 1.
    """
    estimates: list[Tensor] = []
    chunk = _chunk(draws)
    for start in range(0, len(index), chunk):
        positions = range(start, min(start + chunk, len(index)))
        given = inputs_of(model, dataset, index[positions])
        with torch.inference_mode():
            q = in_double(model.encode(given.x, given.condition))
        rngs = [np.random.default_rng((seed, position)) for position in positions]
        first = yield from single(draw_round(model, given, next_proposal(q, None, draws), rngs, ROWS))
        # With few draws, a quarter of them must do for the moments, however rough these are.
        adapted = adapt([first], min(6 * model.latent_dim, draws / 4))
        second = yield from single(draw_round(model, given, next_proposal(q, adapted.gaussian, draws), rngs, ROWS))
        logs = pooled_log_weights([first, second])  # (n, 2K)
        estimates.append(logs.logsumexp(1) - math.log(logs.shape[1]))
    return torch.cat(estimates).numpy()


def parts_of_estimate(samples: int, draws: int) -> int:
    """Return the number of chunks of an estimate, each with at most `ROWS` decodes."""
    chunk = _chunk(draws)
    full, rest = divmod(samples, chunk)
    return 2 * (full * -(-chunk * draws // ROWS) + -(-rest * draws // ROWS))


def _chunk(draws: int) -> int:
    return min(max(1, CHUNK_DRAWS // draws), CHUNK)


@torch.inference_mode()
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
    joint, log_prior = joint_part(model, prior, given, z, row)
    logs = (joint - log_prior, log_prior, posterior.log_prob(z).cpu().double())
    first, second, third = (part.reshape(count, draws) for part in logs)
    return first, second, third
