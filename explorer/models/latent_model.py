"""The contract that every family meets: encode, decode, a prior, and losses in nats per sample."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from torch import Generator, Tensor, nn

from explorer.config import ModelConfig


@dataclass(frozen=True)
class Capabilities:
    """What a family defines; whatever it does not is shown as "not defined", with why."""

    encoder: bool
    prior: bool
    stochastic_posterior: bool
    differentiable: bool = True
    condition: bool = False


@dataclass(frozen=True)
class Posterior:
    """q(z|x): ``mean`` (batch, latent_dim), and for a stochastic one ``log_variance`` of the same shape."""

    mean: Tensor
    log_variance: Tensor | None = None

    def sample(self, noise: Tensor) -> Tensor:
        """Give z = μ + σ·ε for standard normal noise (batch, latent_dim); the mean where q is a point."""
        if self.log_variance is None:
            return self.mean
        z: Tensor = self.mean + (0.5 * self.log_variance).exp() * noise
        return z


class Likelihood(Protocol):
    """p(x|z) of a batch: a distribution over samples of shape (batch, *shape) in model values."""

    @property
    def mean(self) -> Tensor:
        """The mean of p(x|z), (batch, *shape)."""

    def sample(self, generator: Generator) -> Tensor:
        """Draw one x per z, (batch, *shape)."""

    def log_prob(self, x: Tensor) -> Tensor:
        """Give log p(x|z) in nats, summed over each sample's features, (batch,)."""


class Prior(Protocol):
    """p(z)."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Give log p(z) in nats, (batch,)."""

    def sample(self, count: int, generator: Generator) -> Tensor:
        """Draw (count, latent_dim)."""


@dataclass(frozen=True)
class Losses:
    """What one batch costs, in nats per sample: summed over features, averaged over samples.

    ``total`` is what is minimised, ``terms`` its parts by name, unweighted; ``kl_per_dimension`` is (latent_dim,)
    where the family has a KL.
    """

    total: Tensor
    terms: Mapping[str, Tensor]
    kl_per_dimension: Tensor | None = None


class LatentModel(nn.Module, ABC):
    """A model with a bottleneck. Subclasses are built by the catalogue from their config and the data's description."""

    capabilities: Capabilities
    config: ModelConfig

    @property
    def latent_dim(self) -> int:
        """How many numbers the bottleneck lets through."""
        return self.config.latent_dim

    @property
    def prior(self) -> Prior | None:
        """p(z) where the family has one."""
        return None

    @abstractmethod
    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Give q(z|x) of a batch (batch, *shape) of model values."""

    @abstractmethod
    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Give p(x|z) of codes (batch, latent_dim)."""

    @abstractmethod
    def losses(self, batch: Tensor, noise: Tensor) -> Losses:
        """Give the losses of a batch (batch, *shape) under posterior noise (batch, latent_dim)."""
