"""Turns the output of a VAE's encoder into a Gaussian posterior q(z|x) with diagonal or full covariance."""

from typing import Literal

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from explorer.config import STRICT, ConfigError, setting
from explorer.data.dataset import Description
from explorer.models.latent_model import Posterior
from explorer.models.networks import NetworkConfig, resolve_networks

LOG_VARIANCE_BOUND = 12.0
"""Bound of |log σ²|, so that exp never overflows. It is enforced by tanh, whose gradient never becomes exactly 0."""

MAX_CORRELATED = 16
"""Maximum latent dimension of a full covariance; a run stores its square in numbers for each sample."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PosteriorConfig(NetworkConfig):
    """The settings of a family with a Gaussian posterior: its networks and the covariance."""

    covariance: Literal["diagonal", "full"] = setting(
        "diagonal",
        "Posterior covariance",
        "Diagonal: the latent dimensions are independent in q(z|x). Full: they may be correlated.",
        advanced=True,
    )


def resolve_posterior(config: PosteriorConfig, description: Description) -> PosteriorConfig:
    """Check a config against the data and return it with "auto" replaced.

    Raises
    ------
    ConfigError
        As `resolve_networks`, and if a full covariance would have too many dimensions.
    """
    if config.covariance == "full" and config.latent_dim > MAX_CORRELATED:
        raise ConfigError(
            f"model.covariance = full allows up to {MAX_CORRELATED} latent dimensions, not {config.latent_dim}: "
            "use diagonal, or a smaller model.latent_dim"
        )
    resolved = resolve_networks(config, description)
    assert isinstance(resolved, PosteriorConfig)
    return resolved


def posterior_outputs(config: PosteriorConfig) -> int:
    """Return the number of outputs that the encoder needs."""
    dim = config.latent_dim
    return 2 * dim if config.covariance == "diagonal" else 2 * dim + dim * (dim - 1) // 2  # mean, log σ², entries of A


def posterior_of(config: PosteriorConfig, outputs: Tensor, code_activation: nn.Module) -> Posterior:
    """Return q(z|x) for outputs of the encoder (batch, posterior_outputs)."""
    if config.covariance == "diagonal":
        mean, log_variance = outputs.chunk(2, dim=1)  # each (batch, latent_dim)
        return Posterior(code_activation(mean), _bounded(log_variance))
    dim = config.latent_dim
    mean, log_variance, lower = outputs[:, :dim], outputs[:, dim : 2 * dim], outputs[:, 2 * dim :]
    return _correlated(code_activation(mean), _bounded(log_variance), lower)


def _bounded(log_variance: Tensor) -> Tensor:
    return LOG_VARIANCE_BOUND * torch.tanh(log_variance / LOG_VARIANCE_BOUND)


def _correlated(mean: Tensor, log_variance: Tensor, lower: Tensor) -> Posterior:
    """Return N(μ, L·Lᵀ) with L = diag(σ)·(I + A), where A is strictly lower triangular with entries ``lower``.

    ``lower`` is (batch, d·(d−1)/2). σ_i is the standard deviation of z_i given z_1 … z_(i−1), and A describes how z_i
    depends on them, independently of the scale of z_i.
    """
    count, dim = mean.shape
    rows, columns = torch.tril_indices(dim, dim, offset=-1, device=mean.device)
    unit = torch.eye(dim, dtype=mean.dtype, device=mean.device).repeat(count, 1, 1)
    unit[:, rows, columns] = lower.to(mean.dtype)  # I + A
    scale_tril = (0.5 * log_variance).exp()[:, :, None] * unit  # (batch, latent_dim, latent_dim)
    # The marginal variance of z_i is σ_i² times the squared length of row i of I + A.
    return Posterior(mean, log_variance + unit.square().sum(2).log(), scale_tril)
