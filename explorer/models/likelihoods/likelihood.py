"""The contract of a likelihood p(x|z), and the generator of those from which NumPy draws."""

from typing import Protocol, runtime_checkable

import numpy as np
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


@runtime_checkable
class ExponentialFamily(Protocol):
    """A likelihood with log p(x|z) = η(z)·x − A(z) + h(x), where only η and A depend on z.

    log p(x|z) of many x at many z is then a matrix product.
    """

    def natural_parameters(self) -> Tensor:
        """Return η, (batch, features), in the precision of the parameters."""


def numpy_generator(generator: torch.Generator) -> np.random.Generator:
    """Return a NumPy generator with a seed drawn from a torch generator.

    The gamma and von Mises distributions of `torch.distributions` take no generator; their draws could not be repeated.
    """
    seed = torch.randint(2**62, (), generator=generator, device=generator.device)
    return np.random.default_rng(int(seed))
