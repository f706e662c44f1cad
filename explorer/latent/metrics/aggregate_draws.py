"""Draws of the aggregate posterior q(z) = (1/N) Σ q(z|x_i) of a split's samples, and of the prior, under fixed seeds.

The choice of samples and the noise are of ``rng = numpy.random.default_rng(seed)``: ``numpy.sort(rng.choice(N, n,
replace=False))`` where n < N samples are taken, all in their order elsewhere, then ``rng.standard_normal((n,
latent_dim))``. The draws of the prior are of ``torch.Generator().manual_seed(seed)``.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.latent.inputs import in_double
from explorer.latent.metrics.measure import Evaluated, as_double
from explorer.models.latent_model import Posterior

DRAWS = 2000
"""At most, of each."""


def choose(count: int, limit: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the indices of at most ``limit`` of ``count`` things, rising."""
    return np.arange(count) if count <= limit else np.sort(rng.choice(count, limit, replace=False))


def posteriors_at(evaluated: Evaluated, rows: NDArray[np.int64]) -> Posterior:
    """Return the posteriors of some samples, by their rows in the split, in rising order; float64 on the CPU."""
    found = []
    # Chunk by chunk, as they were encoded: rising rows keep the order of the split.
    for chunk, posterior in zip(evaluated.chunks, evaluated.posteriors, strict=True):
        inside = rows[(rows >= chunk.start) & (rows < chunk.stop)] - chunk.start
        found.append(vars(in_double(posterior.rows(torch.from_numpy(inside).to(posterior.mean.device)))))
    names = [name for name, value in found[0].items() if isinstance(value, Tensor)]
    return Posterior(**{name: torch.cat([values[name] for values in found]) for name in names})


@torch.inference_mode()
def aggregate_draws(evaluated: Evaluated, seed: int) -> Tensor:
    """Return one draw of q(z|x) for each of at most `DRAWS` samples, or their codes where q is a point; float64."""
    rng = np.random.default_rng(seed)
    posteriors = posteriors_at(evaluated, choose(len(evaluated.index), DRAWS, rng))
    return posteriors.sample(torch.from_numpy(rng.standard_normal(tuple(posteriors.mean.shape))))


@torch.inference_mode()
def prior_draws(evaluated: Evaluated, count: int, seed: int) -> Tensor:
    """Return draws of the model's prior, (count, latent_dim), in its own precision on its device."""
    prior = evaluated.model.prior
    assert prior is not None
    # A generator of its own seed on the CPU: the draws are the same on every device.
    return prior.sample(count, torch.Generator().manual_seed(seed)).to(evaluated.model.device)


def mean_and_error(values: Tensor) -> tuple[float, float]:
    """Return the mean of (n,) independent values and its standard error, NaN for n = 1."""
    exact = as_double(values).numpy()
    error = float(exact.std(ddof=1)) / len(exact) ** 0.5 if len(exact) > 1 else float("nan")
    return float(exact.mean()), error
