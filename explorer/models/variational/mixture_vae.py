"""The VAE with a learned mixture of Gaussians as its prior.

Jiang et al. 2017, "Variational deep embedding" (arXiv 1611.05148).
"""

import torch
from pydantic.dataclasses import dataclass
from torch import Generator, nn

from explorer.config import STRICT, setting
from explorer.data.dataset import Description
from explorer.models.catalog import register
from explorer.models.latent_model import Capabilities, Posterior
from explorer.models.posterior import LOG_VARIANCE_BOUND, resolve_posterior
from explorer.models.priors import GaussianMixture
from explorer.models.variational.vae import Vae, VaeConfig

SPEED = 10.0
"""How many times faster than a weight the parameters of a component move. Adam moves every parameter by at most about
its learning rate per step, and components have to cross the latent space as fast as the codes do."""

INITIAL_SPREAD, INITIAL_SIGMA = 2.0, 0.7
"""Initial standard deviation of the means of the components, and of each component."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MixtureVaeConfig(VaeConfig):
    """The settings of a VAE and the number of Gaussians in its prior."""

    components: int = setting(
        10, "Components K", "Number of Gaussians in the prior; their weights, means and variances are learned.",
        ge=1, le=1000,
    )  # fmt: skip


class LearnedMixture(nn.Module):
    """Weights, means and diagonal variances of K Gaussians as unconstrained parameters."""

    def __init__(self, count: int, latent_dim: int) -> None:
        super().__init__()
        self.raw_weights = nn.Parameter(torch.empty(count))
        self.raw_means = nn.Parameter(torch.empty(count, latent_dim))  # (K, latent_dim)
        self.raw_log_variances = nn.Parameter(torch.empty(count, latent_dim))

    def initialise(self, generator: Generator) -> None:
        """Scatter equally weighted components around the origin."""
        nn.init.zeros_(self.raw_weights)
        nn.init.normal_(self.raw_means, std=INITIAL_SPREAD / SPEED, generator=generator)
        log_variance = torch.tensor(INITIAL_SIGMA).square().log() / LOG_VARIANCE_BOUND
        nn.init.constant_(self.raw_log_variances, (LOG_VARIANCE_BOUND * torch.atanh(log_variance) / SPEED).item())

    def forward(self) -> GaussianMixture:
        """Return the mixture with the current parameters."""
        # Multiplying by SPEED lets a step of Adam move a component that much further.
        log_variances = LOG_VARIANCE_BOUND * torch.tanh(SPEED * self.raw_log_variances / LOG_VARIANCE_BOUND)
        log_weights = torch.log_softmax(SPEED * self.raw_weights, dim=0)  # (K,)
        return GaussianMixture(log_weights, Posterior(SPEED * self.raw_means, log_variances))


@register(
    "mixture-vae",
    title="VAE with a mixture prior",
    short_title="mixture VAE",
    summary="A VAE whose prior is a learned mixture of K Gaussians, so that codes can form clusters.",
    config=MixtureVaeConfig,
    resolve=resolve_posterior,
    epochs=320,
    group="Variational",
    place=3,
)
class MixtureVae(Vae):
    """A VAE with p(z) = Σ w_k N(z; μ_k, diag σ_k²), where all parameters are learned with the networks.

    The KL has no closed form. It is estimated by log q(z|x) − log p(z) at the draw that is decoded. The bound of Jiang
    et al. also has a q(c|x); the two agree for q(c|x, z) = p(c|z), which makes their bound tightest.
    """

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=True, learned_prior=True)

    def __init__(self, config: MixtureVaeConfig, description: Description) -> None:
        super().__init__(config, description)
        self.mixture = LearnedMixture(config.components, config.latent_dim)

    @property
    def prior(self) -> GaussianMixture:
        """The mixture with its current parameters."""
        mixture: GaussianMixture = self.mixture()
        return mixture
