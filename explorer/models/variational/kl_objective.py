"""How the KL enters the loss of a VAE: weighted by β, with free bits, or held at a capacity that rises."""

from collections.abc import Callable
from typing import Literal

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor

from explorer.config import STRICT, setting
from explorer.models.posterior import PosteriorConfig


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KlObjectiveConfig(PosteriorConfig):
    """The settings of the loss of a VAE; the defaults are those of the ELBO."""

    beta: float = setting(
        1.0, "β", "Weight of the KL in the loss; 1 gives the ELBO.", ge=0, le=1000, when="kl_objective != capacity"
    )
    reconstruction_weight: float = setting(
        1.0,
        "Reconstruction weight",
        "Weight of −log p(x|z) in the loss. With 0 only the KL is trained, and the decoder keeps its initial weights.",
        advanced=True,
        ge=0,
        le=1000,
    )
    kl_objective: Literal["weighted", "free bits", "capacity"] = setting(
        "weighted",
        "KL in the loss",
        "Weighted: β·KL. Free bits: a dimension whose KL is below a minimum costs as much as the minimum. Capacity: "
        "γ·|KL − C|, which holds the KL at a target C that rises.",
        advanced=True,
    )
    kl_warm_up: float = setting(
        0.0,
        "KL warm-up",
        "Number of epochs over which β rises from 0 to its value; 0 starts at the value.",
        unit="epochs",
        advanced=True,
        ge=0,
        le=100_000,
        when="kl_objective != capacity",
    )
    free_bits: float = setting(
        0.25,
        "Free bits",
        "KL, averaged over a batch, that each latent dimension may have at no extra cost.",
        unit="nats",
        advanced=True,
        ge=0,
        le=100,
        when="kl_objective = free bits",
    )
    capacity: float = setting(
        5.0,
        "Capacity C",
        "Target of the KL at the end of its rise.",
        unit="nats",
        advanced=True,
        ge=0,
        le=10_000,
        when="kl_objective = capacity",
    )
    capacity_epochs: float = setting(
        20.0,
        "Rise of the capacity",
        "Number of epochs over which C rises from 0 to its value.",
        unit="epochs",
        advanced=True,
        ge=0,
        le=100_000,
        when="kl_objective = capacity",
    )
    gamma: float = setting(
        1.0,
        "γ",
        "Weight of the distance between KL and C. If it is too large, all codes move away from 0 together: the "
        "KL reaches C, but the codes say nothing about the samples.",
        advanced=True,
        ge=0,
        le=10_000,
        when="kl_objective = capacity",
    )


def kl_cost(config: KlObjectiveConfig, kl: Tensor, per_dimension: Tensor | None, epoch: float) -> Tensor:
    """Return what the KL adds to the loss, in nats per sample.

    Parameters
    ----------
    kl
        The mean KL of the batch, a scalar in nats.
    per_dimension
        The mean KL of each latent dimension, (latent_dim,), or None if it is not defined.
    epoch
        Number of epochs completed; infinite in validation.
    """
    return _OBJECTIVES[config.kl_objective](config, kl, per_dimension, epoch)


def ramp(epoch: float, epochs: float) -> float:
    """Return the value of a linear rise from 0 to 1 over ``epochs`` after ``epoch`` epochs; 1 for ``epochs`` = 0."""
    return 1.0 if epoch >= epochs else epoch / epochs


def _weighted(config: KlObjectiveConfig, kl: Tensor, _: Tensor | None, epoch: float) -> Tensor:
    """Return β·KL (Higgins et al. 2017) with a warm-up of β (Bowman et al. 2016, arXiv 1511.06349)."""
    return config.beta * ramp(epoch, config.kl_warm_up) * kl


def _free_bits(config: KlObjectiveConfig, kl: Tensor, per_dimension: Tensor | None, epoch: float) -> Tensor:
    """Return β·Σ max(λ, KL_j), with KL_j averaged over the batch (Kingma et al. 2016, arXiv 1606.04934, section 6).

    If there is no KL per dimension, all dimensions form one group whose minimum is the sum of theirs.
    """
    parts = kl[None] if per_dimension is None else per_dimension  # (latent_dim,), or (1,) for one group
    floor = config.free_bits * config.latent_dim / len(parts)
    # The clamp has no gradient below the floor, so nothing pulls such a KL further down.
    return config.beta * ramp(epoch, config.kl_warm_up) * torch.clamp(parts, min=floor).sum()


def _capacity(config: KlObjectiveConfig, kl: Tensor, _: Tensor | None, epoch: float) -> Tensor:
    """Return γ·|KL − C| with C rising linearly (Burgess et al. 2018, arXiv 1804.03599)."""
    return config.gamma * (kl - config.capacity * ramp(epoch, config.capacity_epochs)).abs()


_OBJECTIVES: dict[str, Callable[[KlObjectiveConfig, Tensor, Tensor | None, float], Tensor]] = {
    "weighted": _weighted,
    "free bits": _free_bits,
    "capacity": _capacity,
}
