"""What a program holds in memory, read into arrays: samples, classes, columns and names."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import nearest_name
from explorer.data.arrays.array_columns import is_one_hot
from explorer.data.arrays.array_names import LABELS, first_named
from explorer.data.columns import can_be_labels
from explorer.data.dataset import Axis, DataError

_MAX_NAMED = 10
"""Maximum number of columns that a message names."""


@dataclass(frozen=True, eq=False)
class LiveData:
    """Samples in memory, in the layout and dtype of the program that holds them, with what belongs to them.

    Attributes
    ----------
    samples
        ``(N, …)`` numbers; a `scipy.sparse.csr_array` ``(N, F)``; or ``(N,)`` strings, one text each.
    labels
        ``(N,)`` classes as numbers or words; None without classes.
    class_names
        Names of the classes if the labels are their numbers from 0.
    columns
        Further values per sample, ``(N,)`` each, by name.
    tensors
        Whether the program holds tensors, so that its functions probably take them.
    pictures
        Whether the samples were given as pictures, so that the program chose their numbers, such as 0 to 255.
    note
        One sentence if not all samples were read, else "".
    index
        Which samples were read, ``(N,)``; None for all, or if it is not known.
    """

    samples: Any
    labels: NDArray[Any] | None = None
    class_names: tuple[str, ...] = ()
    columns: Mapping[str, NDArray[Any]] = field(default_factory=lambda: MappingProxyType({}))
    feature_names: tuple[str, ...] = ()
    sample_names: tuple[str, ...] = ()
    axis: Axis | None = None
    value_range: tuple[float, float] | None = None
    tensors: bool = False
    pictures: bool = False
    note: str = ""
    index: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return int(self.samples.shape[0])

    @property
    def is_text(self) -> bool:
        """Whether the samples are texts."""
        return bool(self.samples.dtype.kind in "UO")


def is_instance(value: Any, *types: str) -> bool:
    """Return whether a value has one of the types, each given as "module.Class".

    No module is imported: if it is not loaded, no value can have its types.
    """
    for name in types:
        module, _, kind = name.rpartition(".")
        found = getattr(sys.modules.get(module), kind, None)
        if isinstance(found, type) and isinstance(value, found):
            return True
    return False


def plain_array(values: Any, what: str) -> NDArray[Any]:
    """Return an array of numbers or words; tensors, series and lists are converted, mixed objects become words.

    Raises
    ------
    DataError
        If rows have different lengths.
    """
    if is_instance(values, "torch.Tensor"):
        values = values.detach().cpu()
        values = values.to_dense() if values.layout != sys.modules["torch"].strided else values
        # NumPy has no bfloat16.
        values = (values.float() if values.dtype.itemsize == 2 and values.is_floating_point() else values).numpy()
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(f"{what} has rows of different lengths; give one array") from error
    if array.dtype.kind != "O":
        return array
    missing = np.array([value is None or value != value for value in array.flat], bool).reshape(array.shape)
    # Numbers that a library keeps as objects, such as Python's integers with None, stay numbers.
    if not missing.all() and all(isinstance(value, int | float) for value in array[~missing]):
        return np.where(missing, np.nan, array).astype(np.float64)
    return np.where(missing, "", array.astype(str))


def no_column_text(name: str, columns: Iterable[str]) -> str:
    """Return the message for a column of classes that the data does not have; at most ten columns are named."""
    known = [str(column) for column in columns]
    if not known:
        return f"labels = {name!r}: the data has no columns; give one label per sample"
    if near := nearest_name(name, known):
        return f"labels = {name!r}: there is no such column; did you mean {near!r}?"
    shown = ", ".join(known[:_MAX_NAMED]) + (
        f" and {len(known) - _MAX_NAMED:,} more" if len(known) > _MAX_NAMED else ""
    )
    return f"labels = {name!r}: the columns are {shown}; name one of them, or give one label per sample"


def with_labels(live: LiveData, labels: Any) -> LiveData:
    """Return data with classes: ``labels`` has ``(N,)`` numbers or words, or one-hot rows, or names a column.

    Raises
    ------
    DataError
        If there is no such column, or another number of labels.
    """
    if isinstance(labels, str):
        if labels not in live.columns:
            raise DataError(no_column_text(labels, live.columns))
        rest = {name: values for name, values in live.columns.items() if name != labels}
        return replace(live, labels=live.columns[labels], class_names=(), columns=rest)
    values = plain_array(labels, "labels")
    values = values.argmax(axis=1) if values.ndim == 2 and is_one_hot(values) else values.reshape(-1)
    if live.index is not None and len(values) > live.index.max():  # labels of all samples, of which some were read
        values = values[live.index]
    if len(values) != len(live):
        raise DataError(f"labels: {len(values)} labels for {len(live)} samples; give one label per sample")
    return replace(live, labels=values, class_names=())


def with_guessed_labels(live: LiveData) -> LiveData:
    """Return data whose classes are the column that by its name contains them, if there is one."""
    able = [
        str(name) for name, values in live.columns.items() if values.dtype.kind not in "mMc" and can_be_labels(values)
    ]
    name = first_named(able, LABELS)
    return live if name is None else with_labels(live, name)


def with_second_value(live: LiveData, values: NDArray[Any], name: str = "target") -> LiveData:
    """Return data with the second values of its items, such as those of a ``torch.utils.data.Dataset``.

    They become classes if they can be classes, else a column if they are one number each; pictures are left out.
    """
    if values.ndim == 2 and is_one_hot(values):
        return replace(live, labels=values.argmax(axis=1))
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        return live
    if can_be_labels(values):
        return replace(live, labels=values)
    return replace(live, columns={**live.columns, name: values})
