"""The Bernoulli distribution of pixels and of yes/no columns, and the entropy that is its lowest loss."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Bernoulli:
    """Independent Bernoulli pixels with ``logits`` (batch, *shape).

    For grey values in [0, 1] ``log_prob`` is the usual cross-entropy, which is not a log-density. The lowest possible
    loss is then the binary entropy of the data (see `binary_entropy`), not zero.
    """

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """The probability of 1, (batch, *shape)."""
        return torch.sigmoid(self.logits)

    def sample(self, generator: Generator) -> Tensor:
        """Draw zeros and ones, (batch, *shape)."""
        return torch.bernoulli(self.mean, generator=generator)

    def natural_parameters(self) -> Tensor:
        """Return η = logit p, (batch, features) (see `ExponentialFamily`)."""
        return self.logits.flatten(1)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return Σ x·log p + (1−x)·log(1−p) in nats, (batch,)."""
        # From logits: log of a sigmoid that has been rounded to 0 or 1 would be infinite.
        entropy = functional.binary_cross_entropy_with_logits(self.logits, x, reduction="none")  # (batch, *shape)
        return -entropy.flatten(1).sum(1)


def binary_entropy(x: Tensor) -> Tensor:
    """Return −Σ x·log x + (1−x)·log(1−x) in nats, (batch,): the lowest possible Bernoulli loss of grey values."""
    # xlogy is 0 at x = 0, where x·log x would be NaN.
    entropy = -(torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x))
    return entropy.flatten(1).sum(1)
