"""How far codes reach, and how unevenly by direction."""

import numpy as np
from numpy.typing import NDArray

from explorer.latent.measure import NOT_FINITE, Absent, Evaluated, Found, Measure, Measuring, all_absent
from explorer.latent.principal import centred, principal_deviations, rounding_of

HELD = 99
"""Per cent of the codes that the radius holds."""


def extent(codes: NDArray[np.float32]) -> float:
    """Give the radius around the mean of codes ``(n, latent_dim)`` that holds 99 % of them, in latent units.

    The percentile of their Euclidean distances over all dimensions, by linear interpolation.
    """
    return float(np.percentile(np.linalg.norm(centred(codes), axis=1), HELD))


def anisotropy(codes: NDArray[np.float32]) -> float | Absent:
    """Give the ratio of the standard deviations of codes ``(n, latent_dim)`` along their first and last axis."""
    dimensions = codes.shape[1]
    if dimensions < 2:
        return Absent("one latent dimension has one axis alone")
    deviations = principal_deviations(codes)
    filled = int((deviations > rounding_of(codes)).sum())
    if filled < dimensions:
        return Absent(f"the codes differ along {filled} of their {dimensions} axes alone")
    return float(deviations[0] / deviations[-1])


def _work(about: Evaluated, _: Found) -> Measuring:
    yield 1
    if not np.isfinite(about.means).all():
        return all_absent(("extent", "anisotropy"), NOT_FINITE)
    return {"extent": extent(about.means), "anisotropy": anisotropy(about.means)}


EXTENT = Measure(lambda _: 1, _work)
