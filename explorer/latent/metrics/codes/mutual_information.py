"""The two parts of the KL: the mutual information of samples and codes, and the KL of the aggregate from the prior.

E KL(q(z|x) ‖ p(z)) = I(x; z) + KL(q(z) ‖ p(z)) with q(z) = (1/N) Σ q(z|x_i): Hoffman and Johnson 2016, "ELBO surgery",
NIPS workshop on advances in approximate Bayesian inference.

1. `_draw` chooses at most 10,000 samples, whose posteriors are the mixture q(z), and draws one z from q(z|x) of each of
   at most 2,000 of these, under fixed seeds.
2. `_log_aggregate` evaluates log q(z) of each draw in closed form, chunk by chunk of the mixture.
3. I(x; z) is the mean of log q(z|x) − log q(z) over the draws; the KL of q(z) is the mean of log q(z) − log p(z).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import (
    DRAWS,
    NOT_FINITE,
    POINT,
    Evaluated,
    Found,
    all_absent,
    as_double,
    choose,
    figure_of_samples,
    measures,
    posteriors_at,
)
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined, Posterior

SEED = 3
COMPONENTS = 10_000
"""Maximum number of samples whose posteriors form the mixture q(z)."""
VALUES = 2**17
"""Maximum number of float64 values in an array, 1 MB, which fits into the cache of a processor."""
PRIOR_ROWS = 256
"""Draws per call of the prior; a mixture prior needs this many rows times its components in memory."""
OVER_SAMPLES = "Standard error over the samples and the draws, of which each sample has one."


@dataclass(frozen=True, eq=False)
class _Drawn:
    """One draw for each of n samples, in float64.

    ``rows`` ``(N,)`` are the samples of the mixture, as rows of the split, and ``own`` ``(n,)`` those of the draws
    ``z`` ``(n, latent_dim)``; ``log_own`` ``(n,)`` is log q(z|x) by the posterior that each was drawn from.
    """

    rows: NDArray[np.int64]
    own: NDArray[np.int64]
    z: Tensor
    log_own: Tensor


@torch.inference_mode()
def _draw(evaluated: Evaluated) -> _Drawn:
    """Draw with ``rng = numpy.random.default_rng(seed)``, in this order: samples of the mixture, of these, the noise.

    Samples are chosen by ``numpy.sort(rng.choice(count, limit, replace=False))`` if there are more than the limit.
    """
    rng = evaluated.rng(SEED)
    rows = choose(len(evaluated.index), COMPONENTS, rng)
    # Only samples of the mixture: q(z) must contain the posterior that z was drawn from, or I(x; z) would be too large.
    own = rows[choose(len(rows), DRAWS, rng)]
    posteriors = posteriors_at(evaluated, own)
    z = posteriors.sample(torch.from_numpy(rng.standard_normal(tuple(posteriors.mean.shape))))
    return _Drawn(rows, own, z, posteriors.log_prob(z))


def _log_aggregate(evaluated: Evaluated, drawn: _Drawn) -> Steps[Tensor]:
    """Return log q(z) of each draw, ``(n,)``, in nats."""
    total = torch.full_like(drawn.log_own, -math.inf)  # log 0
    for chunk in evaluated.chunks:
        inside = drawn.rows[(drawn.rows >= chunk.start) & (drawn.rows < chunk.stop)]
        if len(inside):
            total = torch.logaddexp(total, log_sum_of_densities(drawn.z, posteriors_at(evaluated, inside)))
        yield 1
    return total - math.log(len(drawn.rows))


@torch.inference_mode()
def log_sum_of_densities(z: Tensor, posteriors: Posterior) -> Tensor:
    """Return log Σ_j q(z|x_j) over m posteriors, ``(n,)``, for draws ``(n, latent_dim)``, in bounded memory."""
    count, dim = posteriors.mean.shape
    columns = max(1, min(count, VALUES // (dim * dim) if posteriors.scale_tril is not None else VALUES // dim))
    # Blocks of rows and columns keep each intermediate array within `VALUES`.
    rows = max(1, VALUES // (columns * dim))
    total = z.new_full((len(z),), -math.inf)
    for start in range(0, count, columns):
        some = posteriors.rows(torch.arange(start, min(start + columns, count)))
        parts = [_log_densities(z[row : row + rows], some).logsumexp(1) for row in range(0, len(z), rows)]
        total = torch.logaddexp(total, torch.cat(parts))
    return total


def _log_densities(z: Tensor, posteriors: Posterior) -> Tensor:
    """Return log q(z_i|x_j), ``(n, m)``."""
    constant = 0.5 * z.shape[1] * math.log(2 * math.pi)
    # (n, m, latent_dim)
    offset = z[:, None, :] - posteriors.mean
    if posteriors.scale_tril is None:
        assert posteriors.log_variance is not None
        half_squares = 0.5 * offset.mul_((-0.5 * posteriors.log_variance).exp()).square_().sum(2)
        diagonal: Tensor = -(half_squares + 0.5 * posteriors.log_variance.sum(1) + constant)
        return diagonal
    # All draws at once for each L: broadcast the other way, every L would be copied for every draw.
    whitened = torch.linalg.solve_triangular(posteriors.scale_tril, offset.permute(1, 2, 0), upper=False)
    log_scale = posteriors.scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    full: Tensor = -(0.5 * whitened.square().sum(1) + log_scale[:, None] + constant).mT
    return full


@measures(
    Figure(
        "aggregate_kl",
        "KL of q(z) from the prior",
        "nats",
        "lower is better",
        "KL(q(z) ‖ p(z)), with q(z) the mixture of the posteriors of the samples (at most 10,000, chosen with a "
        "fixed seed), averaged over one draw from each of at most 2,000 of them. It equals the KL minus I(x; z). It "
        "is unbiased for these samples; for all possible samples it may be too large, as a mixture of few posteriors "
        "is less smooth.",
        needs=("an encoder", "a stochastic posterior", "a prior"),
        errors=(StandardError("samples", "± of the KL of q(z)", OVER_SAMPLES),),
    ),
    Figure(
        "mutual_information",
        "I(x; z)",
        "nats",
        "neither is better",
        "Mutual information of a sample and its code: the mean of log q(z|x) − log q(z) over the same draws, with "
        "q(z) the same mixture of N posteriors (Hoffman and Johnson 2016, ELBO surgery). It cannot exceed log N, "
        "which it reaches if no two posteriors overlap. Near log N it is only a lower bound of the true value.",
        needs=("an encoder", "a stochastic posterior"),
        errors=(StandardError("samples", "± of I(x; z)", OVER_SAMPLES),),
    ),
    Figure(
        "mutual_information_bound",
        "log N, bound of I(x; z)",
        "nats",
        "neither is better",
        "The maximum of I(x; z) for N samples: the logarithm of their number, at most 10,000.",
        needs=("an encoder", "a stochastic posterior"),
    ),
    passes=lambda evaluated: len(evaluated.chunks),
    why_not=lambda evaluated: "" if evaluated.model.capabilities.stochastic_posterior else POINT,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Split the KL into mutual information and the KL of the aggregate posterior, over the same draws."""
    if not np.isfinite(evaluated.means).all():
        raise NotDefined(NOT_FINITE)
    drawn = _draw(evaluated)
    # The mixture of one posterior is the posterior; computing it would leave the rounding of a logarithm.
    aggregate = drawn.log_own if len(drawn.rows) == 1 else (yield from _log_aggregate(evaluated, drawn))
    return {
        **_mean("mutual_information", drawn.log_own - aggregate, drawn),
        "mutual_information_bound": math.log(len(drawn.rows)),
        **_distance(evaluated, drawn, aggregate),
    }


def _mean(name: str, terms: Tensor, drawn: _Drawn) -> Found:
    # A sample also changes q(z) at the draws of the others, but this effect is 0 on average over them.
    return figure_of_samples(name, float(terms.mean()), terms.numpy(), drawn.own)


def _distance(evaluated: Evaluated, drawn: _Drawn, aggregate: Tensor) -> Found:
    # The information needs no prior; only the second part of the KL does.
    try:
        log_prior = _log_prior(evaluated, drawn.z)
    except NotDefined as lack:
        return all_absent(("aggregate_kl", "aggregate_kl_error"), str(lack))
    return _mean("aggregate_kl", aggregate - log_prior, drawn)


@torch.inference_mode()
def _log_prior(evaluated: Evaluated, z: Tensor) -> Tensor:
    if evaluated.model.prior is None:
        raise NotDefined("the model has no prior")
    prior, like = evaluated.model.prior, evaluated.posteriors[0].mean
    parts = [as_double(prior.log_prob(z[row : row + PRIOR_ROWS].to(like))) for row in range(0, len(z), PRIOR_ROWS)]
    return torch.cat(parts)
