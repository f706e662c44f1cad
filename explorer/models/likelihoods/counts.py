"""Distributions of counts: Poisson, negative binomial, and both with additional zeros.

Counts of molecules, words or visits are whole numbers whose variance grows with their mean: it equals the mean μ for a
Poisson and is μ + μ²/θ for a negative binomial, as used for single cells by Lopez et al. 2018 (scVI, doi
10.1038/s41592-018-0229-2) and Grønbech et al. 2020 (scVAE, doi 10.1093/bioinformatics/btaa293). Model values are the
counts themselves, and all probabilities are computed from log μ, so that none underflows.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor
from torch.nn import functional

from explorer.models.likelihoods.likelihood import numpy_generator

# exp overflows float32 at 88, but its gradient and μ² already make training explode far below that.
LOG_MEAN_BOUND = 20.0
"""Up to this output of a decoder, about 5e8 counts, the mean is its exponential; beyond, it rises linearly."""

# NumPy refuses means from about 9.2e18, and float32 would not show single counts by then.
MAX_RATE = 1e15
"""Maximum mean of a count that is drawn."""


def log_mean_of(parameters: Tensor) -> Tensor:
    """Return log μ of the outputs of a decoder: the outputs themselves, unless exp would overflow."""
    # The linear part keeps a gradient, which a clamp would not.
    beyond = torch.log1p((parameters - LOG_MEAN_BOUND).clamp(min=0))
    return parameters.clamp(max=LOG_MEAN_BOUND) + beyond


@dataclass(frozen=True)
class Poisson:
    """Independent Poisson counts with ``log_mean`` (batch, *shape)."""

    log_mean: Tensor

    @property
    def mean(self) -> Tensor:
        """The expected counts μ, (batch, *shape)."""
        return self.log_mean.exp()

    def sample(self, generator: Generator) -> Tensor:
        """Draw counts, (batch, *shape)."""
        return _poisson_draw(_numbers(self.mean), numpy_generator(generator), self.log_mean)

    def natural_parameters(self) -> Tensor:
        """Return η = log μ, (batch, features) (see `ExponentialFamily`)."""
        return self.log_mean.flatten(1)

    def log_probs(self, x: Tensor) -> Tensor:
        """Return x·log μ − μ − log x! of each feature in nats, (batch, *shape)."""
        log_mean, counts = _wide(self.log_mean), _wide(x)
        return counts * log_mean - log_mean.exp() - torch.lgamma(counts + 1)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability in nats, constants included, (batch,)."""
        return self.log_probs(x).flatten(1).sum(1).to(self.log_mean.dtype)


@dataclass(frozen=True)
class NegativeBinomial:
    """Independent counts with ``log_mean`` log μ (batch, *shape) and ``log_dispersion`` log θ (*shape).

    The variance is μ + μ²/θ. In scipy's terms, n = θ and p = θ / (θ + μ); for θ → ∞ it is the Poisson.
    """

    log_mean: Tensor
    log_dispersion: Tensor

    @property
    def mean(self) -> Tensor:
        """The expected counts μ, (batch, *shape)."""
        return self.log_mean.exp()

    def sample(self, generator: Generator) -> Tensor:
        """Draw counts, (batch, *shape): Poisson counts whose means follow a gamma distribution."""
        numbers, theta = numpy_generator(generator), _numbers(self.log_dispersion.exp())
        means = numbers.gamma(theta, _numbers(self.mean) / theta)
        return _poisson_draw(means, numbers, self.log_mean)

    def natural_parameters(self) -> Tensor:
        """Return η = log μ/(θ + μ), (batch, features) (see `ExponentialFamily`)."""
        return -functional.softplus(self.log_dispersion - self.log_mean).flatten(1)

    def log_probs(self, x: Tensor) -> Tensor:
        """Return the log-probability of each feature in nats, (batch, *shape)."""
        log_mean, log_theta, counts = _wide(self.log_mean), _wide(self.log_dispersion), _wide(x)
        theta = log_theta.exp()
        ways = torch.lgamma(counts + theta) - torch.lgamma(theta) - torch.lgamma(counts + 1)
        # log θ/(θ + μ) and log μ/(θ + μ), without a difference of large numbers.
        return (
            ways
            - theta * functional.softplus(log_mean - log_theta)
            - counts * functional.softplus(log_theta - log_mean)
        )

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability in nats, constants included, (batch,)."""
        return self.log_probs(x).flatten(1).sum(1).to(self.log_mean.dtype)


@dataclass(frozen=True)
class ZeroInflated:
    """Counts that are 0 with a probability π, and otherwise follow ``counts``; ``logits`` are logit π (*shape).

    p(0) = π + (1 − π)·p_counts(0), and p(x) = (1 − π)·p_counts(x) for x > 0.
    """

    counts: Poisson | NegativeBinomial
    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """The expected counts (1 − π)·μ, (batch, *shape)."""
        return torch.sigmoid(-self.logits) * self.counts.mean

    def sample(self, generator: Generator) -> Tensor:
        """Draw counts, (batch, *shape)."""
        drawn = self.counts.sample(generator)
        kept = torch.sigmoid(-self.logits).expand_as(drawn)
        return drawn * torch.bernoulli(kept, generator=generator)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-probability in nats, constants included, (batch,)."""
        logits = _wide(self.logits)
        counted = functional.logsigmoid(-logits) + self.counts.log_probs(x)
        # logaddexp, as π and the probability of a counted 0 may both underflow.
        log_probs = torch.where(x > 0, counted, torch.logaddexp(functional.logsigmoid(logits), counted))
        return log_probs.flatten(1).sum(1).to(self.counts.log_mean.dtype)


def _wide(values: Tensor) -> Tensor:
    """Return values in float64, as log x! of a million is known to one nat only in float32; Apple's GPUs have none."""
    return values if values.device.type == "mps" else values.double()


def _numbers(values: Tensor) -> NDArray[np.float64]:
    return values.detach().cpu().double().numpy()


def _poisson_draw(means: NDArray[np.float64], numbers: np.random.Generator, like: Tensor) -> Tensor:
    drawn = numbers.poisson(np.minimum(np.nan_to_num(means), MAX_RATE))
    return torch.as_tensor(drawn, dtype=like.dtype, device=like.device)
