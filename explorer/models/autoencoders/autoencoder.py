"""The autoencoder: x → z = f(x) → y = g(z), trained to reconstruct x (Hinton and Salakhutdinov 2006)."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from explorer.config import STRICT, ConfigError, setting
from explorer.data.dataset import Description
from explorer.models.autoencoders.copying import copy_warning
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Likelihood, Losses, Posterior
from explorer.models.networks import (
    ACTIVATIONS,
    NetworkConfig,
    build_decoder,
    build_encoder,
    build_likelihood,
    resolve_networks,
)
from explorer.models.terms import RECONSTRUCTION, Term
from explorer.models.tied_layers import tied_decoder


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
class Autoencoder(LatentModel):
    """An autoencoder: the posterior is a point and the loss is −log p(x|z)."""

    capabilities = Capabilities(encoder=True, prior=False, stochastic_posterior=False)
    terms: ClassVar[tuple[Term, ...]] = (RECONSTRUCTION,)

    def __init__(self, config: AutoencoderConfig, description: Description) -> None:
        super().__init__()
        self.config: AutoencoderConfig = config
        self.encoder = build_encoder(config, description.shape, config.latent_dim)
        self.code_activation = ACTIVATIONS[config.code_activation]()
        self.decoder = _decoder(config, self.encoder, description.shape)  # may share the encoder's weights
        self.likelihood = build_likelihood(config)

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
        reconstruction = -self.decode(self.encode(batch.x).mean).log_prob(batch.target).mean()
        return Losses(reconstruction, {"reconstruction": reconstruction})

    def observe(self) -> Mapping[str, float]:
        """Return σ of p(x|z) in model values if it is learned."""
        return self.likelihood.figures()


def _decoder(config: AutoencoderConfig, encoder: nn.Sequential, shape: tuple[int, ...]) -> nn.Sequential:
    if not config.tied:
        return build_decoder(config, shape)
    if config.network != "dense":
        raise ConfigError(f"model.tied needs dense layers, but model.network is {config.network}: turn it off")
    return tied_decoder(encoder, shape)
