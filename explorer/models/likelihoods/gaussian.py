"""The Gaussian distribution of numbers, with one standard deviation for all features."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor


@dataclass(frozen=True)
class Gaussian:
    """Independent Gaussian features with ``mean`` (batch, *shape) and one standard deviation ``sigma``.

    ``sigma`` is a number, or a scalar tensor if it is learned.
    """

    mean: Tensor
    sigma: float | Tensor

    def sample(self, generator: Generator) -> Tensor:
        """Draw mean + sigma·ε, (batch, *shape)."""
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype)
        return self.mean + self.sigma * noise

    def natural_parameters(self) -> Tensor:
        """Return η = μ/σ², (batch, features) (see `ExponentialFamily`)."""
        return self.mean.flatten(1) / self.sigma**2

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-density in nats, constants included, (batch,)."""
        squares = ((x - self.mean) / self.sigma).square().flatten(1)  # (batch, features)
        # The constant depends on a learned σ: without it, σ would grow without bound.
        log_sigma = self.sigma.log() if isinstance(self.sigma, Tensor) else math.log(self.sigma)
        constant = squares.shape[1] * (0.5 * math.log(2 * math.pi) + log_sigma)
        return -0.5 * squares.sum(1) - constant
