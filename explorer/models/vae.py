"""The variational autoencoder (Kingma and Welling 2014, arXiv 1312.6114), with β (Higgins et al. 2017)."""

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor

from explorer.config import STRICT, setting
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
from explorer.models.priors import StandardNormal

LOG_VARIANCE_BOUND = 12.0
"""|log σ²| stays below this, so that exp never overflows; tanh bends to it, so that the gradient never quite dies."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class VaeConfig(NetworkConfig):
    """A variational autoencoder's networks, and β."""

    beta: float = setting(1.0, "β", "Weight of the KL in the loss; 1 gives the ELBO.", ge=0, le=1000)


@register(
    "vae",
    title="Variational autoencoder",
    short_title="VAE",
    summary="Encodes each sample to a Gaussian and keeps them near the prior, so that the whole space decodes.",
    config=VaeConfig,
    resolve=resolve_networks,
)
class Vae(LatentModel):
    """A VAE with a diagonal Gaussian posterior and a standard normal prior."""

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=True)

    def __init__(self, config: VaeConfig, description: Description) -> None:
        super().__init__()
        self.config: VaeConfig = config
        self.encoder = build_encoder(config, description.shape, 2 * config.latent_dim)
        self.code_activation = ACTIVATIONS[config.code_activation]()
        self.decoder = build_decoder(config, description.shape)

    @property
    def prior(self) -> StandardNormal:
        """The standard normal."""
        return StandardNormal(self.latent_dim)

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Give q(z|x) = N(μ, diag σ²) of a batch (batch, *shape)."""
        # Of x's own type, so that under autocast the densities are still computed in float32.
        mean, log_variance = self.encoder(x).to(x.dtype).chunk(2, dim=1)  # each (batch, latent_dim)
        bounded = LOG_VARIANCE_BOUND * torch.tanh(log_variance / LOG_VARIANCE_BOUND)
        return Posterior(self.code_activation(mean), bounded)

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Give p(x|z) of codes (batch, latent_dim)."""
        return likelihood_of(self.config, self.decoder(z).to(z.dtype))

    def losses(self, batch: Batch) -> Losses:
        """Give reconstruction + β·KL in nats per sample, one draw of z per sample by the batch's noise."""
        posterior = self.encode(batch.x, batch.condition)
        likelihood = self.decode(posterior.sample(batch.noise), batch.condition)
        reconstruction = -likelihood.log_prob(batch.target).mean()
        kl_per_dimension = self.prior.kl_per_dimension(posterior).mean(0)  # (latent_dim,)
        kl = kl_per_dimension.sum()
        total = reconstruction + self.config.beta * kl
        return Losses(total, {"reconstruction": reconstruction, "kl": kl}, kl_per_dimension)
