"""What a VAE's loss makes of its terms: the KL weighted by β, with free bits, or held at a capacity that grows."""

from collections.abc import Callable
from typing import Literal

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor

from explorer.config import STRICT, setting
from explorer.models.posterior import PosteriorConfig
from explorer.models.variational.schedules import ramp


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KlObjectiveConfig(PosteriorConfig):
    """How the KL enters the loss; the defaults are those of the ELBO."""

    beta: float = setting(
        1.0, "β", "Weight of the KL in the loss; 1 gives the ELBO.", ge=0, le=1000, when="kl_objective != capacity"
    )
    reconstruction_weight: float = setting(
        1.0,
        "Reconstruction's weight",
        "Weight of −log p(x|z) in the loss. 0 trains by the KL alone: the decoder keeps its initial weights.",
        advanced=True,
        ge=0,
        le=1000,
    )
    kl_objective: Literal["weighted", "free bits", "capacity"] = setting(
        "weighted",
        "KL in the loss",
        "Weighted: β·KL. Free bits: no dimension gains from a KL below a floor. Capacity: γ·|KL − C|, the KL is held "
        "at a goal C that grows.",
        advanced=True,
    )
    kl_warm_up: float = setting(
        0.0,
        "KL warm-up",
        "β rises from 0 to its value over so many epochs; 0 has it there from the start.",
        unit="epochs",
        advanced=True,
        ge=0,
        le=100_000,
        when="kl_objective != capacity",
    )
    free_bits: float = setting(
        0.25,
        "Free bits",
        "KL that each latent dimension may have for nothing, on average over a batch.",
        unit="nats",
        advanced=True,
        ge=0,
        le=100,
        when="kl_objective = free bits",
    )
    capacity: float = setting(
        5.0,
        "Capacity C",
        "The KL that the training ends at.",
        unit="nats",
        advanced=True,
        ge=0,
        le=10_000,
        when="kl_objective = capacity",
    )
    capacity_epochs: float = setting(
        20.0,
        "Capacity's rise",
        "C rises from 0 to its value over so many epochs.",
        unit="epochs",
        advanced=True,
        ge=0,
        le=100_000,
        when="kl_objective = capacity",
    )
    gamma: float = setting(
        1.0,
        "γ",
        "Weight of the distance between KL and C. Too great, and the codes all move away from 0 together: a KL that "
        "says nothing of the sample.",
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
        The batch's mean KL, a scalar, nats.
    per_dimension
        The same by latent dimension, (latent_dim,), where it is defined.
    epoch
        How many epochs are behind.
    """
    return _OBJECTIVES[config.kl_objective](config, kl, per_dimension, epoch)


def _weighted(config: KlObjectiveConfig, kl: Tensor, _: Tensor | None, epoch: float) -> Tensor:
    """β·KL (Higgins et al. 2017), with β's warm-up (Bowman et al. 2016, arXiv 1511.06349; Sønderby et al. 2016)."""
    return config.beta * ramp(epoch, config.kl_warm_up) * kl


def _free_bits(config: KlObjectiveConfig, kl: Tensor, per_dimension: Tensor | None, epoch: float) -> Tensor:
    """β·Σ max(λ, KL_j), each KL_j averaged over the batch first (Kingma et al. 2016, arXiv 1606.04934, section 6).

    Where the KL is not defined by dimension, all dimensions are one group, whose floor is the sum of theirs.
    """
    parts = kl[None] if per_dimension is None else per_dimension
    floor = config.free_bits * config.latent_dim / len(parts)
    return config.beta * ramp(epoch, config.kl_warm_up) * torch.clamp(parts, min=floor).sum()


def _capacity(config: KlObjectiveConfig, kl: Tensor, _: Tensor | None, epoch: float) -> Tensor:
    """γ·|KL − C| with C rising linearly (Burgess et al. 2018, arXiv 1804.03599)."""
    return config.gamma * (kl - config.capacity * ramp(epoch, config.capacity_epochs)).abs()


_OBJECTIVES: dict[str, Callable[[KlObjectiveConfig, Tensor, Tensor | None, float], Tensor]] = {
    "weighted": _weighted,
    "free bits": _free_bits,
    "capacity": _capacity,
}
