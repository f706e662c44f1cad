"""A mixture of Gaussians as a prior, and its components as arrays."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from explorer.models.latent_model import LatentModel, Posterior


@dataclass(frozen=True, eq=False)
class PriorComponents:
    """The components of a mixture prior as arrays, sorted by decreasing weight.

    Attributes
    ----------
    weights
        ``(K,)``; they add up to 1.
    means
        ``(K, latent_dim)``.
    covariances
        ``(K, latent_dim, latent_dim)``.
    """

    weights: NDArray[np.float32]
    means: NDArray[np.float32]
    covariances: NDArray[np.float32]


@dataclass(frozen=True)
class GaussianMixture:
    """p(z) = Σ w_k N(z; μ_k, Σ_k).

    Attributes
    ----------
    log_weights
        (K,), normalised: their exponentials add up to 1.
    gaussians
        The K components, stored like a batch of K posteriors.
    """

    log_weights: Tensor
    gaussians: Posterior

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z) in nats, (batch,), for z (batch, latent_dim)."""
        # (batch, 1, latent_dim) against K components: (batch, K)
        return torch.logsumexp(self.log_weights + self.gaussians.log_prob(z[:, None, :]), dim=1)

    def sample(self, count: int, generator: Generator) -> Tensor:
        """Draw codes (count, latent_dim)."""
        # On the generator's device; the components may be on another one.
        weights = self.log_weights.exp().to(generator.device)
        chosen = torch.multinomial(weights, count, replacement=True, generator=generator)  # (count,)
        mean = self.gaussians.mean
        noise = torch.randn(count, mean.shape[1], generator=generator, device=generator.device, dtype=mean.dtype)
        return self.gaussians.rows(chosen.to(mean.device)).sample(noise.to(mean.device)).to(generator.device)

    @property
    def components(self) -> PriorComponents:
        """The components as arrays."""
        order = torch.argsort(self.log_weights, descending=True, stable=True)
        gaussians = self.gaussians.rows(order)
        if gaussians.scale_tril is not None:
            covariances = gaussians.scale_tril @ gaussians.scale_tril.mT  # (K, latent_dim, latent_dim)
        else:
            assert gaussians.log_variance is not None
            covariances = torch.diag_embed(gaussians.log_variance.exp())  # (K, latent_dim, latent_dim)
        weights = self.log_weights[order].exp()
        return PriorComponents(*(_array(values) for values in (weights, gaussians.mean, covariances)))


@torch.inference_mode()
def components_of(model: LatentModel) -> PriorComponents | None:
    """Return the components of a model's prior; None if it is not a mixture."""
    prior = model.prior if model.capabilities.learned_prior else None
    return prior.components if isinstance(prior, GaussianMixture) else None


def even_log_weights(count: int, like: Tensor) -> Tensor:
    """Return the log-weights (count,) of equally weighted components, like ``like`` in dtype and device."""
    return torch.full((count,), -math.log(count), dtype=like.dtype, device=like.device)


def _array(values: Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = values.detach().cpu().numpy().astype(np.float32)
    return found
