"""The continuous Bernoulli distribution of grey values in [0, 1]."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional

NEAR_ZERO = 0.1
"""Below this |η/2| the continuous Bernoulli uses a series with a remainder below 1e-10; the closed form would lose
digits there."""

FLAT = 1e-6
"""Minimum |η| when drawing from a continuous Bernoulli; flatter densities are drawn as if they had this slope."""


@dataclass(frozen=True)
class ContinuousBernoulli:
    """Independent densities p(x) = C(λ) λ^x (1−λ)^(1−x) on [0, 1], with ``logits`` η = logit λ (batch, *shape).

    The continuous Bernoulli (Loaiza-Ganem and Cunningham 2019, arXiv 1907.06845). C normalizes the cross-entropy of
    grey values to a log-density. In terms of η it is η / tanh(η/2), which is smooth at λ = 0.5, where the formula in λ
    is 0/0.
    """

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """The mean of p(x|z), (batch, *shape): ½ + ½ (coth(η/2) − 2/η), not λ."""
        half, is_near, far = _halves(self.logits)
        # The Taylor series of coth u − 1/u, of which the closed form is a difference of two infinities at 0.
        series = half / 3 - half**3 / 45 + 2 * half**5 / 945
        return 0.5 + 0.5 * torch.where(is_near, series, 1 / torch.tanh(far) - 1 / far)

    def sample(self, generator: Generator) -> Tensor:
        """Draw values in [0, 1], (batch, *shape), by the inverse of the cumulative distribution function."""
        logits = self.logits
        uniform = torch.rand(logits.shape, generator=generator, device=logits.device, dtype=logits.dtype)
        slope = torch.where(logits.abs() < FLAT, torch.full_like(logits, FLAT), logits.abs())
        # Draw from the falling density, for which no exponential overflows; the rising one is its mirror image.
        falling = -torch.log1p(uniform * torch.expm1(-slope)) / slope
        return torch.where(logits > 0, 1 - falling, falling).clamp(0, 1)

    def natural_parameters(self) -> Tensor:
        """Return η = logit λ, (batch, features) (see `ExponentialFamily`)."""
        return self.logits.flatten(1)

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
    """Return η/2, a mask of where it is near 0, and η/2 with 1 in those positions."""
    # torch.where propagates NaN gradients from the branch that it does not take; the 1 avoids them.
    half = logits / 2
    is_near = half.abs() < NEAR_ZERO
    return half, is_near, torch.where(is_near, torch.ones_like(half), half)
