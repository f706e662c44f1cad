"""Measures, the units of an evaluation: each computes one or more figures from the same work.

A module below `explorer.latent.metrics` declares its figures and the function that computes them in one place::

    @measures(Figure("extent", "extent of the codes", "latent units", ...), passes=lambda evaluated: 1)
    def measure(evaluated, found): ...

`explorer.latent.evaluation.catalog` lists the measures.

Some measures draw from the aggregate posterior q(z) = (1/N) Σ q(z|x_i) of the split and from the prior, under a fixed
seed each (see `Evaluated.seed_of`), so that anyone can draw the same numbers:

1. ``rng = numpy.random.default_rng(seed)`` chooses n of N samples: all of them, or ``numpy.sort(rng.choice(N, n,
   replace=False))`` if n < N (`choose`).
2. ``rng.standard_normal((n, latent_dim))`` is the noise of the draws of q(z|x) (`aggregate_draws`).
3. The prior is drawn with ``torch.Generator().manual_seed(seed)`` (`prior_draws`).
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
from explorer.latent.inputs import Inputs, in_double, inputs_of
from explorer.latent.metrics.figure import Figure
from explorer.latent.metrics.sample_values import SampleValues, by_sample, error_over_samples
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import LatentModel, NotDefined, Posterior

CHUNK = 256
"""Samples per pass, few enough that questions waiting for the end of a pass are answered without noticeable delay."""
SEED_STEP = 1000
"""Distance between the seeds of two evaluations; measures have seeds below it."""
POINT = "the encoder returns a point, not a distribution"
NOT_FINITE = "a code of the split is not finite"
ONE_SAMPLE = "at least two samples are needed"

Matrix = tuple[tuple[float, ...] | None, ...]
"""A row per class; None for a class without samples."""
Found = Mapping[str, float | int | str | Matrix | Absent | SampleValues]
"""Values of `explorer.latent.evaluation.figures.Figures` by their keys, and `SampleValues` by `by_sample`."""


@dataclass(frozen=True, eq=False)
class Evaluated:
    """A model, and the samples at ``index`` that it is evaluated on.

    Attributes
    ----------
    importance_samples
        Number of draws per sample for the estimate of log p(x); 0 for no estimate.
    corruption
        Corruption that the run was trained with.
    train_codes
        Posterior means of the training split, ``(m, latent_dim)``, in its order; None if they are not known.
    posteriors
        Posteriors of the samples, one batch per chunk; empty before the samples are encoded.
    seed
        Seed of the evaluation: another one gives other draws, and shows how far figures depend on them.
    """

    model: LatentModel
    dataset: Dataset
    index: NDArray[np.int64]
    importance_samples: int
    corruption: Corruption
    train_codes: NDArray[np.float32] | None = None
    posteriors: tuple[Posterior, ...] = ()
    seed: int = 0

    def seed_of(self, seed: int) -> int:
        """Return the seed of a measure's noise: its own ``seed`` plus 1,000 times that of the evaluation."""
        return seed + SEED_STEP * self.seed

    def rng(self, seed: int) -> np.random.Generator:
        """Return the generator of a measure's noise, by its own seed."""
        return np.random.default_rng(self.seed_of(seed))

    @cached_property
    def chunks(self) -> tuple[slice, ...]:
        """The chunks of ``index``."""
        return tuple(slice(start, start + CHUNK) for start in range(0, len(self.index), CHUNK))

    @cached_property
    def means(self) -> NDArray[np.float32]:
        """The means of the posteriors, ``(n, latent_dim)``."""
        return np.concatenate([posterior.mean.cpu().numpy() for posterior in self.posteriors])

    @property
    def finite_means(self) -> NDArray[np.float32]:
        """The means of the posteriors, ``(n, latent_dim)``; raises `NotDefined` if one is not finite."""
        if not np.isfinite(self.means).all():
            raise NotDefined(NOT_FINITE)
        return self.means

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """The classes of the samples, ``(n,)``, with -1 for unknown; None for data without labels."""
        return None if self.dataset.labels is None else self.dataset.labels[self.index]

    def inputs(self, chunk: slice) -> Inputs:
        """Return the inputs of the model for a chunk."""
        return inputs_of(self.model, self.dataset, self.index[chunk])

    def encode(self) -> Steps[tuple[Posterior, ...]]:
        """Return the posteriors of all chunks; yield 1 after each."""
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
    """Figures that are computed together.

    Attributes
    ----------
    work
        Computes the figures from the encoded samples and the results of earlier measures; yields 1 after each pass.
        Raises `NotDefined` if none of the figures is defined.
    passes
        Returns the maximum number of passes.
    why_not
        Returns, before anything is encoded, why none of the figures is defined; "" if some may be.
    """

    figures: tuple[Figure, ...]
    work: Work
    passes: Callable[[Evaluated], int]
    why_not: Callable[[Evaluated], str]

    def planned(self, evaluated: Evaluated) -> int:
        """Return the maximum number of passes of `run`."""
        # `passes` may assume what `why_not` has checked, such as that there are labels.
        return 0 if self.why_not(evaluated) else self.passes(evaluated)

    def run(self, evaluated: Evaluated, found: Found) -> Steps[Found]:
        """Return the figures, or why they are not defined; yield 1 after each pass."""
        if why := self.why_not(evaluated):
            return self.absent(why)
        try:
            # Caught here, so that an undefined figure does not end the evaluation of the others.
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
    """Declare the figures that the decorated function computes; it becomes a `Measure`."""
    # The decorated name is the measure itself, which the catalog lists.
    return lambda work: Measure(figures, work, passes, why_not)


