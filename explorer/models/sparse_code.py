"""Sparse codes: what keeps most units off, and when a unit counts as on."""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor


@runtime_checkable
class SparseCode(Protocol):
    """The config of a family whose units are on or off, sample by sample."""

    @property
    def active_above(self) -> float:
        """A unit is active on a sample where its absolute value is more than this."""


def keep_largest(code: Tensor, count: int) -> Tensor:
    """Keep each sample's ``count`` largest units of a code (batch, latent_dim), and set the others to zero.

    Makhzani and Frey 2014, "k-sparse autoencoders" (arXiv 1312.5663). Of equal units at the edge exactly as many are
    kept as there is room for.
    """
    kept = code.topk(min(count, code.shape[1]), dim=1)
    return torch.zeros_like(code).scatter(1, kept.indices, kept.values)


def kl_to_target(mean_activation: Tensor, target: float) -> Tensor:
    """Return KL(Bernoulli(target) ‖ Bernoulli(ρ̂_j)) in nats for mean activations ρ̂ (latent_dim,) in (0, 1).

    Ng 2011, "Sparse autoencoder" (CS294A lecture notes): ρ·log(ρ/ρ̂) + (1−ρ)·log((1−ρ)/(1−ρ̂)).
    """
    rho = torch.as_tensor(target, dtype=mean_activation.dtype, device=mean_activation.device)
    # A unit that is off to the last bit has no log: the least normal number stands for it.
    low = torch.finfo(mean_activation.dtype).eps
    found = mean_activation.clamp(low, 1 - low)
    return torch.xlogy(rho, rho / found) + torch.xlogy(1 - rho, (1 - rho) / (1 - found))
