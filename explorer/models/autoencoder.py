"""The autoencoder: x → z = f(x) → y = g(z), trained to give x back (Hinton and Salakhutdinov 2006)."""

from pydantic.dataclasses import dataclass
from torch import Tensor

from explorer.config import STRICT
from explorer.data.dataset import Description
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Likelihood, Losses, Posterior
from explorer.models.networks import (
    ACTIVATIONS,
    NetworkConfig,
    build_decoder,
    build_encoder,
    likelihood_of,
    resolve_networks,
)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class AutoencoderConfig(NetworkConfig):
    """An autoencoder's networks; it has no settings of its own."""


@register(
    "ae",
    title="Autoencoder",
    short_title="AE",
    summary="Encodes each sample to one point and decodes it back; nothing orders the space between the points.",
    config=AutoencoderConfig,
    resolve=resolve_networks,
)
class Autoencoder(LatentModel):
    """An autoencoder; its posterior is a point, its loss −log p(x|z) alone."""

    capabilities = Capabilities(encoder=True, prior=False, stochastic_posterior=False)

    def __init__(self, config: AutoencoderConfig, description: Description) -> None:
        super().__init__()
        self.config: AutoencoderConfig = config
        self.encoder = build_encoder(config, description.shape, config.latent_dim)
        self.code_activation = ACTIVATIONS[config.code_activation]()
        self.decoder = build_decoder(config, description.shape)

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Give the code of a batch (batch, *shape); the posterior's log-variance is None."""
        return Posterior(self.code_activation(self.encoder(x).to(x.dtype)))

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Give p(x|z) of codes (batch, latent_dim)."""
        return likelihood_of(self.config, self.decoder(z).to(z.dtype))

    def losses(self, batch: Batch) -> Losses:
        """Give the reconstruction in nats per sample; an autoencoder uses no noise."""
        reconstruction = -self.decode(self.encode(batch.x).mean).log_prob(batch.target).mean()
        return Losses(reconstruction, {"reconstruction": reconstruction})
