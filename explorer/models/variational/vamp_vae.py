"""The VAE whose prior is a mixture of its own posteriors at learned pseudo-inputs.

Tomczak and Welling 2018, "VAE with a VampPrior" (arXiv 1705.07120).
"""

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass
from torch import Generator, Tensor, nn

from explorer.config import STRICT, setting
from explorer.data.dataset import Dataset, Description
from explorer.data.splits import stratified
from explorer.models.catalog import register
from explorer.models.latent_model import Capabilities
from explorer.models.networks import PlainNetworkConfig
from explorer.models.posterior import resolve_posterior
from explorer.models.priors import GaussianMixture, even_log_weights
from explorer.models.variational.vae import Vae, VaeConfig


@dataclass(frozen=True, kw_only=True, config=STRICT)
class VampVaeConfig(PlainNetworkConfig, VaeConfig):
    """The settings of a VAE and the number of pseudo-inputs of its prior."""

    pseudo_inputs: int = setting(
        40, "Pseudo-inputs K", "Number of learned inputs whose posteriors form the prior.",
        ge=1, le=5000,
    )  # fmt: skip


@register(
    "vamp-vae",
    title="VAE with a VampPrior",
    short_title="VampPrior VAE",
    summary="A VAE whose prior is the mixture of its own posteriors at K learned inputs, the pseudo-inputs.",
    config=VampVaeConfig,
    resolve=resolve_posterior,
    epochs=200,
    group="Variational",
    place=4,
)
class VampVae(Vae):
    """A VAE with p(z) = (1/K) Σ q(z|u_k), where the pseudo-inputs u_k are learned with the networks.

    The KL has no closed form. It is estimated by log q(z|x) − log p(z) at the draw that is decoded.
    """

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=True, learned_prior=True)

    def __init__(self, config: VampVaeConfig, description: Description) -> None:
        super().__init__(config, description)
        self.pseudo = PseudoInputs(config.pseudo_inputs, description)

    @property
    def prior(self) -> GaussianMixture:
        """The mixture of the posteriors of the current pseudo-inputs."""
        gaussians = self.encode(self.pseudo())  # K posteriors
        return GaussianMixture(even_log_weights(len(gaussians.mean), gaussians.mean), gaussians)

    def fit(self, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Initialise the pseudo-inputs with training samples, with each class in proportion."""
        chosen = stratified(index, dataset.labels, len(self.pseudo.values))
        self.pseudo.begin_as(torch.from_numpy(dataset.model_inputs(chosen)))


class PseudoInputs(nn.Module):
    """K learned inputs (K, *shape) in model values, clamped to [0, 1] if the data is in [0, 1]."""

    def __init__(self, count: int, description: Description) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.empty(count, *description.shape))
        self._unit_range = description.unit_range

    def initialise(self, generator: Generator) -> None:
        """Draw noise; `begin_as` replaces it by samples."""
        nn.init.uniform_(self.values, generator=generator)

    @torch.no_grad()
    def begin_as(self, samples: Tensor) -> None:
        """Set the pseudo-inputs to samples (K, *shape)."""
        self.values.copy_(samples)

    def forward(self) -> Tensor:
        """Return the pseudo-inputs."""
        return self.values.clamp(0, 1) if self._unit_range else self.values  # (K, *shape)
