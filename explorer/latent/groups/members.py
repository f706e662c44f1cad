"""Groups of samples: the members near a code, sets of members, and the units that members belong to."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.latent.groups.sample_table import SampleTable
from explorer.latent.groups.search import column_named

SetOperation = Literal["replace", "add", "remove", "intersect"]
Samples = NDArray[np.int64]


def combined(operation: SetOperation, members: ArrayLike, others: ArrayLike) -> Samples:
    """Return the sorted members after a set operation with other samples: union, difference or intersection.

    ``"replace"`` returns the others.
    """
    one, other = np.asarray(members, np.int64), np.asarray(others, np.int64)
    if operation == "add":
        return np.union1d(one, other)
    if operation == "remove":
        return np.setdiff1d(one, other)
    return np.intersect1d(one, other) if operation == "intersect" else np.unique(other)


def nearest_members(index: Samples, codes: NDArray[np.floating], z: ArrayLike, count: int) -> Samples:
    """Return the samples with the ``count`` codes nearest to z, the nearest first.

    Parameters
    ----------
    index, codes
        ``(n,)`` sample of each code, and codes ``(n, latent_dim)``; codes that are not finite are left out.
    z
        ``(latent_dim,)``.
    """
    distances = _distances(codes, z)
    # Stable, so that equal codes keep the order of the data.
    order = np.argsort(distances, kind="stable")[: max(0, count)]
    return index[order[np.isfinite(distances[order])]]


def members_within(index: Samples, codes: NDArray[np.floating], z: ArrayLike, radius: float) -> Samples:
    """Return the samples whose codes are at most ``radius`` from z, in latent units, in their order."""
    return index[_distances(codes, z) <= radius]


def _distances(codes: NDArray[np.floating], z: ArrayLike) -> NDArray[np.float64]:
    distances = np.linalg.norm(codes.astype(np.float64) - np.asarray(z, np.float64), axis=1)
    return np.where(np.isfinite(distances), distances, np.inf)


@dataclass(frozen=True, eq=False)
class Units:
    """What is resampled and left out as a whole, such as all pictures of a person.

    Attributes
    ----------
    of_row
        ``(n,)`` number of the unit of each row of the table, from 0.
    by
        Name of the column that defines them; "" if each sample is a unit.
    """

    of_row: NDArray[np.int64]
    by: str = ""


def unit_columns(table: SampleTable) -> tuple[str, ...]:
    """Return the names of the columns that can define units: categories or whole numbers, with values that repeat."""
    names = [name for name, column in table.columns.items() if _repeats(column.values)]
    return ("class", *names) if table.labels is not None and _repeats(table.labels) else tuple(names)


def units_by(table: SampleTable, by: str) -> Units:
    """Return the units that a column defines; each sample of unknown value is a unit.

    Parameters
    ----------
    by
        A column, ``"class"``, or "" for a unit per sample.

    Raises
    ------
    ConfigError
        If there is no such column.
    """
    rows = np.arange(len(table))
    if not by:
        return Units(rows)
    column = column_named(table, by)
    values = column.values.astype(np.float64)
    # The category of unknown samples is -1.
    known = np.isfinite(values) & ((values >= 0) | (not column.categories))
    # Each unknown sample gets a separate number, after those of the known units.
    names, numbers = np.unique(values[known], return_inverse=True)
    of_row = len(names) + rows
    of_row[known] = numbers
    return Units(np.unique(of_row, return_inverse=True)[1].astype(np.int64), by)


def _repeats(values: NDArray[np.generic]) -> bool:
    numbers = np.asarray(values, np.float64)
    known = numbers[np.isfinite(numbers)]
    return bool(len(known)) and not (known % 1).any() and 1 < len(np.unique(known)) < len(known)


def rows_of(index: Samples, samples: ArrayLike) -> NDArray[np.int64]:
    """Return the rows of samples in an ascending ``index`` ``(n,)``; samples that it lacks are left out."""
    # Each sample once, whatever is asked for: a group has no order.
    wanted = np.unique(np.asarray(samples, np.int64).reshape(-1))
    if len(index) == 0:
        return np.empty(0, np.int64)
    rows = np.minimum(np.searchsorted(index, wanted), len(index) - 1)
    found: NDArray[np.int64] = rows[index[rows] == wanted]
    return found
