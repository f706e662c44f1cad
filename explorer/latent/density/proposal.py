"""Draws codes of samples from mixtures of Gaussians and the prior, with importance weights.

The parts of a mixture are Gaussians such as q(z|x), each at its own width and at a larger one, and the prior. Each part
has a fixed number of draws, so that no part is missed by chance. A draw z has the weight w = p(x|z) p(z) / m(z), where
m is the density of the whole mixture and not that of the part from which z was drawn (the balance heuristic: Veach and
Guibas 1995; Owen and Zhou 2000). The mean of the weights estimates p(x) without bias. No weight exceeds p(x|z) divided
by the share of the prior (a defensive mixture: Hesterberg 1995), wherever q(z|x) lies.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.latent.inputs import Inputs
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, Posterior, Prior

Logs = NDArray[np.float64]

VALUES, PRODUCTS = 200_000, 10_000_000
"""Maximum numbers of random numbers drawn, and of multiplications for densities, in one step of some milliseconds."""
NOT_FINITE = "the sample's code is not finite"
NOWHERE = "p(x|z) p(z) is nowhere a positive number"


@dataclass(frozen=True, eq=False)
class Proposal:
    """A mixture for each of n samples.

    Attributes
    ----------
    gaussians
        Batches of n Gaussians in float64 on the CPU.
    counts
        For each batch, the numbers of draws at its own width and at the larger width (see `larger_width`).
    from_prior
        Number of draws from the prior.
    """

    gaussians: tuple[Posterior, ...]
    counts: tuple[tuple[int, int], ...]
    from_prior: int

    @property
    def strata(self) -> tuple[int, ...]:
        """The numbers of draws from each part, in their order."""
        return (*(count for pair in self.counts for count in pair), self.from_prior)

    @property
    def draws(self) -> int:
        """The number of draws K of each sample."""
        return sum(self.strata)

    def codes(self, part: int, noise: Tensor) -> Tensor:
        """Return codes of one of the parts but the prior, float32 (n, k, d), by standard normal noise (n, k, d)."""
        gaussian, is_wide = self.gaussians[part // 2], part % 2
        scaled = noise * larger_width(noise.shape[2]) if is_wide else noise
        if gaussian.scale_tril is not None:
            turned = scaled @ gaussian.scale_tril.mT
        else:
            turned = scaled if gaussian.log_variance is None else scaled * (0.5 * gaussian.log_variance).exp()[:, None]
        # Rounded to what the model decodes; the densities are evaluated at the rounded codes.
        return (gaussian.mean[:, None] + turned).float()

    def log_density(self, z: Tensor, log_prior: Tensor) -> Tensor:
        """Return log m(z), float64 (n, K'), at codes (n, K', d) with their log p(z) (n, K')."""
        dimensions = z.shape[2]
        parts = [log_prior + _log(self.from_prior / self.draws)]
        for gaussian, pair in zip(self.gaussians, self.counts, strict=True):
            squares, log_scale = _whitened(gaussian, z.double())
            for count, width in zip(pair, (1.0, larger_width(dimensions)), strict=True):
                log_norm = log_scale + dimensions * (math.log(width) + 0.5 * math.log(2 * math.pi))
                parts.append(_log(count / self.draws) - 0.5 * squares / width**2 - log_norm)
        return torch.logsumexp(torch.stack(parts), 0)


def larger_width(dimensions: int) -> float:
    """Return the factor 1 + √(2/d) of the larger width: 2 in two dimensions, 1.25 in 32.

    It moves the squared length of a draw by about two of its standard deviations, √(2d). A fixed factor would leave the
    region of the Gaussian altogether in many dimensions.
    """
    return 1 + math.sqrt(2 / dimensions)


def first_proposal(q: Posterior, draws: int) -> Proposal:
    """Return the mixture of q(z|x), with half of the draws, of q at the larger width, and of the prior."""
    quarter = draws // 4
    return Proposal((q,), ((draws - 2 * quarter, quarter),), quarter)


def draw_codes(proposal: Proposal, prior: Prior, rngs: Sequence[np.random.Generator]) -> Steps[Tensor]:
    """Draw codes of a mixture, float32 (n, K, d); yields 0 after each chunk.

    Each of the n samples has a random number generator of its own, so that batches do not change its draws.
    """
    dimensions, codes = proposal.gaussians[0].mean.shape[1], list[Tensor]()
    size = max(1, VALUES // (len(rngs) * dimensions))
    for part, count in enumerate(proposal.strata[:-1]):
        for start in range(0, count, size):
            shape = (1, min(size, count - start), dimensions)
            codes.append(
                proposal.codes(part, torch.cat([torch.from_numpy(rng.standard_normal(shape)) for rng in rngs]))
            )
            yield 0
    seeds = [int(rng.integers(2**63)) for rng in rngs]
    of_prior = [prior.sample(proposal.from_prior, torch.Generator().manual_seed(seed)).cpu()[None] for seed in seeds]
    return torch.cat([*codes, torch.cat(of_prior).float()], 1)


def mixture_density(proposal: Proposal, z: Tensor, log_prior: Tensor) -> Steps[Tensor]:
    """Return log m(z), float64 (n, K'), as `Proposal.log_density`; yields 0 after each chunk."""
    samples, draws, dimensions = z.shape
    of_draw = sum(dimensions * (dimensions if one.scale_tril is not None else 16) for one in proposal.gaussians)
    parts, size = [], max(1, PRODUCTS // (samples * of_draw))
    for start in range(0, draws, size):
        part = slice(start, start + size)
        parts.append(proposal.log_density(z[:, part], log_prior[:, part]))
        yield 0
    return torch.cat(parts, 1)


@torch.inference_mode()
def joint_part(model: LatentModel, prior: Prior, given: Inputs, z: Tensor, row: Tensor) -> tuple[Tensor, Tensor]:
    """Return log p(x|z) + log p(z) and log p(z), float64 (k,), for codes (k, d) of the samples at ``row`` (k,)."""
    codes, row = z.to(given.x.device), row.to(given.x.device)
    likelihood = model.decode(codes, None if given.condition is None else given.condition[row])
    log_prior = prior.log_prob(codes).cpu().double()
    return likelihood.log_prob(given.target[row]).cpu().double() + log_prior, log_prior


def joint_density(model: LatentModel, given: Inputs, z: Tensor, rows: int) -> Steps[tuple[Tensor, Tensor]]:
    """Return log p(x|z) + log p(z) and log p(z), float64 (n, K), for codes (n, K, d) of n samples.

    Yields the number of decodes after each chunk of at most ``rows``.
    """
    count, draws, dimensions = z.shape
    flat, row = z.reshape(-1, dimensions), torch.arange(count).repeat_interleave(draws)
    prior, parts = model.prior, []
    assert prior is not None
    for start in range(0, len(flat), rows):
        part = slice(start, start + rows)
        parts.append(joint_part(model, prior, given, flat[part], row[part]))
        yield len(parts[-1][0])
    joint, log_prior = (torch.cat(part).reshape(count, draws) for part in zip(*parts, strict=True))
    return joint, log_prior


def error_of_log_mean(weights: Logs, strata: tuple[int, ...]) -> float:
    """Return the standard error of the logarithm of a mean of weights (K,) by the delta method; infinite for K = 1.

    Only the variance within the parts of the mixture counts, as the number of draws from each is fixed. If a part has a
    single draw, its variance is unknown, and that of all draws counts: it is larger.
    """
    parts = [weights] if 1 in strata else _split(weights, strata)
    if len(weights) < 2:
        return math.inf
    within = [len(part) * part.var(ddof=1) for part in parts if len(part) > 1]
    return math.sqrt(sum(within)) / float(weights.sum())


def _split(weights: Logs, strata: tuple[int, ...]) -> list[Logs]:
    return np.split(weights, np.cumsum(strata)[:-1])


def _whitened(gaussian: Posterior, z: Tensor) -> tuple[Tensor, Tensor]:
    """Return the squared length of L⁻¹ (z − μ), (n, K), and log det L, (n, 1), for codes (n, K, d)."""
    offset = z - gaussian.mean[:, None]
    if gaussian.scale_tril is not None:
        turned = torch.linalg.solve_triangular(gaussian.scale_tril, offset.mT, upper=False)  # (n, d, K)
        return turned.square().sum(1), gaussian.scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)[:, None]
    assert gaussian.log_variance is not None
    squares = (offset.square() * (-gaussian.log_variance).exp()[:, None]).sum(-1)
    return squares, 0.5 * gaussian.log_variance.sum(-1)[:, None]


def _log(share: float) -> float:
    return math.log(share) if share > 0 else -math.inf
