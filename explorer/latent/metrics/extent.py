"""How far codes reach, and how unevenly by direction."""

import math

import numpy as np
from numpy.typing import NDArray

from explorer.latent.measure import NOT_FINITE, Absent, Evaluated, Found, Measure, all_absent
from explorer.latent.principal import centred, principal_deviations, rounding_of
from explorer.latent.steps import Steps

HELD = 99
"""Per cent of the codes that the radius holds."""


def extent(codes: NDArray[np.float32]) -> float:
    """Return the radius around the mean of codes ``(n, latent_dim)`` that holds 99 % of them, in latent units.

    The percentile of their Euclidean distances over all dimensions, by linear interpolation.
    """
    return float(np.percentile(np.linalg.norm(centred(codes), axis=1), HELD))


def extent_error(codes: NDArray[np.float32]) -> float:
    """Return the standard error of `extent` over samples, from the order of their distances.

    The rank of a percentile p among n has a standard deviation of √(p·(1−p)/n) of them; the error is half the distance
    between the percentiles so far below and above.
    """
    distances, share = np.linalg.norm(centred(codes), axis=1), HELD / 100
    spread = math.sqrt(share * (1 - share) / len(codes))
    low, high = np.quantile(distances, [max(0.0, share - spread), min(1.0, share + spread)])
    return float(high - low) / 2


def anisotropy(codes: NDArray[np.float32]) -> float | Absent:
    """Return the ratio of the standard deviations of codes ``(n, latent_dim)`` along their first and last axis."""
    dimensions = codes.shape[1]
    if dimensions < 2:
        return Absent("one latent dimension has one axis alone")
    deviations = principal_deviations(codes)
    filled = int((deviations > rounding_of(codes)).sum())
    if filled < dimensions:
        return Absent(f"the codes differ along {filled} of their {dimensions} axes alone")
    return float(deviations[0] / deviations[-1])


def _work(about: Evaluated, _: Found) -> Steps[Found]:
    yield 1
    if not np.isfinite(about.means).all():
        return all_absent(("extent", "extent_error", "anisotropy"), NOT_FINITE)
    return {
        "extent": extent(about.means),
        "extent_error": extent_error(about.means),
        "anisotropy": anisotropy(about.means),
    }


EXTENT = Measure(lambda _: 1, _work)
