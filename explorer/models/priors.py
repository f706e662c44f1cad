"""Priors p(z), and the KL of a posterior from them."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from explorer.models.latent_model import Posterior


@dataclass(frozen=True)
class StandardNormal:
    """The standard normal of ``latent_dim`` dimensions."""

    latent_dim: int

    def log_prob(self, z: Tensor) -> Tensor:
        """Give log p(z) in nats, (batch,)."""
        return -0.5 * (z.square() + math.log(2 * math.pi)).sum(-1)

    def sample(self, count: int, generator: Generator) -> Tensor:
        """Draw (count, latent_dim)."""
        return torch.randn(count, self.latent_dim, generator=generator, device=generator.device)

    def kl_per_dimension(self, posterior: Posterior) -> Tensor:
        """Give KL(q(z_i|x) ‖ N(0, 1)) in nats, (batch, latent_dim).

        ½ (μ² + σ² − 1 − log σ²): Kingma and Welling 2014, appendix B (arXiv 1312.6114).

        Raises
        ------
        ValueError
            For a posterior that is a point: its KL is not defined.
        """
        if posterior.log_variance is None:
            raise ValueError("the KL of a deterministic code is not defined")
        log_variance = posterior.log_variance
        return 0.5 * (posterior.mean.square() + log_variance.exp() - 1 - log_variance)
