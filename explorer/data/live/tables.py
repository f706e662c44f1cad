"""Reads tables of pandas, Polars or PyArrow, and dictionaries of columns: numbers are features, the rest columns.

1. Each column becomes an array: numbers, dates, words, or lists of numbers.
2. The column of classes is the one that is named, or the one with a customary name (label, class, target, …).
3. Lists of numbers are the samples; without them, the columns of numbers are; without these, the longest texts.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.arrays.array_names import SAMPLE_NAMES, first_named
from explorer.data.dataset import DataError
from explorer.data.live.live_data import LiveData, no_column_text, plain_array, with_guessed_labels, with_labels

_LOOKED_AT = 500  # rows


def read_table(data: Any, label: str = "") -> LiveData:
    """Read a DataFrame, a series or a table.

    Parameters
    ----------
    label
        The column of classes; "" to find it by its name.

    Raises
    ------
    DataError
        If two columns have one name, or no column can be the samples.
    """
    import narwhals.stable.v2 as nw

    try:
        frame = nw.from_native(data, allow_series=True)
    except (TypeError, ValueError) as error:  # narwhals' DuplicateError is a ValueError
        raise DataError(f"the table cannot be read: {_first_line(error)}") from error
    if isinstance(frame, nw.Series):
        frame = frame.to_frame()
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    columns = read_columns(frame)
    index = np.asarray(() if nw.maybe_get_index(frame) is None else nw.maybe_get_index(frame))
    return live_columns(columns, label, tuple(map(str, index)) if index.dtype.kind in "OU" else ())


def read_columns(frame: Any) -> dict[str, NDArray[Any]]:
    """Return the columns of a table by name; see `column_values`."""
    import narwhals.stable.v2 as nw

    frame = nw.from_native(frame, pass_through=True)
    # Not frame[name], which is a row if pandas names its columns 0, 1, ….
    return {str(column.name): column_values(column) for column in frame.iter_columns()}


def column_values(series: Any) -> NDArray[Any]:
    """Return the values of a narwhals series: NaN, NaT or "" for missing ones, and ``(N, d)`` for lists of numbers."""
    import narwhals.stable.v2 as nw

    if series.dtype.is_numeric():
        missing = series.null_count() > 0 and not series.dtype.is_float()
        return np.asarray((series.cast(nw.Float64) if missing else series).to_numpy())
    if series.dtype == nw.Boolean and series.null_count() == 0:
        return np.asarray(series.to_numpy())
    if series.dtype.is_temporal():
        return np.asarray(series.to_numpy())
    # Words and lists; anything else has returned above as an array.
    values = series.to_list()
    if is_vector(next((value for value in values if value is not None), None)):
        return _stacked(values, str(series.name))
    # With None at the end NumPy makes one dimension, whatever the cells are.
    return plain_array(np.array([*values, None], object)[:-1], str(series.name))


def is_vector(value: Any) -> bool:
    """Return whether a cell of a table has several numbers."""
    return isinstance(value, list | tuple | np.ndarray) and np.ndim(value) > 0


def _stacked(values: list[Any], name: str) -> NDArray[Any]:
    try:
        return np.stack([np.asarray(value, np.float32) for value in values])
    except (TypeError, ValueError) as error:
        raise DataError(f"column {name!r} has lists of different lengths; leave it out, or make them equal") from error


def live_columns(columns: Mapping[str, NDArray[Any]], label: str, names: tuple[str, ...] = ()) -> LiveData:
    """Return the data of columns ``(N, …)``.

    Raises
    ------
    DataError
        If no column can be the samples.
    """
    if label and label not in columns:
        raise DataError(no_column_text(label, columns))
    side = side_columns(columns, label)
    numbers = [name for name, values in side.columns.items() if values.dtype.kind in "buif"]
    wide = [name for name, values in columns.items() if values.ndim > 1]
    samples, used = _samples(columns, side.columns, wide, numbers)
    return LiveData(
        samples,
        labels=side.labels,
        columns={name: values for name, values in side.columns.items() if name not in used},
        feature_names=tuple(used) if used == numbers and not wide else (),
        sample_names=names,
    )


def side_columns(columns: Mapping[str, NDArray[Any]], label: str) -> LiveData:
    """Return the columns ``(N,)`` among columns, with the classes apart; there are no samples."""
    count = len(next(iter(columns.values()), ()))
    flat = {name: values for name, values in columns.items() if values.ndim == 1}
    side = LiveData(np.zeros((count, 0)), columns=flat)
    return with_labels(side, label) if label else with_guessed_labels(side)


def _samples(
    columns: Mapping[str, NDArray[Any]], flat: Mapping[str, NDArray[Any]], wide: list[str], numbers: list[str]
) -> tuple[NDArray[Any], list[str]]:
    """Return the samples, and the columns that are in them."""
    if wide:
        chosen = first_named(wide, SAMPLE_NAMES) or max(wide, key=lambda name: columns[name].size)
        return columns[chosen], [chosen]
    if numbers:
        return np.column_stack([flat[name] for name in numbers]), numbers
    words = {name: _mean_words(values) for name, values in flat.items() if values.dtype.kind == "U"}
    longest = max(words, key=lambda name: words[name], default="")
    if not longest:
        raise DataError("the table has no columns of numbers; give one with the features that encode takes")
    return flat[longest], [longest]


def _mean_words(values: NDArray[Any]) -> float:
    return float(np.mean([len(str(value).split()) for value in values[:_LOOKED_AT]])) if len(values) else 0.0


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
