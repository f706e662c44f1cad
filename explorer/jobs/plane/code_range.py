"""Which codes a hand would want: the range of each latent dimension, and random draws."""

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.runs.open_run import OpenRun
from explorer.models.sparse_code import SparseCode

PRIOR_SIGMAS = 4.0
MEASURED = 4_000
MEASURED_VALUES = 400_000
"""How many codes, and how many numbers of them, a range is measured on at most."""


def code_range(run: OpenRun) -> NDArray[np.float64]:
    """Return the lowest and highest useful value of each dimension, ``(latent_dim, 2)``.

    ±4σ of the prior; without a prior or with a learned one, where 99 % of the codes lie, and a little more.
    """
    prior = np.tile([-PRIOR_SIGMAS, PRIOR_SIGMAS], (run.latent_dim, 1))
    if has_normal_prior(run) or run.plane is None:
        return prior
    rows = max(2, min(MEASURED, MEASURED_VALUES // run.latent_dim))
    codes = run.plane.mean[:: max(1, len(run.plane.mean) // rows)]
    codes = codes[np.isfinite(codes).all(axis=1)]
    if len(codes) < 2:
        return prior
    low, high = np.percentile(codes, [0.5, 99.5], axis=0)
    margin = np.maximum(0.05 * (high - low), 1e-3)
    return np.column_stack([low - margin, high + margin])


def has_normal_prior(run: OpenRun) -> bool:
    """Whether a run's prior is the standard normal; where a learned one lies, its model alone can tell."""
    return run.capabilities.prior and not run.capabilities.learned_prior


def random_code(run: OpenRun, rng: np.random.Generator) -> tuple[float, ...]:
    """Draw a code from a standard normal prior; else evenly from the box that the codes lie in.

    Of a sparse code each unit is drawn from another sample's, so that it is on as often as it is on samples.
    """
    if has_normal_prior(run):
        drawn = rng.standard_normal(run.latent_dim)
    elif isinstance(run.config.model, SparseCode) and run.plane is not None and len(run.plane.mean):
        rows = rng.integers(len(run.plane.mean), size=run.latent_dim)
        drawn = np.nan_to_num(run.plane.mean[rows, np.arange(run.latent_dim)])
    else:
        low, high = code_range(run).T
        drawn = rng.uniform(low, high)
    return tuple(map(float, drawn.astype(np.float32)))
