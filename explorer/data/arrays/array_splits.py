"""Joins arrays of published splits, such as Keras' ``x_train`` and ``x_test`` or MedMNIST's ``train_images``."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.arrays.array_columns import flat_if_single
from explorer.data.arrays.array_names import SAMPLE_NAMES, parse_name
from explorer.data.dataset import SPLITS
from explorer.data.report import Notes

Arrays = Mapping[str, Any]


def with_joined_splits(arrays: Arrays, wanted: str, notes: Notes) -> Arrays:
    """Return arrays with those of the splits joined, and an array ``split`` that says which sample is from which.

    Arrays without splits are returned unchanged. If the array ``wanted`` as samples is of one split, so are the others.
    """
    # A choice of x_test means these samples alone, not the joined ones of which they are a part.
    own = parse_name(wanted).split if wanted in arrays else ""
    if own:
        others = [name for name in arrays if parse_name(name).split not in ("", own)]
        notes.left_out("arrays of other splits", f"data.samples_key = {wanted} is of one split", others)
        return {name: array for name, array in arrays.items() if name not in others}
    by_base = _by_base(arrays)
    samples = _samples_of(by_base)
    if samples is None or "split" in arrays or wanted in arrays:
        return arrays
    parts = _fitting(by_base[samples], samples, notes)
    # Not len(), which sparse matrices do not have.
    lengths = {split: part.shape[0] for split, part in parts.items()}
    joined = {name: array for name, array in arrays.items() if parse_name(name).base not in by_base}
    for base, of_split in by_base.items():
        kept = {split: part for split, part in of_split.items() if split in parts}
        if base != samples:
            kept = {split: flat_if_single(part, lengths[split]) for split, part in kept.items()}
        found = _joined(kept, lengths, base, notes)
        if found is not None:
            joined[base or "samples"] = found
    # The reader of columns takes this one for the published splits, as if the file had it.
    joined["split"] = np.repeat(list(lengths), list(lengths.values()))
    return joined


def _by_base(arrays: Arrays) -> dict[str, dict[str, Any]]:
    """Return the arrays of splits: by base, then by split, in the order train, validation, test."""
    by_base: dict[str, dict[str, Any]] = {}
    for name, array in arrays.items():
        base, split = parse_name(name)
        if split and array.ndim > 0:
            by_base.setdefault(base, {})[split] = array
    # "data" beside "testdata" is the training split.
    for base, parts in by_base.items():
        if "train" not in parts and base in arrays and arrays[base].ndim > 0:
            parts["train"] = arrays[base]
    return {base: {split: parts[split] for split in SPLITS if split in parts} for base, parts in by_base.items()}


def _samples_of(by_base: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the base of the samples, or None if no array of at least 2 dimensions has a training and another split."""
    found = {
        base: max(np.prod(part.shape) for part in parts.values())
        for base, parts in by_base.items()
        if "train" in parts
        and len(parts) > 1
        and all(part.ndim > 1 and part.dtype.kind in "buif" for part in parts.values())
    }
    # Customary names first, as masks can be larger than the pictures that they belong to.
    customary = next((base for base in SAMPLE_NAMES if base in found), None)
    return customary if customary is not None else max(found, key=found.__getitem__, default=None)


def _fitting(parts: Mapping[str, Any], base: str, notes: Notes) -> dict[str, Any]:
    """Return the parts whose samples have the shape of the training samples."""
    shape = parts["train"].shape[1:]
    wrong = {split: part for split, part in parts.items() if part.shape[1:] != shape}
    for split, part in wrong.items():
        notes.left_out(
            "split", f"its samples have another shape than those of train, {shape}", [f"{split} {part.shape}"]
        )
    return {split: part for split, part in parts.items() if split not in wrong}


def _joined(parts: Mapping[str, Any], lengths: Mapping[str, int], base: str, notes: Notes) -> Any | None:
    """Return the arrays of one base in the order of the splits; values of splits that lack it are missing."""
    names = [f"{base} {split} {part.shape}" for split, part in parts.items() if part.shape[0] != lengths[split]]
    if names:
        notes.left_out("arrays", "they do not have one value for each sample of their split", names)
        return None
    shapes = {part.shape[1:] for part in parts.values()}
    if len(shapes) != 1 or len({part.dtype.kind in "US" for part in parts.values()}) > 1:
        notes.left_out("array", "its splits differ in shape or type", [base])
        return None
    # The labels of a test split are often kept secret: they are missing then, and the samples are kept.
    lacking = [split for split in lengths if split not in parts]
    if not lacking:
        return _concatenate(list(parts.values()))
    first = next(iter(parts.values()))
    if first.ndim > 1:
        notes.left_out("array", f"the split {lacking[0]} lacks it", [base])
        return None
    notes.understood(f"{base}: the split {' and '.join(lacking)} has no values")
    filled = {split: parts[split] if split in parts else _unknown(first, lengths[split]) for split in lengths}
    return np.concatenate(list(filled.values()))


def _concatenate(parts: list[Any]) -> Any:
    if any(hasattr(part, "tocsr") for part in parts):
        from scipy.sparse import vstack

        return vstack(parts, format="csr")
    return np.concatenate(parts)


def _unknown(like: NDArray[Any], count: int) -> NDArray[Any]:
    """Return missing values ``(count,)``: "" of words, NaN of numbers."""
    if like.dtype.kind in "US":
        return np.zeros(count, like.dtype)
    # float32 holds integers of up to 16 bits exactly; larger ones need float64.
    return np.full(count, np.nan, np.float32 if like.dtype.itemsize < 4 else np.float64)
