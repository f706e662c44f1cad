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
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.data.dataset import Dataset
from explorer.latent.density.adaptive_sampling import (
    MAX_CORRELATED,
    AdaptiveRound,
    DrawPool,
    adapt,
    draw_round,
    next_proposal,
)
from explorer.latent.density.proposal import Proposal, joint_part
from explorer.latent.inputs import Inputs, in_double, inputs_of
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, NotDefined

ROWS = 512
"""Maximum number of codes decoded at once, so that they fit in the processor's cache and take tens of milliseconds."""
CHUNK, CHUNK_DRAWS, PRODUCTS = 64, 65_536, 4_200_000
"""Maximum numbers of samples whose Gaussians are adapted at once, of their draws, and of multiplications for them."""
MIN_ADAPTED = 4
"""Minimum number of draws K from which a Gaussian is adapted: fewer say nothing about its width."""


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
    """Return estimates of log p(x), ``(n,)`` in nats, of the samples at ``index``.

    Yields 1 after each chunk of decodes, and 0 between them.

    Parameters
    ----------
    draws
        K, the number of importance samples for each sample in each of two rounds, at least 1.

    Raises
    ------
    NotDefined
        If no draw of a sample has a positive weight.
    """
    estimates: list[Tensor] = []
    chunk = _chunk(draws, model.latent_dim)
    for start in range(0, len(index), chunk):
        positions = range(start, min(start + chunk, len(index)))
        given = inputs_of(model, dataset, index[positions])
        logs = yield from _two_rounds(model, given, draws, [np.random.default_rng((seed, each)) for each in positions])
        estimates.append(logs.logsumexp(1) - math.log(logs.shape[1]))
        bad = torch.isneginf(estimates[-1])
        if bad.any():
            raise NotDefined(f"no draw of sample {index[start + int(bad.int().argmax())]} has a positive weight")
    return torch.cat(estimates).numpy()


def _two_rounds(model: LatentModel, given: Inputs, draws: int, rngs: Sequence[np.random.Generator]) -> Steps[Tensor]:
    """Return the logarithms of the weights of two rounds of K draws, (n, 2K)."""
    with torch.inference_mode():
        q = in_double(model.encode(given.x, given.condition))
    first = yield from _round(model, given, next_proposal(q, None, draws), rngs)
    pool = yield from DrawPool().added(first, 2)
    gaussian = None
    if draws >= MIN_ADAPTED:
        # With few draws, a quarter of them must do for the moments, however rough these are, but not one or two.
        gaussian = adapt(pool, min(6 * model.latent_dim, max(draws / 4, min(draws / 2, 4)))).gaussian
    yield 0
    second = yield from _round(model, given, next_proposal(q, gaussian, draws), rngs)
    pool = yield from pool.added(second, 2)
    return pool.log_weights


def _round(
    model: LatentModel, given: Inputs, proposal: Proposal, rngs: Sequence[np.random.Generator]
) -> Steps[AdaptiveRound]:
    work = draw_round(model, given, proposal, rngs, ROWS)
    while True:
        try:
            decodes = next(work)
        except StopIteration as stop:
            found: AdaptiveRound = stop.value
            return found
        yield int(decodes > 0)


def parts_of_estimate(samples: int, draws: int, latent_dim: int) -> int:
    """Return the number of chunks of an estimate, each with at most `ROWS` decodes."""
    chunk = _chunk(draws, latent_dim)
    full, rest = divmod(samples, chunk)
    return 2 * (full * -(-chunk * draws // ROWS) + -(-rest * draws // ROWS))


def _chunk(draws: int, latent_dim: int) -> int:
    of_draw = latent_dim * (latent_dim if latent_dim <= MAX_CORRELATED else 16)
    return max(1, min(CHUNK, CHUNK_DRAWS // draws, PRODUCTS // (draws * of_draw)))


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
