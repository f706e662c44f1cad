"""The contract that every family meets: encode, decode, a prior, and losses in nats per sample."""

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.config import ModelConfig
from explorer.data.dataset import Dataset
from explorer.models.terms import Term


class NotDefined(Exception):
    """What a family does not have; the message says why, for people."""


@dataclass(frozen=True)
class Capabilities:
    """What a family defines; whatever it does not is shown as "not defined", with why.

    ``learned_prior`` says that its prior is no standard normal: its weights alone tell where it lies. ``density`` says
    whether p(x|z) is a distribution that can be drawn from, or one sample alone.
    """

    encoder: bool
    prior: bool
    stochastic_posterior: bool
    differentiable: bool = True
    condition: bool = False
    learned_prior: bool = False
    density: bool = True


@dataclass(frozen=True)
class Posterior:
    """q(z|x): ``mean`` (batch, latent_dim), and for a stochastic one ``log_variance`` of the same shape.

    ``scale_tril`` (batch, latent_dim, latent_dim) is the lower triangular L of a full covariance L·Lᵀ; ``log_variance``
    is then that of each dimension by itself.
    """

    mean: Tensor
    log_variance: Tensor | None = None
    scale_tril: Tensor | None = None

    def sample(self, noise: Tensor) -> Tensor:
        """Return z = μ + σ·ε for standard normal noise (batch, latent_dim), or μ + L·ε; the mean where q is a point."""
        if self.log_variance is None:
            return self.mean
        if self.scale_tril is not None:
            turned: Tensor = self.scale_tril @ noise[..., None]
            return self.mean + turned.squeeze(-1)
        z: Tensor = self.mean + (0.5 * self.log_variance).exp() * noise
        return z

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log q(z|x) in nats of one z (batch, latent_dim) per sample, (batch,).

        Raises
        ------
        NotDefined
            Where q is a point.
        """
        if self.log_variance is None:
            raise NotDefined("the encoder gives a point, which has no density")
        offset = z - self.mean
        if self.scale_tril is not None:
            whitened = torch.linalg.solve_triangular(self.scale_tril, offset[..., None], upper=False).squeeze(-1)
            log_scale = self.scale_tril.diagonal(dim1=-2, dim2=-1).log()
            full: Tensor = -(0.5 * whitened.square() + log_scale + 0.5 * math.log(2 * math.pi)).sum(-1)
            return full
        squares = offset.square() * (-self.log_variance).exp()
        return -0.5 * (squares + self.log_variance + math.log(2 * math.pi)).sum(-1)

    def rows(self, index: Tensor) -> "Posterior":
        """Return the posteriors of some of the samples by their places (n,), which may come again and again."""
        parts = {name: value[index] for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **parts)


class Likelihood(Protocol):
    """p(x|z) of a batch: a distribution over samples of shape (batch, *shape) in model values."""

    @property
    def mean(self) -> Tensor:
        """The mean of p(x|z), (batch, *shape)."""

    def sample(self, generator: torch.Generator) -> Tensor:
        """Draw one x per z, (batch, *shape)."""

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x|z) in nats, summed over each sample's features, (batch,)."""


class Prior(Protocol):
    """p(z)."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z) in nats, (batch,)."""

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw (count, latent_dim)."""


@dataclass(frozen=True)
class Batch:
    """What one step learns from.

    Attributes
    ----------
    x
        What the encoder sees, (n, *shape) model values; corrupted where the training asks for it.
    target
        What the decode is compared with, (n, *shape): the clean samples, or (n, features) where the data has targets.
    noise
        Standard normal, (n, *model.noise_shape).
    condition
        (n,) int64 class of each sample, -1 where it is unknown; None where the data has no labels.
    epoch
        How many epochs are behind; schedules read it. Infinite for validation: the objective at its schedule's end.
    """

    x: Tensor
    target: Tensor
    noise: Tensor
    condition: Tensor | None = None
    epoch: float = math.inf

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class Losses:
    """What one batch costs, in nats per sample: summed over features, averaged over samples.

    ``total`` is what is minimised, ``terms`` its parts by name, unweighted; ``kl_per_dimension`` is (latent_dim,)
    where the family has a KL.
    """

    total: Tensor
    terms: Mapping[str, Tensor]
    kl_per_dimension: Tensor | None = None


OptimizerSteps = Generator[tuple[str, Tensor], None, Losses]
"""The turns of one step: each yields (player, its loss), whose weights are moved before the next turn begins."""


class LatentModel(nn.Module, ABC):
    """A model with a bottleneck. Subclasses are built by the catalogue from their config and the data's description.

    A family that is trained by gradients gives `losses`. One with two players overrides `parameter_groups` and
    `optimizer_steps` too. One
    with a closed form sets ``trained_by_steps`` to False and does its work in `fit`. ``has_validation_loss`` says
    whether a lower total on the validation split means better weights; where it does not, none are kept as the best.
    ``terms`` describe the family's curves: parts of its losses, and what it observes of itself.
    """

    capabilities: Capabilities
    config: ModelConfig
    trained_by_steps: ClassVar[bool] = True
    has_validation_loss: ClassVar[bool] = True
    takes_words: ClassVar[bool] = False
    terms: ClassVar[tuple[Term, ...]] = ()

    @property
    def latent_dim(self) -> int:
        """How many numbers the bottleneck lets through."""
        return self.config.latent_dim

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return next(itertools.chain(self.parameters(), self.buffers())).device

    @property
    def prior(self) -> Prior | None:
        """p(z) where the family has one."""
        return None

    @property
    def noise_shape(self) -> tuple[int, ...]:
        """The shape of the standard normal noise that `losses` takes for one sample."""
        return (self.latent_dim,)

    @property
    def parameter_groups(self) -> Mapping[str, Sequence[nn.Parameter]]:
        """The weights that each optimiser moves, by the player's name."""
        return {"model": [weight for weight in self.parameters() if weight.requires_grad]}

    @classmethod
    def check_samples(cls, config: ModelConfig, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Raise ConfigError or DataError where `fit` cannot work on the training samples at ``index``.

        Asked before a run is made, so that a refusal leaves none behind.
        """

    def fit(self, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Take what the family needs from the training samples at ``index``; called once, before the first step.

        A closed form is computed here; others keep what they begin with or compare themselves to.
        """

    @abstractmethod
    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return q(z|x) of a batch (batch, *shape) of model values.

        Raises
        ------
        NotDefined
            Where the family has no encoder.
        """

    @abstractmethod
    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Return p(x|z) of codes (batch, latent_dim)."""

    @abstractmethod
    def losses(self, batch: Batch) -> Losses:
        """Return the losses of a batch."""

    def optimizer_steps(self, batch: Batch) -> OptimizerSteps:
        """Return each player's loss in its turn; returns what is logged."""
        losses = self.losses(batch)
        yield "model", losses.total
        return losses

    def observe(self) -> Mapping[str, float]:
        """Return figures of the weights themselves by name, each in its own unit, logged at each validation."""
        return {}
