"""Draws of the aggregate posterior q(z) = (1/N) Σ q(z|x_i) of a split's samples, and of the prior, under fixed seeds.

1. ``rng = numpy.random.default_rng(seed)`` chooses n of N samples: all of them, or
   ``numpy.sort(rng.choice(N, n, replace=False))`` if n < N.
2. ``rng.standard_normal((n, latent_dim))`` is the noise of the draws of q(z|x).
3. The prior is drawn with ``torch.Generator().manual_seed(seed)``.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.latent.inputs import in_double
from explorer.latent.metrics.measure import Evaluated, as_double
from explorer.models.latent_model import Posterior

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
    rng = np.random.default_rng(seed)
    posteriors = posteriors_at(evaluated, choose(len(evaluated.index), DRAWS, rng))
    return posteriors.sample(torch.from_numpy(rng.standard_normal(tuple(posteriors.mean.shape))))


@torch.inference_mode()
def prior_draws(evaluated: Evaluated, count: int, seed: int) -> Tensor:
    """Return draws of the prior, ``(count, latent_dim)``, in the precision and on the device of the model."""
    prior = evaluated.model.prior
    assert prior is not None
    # A CPU generator, as generators of other devices give other numbers for the same seed.
    return prior.sample(count, torch.Generator().manual_seed(seed)).to(evaluated.model.device)


def mean_and_error(values: Tensor) -> tuple[float, float]:
    """Return the mean of independent values ``(n,)`` and its standard error, which is NaN for n = 1."""
    exact = as_double(values).numpy()
    error = float(exact.std(ddof=1)) / len(exact) ** 0.5 if len(exact) > 1 else float("nan")
    return float(exact.mean()), error
