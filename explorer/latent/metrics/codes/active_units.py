"""Which latent dimensions a stochastic encoder uses (Burda et al. 2016, arXiv 1509.00519)."""

import numpy as np
from numpy.typing import NDArray

from explorer.latent.metrics.figure import Figure
from explorer.latent.metrics.measure import POINT, Evaluated, Found, measures
from explorer.latent.steps import Steps

ACTIVE_VARIANCE = 0.01
"""Minimum variance of the posterior mean of an active dimension, in latent units²."""


def count_active(means: NDArray[np.floating]) -> int:
    """Count the dimensions of posterior means ``(n, latent_dim)`` whose variance over the samples is above 0.01."""
    return int((means.astype(np.float64).var(axis=0) > ACTIVE_VARIANCE).sum())


def _why_not(evaluated: Evaluated) -> str:
    stochastic = evaluated.model.capabilities.stochastic_posterior
    # A KL pulls unused means to 0; without one, a scale of 0.01 means nothing.
    return "" if stochastic else f"{POINT}, and the scale of its codes is arbitrary"


@measures(
    Figure(
        "active_units",
        "active units",
        "latent dimensions",
        "neither is better",
        "Latent dimensions whose posterior mean has a variance above 0.01 over the split (Burda et al. 2016, arXiv "
        "1509.00519).",
        needs=("an encoder", "a stochastic posterior"),
        is_count=True,
    ),
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Count the active dimensions."""
    yield from ()
    return {"active_units": count_active(evaluated.means)}
