"""The adversarial autoencoder (Makhzani et al. 2016, arXiv 1511.05644)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from explorer.config import STRICT, ConfigError, setting
from explorer.data.dataset import Description
from explorer.models.adversarial.adversary import (
    build_discriminator,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)
from explorer.models.autoencoders.autoencoder import Autoencoder, AutoencoderConfig
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, Losses, OptimizerSteps
from explorer.models.networks import resolve_networks
from explorer.models.priors import StandardNormal
from explorer.models.terms import DISCRIMINATOR, GENERATOR, RECONSTRUCTION, Term


@dataclass(frozen=True, kw_only=True, config=STRICT)
class AdversarialAutoencoderConfig(AutoencoderConfig):
    """An autoencoder's networks, and the discriminator of its codes."""

    discriminator_widths: tuple[int, ...] = setting(
        (128, 128),
        "Discriminator's widths",
        "Units of each hidden layer of the network that tells codes from draws of the prior.",
        advanced=True,
        max_length=16,
    )
    gradient_penalty: float = setting(
        0.1,
        "Gradient penalty",
        "Weight of the squared slope of the discriminator at draws of the prior, which keeps the game steady; 0 is the "
        "original game.",
        advanced=True,
        ge=0,
        le=1000,
    )


def resolve_adversarial(config: AdversarialAutoencoderConfig, description: Description) -> AdversarialAutoencoderConfig:
    """Check the config against the data and replace what is "auto".

    Raises
    ------
    ConfigError
        As for an autoencoder, and for widths of the discriminator out of range.
    """
    if any(not 1 <= width <= 16_384 for width in config.discriminator_widths):
        widths = ",".join(map(str, config.discriminator_widths))
        raise ConfigError(f"model.discriminator_widths = {widths}: each must lie between 1 and 16384")
    resolved = resolve_networks(config, description)
    assert isinstance(resolved, AdversarialAutoencoderConfig)
    return resolved


@register(
    "adversarial-ae",
    title="Adversarial autoencoder",
    short_title="AAE",
    summary="An autoencoder whose codes, all together, a discriminator cannot tell from draws of the prior.",
    config=AdversarialAutoencoderConfig,
    resolve=resolve_adversarial,
    train={"epochs": 100, "batch_size": 64},
    group="Adversarial",
    place=2,
)
class AdversarialAutoencoder(Autoencoder):
    """An autoencoder with a third player; the code is a point, so that a KL is not defined.

    Each step has the paper's two phases: encoder and decoder learn to reconstruct; then the discriminator learns to
    tell draws of the prior from codes, and the encoder to fool it. Each turn has an Adam of its own. The total that is
    logged, and by which the best weights are kept, is the reconstruction.
    """

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=False)
    terms: ClassVar[tuple[Term, ...]] = (RECONSTRUCTION, DISCRIMINATOR, GENERATOR)

    def __init__(self, config: AdversarialAutoencoderConfig, description: Description) -> None:
        super().__init__(config, description)
        self.config: AdversarialAutoencoderConfig = config
        self.discriminator = build_discriminator(config.latent_dim, config.discriminator_widths)

    @property
    def prior(self) -> StandardNormal:
        """The standard normal, which the codes are pressed towards."""
        return StandardNormal(self.latent_dim)

    @property
    def parameter_groups(self) -> Mapping[str, Sequence[nn.Parameter]]:
        """The autoencoder, the discriminator of codes, and the encoder as generator of codes."""
        judge = set(self.discriminator.parameters())
        return {
            "autoencoder": [weight for weight in self.parameters() if weight.requires_grad and weight not in judge],
            "discriminator": list(self.discriminator.parameters()),
            "generator": list(self.encoder.parameters()),
        }

    def losses(self, batch: Batch) -> Losses:
        """Return the reconstruction and both players' losses in nats; the batch's noise is the draws of the prior."""
        code = self.encode(batch.x).mean
        reconstruction = -self.decode(code).log_prob(batch.target).mean()
        judged = self.discriminator(code)
        discriminator = discriminator_loss(self.discriminator(batch.noise), judged)
        return _all(reconstruction, discriminator, generator_loss(judged))

    def optimizer_steps(self, batch: Batch) -> OptimizerSteps:
        """Return the reconstruction phase, then the regularisation phase with its two turns."""
        reconstruction = -self.decode(self.encode(batch.x).mean).log_prob(batch.target).mean()
        yield "autoencoder", reconstruction
        with torch.no_grad():
            code = self.encode(batch.x).mean
        discriminator = discriminator_loss(self.discriminator(batch.noise), self.discriminator(code))
        penalty = self.config.gradient_penalty
        yield (
            "discriminator",
            discriminator + penalty * gradient_penalty(self.discriminator, batch.noise) if penalty else discriminator,
        )
        generator = generator_loss(self.discriminator(self.encode(batch.x).mean))
        yield "generator", generator
        return _all(reconstruction, discriminator, generator)


def _all(reconstruction: Tensor, discriminator: Tensor, generator: Tensor) -> Losses:
    terms = {"reconstruction": reconstruction, "discriminator": discriminator, "generator": generator}
    return Losses(reconstruction, terms)
