"""Categorical distributions of one-hot features."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor


@dataclass(frozen=True)
class Categorical:
    """Independent categories with ``logits`` (batch, features); ``sizes`` are the numbers of words of each category.

    A category of which all features are 0 is unknown, and adds nothing to the log-probability.
    """

    logits: Tensor
    sizes: tuple[int, ...]

    @property
    def mean(self) -> Tensor:
        """The probability of each word, (batch, features); those of a category sum to 1."""
        return torch.cat([part.softmax(1) for part in torch.split(self.logits, list(self.sizes), dim=1)], 1)

    def sample(self, generator: Generator) -> Tensor:
        """Draw one word of each category, (batch, features), as 1 among 0."""
        drawn = []
        for part in torch.split(self.mean, list(self.sizes), dim=1):
            # Unknown is no outcome: every draw has a word.
            word = torch.multinomial(part, 1, generator=generator)
            drawn.append(torch.zeros_like(part).scatter(1, word, 1.0))
        return torch.cat(drawn, 1)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return Σ log p(word) in nats, (batch,)."""
        log_probs = torch.cat([part.log_softmax(1) for part in torch.split(self.logits, list(self.sizes), dim=1)], 1)
        # Of one-hot features, only the word that is 1 counts.
        return (x * log_probs).sum(1)
