"""Likelihoods p(x|z), their parameters as the decoder's network gives them."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Bernoulli:
    """Independent Bernoulli pixels from ``logits`` (batch, *shape).

    On grey values in [0, 1] its ``log_prob`` is the usual cross-entropy, which is no log-density: its floor is the
    data's own binary entropy (see `binary_entropy`), not zero.
    """

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """The probability of a one, (batch, *shape)."""
        return torch.sigmoid(self.logits)

    def sample(self, generator: Generator) -> Tensor:
        """Draw zeros and ones, (batch, *shape)."""
        return torch.bernoulli(self.mean, generator=generator)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return Σ x·log p + (1−x)·log(1−p) in nats, (batch,)."""
        entropy = functional.binary_cross_entropy_with_logits(self.logits, x, reduction="none")
        return -entropy.flatten(1).sum(1)


@dataclass(frozen=True)
class Gaussian:
    """Independent Gaussian features of ``mean`` (batch, *shape) and one standard deviation ``sigma``.

    ``sigma`` is a number, or where it is learned a tensor of no dimension.
    """

    mean: Tensor
    sigma: float | Tensor

    def sample(self, generator: Generator) -> Tensor:
        """Draw mean + sigma·ε, (batch, *shape)."""
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype)
        return self.mean + self.sigma * noise

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-density in nats, constants included, (batch,)."""
        squares = ((x - self.mean) / self.sigma).square().flatten(1)
        log_sigma = self.sigma.log() if isinstance(self.sigma, Tensor) else math.log(self.sigma)
        constant = squares.shape[1] * (0.5 * math.log(2 * math.pi) + log_sigma)
        return -0.5 * squares.sum(1) - constant


def binary_entropy(x: Tensor) -> Tensor:
    """Return −Σ x·log x + (1−x)·log(1−x), (batch,), in nats per sample: the lowest Bernoulli loss of grey values."""
    entropy = -(torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x))
    return entropy.flatten(1).sum(1)
