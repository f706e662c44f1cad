"""The importance-weighted autoencoder (Burda, Grosse and Salakhutdinov 2016, arXiv 1509.00519)."""

import math

import torch
from pydantic.dataclasses import dataclass

from explorer.config import STRICT, setting
from explorer.data.dataset import Description
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Losses
from explorer.models.posterior import PosteriorConfig, resolve_posterior
from explorer.models.priors import mean_kl
from explorer.models.variational.vae import Vae


@dataclass(frozen=True, kw_only=True, config=STRICT)
class IwaeConfig(PosteriorConfig):
    """An importance-weighted autoencoder's networks, and how many draws its bound takes."""

    samples: int = setting(
        10,
        "Importance samples k",
        "Draws of z for each sample in each step; 1 gives the ELBO, more come nearer to log p(x).",
        unit="draws",
        ge=1,
        le=1000,
    )


@register(
    "iwae",
    title="Importance-weighted autoencoder",
    short_title="IWAE",
    summary="A VAE that learns from a tighter bound of log p(x): the mean of k importance weights, not of their logs.",
    config=IwaeConfig,
    resolve=resolve_posterior,
    group="Variational",
    place=5,
)
class Iwae(Vae):
    """A VAE that maximises L_k = E log (1/k) Σ p(x, z_i) / q(z_i|x), with z_1 … z_k drawn from q(z|x)."""

    config: IwaeConfig

    def __init__(self, config: IwaeConfig, description: Description) -> None:
        super().__init__(config, description)

    @property
    def noise_shape(self) -> tuple[int, ...]:
        """Noise of k draws for each sample: (k, latent_dim)."""
        return (self.config.samples, self.latent_dim)

    def losses(self, batch: Batch) -> Losses:
        """Return −L_k in nats per sample.

        The mean reconstruction over the draws and the KL are given too: −(reconstruction + kl) is the ELBO, which lies
        below L_k in expectation.
        """
        count, draws = len(batch), self.config.samples
        posterior = self.encode(batch.x, batch.condition)
        place = torch.arange(count, device=batch.x.device).repeat_interleave(draws)  # (n·k,)
        drawn = posterior.rows(place)
        z = drawn.sample(batch.noise.reshape(count * draws, self.latent_dim))
        log_likelihood = self.decode(z).log_prob(batch.target[place])
        log_weights = log_likelihood + self.prior.log_prob(z) - drawn.log_prob(z)
        bound = (torch.logsumexp(log_weights.reshape(count, draws), 1) - math.log(draws)).mean()
        kl, kl_per_dimension = mean_kl(drawn, self.prior, z)
        return Losses(-bound, {"bound": bound, "reconstruction": -log_likelihood.mean(), "kl": kl}, kl_per_dimension)
