"""Positive numbers of a likelihood that are learned with the weights: σ, dispersion, concentration."""

import math

import torch
from torch import Tensor

LOG_BOUND = 8.0
"""Bound of the |logarithm| of a learned number, enforced by tanh: it is between 3e-4 and 3,000."""

SPEED = 10.0
"""How many times faster than a weight the logarithm moves. Adam moves every parameter by at most about its learning
rate per step, and σ has to reach the scale of the data within a few hundred steps."""


def log_of(raw: Tensor) -> Tensor:
    """Return the logarithm of a learned number from its unbounded parameter."""
    # tanh keeps a gradient near the bound, which a clamp would not.
    return LOG_BOUND * torch.tanh(SPEED * raw / LOG_BOUND)


def raw_of(value: float) -> float:
    """Return the parameter of a number: the inverse of `log_of`."""
    return LOG_BOUND * math.atanh(math.log(value) / LOG_BOUND) / SPEED
