"""Makes data sets of time series: classes and published splits, equal lengths, one curve per sample.

1. Join the parts, such as the training and the test file of the UCR archive.
2. Fill series that are shorter than the longest with their last value.
3. Put the dimensions of multivariate series one after another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import Axis, DataError, Dataset
from explorer.data.imports.column_roles import column_roles
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import ROW_SETTINGS, interpret
from explorer.data.reading.limits import ARRAY_BYTES, check_growth
from explorer.data.report import Notes, Role, rows_text


@dataclass(frozen=True)
class Series:
    """Series as a file has them.

    Attributes
    ----------
    values
        One ``(D, T)`` for each series, with NaN for missing values; T may differ.
    columns
        Values per series ``(N,)``, such as its class.
    axis
        The times of the values, if the file gives them.
    rows
        The row of each series in the file, counted from 0, if some were left out.
    """

    values: list[NDArray[np.float32]]
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    axis: Axis | None = None
    rows: NDArray[np.intp] | None = None


def series_dataset(
    parts: Mapping[str, Series], config: DataConfig, context: LoadContext, *, name: str, where: str
) -> Dataset:
    """Return the data set of series.

    Parameters
    ----------
    parts
        The series by the name of their split, or by "" if there are no published splits.

    Raises
    ------
    DataError
        If there are no series, or they differ in the number of dimensions.
    """
    notes = context.notes
    notes.applies(*ROW_SETTINGS)
    samples = equal_lengths(_all_series(parts, where), where, notes)
    columns = _joined_columns(parts)
    if parts.keys() - {""}:
        columns["split"] = np.repeat(list(parts), [len(part.values) for part in parts.values()])
    known: dict[str, Role] = {"class": "label", "split": "split"}
    known = {column: role for column, role in known.items() if column in columns}
    roles = column_roles(columns, config, where, notes, known)
    count, channels, length = samples.shape
    notes.understood(f"{count:,} series of {length:,} values")
    if channels > 1:
        notes.understood(f"{channels} dimensions of {length:,} values each follow one another in one curve")
        notes.offer("sample_shape", f"{channels}x{length}", "show each sample as a picture with one row per dimension")
        notes.offer("scaling", "standardize", "scale each value by itself, as dimensions may have different units")
    found = Found(
        name=name,
        where=where,
        samples=samples.reshape(count, channels * length),
        columns=columns,
        roles=roles.roles,
        why=roles.why,
        axis=_axis(parts, channels * length),
        is_signal=True,
        rows=next(iter(parts.values())).rows if len(parts) == 1 else None,
    )
    return interpret(found, config, context)


def _all_series(parts: Mapping[str, Series], where: str) -> list[NDArray[np.float32]]:
    """Return the series of all parts, which have the same number of dimensions."""
    every = [values for part in parts.values() for values in part.values]
    if not every:
        raise DataError(f"{where}: the file has no series")
    dimensions = {len(values) for values in every}
    if len(dimensions) > 1:
        raise DataError(
            f"{where}: series have {min(dimensions)} to {max(dimensions)} dimensions; all need the same number"
        )
    return every


def _axis(parts: Mapping[str, Series], length: int) -> Axis:
    # Of several parts, the first has the times: all series are on one axis.
    axis = next((part.axis for part in parts.values()), None)
    if axis is None or len(axis.values) != length:
        return Axis("time", "steps", np.arange(length, dtype=np.float64))
    return axis


def equal_lengths(every: list[NDArray[np.float32]], where: str, notes: Notes) -> NDArray[np.float32]:
    """Return series as ``(N, D, T)``, with T the longest length; shorter series are continued by their last value.

    Missing values at the end of all dimensions belong to no series: the UCR archive fills shorter series with them.
    """
    lengths = np.array([_length(values) for values in every])
    longest, dimensions = int(lengths.max()), len(every[0])
    size = len(every) * dimensions * longest * 4
    ARRAY_BYTES.check(size, where, "the series take")
    # One long series makes all others as long.
    check_growth(sum(values.nbytes for values in every), size, where)
    if longest == 0:
        raise DataError(f"{where}: the series have no values")
    samples = np.full((len(every), dimensions, longest), np.nan, np.float32)
    for index, (values, length) in enumerate(zip(every, lengths, strict=True)):
        samples[index, :, :length] = values[:, :length]
        if 0 < length < longest:
            samples[index, :, length:] = values[:, length - 1 : length]
    short = np.flatnonzero((lengths > 0) & (lengths < longest))
    if len(short):
        notes.changed(
            f"shorter than {longest:,} values (from {lengths[short].min():,}) and continued by their last value: "
            f"{len(short):,} of {len(every):,} series"
        )
        if len(short) > len(every) / 2:
            notes.warn("most series were continued: their ends are flat, which the model will learn as well")
    return samples


def _length(values: NDArray[np.float32]) -> int:
    """Return the number of values without missing ones at the end."""
    # Missing values within a series stay, and are dealt with as in a table.
    known = np.flatnonzero(~np.isnan(values).all(axis=0))
    return int(known[-1]) + 1 if len(known) else 0


def _joined_columns(parts: Mapping[str, Series]) -> dict[str, NDArray[Any]]:
    """Return the columns that all parts have, joined."""
    first, *others = parts.values()
    # A test part may lack the classes.
    shared = [name for name in first.columns if all(name in other.columns for other in others)]
    return {name: np.concatenate([part.columns[name] for part in parts.values()]) for name in shared}


def kept_rows(notes: Notes, name: str, count: int, bad: list[int], why: str) -> NDArray[np.intp] | None:
    """Note the bad rows of a file, counted from 0; return the others, or None if all of the rows are good."""
    notes.left_out(f"series of {name}", why, rows_text(bad))
    return np.setdiff1d(np.arange(count), bad) if bad else None
