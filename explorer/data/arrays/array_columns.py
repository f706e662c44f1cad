"""Turns the arrays beside the samples into columns: one value per sample, one-hot classes, or a few values each.

An array that does not belong to the samples is left out, and the report says why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.arrays.array_names import CLASS_NAMES, LABELS, SAMPLE_NAMES, base_of
from explorer.data.report import Notes, noun

MAX_VALUES = 64
"""An array with more values per sample than this does not become attributes."""
# The first names are those of dSprites. The numbers themselves do not show that they are factors.
FACTOR_NAMES = ("latents_values", "latents_classes", "latents", "factors", "factor_values")
# dSprites has these names only in a pickled object, and 3D Shapes only in its documentation.
_DSPRITES = ("color", "shape", "scale", "orientation", "pos_x", "pos_y")
_SHAPES_3D = ("floor_hue", "wall_hue", "object_hue", "scale", "shape", "orientation")


@dataclass
class SideArrays:
    """The columns of the arrays beside the samples.

    Attributes
    ----------
    columns
        Values ``(N,)`` by name.
    factors
        Names of the columns that are generative factors.
    one_hot
        Names of the columns that were one-hot.
    """

    columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    factors: set[str] = field(default_factory=set)
    one_hot: list[str] = field(default_factory=list)


def side_arrays(
    arrays: Mapping[str, Any],
    count: int,
    notes: Notes,
    *,
    source: str,
    words: Mapping[str, Any] | None = None,
    size: int = 0,
) -> SideArrays:
    """Return the columns of arrays that belong to ``count`` samples.

    Parameters
    ----------
    words
        Arrays of which one may have the names of several values per sample; None for the same arrays.
    source
        Name of the file, by which published data sets with unnamed factors are recognized.
    size
        The number of values of a sample, by which the samples in another form are recognized; 0 if it is not known.
    """
    found = SideArrays()
    left_out = []
    for name, array in arrays.items():
        values = flat_if_single(array, count)
        reason = _unusable(values, count) or _repeated(name, values, arrays, size)
        if reason:
            left_out.append((f"{name} {sizes_text(array)}", reason))
        elif values.ndim == 1:
            found.columns[name] = _words(values)
        elif is_one_hot(values) and (base_of(name) in LABELS or not any(base_of(other) in LABELS for other in arrays)):
            found.columns[name] = values.argmax(axis=1).astype(np.int64)
            found.one_hot.append(name)
            notes.changed(f"{name}: one-hot rows of {values.shape[1]} values became classes, the position of the 1")
        else:
            _add_several(found, name, values, arrays if words is None else words, notes, source)
    note_left_out(left_out, notes)
    return found


def note_left_out(pairs: Iterable[Sequence[str]], notes: Notes) -> None:
    """Write arrays that are left out into the report, from pairs of name and reason; those of one reason together."""
    reasons: dict[str, list[str]] = {}
    for name, why in pairs:
        reasons.setdefault(why, []).append(name)
    for why, names in reasons.items():
        notes.left_out(noun(len(names), "array"), why, names)


def flat_if_single(array: Any, count: int) -> Any:
    """Return one value per sample as ``(N,)``: ``(N, 1)`` as Keras stores classes, ``(1, N)`` as MATLAB does.

    Other arrays are returned unchanged, but small sparse matrices as dense ones.
    """
    if hasattr(array, "tocsr"):
        # A sparse matrix of many columns stays sparse, since it becomes no column anyway and may not fit into memory.
        array = array.toarray() if array.shape[0] * array.shape[1] <= 100 * max(count, 1) else array
    # PCAM even stores its classes as (N, 1, 1, 1).
    single = array.ndim > 1 and max(array.shape) == count == np.prod(array.shape, dtype=object)
    return array.reshape(-1) if single and isinstance(array, np.ndarray) else array


def _unusable(values: Any, count: int) -> str:
    """Return why an array cannot be columns, or ""."""
    if values.ndim == 0:
        return "a single value does not belong to a sample"
    if values.shape[0] != count:
        return f"not one value for each of the {count:,} samples"
    # NumPy's kinds: booleans, integers, floats, texts, bytes and dates. Objects and complex numbers are none of them.
    if values.dtype.kind not in "buifUSM":
        return f"values of type {values.dtype} are neither numbers nor words"
    # Masks, depths and other pictures: attributes by the thousand would be of no use.
    if values.ndim > 2:
        return (
            "several values per sample in rows and columns; data.samples_key takes such an array as the samples instead"
        )
    if values.ndim == 2 and values.shape[1] > MAX_VALUES:
        return f"more than {MAX_VALUES} values per sample; data.samples_key takes such an array as the samples instead"
    return ""


def _repeated(name: str, values: NDArray[Any], arrays: Mapping[str, Any], size: int) -> str:
    """Return why an array with several values per sample says what another one says already, or ""."""
    if values.ndim == 2 and values.shape[1] == size and base_of(name) in SAMPLE_NAMES:
        return "the samples in another form; data.samples_key chooses it"
    # dSprites has each factor twice, as a value and as the number of the value.
    if values.ndim == 2 and base_of(name) == "latents_classes":
        return "it numbers the values of latents_values" if "latents_values" in map(base_of, arrays) else ""
    return ""


def is_one_hot(values: NDArray[Any]) -> bool:
    """Return whether each row has a single 1 beside zeros."""
    if values.ndim != 2 or values.shape[1] < 2 or values.dtype.kind not in "buif" or len(values) == 0:
        return False
    ones = values == 1  # exact: probabilities that were rounded are no classes
    return bool(np.all(ones | (values == 0)) and np.all(ones.sum(axis=1) == 1))


def _add_several(
    found: SideArrays, name: str, values: NDArray[Any], arrays: Mapping[str, Any], notes: Notes, source: str
) -> None:
    """Add the values of an array ``(N, k)`` as k columns."""
    names = _names_of(name, values.shape[1], arrays, source)
    for index, each in enumerate(names):
        found.columns[each] = _words(values[:, index])
    if base_of(name) in FACTOR_NAMES or names in (list(_DSPRITES), list(_SHAPES_3D)):
        found.factors.update(names)
        notes.understood(f"{name}: {len(names)} generative factors: {', '.join(names)}")
    else:
        both = values.dtype.kind in "bui" and bool(np.all((values == 0) | (values == 1)))
        # A sample of several classes, such as the tags of a photo, has no single class that could be its label.
        what = "several classes per sample" if both and base_of(name) in LABELS else f"{len(names)} values per sample"
        notes.changed(f"{name}: {what} became the attributes {names[0]} … {names[-1]}")


def _names_of(name: str, count: int, arrays: Mapping[str, Any], source: str) -> list[str]:
    """Return the names of k columns: published ones, those of an array of k words, or numbers."""
    if base_of(name) in ("latents_values", "latents_classes") and count == len(_DSPRITES):
        return list(_DSPRITES)
    # The file 3dshapes.h5 calls the factors labels, so that only the file name tells them from classes.
    if "3dshapes" in source.lower() and count == len(_SHAPES_3D):
        return list(_SHAPES_3D)
    for other, words in arrays.items():
        fits = words.shape == (count,) and words.dtype.kind in "US"
        if fits and (base_of(other) in CLASS_NAMES or base_of(other).startswith(base_of(name))):
            return [text(word) for word in words]
    return [f"{name} {index}" for index in range(count)]


def _words(values: NDArray[Any]) -> NDArray[Any]:
    """Return bytes as text, other values unchanged."""
    return np.array([text(value) for value in values.tolist()]) if values.dtype.kind == "S" else values


def text(value: Any) -> str:
    """Return a word as text; bytes are UTF-8."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def sizes_text(array: Any) -> str:
    """Return the shape of an array in words: "60000×28×28"."""
    return "×".join(map(str, array.shape)) or "single value"
