"""Data sets from .npy and .npz files: pictures, vectors or signals, with labels and columns by key.

Samples ``(N, F)`` are vectors, ``(N, H, W)`` grey pictures, and samples with four dimensions pictures with channels. An
.npz file contains an array of samples and optionally:

``labels`` (or ``y``, ``target``, …)
    One class per sample, as numbers or words; ``class_names`` names the numbers.
any other array with one value per sample
    A column to colour by.
``axis``, ``axis_name``, ``axis_unit``
    Make vectors signals, with one position per feature.
``feature_names``
    One name per feature of a vector.
``value_range``
    Lowest and highest possible value, if the dtype does not imply them.
``layout``
    ``"HWC"`` or ``"CHW"`` for pictures with four dimensions. By default the channels are the smaller of the second and
    the last dimension, or the second if they are equal.
``split``
    ``train``, ``validation`` or ``test`` for each sample.

The names that Keras uses, ``x_train``, ``y_train``, ``x_test`` and ``y_test``, also work.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.assemble import Scaling, assemble, check_samples
from explorer.data.catalog import opens
from explorer.data.columns import can_be_labels, encode_groups, encode_labels, find_label_name, make_column
from explorer.data.context import LoadContext
from explorer.data.dataset import Axis, Column, DataError, Dataset, Kind
from explorer.data.sources.array_files import read_npy, read_npz
from explorer.data.splits import are_split_names, read_split_names

Arrays = Mapping[str, NDArray[Any]]

_SAMPLE_NAMES = ("samples", "images", "pictures", "signals", "vectors", "data", "x")
_DESCRIPTIVE = {"axis", "axis_name", "axis_unit", "class_names", "feature_names", "value_range", "layout"}
_KERAS = {"x_train", "y_train", "x_test", "y_test"}


@opens("NumPy array (.npy, .npz)", recognizes=lambda path: path.suffix.lower() in {".npy", ".npz"})
def open_arrays(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open an array file; see the module for its contents."""
    context.report(0, 1, f"reading {path.name}")
    arrays: Arrays = {"samples": read_npy(path)} if path.suffix.lower() == ".npy" else read_npz(path)
    if set(arrays) >= {"x_train", "x_test"} and not config.samples_key:
        arrays = _join_published(arrays, path)
    return dataset_from_arrays(arrays, config, name=path.stem, where=str(path))


def dataset_from_arrays(arrays: Arrays, config: DataConfig, *, name: str, where: str) -> Dataset:
    """Build a Dataset from named arrays.

    Parameters
    ----------
    where
        Name of the arrays' source for messages, for example the path of the file.

    Raises
    ------
    DataError
        If no array can be the samples, or another array does not match them.
    """
    key = _samples_key(arrays, config.samples_key, where)
    samples = arrays[key]
    per_sample = _per_sample(arrays, key, len(samples) if samples.ndim else 0, config, where)
    if samples.dtype.kind not in "buif":
        raise DataError(f"{where}: array {key!r} contains {samples.dtype} instead of numbers")
    is_picture = samples.ndim in (3, 4)
    if not is_picture and samples.ndim != 2:
        raise DataError(
            f"{where}: array {key!r} has shape {samples.shape}; vectors have 2 dimensions and pictures 3 or 4, "
            "and the first counts the samples"
        )
    check_samples(samples, f"{where}, array {key!r}")
    declared = _declared_range(arrays, where)
    # Only vectors can be signals.
    axis = None if is_picture else _axis(arrays, samples.shape[1], where)
    kind, samples, scaling, value_range = (
        _as_pictures(samples, arrays, declared, where) if is_picture else _as_vectors(samples, declared, axis)
    )
    labels, class_names = _labels(per_sample, arrays, config.label_column, where)
    return assemble(
        config,
        name=name,
        kind=kind,
        samples=samples,
        scaling=scaling,
        value_range=value_range,
        labels=labels,
        class_names=class_names,
        columns=_columns(per_sample, config),
        feature_names=() if is_picture else _feature_names(arrays, samples.shape[1], where),
        axis=axis,
        groups=encode_groups(per_sample[config.group_column]) if config.group_column else None,
        assigned=_assigned(per_sample, config, where),
    )


