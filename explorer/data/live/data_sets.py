"""Reads data sets of PyTorch, torchvision and Hugging Face.

1. A `TensorDataset`, or a part of one, has its tensors.
2. A data set with all samples in ``data`` (MNIST, CIFAR) is read from there: a few items show by which scale and layout
   its ``transform`` makes them of the stored values. If no such scale fits, as with random crops, items are fetched.
3. Any other data set is fetched item by item, a DataLoader batch by batch; see `explorer.data.live.items`.
4. A data set of Hugging Face is a table, except for pictures, which are fetched.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.arrays.array_names import LABELS, first_named
from explorer.data.dataset import DataError
from explorer.data.live.items import BLOCK, Fetched, collect, fetched_batch, fetched_items, in_scattered_blocks
from explorer.data.live.live_data import LiveData, is_instance, plain_array, with_second_value
from explorer.data.live.tables import read_columns, read_table, side_columns

COMPARED = 16
"""Items that are compared with the stored values of a data set."""
TENSORS = "torch.utils.data.dataset.TensorDataset"
SUBSET = "torch.utils.data.dataset.Subset"


def read_torch_dataset(data: Any, label: str = "") -> LiveData:
    """Read a ``torch.utils.data.Dataset``, also one of torchvision, or any object with ``__getitem__`` and ``__len__``.

    Raises
    ------
    DataError
        If it has no samples, or they have different shapes.
    """
    stored = _stored(data)
    live = stored if stored is not None else _fetched(data)
    owner = data
    while is_instance(owner, SUBSET):
        owner = owner.dataset
    names = getattr(owner, "classes", None)
    if not isinstance(names, list | tuple) or live.labels is None or live.labels.dtype.kind not in "ui":
        return replace(live, tensors=True)
    return replace(live, tensors=True, class_names=tuple(map(str, names)))


def _fetched(data: Any) -> LiveData:
    what = f"the {type(data).__name__}"
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        parts: Iterator[Fetched] = (
            fetched_items([data[int(index)] for index in block], what, block)
            for block in in_scattered_blocks(len(data))
        )
        return collect(parts, len(data), what)
    return read_iterable(data)


def read_iterable(data: Any, label: str = "") -> LiveData:
    """Read whatever can only be iterated: a generator, an ``IterableDataset``."""
    what, items = f"the {type(data).__name__}", iter(data)
    blocks = iter(lambda: list(islice(items, BLOCK)), [])
    return replace(collect((fetched_items(block, what) for block in blocks), None, what), tensors=True)


def read_loader(data: Any, label: str = "") -> LiveData:
    """Read a ``torch.utils.data.DataLoader`` in its own order.

    Raises
    ------
    DataError
        If it has no samples, or they have different shapes.
    """
    what = "the DataLoader"
    dataset: Any = getattr(data, "dataset", None)
    # The loader's own order does not matter, so that its tensors can be read at once.
    if is_instance(dataset, TENSORS) and is_default_collate(data):
        return read_torch_dataset(dataset)
    total = len(dataset) if hasattr(dataset, "__len__") else None
    total = None if total is None or getattr(data, "drop_last", False) else total
    live = collect((fetched_batch(batch, what) for batch in data), total, what)
    return replace(live, tensors=True)


def is_default_collate(loader: Any) -> bool:
    """Return whether a DataLoader leaves the samples as they are."""
    return getattr(loader.collate_fn, "__name__", "") == "default_collate"


def _stored(data: Any) -> LiveData | None:
    """Return the samples that a data set keeps as a whole; None if it does not, or gives others."""
    if is_instance(data, SUBSET):
        whole = _stored(data.dataset)
        rows = np.asarray(data.indices, np.int64)
        if whole is None:
            return None
        columns = {name: each[rows] for name, each in whole.columns.items()}
        labels = None if whole.labels is None else whole.labels[rows]
        return replace(whole, samples=whole.samples[rows], labels=labels, columns=columns)
    if is_instance(data, TENSORS):
        tensors = [plain_array(each, "the TensorDataset") for each in data.tensors]
        live = LiveData(tensors[0])
        return with_second_value(live, tensors[1]) if len(tensors) > 1 else live
    values, targets = getattr(data, "data", None), getattr(data, "targets", None)
    if not (is_instance(values, "torch.Tensor", "numpy.ndarray") and hasattr(data, "__getitem__")):
        return None
    array = plain_array(values, "data")
    if len(array) != len(data) or array.dtype.kind not in "buif" or not len(array):
        return None
    made = _as_items(array, data)
    if made is None or targets is None:
        return made
    return with_second_value(made, plain_array(targets, "targets"))


def _as_items(stored: NDArray[Any], data: Any) -> LiveData | None:
    """Return stored values as the items of a data set are: with the scale and layout that a few of them show."""
    rows = np.unique(np.linspace(0, len(stored) - 1, COMPARED).astype(np.int64))
    try:
        few = fetched_items([data[int(row)] for row in rows], "data")
    except DataError:  # augmentations may change the size
        return None
    layouts = [stored[rows], stored[rows][:, None]] + ([np.moveaxis(stored[rows], -1, 1)] if stored.ndim == 4 else [])
    for position, layout in enumerate(layouts):
        if layout.shape != few.samples.shape:
            continue
        fitted = _scale_of(layout, few.samples)
        if fitted is not None:
            whole = (stored, stored[:, None], np.moveaxis(stored, -1, 1))[position] if stored.ndim > 1 else stored
            return LiveData(_scaled(whole, fitted, few.samples.dtype), pictures=few.pictures)
    return None


def _scale_of(stored: NDArray[Any], items: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Return scale and offset (1, C, 1, …) with items = scale · stored + offset, or None if there are none."""
    across = (0, *range(2, stored.ndim))
    x, y = stored.astype(np.float64), items.astype(np.float64)
    spread = x.std(across, keepdims=True)
    centred = x - x.mean(across, keepdims=True)
    scale = (centred * (y - y.mean(across, keepdims=True))).mean(across, keepdims=True)
    scale = np.divide(scale, spread**2, out=np.ones_like(scale), where=spread > 0)
    offset = y.mean(across, keepdims=True) - scale * x.mean(across, keepdims=True)
    fits = np.allclose(scale * x + offset, y, atol=1e-5 * max(1.0, float(np.abs(y).max())))
    return (scale, offset) if fits else None


