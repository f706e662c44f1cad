"""Reads objects whose dimensions have names: xarray's arrays and data sets, and AnnData."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Axis, DataError
from explorer.data.live.live_data import LiveData, plain_array, with_guessed_labels, with_labels
from explorer.data.live.tables import read_columns
from explorer.data.reading.limits import ARRAY_BYTES

MIN_POSITIONS = 8
"""Fewer rising numbers than this along the features are no axis of a signal."""


def read_xarray(data: Any, label: str = "") -> LiveData:
    """Read an ``xarray.DataArray`` whose first dimension counts the samples, or the largest one of a Dataset.

    Variables along the samples become columns, numbers along the features the axis of a signal.

    Raises
    ------
    DataError
        If no variable has two dimensions, or the samples do not fit into memory.
    """
    # Coordinates of a Dataset are not among its data_vars.
    variables = {str(name): each for name, each in getattr(data, "data_vars", {"samples": data}).items()}
    able = {name: each for name, each in variables.items() if each.ndim >= 2 and each.dtype.kind in "buif"}
    if not able:
        raise DataError("the xarray data has no variable of numbers with two or more dimensions (samples, features)")
    # Beside the samples there often are masks, bounds or weights with fewer dimensions.
    name = max(able, key=lambda each: able[each].size)
    samples = able[name]
    if samples.nbytes > ARRAY_BYTES.value:
        first = samples.dims[0]
        raise DataError(
            f"{name} takes {samples.nbytes:,} bytes; the limit is {ARRAY_BYTES.value:,}: choose a part, such as "
            f"data.isel({first}=slice(0, 10000))"
        )
    along = samples.dims[0]
    others = {**samples.coords, **{key: each for key, each in variables.items() if key != name}}
    columns = {str(key): plain_array(each.values, str(key)) for key, each in others.items() if each.dims == (along,)}
    names = columns.pop(str(along), None)
    live = LiveData(
        samples.values,
        columns=columns,
        sample_names=tuple(map(str, names)) if names is not None and names.dtype.kind == "U" else (),
        **_along_features(samples),
    )
    return with_labels(live, label) if label else with_guessed_labels(live)


def _along_features(samples: Any) -> dict[str, Any]:
    """Return the names of the features of vectors, or their axis if the coordinate has rising numbers."""
    dimension = samples.dims[-1]
    if samples.ndim != 2 or dimension not in samples.coords:
        return {}
    coordinate = samples.coords[dimension]
    values = coordinate.values
    if values.dtype.kind in "UO":
        return {"feature_names": tuple(map(str, values))}
    # 0, 1, 2, … numbers the features and says nothing about them.
    counts = np.array_equal(values, np.arange(len(values)))
    if values.dtype.kind not in "uif" or counts or len(values) < MIN_POSITIONS or not np.isfinite(values).all():
        return {}
    return {"axis": Axis(str(dimension), str(coordinate.attrs.get("units", "")), values.astype(np.float64))}


def read_cells(data: Any, label: str = "") -> LiveData:
    """Read an AnnData: X is the samples, sparse if it is, and ``obs`` has their columns.

    Raises
    ------
    DataError
        If it has no X.
    """
    if data.isbacked:
        data = data.to_memory()
    if data.X is None:
        raise DataError("the AnnData has no X; give samples yourself, such as adata.layers['counts']")
    live = LiveData(
        read_sparse(data.X).samples if hasattr(data.X, "tocsr") else np.asarray(data.X),
        columns=read_columns(data.obs),
        feature_names=tuple(map(str, data.var_names)),
        sample_names=tuple(map(str, data.obs_names)),
    )
    return with_labels(live, label) if label else with_guessed_labels(live)


def read_sparse(data: Any, label: str = "") -> LiveData:
    """Read a sparse matrix or array of scipy; it stays sparse."""
    from scipy.sparse import csr_array

    if data.ndim != 2:
        raise DataError(f"the sparse array has {data.ndim} dimensions; give (samples, features)")
    return LiveData(csr_array(data))


def code_arrays(data: Any) -> dict[str, NDArray[Any]]:
    """Return the embeddings of the cells of an AnnData, ``(N, d)`` each, by their name in ``obsm``."""
    return {str(name): plain_array(values, str(name)) for name, values in data.obsm.items()}
