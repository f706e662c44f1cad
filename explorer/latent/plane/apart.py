"""Which points can have a picture without any two covering each other."""

import numpy as np
from numpy.typing import NDArray

ROUNDS = 3
"""How often points that are left over are tried again."""


def far_apart(
    places: NDArray[np.float64], size: tuple[float, float], among: NDArray[np.intp] | None = None
) -> NDArray[np.intp]:
    """Choose rows of places ``(n, 2)`` so that boxes of this width and height around them do not overlap.

    A row's turn is a fixed one of its own, and who lies near it decides whether it is chosen: so a choice hardly
    changes while other places come into sight or leave it.

    Parameters
    ----------
    among
        The rows to choose from; all of them without.

    Returns
    -------
    The chosen rows, in the order of their turns.
    """
    turn = _turns(len(places))
    left = np.arange(len(places)) if among is None else among
    left = left[np.isfinite(places[left]).all(axis=1)]
    chosen = np.empty(0, np.intp)
    for _ in range(ROUNDS):
        if not len(left):
            break
        first = _first_of_cells(places, left, turn, size)
        kept = first[~_loses(places[first], turn[first], size)]
        chosen = np.concatenate([chosen, kept])
        left = left[~_is_near(places[left], places[chosen], size)]
    return chosen[np.argsort(turn[chosen])]


def _turns(count: int) -> NDArray[np.uint64]:
    """Return each row a number of its own that looks random and is always the same (Knuth's multiplicative hash)."""
    return (np.arange(1, count + 1, dtype=np.uint64) * np.uint64(2_654_435_761)) % np.uint64(2**32)


def _first_of_cells(
    places: NDArray[np.float64], rows: NDArray[np.intp], turn: NDArray[np.uint64], size: tuple[float, float]
) -> NDArray[np.intp]:
    """Return the row with the first turn in each cell of that size."""
    cells = np.floor(places[rows] / size).astype(np.int64)
    order = np.lexsort((turn[rows], cells[:, 1], cells[:, 0]))
    sorted_cells = cells[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (sorted_cells[1:] != sorted_cells[:-1]).any(axis=1)
    return rows[order[new]]


def _loses(places: NDArray[np.float64], turn: NDArray[np.uint64], size: tuple[float, float]) -> NDArray[np.bool_]:
    """Return which of few places overlap with one whose turn is earlier."""
    loses = np.zeros(len(places), np.bool_)
    for one, other in _pairs(places, places, size):
        loses[one] |= turn[other] < turn[one]
    return loses


def _is_near(places: NDArray[np.float64], others: NDArray[np.float64], size: tuple[float, float]) -> NDArray[np.bool_]:
    near = np.zeros(len(places), np.bool_)
    near[[one for one, _ in _pairs(places, others, size)]] = True
    return near


def _pairs(
    places: NDArray[np.float64], others: NDArray[np.float64], size: tuple[float, float]
) -> list[tuple[int, int]]:
    """Return the pairs whose boxes overlap."""
    from scipy.spatial import cKDTree  # here, as it takes a fifth of a second to import

    found = cKDTree(places / size).query_ball_tree(cKDTree(others / size), 1 - 1e-9, p=np.inf)
    return [(one, other) for one, near in enumerate(found) for other in near]