def _scaled(values: NDArray[Any], fitted: tuple[NDArray[Any], NDArray[Any]], dtype: np.dtype[Any]) -> NDArray[Any]:
    scale, offset = fitted
    if np.allclose(scale, 1) and np.allclose(offset, 0):
        return values.astype(dtype, copy=False)
    return np.asarray(values * scale.astype(np.float32) + offset.astype(np.float32), dtype)


# Hugging Face


def read_hugging_face(data: Any, label: str = "") -> LiveData:
    """Read a ``datasets.Dataset``; of a ``DatasetDict``, the split "train" or the first one.

    Raises
    ------
    DataError
        If it has no column of numbers, pictures or texts.
    """
    if isinstance(data, Mapping):
        split = "train" if "train" in data else next(iter(data))
        live = read_hugging_face(data[split], label)
        note = f"the split {split!r} was read, of {', '.join(data)}"
        return replace(live, note=f"{note}; {live.note}" if live.note else note)
    # A transform of the data set decides what its items are.
    if getattr(data, "format", {}).get("type") == "custom":
        return read_torch_dataset(data, label)
    features = data.features or {}
    pictures = [name for name, feature in features.items() if type(feature).__name__ == "Image"]
    live = _pictures(data, pictures[0], label) if pictures else read_table(_arrow(data), label)
    chosen = label or first_named(list(features), LABELS)
    names = getattr(features.get(chosen), "names", None)
    is_numbered = names is not None and live.labels is not None and live.labels.dtype.kind in "if"
    return replace(live, class_names=tuple(map(str, names or ())) if is_numbered else ())


def _arrow(data: Any) -> Any:
    if not hasattr(data, "with_format") or not hasattr(data, "__len__"):
        raise DataError(
            "a streamed data set of Hugging Face is not in memory; take a part of it: "
            "datasets.Dataset.from_list(list(data.take(1000)))"
        )
    return data.with_format("arrow")[:]


def _pictures(data: Any, column: str, label: str) -> LiveData:
    what = f"column {column!r}"
    if not hasattr(data, "__len__"):
        return read_iterable({column: item[column]} | item for item in data)
    plain = data.with_format(None).select_columns([column])
    parts = (fetched_items([*plain[block.tolist()][column]], what, block) for block in in_scattered_blocks(len(plain)))
    live = collect(parts, len(plain), what)
    others = data.remove_columns([column])
    if not others.column_names:
        return live
    side = side_columns(read_columns(_arrow(others if live.index is None else others.select(live.index))), label)
    return replace(live, labels=side.labels, columns=side.columns)
