"""The generative adversarial network (Goodfellow et al. 2014, arXiv 1406.2661).

Each training step first moves the discriminator, on real and on generated samples, then the generator, by the
discriminator that has just learned. The adversarial autoencoder uses the same discriminator and losses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass as value_class
from functools import partial
from typing import ClassVar, Literal

import torch
from pydantic.dataclasses import dataclass
from torch import Generator, Tensor, nn
from torch.nn import functional

from explorer.config import STRICT, ConfigError, ModelConfig, replace, setting
from explorer.data.dataset import Description
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, NotDefined, OptimizerSteps, Posterior
from explorer.models.networks import check_widths, dense
from explorer.models.priors import StandardNormal
from explorer.models.terms import DISCRIMINATOR, GENERATOR, Term

LEAK = 0.2
"""Slope of the discriminator's leaky ReLU below 0 (Radford et al. 2016, arXiv 1511.06434)."""


def build_discriminator(features: int, widths: Sequence[int]) -> nn.Sequential:
    """Build the network x (batch, *shape) → logit of the probability that x is real (batch, 1)."""
    return nn.Sequential(nn.Flatten(), *dense((features, *widths, 1), partial(nn.LeakyReLU, LEAK)))


def discriminator_loss(real: Tensor, generated: Tensor) -> Tensor:
    """Return −E log D(real) − E log(1 − D(generated)) in nats, from logits (batch, 1).

    The minimum over all D is 2 log 2 − 2 JS(p ‖ q), at D = p/(p + q): Goodfellow et al. 2014, section 4.1.
    """
    # softplus(−a) = −log sigmoid(a), without overflow
    return functional.softplus(-real).mean() + functional.softplus(generated).mean()


def generator_loss(generated: Tensor) -> Tensor:
    """Return the non-saturating loss −E log D(generated) in nats (Goodfellow et al. 2014, section 3)."""
    return functional.softplus(-generated).mean()


def gradient_penalty(discriminator: nn.Module, real: Tensor) -> Tensor:
    """Return ½ E ‖∇ logit D(x)‖² at real samples, the R₁ penalty of Mescheder et al. 2018 (arXiv 1801.04406)."""
    x = real.detach().requires_grad_(True)  # the gradient with respect to x, not to the weights of a generator
    gradient: Tensor
    # The sum has the gradients of all samples at once; create_graph lets the penalty itself be differentiated.
    (gradient,) = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)
    return 0.5 * gradient.flatten(1).square().sum(1).mean()


NO_ENCODER = "a GAN has no encoder: it generates samples from z but finds no z for a sample"
NO_DENSITY = "a GAN generates one sample from each z, with no density around it"


@value_class(frozen=True)
class Deterministic:
    """The output of a generator: p(x|z) is the point ``mean`` (batch, *shape); ``why`` explains the missing density."""

    mean: Tensor
    why: str

    def sample(self, generator: Generator) -> Tensor:
        """Raise `NotDefined`: there is nothing to draw from."""
        raise NotDefined(self.why)

    def log_prob(self, x: Tensor) -> Tensor:
        """Raise `NotDefined`: a point has no density."""
        raise NotDefined(self.why)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class GanConfig(ModelConfig):
    """The settings of the two dense networks and of the gradient penalty."""

    generator_widths: tuple[int, ...] = setting(
        (128, 256), "Generator widths", "Units of each hidden layer of the generator.", max_length=16
    )
    discriminator_widths: tuple[int, ...] = setting(
        (256, 128), "Discriminator widths", "Units of each hidden layer of the discriminator.", max_length=16
    )
    gradient_penalty: float = setting(
        5.0,
        "Gradient penalty",
        "Weight of the discriminator's squared gradient at real samples, which prevents divergence and mode "
        "collapse; 0 turns it off, as in the original paper.",
        ge=0,
        le=1000,
    )
    output: Literal["auto", "sigmoid", "identity"] = setting(
        "auto",
        "Output",
        "Last activation of the generator: auto uses the sigmoid for values in [0, 1] and the identity otherwise.",
        advanced=True,
    )


