"""Priors p(z): standard normal and mixture of Gaussians, the KL to them, and a prior with NumPy arrays in and out."""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Generator, Tensor

from explorer.config import ConfigError
from explorer.models.latent_model import LatentModel, Posterior, Prior


@dataclass(frozen=True)
class StandardNormal:
    """The standard normal distribution in ``latent_dim`` dimensions."""

    latent_dim: int

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z) in nats, (batch,)."""
        return -0.5 * (z.square() + math.log(2 * math.pi)).sum(-1)  # (batch,)

    def sample(self, count: int, generator: Generator) -> Tensor:
        """Draw codes (count, latent_dim)."""
        return torch.randn(count, self.latent_dim, generator=generator, device=generator.device)

    def kl_per_dimension(self, posterior: Posterior) -> Tensor:
        """Return KL(q(z_i|x) ‖ N(0, 1)) in nats, (batch, latent_dim).

        ½ (μ² + σ² − 1 − log σ²): Kingma and Welling 2014, appendix B (arXiv 1312.6114). For a full covariance L·Lᵀ, the
        σ² in the logarithm is L_ii², the variance of z_i given the dimensions before it. By the chain rule, part i is
        then the KL of the marginal of z_i plus its mutual information with the dimensions before it, and the parts add
        up to the KL.

        Raises
        ------
        ValueError
            If the posterior is a point, for which the KL is not defined.
        """
        if posterior.log_variance is None:
            raise ValueError("the KL of a deterministic code is not defined")
        log_variance = posterior.log_variance
        given_before = log_variance
        if posterior.scale_tril is not None:
            given_before = 2 * posterior.scale_tril.diagonal(dim1=-2, dim2=-1).log()
        return 0.5 * (posterior.mean.square() + log_variance.exp() - 1 - given_before)


@runtime_checkable
class ClosedFormKl(Protocol):
    """A prior whose KL from a Gaussian posterior has a closed form."""

    def kl_per_dimension(self, posterior: Posterior) -> Tensor:
        """Return the KL in nats, (batch, latent_dim)."""


def mean_kl(posterior: Posterior, prior: Prior, z: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return KL(q(z|x) ‖ p(z)) in nats, averaged over a batch, and the KL per dimension (latent_dim,).

    If the prior has no closed form, the KL is estimated by log q(z|x) − log p(z) at one draw ``z`` (batch, latent_dim)
    from q. The estimate and its gradient are unbiased, but there is no KL per dimension (None).
    """
    if isinstance(prior, ClosedFormKl):
        per_dimension = prior.kl_per_dimension(posterior).mean(0)  # (latent_dim,)
        return per_dimension.sum(), per_dimension
    return (posterior.log_prob(z) - prior.log_prob(z)).mean(), None


@dataclass(frozen=True)
class PriorArrays:
    """A prior in ``latent_dim`` dimensions with NumPy arrays in and out."""

    prior: Prior
    latent_dim: int

    @torch.inference_mode()
    def sample(self, count: int, seed: int = 0) -> NDArray[np.float32]:
        """Draw codes ``(count, latent_dim)``; a seed always returns the same ones."""
        drawn: NDArray[np.float32] = self.prior.sample(count, torch.Generator().manual_seed(seed)).numpy()
        return drawn

    @torch.inference_mode()
    def log_prob(self, z: ArrayLike) -> NDArray[np.float32]:
        """Return log p(z) in nats, ``(...)``, for codes ``(..., latent_dim)``.

        Raises
        ------
        ConfigError
            If the codes have another dimension.
        """
        codes = np.asarray(z, np.float32)
        if codes.ndim == 0 or codes.shape[-1] != self.latent_dim:
            raise ConfigError(f"z has shape {codes.shape}; the prior has {self.latent_dim} dimensions")
        flat = torch.from_numpy(codes.reshape(-1, self.latent_dim))
        found: NDArray[np.float32] = self.prior.log_prob(flat).numpy().reshape(codes.shape[:-1])
        return found


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
        (K,), normalized: their exponentials add up to 1.
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
