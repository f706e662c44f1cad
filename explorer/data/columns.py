"""Labels and further columns out of whatever values a file holds for each sample."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Column, DataError

Labels = tuple[NDArray[np.int64], tuple[str, ...]]

LABEL_NAMES = ("labels", "label", "class", "classes", "target", "targets", "species", "y")
"""Names that mean the classes where nobody says which column does."""

MAX_CLASSES = 1000


def find_label_name(names: Iterable[str]) -> str | None:
    """Return the first of ``names`` that by custom holds the classes, or None."""
    by_lower = {name.lower(): name for name in names}
    return next((by_lower[known] for known in LABEL_NAMES if known in by_lower), None)


def can_be_labels(values: NDArray[Any]) -> bool:
    """Whether values are words or whole numbers, few enough to be classes."""
    if values.dtype.kind == "f" and np.any(values[np.isfinite(values)] % 1 != 0):
        return False
    return len(np.unique(values)) <= MAX_CLASSES


def encode_labels(values: NDArray[Any], *, where: str) -> Labels:
    """Return ``(N,)`` class indices, -1 where a value is missing, and the names of the classes.

    Numbers are ordered as numbers, words as words. Missing are NaN, None and "".

    Raises
    ------
    DataError
        For numbers that are no whole numbers, or more than 1,000 classes.
    """
    if values.dtype.kind == "f":
        known = values[np.isfinite(values)]
        if np.any(known % 1 != 0):
            raise DataError(f"{where}: classes must be words or whole numbers, this has {known[known % 1 != 0][0]:g}")
    indices, names = _encode(values)
    if len(names) > MAX_CLASSES:
        raise DataError(f"{where}: {len(names)} different values are too many for classes; choose it as an attribute")
    return indices, names


def make_column(name: str, values: NDArray[Any], unit: str = "") -> Column:
    """Return a continuous column for numbers, a categorical one for words and yes/no values."""
    if values.dtype.kind in "iuf":
        return Column(name, values.astype(np.float64), unit=unit)
    indices, categories = _encode(values)
    return Column(name, indices, categories, unit)


def encode_groups(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return ``(N,)`` a number for each group; missing values form one group."""
    return _encode(values)[0]


def _encode(values: NDArray[Any]) -> Labels:
    missing = _missing(values)
    found, inverse = np.unique(values[~missing], return_inverse=True)
    indices = np.full(len(values), -1, dtype=np.int64)
    indices[~missing] = inverse
    return indices, tuple(_name(value) for value in found)


def _missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        unknown: NDArray[np.bool_] = ~np.isfinite(values)
        return unknown
    if values.dtype.kind in "US":
        return np.array([not text.strip() for text in values.tolist()], dtype=np.bool_)
    return np.zeros(len(values), dtype=np.bool_)


def _name(value: Any) -> str:
    if isinstance(value, np.floating):
        return str(int(value))
    if isinstance(value, np.bool_):
        return "yes" if value else "no"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
