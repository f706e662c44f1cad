"""Lattices of points over a rectangle of the plane, from coarse to fine."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.plane.box import Box

COARSEST, FINEST = 64, 6
"""Side of a cell in the first and the last lattice, in pixels."""
MAX_CELLS = 24_000


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

    def places(self) -> NDArray[np.float64]:
        """Return the centres of the cells, ``(rows · columns, 2)``, row by row from the bottom, each from the left."""
        across, up = self.cell
        x = self.box.left + across * (np.arange(self.columns) + 0.5)
        y = self.box.bottom + up * (np.arange(self.rows) + 0.5)
        # broadcast_arrays makes views, so only the stack allocates memory.
        return np.stack(np.broadcast_arrays(x[None, :], y[:, None]), -1).reshape(-1, 2)


def lattices(
    box: Box, pixels: tuple[int, int], *, flat: bool = False, finest: int = FINEST, most: int = MAX_CELLS
) -> tuple[Lattice, ...]:
    """Return lattices over a box of ``pixels`` in width and height, each with cells of half the side of the one before.

    Parameters
    ----------
    flat
        Whether all rows are equal, as with one latent dimension; the lattices then have one row.
    finest
        Side of the cells of the last lattice, in pixels.
    most
        Maximum number of cells; larger lattices are left out, except for the first.
    """
    found: list[Lattice] = []
    side = COARSEST
    while side >= finest:
        columns, rows = (max(1, -(-length // side)) for length in pixels)
        lattice = Lattice(box, 1 if flat else rows, columns)
        # The first lattice always counts, so that there is something to show.
        if not found or (len(lattice) <= most and lattice != found[-1]):
            found.append(lattice)
        side //= 2
    return tuple(found)
