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

LOG_VARIANCE_LIMIT = 80.0
"""Limit of |log σ²| without the bound, near which exp overflows in float32. Within it nothing is changed."""

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
    log_variance: Literal["bounded", "unbounded"] = setting(
        "bounded",
        "Log-variance",
        "Bounded: a tanh keeps log σ² within ±12, so that σ² never overflows. Unbounded: as the encoder returns it, "
        "for weights that were trained so.",
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
    dim = config.latent_dim
    mean, log_variance, lower = outputs[:, :dim], outputs[:, dim : 2 * dim], outputs[:, 2 * dim :]
    limited = _bounded(log_variance) if config.log_variance == "bounded" else _clamped(log_variance)
    if config.covariance == "diagonal":
        return Posterior(code_activation(mean), limited)
    return _correlated(code_activation(mean), limited, lower)


def _clamped(log_variance: Tensor) -> Tensor:
    return log_variance.clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)


def _bounded(log_variance: Tensor) -> Tensor:
    return LOG_VARIANCE_BOUND * torch.tanh(log_variance / LOG_VARIANCE_BOUND)


def _correlated(mean: Tensor, log_variance: Tensor, lower: Tensor) -> Posterior:
    """Return N(μ, L·Lᵀ) with L = diag(σ)·(I + A), where A is strictly lower triangular with entries ``lower``.

    ``lower`` is (batch, d·(d−1)/2). σ_i is the standard deviation of z_i given z_1 … z_(i−1), and A describes how z_i
    depends on them, independently of the scale of z_i.
    """
    dim, first = mean.shape[1], mean[:, :1]
    # Chosen from one row of values, not written into a matrix: an exported model must not change tensors in place.
    values = torch.cat([lower.to(mean.dtype), torch.zeros_like(first), torch.ones_like(first)], 1)
    unit = values[:, _entries(dim, mean.device)].reshape(-1, dim, dim)  # I + A
    scale_tril = (0.5 * log_variance).exp()[:, :, None] * unit  # (batch, latent_dim, latent_dim)
    # The marginal variance of z_i is σ_i² times the squared length of row i of I + A.
    return Posterior(mean, log_variance + unit.square().sum(2).log(), scale_tril)


def _entries(dim: int, device: torch.device) -> Tensor:
    """Return where each entry of I + A is, row by row, among the entries of A below its diagonal, 0 and 1."""
    count = dim * (dim - 1) // 2
    entries = torch.full((dim, dim), count)
    rows, columns = torch.tril_indices(dim, dim, offset=-1)
    entries[rows, columns] = torch.arange(count)
    return entries.fill_diagonal_(count + 1).flatten().to(device)
