"""The contract of a likelihood p(x|z)."""

from typing import Protocol

import torch
from torch import Tensor


class Likelihood(Protocol):
    """p(x|z) of a batch: a distribution over samples (batch, *shape) in model values."""

    @property
    def mean(self) -> Tensor:
        """The mean of p(x|z), (batch, *shape)."""

    def sample(self, generator: torch.Generator) -> Tensor:
        """Draw one x per z, (batch, *shape)."""

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x|z) in nats, (batch,), summed over the features of each sample."""
