"""Keeps samples in memory in an .npz file, and reads them back as they were: with the roles of all arrays.

The file has the array ``live_data`` with the version of this format. Reading it again gives the data set that the
samples gave, since nothing is guessed from names.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Axis, DataError
from explorer.data.live.live_data import LiveData

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Arrays = Mapping[str, NDArray[Any]]
VERSION = 1
_MARK = "live_data"
_SPARSE = ("samples.data", "samples.indices", "samples.indptr")


def live_arrays(live: LiveData) -> dict[str, NDArray[Any]]:
    """Return samples in memory as the arrays of a file."""
    arrays: dict[str, NDArray[Any]] = {_MARK: np.array(VERSION)}
    if isinstance(live.samples, np.ndarray):
        arrays["samples"] = live.samples
    else:
        rows = live.samples.tocsr()
        parts = (rows.data, rows.indices, rows.indptr)
        arrays |= {"samples.shape": np.array(rows.shape), **dict(zip(_SPARSE, parts, strict=True))}
    if live.labels is not None:
        arrays["labels"] = np.asarray(live.labels)
    # Numbered, as a name may have any letters, and a member of an archive may not.
    arrays |= {f"column.{number}": np.asarray(values) for number, values in enumerate(live.columns.values())}
    arrays |= _words(column_names=live.columns, class_names=live.class_names)
    arrays |= _words(feature_names=live.feature_names, sample_names=live.sample_names)
    if live.axis is not None:
        arrays |= {"axis": live.axis.values, "axis_name": np.array([live.axis.name, live.axis.unit])}
    if live.value_range is not None:
        arrays["value_range"] = np.array(live.value_range, np.float64)
    return arrays


def write_live(path: Path, arrays: Arrays) -> None:
    """Write the arrays of `live_arrays`."""
    # numpy.savez appends ".npz" to a path, but not to an open file.
    with path.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def is_live(arrays: Arrays) -> bool:
    """Return whether the arrays of an .npz file are those of `live_arrays`."""
    return _MARK in arrays and arrays[_MARK].ndim == 0


def read_live_arrays(arrays: Arrays, where: str) -> LiveData:
    """Return the samples that `live_arrays` wrote.

    Raises
    ------
    DataError
        If the file is damaged, or is of a later version of the program.
    """
    if arrays[_MARK].dtype.kind not in "ui" or arrays[_MARK] > VERSION:
        raise DataError(f"{where}: a later version of the program wrote this file; update the program to open it")
    try:
        names = _tuple(arrays, "column_names")
        axis = None
        if "axis" in arrays:
            name, unit = _tuple(arrays, "axis_name")
            axis = Axis(name, unit, arrays["axis"].astype(np.float64))
        bounds = arrays.get("value_range")
        return LiveData(
            arrays["samples"] if "samples" in arrays else _sparse(arrays),
            labels=arrays.get("labels"),
            class_names=_tuple(arrays, "class_names"),
            columns={name: arrays[f"column.{number}"] for number, name in enumerate(names)},
            feature_names=_tuple(arrays, "feature_names"),
            sample_names=_tuple(arrays, "sample_names"),
            axis=axis,
            value_range=None if bounds is None else (float(bounds[0]), float(bounds[1])),
        )
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise DataError(f"{where}: damaged, the samples cannot be read ({error})") from error


def _words(**words: Any) -> dict[str, NDArray[Any]]:
    return {key: np.array([*map(str, values)]) for key, values in words.items() if values}


def _tuple(arrays: Arrays, name: str) -> tuple[str, ...]:
    return tuple(map(str, arrays[name].tolist())) if name in arrays else ()


def _sparse(arrays: Arrays) -> "csr_array":
    from scipy.sparse import csr_array

    rows, columns = map(int, arrays["samples.shape"])
    matrix = csr_array(tuple(arrays[part] for part in _SPARSE), shape=(rows, columns))
    # scipy follows the indices without a check: one outside the matrix would read other memory.
    matrix.check_format(full_check=True)
    return matrix
