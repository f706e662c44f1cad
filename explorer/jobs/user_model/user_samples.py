"""Read what a user passes to `explorer.explore`: `UserModelSpec` holds the arguments as they are.

1. `read_samples` reads the data of any type, `read_codes` codes, and `user_labels` classes and their names.
2. `user_dataset` makes a data set of the samples. `description_of_decodes` stands in for it if there are no samples.
3. Both also return the `SampleLayout`, by which samples are converted to the form that the user's functions expect.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError, DataConfig
from explorer.data.columns import can_be_labels, encode_labels
from explorer.data.dataset import Axis, Dataset, Description
from explorer.data.live.live_data import LiveData, plain_array
from explorer.data.live.live_dataset import live_dataset
from explorer.data.live.read_live import read_live
from explorer.data.transform import Transform
from explorer.models.user_model.known_codes import as_codes
from explorer.models.user_model.user_model import SampleLayout, UserLikelihood

IN_MEMORY = "samples in memory"
"""Name of the data source of samples that are not in a file."""
VOCABULARY = 20_000
"""Maximum number of terms of texts."""


@dataclass(frozen=True, eq=False)
class SampleFormat:
    """How to read and show samples where the arrays alone do not say; see `explorer.explore`."""

    value_range: tuple[float, float] | None = None
    layout: str | None = None
    shape: tuple[int, ...] | None = None
    axis: Any = None


def read_samples(samples: Any, labels: Any, columns: Mapping[str, Any]) -> LiveData:
    """Return samples of any type with their classes and columns.

    Raises
    ------
    ConfigError, DataError
        If they cannot be read, or labels or columns do not fit.
    """
    live = read_live(samples, labels)
    if live.samples.ndim < 2 and not live.is_text:
        raise ConfigError(f"samples have shape {live.samples.shape}; give (n, features), or pictures (n, …)")
    own = {name: plain_array(values, name) for name, values in columns.items()}
    for name, values in own.items():
        if values.shape != (len(live),):
            raise ConfigError(
                f"column {name!r} has shape {values.shape}; give one value for each of {len(live)} samples"
            )
    return replace(live, columns={**live.columns, **own})


def in_unit_range(live: LiveData) -> LiveData:
    """Return pictures of 0 to 255 as values of 0 to 1; other data as it is."""
    if not live.pictures or live.samples.dtype != np.uint8:
        return live
    low, high = live.value_range or (0, 255)
    return replace(live, samples=(live.samples.astype(np.float32) - low) / (high - low), value_range=(0.0, 1.0))


def user_dataset(
    live: LiveData,
    labels: NDArray[np.int64] | None,
    class_names: tuple[str, ...],
    sample_format: SampleFormat,
    name: str,
) -> tuple[Dataset, SampleLayout]:
    """Return a data set of samples in memory, and the layout of the user's arrays.

    Raises
    ------
    ConfigError, DataError
        If shapes do not fit each other, or values are not finite.
    """
    samples = live.samples
    shown = _shown(samples, sample_format.shape) if sample_format.shape is not None else samples
    if sample_format.axis is not None:
        live = replace(live, axis=_axis(sample_format.axis, shown.shape[1:]))
    read = replace(
        live, samples=shown, labels=None, class_names=(), value_range=sample_format.value_range or live.value_range
    )
    # A sample that is left out would shift the codes and labels of all others.
    config = DataConfig(source=IN_MEMORY, missing="refuse", vocabulary=VOCABULARY)
    # Codes are looked up by the values of a sample, which should differ between texts.
    dataset = live_dataset(read, config, name=name, layout=(sample_format.layout or "").upper(), keep_rare=True)
    # The layout belongs to the arrays of the user, before any reshaping.
    layout = _layout_of(samples, shown.shape[1:], dataset.description.shape, sample_format.layout)
    return relabelled(dataset, labels, class_names), layout


def _shown(samples: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return flat samples in the shape of pictures."""
    if samples.ndim != 2 or samples.shape[1] != np.prod(shape):
        raise ConfigError(f"shape = {shape} needs samples of shape (n, {np.prod(shape)}), not {samples.shape}")
    dense = samples.toarray() if hasattr(samples, "toarray") else samples
    return np.asarray(dense).reshape(len(dense), *shape)


def _axis(given: Any, shape: tuple[int, ...]) -> Axis:
    values = plain_array(given, "axis")
    if values.shape != shape or values.dtype.kind not in "uif" or not np.isfinite(values).all():
        raise ConfigError(f"axis has shape {values.shape}; give one finite number for each value of a sample {shape}")
    return Axis("axis", "", values.astype(np.float64))


def relabelled(dataset: Dataset, labels: NDArray[np.int64] | None, class_names: tuple[str, ...]) -> Dataset:
    """Return the data set with other labels and class names."""
    description = replace(dataset.description, class_names=class_names)
    return replace(dataset, description=description, labels=labels)