def why_no_sample(evaluated: Evaluated) -> str:
    """Return why decodes cannot be compared with samples; "" if they can."""
    return "" if evaluated.dataset.targets is None else "the decoder predicts a target, not the sample itself"


def all_absent(keys: Iterable[str], why: str) -> dict[str, Absent]:
    """Return the same reason for several keys."""
    return dict.fromkeys(keys, Absent(why))


def too_few(count: int, noun: str, purpose: str, needed: int) -> str:
    """Return why a figure of ``count`` samples or codes is not defined."""
    verb = f"{noun} is" if count == 1 else f"{noun}s are"
    return f"{count} {verb} too few {purpose}; at least {needed} are needed"


def number_or_absent(value: float, why: str) -> float | Absent:
    """Return a value, or ``why`` it is not defined if it is NaN, as the standard error of a single draw is."""
    return Absent(why) if math.isnan(value) else value


def figure_of_samples(
    name: str, value: float, values: NDArray[np.float64], rows: NDArray[np.int64] | None = None
) -> Found:
    """Return a figure, its standard error over samples, and the values ``(n,)`` of the samples (`SampleValues.of`).

    If one of the values is not a finite float32, neither the figure nor its error is defined.
    """
    if invalid := int((~(np.abs(values) <= np.finfo(np.float32).max)).sum()):
        why = f"{invalid:,} of {len(values):,} values are not finite: weights or data are invalid or far too large"
        return all_absent((name, f"{name}_error"), why)
    return {
        name: value,
        f"{name}_error": number_or_absent(error_over_samples(values), ONE_SAMPLE),
        by_sample(name): SampleValues.of(values, rows),
    }


def as_double(values: Tensor) -> Tensor:
    """Return values in float64 on the CPU, as not every accelerator (MPS, for one) has float64."""
    return values.cpu().double()


DRAWS = 2000
"""Maximum number of draws of each distribution."""


def choose(count: int, limit: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return at most ``limit`` of the indices below ``count``, in ascending order."""
    return np.arange(count) if count <= limit else np.sort(rng.choice(count, limit, replace=False))


def posteriors_at(evaluated: Evaluated, rows: NDArray[np.int64]) -> Posterior:
    """Return the posteriors of the given rows of the split, which must be ascending, in float64 on the CPU."""
    found = []
    # Chunk by chunk, as they were encoded; ascending rows keep the order of the split.
    for chunk, posterior in zip(evaluated.chunks, evaluated.posteriors, strict=True):
        inside = rows[(rows >= chunk.start) & (rows < chunk.stop)] - chunk.start
        found.append(vars(in_double(posterior.rows(torch.from_numpy(inside).to(posterior.mean.device)))))
    names = [name for name, value in found[0].items() if isinstance(value, Tensor)]
    return Posterior(**{name: torch.cat([values[name] for values in found]) for name in names})


@torch.inference_mode()
def aggregate_draws(evaluated: Evaluated, seed: int) -> Tensor:
    """Return one draw of q(z|x) for each of at most `DRAWS` samples, in float64; their codes for a point encoder."""
    rng = evaluated.rng(seed)
    posteriors = posteriors_at(evaluated, choose(len(evaluated.index), DRAWS, rng))
    return posteriors.sample(torch.from_numpy(rng.standard_normal(tuple(posteriors.mean.shape))))


@torch.inference_mode()
def prior_draws(evaluated: Evaluated, count: int, seed: int) -> Tensor:
    """Return draws of the prior, ``(count, latent_dim)``, in the precision and on the device of the model."""
    prior = evaluated.model.prior
    assert prior is not None
    # A CPU generator, as generators of other devices give other numbers for the same seed.
    return prior.sample(count, torch.Generator().manual_seed(evaluated.seed_of(seed))).to(evaluated.model.device)
