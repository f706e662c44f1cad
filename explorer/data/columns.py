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
    return len(np.unique(values[~is_missing(values)])) <= MAX_CLASSES


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
    """Return a continuous column for numbers, dates (as years) and times of day (as hours), else a categorical one."""
    if values.dtype.kind in "iuf":
        return Column(name, values.astype(np.float64), unit=unit)
    if values.dtype.kind == "M":
        return Column(name, _years(values), unit="year")
    if values.dtype.kind == "m":
        hours = values.astype("timedelta64[ms]").astype(np.float64) / 3_600_000
        return Column(name, np.where(np.isnat(values), np.nan, hours), unit="h")
    indices, categories = _encode(values)
    return Column(name, indices, categories, unit)


def encode_groups(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return the group index of each sample, ``(N,)``; missing values form one group."""
    return _encode(values)[0]


def _encode(values: NDArray[Any]) -> ClassLabels:
    missing = is_missing(values)
    found, inverse = np.unique(values[~missing], return_inverse=True)  # sorted
    indices = np.full(len(values), -1, dtype=np.int64)
    indices[~missing] = inverse
    return indices, tuple(_name(value) for value in found)


def is_missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which values ``(N,)`` are missing: NaN, infinity, no date, None, and words of blanks alone."""
    kind = values.dtype.kind
    if kind == "f":
        unknown: NDArray[np.bool_] = ~np.isfinite(values)
        return unknown
    if kind in "mM":
        no_date: NDArray[np.bool_] = np.isnat(values)
        return no_date
    if kind in "USO":
        return np.array([value is None or not str(value).strip() for value in values.tolist()], dtype=np.bool_)
    return np.zeros(len(values), dtype=np.bool_)


def _years(dates: NDArray[Any]) -> NDArray[np.float64]:
    """Return dates as years with fractions, NaN for no date."""
    seconds = dates.astype("datetime64[s]")
    year = seconds.astype("datetime64[Y]")
    length = (year + 1).astype("datetime64[s]") - year.astype("datetime64[s]")
    fraction = (seconds - year.astype("datetime64[s]")) / length
    result: NDArray[np.float64] = np.where(np.isnat(dates), np.nan, year.astype(np.int64) + 1970.0 + fraction)
    return result


def _name(value: Any) -> str:
    if isinstance(value, np.floating):
        return str(int(value))  # 3.0 is shown as 3
    if isinstance(value, np.bool_):
        return "yes" if value else "no"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
