"""The extent of the codes, and its ratio between directions."""

import math

import numpy as np
from numpy.typing import NDArray

from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, all_absent, figure_of_samples, measures, too_few
from explorer.latent.principal import centred, principal_deviations, rounding_of
from explorer.latent.steps import Absent, Steps

PERCENT_INSIDE = 99
"""Percentage of the codes within the radius."""
MIN_FOR_ERROR = 100
"""Minimum number of codes for the error of the radius: of fewer, none is expected beyond it."""


def extent(codes: NDArray[np.float32]) -> float:
    """Return the radius around the mean of codes ``(n, latent_dim)`` that contains 99 % of them, in latent units.

    It is the percentile of their Euclidean distances over all dimensions, by linear interpolation.
    """
    return float(np.percentile(np.linalg.norm(centred(codes), axis=1), PERCENT_INSIDE))


def extent_error(codes: NDArray[np.float32]) -> float:
    """Return the standard error of `extent` over samples: that of a bootstrap, in closed form.

    In a resample, the percentile p is the distance of rank i with the probability that a Beta distribution around p
    has between (i − 1)/n and i/n (Maritz and Jarrett 1978, Journal of the American Statistical Association 73, 194).
    Ranks are counted as `numpy.percentile` does, from 0 at the first to 1 at the last.
    """
    from scipy.special import betainc

    distances, share = np.sort(np.linalg.norm(centred(codes), axis=1)), PERCENT_INSIDE / 100
    count = len(distances)
    edges = betainc(share * (count - 1) + 1, (1 - share) * (count - 1) + 1, np.arange(count + 1) / count)
    offsets, weights = distances - distances[-1], np.diff(edges)
    return math.sqrt(max(0.0, float(weights @ offsets**2 - (weights @ offsets) ** 2)))


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
                "Standard error of the percentile over the samples, by a bootstrap in closed form (Maritz and Jarrett "
                "1978); absent for fewer than 100 codes.",
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
    # No values of samples: two percentiles of almost the same codes do not differ by a mean of such values.
    found = {"extent": extent(codes), "extent_error": _extent_error(codes)}
    ratio = anisotropy(codes)
    if isinstance(ratio, Absent):
        return {**found, **all_absent(("anisotropy", "anisotropy_error"), ratio.why)}
    return {**found, **figure_of_samples("anisotropy", ratio, anisotropy_values(codes))}


def _extent_error(codes: NDArray[np.float32]) -> float | Absent:
    if len(codes) < MIN_FOR_ERROR:
        return Absent(too_few(len(codes), "code", "for its error", MIN_FOR_ERROR))
    return extent_error(codes)
