"""A VAE whose prior is a learned mixture of Gaussians (Jiang et al. 2017, "Variational deep embedding", 1611.05148)."""

import torch
from pydantic.dataclasses import dataclass
from torch import Generator, nn

from explorer.config import STRICT, setting
from explorer.data.dataset import Description
from explorer.models.catalog import register
from explorer.models.gaussian_mixture import GaussianMixture
from explorer.models.latent_model import Capabilities, Posterior
from explorer.models.posterior import LOG_VARIANCE_BOUND, resolve_posterior
from explorer.models.variational.vae import Vae, VaeConfig

SPEED = 10.0
"""How many times faster than a weight a component may move: Adam moves each number by at most its learning rate a step,
and components have to come across the plane while the codes do."""

BEGIN_SPREAD, BEGIN_SIGMA = 2.0, 0.7
"""Standard deviations of the components' centres, and of each component, where the training begins."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MixtureVaeConfig(VaeConfig):
    """A VAE's settings, and how many Gaussians its prior has."""

    components: int = setting(
        10, "Components K", "Gaussians that the prior is made of; their weights, places and sizes are learned.",
        ge=1, le=1000,
    )  # fmt: skip


class LearnedMixture(nn.Module):
    """Weights, means and diagonal variances of K Gaussians, as numbers that a gradient can move."""

    def __init__(self, count: int, latent_dim: int) -> None:
        super().__init__()
        self.raw_weights = nn.Parameter(torch.empty(count))
        self.raw_means = nn.Parameter(torch.empty(count, latent_dim))
        self.raw_log_variances = nn.Parameter(torch.empty(count, latent_dim))

    def initialise(self, generator: Generator) -> None:
        """Scatter equal components around the origin."""
        nn.init.zeros_(self.raw_weights)
        nn.init.normal_(self.raw_means, std=BEGIN_SPREAD / SPEED, generator=generator)
        log_variance = torch.tensor(BEGIN_SIGMA).square().log() / LOG_VARIANCE_BOUND
        nn.init.constant_(self.raw_log_variances, (LOG_VARIANCE_BOUND * torch.atanh(log_variance) / SPEED).item())

    def forward(self) -> GaussianMixture:
        """Return the mixture of the present numbers."""
        log_variances = LOG_VARIANCE_BOUND * torch.tanh(SPEED * self.raw_log_variances / LOG_VARIANCE_BOUND)
        log_weights = torch.log_softmax(SPEED * self.raw_weights, dim=0)
        return GaussianMixture(log_weights, Posterior(SPEED * self.raw_means, log_variances))


@register(
    "mixture-vae",
    title="VAE with a mixture prior",
    short_title="mixture VAE",
    summary="A VAE whose prior is K Gaussians that it learns with the networks, so that codes may gather in groups.",
    config=MixtureVaeConfig,
    resolve=resolve_posterior,
    train={"epochs": 150},
    group="Variational",
    place=3,
)
class MixtureVae(Vae):
    """A VAE with p(z) = Σ w_k N(z; μ_k, diag σ_k²), all learned with the networks.

    Its KL has no closed form: it is estimated by log q(z|x) − log p(z) at the draw that is decoded. Jiang et al.'s
    bound has a q(c|x) beside it; this is theirs where q(c|x, z) is p(c|z), which is the best that it can be.
    """

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=True, learned_prior=True)

    def __init__(self, config: MixtureVaeConfig, description: Description) -> None:
        super().__init__(config, description)
        self.mixture = LearnedMixture(config.components, config.latent_dim)

    @property
    def prior(self) -> GaussianMixture:
        """The mixture as it is now."""
        mixture: GaussianMixture = self.mixture()
        return mixture
