"""Points and boxes of the plane, and lattices of points over a box."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
"""x and y on the plane, in latent units."""


@dataclass(frozen=True)
class Box:
    """A rectangle of the plane, in latent units."""

    left: float
    right: float
    bottom: float
    top: float

    def towards(self, other: "Box", share: float) -> "Box":
        """Return a box between this one and another one, at ``share`` of the way."""
        ends = zip(_sides(self), _sides(other), strict=True)
        return Box(*(one + share * (two - one) for one, two in ends))

    def is_near(self, other: "Box", share: float) -> bool:
        """Return whether each side is within ``share`` of the other box's width or height from its counterpart."""
        spans = (other.right - other.left,) * 2 + (other.top - other.bottom,) * 2
        sides = zip(_sides(self), _sides(other), spans, strict=True)
        return all(abs(one - two) <= share * span for one, two, span in sides)

    def is_filled_by(self, other: "Box") -> float:
        """Return the width or height of another box as a share of this one's, whichever is greater."""
        across = (other.right - other.left) / (self.right - self.left)
        return max(across, (other.top - other.bottom) / (self.top - self.bottom))

    @property
    def middle(self) -> Point:
        """The centre of the box."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2

    @property
    def width(self) -> float:
        """The width in latent units."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """The height in latent units."""
        return self.top - self.bottom

    def grown(self, share: float) -> "Box":
        """Return a box enlarged on each side by a share of its width and height."""
        across, up = share * self.width, share * self.height
        return Box(self.left - across, self.right + across, self.bottom - up, self.top + up)

    def joined(self, other: "Box") -> "Box":
        """Return the smallest box around both."""
        left, bottom = min(self.left, other.left), min(self.bottom, other.bottom)
        return Box(left, max(self.right, other.right), bottom, max(self.top, other.top))

    def squared(self) -> "Box":
        """Return the smallest square around it, so that circles are drawn as circles."""
        (x, y), half = self.middle, max(self.width, self.height) / 2
        return Box(x - half, x + half, y - half, y + half)

    def contains(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which of the points ``(n, 2)`` are inside, ``(n,)``."""
        x, y = points[:, 0], points[:, 1]
        # A comparison with NaN is False, so points of diverged codes count as outside.
        inside: NDArray[np.bool_] = (x >= self.left) & (x <= self.right) & (y >= self.bottom) & (y <= self.top)
        return inside

    def count_outside(self, points: NDArray[np.float64]) -> int:
        """Return the number of finite points ``(n, 2)`` outside the box."""
        x, y = points[:, 0], points[:, 1]
        outside = (x < self.left) | (x > self.right) | (y < self.bottom) | (y > self.top)
        # Not the complement of `contains`: points that are not finite are nowhere, and are not counted.
        return int((outside & np.isfinite(x) & np.isfinite(y)).sum())


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.right, box.bottom, box.top


COARSEST, FINEST = 64, 6
"""Side of a cell in the first and the last lattice, in pixels."""
MAX_CELLS = 24_000
"""Maximum number of cells of a lattice, unless the caller sets another; most overlays decode a point per cell."""


@dataclass(frozen=True)
class Lattice:
    """A box divided into ``rows`` × ``columns`` equal cells."""

    box: Box
    rows: int
    columns: int

    def __len__(self) -> int:
        return self.rows * self.columns

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell in latent units."""
        return self.box.width / self.columns, self.box.height / self.rows

    def points(self) -> NDArray[np.float64]:
        """Return the centres of the cells, ``(rows · columns, 2)``, row by row from the bottom, each from the left."""
        across, up = self.cell
        x = self.box.left + across * (np.arange(self.columns) + 0.5)
        y = self.box.bottom + up * (np.arange(self.rows) + 0.5)
        # broadcast_arrays makes views, so only the stack allocates memory.
        return np.stack(np.broadcast_arrays(x[None, :], y[:, None]), -1).reshape(-1, 2)


def lattices(
    box: Box, pixels: tuple[int, int], *, flat: bool = False, finest: int = FINEST, max_cells: int = MAX_CELLS
) -> tuple[Lattice, ...]:
    """Return lattices over a box of ``pixels`` in width and height, each with cells of half the side of the one before.

    Parameters
    ----------
    flat
        Whether all rows are equal, as with one latent dimension; the lattices then have one row.
    finest
        Side of the cells of the last lattice, in pixels.
    max_cells
        Maximum number of cells; larger lattices are left out, except for the first.
    """
    found: list[Lattice] = []
    side = COARSEST
    while side >= finest:
        columns, rows = (max(1, -(-length // side)) for length in pixels)
        lattice = Lattice(box, 1 if flat else rows, columns)
        # The first lattice always counts, so that there is something to show.
        if not found or (len(lattice) <= max_cells and lattice != found[-1]):
            found.append(lattice)
        side //= 2
    return tuple(found)
