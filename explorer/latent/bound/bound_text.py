"""What is said of a sample's bound: how log p(x) was found, how sure it is, and why not by a grid."""

import numpy as np

from explorer.latent.bound.sample_bound import SampleBound
from explorer.latent.bound.true_posterior import POINTS_AN_AXIS, grid_decodes

FEW_DRAWS = 100
"""Fewer effective draws than this do not tell how far off they are."""


def error_words(bound: SampleBound) -> str:
    """Say how far off log p(x) may be."""
    if bound.method == "grid":
        if not np.isfinite(bound.error):
            return f"the grid stopped at its limit of {bound.decodes:,} decodes: what it misses is not known"
        return f"{number_of_nats(bound.error)} off a grid half as fine"
    return f"± {number_of_nats(bound.error)} for want of draws{few_words(bound)}"


def few_words(bound: SampleBound) -> str:
    """Say that the importance samples are worth few, so that the estimate is likely too low; "" where they are not."""
    if bound.effective_draws is None or bound.effective_draws >= FEW_DRAWS:
        return ""
    return (
        f", but the {bound.decodes:,} draws are worth {bound.effective_draws:.0f}: q misses much of p(z|x), so that "
        "log p(x) is likely higher"
    )


def method_words(bound: SampleBound) -> str:
    """Say how log p(x) was found."""
    if bound.method == "grid":
        return f"a grid refined where p(z|x) lies, {bound.decodes:,} decodes"
    return f"importance sampling, {bound.decodes:,} draws from q(z|x); {intractable_words(bound.latent_dim)}"


def intractable_words(dimensions: int) -> str:
    """Say why log p(x) of a model of many dimensions is not found by a grid."""
    count = grid_decodes(dimensions)
    many = f"{count:.1e}" if np.isfinite(count) else "more than 10^308"
    return (
        f"a grid of {POINTS_AN_AXIS} points an axis needs {POINTS_AN_AXIS}^{dimensions} = {many} decodes: that is why "
        "p(x) is intractable"
    )


def number_of_nats(value: float) -> str:
    """Write a small number of nats with two digits that count."""
    return f"{value:.2g} nats" if value >= 1e-4 else "less than 0.0001 nats"
