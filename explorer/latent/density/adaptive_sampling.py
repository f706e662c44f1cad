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

from explorer.latent.density.proposal import Proposal, draw_codes, first_proposal, joint_density, mixture_density
from explorer.latent.inputs import Inputs
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, Posterior

MAX_CORRELATED = 128
"""Maximum latent dimension of a full covariance: for more, there are too few draws to estimate correlations."""


@dataclass(frozen=True, eq=False)
class AdaptiveRound:
    """K draws for each of n samples.

    Attributes
    ----------
    z, joint, log_prior
        Codes (n, K, d), their log p(x|z) + log p(z) and log p(z), float64 (n, K) each.
    density
        log m(z) of the mixture that they are drawn from, float64 (n, K).
    """

    proposal: Proposal
    z: Tensor
    joint: Tensor
    log_prior: Tensor
    density: Tensor

    @property
    def log_weights(self) -> Tensor:
        """The logarithms of the weights of the draws, (n, K)."""
        return _numbers(self.joint - self.density)


@dataclass(frozen=True, eq=False)
class DrawPool:
    """The draws of some rounds, with the densities of all mixtures at all draws.

    Attributes
    ----------
    densities
        In row r and column s, log m(z) of the mixture of round r at the draws of round s.
    """

    rounds: tuple[AdaptiveRound, ...] = ()
    densities: tuple[tuple[Tensor, ...], ...] = ()

    def added(self, one: AdaptiveRound, most: int) -> Steps["DrawPool"]:
        """Return a pool of at most ``most`` rounds, of which this one is the last; yields 0 after each chunk."""
        first = max(0, len(self.rounds) + 1 - most)
        before, of_new, at_new = self.rounds[first:], [], []
        # The other densities are known: those of the old mixtures at the old draws.
        for other in before:
            of_new.append((yield from mixture_density(one.proposal, other.z, other.log_prior)))
            at_new.append((yield from mixture_density(other.proposal, one.z, one.log_prior)))
        rows = [(*row[first:], new) for row, new in zip(self.densities[first:], at_new, strict=True)]
        return DrawPool((*before, one), (*rows, (*of_new, one.density)))

    @property
    def log_weights(self) -> Tensor:
        """The logarithms of the weights of all draws by the density of all mixtures together, (n, ΣK)."""
        counts = torch.tensor([one.proposal.draws for one in self.rounds], dtype=torch.float64)
        shares = (counts / counts.sum()).log()[:, None, None]
        rows = torch.stack([torch.cat(row, 1) for row in self.densities])  # (rounds, n, ΣK)
        return _numbers(torch.cat([one.joint for one in self.rounds], 1) - torch.logsumexp(rows + shares, 0))


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
    """Draw codes of a mixture and decode them, at most ``rows`` at once.

    Yields the number of decodes after each chunk, and 0 between them.
    """
    prior = model.prior
    assert prior is not None
    z = yield from draw_codes(proposal, prior, rngs)
    joint, log_prior = yield from joint_density(model, given, z, rows)
    density = yield from mixture_density(proposal, z, log_prior)
    return AdaptiveRound(proposal, z, joint, log_prior, density)


def next_proposal(q: Posterior, adapted: Posterior | None, draws: int) -> Proposal:
    """Return q, the prior and, from the second round on, the adapted Gaussian, which has most of the draws."""
    if adapted is None:
        return first_proposal(q, draws)
    own, wide, part = draws * 9 // 20, draws // 5, draws // 10
    return Proposal((q, adapted), ((draws - own - wide - 2 * part, part), (own, wide)), part)


def adapt(pool: DrawPool, effective: float) -> AdaptedGaussian:
    """Return Gaussians with about the moments of p(z|x), from draws of which ``effective`` or more count."""
    z = torch.cat([one.z for one in pool.rounds], 1).double()
    logs = pool.log_weights
    # If no draw of a sample has a positive weight, all count the same.
    logs = torch.where(torch.isfinite(logs).any(1, keepdim=True), logs, 0.0)
    power = _power(logs, effective)
    shares = _shares(power[:, None] * logs)
    count, dimensions = 1 / shares.square().sum(1), z.shape[2]
    mean = (shares[:, None] @ z)[:, 0]
    offset = z - mean[:, None]
    variance = (shares[:, None] @ offset.square())[:, 0]
    # Of few effective draws, correlations are mostly noise, and the covariance is too small.
    widened = (1 + dimensions / (4 * count))[:, None]
    log_variance = (variance * widened + 1e-12).log()
    if dimensions > MAX_CORRELATED:
        return AdaptedGaussian(Posterior(mean, log_variance), torch.where(power == 1, count, 0.0))
    covariance = (offset * shares[:, :, None]).mT @ offset  # (n, d, d)
    noise = (dimensions / (dimensions + count))[:, None]
    shrunk = (1 - noise)[:, :, None] * covariance + torch.diag_embed(noise * variance + 1e-12)
    tril = torch.linalg.cholesky(shrunk * widened[:, :, None])
    return AdaptedGaussian(Posterior(mean, log_variance, tril), torch.where(power == 1, count, 0.0))


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


def _numbers(logs: Tensor) -> Tensor:
    """Return logarithms of weights with −∞ where the decoder returns no number: such draws do not count."""
    return logs.nan_to_num(nan=-math.inf, posinf=-math.inf, neginf=-math.inf)
