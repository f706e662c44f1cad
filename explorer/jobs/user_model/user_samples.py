"""A user's own samples and labels as a data set, and how the user's functions have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from explorer.config import ConfigError, DataConfig
from explorer.data.columns import can_be_labels, encode_labels
from explorer.data.dataset import Dataset, Description, Transform
from explorer.data.sources.arrays import dataset_from_arrays
from explorer.models.user_model.user_model import SampleLayout

IN_MEMORY = "samples in memory"
"""The source of data that is no file."""


@dataclass(frozen=True, eq=False)
class Looks:
    """How samples are to be read and shown, where it cannot be told from them: see `explorer.explore`."""

    value_range: tuple[float, float] | None = None
    layout: str | None = None
    shape: tuple[int, ...] | None = None
    axis: Any = None


def own_dataset(
    samples: NDArray[Any],
    labels: NDArray[np.int64] | None,
    class_names: tuple[str, ...],
    columns: Mapping[str, Any],
    looks: Looks,
    name: str,
) -> tuple[Dataset, SampleLayout]:
    """Build a data set out of samples in memory.

    Raises
    ------
    ConfigError, DataError
        Where shapes do not fit each other, or values are not finite.
    """
    shown = samples
    if looks.shape is not None:
        if samples.ndim != 2 or samples.shape[1] != np.prod(looks.shape):
            raise ConfigError(f"shape = {looks.shape} is for flat samples of so many values; they are {samples.shape}")
        shown = samples.reshape(len(samples), *looks.shape)
    arrays = {key: as_array(values, key) for key, values in columns.items()} | {"samples": shown}
    for key, value in (("value_range", looks.value_range), ("layout", looks.layout), ("axis", looks.axis)):
        if value is not None:
            arrays[key] = np.asarray(value)
    config = DataConfig(source=IN_MEMORY, samples_key="samples", attribute_columns=tuple(columns))
    dataset = dataset_from_arrays(arrays, config, name=name, where="samples")
    layout = _layout_of(samples, shown.shape[1:], dataset.description.shape, looks.layout)
    return relabelled(dataset, labels, class_names), layout


def relabelled(dataset: Dataset, labels: NDArray[np.int64] | None, class_names: tuple[str, ...]) -> Dataset:
    """Return the data with other labels."""
    description = replace(dataset.description, class_names=class_names)
    return replace(dataset, description=description, labels=labels)


def _layout_of(
    samples: NDArray[Any], read_as: tuple[int, ...], shown: tuple[int, ...], layout: str | None
) -> SampleLayout:
    """Tell how samples were turned to be shown."""
    turned = len(read_as) == 3 and (read_as != shown or (layout or "").upper() == "HWC")
    return SampleLayout(samples.shape[1:], shown, turned, samples.dtype)


def description_of_decodes(decoded: NDArray[np.float32], looks: Looks, name: str) -> tuple[Description, SampleLayout]:
    """Describe data of which there are decodes alone.

    Raises
    ------
    ConfigError, DataError
        Where they cannot be shown.
    """
    enough = np.concatenate([decoded] * 4)[: max(len(decoded), 16)]
    dataset, layout = own_dataset(enough, None, (), {}, looks, name)
    description = replace(dataset.description, fingerprint="")
    if description.kind == "vector" and looks.value_range is None:
        # A few decodes say nothing of each feature's spread.
        plain = Transform(np.zeros((), np.float32), np.ones((), np.float32))
        description = replace(description, transform=plain)
    return description, layout


def own_labels(
    labels: Any, class_names: Sequence[str], count: int | None, classes: int
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Return class indices and names.

    Without ``class_names``, whole numbers from 0 on are indices themselves, so that a classifier's classes are these.

    Parameters
    ----------
    count
        How many labels there must be; None where nothing says.
    classes
        How many classes the user's classifier knows, 0 where that is not known.

    Raises
    ------
    ConfigError, DataError
        For another number of labels, or labels that the names do not name.
    """
    names = tuple(map(str, class_names))
    if labels is None:
        return None, names or tuple(map(str, range(classes)))
    values = as_array(labels, "labels").reshape(-1)
    if count is not None and len(values) != count:
        raise ConfigError(f"labels: {len(values)} are given for {count} samples; one each is needed")
    if values.dtype.kind not in "bui":
        indices, found = encode_labels(values, where="labels")
        return (indices, found) if not names else _named(indices, found, names)
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    if names:
        if low < -1 or high >= len(names):
            raise ConfigError(f"labels go from {low} to {high}, but class_names has {len(names)} names")
        return values.astype(np.int64), names
    if low >= 0 and high < max(classes, 100) and can_be_labels(values):
        return values.astype(np.int64), tuple(map(str, range(max(classes, high + 1))))
    return encode_labels(values, where="labels")


def _named(
    indices: NDArray[np.int64], found: tuple[str, ...], names: tuple[str, ...]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Put words in the order of the names."""
    if unknown := [name for name in found if name not in names]:
        raise ConfigError(f"labels have {unknown[0]!r}, which class_names does not name")
    places = np.array([*(names.index(name) for name in found), -1])
    return places[indices], names


def as_array(values: Any, what: str) -> NDArray[Any]:
    """Return an array of numbers or words, from a tensor too.

    Raises
    ------
    ConfigError
        Where it is none.
    """
    if isinstance(values, Tensor):
        values = values.detach().cpu()
        values = (values.float() if values.dtype.is_floating_point else values).numpy()
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ConfigError(f"{what} are rows of different lengths; give one array") from error
    if array.dtype.kind == "O":
        array = array.astype(str)
    return array
