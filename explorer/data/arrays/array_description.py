"""Finds the arrays that describe the samples instead of having a value for each: axis, names, range, layout."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.arrays.array_columns import text
from explorer.data.arrays.array_names import AXES, CLASS_NAMES, FEATURE_NAMES, base_of, first_named
from explorer.data.dataset import Axis, DataError
from explorer.data.report import Notes, some

# Two or three rising numbers occur by chance, such as the bounds of a range.
MIN_AXIS = 8
"""Fewer positions than this are an axis only by the name ``axis``."""
_OWN = ("axis_name", "axis_unit", "layout", "value_range")


@dataclass(frozen=True)
class SampleDescription:
    """What arrays say about the samples; ``used`` are the names of these arrays."""

    axis: Axis | None
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    value_range: tuple[float, float] | None
    layout: str
    used: frozenset[str]


def describe(arrays: Mapping[str, Any], samples: Any, where: str, notes: Notes) -> SampleDescription:
    """Return what the arrays say about ``samples`` ``(N, …)``.

    Raises
    ------
    DataError
        If an array with one of the documented names does not fit the samples.
    """
    count, shape = samples.shape[0], samples.shape[1:]
    # Pictures have no names or positions of features: those of a sample's shape would be of something else.
    features = shape if len(shape) == 1 else ()
    axis = _axis_name(arrays, count, features)
    names = _feature_names(arrays, count, features)
    classes = _class_names(arrays, count) or _character_codes(arrays)
    if axis and features:
        notes.understood(f"{axis} has the positions of the features")
    if names and features:
        notes.understood(
            f"{names} has the names of the features: {some([text(name) for name in _listed(arrays[names])], 3)}"
        )
    used = {name for name in (axis, names, classes, *_OWN) if name and name in arrays}
    return SampleDescription(
        axis=_axis(arrays, axis, features, where) if axis and features else None,
        feature_names=_checked_names(arrays[names], features, where) if names and features else (),
        class_names=_names_of_classes(arrays[classes]) if classes else (),
        value_range=_declared_range(arrays, where),
        layout=str(arrays["layout"]).upper() if "layout" in arrays else "",
        used=frozenset(used),
    )


def _listed(array: NDArray[Any]) -> list[Any]:
    return list(array.reshape(-1).tolist())


def _words(array: Any) -> bool:
    """Return whether an array is one list of words; MATLAB's have the shape ``(1, K)`` or ``(K, 1)``."""
    return array.dtype.kind in "US" and array.ndim in (1, 2) and array.size == max(array.shape, default=0)


def _class_names(arrays: Mapping[str, Any], count: int) -> str | None:
    if "class_names" in arrays and arrays["class_names"].ndim == 1:
        return "class_names"
    # A list of as many words as samples has the label of each sample, whatever its name is.
    return first_named([key for key, array in arrays.items() if _words(array) and array.size != count], CLASS_NAMES)


def _character_codes(arrays: Mapping[str, Any]) -> str | None:
    """Return EMNIST's ``mapping``, whose rows are a class and the codes of its characters."""
    name = first_named(arrays, ("mapping",))
    table = arrays[name] if name else None
    if table is None or table.ndim != 2 or table.shape[1] < 2 or len(table) == 0 or table.dtype.kind not in "uif":
        return None
    # Codes up to 32 are blanks and control characters; from 0x3000 on, Chinese and Japanese characters begin.
    first, codes = table[:, 0].astype(np.int64), table[:, 1]
    counts_classes = np.array_equal(first, first[0] + np.arange(len(first))) and first[0] in (0, 1)
    return name if counts_classes and codes.min() > 32 and codes.max() < 0x3000 else None


def _names_of_classes(array: NDArray[Any]) -> tuple[str, ...]:
    if array.ndim == 2 and array.dtype.kind in "uif" and array.shape[1] > 1:
        return tuple(chr(int(code)) for code in array[:, 1])
    return tuple(text(name) for name in _listed(array))


def _feature_names(arrays: Mapping[str, Any], count: int, shape: tuple[int, ...]) -> str | None:
    """Return the array of the names of features: by its name, or the only words that are as many as the features."""
    if "feature_names" in arrays:
        return "feature_names"
    # As many words as samples are their names, whatever the array is called.
    fitting = [key for key, array in arrays.items() if _words(array) and shape == (array.size,) and array.size != count]
    others = [key for key in fitting if base_of(key) not in CLASS_NAMES]
    return first_named(fitting, FEATURE_NAMES) or (others[0] if len(others) == 1 else None)


def _axis_name(arrays: Mapping[str, Any], count: int, shape: tuple[int, ...]) -> str | None:
    if "axis" in arrays:
        return "axis"
    fitting = [
        key
        for key, array in arrays.items()
        if array.ndim == 1 and array.shape == shape and len(array) >= MIN_AXIS and len(array) != count and _rises(array)
    ]
    return first_named(fitting, AXES)


def _rises(array: NDArray[Any]) -> bool:
    """Return whether numbers rise or fall throughout."""
    if array.dtype.kind not in "uif" or not np.isfinite(array).all():
        return False
    # In float64: differences of unsigned integers would wrap around and always be positive.
    steps = np.diff(array.astype(np.float64))
    return bool(np.all(steps > 0) or np.all(steps < 0))


def _axis(arrays: Mapping[str, Any], name: str, shape: tuple[int, ...], where: str) -> Axis:
    values = arrays[name]
    # A chosen name is taken at its word: an axis that does not fit is a fault, not another column.
    if values.shape != shape or values.dtype.kind not in "uif" or not np.isfinite(values).all():
        raise DataError(f"{where}: axis must contain {_by(shape)} finite numbers, one per feature")
    own = {key: str(arrays[key]) if key in arrays else "" for key in ("axis_name", "axis_unit")}
    return Axis(own["axis_name"] or name, own["axis_unit"], values.astype(np.float64))


def _checked_names(names: NDArray[Any], shape: tuple[int, ...], where: str) -> tuple[str, ...]:
    if (names.size,) != shape:
        raise DataError(f"{where}: feature_names has shape {names.shape}, but there are {_by(shape)} features")
    return tuple(text(name) for name in _listed(names))


def _by(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "no"


def _declared_range(arrays: Mapping[str, Any], where: str) -> tuple[float, float] | None:
    if "value_range" not in arrays:
        return None
    values = arrays["value_range"]
    is_pair = values.shape == (2,) and values.dtype.kind in "uif"
    if not is_pair or not np.isfinite(values).all() or values[0] >= values[1]:
        raise DataError(f"{where}: value_range must be two finite numbers, the lower first")
    return float(values[0]), float(values[1])
