"""Projects codes to the plane: two dimensions unchanged, one as strips by class, more by a fixed orthonormal basis."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import ConfigError
from explorer.latent.bulk import bulk_of

STRIP_WIDTH = 0.7
"""Height of the strip of one class; the strips are at a distance of 1."""

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it modulo 1 never come close to each other, unlike random numbers."""


WIDE = 256
"""With more dimensions, the two principal components are found iteratively."""


@dataclass(frozen=True, eq=False)
class Projection:
    """An affine projection of codes to the plane, with orthonormal rows.

    Attributes
    ----------
    mean
        ``(latent_dim,)``: the code at the origin of the plane.
    components
        ``(2, latent_dim)``: the directions of x and y; ``(1, latent_dim)`` for one latent dimension, whose y is the
        strip of the class.
    axis_names
        Names of the two axes.
    explained_variance_ratio
        Share of the codes' variance along each axis; None if the projection was not fitted.
    """

    mean: NDArray[np.float64]
    components: NDArray[np.float64]
    axis_names: tuple[str, str]
    explained_variance_ratio: tuple[float, float] | None = None

    @property
    def latent_dim(self) -> int:
        """The dimension of the codes."""
        return int(self.components.shape[1])

    @property
    def is_whole(self) -> bool:
        """Whether the plane shows the whole code, because it has at most two dimensions."""
        return self.latent_dim <= 2

    def share_shown(self, codes: NDArray[np.float32]) -> float:
        """Return the share of the variance of the bulk of codes ``(n, latent_dim)`` along both axes together."""
        kept = bulk_of(codes)
        total = float(kept.var(axis=0).sum()) if len(kept) else 0.0
        return float((kept @ self.components.T).var(axis=0).sum()) / total if total > 0 else 1.0

    def project(self, z: ArrayLike, labels: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Return points ``(n, 2)`` for codes ``(n, latent_dim)``; with one dimension, ``labels`` choose the strips."""
        shown = (np.asarray(z, np.float64) - self.mean) @ self.components.T
        if len(self.components) == 2:
            return shown
        return np.column_stack([shown[:, 0], strips(len(shown), labels)])

    def point_of(self, z: ArrayLike) -> NDArray[np.float64]:
        """Return the point ``(2,)`` of one code; with one dimension, in the middle of the first strip."""
        shown = (np.asarray(z, np.float64) - self.mean) @ self.components.T
        return np.append(shown, 0.0)[:2]

    def replace_components(self, z: ArrayLike, xy: ArrayLike) -> NDArray[np.float64]:
        """Return the code at the point ``xy`` ``(2,)`` that equals ``z`` in all directions orthogonal to the plane."""
        code = np.asarray(z, np.float64)
        wanted = np.asarray(xy, np.float64)[: len(self.components)]
        shown = (code - self.mean) @ self.components.T
        result: NDArray[np.float64] = code + (wanted - shown) @ self.components  # moves within the plane only
        return result

    def codes_at(self, z: ArrayLike, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return codes ``(n, latent_dim)`` at points ``(n, 2)``, each as from `replace_components`."""
        code = np.asarray(z, np.float64)
        shown = (code - self.mean) @ self.components.T
        result: NDArray[np.float64] = code + (points[:, : len(self.components)] - shown) @ self.components
        return result

    def unseen(self, z: ArrayLike) -> NDArray[np.float64]:
        """Return the component of codes ``(..., latent_dim)`` orthogonal to the plane through the mean."""
        offset = np.asarray(z, np.float64) - self.mean
        result: NDArray[np.float64] = offset - (offset @ self.components.T) @ self.components
        return result


def dimension_name(index: int) -> str:
    """Return the name of a latent dimension, counted from 0: ``z₁`` for the first."""
    return subscripted(f"z{index + 1}")


def subscripted(axis_name: str) -> str:
    """Return the name of an axis with subscripts: z₁ for z1; other names are unchanged."""
    is_latent = axis_name.startswith("z") and axis_name[1:].isdigit()
    return "z" + axis_name[1:].translate(_SUBSCRIPTS) if is_latent else axis_name


def default_projection(codes: NDArray[np.float32]) -> Projection:
    """Return the default projection of codes: unchanged up to two dimensions, else two principal components."""
    latent_dim = codes.shape[1]
    return axes_projection(latent_dim) if latent_dim <= 2 else fit_projection(codes)


@lru_cache(maxsize=64)
def axes_projection(latent_dim: int, axes: tuple[int, int] = (0, 1)) -> Projection:
    """Return the projection to two latent dimensions, counted from 0, or to the only one; equal calls share one value.

    Raises
    ------
    ConfigError
        If an axis does not exist, or both are the same.
    """
    chosen = axes if latent_dim > 1 else (0,)
    if len(set(chosen)) != len(chosen) or not all(0 <= axis < latent_dim for axis in chosen):
        raise ConfigError(f"axes {axes}: choose two different axes from 0 to {latent_dim - 1}")
    names = tuple(f"z{axis + 1}" for axis in chosen)
    return Projection(np.zeros(latent_dim), np.eye(latent_dim)[list(chosen)], (names[0], (*names, "class")[1]))


def fit_projection(codes: NDArray[np.float32]) -> Projection:
    """Fit the two principal components of the bulk of the codes ``(n, latent_dim)``, with latent_dim at least 2.

    With codes far out, the components would be the directions towards those, on which all others coincide.
    The largest weight of each is made positive, so that equal codes always have equal projections.
    """
    kept = bulk_of(codes)
    if len(kept) == 0:
        return axes_projection(codes.shape[1])
    mean = kept.mean(axis=0)
    variances, components = _two_largest(kept - mean)
    # An eigenvector is defined only up to its sign.
    signs = np.sign(components[np.arange(2), np.abs(components).argmax(axis=1)])
    total = np.square(kept - mean).sum()
    shares = np.clip(variances / total, 0, 1) if total > 0 else np.zeros(2)  # rounding may exceed 1
    return Projection(mean, components * signs[:, None], ("PC1", "PC2"), (float(shares[0]), float(shares[1])))


def _two_largest(centred: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the two largest eigenvalues of the scatter matrix of centred codes, and their vectors (2, latent_dim)."""
    latent_dim = centred.shape[1]
    if latent_dim <= WIDE or not centred.any():
        variances, vectors = np.linalg.eigh(centred.T @ centred)
    else:
        from scipy.sparse.linalg import LinearOperator, eigsh

        # All eigenvalues would take seconds. With a fixed start vector, the iteration always has the same result.
        scatter = LinearOperator((latent_dim, latent_dim), matvec=lambda v: centred.T @ (centred @ v), dtype=np.float64)
        variances, vectors = eigsh(scatter, k=2, v0=np.ones(latent_dim), tol=1e-9)
    return variances[::-1][:2], vectors.T[::-1][:2]


def strips(count: int, labels: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Return heights ``(count,)``: the class index, spread over its strip by a fixed sequence against overlaps."""
    spread: NDArray[np.float64] = ((np.arange(count, dtype=np.float64) * _GOLDEN) % 1 - 0.5) * STRIP_WIDTH
    if labels is None:
        return spread
    return spread + labels.astype(np.float64)