def _join_published(arrays: Arrays, path: Path) -> Arrays:
    """Join x_train, y_train, x_test and y_test into samples, labels and split."""
    joined = {key: array for key, array in arrays.items() if key not in _KERAS}
    train, test = arrays["x_train"], arrays["x_test"]
    if train.ndim == 0 or train.shape[1:] != test.shape[1:] or train.dtype != test.dtype:
        raise DataError(f"{path}: x_train {train.shape} and x_test {test.shape} differ in shape or type of a sample")
    joined["samples"] = np.concatenate((train, test))
    joined["split"] = np.repeat(["train", "test"], [len(train), len(test)])
    if "y_train" in arrays and "y_test" in arrays:
        joined["labels"] = np.concatenate([arrays[key].reshape(-1) for key in ("y_train", "y_test")])
    return joined


def _samples_key(arrays: Arrays, wanted: str, where: str) -> str:
    listing = ", ".join(f"{key} {array.shape}" for key, array in arrays.items())
    if wanted:
        if wanted not in arrays:
            raise DataError(f"{where}: there is no array {wanted!r}; the arrays are {listing}")
        return wanted
    by_lower = {key.lower(): key for key in arrays}
    # Customary names first, so that a second array of pictures, such as masks, does no harm.
    for name in _SAMPLE_NAMES:
        if name in by_lower:
            return by_lower[name]
    candidates = [key for key, array in arrays.items() if array.ndim >= 2]  # 1-D arrays are labels or columns
    if len(candidates) != 1:
        raise DataError(f"{where}: set data.samples_key to the array of samples; the arrays are {listing}")
    return candidates[0]


def _per_sample(arrays: Arrays, key: str, count: int, config: DataConfig, where: str) -> Arrays:
    """Return the arrays with one value per sample; raise DataError if an array that the config names is not one."""
    # Keras stores the labels of CIFAR as (N, 1).
    flat = {
        name: array.reshape(-1) if array.ndim == 2 and array.shape[1] == 1 else array
        for name, array in arrays.items()
        if name != key and name not in _DESCRIPTIVE
    }
    found = {name: array for name, array in flat.items() if array.shape == (count,) and array.dtype.kind in "buifUS"}
    asked = {
        "label_column": config.label_column or find_label_name(flat) or "",
        "group_column": config.group_column,
        "split_column": config.split_column,
        **{f"attribute_columns ({name})": name for name in config.attribute_columns},
    }
    for setting, name in asked.items():
        if name and name not in flat:
            raise DataError(f"{where}: data.{setting} is {name!r}, but the arrays are {', '.join(sorted(arrays))}")
        if name and name not in found:
            shape = flat[name].shape
            raise DataError(
                f"{where}: array {name!r} has shape {shape}; one value for each of the {count} samples is needed"
            )
    return found


def _declared_range(arrays: Arrays, where: str) -> tuple[float, float] | None:
    if "value_range" not in arrays:
        return None
    values = arrays["value_range"]
    if (
        values.shape != (2,)
        or values.dtype.kind not in "uif"
        or not np.isfinite(values).all()
        or values[0] >= values[1]
    ):
        raise DataError(f"{where}: value_range must be two finite numbers, the lower first")
    return float(values[0]), float(values[1])


def _as_pictures(
    samples: NDArray[Any], arrays: Arrays, declared: tuple[float, float] | None, where: str
) -> tuple[Kind, NDArray[Any], Scaling, tuple[float, float] | None]:
    pictures = samples[:, np.newaxis] if samples.ndim == 3 else samples  # (N, C, H, W), or (N, H, W, C) so far
    if samples.ndim == 4 and _layout(samples, arrays, where) == "HWC":
        pictures = pictures.transpose(0, 3, 1, 2)  # (N, H, W, C) to (N, C, H, W)
    pictures = np.ascontiguousarray(_smallest_type(pictures))
    return "image", pictures, "range", declared or picture_range(pictures)


def _layout(samples: NDArray[Any], arrays: Arrays, where: str) -> str:
    if "layout" not in arrays:
        return "HWC" if samples.shape[3] < samples.shape[1] else "CHW"
    layout = str(arrays["layout"]).upper()
    if layout not in {"HWC", "CHW"}:
        raise DataError(f"{where}: layout is {layout!r}; use 'HWC' or 'CHW'")
    return layout


def _smallest_type(pictures: NDArray[Any]) -> NDArray[Any]:
    """Return pictures as uint8 or uint16 if they are integers that fit, else as float32."""
    if pictures.dtype.kind in "bui":
        low, high = int(pictures.min()), int(pictures.max())
        for dtype in (np.uint8, np.uint16):
            if pictures.dtype == dtype or (low >= 0 and high <= np.iinfo(dtype).max and pictures.dtype != np.uint16):
                return pictures.astype(dtype, copy=False)
    return _to_float32(pictures)


