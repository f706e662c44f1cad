"""`LatentModel`, the interface of every family: encode, decode, prior, and losses in nats per sample.

One training step runs through it like this:

1. The loop makes a `Batch`: what the encoder sees, what the decode is compared with, and standard normal noise.
2. `LatentModel.optimizer_steps` yields the loss of one parameter group, and waits.
3. The loop computes the gradient, moves the weights of that group, and asks for the next loss.
4. When there are no more, the generator returns the `Losses` to log.

Noise comes from outside so that a model has no random state: the same batch always has the same losses.
"""

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

from explorer.config import ConfigError, ModelConfig
from explorer.data.dataset import Dataset
from explorer.models.likelihoods.likelihood import Likelihood
from explorer.models.terms import Term

NO_DECODER = "the model has no decoder"
ROWS_AT_ONCE = 256


class NotDefined(Exception):
    """The family does not define what was asked for; the message is the reason, in words for users."""


@dataclass(frozen=True)
class Capabilities:
    """What a family defines; the rest is shown as "not defined", with the reason.

    Attributes
    ----------
    stochastic_posterior
        Whether q(z|x) has a variance.
    differentiable
        Whether gradients flow through encode and decode.
    condition
        Whether encode and decode take the class.
    learned_prior
        Whether the prior depends on the weights, and is not a standard normal.
    density
        Whether p(x|z) is a distribution to draw from, and not just one sample.
    decoder
        Whether codes can be decoded; otherwise ``decode`` raises `NotDefined`, and the nearest real sample is shown.
    """

    encoder: bool
    prior: bool
    stochastic_posterior: bool
    differentiable: bool = True
    condition: bool = False
    learned_prior: bool = False
    density: bool = True
    decoder: bool = True

    def check_takes_class(self, run: str) -> None:
        """Check that the model of a run is conditional.

        Raises
        ------
        ConfigError
            If it is not.
        """
        if not self.condition:
            raise ConfigError(
                f"{run}: its model is not conditional, so it takes no class; choose a run of a conditional VAE"
            )


@dataclass(frozen=True)
class Posterior:
    """q(z|x) of a batch: a Gaussian, or a point if ``log_variance`` is None.

    Attributes
    ----------
    mean, log_variance
        (batch, latent_dim); with a full covariance, the marginal log-variance of each dimension.
    scale_tril
        (batch, latent_dim, latent_dim): the lower triangular L of a full covariance L·Lᵀ; None for a diagonal one.
    """

    mean: Tensor
    log_variance: Tensor | None = None
    scale_tril: Tensor | None = None

    def sample(self, noise: Tensor) -> Tensor:
        """Return z = μ + σ·ε, or μ + L·ε, for standard normal noise ε (batch, latent_dim); the mean if q is a point."""
        if self.log_variance is None:
            return self.mean
        if self.scale_tril is not None:
            turned: Tensor = self.scale_tril @ noise[..., None]  # (batch, latent_dim, 1)
            return self.mean + turned.squeeze(-1)
        z: Tensor = self.mean + (0.5 * self.log_variance).exp() * noise
        return z

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log q(z|x) in nats, (batch,), for one z per sample (batch, latent_dim).

        Raises
        ------
        NotDefined
            If q is a point.
        """
        if self.log_variance is None:
            raise NotDefined("the encoder returns a point, which has no density")
        offset = z - self.mean
        if self.scale_tril is not None:
            # L⁻¹ (z − μ) is standard normal, and log det L is the sum of the logarithms of its diagonal.
            whitened = torch.linalg.solve_triangular(self.scale_tril, offset[..., None], upper=False).squeeze(-1)
            log_scale = self.scale_tril.diagonal(dim1=-2, dim2=-1).log()
            full: Tensor = -(0.5 * whitened.square() + log_scale + 0.5 * math.log(2 * math.pi)).sum(-1)
            return full
        squares = offset.square() * (-self.log_variance).exp()  # (batch, latent_dim)
        return -0.5 * (squares + self.log_variance + math.log(2 * math.pi)).sum(-1)

    def rows(self, index: Tensor) -> "Posterior":
        """Return the posteriors of the samples at ``index`` (n,), which may repeat."""
        # Those of log_variance and scale_tril that are not None.
        parts = {name: value[index] for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **parts)


class Prior(Protocol):
    """p(z), a distribution over codes."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z) in nats, (batch,)."""

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw codes (count, latent_dim)."""


@dataclass(frozen=True)
class Batch:
    """The input of one training step.

    Attributes
    ----------
    x
        Input of the encoder in model values, (n, *shape), corrupted if the training says so.
    target
        What the decode is compared with: the clean samples (n, *shape), or the targets of the data (n, features).
    noise
        Standard normal noise, (n, *model.noise_shape).
    condition
        Class of each sample, (n,) int64, with -1 for unknown; None if the data has no labels.
    epoch
        Number of epochs completed, for schedules. It is infinite in validation, which uses the final objective.
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
    """The losses of one batch in nats per sample: summed over features, averaged over samples.

    Attributes
    ----------
    total
        The loss that is minimized.
    terms
        Its terms by name, unweighted.
    kl_per_dimension
        (latent_dim,), or None if the family has no KL.
    """

    total: Tensor
    terms: Mapping[str, Tensor]
    kl_per_dimension: Tensor | None = None


