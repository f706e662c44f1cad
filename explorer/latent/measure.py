"""What an evaluation is made of: measures, each of which gives some figures, or says why they are not defined."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.data.corruption import Corruption
from explorer.data.dataset import Dataset
from explorer.latent.inputs import Inputs, inputs_of
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, Posterior

CHUNK = 256
"""Samples in a pass: so few that a hand that waits for one does not notice."""
POINT = "the encoder gives a point, no distribution"
NOT_FINITE = "a code of the split is not finite"


@dataclass(frozen=True)
class Absent:
    """Stands for a figure that is not defined, and says why."""

    why: str


Found = Mapping[str, float | int | str | tuple[tuple[float, ...] | None, ...] | Absent]
"""Fields of `explorer.latent.metrics.figures.Figures` by name."""


@dataclass(frozen=True, eq=False)
class Evaluated:
    """A model and the samples at ``index`` that it is measured on.

    Attributes
    ----------
    importance_samples
        Draws for each sample's estimate of log p(x), 0 for none.
    corruption
        What the run was trained with.
    train_codes
        Posterior means of the training split in its order, (m, latent_dim), where they are known.
    posteriors
        Of the samples, one for each of `parts`; none before they are encoded.
    """

    model: LatentModel
    dataset: Dataset
    index: NDArray[np.int64]
    importance_samples: int
    corruption: Corruption
    train_codes: NDArray[np.float32] | None = None
    posteriors: tuple[Posterior, ...] = ()

    @cached_property
    def parts(self) -> tuple[slice, ...]:
        """The chunks of ``index``."""
        return tuple(slice(start, start + CHUNK) for start in range(0, len(self.index), CHUNK))

    @cached_property
    def means(self) -> NDArray[np.float32]:
        """The posteriors' means, (n, latent_dim)."""
        return np.concatenate([posterior.mean.cpu().numpy() for posterior in self.posteriors])

    def inputs(self, part: slice) -> Inputs:
        """Return what the model is given of a chunk."""
        return inputs_of(self.model, self.dataset, self.index[part])

    def encode(self) -> Steps[tuple[Posterior, ...]]:
        """Return the posteriors; yields 1 after each chunk."""
        posteriors = []
        for part in self.parts:
            with torch.inference_mode():
                given = self.inputs(part)
                posteriors.append(self.model.encode(given.x, given.condition))
            yield 1
        return tuple(posteriors)


@dataclass(frozen=True)
class Measure:
    """One kind of work that gives figures.

    Attributes
    ----------
    passes
        How many passes it takes at most, before anything is encoded.
    work
        Does it, after the measures before it, whose figures it is given.
    """

    passes: Callable[[Evaluated], int]
    work: Callable[[Evaluated, Found], Steps[Found]]


def share_error(share: float, count: int) -> float:
    """Return the standard error of a share of ``count`` samples, taken as independent: √(p·(1−p)/n)."""
    return math.sqrt(share * (1 - share) / count)


def all_absent(names: Iterable[str], why: str) -> dict[str, Absent]:
    """Return the same reason for several figures."""
    return dict.fromkeys(names, Absent(why))


def as_double(values: Tensor) -> Tensor:
    """Return float64 on the CPU: not every accelerator has it."""
    return values.cpu().double()
