"""A few of many places, spread evenly over what is in sight, and the same ones whenever the view moves a little."""

import math

import numpy as np
from numpy.typing import NDArray

SEED = 0
"""Of the order in which rows are preferred, the same always."""


def evenly(places: NDArray[np.float64], rows: NDArray[np.intp], area: float, most: int) -> NDArray[np.intp]:
    """Choose at most ``most`` of some rows of places ``(n, 2)``, spread over an area; gives them sorted.

    The plane is laid out in square cells, about as many as are chosen; each cell gives one of its places in its turn,
    in an order that is fixed for each row. The cells' side is a power of two and they lie on the plane itself, so that
    a view that moves keeps what it shows, and one that comes closer adds to it.

    Parameters
    ----------
    area
        Of what is in sight, in squared latent units.
    """
    if len(rows) <= most:
        return np.sort(rows)
    side = 2.0 ** math.ceil(math.log2(math.sqrt(area / most)))
    cells = np.floor(places[rows] / side)
    rank = np.random.default_rng(SEED).permutation(len(places))[rows]
    order = np.lexsort((rank, cells[:, 1], cells[:, 0]))
    begins = np.ones(len(rows), bool)
    begins[1:] = (np.diff(cells[order], axis=0) != 0).any(axis=1)
    starts = np.flatnonzero(begins)
    turn = np.empty(len(rows), np.intp)
    turn[order] = np.arange(len(rows)) - np.repeat(starts, np.diff(np.append(starts, len(rows))))
    return np.sort(rows[np.lexsort((rank, turn))[:most]])