def _layout_of(
    samples: NDArray[Any], read_as: tuple[int, ...], shown: tuple[int, ...], layout: str | None
) -> SampleLayout:
    """Return how samples were rearranged for display, so that decodes can be rearranged the same way."""
    # Square pictures have the same shape in both layouts, so the given layout decides.
    turned = len(read_as) == 3 and (read_as != shown or (layout or "").upper() == "HWC")
    return SampleLayout(samples.shape[1:], shown, turned, samples.dtype)


def description_of_decodes(
    decoded: NDArray[np.float32], sample_format: SampleFormat, name: str
) -> tuple[Description, SampleLayout]:
    """Return a description of the data and the layout, from decodes alone when no samples are given.

    Raises
    ------
    ConfigError, DataError
        If the decodes cannot be shown.
    """
    enough = np.concatenate([decoded] * 4)[: max(len(decoded), 16)]  # a data set needs samples for three splits
    dataset, layout = user_dataset(LiveData(enough), None, (), sample_format, name)
    # Decodes change with the weights; a fingerprint would make each update look like new data.
    description = replace(dataset.description, fingerprint="")
    if description.kind == "vector" and sample_format.value_range is None:
        # A few decodes are too few to estimate the spread of each feature, so values are not standardized.
        plain = Transform(np.zeros((), np.float32), np.ones((), np.float32))
        description = replace(description, transform=plain)
    return description, layout


def user_labels(
    labels: Any, class_names: Sequence[str], count: int | None, classes: int
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Return class indices ``(n,)``, or None without labels, and class names.

    Without ``class_names``, whole numbers from 0 are kept as indices, so that they match the classes of a classifier.

    Parameters
    ----------
    count
        Required number of labels; None if there are no samples to match.
    classes
        Number of classes of the user's classifier; 0 if not known.

    Raises
    ------
    ConfigError, DataError
        If the number of labels is wrong, or a label has no class name.
    """
    names = tuple(map(str, class_names))
    if labels is None:
        # Class names are needed for predictions even without labels.
        return None, names or tuple(map(str, range(classes)))
    values = plain_array(labels, "labels").reshape(-1)
    if count is not None and len(values) != count:
        raise ConfigError(f"labels: {len(values)} labels for {count} samples; give one label per sample")
    # Strings and floats have no natural indices and are numbered in sorted order.
    if values.dtype.kind not in "bui":
        indices, found = encode_labels(values, where="labels")
        return (indices, found) if not names else _named(indices, found, names)
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    if names:
        if low < -1 or high >= len(names):
            raise ConfigError(f"labels range from {low} to {high}, but class_names has {len(names)} names")
        return values.astype(np.int64), names
    # Large ids are more likely codes of classes than indices, and would make a huge legend.
    if low >= 0 and high < max(classes, 100) and can_be_labels(values):
        return values.astype(np.int64), tuple(map(str, range(max(classes, high + 1))))
    return encode_labels(values, where="labels")


def _named(
    indices: NDArray[np.int64], found: tuple[str, ...], names: tuple[str, ...]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return indices into ``names`` instead of into ``found``."""
    if unknown := [name for name in found if name not in names]:
        raise ConfigError(f"label {unknown[0]!r} is not in class_names")
    positions = np.array([*(names.index(name) for name in found), -1])  # the last entry keeps -1, the unknown class
    return positions[indices], names


Function = Callable[..., Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class UserModelSpec:
    """The arguments of `explorer.explore`, which documents each of them; ``model`` is what encode and decode are in.

    For ``knows_spread`` see `explorer.models.user_model.find_model.FoundModel`.
    """

    model: Any = None
    decode: Function | None = None
    encode: Function | None = None
    classify: Function | None = None
    samples: Any = None
    labels: Any = None
    codes: Any = None
    class_names: Sequence[str] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)
    latent_dim: int | None = None
    sample_format: SampleFormat = field(default_factory=SampleFormat)
    likelihood: UserLikelihood = "none"
    name: str = "your own model"
    device: str = ""
    knows_spread: bool = False


@dataclass(frozen=True, eq=False)
class GivenCodes:
    """Codes given by the user, ``(n, latent_dim)`` each; ``log_variance`` is None for a point posterior."""

    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None


def read_codes(codes: Any) -> GivenCodes | None:
    """Return codes from an array z or a tuple (mean, log_variance); None if there are none.

    Raises
    ------
    ConfigError
        If they are neither.
    """
    if codes is None:
        return None
    # Only a tuple is a pair: a list may be the rows of z.
    parts = tuple(codes) if isinstance(codes, tuple) else (codes,)
    if len(parts) > 2:
        raise ConfigError(f"codes is a tuple of {len(parts)} arrays; give z or (mean, log_variance)")
    # `as_codes` also checks that all numbers are finite.
    mean, *spread = (as_codes(plain_array(part, "codes"), "codes") for part in parts)
    if spread and spread[0].shape != mean.shape:
        raise ConfigError(
            f"codes: mean has shape {mean.shape}, log_variance has shape {spread[0].shape}; they must be equal"
        )
    return GivenCodes(mean, spread[0] if spread else None)
