"""Penalties and constraints that make codes sparse, and the threshold above which a unit counts as active."""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor


@runtime_checkable
class SparseCode(Protocol):
    """The config of a family whose code units are active on some samples and inactive on others."""

    @property
    def active_above(self) -> float:
        """The absolute value above which a unit counts as active on a sample."""


def keep_largest(code: Tensor, count: int) -> Tensor:
    """Return codes (batch, latent_dim) with all but the ``count`` largest units of each sample set to zero.

    Makhzani and Frey 2014, "k-sparse autoencoders" (arXiv 1312.5663). With ties, exactly ``count`` units are kept.
    """
    kept = code.topk(min(count, code.shape[1]), dim=1)  # values and indices, (batch, count) each
    return torch.zeros_like(code).scatter(1, kept.indices, kept.values)


def kl_to_target(mean_activation: Tensor, target: float) -> Tensor:
    """Return KL(Bernoulli(target) ‖ Bernoulli(ρ̂_j)) in nats for mean activations ρ̂ (latent_dim,) in (0, 1).

    Ng 2011, "Sparse autoencoder" (CS294A lecture notes): ρ·log(ρ/ρ̂) + (1−ρ)·log((1−ρ)/(1−ρ̂)).
    """
    rho = torch.as_tensor(target, dtype=mean_activation.dtype, device=mean_activation.device)
    # A unit that is exactly 0 or 1 on all samples would make the KL infinite.
    low = torch.finfo(mean_activation.dtype).eps
    found = mean_activation.clamp(low, 1 - low)
    return torch.xlogy(rho, rho / found) + torch.xlogy(1 - rho, (1 - rho) / (1 - found))
