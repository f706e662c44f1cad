"""The likelihood of a word's contexts: which words stand beside it."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor


@dataclass(frozen=True)
class Contexts:
    """p(context|z): one categorical over the V terms from ``logits`` (batch, V), of which each context is a draw."""

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """The probability of each term, (batch, V)."""
        return torch.softmax(self.logits, dim=1)

    def sample(self, generator: Generator) -> Tensor:
        """Draw one context, one-hot (batch, V)."""
        drawn = torch.multinomial(self.mean, 1, generator=generator)
        return torch.zeros_like(self.logits).scatter_(1, drawn, 1.0)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return Σ count·log p(context|z) of counts of contexts (batch, V) in nats, (batch,): of them in one order."""
        return (x * torch.log_softmax(self.logits, dim=1)).sum(1)
