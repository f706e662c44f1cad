"""What an evaluation is made of: measures, each of which computes one or more figures of the same work.

A module below `explorer.latent.metrics` declares its figures and the function that computes them in one place::

    @measures(Figure("extent", "extent of the codes", "latent units", ...), passes=lambda evaluated: 1)
    def measure(evaluated, found): ...

`explorer.latent.evaluation.catalog` lists the measures.
"""

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
from explorer.latent.absent import Absent
from explorer.latent.inputs import Inputs, inputs_of
from explorer.latent.metrics.figure import Figure
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, NotDefined, Posterior

CHUNK = 256
"""Samples in a pass: few enough that a question which waits for the pass is still answered at once."""
POINT = "the encoder gives a point, no distribution"
NOT_FINITE = "a code of the split is not finite"

Matrix = tuple[tuple[float, ...] | None, ...]
"""A row per class; None for a class without samples."""
Found = Mapping[str, float | int | str | Matrix | Absent]
"""Values of `explorer.latent.evaluation.figures.Figures` by their keys."""


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
        Of the samples, one for each of `chunks`; empty before they are encoded.
    """

    model: LatentModel
    dataset: Dataset
    index: NDArray[np.int64]
    importance_samples: int
    corruption: Corruption
    train_codes: NDArray[np.float32] | None = None
    posteriors: tuple[Posterior, ...] = ()

    @cached_property
    def chunks(self) -> tuple[slice, ...]:
        """The chunks of ``index``."""
        return tuple(slice(start, start + CHUNK) for start in range(0, len(self.index), CHUNK))

    @cached_property
    def means(self) -> NDArray[np.float32]:
        """The posteriors' means, (n, latent_dim)."""
        return np.concatenate([posterior.mean.cpu().numpy() for posterior in self.posteriors])

    @property
    def finite_means(self) -> NDArray[np.float32]:
        """The posteriors' means, (n, latent_dim); raises `NotDefined` where one is not finite."""
        if not np.isfinite(self.means).all():
            raise NotDefined(NOT_FINITE)
        return self.means

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """The classes of the samples, (n,), -1 where unknown; None without labels."""
        return None if self.dataset.labels is None else self.dataset.labels[self.index]

    def inputs(self, chunk: slice) -> Inputs:
        """Return what the model is given of a chunk."""
        return inputs_of(self.model, self.dataset, self.index[chunk])

    def encode(self) -> Steps[tuple[Posterior, ...]]:
        """Return the posteriors; yields 1 after each chunk."""
        posteriors = []
        for chunk in self.chunks:
            with torch.inference_mode():
                given = self.inputs(chunk)
                posteriors.append(self.model.encode(given.x, given.condition))
            yield 1
        return tuple(posteriors)


Work = Callable[[Evaluated, Found], Steps[Found]]


@dataclass(frozen=True)
class Measure:
    """Figures that come of the same work.

    Attributes
    ----------
    work
        Computes them from encoded samples and what the measures before it found; yields 1 after each pass. Raises
        `NotDefined` where none of its figures is defined.
    passes
        How many passes it takes at most.
    why_not
        Says before anything is encoded why none of the figures is defined; "" where they may be.
    """

    figures: tuple[Figure, ...]
    work: Work
    passes: Callable[[Evaluated], int]
    why_not: Callable[[Evaluated], str]

    def planned(self, evaluated: Evaluated) -> int:
        """Return how many passes `run` takes at most."""
        # `passes` may assume what `why_not` has checked, such as that there are labels.
        return 0 if self.why_not(evaluated) else self.passes(evaluated)

    def run(self, evaluated: Evaluated, found: Found) -> Steps[Found]:
        """Return the figures, or why they are not defined; yields 1 after each pass."""
        if why := self.why_not(evaluated):
            return self.absent(why)
        try:
            # Caught here, so that one figure that is not defined leaves all others.
            return (yield from self.work(evaluated, found))
        except NotDefined as lack:
            return self.absent(str(lack))

    def absent(self, why: str) -> Found:
        """Return the same reason for all figures and their errors."""
        return all_absent((key for figure in self.figures for key in figure.keys), why)


def _always_defined(evaluated: Evaluated) -> str:
    return ""


def measures(
    *figures: Figure,
    passes: Callable[[Evaluated], int] = lambda evaluated: 0,
    why_not: Callable[[Evaluated], str] = _always_defined,
) -> Callable[[Work], Measure]:
    """Declare the figures that a function computes; see `Measure`."""
    # The decorated name is the measure itself, which the catalog lists.
    return lambda work: Measure(figures, work, passes, why_not)


def why_no_sample(evaluated: Evaluated) -> str:
    """Say why decodes cannot be compared with samples; "" where they can."""
    return "" if evaluated.dataset.targets is None else "the decode is no sample, but what the sample goes with"


def share_error(share: float, count: int) -> float:
    """Return the standard error of a share of ``count`` samples, taken as independent: √(p·(1−p)/n)."""
    return math.sqrt(share * (1 - share) / count)


def all_absent(keys: Iterable[str], why: str) -> dict[str, Absent]:
    """Return the same reason for several keys."""
    return dict.fromkeys(keys, Absent(why))


def as_double(values: Tensor) -> Tensor:
    """Return float64 on the CPU: not every accelerator has it."""
    return values.cpu().double()  # first to the CPU: MPS, for one, has no float64
