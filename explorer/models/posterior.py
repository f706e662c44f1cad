"""From what a VAE's encoder gives to its Gaussian posterior q(z|x), of diagonal or full covariance."""

from typing import Literal

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from explorer.config import STRICT, ConfigError, setting
from explorer.data.dataset import Description
from explorer.models.latent_model import Posterior
from explorer.models.networks import NetworkConfig, resolve_networks

LOG_VARIANCE_BOUND = 12.0
"""|log σ²| stays below this, so that exp never overflows; tanh bends to it, so that the gradient never quite dies."""

MAX_CORRELATED = 16
"""Latent dimensions that a full covariance may have: each sample of a run keeps the square of it."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PosteriorConfig(NetworkConfig):
    """The networks of a family with a Gaussian posterior, and its covariance."""

    covariance: Literal["diagonal", "full"] = setting(
        "diagonal",
        "Posterior covariance",
        "Diagonal: q(z|x) lies along the axes of z. Full: it may lie in any direction.",
        advanced=True,
    )


def resolve_posterior(config: PosteriorConfig, description: Description) -> PosteriorConfig:
    """Check the config against the data and replace what is "auto".

    Raises
    ------
    ConfigError
        As `resolve_networks`, and for a full covariance of many dimensions.
    """
    if config.covariance == "full" and config.latent_dim > MAX_CORRELATED:
        raise ConfigError(
            f"model.covariance = full goes up to {MAX_CORRELATED} latent dimensions, not {config.latent_dim}: "
            "use diagonal, or a smaller model.latent_dim"
        )
    resolved = resolve_networks(config, description)
    assert isinstance(resolved, PosteriorConfig)
    return resolved


def posterior_outputs(config: PosteriorConfig) -> int:
    """Return how many numbers the encoder gives for one sample."""
    dim = config.latent_dim
    return 2 * dim if config.covariance == "diagonal" else 2 * dim + dim * (dim - 1) // 2


def posterior_of(config: PosteriorConfig, outputs: Tensor, code_activation: nn.Module) -> Posterior:
    """Return q(z|x) of what the encoder gave, (batch, posterior_outputs)."""
    if config.covariance == "diagonal":
        mean, log_variance = outputs.chunk(2, dim=1)  # each (batch, latent_dim)
        return Posterior(code_activation(mean), _bounded(log_variance))
    dim = config.latent_dim
    mean, log_variance, lower = outputs[:, :dim], outputs[:, dim : 2 * dim], outputs[:, 2 * dim :]
    return _correlated(code_activation(mean), _bounded(log_variance), lower)


def _bounded(log_variance: Tensor) -> Tensor:
    return LOG_VARIANCE_BOUND * torch.tanh(log_variance / LOG_VARIANCE_BOUND)


def _correlated(mean: Tensor, log_variance: Tensor, lower: Tensor) -> Posterior:
    """Return N(μ, L·Lᵀ) with L = diag(σ)·(I + A), A strictly lower triangular from its numbers (batch, d·(d−1)/2).

    σ_i is the standard deviation of z_i given z_1 … z_(i−1); A says how z_i follows them, whatever the scale of z_i.
    """
    count, dim = mean.shape
    rows, columns = torch.tril_indices(dim, dim, offset=-1, device=mean.device)
    unit = torch.eye(dim, dtype=mean.dtype, device=mean.device).repeat(count, 1, 1)
    unit[:, rows, columns] = lower.to(mean.dtype)
    scale_tril = (0.5 * log_variance).exp()[:, :, None] * unit  # (batch, latent_dim, latent_dim)
    return Posterior(mean, log_variance + unit.square().sum(2).log(), scale_tril)
