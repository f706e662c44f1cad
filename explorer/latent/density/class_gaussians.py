"""Fits one Gaussian to the codes of each class. It is not a posterior: q(z|x) is one Gaussian per sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.principal import rounding_of
from explorer.latent.steps import Absent

FEWEST = 3
"""Minimum number of codes of a class: two codes span only a line."""


@dataclass(frozen=True, eq=False)
class ClassGaussian:
    """The maximum likelihood Gaussian for the codes of a class.

    Attributes
    ----------
    group
        The class index.
    count
        Number of codes.
    mean, covariance
        ``(dimensions,)`` and ``(dimensions, dimensions)``: moments of the codes, with n in the denominator.
    rank
        Number of directions along which the codes differ; below ``dimensions`` the covariance is singular.
    """

    group: int
    count: int
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    rank: int

    @property
    def is_singular(self) -> bool:
        """Whether the covariance is singular: the codes do not differ along some direction."""
        return self.rank < len(self.mean)


def class_gaussians(
    codes: NDArray[np.floating], groups: NDArray[np.int64], count: int
) -> tuple[ClassGaussian | Absent, ...]:
    """Fit one Gaussian to the finite codes of each group.

    Fitting on the plane equals projecting a fit in all dimensions, as projection commutes with means and covariances.

    Parameters
    ----------
    codes
        ``(n, dimensions)``: points on the plane or codes in all dimensions.
    groups
        ``(n,)``: indices from 0 to ``count`` − 1; other values belong to no group.
    """
    finite = np.isfinite(codes).all(axis=1)
    return tuple(_fit(codes[finite & (groups == group)], group) for group in range(count))


def _fit(codes: NDArray[np.floating], group: int) -> ClassGaussian | Absent:
    if len(codes) < FEWEST:
        return Absent(f"{len(codes)} {'code' if len(codes) == 1 else 'codes'}: a Gaussian needs at least {FEWEST}")
    values = codes.astype(np.float64)
    mean = values.mean(axis=0)
    offsets = values - mean
    covariance = offsets.T @ offsets / len(values)
    reach = np.sqrt(np.maximum(np.linalg.eigvalsh(covariance), 0.0))  # standard deviations, ascending
    # Rounding errors of the codes and of the eigenvalues appear as a small deviation along every direction.
    minimum = max(rounding_of(codes), 1e-7 * float(reach[-1]))
    return ClassGaussian(group, len(values), mean, covariance, int((reach > minimum).sum()))
