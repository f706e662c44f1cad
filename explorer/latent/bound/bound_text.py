"""Describes the bound of a sample in words: how log p(x) was computed, its error, and why not by a grid."""

import numpy as np

from explorer.latent.bound.sample_bound import SampleBound
from explorer.latent.bound.true_posterior import POINTS_PER_AXIS, grid_decodes

FEW_DRAWS = 100
"""With fewer effective draws than this, the error estimate is unreliable."""


def error_words(bound: SampleBound) -> str:
    """Return the error of log p(x) in words."""
    if bound.method == "grid":
        if not np.isfinite(bound.error):
            return f"the grid stopped at its limit of {bound.decodes:,} decodes: the error is unknown"
        return f"error {number_of_nats(bound.error)} (difference from a grid half as fine)"
    return f"sampling error ± {number_of_nats(bound.error)}{few_words(bound)}"


def few_words(bound: SampleBound) -> str:
    """Return a warning if there are few effective draws, so that the estimate is probably too low; else ""."""
    if bound.effective_draws is None or bound.effective_draws >= FEW_DRAWS:
        return ""
    return (
        f", but of {bound.decodes:,} draws only {bound.effective_draws:.0f} are effective: q misses much of p(z|x), "
        "and log p(x) is probably higher"
    )


def method_words(bound: SampleBound) -> str:
    """Return the method by which log p(x) was computed, in words."""
    if bound.method == "grid":
        return f"a grid, refined where p(z|x) is large, {bound.decodes:,} decodes"
    return f"importance sampling, {bound.decodes:,} draws from q(z|x); {intractable_words(bound.latent_dim)}"


def intractable_words(dimensions: int) -> str:
    """Return the reason why log p(x) is not computed by a grid in many dimensions."""
    count = grid_decodes(dimensions)
    many = f"{count:.1e}" if np.isfinite(count) else "more than 10^308"
    return (
        f"a grid of {POINTS_PER_AXIS} points per axis needs {POINTS_PER_AXIS}^{dimensions} = {many} decodes, so p(x) "
        "is intractable"
    )


def number_of_nats(value: float) -> str:
    """Return a small number of nats with two significant digits."""
    return f"{value:.2g} nats" if value >= 1e-4 else "less than 0.0001 nats"
