"""Which codes a hand would want: the range of each latent dimension, and random draws."""

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.open_run import OpenRun

PRIOR_SIGMAS = 4.0
MEASURED = 4_000
"""How many codes a range is measured on."""


def code_range(run: OpenRun) -> NDArray[np.float64]:
    """Give the lowest and highest useful value of each dimension, ``(latent_dim, 2)``.

    ±4σ of the prior; without a prior, where 99 % of the codes lie, and a little more.
    """
    prior = np.tile([-PRIOR_SIGMAS, PRIOR_SIGMAS], (run.latent_dim, 1))
    if run.capabilities.prior or run.plane is None:
        return prior
    codes = run.plane.mean[:: max(1, len(run.plane.mean) // MEASURED)]
    codes = codes[np.isfinite(codes).all(axis=1)]
    if len(codes) < 2:
        return prior
    low, high = np.percentile(codes, [0.5, 99.5], axis=0)
    margin = np.maximum(0.05 * (high - low), 1e-3)
    return np.column_stack([low - margin, high + margin])


def random_code(run: OpenRun, rng: np.random.Generator) -> tuple[float, ...]:
    """Draw a code from the prior; where a family has none, evenly from the box that its codes lie in."""
    if run.capabilities.prior:
        drawn = rng.standard_normal(run.latent_dim)
    else:
        low, high = code_range(run).T
        drawn = rng.uniform(low, high)
    return tuple(map(float, drawn.astype(np.float32)))
