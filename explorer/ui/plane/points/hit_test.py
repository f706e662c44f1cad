"""Finds the point under the cursor and the points in a box. No Qt."""

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.spatial import cKDTree


class HitTest:
    """Finds points of one plane by position, in a millisecond for a million points.

    The k-d tree is built by the first search, or earlier by `prepare`, which any thread may call.

    Parameters
    ----------
    points
        ``(N, 2)`` in data units; points with a NaN or an infinity are never found.
    shown
        ``(N,)`` booleans, True for points that may be found, or None for all.
    """

    def __init__(self, points: NDArray[Any], shown: NDArray[np.bool_] | None = None) -> None:
        self._points = np.asarray(points, dtype=np.float64)
        self._finite = np.isfinite(self._points[:, 0]) & np.isfinite(self._points[:, 1])
        self._findable = self._finite
        self._index = np.flatnonzero(self._finite)
        self._tree: cKDTree | None = None
        # `prepare` may run in a worker while the cursor asks in the window's thread: build once.
        self._building = threading.Lock()
        self.set_shown(shown)

    def set_shown(self, shown: NDArray[np.bool_] | None) -> None:
        """Set which points may be found, ``(N,)``. The tree is kept: results are filtered afterwards."""
        self._findable = self._finite if shown is None else self._finite & shown

    def prepare(self) -> "cKDTree":
        """Return the k-d tree; build it first if necessary."""
        from scipy.spatial import cKDTree  # here, as it takes a fifth of a second: the window opens without it

        with self._building:
            if self._tree is None:
                # Sliding midpoints build several times quicker than balanced medians, and survive equal points.
                self._tree = cKDTree(self._points[self._index], balanced_tree=False, compact_nodes=False)
            return self._tree

    def at(self, x: float, y: float, radius_x: float, radius_y: float) -> int | None:
        """Return the index of the point nearest on the screen, or None if none is within reach.

        Parameters
        ----------
        x, y
            The position, in data units.
        radius_x, radius_y
            The reach along each axis in data units: the same number of pixels, times the size of a pixel.
        """
        near = self._within(x, y, radius_x, radius_y)
        if len(near) == 0:
            return None
        # Distances in reaches, not data units: with strips the axes have different scales.
        across = (self._points[near, 0] - x) / radius_x
        down = (self._points[near, 1] - y) / radius_y
        distance = across**2 + down**2
        nearest = int(np.argmin(distance))
        return int(near[nearest]) if distance[nearest] <= 1 else None

    def inside(self, left: float, right: float, bottom: float, top: float) -> NDArray[np.intp]:
        """Return the sorted indices of all findable points in a box, its edges included; data units."""
        x, y = self._points[:, 0], self._points[:, 1]
        return np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top) & self._findable)

    def _within(self, x: float, y: float, radius_x: float, radius_y: float) -> NDArray[np.intp]:
        if not (radius_x > 0 and radius_y > 0 and np.isfinite([x, y, radius_x, radius_y]).all()):
            return np.empty(0, dtype=np.intp)
        # A circle with the larger radius contains the ellipse; `at` discards what is outside it.
        near = self.prepare().query_ball_point((x, y), max(radius_x, radius_y))
        candidates: NDArray[np.intp] = self._index[np.asarray(near, dtype=np.intp)]
        return candidates[self._findable[candidates]]
