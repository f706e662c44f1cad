"""The width of the posteriors, absolute and relative to the spread of the codes."""

import numpy as np
import torch

from explorer.latent.metrics.figure import Figure
from explorer.latent.metrics.measure import NOT_FINITE, POINT, Evaluated, Found, as_double, measures
from explorer.latent.principal import rounding_of
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import NotDefined


@measures(
    Figure(
        "posterior_sigma",
        "σ of the posteriors",
        "latent units",
        "neither is better",
        "Standard deviation of q(z|x) of each latent dimension, averaged over dimensions and samples. log σ² is "
        "limited to −12 to 12, so the minimum is 0.0025.",
        needs=("an encoder", "a stochastic posterior"),
    ),
    Figure(
        "sigma_over_spread",
        "σ over the codes' spread",
        "times",
        "neither is better",
        "Mean σ of the posteriors divided by the spread of the codes, which is the standard deviation of the "
        "posterior means over the split, averaged over the latent dimensions. Near 0 the posteriors are points; far "
        "above 1 all samples have the same posterior.",
        needs=("an encoder", "a stochastic posterior"),
    ),
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Average σ over samples and dimensions, and divide it by the spread of the codes."""
    yield from ()
    log_variances = [part.log_variance for part in evaluated.posteriors if part.log_variance is not None]
    if not log_variances:
        raise NotDefined(POINT)
    # σ = exp(½ log σ²), averaged as σ, not as log σ or σ².
    sigma = float((0.5 * as_double(torch.cat(log_variances))).exp().mean())
    if not (np.isfinite(evaluated.means).all() and np.isfinite(sigma)):
        raise NotDefined(NOT_FINITE)
    return {"posterior_sigma": sigma, "sigma_over_spread": _beside_spread(evaluated, sigma)}


def _beside_spread(evaluated: Evaluated, sigma: float) -> float | Absent:
    # Means of σ and spread over the dimensions, not of their ratio: an unused dimension has almost no spread.
    spread = float(evaluated.means.astype(np.float64).std(axis=0).mean())
    if spread <= rounding_of(evaluated.means):
        return Absent("all codes are the same point, so they have no spread")
    return sigma / spread
