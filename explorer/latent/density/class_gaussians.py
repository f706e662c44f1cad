"""Gaussians that summarize codes: one for each class, and the moments of q(z), which move during a training."""

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


@dataclass(frozen=True, eq=False)
class Moments:
    """The mean ``(latent_dim,)`` and covariance ``(latent_dim, latent_dim)`` of an aggregate posterior."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


@dataclass(frozen=True)
class Drift:
    """The distance of an aggregate posterior from an earlier one.

    Attributes
    ----------
    moved
        Distance of the means in latent units.
    wasserstein
        Wasserstein distance W₂, in latent units, of the Gaussians with their moments: it measures both a shift and a
        change of shape.
    kl
        KL(q now ‖ q before) of these Gaussians in nats; infinite if one of them is singular.
    """

    moved: float
    wasserstein: float
    kl: float


def aggregate_moments(
    mean: NDArray[np.float32],
    log_variance: NDArray[np.float32] | None = None,
    scale_tril: NDArray[np.float32] | None = None,
) -> Moments | None:
    """Return the moments of the mixture of all posteriors, or None if no posterior is finite.

    Parameters
    ----------
    mean, log_variance
        ``(n, latent_dim)``; the latter is None for points. Rows that are not finite are left out.
    scale_tril
        ``(n, latent_dim, latent_dim)``: L of full covariances L·Lᵀ.
    """
    kept = np.isfinite(mean).all(axis=1)
    if log_variance is not None:
        kept &= np.isfinite(log_variance).all(axis=1)
    if not kept.any():
        return None
    means = mean[kept].astype(np.float64)
    middle = means.mean(axis=0)
    # The law of total covariance: the covariance of the means plus the mean of the covariances
    covariance = (means - middle).T @ (means - middle) / len(means)
    if scale_tril is not None:
        scales = scale_tril[kept].astype(np.float64)
        covariance += np.einsum("nij,nkj->ik", scales, scales) / len(scales)  # mean of L·Lᵀ
    elif log_variance is not None:
        covariance += np.diag(np.exp(log_variance[kept].astype(np.float64)).mean(axis=0))
    return Moments(middle, covariance)


def drift(before: Moments, now: Moments) -> Drift:
    """Return the distance of ``now`` from ``before``.

    W₂² = |m₁ − m₂|² + tr(S₁ + S₂ − 2 (S₂^½ S₁ S₂^½)^½): Olkin and Pukelsheim 1982.
    """
    moved = float(np.linalg.norm(now.mean - before.mean))
    root = _root(before.covariance)  # (latent_dim, latent_dim)
    cross = float(np.sqrt(np.maximum(np.linalg.eigvalsh(root @ now.covariance @ root), 0)).sum())
    squared = moved**2 + float(np.trace(now.covariance) + np.trace(before.covariance)) - 2 * cross
    return Drift(moved, float(np.sqrt(max(squared, 0.0))), _kl(now, before))


def _kl(one: Moments, other: Moments) -> float:
    """Return KL(one ‖ other) of two Gaussians in nats."""
    offset = other.mean - one.mean
    # The determinant of many dimensions would under- or overflow.
    sign, log_det = np.linalg.slogdet(other.covariance)
    sign_one, log_det_one = np.linalg.slogdet(one.covariance)
    if sign <= 0 or sign_one <= 0:
        same = np.array_equal(one.mean, other.mean) and np.array_equal(one.covariance, other.covariance)
        return 0.0 if same else float("inf")
    solved = np.linalg.solve(other.covariance, np.column_stack([one.covariance, offset]))
    return float(0.5 * (np.trace(solved[:, :-1]) - len(offset) + offset @ solved[:, -1] + log_det - log_det_one))


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(covariance)
    root: NDArray[np.float64] = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return root
