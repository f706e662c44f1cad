"""The autoencoder: x → z = f(x) → y = g(z), trained to reconstruct x (Hinton and Salakhutdinov 2006)."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from explorer.config import STRICT, ConfigError, RunConfig, setting
from explorer.data.dataset import Description
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, Posterior
from explorer.models.layers import ACTIVATIONS
from explorer.models.likelihoods.by_column import reconstruction_terms
from explorer.models.likelihoods.choice import parameter_shape
from explorer.models.likelihoods.likelihood import Likelihood
from explorer.models.networks import (
    NetworkConfig,
    build_decoder,
    build_encoder,
    build_likelihood,
    resolve_networks,
    tied_decoder,
)
from explorer.models.terms import RECONSTRUCTION, Term


def copy_warning(config: RunConfig, description: Description) -> tuple[str, ...]:
    """Return a warning if a code has at least as many numbers as a sample and the training uses no corruption.

    Such an autoencoder can reach a reconstruction error of 0 by learning the identity, and then learns nothing about
    the data (Vincent et al. 2010, section 3.1).
    """
    # A copy of a corrupted sample has a loss, as the decode is compared with the clean one.
    if config.model.latent_dim < description.features or is_corrupted(config):
        return ()
    return (
        f"The model can copy its input: a code has {config.model.latent_dim} numbers and a sample of "
        f"{description.name} {description.features}. Use corruption, sparsity or a narrower code.",
    )


def is_corrupted(config: RunConfig) -> bool:
    """Return whether the encoder sees corrupted samples."""
    return config.train.corruption != "none" and config.train.corruption_level > 0


@dataclass(frozen=True, kw_only=True, config=STRICT)
class AutoencoderConfig(NetworkConfig):
    """The settings of an autoencoder: its networks, and whether encoder and decoder share weights."""

    tied: bool = setting(
        False,
        "Tied weights",
        "The decoder uses the transposed matrices of the encoder and has only biases of its own.",
        advanced=True,
        when="network = dense",
    )


@register(
    "ae",
    title="Autoencoder",
    short_title="AE",
    summary="Encodes each sample as one point and decodes it; the space between the points is left unconstrained.",
    config=AutoencoderConfig,
    resolve=resolve_networks,
    group="Nonlinear",
    place=2,
    warnings=copy_warning,
)
class PlainAutoencoder(LatentModel):
    """An autoencoder: the posterior is a point and the loss is −log p(x|z)."""

    capabilities = Capabilities(encoder=True, prior=False, stochastic_posterior=False)
    terms: ClassVar[tuple[Term, ...]] = (RECONSTRUCTION,)

    def __init__(self, config: AutoencoderConfig, description: Description) -> None:
        super().__init__()
        self.config: AutoencoderConfig = config
        self.encoder = build_encoder(config, description, config.latent_dim)
        self.code_activation = ACTIVATIONS[config.code_activation]()
        self.decoder = _decoder(config, self.encoder, description)  # may share the encoder's weights
        self.likelihood = build_likelihood(config, description)

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return the codes of a batch (batch, *shape) as a posterior without variance."""
        # In the dtype of x: under autocast, everything after the network is still computed in float32.
        return Posterior(self.code_activation(self.encoder(x).to(x.dtype)))  # (batch, latent_dim)

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Return p(x|z) for codes (batch, latent_dim)."""
        likelihood: Likelihood = self.likelihood(self.decoder(z).to(z.dtype))
        return likelihood

    def losses(self, batch: Batch) -> Losses:
        """Return the reconstruction loss in nats per sample; an autoencoder uses no noise."""
        _, terms = reconstruction_terms(self.decode(self.encode(batch.x).mean), batch.target)
        return Losses(terms["reconstruction"], terms)

    def observe(self) -> Mapping[str, float]:
        """Return σ of p(x|z) in model values if it is learned."""
        return self.likelihood.figures()


def _decoder(config: AutoencoderConfig, encoder: nn.Sequential, description: Description) -> nn.Sequential:
    if not config.tied:
        return build_decoder(config, description)
    if config.network != "dense":
        raise ConfigError(f"model.tied needs dense layers, but model.network is {config.network}: turn it off")
    if config.normalization != "none":
        raise ConfigError("model.tied needs layers without batch normalization: turn one of the two off")
    return tied_decoder(encoder, parameter_shape(config.likelihood, description))