def _to_float32(values: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # values out of range become infinity, which `check_samples` reports
        return np.ascontiguousarray(values, dtype=np.float32)


def picture_range(pictures: NDArray[Any]) -> tuple[float, float] | None:
    """Return the range that the dtype of pictures implies, or None if it has to be fitted.

    It is 0 to 255 for 8 bits (0 to 1 if no value exceeds 1, as in masks); 0 to the highest value of the bits in use for
    16 bits (4095 for a 12-bit camera); and 0 to 1 for floats in [0, 1].
    """
    high = float(pictures.max())
    if pictures.dtype == np.uint8:
        return 0.0, 1.0 if high <= 1 else 255.0
    if pictures.dtype == np.uint16:
        return 0.0, float(2 ** max(8, int(high).bit_length()) - 1)  # at least 8 bits, for dark pictures
    return (0.0, 1.0) if float(pictures.min()) >= 0 and high <= 1 else None


def _as_vectors(
    samples: NDArray[Any], declared: tuple[float, float] | None, axis: Axis | None
) -> tuple[Kind, NDArray[Any], Scaling, tuple[float, float] | None]:
    """Return vectors with their scaling: by range if it is declared, 8-bit or within [0, 1], else standardized."""
    vectors = _to_float32(samples)
    if declared is None and samples.dtype == np.uint8:
        declared = (0.0, 1.0 if samples.max() <= 1 else 255.0)
    if declared is None and vectors.min() >= 0 and vectors.max() <= 1:
        declared = (0.0, 1.0)
    if declared is not None:
        return "vector", vectors, "range", declared
    return "vector", vectors, "standardise together" if axis else "standardise", None


def _axis(arrays: Arrays, features: int, where: str) -> Axis | None:
    if "axis" not in arrays:
        return None
    values = arrays["axis"]
    if values.shape != (features,) or values.dtype.kind not in "uif" or not np.isfinite(values).all():
        raise DataError(f"{where}: axis must contain {features} finite numbers, one per feature")
    text = {key: str(arrays[key]) if key in arrays else "" for key in ("axis_name", "axis_unit")}
    return Axis(text["axis_name"] or "axis", text["axis_unit"], values.astype(np.float64))


def _feature_names(arrays: Arrays, features: int, where: str) -> tuple[str, ...]:
    if "feature_names" not in arrays:
        return ()
    names = arrays["feature_names"]
    if names.shape != (features,):
        raise DataError(f"{where}: feature_names has shape {names.shape}, but there are {features} features")
    return tuple(str(name) for name in names)


def _found_label(per_sample: Arrays) -> str | None:
    name = find_label_name(per_sample)
    return name if name and can_be_labels(per_sample[name]) else None


def _labels(
    per_sample: Arrays, arrays: Arrays, wanted: str, where: str
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    name = wanted or _found_label(per_sample)
    if not name:
        return None, ()
    labels, found = encode_labels(per_sample[name], where=f"{where}, array {name!r}")
    names = arrays.get("class_names")
    if names is None or per_sample[name].dtype.kind not in "bui":
        return labels, found
    values = per_sample[name].astype(np.int64)
    if names.ndim != 1 or values.min() < 0 or values.max() >= len(names):
        raise DataError(f"{where}: class_names has shape {names.shape}, but the labels go up to {values.max()}")
    return values, tuple(str(each) for each in names)


def _columns(per_sample: Arrays, config: DataConfig) -> dict[str, Column]:
    label = config.label_column or _found_label(per_sample)
    split = _split_key(per_sample, config)
    chosen = config.attribute_columns or [name for name in per_sample if name not in {label, split}]
    return {name: make_column(name, per_sample[name]) for name in chosen}


def _split_key(per_sample: Arrays, config: DataConfig) -> str:
    if config.split_column or "split" not in per_sample:
        return config.split_column
    return "split" if are_split_names(str(value) for value in per_sample["split"]) else ""


def _assigned(per_sample: Arrays, config: DataConfig, where: str) -> NDArray[np.str_] | None:
    name = _split_key(per_sample, config)
    if not name:
        return None
    return read_split_names([str(value) for value in per_sample[name]], where=f"{where}, array {name!r}")
