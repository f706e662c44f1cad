"""Finds the nearest codes in all latent dimensions, and measures the typical distance between neighbours."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.latent.steps import Steps

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

MEASURED = 2_000
"""Number of codes on which the typical distance is measured."""
CHUNK = 50
"""Number of these codes in one chunk."""
COMPARED = 200_000
"""Up to this many numbers in all codes, comparing them one by one is faster than building a tree."""


@dataclass(frozen=True)
class Neighbour:
    """The row of the nearest code and its Euclidean distance in latent units."""

    row: int
    distance: float


class Neighbours:
    """A k-d tree of codes ``(n, latent_dim)``; rows that are not finite are left out.

    Parameters
    ----------
    lazy
        Whether to build the tree only when it is needed, for codes that are shown for a moment.
    """

    def __init__(self, codes: NDArray[np.float32], *, lazy: bool = False) -> None:
        self._rows = np.flatnonzero(np.isfinite(codes).all(axis=1))
        # Use float64, as the tree stores: it would copy a float32 array.
        self._codes = np.asarray(codes, np.float64)[self._rows]
        self._typical: float | None = None if len(self._codes) > 1 else float("inf")
        if not lazy:
            _ = self._tree

    @cached_property
    def _tree(self) -> "cKDTree | None":
        from scipy.spatial import cKDTree

        return cKDTree(self._codes) if len(self._codes) else None

    def __len__(self) -> int:
        return len(self._rows)

    def nearest(self, z: ArrayLike) -> Neighbour | None:
        """Return the nearest code of one z ``(latent_dim,)``, or None if there are no codes."""
        if len(self) == 0:
            return None
        # Asking for the property would build the tree.
        if "_tree" not in vars(self) and self._codes.size <= COMPARED:
            squares = ((self._codes - np.asarray(z, np.float64)) ** 2).sum(axis=1)  # (n,)
            found = int(squares.argmin())
            return Neighbour(int(self._rows[found]), float(np.sqrt(squares[found])))
        assert self._tree is not None
        distance, found = self._tree.query(np.asarray(z, np.float64))
        return Neighbour(int(self._rows[found]), float(distance))

    def nearest_rows(self, z: ArrayLike, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return rows and distances of the ``count`` nearest codes of one z, sorted by distance."""
        if self._tree is None:
            return np.empty(0, np.int64), np.empty(0)
        # As a list of ranks: for a k of 1 the tree would return numbers instead of arrays.
        ranks = np.arange(1, min(count, len(self)) + 1)
        distances, found = self._tree.query(np.asarray(z, np.float64), k=ranks)
        return self._rows[found], distances

    @property
    def typical_distance(self) -> float:
        """The 95th percentile of the distances between codes and their nearest neighbours, on a fixed subset.

        At points farther than this from every code, the model has seen no data. It is infinite for fewer than two
        codes. The first call is slow in many dimensions; see `measure`.
        """
        for _ in self.measure():
            pass
        return float("inf") if self._typical is None else self._typical

    @property
    def known_typical_distance(self) -> float | None:
        """`typical_distance` if it has been measured, else None."""
        return self._typical

    def measure(self) -> Steps[None]:
        """Measure and cache `typical_distance`; yields after each chunk."""
        if self._tree is None or self._typical is not None:
            return
        chosen = np.arange(len(self))
        if len(self) > MEASURED:
            # Neighbours are searched among all codes, for this subset only.
            chosen = np.sort(np.random.default_rng(0).choice(len(self), MEASURED, replace=False))
        distances = np.empty(len(chosen))
        for start in range(0, len(chosen), CHUNK):
            rows = chosen[start : start + CHUNK]
            # The first neighbour of a code is the code itself.
            distances[start : start + CHUNK] = self._tree.query(self._codes[rows], k=[2])[0][:, 0]
            yield
        # Not the maximum: one far sample would make all of latent space count as near.
        self._typical = float(np.percentile(distances, 95))
