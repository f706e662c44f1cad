"""Reads data in memory of any of the usual types; nothing is imported that the program does not use already.

1. `read_live` finds the reader for the type: of tables, tensors, named arrays, data sets, pictures, texts, pairs.
2. The reader returns a `LiveData` with the samples as they are, classes, and columns.
3. Classes that were given beside the data, or the name of their column, replace those that it has.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.arrays.array_names import CLASS_NAMES, FEATURE_NAMES, LABELS, SAMPLE_NAMES, base_of, first_named
from explorer.data.dataset import DataError, Dataset
from explorer.data.live.data_sets import read_hugging_face, read_iterable, read_loader, read_torch_dataset
from explorer.data.live.items import BLOCK, PICTURE, Fetched, collect, fetched_items
from explorer.data.live.live_data import LiveData, is_instance, plain_array, with_guessed_labels, with_labels
from explorer.data.live.named_arrays import read_cells, read_sparse, read_xarray
from explorer.data.live.tables import live_columns, read_table
from explorer.data.pictures.collection import is_picture_name

Reader = Callable[[Any, str], LiveData]

KNOWN_TYPES = (
    "an array, a tensor, a DataFrame, xarray, AnnData, a sparse matrix, a Dataset or DataLoader, or a list of pictures "
    "or texts"
)


def read_live(data: Any, labels: Any = None) -> LiveData:
    """Read samples that a program holds in memory.

    Parameters
    ----------
    data
        An array, tensor or nested list of numbers ``(N, …)``; a table of pandas, Polars or PyArrow; xarray; AnnData; a
        sparse matrix; a data set or loader of PyTorch or Hugging Face; a list of pictures, of their paths, or of texts;
        a pair (samples, labels) or a dictionary with customary names; or the name or path of a data set.
    labels
        ``(N,)`` classes, or the name of the column that has them.

    Raises
    ------
    DataError
        If the data is of another type, has no samples, or the labels do not fit.
    """
    name = labels if isinstance(labels, str) else ""
    live = _reader(data)(data, name)
    if live.samples.ndim == 0 or len(live) == 0:
        raise DataError(f"the data has no samples: its shape is {live.samples.shape}")
    if name and live.labels is None:
        live = with_labels(live, name)
    return live if labels is None or name else with_labels(live, labels)


def _reader(data: Any) -> Reader:
    """Return the reader for the type of data."""
    for types, reader in _READERS:
        # By name, so that no package is imported to ask for its types.
        if is_instance(data, *types):
            return reader
    if isinstance(data, Dataset):
        return _read_dataset
    if isinstance(data, str | os.PathLike):
        return _read_named
    if isinstance(data, Mapping):
        return _read_dictionary
    if isinstance(data, tuple) and len(data) == 2 and all(map(_is_pair, data)):
        return _read_splits
    if _is_pair(data):
        return _read_pair
    if isinstance(data, list | tuple):
        return _read_list
    if hasattr(data, "__array__"):
        return _read_array
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        return read_torch_dataset
    if hasattr(data, "__iter__"):
        return read_iterable
    raise DataError(f"data of type {type(data).__name__} cannot be read; give {KNOWN_TYPES}")


def _read_array(data: Any, label: str = "") -> LiveData:
    array = plain_array(data, "data")
    if array.dtype.names:
        # A structured array is a table.
        return live_columns({name: array[name] for name in array.dtype.names}, label)
    # Pictures of several sizes, or texts, in an array of objects.
    if isinstance(data, np.ndarray) and data.dtype.kind == "O" and data.ndim == 1:
        return _read_list(list(data), label)
    if array.dtype.kind == "U" and array.ndim == 1:
        return LiveData(array)
    if array.dtype.kind not in "buif":
        raise DataError(f"the data has values of type {array.dtype}; give real numbers")
    return LiveData(array, tensors=is_instance(data, "torch.Tensor"))


def _read_pair(data: Any, label: str = "") -> LiveData:
    samples, labels = data
    return with_labels(read_live(samples), labels)


def _is_pair(data: Any) -> bool:
    """Return whether a tuple has samples and one label for each."""
    if not isinstance(data, tuple) or len(data) != 2 or isinstance(data[0], str):
        return False
    if not (hasattr(data[0], "__getitem__") and hasattr(data[1], "__len__")):
        return False
    # Two equally long rows of numbers are samples.
    first = data[0][0] if isinstance(data[0], list | tuple) and data[0] else data[0]
    is_row = isinstance(first, int | float) or getattr(data[0], "ndim", 2) < 2
    return not is_row and _count(data[0]) == _count(data[1])


def _count(data: Any) -> int:
    # A sparse matrix has no length.
    return int(data.shape[0]) if hasattr(data, "shape") else len(data)


def _read_splits(data: Any, label: str = "") -> LiveData:
    """Read pairs of several splits, as ``load_data`` of Keras returns them, one after the other."""
    parts = [_read_pair(each) for each in data]
    # The published split remains an attribute, to colour by.
    names = np.repeat(["train", "test"], [len(part) for part in parts])
    return LiveData(
        np.concatenate([part.samples for part in parts]),
        labels=np.concatenate([np.asarray(part.labels) for part in parts]),
        columns={"split": names},
    )


def _read_list(data: Any, label: str = "") -> LiveData:
    """Read a list of pictures, paths of pictures, texts, arrays, pairs, or rows of numbers."""
    if not data:
        raise DataError("the list is empty; give at least one sample")
    first = data[0]
    if isinstance(first, str | os.PathLike):
        # All of them: a text may end in .png by chance.
        paths = [isinstance(each, os.PathLike) or is_picture_name(str(each)) for each in data]
        return _read_pictures(data) if all(paths) else LiveData(np.array([str(each) for each in data]))
    if isinstance(first, int | float | bool | np.number):
        raise DataError(f"the data is one list of {len(data):,} numbers; give one row of numbers per sample")
    if isinstance(first, Mapping) or is_instance(first, PICTURE) or _is_item(first):
        return _read_items(data)
    if is_instance(first, "torch.Tensor"):
        return replace(_read_items(data), tensors=True)
    return _read_array(data, label)


def _is_item(first: Any) -> bool:
    """Return whether the first of a list is a pair (sample, label), and not a row of numbers."""
    return isinstance(first, list | tuple) and len(first) == 2 and np.ndim(first[0]) > 0 and np.ndim(first[1]) == 0


def _read_items(data: Any) -> LiveData:
    blocks = (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))
    return collect((fetched_items(block, "the list") for block in blocks), len(data), "the list")


def _read_pictures(paths: Any) -> LiveData:
    """Read picture files, for as long as `collect` allows."""
    from PIL import Image

    from explorer.data.pictures.picture_file import FORMATS

    def opened(path: Any) -> Any:
        try:
            with Image.open(path, formats=FORMATS) as picture:
                picture.load()
                return picture
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise DataError(f"{path}: the picture cannot be read ({error})") from error

    def parts() -> Iterator[Fetched]:
        for start in range(0, len(paths), BLOCK):
            block = paths[start : start + BLOCK]
            index = np.arange(start, start + len(block))
            yield fetched_items([opened(path) for path in block], "the list of pictures", index)

    live = collect(parts(), len(paths), "the list of pictures")
    return replace(live, sample_names=tuple(Path(path).name for path in paths[: len(live)]))


def _read_dictionary(data: Mapping[str, Any], label: str = "") -> LiveData:
    """Read a dictionary of arrays, such as {"x": …, "y": …} or what ``sklearn.datasets`` returns, or of columns."""
    names = [str(name) for name in data]
    able = [name for name in names if data[name] is not None and base_of(name) not in FEATURE_NAMES[:3]]
    # Samples have at least one further dimension, labels none.
    wide = [name for name in able if _dimensions(data[name]) > 1]
    key = first_named(wide, SAMPLE_NAMES) or (wide[0] if len(wide) == 1 else None)
    if key is None:
        columns = {name: plain_array(data[name], name) for name in able if _dimensions(data[name]) == 1}
        if len({len(values) for values in columns.values()}) != 1:
            raise DataError(
                f"the dictionary has {', '.join(names) or 'no entries'}; name the samples x, and the labels y"
            )
        return live_columns(columns, label)
    live = read_live(data[key])
    columns = {
        name: array for name in able if name != key and (array := _beside(data[name], name, len(live))) is not None
    }
    live = replace(
        live,
        columns={**live.columns, **columns},
        feature_names=live.feature_names or _fitting(_words(data, FEATURE_NAMES, len(live)), live),
    )
    labelled = with_labels(live, label) if label else with_guessed_labels(live)
    if labelled.labels is None or labelled.labels.dtype.kind not in "ui":
        return labelled
    return replace(labelled, class_names=_words(data, CLASS_NAMES, len(live)))


def _dimensions(value: Any) -> int:
    try:
        return int(getattr(value, "ndim", -1)) if hasattr(value, "ndim") else np.ndim(value)
    except ValueError:  # rows of different lengths
        return 1


def _beside(value: Any, name: str, count: int) -> NDArray[Any] | None:
    """Return an array with one value per sample, or one-hot labels; None for anything else."""
    if isinstance(value, str) or not hasattr(value, "__len__") or len(value) != count or _dimensions(value) > 2:
        return None
    array = plain_array(value, name)
    if array.ndim == 2 and base_of(name) in LABELS:
        return np.asarray(array.argmax(axis=1))
    return array if array.ndim == 1 else None


def _words(data: Mapping[str, Any], names: tuple[str, ...], count: int) -> tuple[str, ...]:
    key = first_named([name for name, value in data.items() if _dimensions(value) == 1 and len(value) != count], names)
    return () if key is None else tuple(map(str, data[key]))


def _fitting(names: tuple[str, ...], live: LiveData) -> tuple[str, ...]:
    return names if live.samples.shape[1:] == (len(names),) else ()


def _read_named(data: Any, label: str = "") -> LiveData:
    """Read a data set of the catalogue, or a file or folder."""
    from explorer.data.catalog import load

    return _read_dataset(load(DataConfig(source=os.fspath(data))), label)


def _read_dataset(data: Dataset, label: str = "") -> LiveData:
    about = data.description
    columns = {
        name: np.array([*column.categories, ""])[column.values] if column.categories else column.values
        for name, column in data.columns.items()
    }
    return LiveData(
        data.samples,
        labels=None if label else data.labels,
        class_names=about.class_names,
        columns=columns,
        feature_names=about.feature_names,
        sample_names=about.sample_names,
        axis=about.axis,
        value_range=about.value_range if about.kind == "image" else None,
        pictures=about.kind == "image",
    )


_READERS: tuple[tuple[tuple[str, ...], Reader], ...] = (
    (("torch.Tensor",), _read_array),
    (("xarray.DataArray", "xarray.Dataset"), read_xarray),
    (("anndata.AnnData",), read_cells),
    (("scipy.sparse.sparray", "scipy.sparse.spmatrix"), read_sparse),
    (("datasets.Dataset", "datasets.DatasetDict", "datasets.IterableDataset"), read_hugging_face),
    (("torch.utils.data.DataLoader",), read_loader),
    (("torch.utils.data.IterableDataset",), read_iterable),
    (("torch.utils.data.Dataset",), read_torch_dataset),
    (("pandas.DataFrame", "pandas.Series", "polars.DataFrame", "polars.LazyFrame", "polars.Series"), read_table),
    (("pyarrow.Table", "pyarrow.RecordBatch"), read_table),
    (("numpy.ndarray",), _read_array),
)
