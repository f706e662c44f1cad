"""The extent of the codes, and its ratio between directions."""

import math

import numpy as np
from numpy.typing import NDArray

from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, all_absent, figure_of_samples, measures
from explorer.latent.principal import centred, principal_deviations, rounding_of
from explorer.latent.steps import Absent, Steps

PERCENT_INSIDE = 99
"""Percentage of the codes within the radius."""


def extent(codes: NDArray[np.float32]) -> float:
    """Return the radius around the mean of codes ``(n, latent_dim)`` that contains 99 % of them, in latent units.

    It is the percentile of their Euclidean distances over all dimensions, by linear interpolation.
    """
    return float(np.percentile(np.linalg.norm(centred(codes), axis=1), PERCENT_INSIDE))


def extent_values(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return values ``(n,)`` of the samples, whose standard deviation / √n is the standard error of `extent`.

    A sample adds p to a percentile p if it is beyond, and takes 1 − p away if it is within, both times the slope of the
    percentile by its rank. Ranks have the standard deviation √(p·(1−p)/n), as a share of n; the slope is that between
    the percentiles one standard deviation below and above p.
    """
    distances, share = np.linalg.norm(centred(codes), axis=1), PERCENT_INSIDE / 100
    spread = math.sqrt(share * (1 - share) / len(codes))
    # Near the end of the distribution the upper percentile may be beyond 100 %.
    low, middle, high = np.quantile(distances, [max(0.0, share - spread), share, min(1.0, share + spread)])
    slope = (high - low) / (2 * spread)
    values: NDArray[np.float64] = middle + slope * ((distances > middle) - (1 - share))
    return values


def anisotropy(codes: NDArray[np.float32]) -> float | Absent:
    """Return the ratio of the standard deviations of codes ``(n, latent_dim)`` along the first and the last axis."""
    dimensions = codes.shape[1]
    if dimensions < 2:
        return Absent("with one latent dimension there is only one axis")
    # Deviations below the rounding error have no direction, and their ratio would be noise.
    deviations = principal_deviations(codes)
    filled = int((deviations > rounding_of(codes)).sum())
    if filled < dimensions:
        return Absent(f"the codes vary along only {filled} of {dimensions} axes")
    return float(deviations[0] / deviations[-1])


def anisotropy_values(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return values ``(n,)`` of the samples, whose mean is the `anisotropy` that codes ``(n, latent_dim)`` have.

    They are linear in the squares of the coordinates along the first and the last axis, as √(λ₁/λ_d) is around the
    variances λ (delta method; Anderson 1963, Annals of Mathematical Statistics 34, 122).
    """
    offsets = centred(codes)
    _, deviations, axes = np.linalg.svd(offsets, full_matrices=False)
    deviations = deviations / math.sqrt(len(codes))
    squares = np.square(offsets @ axes[[0, -1]].T / deviations[[0, -1]])  # (n, 2), each column of mean 1
    values: NDArray[np.float64] = deviations[0] / deviations[-1] * (1 + (squares[:, 0] - squares[:, 1]) / 2)
    return values


@measures(
    Figure(
        "extent",
        "extent of the codes",
        "latent units",
        "neither is better",
        "Radius around the mean of the codes of the split (posterior means) that contains 99 % of them: the 99th "
        "percentile of their Euclidean distances from it, over all latent dimensions.",
        errors=(
            StandardError(
                "samples",
                "± of the extent",
                "Standard error of the percentile over the samples: half the distance between the percentiles one "
                "standard deviation √(p·(1−p)/n) of its rank below and above.",
            ),
        ),
    ),
    Figure(
        "anisotropy",
        "anisotropy of the codes",
        "times",
        "neither is better",
        "Standard deviation of the codes of the split (posterior means) along their first principal axis, divided by "
        "that along their last: 1 if the extent is equal in all directions.",
        needs=("an encoder", "two latent dimensions"),
        errors=(
            StandardError(
                "samples",
                "± of the anisotropy",
                "Standard error over the samples, of a ratio of two standard deviations.",
            ),
        ),
    ),
    passes=lambda evaluated: 1,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compute the radius of the codes and their anisotropy."""
    yield 1
    codes = evaluated.finite_means
    found = figure_of_samples("extent", extent(codes), extent_values(codes))
    ratio = anisotropy(codes)
    if isinstance(ratio, Absent):
        return {**found, **all_absent(("anisotropy", "anisotropy_error"), ratio.why)}
    return {**found, **figure_of_samples("anisotropy", ratio, anisotropy_values(codes))}
