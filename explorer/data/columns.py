"""Turns the values that a file has for each sample into class labels, groups and columns."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Column, DataError

ClassLabels = tuple[NDArray[np.int64], tuple[str, ...]]
"""Class indices ``(N,)``, with -1 for unknown, and the names of the classes."""

LABEL_NAMES = ("labels", "label", "class", "classes", "target", "targets", "species", "y")
"""Column names that are taken for the classes unless another column is chosen, in order of priority."""

MAX_CLASSES = 1000
"""A column with more distinct values than this is not taken for classes."""


def find_label_name(names: Iterable[str]) -> str | None:
    """Return the name in ``names`` that by custom contains the classes, or None."""
    by_lower = {name.lower(): name for name in names}  # "Species" is as good as "species"
    return next((by_lower[known] for known in LABEL_NAMES if known in by_lower), None)


def can_be_labels(values: NDArray[Any]) -> bool:
    """Return whether values are words or integers with at most `MAX_CLASSES` distinct values."""
    if values.dtype.kind == "f" and np.any(values[np.isfinite(values)] % 1 != 0):
        return False
    return len(np.unique(values)) <= MAX_CLASSES


def encode_labels(values: NDArray[Any], *, where: str) -> ClassLabels:
    """Return class indices ``(N,)``, with -1 for missing values, and the names of the classes.

    Numbers are sorted as numbers and words alphabetically. NaN, None and "" count as missing.

    Raises
    ------
    DataError
        If a number is not an integer, or there are more than 1,000 classes.
    """
    if values.dtype.kind == "f":
        known = values[np.isfinite(values)]
        if np.any(known % 1 != 0):
            raise DataError(f"{where}: classes must be words or integers, not {known[known % 1 != 0][0]:g}")
    indices, names = _encode(values)
    if len(names) > MAX_CLASSES:
        raise DataError(f"{where}: {len(names)} distinct values are too many for classes; choose it as an attribute")
    return indices, names


def make_column(name: str, values: NDArray[Any], unit: str = "") -> Column:
    """Return a continuous column for numbers, and a categorical one for words and booleans."""
    if values.dtype.kind in "iuf":
        return Column(name, values.astype(np.float64), unit=unit)
    indices, categories = _encode(values)
    return Column(name, indices, categories, unit)


def encode_groups(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return the group index of each sample, ``(N,)``; missing values form one group."""
    return _encode(values)[0]


def _encode(values: NDArray[Any]) -> ClassLabels:
    missing = _missing(values)
    found, inverse = np.unique(values[~missing], return_inverse=True)  # sorted
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
        return str(int(value))  # 3.0 is shown as 3
    if isinstance(value, np.bool_):
        return "yes" if value else "no"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
