"""Priors p(z), and the KL of a posterior from them."""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Generator, Tensor

from explorer.models.latent_model import Posterior, Prior


@dataclass(frozen=True)
class StandardNormal:
    """The standard normal of ``latent_dim`` dimensions."""

    latent_dim: int

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z) in nats, (batch,)."""
        return -0.5 * (z.square() + math.log(2 * math.pi)).sum(-1)

    def sample(self, count: int, generator: Generator) -> Tensor:
        """Draw (count, latent_dim)."""
        return torch.randn(count, self.latent_dim, generator=generator, device=generator.device)

    def kl_per_dimension(self, posterior: Posterior) -> Tensor:
        """Return KL(q(z_i|x) ‖ N(0, 1)) in nats, (batch, latent_dim).

        ½ (μ² + σ² − 1 − log σ²): Kingma and Welling 2014, appendix B (arXiv 1312.6114). Of a full covariance L·Lᵀ, the
        last σ² is L_ii², the variance of z_i given the dimensions before it: by the chain rule the i-th part is then
        the KL of z_i's own distribution plus what z_i and the dimensions before it tell of each other, and the parts
        still add up to the KL.

        Raises
        ------
        ValueError
            For a posterior that is a point: its KL is not defined.
        """
        if posterior.log_variance is None:
            raise ValueError("the KL of a deterministic code is not defined")
        log_variance = posterior.log_variance
        given_before = log_variance
        if posterior.scale_tril is not None:
            given_before = 2 * posterior.scale_tril.diagonal(dim1=-2, dim2=-1).log()
        return 0.5 * (posterior.mean.square() + log_variance.exp() - 1 - given_before)


@runtime_checkable
class ClosedFormKl(Protocol):
    """A prior whose KL from a Gaussian posterior has a closed form."""

    def kl_per_dimension(self, posterior: Posterior) -> Tensor:
        """Return KL in nats, (batch, latent_dim)."""


def mean_kl(posterior: Posterior, prior: Prior, z: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return KL(q(z|x) ‖ p(z)) in nats, averaged over a batch, and the same by dimension (latent_dim,).

    In closed form where the prior has one. Else it is estimated by log q(z|x) − log p(z) at one draw ``z``
    (batch, latent_dim) of q: unbiased, with its own gradient, and not defined by dimension.
    """
    if isinstance(prior, ClosedFormKl):
        per_dimension = prior.kl_per_dimension(posterior).mean(0)
        return per_dimension.sum(), per_dimension
    return (posterior.log_prob(z) - prior.log_prob(z)).mean(), None
