"""The continuous Bernoulli (Loaiza-Ganem and Cunningham 2019, arXiv 1907.06845): a true density on [0, 1]."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional

NEAR_ZERO = 0.1
"""Below this |η/2| a series is used, whose rest is below 1e-10; above it the closed form loses no digit that counts."""

FLAT = 1e-6
"""Draws of a density flatter than this are taken from one that is so flat."""


@dataclass(frozen=True)
class ContinuousBernoulli:
    """Independent densities p(x) = C(λ) λ^x (1−λ)^(1−x) on [0, 1], from ``logits`` η = logit λ (batch, *shape).

    C makes the Bernoulli's cross-entropy on grey values a log-density. In terms of η, C = η / tanh(η/2), which is
    smooth at λ = 0.5, where λ's own formula divides zero by zero.
    """

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """The mean of p(x|z), which is not λ: ½ + ½ (coth(η/2) − 2/η), (batch, *shape)."""
        half, is_near, far = _halves(self.logits)
        series = half / 3 - half**3 / 45 + 2 * half**5 / 945
        return 0.5 + 0.5 * torch.where(is_near, series, 1 / torch.tanh(far) - 1 / far)

    def sample(self, generator: Generator) -> Tensor:
        """Draw values in [0, 1] by the inverse of the distribution function, (batch, *shape)."""
        logits = self.logits
        uniform = torch.rand(logits.shape, generator=generator, device=logits.device, dtype=logits.dtype)
        slope = torch.where(logits.abs() < FLAT, torch.full_like(logits, FLAT), logits.abs())
        # Of a falling density, so that no exponential overflows; a rising one is its mirror image.
        falling = -torch.log1p(uniform * torch.expm1(-slope)) / slope
        return torch.where(logits > 0, 1 - falling, falling).clamp(0, 1)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-density in nats, (batch,)."""
        cross_entropy = functional.binary_cross_entropy_with_logits(self.logits, x, reduction="none")
        return (_log_normaliser(self.logits) - cross_entropy).flatten(1).sum(1)


def _log_normaliser(logits: Tensor) -> Tensor:
    """Return log C = log 2 + log(u / tanh u) with u = η/2."""
    half, is_near, far = _halves(logits)
    squared = half.square()
    series = squared / 3 - 7 * squared**2 / 90 + 62 * squared**3 / 2835
    size = far.abs()
    # tanh u = (1 − e^−2u) / (1 + e^−2u), written so that no digit is lost for large u.
    exact = size.log() + torch.log1p((-2 * size).exp()) - torch.log1p(-(-2 * size).exp())
    return torch.where(is_near, series, exact) + math.log(2)


def _halves(logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return η/2, where it is near 0, and η/2 with 1 there, so that no gradient of the other branch is NaN."""
    half = logits / 2
    is_near = half.abs() < NEAR_ZERO
    return half, is_near, torch.where(is_near, torch.ones_like(half), half)
