"""Principal directions of codes: of all codes, or of those near one code.

Directions by PCA of the codes: Härkönen, Hertzmann, Lehtinen and Paris 2020, GANSpace (arXiv 2004.02546). Directions of
the neighbourhood that is being looked at: Li et al. 2026, LatentGandr (arXiv 2604.19953).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.latent.bulk import in_bulk
from explorer.latent.plane.projection import dimension_name
from explorer.latent.steps import Absent, Steps

NEAREST = 200
"""Number of codes nearest to the probe whose principal directions are its local ones."""
MAX_DIRECTIONS = 64
WIDE = 256
"""With more dimensions, only the first directions are computed, from a subset of the codes."""
CHUNK_PRODUCTS, CHUNK_VALUES = 20_000_000, 200_000
"""Multiplications in one chunk, and values of codes, which take a few milliseconds."""
WIDE_VALUES = 1_000_000
"""Maximum number of values in the codes from which the directions in many dimensions are computed."""
MOSTLY, MAX_NAMED, MIN_NAMED = 0.5, 3, 0.05
"""A direction is named by the fewest dimensions, but two, with this share of its squared length; their maximum number;
the minimum share of each."""

TOO_FEW = "fewer than two codes are known, so they have no principal directions"
NO_SPREAD = "all codes are equal, so they have no principal directions"


@dataclass(frozen=True, eq=False)
class PrincipalDirections:
    """The principal directions of codes, in the order of decreasing variance.

    Attributes
    ----------
    vectors
        ``(k, latent_dim)``: orthonormal rows, the largest weight of each positive.
    deviations
        ``(k,)``: standard deviations of the codes along them, in latent units.
    shares
        ``(k,)``: shares of the variance of these codes.
    rows
        ``(n,)``: rows of the codes that they were computed from.
    """

    vectors: NDArray[np.float64]
    deviations: NDArray[np.float64]
    shares: NDArray[np.float64]
    rows: NDArray[np.int64]


def principal_directions(codes: NDArray[np.float32]) -> Steps[PrincipalDirections | Absent]:
    """Return the first principal directions of the bulk of codes ``(n, latent_dim)``, at most `MAX_DIRECTIONS`."""
    rows = yield from bulk_rows(codes)
    latent_dim = codes.shape[1]
    if latent_dim > WIDE:
        # Every pair of dimensions of all codes would take minutes.
        rows = rows[:: max(1, len(rows) * latent_dim // WIDE_VALUES)]
    if len(rows) < 2:
        return Absent(TOO_FEW)
    if latent_dim > WIDE or len(rows) < latent_dim:
        return _of_few(codes, rows)
    mean, scatter = np.zeros(latent_dim), np.zeros((latent_dim, latent_dim))
    # A fixed size: sums of other chunks would differ in their last bits.
    size = max(8, CHUNK_VALUES // latent_dim)
    for start in range(0, len(rows), size):
        mean += codes[rows[start : start + size]].sum(axis=0, dtype=np.float64) / len(rows)
        yield
    size = max(8, CHUNK_PRODUCTS // latent_dim**2)
    for start in range(0, len(rows), size):
        offsets = codes[rows[start : start + size]] - mean  # float64
        scatter += offsets.T @ offsets
        yield
    squares, vectors = np.linalg.eigh(scatter)
    return _directions(squares[::-1], vectors.T[::-1], float(np.trace(scatter)), rows)


def local_directions(
    codes: NDArray[np.float32], z: ArrayLike, count: int = NEAREST
) -> Steps[PrincipalDirections | Absent]:
    """Return the principal directions of the ``count`` codes nearest to a code z ``(latent_dim,)``."""
    probe, squares = np.asarray(z, np.float64), np.empty(len(codes))
    size = max(8, CHUNK_VALUES // codes.shape[1])
    # Not by the search tree of the codes: in many dimensions it compares all of them, too, and cannot pause.
    for start in range(0, len(codes), size):
        part = slice(start, start + size)
        squares[part] = np.square(codes[part] - probe).sum(axis=1)
        yield
    squares[~np.isfinite(squares)] = np.inf
    nearest = np.argpartition(squares, min(count, len(squares)) - 1)[:count] if len(squares) else np.empty(0, np.intp)
    rows = np.sort(nearest[np.isfinite(squares[nearest])]).astype(np.int64)
    return Absent(TOO_FEW) if len(rows) < 2 else _of_few(codes, rows)


def bulk_rows(codes: NDArray[np.float32]) -> Steps[NDArray[np.int64]]:
    """Return the rows of the bulk of codes ``(n, latent_dim)``, see `explorer.latent.bulk`, in chunks of dimensions."""
    finite = np.isfinite(codes).all(axis=1)
    inside = finite.copy()
    size = max(1, CHUNK_VALUES // max(1, len(codes)))
    for start in range(0, codes.shape[1], size):
        inside &= in_bulk(codes[:, start : start + size])
        yield
    # Few along each of many dimensions may be most of all.
    return np.flatnonzero(inside if 2 * inside.sum() >= finite.sum() else finite)


def _of_few(codes: NDArray[np.float32], rows: NDArray[np.int64]) -> PrincipalDirections | Absent:
    values = codes[rows].astype(np.float64)
    offsets = values - values.mean(axis=0)
    total = float(np.square(offsets).sum())
    if len(rows) >= codes.shape[1]:
        squares, vectors = np.linalg.eigh(offsets.T @ offsets)
        return _directions(squares[::-1], vectors.T[::-1], total, rows)
    # The n × n products of the codes have the same eigenvalues, and are the smaller matrix.
    squares, weights = np.linalg.eigh(offsets @ offsets.T)
    squares, weights = squares[::-1], weights.T[::-1]
    # Rounding may leave an eigenvalue of 0 slightly negative.
    lengths = np.sqrt(np.maximum(squares, 1e-300))
    return _directions(squares, (weights @ offsets) / lengths[:, None], total, rows)


def _directions(
    squares: NDArray[np.float64], vectors: NDArray[np.float64], total: float, rows: NDArray[np.int64]
) -> PrincipalDirections | Absent:
    # Along directions below this the codes differ by the rounding of float32 only.
    kept = int((squares > 1e-12 * total).sum()) if total > 0 else 0
    if kept == 0:
        return Absent(NO_SPREAD)
    kept = min(kept, MAX_DIRECTIONS)
    squares, vectors = squares[:kept], vectors[:kept]
    # A direction is defined only up to its sign.
    signs = np.sign(vectors[np.arange(kept), np.abs(vectors).argmax(axis=1)])
    shares = np.minimum(squares / total, 1.0)
    return PrincipalDirections(vectors * signs[:, None], np.sqrt(squares / (len(rows) - 1)), shares, rows)


def mostly(vector: NDArray[np.float64]) -> str:
    """Return the largest coordinates of a direction in words, such as "mostly z₁ and −z₅"."""
    squares = vector**2 / ((vector**2).sum() or 1.0)
    # Stable, so that equal weights are named in the order of their dimensions.
    order = np.argsort(-squares, kind="stable")[:MAX_NAMED].tolist()
    enough = int(np.searchsorted(np.cumsum(squares[order]), MOSTLY)) + 1
    # Tiny parts of an axis-parallel direction are no part of its name.
    named = [index for index in order[: max(2, enough)] if squares[index] >= MIN_NAMED] or order[:1]
    names = [f"{'−' if vector[index] < 0 else ''}{dimension_name(index)}" for index in named]
    if enough > MAX_NAMED:
        return f"{', '.join(names)} and others"
    if len(names) == 1:
        return f"mostly {names[0]}"
    return f"mostly {', '.join(names[:-1])} and {names[-1]}"
