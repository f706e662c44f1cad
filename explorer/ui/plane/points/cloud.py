"""Points sorted into the cells of a grid, so that the visible ones are found without testing the others. No Qt."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from explorer.latent.bulk import in_bulk

CELLS: Final = 64
"""Number of cells along each side of the grid."""

# Quantiles of a million points take longer than sorting them into cells, and a sample is enough to position the grid.
_SAMPLE: Final = 20_000


@dataclass(frozen=True)
class Area:
    """The area of the plane that a picture shows, in data units.

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
        ``(n,)`` index of each point in the original array.
    starts
        ``(CELLS² + 1,)`` index of each cell's first point.
    low, step
        ``(2,)`` corner and cell size of the grid. Points beyond the grid belong to its outermost cells.
    density
        Points per unit of area, averaged over the points (not over the area).
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
        """Return slices of the sorted points that cover the area and its margins (data units)."""
        columns = self._span(0, area.left, area.right, margin_x)
        rows = self._span(1, area.bottom, area.top, margin_y)
        if columns == (0, CELLS - 1):
            # Cells are stored row by row: whole rows form one slice, which needs no concatenation later.
            return [slice(self.starts[rows[0] * CELLS], self.starts[(rows[1] + 1) * CELLS])]
        # Otherwise each row of cells contributes its own slice.
        firsts = np.arange(rows[0], rows[1] + 1) * CELLS
        ranges = zip(self.starts[firsts + columns[0]], self.starts[firsts + columns[1] + 1], strict=True)
        return [slice(start, stop) for start, stop in ranges if stop > start]

    def _span(self, axis: int, one: float, other: float, margin: float) -> tuple[int, int]:
        ends = np.array([min(one, other) - margin, max(one, other) + margin])
        # `_cell` clips to the grid, so an area beyond it still gets the outermost cells, which hold the far points.
        first, last = _cell(ends, self.low[axis], self.step[axis])
        return int(first), int(last)


def make_cloud(points: NDArray[Any], shown: NDArray[np.bool_] | None = None) -> Cloud:
    """Sort points into cells.

    Parameters
    ----------
    points
        ``(N, 2)`` in data units; points with a NaN or an infinity are left out.
    shown
        ``(N,)`` booleans, True for points to keep, or None for all.
    """
    keep = np.isfinite(points).all(axis=1)
    if shown is not None:
        keep &= shown
    # Indices into the caller's array are kept, since colours and emphasis follow that order.
    index = np.flatnonzero(keep)
    kept = np.asarray(points[index], dtype=np.float32)
    low, step = _grid(kept)
    # (n,) int16: 64 × 64 = 4096 cells fit, and numpy sorts 16-bit integers by radix, in linear time.
    cells = _cell(kept[:, 1], low[1], step[1]) * np.int16(CELLS) + _cell(kept[:, 0], low[0], step[0])
    order = np.argsort(cells, kind="stable")
    counts = np.bincount(cells, minlength=CELLS * CELLS)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
    # Contiguous x and y, so that a slice of them is read in one pass through memory.
    x, y = np.ascontiguousarray(kept[order].T)
    return Cloud(x, y, index[order], starts, low, step, _density(counts, float(np.prod(step))))


def _grid(points: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corner and cell size of a grid over the middle 99 % of the bulk: outliers would coarsen it."""
    if len(points) == 0:
        return np.zeros(2), np.ones(2)
    some = points[:: max(1, len(points) // _SAMPLE)].astype(np.float64)
    low, high = np.quantile(some[in_bulk(some)], [0.005, 0.995], axis=0)
    min_span = np.maximum(np.abs(high), 1e-30) * 1e-6  # identical points still need cells of some size
    return low, np.maximum(high - low, min_span) / CELLS


def _cell(values: NDArray[Any], low: float, step: float) -> NDArray[np.int16]:
    # Computed in float64: differences of large float32 coordinates would put points into neighbouring cells.
    return np.clip((values.astype(np.float64) - low) / step, 0, CELLS - 1).astype(np.int16)


def _density(counts: NDArray[np.intp], cell_area: float) -> float:
    """Return the mean density around a point. A point does not count itself, so a few points give a low density."""
    total = int(counts.sum())
    pairs = float((counts * (counts - 1.0)).sum())
    return pairs / total / cell_area if total else 0.0
