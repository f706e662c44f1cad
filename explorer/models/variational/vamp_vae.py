"""A VAE whose prior is the mixture of its own posteriors at learned pseudo-inputs.

"VAE with a VampPrior", Tomczak and Welling 2018 (arXiv 1705.07120).
"""

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass
from torch import Generator, Tensor, nn

from explorer.config import STRICT, setting
from explorer.data.dataset import Dataset, Description
from explorer.models.catalog import register
from explorer.models.gaussian_mixture import GaussianMixture, even_log_weights
from explorer.models.latent_model import Capabilities
from explorer.models.posterior import resolve_posterior
from explorer.models.variational.vae import Vae, VaeConfig


@dataclass(frozen=True, kw_only=True, config=STRICT)
class VampVaeConfig(VaeConfig):
    """A VAE's settings, and how many pseudo-inputs its prior has."""

    pseudo_inputs: int = setting(
        40, "Pseudo-inputs K", "Made-up samples whose posteriors the prior is made of; they are learned.",
        ge=1, le=5000,
    )  # fmt: skip


@register(
    "vamp-vae",
    title="VAE with a VampPrior",
    short_title="VampPrior VAE",
    summary="A VAE whose prior is the mean of its own posteriors at K pseudo-inputs, samples that it makes up itself.",
    config=VampVaeConfig,
    resolve=resolve_posterior,
    train={"epochs": 150},
    group="Variational",
    place=4,
)
class VampVae(Vae):
    """A VAE with p(z) = (1/K) Σ q(z|u_k), the pseudo-inputs u_k learned with the networks.

    Its KL has no closed form: it is estimated by log q(z|x) − log p(z) at the draw that is decoded.
    """

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=True, learned_prior=True)

    def __init__(self, config: VampVaeConfig, description: Description) -> None:
        super().__init__(config, description)
        self.pseudo = PseudoInputs(config.pseudo_inputs, description)

    @property
    def prior(self) -> GaussianMixture:
        """The mixture of the posteriors of the pseudo-inputs, as they are now."""
        gaussians = self.encode(self.pseudo())
        return GaussianMixture(even_log_weights(len(gaussians.mean), gaussians.mean), gaussians)

    def fit(self, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Let the pseudo-inputs begin as training samples, of each class its share."""
        self.pseudo.begin_as(torch.from_numpy(dataset.model_inputs(_spread(dataset, index, len(self.pseudo.values)))))


class PseudoInputs(nn.Module):
    """K samples (K, *shape) in model values that a gradient can move; within [0, 1] where the data is."""

    def __init__(self, count: int, description: Description) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.empty(count, *description.shape))
        self._unit_range = description.unit_range

    def initialise(self, generator: Generator) -> None:
        """Begin as noise, until there are samples to begin as."""
        nn.init.uniform_(self.values, generator=generator)

    @torch.no_grad()
    def begin_as(self, samples: Tensor) -> None:
        """Begin as these samples, (K, *shape)."""
        self.values.copy_(samples)

    def forward(self) -> Tensor:
        """Return the pseudo-inputs."""
        return self.values.clamp(0, 1) if self._unit_range else self.values


def _spread(dataset: Dataset, index: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Choose ``count`` of the samples at ``index`` evenly, by class where there are classes; some twice if need be."""
    ordered = index
    if dataset.labels is not None:
        ordered = index[np.argsort(dataset.labels[index], kind="stable")]
    return ordered[np.linspace(0, len(ordered) - 1, count).round().astype(np.int64)]
