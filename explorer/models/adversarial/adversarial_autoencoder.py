"""The adversarial autoencoder (Makhzani et al. 2016, arXiv 1511.05644).

A discriminator learns to tell codes from draws of the prior, and the encoder learns to fool it, so that the codes
together follow the prior. Each training step has three parts, each with an Adam optimizer of its own:

1. Encoder and decoder minimize the reconstruction loss.
2. The discriminator minimizes its loss on draws of the prior and on codes.
3. The encoder, as the generator of codes, minimizes the generator loss.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from explorer.config import STRICT, setting
from explorer.data.dataset import Description
from explorer.models.adversarial.gan import (
    build_discriminator,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)
from explorer.models.autoencoders.autoencoder import AutoencoderConfig, PlainAutoencoder
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, Losses, OptimizerSteps
from explorer.models.likelihoods.by_column import reconstruction_terms
from explorer.models.networks import PlainNetworkConfig, check_widths, resolve_networks
from explorer.models.priors import StandardNormal
from explorer.models.terms import DISCRIMINATOR, GENERATOR, RECONSTRUCTION, Term


@dataclass(frozen=True, kw_only=True, config=STRICT)
class AdversarialAutoencoderConfig(PlainNetworkConfig, AutoencoderConfig):
    """The settings of an autoencoder and of the discriminator of its codes."""

    discriminator_widths: tuple[int, ...] = setting(
        (128, 128),
        "Discriminator widths",
        "Units of each hidden layer of the discriminator, which tells codes from draws of the prior.",
        advanced=True,
        max_length=16,
    )
    gradient_penalty: float = setting(
        0.1,
        "Gradient penalty",
        "Weight of the discriminator's squared gradient at draws of the prior, which stabilizes the training; 0 turns "
        "it off, as in the original paper.",
        advanced=True,
        ge=0,
        le=1000,
    )


def resolve_adversarial(config: AdversarialAutoencoderConfig, description: Description) -> AdversarialAutoencoderConfig:
    """Check a config against the data and return it with "auto" replaced.

    Raises
    ------
    ConfigError
        As for an autoencoder, and if widths of the discriminator are out of range.
    """
    check_widths("discriminator_widths", config.discriminator_widths)
    resolved = resolve_networks(config, description)
    assert isinstance(resolved, AdversarialAutoencoderConfig)
    return resolved


@register(
    "adversarial-ae",
    title="Adversarial autoencoder",
    short_title="AAE",
    summary="An autoencoder whose codes, taken together, a discriminator cannot tell from draws of the prior.",
    config=AdversarialAutoencoderConfig,
    resolve=resolve_adversarial,
    train={"batch_size": 64},
    epochs=160,
    group="Adversarial",
    place=2,
)
class AdversarialAutoencoder(PlainAutoencoder):
    """An autoencoder with a discriminator on its codes; a code is a point, so the KL is not defined.

    The logged total, which also decides on the best weights, is the reconstruction loss.
    """

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=False)
    terms: ClassVar[tuple[Term, ...]] = (RECONSTRUCTION, DISCRIMINATOR, GENERATOR)

    def __init__(self, config: AdversarialAutoencoderConfig, description: Description) -> None:
        super().__init__(config, description)
        self.config: AdversarialAutoencoderConfig = config
        self.discriminator = build_discriminator(config.latent_dim, config.discriminator_widths)

    @property
    def prior(self) -> StandardNormal:
        """The standard normal, which the codes are trained to follow."""
        return StandardNormal(self.latent_dim)

    @property
    def parameter_groups(self) -> Mapping[str, Sequence[nn.Parameter]]:
        """The weights of the autoencoder, of the discriminator, and of the encoder as generator of codes."""
        others = set(self.discriminator.parameters())
        return {
            "autoencoder": [weight for weight in self.parameters() if weight.requires_grad and weight not in others],
            "discriminator": list(self.discriminator.parameters()),
            "generator": list(self.encoder.parameters()),
        }

    def losses(self, batch: Batch) -> Losses:
        """Return the reconstruction, discriminator and generator losses in nats.

        The noise of the batch serves as draws from the prior.
        """
        code = self.encode(batch.x).mean  # (batch, latent_dim)
        _, terms = reconstruction_terms(self.decode(code), batch.target)
        logits = self.discriminator(code)  # (batch, 1)
        discriminator = discriminator_loss(self.discriminator(batch.noise), logits)
        return _all(terms, discriminator, generator_loss(logits))

    def optimizer_steps(self, batch: Batch) -> OptimizerSteps:
        """Yield the losses of autoencoder, discriminator and generator in turn."""
        _, terms = reconstruction_terms(self.decode(self.encode(batch.x).mean), batch.target)
        yield "autoencoder", terms["reconstruction"]
        with torch.no_grad():  # the discriminator's step must not move the encoder
            code = self.encode(batch.x).mean
        discriminator = discriminator_loss(self.discriminator(batch.noise), self.discriminator(code))
        # The penalty is computed only if it counts, as it needs a second derivative.
        penalty = self.config.gradient_penalty
        yield (
            "discriminator",
            discriminator + penalty * gradient_penalty(self.discriminator, batch.noise) if penalty else discriminator,
        )
        generator = generator_loss(self.discriminator(self.encode(batch.x).mean))
        yield "generator", generator
        return _all(terms, discriminator, generator)


def _all(terms: Mapping[str, Tensor], discriminator: Tensor, generator: Tensor) -> Losses:
    return Losses(terms["reconstruction"], {**terms, "discriminator": discriminator, "generator": generator})
