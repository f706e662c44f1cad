"""The generative adversarial network (Goodfellow et al. 2014, arXiv 1406.2661)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from explorer.config import STRICT, ConfigError, ModelConfig, replace, setting
from explorer.data.dataset import Description
from explorer.models.adversarial.adversary import (
    build_discriminator,
    dense,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)
from explorer.models.adversarial.deterministic import Deterministic
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, NotDefined, OptimizerSteps, Posterior
from explorer.models.priors import StandardNormal
from explorer.models.terms import DISCRIMINATOR, GENERATOR, Term

NO_ENCODER = "a GAN has no encoder: it makes samples from z, and finds no z for a sample"
NO_DENSITY = "a GAN's generator makes one sample of each z, with no density around it"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class GanConfig(ModelConfig):
    """The two networks, both dense, and how the discriminator is kept smooth."""

    generator_widths: tuple[int, ...] = setting(
        (128, 256), "Generator's widths", "Units of each hidden layer of the generator.", max_length=16
    )
    discriminator_widths: tuple[int, ...] = setting(
        (256, 128), "Discriminator's widths", "Units of each hidden layer of the discriminator.", max_length=16
    )
    gradient_penalty: float = setting(
        5.0,
        "Gradient penalty",
        "Weight of the squared slope of the discriminator at real samples, which keeps the game from running away and "
        "from forgetting classes; 0 is the original game.",
        ge=0,
        le=1000,
    )
    output: Literal["auto", "sigmoid", "identity"] = setting(
        "auto",
        "Output",
        "Last function of the generator: auto takes the sigmoid for pictures in [0, 1], the identity for the rest.",
        advanced=True,
    )


def resolve_gan(config: GanConfig, description: Description) -> GanConfig:
    """Check the config against the data and replace what is "auto".

    Raises
    ------
    ConfigError
        For texts, widths out of range, or a sigmoid for values outside [0, 1].
    """
    if description.kind == "text":
        raise ConfigError(f"a GAN makes pictures or vectors; {description.name} has texts: use digits, or another set")
    for name in ("generator_widths", "discriminator_widths"):
        if any(not 1 <= width <= 16_384 for width in getattr(config, name)):
            widths = ",".join(map(str, getattr(config, name)))
            raise ConfigError(f"model.{name} = {widths}: each must lie between 1 and 16384")
    if config.output == "sigmoid" and not description.unit_range:
        raise ConfigError(
            f"model.output = sigmoid gives values in [0, 1]; those of {description.name} are not: use identity"
        )
    if config.output == "auto":
        return replace(config, output="sigmoid" if description.unit_range else "identity")
    return config


@register(
    "gan",
    title="Generative adversarial network",
    short_title="GAN",
    summary="A generator learns to make samples that a discriminator cannot tell from real ones; nothing is encoded.",
    config=GanConfig,
    resolve=resolve_gan,
    train={"epochs": 200, "batch_size": 64, "beta1": 0.5},
    group="Adversarial",
    place=1,
)
class Gan(LatentModel):
    """Two dense players; the prior of z is the standard normal.

    The total that is logged is the sum of both players' losses. Nobody minimises it, and it ranks no weights: so no
    checkpoint is kept as the best one.
    """

    capabilities = Capabilities(encoder=False, prior=True, stochastic_posterior=False, density=False)
    has_validation_loss: ClassVar[bool] = False
    terms: ClassVar[tuple[Term, ...]] = (DISCRIMINATOR, GENERATOR)

    def __init__(self, config: GanConfig, description: Description) -> None:
        super().__init__()
        self.config: GanConfig = config
        layers = dense((config.latent_dim, *config.generator_widths, description.features), nn.ReLU())
        output = nn.Sigmoid() if config.output == "sigmoid" else nn.Identity()
        self.generator = nn.Sequential(*layers, output, nn.Unflatten(1, description.shape))
        self.discriminator = build_discriminator(description.features, config.discriminator_widths)

    @property
    def prior(self) -> StandardNormal:
        """The standard normal."""
        return StandardNormal(self.latent_dim)

    @property
    def noise_shape(self) -> tuple[int, ...]:
        """One z for the discriminator's turn, another for the generator's."""
        return (2, self.latent_dim)

    @property
    def parameter_groups(self) -> Mapping[str, Sequence[nn.Parameter]]:
        """The discriminator, which moves first, and the generator."""
        return {
            "discriminator": list(self.discriminator.parameters()),
            "generator": list(self.generator.parameters()),
        }

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Raise `NotDefined`."""
        raise NotDefined(NO_ENCODER)

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Deterministic:
        """Return what the generator makes of codes (batch, latent_dim)."""
        return Deterministic(self.generator(z).to(z.dtype), NO_DENSITY)

    def losses(self, batch: Batch) -> Losses:
        """Return both players' losses in nats, the gradient penalty left out; the total is their sum."""
        made = self.decode(batch.noise[:, 0]).mean
        discriminator = discriminator_loss(self.discriminator(batch.target), self.discriminator(made))
        generator = generator_loss(self.discriminator(self.decode(batch.noise[:, 1]).mean))
        return _both(discriminator, generator)

    def optimizer_steps(self, batch: Batch) -> OptimizerSteps:
        """Let the discriminator learn to tell, then the generator to fool the discriminator that has just learned."""
        made = self.decode(batch.noise[:, 0]).mean.detach()
        discriminator = discriminator_loss(self.discriminator(batch.target), self.discriminator(made))
        penalty = self.config.gradient_penalty
        yield (
            "discriminator",
            discriminator + penalty * gradient_penalty(self.discriminator, batch.target) if penalty else discriminator,
        )
        generator = generator_loss(self.discriminator(self.decode(batch.noise[:, 1]).mean))
        yield "generator", generator
        return _both(discriminator, generator)


def _both(discriminator: Tensor, generator: Tensor) -> Losses:
    return Losses(discriminator + generator, {"discriminator": discriminator, "generator": generator})
