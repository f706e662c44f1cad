"""Useful codes for a user: the range of each latent dimension, and random codes."""

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.runs.open_run import OpenRun
from explorer.models.sparse_code import SparseCode

PRIOR_SIGMAS = 4.0
MAX_CODES = 4_000
MAX_VALUES = 400_000
"""Maximum number of codes, and of their values, that a range is computed from."""


def code_range(run: OpenRun) -> NDArray[np.float64]:
    """Return the lowest and highest useful value of each dimension, ``(latent_dim, 2)``.

    For a standard normal prior, ±4σ; otherwise the range of the central 99 % of the codes with a 5 % margin.
    """
    prior = np.tile([-PRIOR_SIGMAS, PRIOR_SIGMAS], (run.latent_dim, 1))
    if has_normal_prior(run) or run.plane is None:
        return prior
    # Quantiles of some thousand codes are precise enough for a slider.
    rows = max(2, min(MAX_CODES, MAX_VALUES // run.latent_dim))
    codes = run.plane.mean[:: max(1, len(run.plane.mean) // rows)]
    codes = codes[np.isfinite(codes).all(axis=1)]
    if len(codes) < 2:
        return prior
    # Single outliers would make sliders useless.
    low, high = np.percentile(codes, [0.5, 99.5], axis=0)
    # A dimension that is always 0 still needs a range to slide in.
    margin = np.maximum(0.05 * (high - low), 1e-3)
    return np.column_stack([low - margin, high + margin])


def has_normal_prior(run: OpenRun) -> bool:
    """Return True if the prior is the standard normal; a learned prior is known only from its weights."""
    return run.capabilities.prior and not run.capabilities.learned_prior


def random_code(run: OpenRun, rng: np.random.Generator) -> tuple[float, ...]:
    """Return a random code: from a standard normal prior, else uniform within the range of the codes.

    Each unit of a sparse code is taken from the code of a random sample, so that it is active as often as for samples.
    """
    if has_normal_prior(run):
        drawn = rng.standard_normal(run.latent_dim)
    elif isinstance(run.config.model, SparseCode) and run.plane is not None and len(run.plane.mean):
        # Independent rows keep the marginal distribution of each unit, including its zeros.
        rows = rng.integers(len(run.plane.mean), size=run.latent_dim)
        drawn = np.nan_to_num(run.plane.mean[rows, np.arange(run.latent_dim)])
    else:
        low, high = code_range(run).T
        drawn = rng.uniform(low, high)
    return tuple(map(float, drawn.astype(np.float32)))
