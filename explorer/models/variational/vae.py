"""The variational autoencoder (Kingma and Welling 2014, arXiv 1312.6114), with β (Higgins et al. 2017)."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic.dataclasses import dataclass
from torch import Tensor

from explorer.config import STRICT
from explorer.data.dataset import Description
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, Posterior, Prior
from explorer.models.layers import ACTIVATIONS
from explorer.models.likelihoods.by_column import reconstruction_terms
from explorer.models.likelihoods.likelihood import Likelihood
from explorer.models.networks import build_decoder, build_encoder, build_likelihood
from explorer.models.posterior import PosteriorConfig, posterior_of, posterior_outputs, resolve_posterior
from explorer.models.priors import StandardNormal, mean_kl
from explorer.models.terms import KL, RECONSTRUCTION, Term
from explorer.models.variational.kl_objective import KlObjectiveConfig, kl_cost


@dataclass(frozen=True, kw_only=True, config=STRICT)
class VaeConfig(KlObjectiveConfig):
    """The settings of a variational autoencoder: networks, posterior and loss."""


@register(
    "vae",
    title="Variational autoencoder",
    short_title="VAE",
    summary="Encodes each sample as a Gaussian close to the prior, so draws from the prior decode to plausible "
    "samples.",
    config=VaeConfig,
    resolve=resolve_posterior,
    epochs=200,
    group="Variational",
    place=1,
)
class Vae(LatentModel):
    """A VAE with a Gaussian posterior and a standard normal prior; subclasses may override `prior`."""

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=True)
    terms: ClassVar[tuple[Term, ...]] = (RECONSTRUCTION, KL)

    def __init__(self, config: PosteriorConfig, description: Description) -> None:
        super().__init__()
        self.config: PosteriorConfig = config
        self.encoder = build_encoder(config, description, posterior_outputs(config))
        self.code_activation = ACTIVATIONS[config.code_activation]()
        self.decoder = build_decoder(config, description)
        self.likelihood = build_likelihood(config, description)

    @property
    def prior(self) -> Prior:
        """The standard normal."""
        return StandardNormal(self.latent_dim)

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return q(z|x) = N(μ, Σ) of a batch (batch, *shape)."""
        # In the dtype of x: under autocast, the densities are still computed in float32.
        return posterior_of(self.config, self.encoder(x).to(x.dtype), self.code_activation)

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Return p(x|z) for codes (batch, latent_dim)."""
        likelihood: Likelihood = self.likelihood(self.decoder(z).to(z.dtype))
        return likelihood

    def losses(self, batch: Batch) -> Losses:
        """Return reconstruction loss and KL in nats per sample, with one draw of z per sample."""
        assert isinstance(self.config, KlObjectiveConfig)
        posterior = self.encode(batch.x, batch.condition)
        z = posterior.sample(batch.noise)  # (batch, latent_dim), with a gradient (reparameterization)
        _, terms = reconstruction_terms(self.decode(z, batch.condition), batch.target)
        kl, kl_per_dimension = mean_kl(posterior, self.prior, z)  # scalar, (latent_dim,)
        cost = kl_cost(self.config, kl, kl_per_dimension, batch.epoch)
        # The terms are logged unweighted, so that curves of runs with different β can be compared.
        total = self.config.reconstruction_weight * terms["reconstruction"] + cost
        return Losses(total, {**terms, "kl": kl}, kl_per_dimension)

    def observe(self) -> Mapping[str, float]:
        """Return σ of p(x|z) in model values if it is learned."""
        return self.likelihood.figures()