def resolve_gan(config: GanConfig, description: Description) -> GanConfig:
    """Check a config against the data and return it with "auto" replaced.

    Raises
    ------
    ConfigError
        If the data is text, a width is out of range, or a sigmoid is to produce values outside [0, 1].
    """
    if description.kind == "text":
        raise ConfigError(f"a GAN needs pictures or vectors, but {description.name} is text: use data such as digits")
    for name in ("generator_widths", "discriminator_widths"):
        check_widths(name, getattr(config, name))
    if config.output == "sigmoid" and not description.unit_range:
        raise ConfigError(
            f"model.output = sigmoid produces values in [0, 1], and {description.name} has others: use identity"
        )
    if config.output == "auto":
        return replace(config, output="sigmoid" if description.unit_range else "identity")
    return config


@register(
    "gan",
    title="Generative adversarial network",
    short_title="GAN",
    summary="A generator learns to produce samples that a discriminator cannot tell from real ones; no encoder.",
    config=GanConfig,
    resolve=resolve_gan,
    train={"batch_size": 64, "beta1": 0.5},
    epochs=200,
    group="Adversarial",
    place=1,
)
class Gan(LatentModel):
    """A dense generator and a dense discriminator; the prior of z is the standard normal.

    The logged total is the sum of both losses. It is not minimized and does not rank weights, so no checkpoint is the
    best one.
    """

    capabilities = Capabilities(encoder=False, prior=True, stochastic_posterior=False, density=False)
    has_validation_loss: ClassVar[bool] = False
    terms: ClassVar[tuple[Term, ...]] = (DISCRIMINATOR, GENERATOR)

    def __init__(self, config: GanConfig, description: Description) -> None:
        super().__init__()
        self.config: GanConfig = config
        layers = dense((config.latent_dim, *config.generator_widths, description.features), nn.ReLU)
        output = nn.Sigmoid() if config.output == "sigmoid" else nn.Identity()
        self.generator = nn.Sequential(*layers, output, nn.Unflatten(1, description.shape))  # (batch, *shape)
        self.discriminator = build_discriminator(description.features, config.discriminator_widths)

    @property
    def prior(self) -> StandardNormal:
        """The standard normal."""
        return StandardNormal(self.latent_dim)

    @property
    def noise_shape(self) -> tuple[int, ...]:
        """One z for the step of the discriminator and one for that of the generator: (2, latent_dim)."""
        return (2, self.latent_dim)  # two independent draws

    @property
    def parameter_groups(self) -> Mapping[str, Sequence[nn.Parameter]]:
        """The weights of the discriminator, which moves first, and of the generator."""
        return {
            "discriminator": list(self.discriminator.parameters()),
            "generator": list(self.generator.parameters()),
        }

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Raise `NotDefined`."""
        raise NotDefined(NO_ENCODER)

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Deterministic:
        """Return the generated samples for codes (batch, latent_dim)."""
        return Deterministic(self.generator(z).to(z.dtype), NO_DENSITY)

    def losses(self, batch: Batch) -> Losses:
        """Return both losses in nats, without the gradient penalty; the total is their sum."""
        generated = self.decode(batch.noise[:, 0]).mean  # (batch, *shape)
        discriminator = discriminator_loss(self.discriminator(batch.target), self.discriminator(generated))
        generator = generator_loss(self.discriminator(self.decode(batch.noise[:, 1]).mean))
        return _both(discriminator, generator)

    def optimizer_steps(self, batch: Batch) -> OptimizerSteps:
        """Yield the loss of the discriminator, then that of the generator."""
        generated = self.decode(batch.noise[:, 0]).mean.detach()  # no gradient reaches the generator
        discriminator = discriminator_loss(self.discriminator(batch.target), self.discriminator(generated))
        penalty = self.config.gradient_penalty
        yield (
            "discriminator",
            discriminator + penalty * gradient_penalty(self.discriminator, batch.target) if penalty else discriminator,
        )
        # Computed after the discriminator has moved.
        generator = generator_loss(self.discriminator(self.decode(batch.noise[:, 1]).mean))
        yield "generator", generator
        return _both(discriminator, generator)


def _both(discriminator: Tensor, generator: Tensor) -> Losses:
    return Losses(discriminator + generator, {"discriminator": discriminator, "generator": generator})