OptimizerSteps = Generator[tuple[str, Tensor], None, Losses]
"""The optimizer steps of one training step: yields (parameter group, loss), and returns the losses to log."""


class LatentModel(nn.Module, ABC):
    """A model with a latent space. The catalogue builds subclasses from their config and the data's description.

    A family trained by gradient descent implements `losses`. A family with several parameter groups, such as a GAN,
    also overrides `parameter_groups` and `optimizer_steps`. A family with a closed form sets ``trained_by_steps`` to
    False and computes its weights in `fit`.

    Attributes
    ----------
    has_validation_loss
        Whether a lower total on the validation split means better weights; otherwise no checkpoint is the best one.
    takes_words
        Whether the family trains on words and the counts of their contexts.
    terms
        Descriptions of the family's curves: terms of its loss, and figures that it observes of itself.
    """

    capabilities: Capabilities
    config: ModelConfig
    trained_by_steps: ClassVar[bool] = True
    has_validation_loss: ClassVar[bool] = True
    takes_words: ClassVar[bool] = False
    terms: ClassVar[tuple[Term, ...]] = ()

    @property
    def latent_dim(self) -> int:
        """The number of latent dimensions."""
        return self.config.latent_dim

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return next(itertools.chain(self.parameters(), self.buffers())).device

    @property
    def prior(self) -> Prior | None:
        """The prior p(z), or None if the family has none."""
        return None

    @property
    def latent_shape(self) -> tuple[int, int, int] | None:
        """The shape (C, h, w) of a code that consists of maps; None for a vector."""
        return None

    @property
    def rows_at_once(self) -> int:
        """How many samples are encoded at once, so that more urgent questions wait for a few milliseconds only."""
        return ROWS_AT_ONCE

    @property
    def noise_shape(self) -> tuple[int, ...]:
        """The shape of the standard normal noise that `losses` takes for one sample."""
        return (self.latent_dim,)

    @property
    def parameter_groups(self) -> Mapping[str, Sequence[nn.Parameter]]:
        """The weights of each optimizer, by the name of the group."""
        return {"model": [weight for weight in self.parameters() if weight.requires_grad]}

    @classmethod
    def check_samples(cls, config: ModelConfig, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Raise ConfigError or DataError if `fit` cannot use the training samples at ``index``.

        Called before a run is created, so that no unusable run is left on disk.
        """

    def fit(self, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Fit the family to the training samples at ``index``; called once, before the first step.

        Closed forms compute all their weights here. Other families set initial values, or store what they are compared
        with later.
        """

    @abstractmethod
    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return q(z|x) of a batch of model values (batch, *shape).

        Raises
        ------
        NotDefined
            If the family has no encoder.
        """

    @abstractmethod
    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Return p(x|z) of codes (batch, latent_dim)."""

    @abstractmethod
    def losses(self, batch: Batch) -> Losses:
        """Return the losses of a batch."""

    def optimizer_steps(self, batch: Batch) -> OptimizerSteps:
        """Yield the loss of each parameter group in turn, and return the losses to log."""
        losses = self.losses(batch)
        yield "model", losses.total
        return losses

    def observe(self) -> Mapping[str, float]:
        """Return figures computed from the weights, by name and in their own units, to log at each validation."""
        return {}
