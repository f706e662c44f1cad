"""Importance sampling from mixtures that adapt to p(z|x), round by round, for a batch of samples.

1. Draw codes from q(z|x), at its own width and wider, and from the prior (see `explorer.latent.density.proposal`).
2. Weight the draws of the last rounds by the density of all their mixtures (Cornuet et al. 2012). As long as few draws
   are effective, flatten the weights: raise them to the largest power below 1 at which enough of them count.
3. Compute the weighted mean and covariance. They define a Gaussian that joins the mixture of the next round (adaptive
   importance sampling: Cappé et al. 2004, Bugallo et al. 2017). It moves to p(z|x) wherever q lies.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.latent.density.proposal import Proposal, draw_prior, first_proposal, joint_density
from explorer.latent.inputs import Inputs
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, Posterior


@dataclass(frozen=True, eq=False)
class AdaptiveRound:
    """K draws for each of n samples.

    Attributes
    ----------
    z, joint, log_prior
        Codes (n, K, d), their log p(x|z) + log p(z) and log p(z), float64 (n, K) each.
    """

    proposal: Proposal
    z: Tensor
    joint: Tensor
    log_prior: Tensor


@dataclass(frozen=True, eq=False)
class AdaptedGaussian:
    """Gaussians with about the moments of p(z|x), for n samples.

    Attributes
    ----------
    gaussian
        A batch of n with full covariances, in float64.
    effective
        (n,): the effective number of draws that the moments are from; 0 if the weights had to be flattened.
    """

    gaussian: Posterior
    effective: Tensor


def draw_round(
    model: LatentModel, given: Inputs, proposal: Proposal, rngs: Sequence[np.random.Generator], rows: int
) -> Steps[AdaptiveRound]:
    """Draw codes of a mixture and decode them; yields the number of decodes after each chunk of at most ``rows``.

    Each of the n samples has a random number generator of its own, so that batches do not change its draws.
    """
    prior, of_prior = model.prior, proposal.from_prior
    assert prior is not None
    shape = (1, proposal.draws - of_prior, model.latent_dim)
    noise = torch.cat([torch.from_numpy(rng.standard_normal(shape)) for rng in rngs])
    prior_draws = torch.cat([draw_prior(prior, of_prior, int(rng.integers(2**63))) for rng in rngs])
    z = proposal.codes(noise, prior_draws)
    joint, log_prior = yield from joint_density(model, given, z, rows)
    return AdaptiveRound(proposal, z, joint, log_prior)


def next_proposal(q: Posterior, adapted: Posterior | None, draws: int) -> Proposal:
    """Return q, the prior and, from the second round on, the adapted Gaussian, which has most of the draws."""
    if adapted is None:
        return first_proposal(q, draws)
    own, wide, part = draws * 9 // 20, draws // 5, draws // 10
    return Proposal((q, adapted), ((draws - own - wide - 2 * part, part), (own, wide)), part)


def pooled_log_weights(rounds: Sequence[AdaptiveRound]) -> Tensor:
    """Return the logarithms of the weights of the draws of all rounds, (n, ΣK), by the density of all mixtures."""
    z, log_prior = torch.cat([one.z for one in rounds], 1), torch.cat([one.log_prior for one in rounds], 1)
    total = sum(one.proposal.draws for one in rounds)
    parts = [one.proposal.log_density(z, log_prior) + math.log(one.proposal.draws / total) for one in rounds]
    logs = torch.cat([one.joint for one in rounds], 1) - torch.logsumexp(torch.stack(parts), 0)
    # Where the decoder returns no number, a draw does not count, as on a grid.
    return logs.nan_to_num(nan=-math.inf, posinf=-math.inf, neginf=-math.inf)


def adapt(rounds: Sequence[AdaptiveRound], effective: float) -> AdaptedGaussian:
    """Return Gaussians with about the moments of p(z|x), from draws of which ``effective`` or more count."""
    z = torch.cat([one.z for one in rounds], 1).double()
    logs = pooled_log_weights(rounds)
    power = _power(logs, effective)
    shares = _shares(power[:, None] * logs)
    count = 1 / shares.square().sum(1)
    mean = (shares[:, :, None] * z).sum(1)
    offset = z - mean[:, None]
    covariance = (offset * shares[:, :, None]).mT @ offset  # (n, d, d)
    # Of few effective draws, correlations are mostly noise, and the covariance is too small.
    dimensions = z.shape[2]
    noise = (dimensions / (dimensions + count))[:, None]
    variance = covariance.diagonal(dim1=1, dim2=2)
    widened = (1 + dimensions / (4 * count))[:, None]
    shrunk = ((1 - noise)[:, :, None] * covariance + torch.diag_embed(noise * variance + 1e-12)) * widened[:, :, None]
    gaussian = Posterior(mean, (variance * widened + 1e-12).log(), torch.linalg.cholesky(shrunk))
    return AdaptedGaussian(gaussian, torch.where(power == 1, count, 0.0))


def _power(logs: Tensor, effective: float) -> Tensor:
    """Return the largest powers in (0, 1], (n,), at which the weights have a number of effective draws."""
    low, high = torch.zeros(len(logs), dtype=torch.float64), torch.ones(len(logs), dtype=torch.float64)
    power = high
    for _ in range(25):
        enough = 1 / _shares(power[:, None] * logs).square().sum(1) >= effective
        low, high = torch.where(enough, power, low), torch.where(enough, high, power)
        power = torch.where(low == 1, 1.0, (low + high) / 2)
    return torch.where(low == 1, 1.0, high)


def _shares(logs: Tensor) -> Tensor:
    """Return the weights divided by their sums, (n, K); −∞ times 0 is −∞, as such draws never count."""
    return torch.softmax(logs.nan_to_num(nan=-math.inf), 1)
