"""Points sorted into the cells of a grid, so that those in sight are found without looking at the others. No Qt."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

CELLS: Final = 64
"""Cells along each side of the grid."""

_SAMPLE: Final = 20_000


@dataclass(frozen=True)
class Area:
    """The piece of the plane that a picture shows, in data units.

    ``left`` and ``right`` are the picture's first and last column edges, ``top`` and ``bottom`` its row edges; with the
    second axis pointing up, ``top`` is the larger one.
    """

    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Cloud:
    """The finite, shown points of a plane in the order of their cells.

    Attributes
    ----------
    x, y
        ``(n,)`` float32, data units.
    order
        ``(n,)`` each point's index in the array that was given.
    starts
        ``(CELLS² + 1,)`` where each cell's points begin.
    low, step
        ``(2,)`` the grid's corner and cell size. Points beyond the grid are counted to its outermost cells.
    density
        Points per unit of area as the average point finds them around itself.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    low: NDArray[np.float64]
    step: NDArray[np.float64]
    density: float

    def __len__(self) -> int:
        return len(self.x)

    def in_view(self, area: Area, margin_x: float, margin_y: float) -> list[slice]:
        """Return the runs of points that hold all those within the area and its margins, in data units."""
        columns = self._span(0, area.left, area.right, margin_x)
        rows = self._span(1, area.bottom, area.top, margin_y)
        if columns == (0, CELLS - 1):
            return [slice(self.starts[rows[0] * CELLS], self.starts[(rows[1] + 1) * CELLS])]
        firsts = np.arange(rows[0], rows[1] + 1) * CELLS
        ranges = zip(self.starts[firsts + columns[0]], self.starts[firsts + columns[1] + 1], strict=True)
        return [slice(start, stop) for start, stop in ranges if stop > start]

    def _span(self, axis: int, one: float, other: float, margin: float) -> tuple[int, int]:
        ends = np.array([min(one, other) - margin, max(one, other) + margin])
        first, last = _cell(ends, self.low[axis], self.step[axis])
        return int(first), int(last)


def make_cloud(points: NDArray[Any], shown: NDArray[np.bool_] | None = None) -> Cloud:
    """Sort points into cells.

    Parameters
    ----------
    points
        ``(N, 2)`` in data units; points with a NaN or an infinity are left out.
    shown
        ``(N,)`` which points to keep, or None for all.
    """
    keep = np.isfinite(points).all(axis=1)
    if shown is not None:
        keep &= shown
    index = np.flatnonzero(keep)
    kept = np.asarray(points[index], dtype=np.float32)
    low, step = _grid(kept)
    cells = _cell(kept[:, 1], low[1], step[1]) * np.int16(CELLS) + _cell(kept[:, 0], low[0], step[0])
    order = np.argsort(cells, kind="stable")  # a radix sort for 16-bit integers
    counts = np.bincount(cells, minlength=CELLS * CELLS)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
    x, y = np.ascontiguousarray(kept[order].T)
    return Cloud(x, y, index[order], starts, low, step, _density(counts, float(np.prod(step))))


def _grid(points: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lay the grid over the middle 99 %, so that a few far points do not make the cells coarse."""
    if len(points) == 0:
        return np.zeros(2), np.ones(2)
    some = points[:: max(1, len(points) // _SAMPLE)].astype(np.float64)
    low, high = np.quantile(some, [0.005, 0.995], axis=0)
    least = np.maximum(np.abs(high), 1e-30) * 1e-6  # all points in one place still need cells
    return low, np.maximum(high - low, least) / CELLS


def _cell(values: NDArray[Any], low: float, step: float) -> NDArray[np.int16]:
    return np.clip((values.astype(np.float64) - low) / step, 0, CELLS - 1).astype(np.int16)


def _density(counts: NDArray[np.intp], cell_area: float) -> float:
    """Count each point's companions in its cell; a point does not count itself, so that few points come out sparse."""
    total = int(counts.sum())
    pairs = float((counts * (counts - 1.0)).sum())
    return pairs / total / cell_area if total else 0.0
