"""A distribution of the rows of a table, whose columns have likelihoods of different kinds.

All terms are in nats, and their sum is log p(x|z) (HI-VAE: Nazábal et al. 2020, doi 10.1016/j.patcog.2020.107501).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from explorer.models.likelihoods.likelihood import Likelihood

Columns = slice | list[int]


@dataclass(frozen=True)
class Part:
    """The features at ``columns`` and their likelihood; ``name`` is that of their term of the loss."""

    name: str
    columns: Columns
    likelihood: Likelihood


@dataclass(frozen=True)
class ByColumn:
    """Independent parts of a vector; together they have every feature once."""

    parts: tuple[Part, ...]

    @property
    def mean(self) -> Tensor:
        """The mean of each feature, (batch, features): for yes/no columns and categories, probabilities."""
        return self._in_order([part.likelihood.mean for part in self.parts])

    def sample(self, generator: Generator) -> Tensor:
        """Draw rows, (batch, features)."""
        return self._in_order([part.likelihood.sample(generator) for part in self.parts])

    def log_probs(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return log p of the features of each part in nats, (batch,), by the names of the parts."""
        return {part.name: part.likelihood.log_prob(x[:, part.columns]) for part in self.parts}

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x|z) in nats, (batch,): the sum over the parts."""
        return torch.stack(list(self.log_probs(x).values())).sum(0)

    def _in_order(self, values: Sequence[Tensor]) -> Tensor:
        together = torch.cat(list(values), 1)
        # Kinds alternate in a table: the columns of a part need not be neighbours.
        positions = torch.arange(together.shape[1])
        places = torch.cat([positions[part.columns] for part in self.parts])
        return together if torch.equal(places, positions) else together[:, places.argsort().to(together.device)]


def reconstruction_terms(likelihood: Likelihood, target: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Return log p(x|z), (batch,), and the terms of the loss: the reconstruction, and its parts if there are some."""
    parts = likelihood.log_probs(target) if isinstance(likelihood, ByColumn) else {}
    # One part is the whole reconstruction: a second curve of the same values would add nothing.
    if len(parts) < 2:
        whole = likelihood.log_prob(target)
        return whole, {"reconstruction": -whole.mean()}
    whole = torch.stack(list(parts.values())).sum(0)
    return whole, {"reconstruction": -whole.mean(), **{name: -part.mean() for name, part in parts.items()}}
