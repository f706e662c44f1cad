"""One Gaussian per class, fitted on the codes of its samples; not to be taken for a posterior, one per sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.absent import Absent
from explorer.latent.principal import rounding_of

FEWEST = 3
"""Through two codes goes a line: a Gaussian on the plane needs a third."""


@dataclass(frozen=True, eq=False)
class ClassGaussian:
    """The Gaussian under which the codes of a class are likeliest.

    Attributes
    ----------
    group
        The class's number.
    count
        How many codes it was fitted on.
    mean, covariance
        ``(dimensions,)`` and ``(dimensions, dimensions)``: the codes' own, divided by their number (maximum
        likelihood, not by one less).
    rank
        Along how many directions the codes differ; with fewer than dimensions the covariance is singular.
    """

    group: int
    count: int
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    rank: int

    @property
    def is_singular(self) -> bool:
        """Whether it is no density: along some direction the codes do not differ."""
        return self.rank < len(self.mean)


def class_gaussians(
    codes: NDArray[np.floating], groups: NDArray[np.int64], count: int
) -> tuple[ClassGaussian | Absent, ...]:
    """Fit one Gaussian on the finite codes of each group.

    A fit on the plane is the plane's view of a fit in all dimensions: projecting commutes with means and covariances.

    Parameters
    ----------
    codes
        ``(n, dimensions)``, places on the plane or codes in all dimensions.
    groups
        ``(n,)``, from 0 to ``count`` − 1; what lies outside belongs to none.
    """
    finite = np.isfinite(codes).all(axis=1)
    return tuple(_fit(codes[finite & (groups == group)], group) for group in range(count))


def _fit(codes: NDArray[np.floating], group: int) -> ClassGaussian | Absent:
    if len(codes) < FEWEST:
        return Absent(f"{len(codes)} {'code' if len(codes) == 1 else 'codes'}: a Gaussian needs {FEWEST}")
    values = codes.astype(np.float64)
    mean = values.mean(axis=0)
    offsets = values - mean
    covariance = offsets.T @ offsets / len(values)
    reach = np.sqrt(np.maximum(np.linalg.eigvalsh(covariance), 0.0))
    # A variance is resolved to the square root of what the numbers themselves are.
    least = max(rounding_of(codes), 1e-7 * float(reach[-1]))
    return ClassGaussian(group, len(values), mean, covariance, int((reach > least).sum()))
