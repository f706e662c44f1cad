"""Likelihoods p(x|z), and the last layer of a decoder, which turns its output into one."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from explorer.models.latent_model import Likelihood

NEAR_ZERO = 0.1
"""Below this |η/2| the continuous Bernoulli uses a series with a remainder below 1e-10; the closed form would lose
digits there."""

FLAT = 1e-6
"""Minimum |η| when drawing from a continuous Bernoulli; flatter densities are drawn as if they had this slope."""

LOG_SIGMA_BOUND = 8.0
"""Bound of |log σ| for a learned σ, enforced by tanh: σ is between 3e-4 and 3,000."""

SPEED = 10.0
"""How many times faster than a weight log σ moves. Adam moves every parameter by at most about its learning rate per
step, and σ has to reach the scale of the data within a few hundred steps."""


@dataclass(frozen=True)
class Bernoulli:
    """Independent Bernoulli pixels with ``logits`` (batch, *shape).

    For grey values in [0, 1] ``log_prob`` is the usual cross-entropy, which is not a log-density. The lowest possible
    loss is then the binary entropy of the data (see `binary_entropy`), not zero.
    """

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """The probability of 1, (batch, *shape)."""
        return torch.sigmoid(self.logits)

    def sample(self, generator: Generator) -> Tensor:
        """Draw zeros and ones, (batch, *shape)."""
        return torch.bernoulli(self.mean, generator=generator)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return Σ x·log p + (1−x)·log(1−p) in nats, (batch,)."""
        entropy = functional.binary_cross_entropy_with_logits(self.logits, x, reduction="none")  # (batch, *shape)
        return -entropy.flatten(1).sum(1)


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

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-density in nats, constants included, (batch,)."""
        squares = ((x - self.mean) / self.sigma).square().flatten(1)  # (batch, features)
        log_sigma = self.sigma.log() if isinstance(self.sigma, Tensor) else math.log(self.sigma)
        constant = squares.shape[1] * (0.5 * math.log(2 * math.pi) + log_sigma)
        return -0.5 * squares.sum(1) - constant


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


def binary_entropy(x: Tensor) -> Tensor:
    """Return −Σ x·log x + (1−x)·log(1−x) in nats, (batch,): the lowest possible Bernoulli loss of grey values."""
    entropy = -(torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x))
    return entropy.flatten(1).sum(1)


class LikelihoodLayer(nn.Module):
    """The last layer of a decoder: maps its output (batch, *shape) to p(x|z). Its only weight is a learned σ.

    Parameters
    ----------
    kind
        ``"bernoulli"``, ``"continuous bernoulli"``, ``"gaussian"`` or ``"gaussian with learned sigma"``.
    sigma
        Standard deviation of a Gaussian in model values, or the initial value of a learned one.
    """

    def __init__(self, kind: str, sigma: float) -> None:
        super().__init__()
        self._kind, self._sigma = kind, sigma
        self.raw_log_sigma = nn.Parameter(torch.empty(())) if kind == "gaussian with learned sigma" else None

    @property
    def sigma(self) -> Tensor | None:
        """The learned σ in model values, a scalar for all features and samples; None if it is not learned.

        The likelihood is highest for σ² = the mean squared error per feature: Rybkin, Daniilidis and Levine 2021,
        "Simple and effective VAE training with calibrated decoders" (arXiv 2006.13202). It is learned by gradient
        descent with the other weights, so that checkpoints contain it and all figures use the same value.
        """
        if self.raw_log_sigma is None:
            return None
        return (LOG_SIGMA_BOUND * torch.tanh(SPEED * self.raw_log_sigma / LOG_SIGMA_BOUND)).exp()

    def initialise(self, generator: Generator) -> None:
        """Set a learned σ to its initial value from the config."""
        if self.raw_log_sigma is not None:
            # The inverse of `sigma`.
            raw = LOG_SIGMA_BOUND * math.atanh(math.log(self._sigma) / LOG_SIGMA_BOUND) / SPEED
            nn.init.constant_(self.raw_log_sigma, raw)

    def forward(self, parameters: Tensor) -> Likelihood:
        """Return p(x|z)."""
        sigma = self.sigma
        if sigma is not None:
            return Gaussian(parameters, sigma)
        return _FIXED[self._kind](parameters, self._sigma)

    def figures(self) -> Mapping[str, float]:
        """Return σ if it is learned, for `LatentModel.observe`."""
        sigma = self.sigma
        return {} if sigma is None else {"sigma": sigma.item()}


_FIXED: dict[str, Callable[[Tensor, float], Likelihood]] = {
    "bernoulli": lambda parameters, _: Bernoulli(parameters),
    "continuous bernoulli": lambda parameters, _: ContinuousBernoulli(parameters),
    "gaussian": Gaussian,
}
