"""The overlap by pairs of classes in words: which pair lies most among each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = Sequence[Sequence[float] | None]


def as_array(matrix: Matrix) -> NDArray[np.float64]:
    """Return the shares ``(classes, classes)``, NaN in the row of a class without samples."""
    rows = [[np.nan] * len(matrix) if row is None else list(row) for row in matrix]
    return np.array(rows, np.float64).reshape(len(matrix), len(matrix))


def largest_pair(matrix: Matrix) -> tuple[int, int] | None:
    """Return the row and the column of the largest share off the diagonal; None where no class lies among another."""
    shares = as_array(matrix)
    np.fill_diagonal(shares, np.nan)  # a class beside itself is no overlap
    if not np.nansum(shares) > 0:
        return None
    row, column = np.unravel_index(int(np.nanargmax(shares)), shares.shape)
    return int(row), int(column)


def overlap_words(matrix: Matrix, names: Sequence[str]) -> str:
    """Name the pair of classes that overlaps most, and how it is the other way round."""
    pair = largest_pair(matrix)
    if pair is None:
        return "No class lies among another: each sample has most of its neighbours in its own class."
    one, other = pair
    shares = as_array(matrix)
    words = f"Most of all, samples of “{names[one]}” lie among “{names[other]}”: {percent(shares[one, other])} of them"
    if np.isnan(shares[other, one]):
        return f"{words}."
    return f"{words}; the other way round, {percent(shares[other, one])}."


def percent(share: float) -> str:
    """Say a share as per cent."""
    return f"{100 * share:.0f} %"
