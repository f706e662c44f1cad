"""How the learning rate changes over a training; it depends on the step alone, so that a resumed run goes on alike."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from explorer.config import TrainConfig

STAGES = 8
"""Stages of "stages": 1 + 3 + … + 3⁷ = 3,280 epochs in all."""


def learning_rate(config: TrainConfig, step: int, steps_per_epoch: int) -> float:
    """Return Adam's step size for a step, counted from 0."""
    return config.learning_rate * _FACTORS[config.learning_rate_schedule](step // steps_per_epoch, config.epochs)


def _constant(epoch: int, epochs: int) -> float:
    return 1.0


def _cosine(epoch: int, epochs: int) -> float:
    """From 1 down to nearly 0 over the epochs, along half a cosine (Loshchilov and Hutter 2017, arXiv 1608.03983)."""
    return 0.5 * (1 + math.cos(math.pi * min(epoch, epochs) / epochs))


def _stages(epoch: int, epochs: int) -> float:
    """Return 10^(−i/7) in stage i, which lasts 3^i epochs (Burda et al. 2016, section 5); a tenth from epoch 1,093."""
    stage, end = 0, 1
    while epoch >= end and stage < STAGES - 1:
        stage += 1
        end += 3**stage
    return float(10 ** (-stage / (STAGES - 1)))


_FACTORS: Mapping[str, Callable[[int, int], float]] = MappingProxyType(
    {"constant": _constant, "cosine": _cosine, "stages": _stages}
)
