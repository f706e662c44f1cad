"""The width of the posteriors, absolute and relative to the spread of the codes."""

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import (
    NOT_FINITE,
    POINT,
    Evaluated,
    Found,
    all_absent,
    as_double,
    figure_of_samples,
    measures,
)
from explorer.latent.principal import centred, rounding_of
from explorer.latent.steps import Steps
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
        errors=(StandardError("samples", "± of σ", "Standard error over the samples."),),
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
        errors=(
            StandardError(
                "samples", "± of σ over the spread", "Standard error over the samples, of a ratio of two means."
            ),
        ),
    ),
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Average σ over samples and dimensions, and divide it by the spread of the codes."""
    yield from ()
    log_variances = [part.log_variance for part in evaluated.posteriors if part.log_variance is not None]
    if not log_variances:
        raise NotDefined(POINT)
    # σ = exp(½ log σ²), averaged as σ, not as log σ or σ².
    sigmas = (0.5 * as_double(torch.cat(log_variances))).exp().mean(dim=1).numpy()
    if not (np.isfinite(evaluated.means).all() and np.isfinite(sigmas).all()):
        raise NotDefined(NOT_FINITE)
    return {**figure_of_samples("posterior_sigma", float(sigmas.mean()), sigmas), **_beside_spread(evaluated, sigmas)}


def _beside_spread(evaluated: Evaluated, sigmas: NDArray[np.float64]) -> Found:
    # Means of σ and spread over the dimensions, not of their ratio: an unused dimension has almost no spread.
    values = spread_values(evaluated.means).mean(axis=1)
    spread = float(values.mean())
    if spread <= rounding_of(evaluated.means):
        why = "all codes are the same point, so they have no spread"
        return all_absent(("sigma_over_spread", "sigma_over_spread_error"), why)
    ratio = float(sigmas.mean()) / spread
    # The ratio of two means, linear around it (delta method).
    return figure_of_samples("sigma_over_spread", ratio, ratio + (sigmas - ratio * values) / spread)


def spread_values(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return values ``(n, latent_dim)`` whose mean is the standard deviation of codes ``(n, latent_dim)``."""
    offsets = centred(codes)
    deviations = np.sqrt(np.square(offsets).mean(axis=0))
    # (s² + x²) / 2s is s plus the derivative of the root, 1/2s, times x² − s².
    divisors = 2 * np.where(deviations == 0, 1.0, deviations)
    values: NDArray[np.float64] = (deviations**2 + np.square(offsets)) / divisors
    return values
