"""The importance-weighted autoencoder (Burda, Grosse and Salakhutdinov 2016, arXiv 1509.00519)."""

import math

import torch
from pydantic.dataclasses import dataclass

from explorer.config import STRICT, setting
from explorer.data.dataset import Description
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Losses
from explorer.models.likelihoods.by_column import reconstruction_terms
from explorer.models.posterior import PosteriorConfig, resolve_posterior
from explorer.models.priors import mean_kl
from explorer.models.variational.vae import Vae


@dataclass(frozen=True, kw_only=True, config=STRICT)
class IwaeConfig(PosteriorConfig):
    """The settings of an importance-weighted autoencoder: its networks and the number of draws."""

    samples: int = setting(
        10,
        "Importance samples k",
        "Number of draws of z for each sample in each step; 1 is the ELBO, and more are closer to log p(x).",
        unit="draws",
        ge=1,
        le=1000,
    )


@register(
    "iwae",
    title="Importance-weighted autoencoder",
    short_title="IWAE",
    summary="A VAE trained on a tighter bound of log p(x): the log of the mean of k importance weights.",
    config=IwaeConfig,
    resolve=resolve_posterior,
    epochs=160,
    group="Variational",
    place=5,
)
class Iwae(Vae):
    """A VAE that maximizes L_k = E log (1/k) Σ p(x, z_i) / q(z_i|x) over draws z_1 … z_k from q(z|x)."""

    config: IwaeConfig

    def __init__(self, config: IwaeConfig, description: Description) -> None:
        super().__init__(config, description)

    @property
    def noise_shape(self) -> tuple[int, ...]:
        """The noise of k draws for each sample: (k, latent_dim)."""
        return (self.config.samples, self.latent_dim)

    def losses(self, batch: Batch) -> Losses:
        """Return −L_k in nats per sample.

        The terms include the mean reconstruction loss over the draws and the KL: −(reconstruction + kl) is the ELBO,
        whose expectation is at most L_k.
        """
        count, draws = len(batch), self.config.samples
        posterior = self.encode(batch.x, batch.condition)
        row = torch.arange(count, device=batch.x.device).repeat_interleave(draws)  # (n·k,)
        drawn = posterior.rows(row)
        z = drawn.sample(batch.noise.reshape(count * draws, self.latent_dim))  # (n·k, latent_dim)
        log_likelihood, terms = reconstruction_terms(self.decode(z), batch.target[row])
        log_weights = log_likelihood + self.prior.log_prob(z) - drawn.log_prob(z)  # (n·k,)
        bound = (torch.logsumexp(log_weights.reshape(count, draws), 1) - math.log(draws)).mean()  # log of the mean
        kl, kl_per_dimension = mean_kl(drawn, self.prior, z)
        return Losses(-bound, {"bound": bound, **terms, "kl": kl}, kl_per_dimension)
