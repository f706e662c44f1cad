"""Brings arrays into the layout that the rest of the reader expects, before splits are joined.

1. Drop the group that all names share: MATLAB and HDF5 keep ``dataset.train.images`` in a structure.
2. Put the samples first: MATLAB's pictures, and tables of genes, count them by the last dimension. The labels or names
   of the same split show it.
3. Join arrays that have one class each: ``train0`` … ``train9`` of mnist_all.mat, or ``cat`` and ``dog``.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.arrays.array_names import LABELS, SAMPLE_NAMES, SAMPLE_TITLES, SPLIT_BASES, base_of, parse_name
from explorer.data.report import Notes, some

_PER_SAMPLE = frozenset((*LABELS, *SAMPLE_TITLES, *SPLIT_BASES))
# numpy.savez gives these names to arrays that are passed without one: they say nothing about classes.
_UNNAMED = re.compile(r"arr_\d+")
_NUMBERED = re.compile(r"\D*\d+")


def shared_group(names: Mapping[str, Any]) -> str:
    """Return the group that contains all arrays, with its separator: "dataset." or "data/"; "" without one."""
    shared = ""
    while len(names) > 1:
        # One level at a time: all names may share several groups, such as dataset/train before images and labels.
        groups = {match[0] if (match := re.match(r"[^/.]+[/.]", name[len(shared) :])) else "" for name in names}
        if len(groups) > 1 or groups == {""}:
            break
        shared += groups.pop()
    return shared


def with_samples_first(arrays: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    """Return arrays whose first dimension counts the samples, as far as labels or names tell how many there are."""
    lengths: dict[str, set[int]] = {}
    for name, array in arrays.items():
        if array.ndim and base_of(name) in _PER_SAMPLE:
            # The longer side, as labels may be a row, a column, or one-hot.
            lengths.setdefault(parse_name(name).split, set()).add(max(array.shape))
    turned = dict(arrays)
    for name, array in arrays.items():
        counts = lengths.get(parse_name(name).split, set())
        # One value per sample may lie along any dimension, and is made a list later.
        is_list = array.ndim < 2 or max(array.shape) == np.prod(array.shape, dtype=object)
        if is_list or array.shape[0] in counts or array.shape[-1] not in counts:
            continue
        # Pictures are copied here once; as a view, they would be copied by each later reshape.
        turned[name] = array.T if array.ndim == 2 else np.ascontiguousarray(np.moveaxis(array, -1, 0))
        count = f"{array.shape[-1]:,}"
        notes.changed(f"{name}: the last dimension was taken as the samples, because there are {count} labels or names")
    return turned


def with_joined_classes(arrays: Mapping[str, Any], notes: Notes) -> Mapping[str, Any]:
    """Return arrays of one class each as one array of samples with labels, and other arrays unchanged.

    They are recognized by equal sample shapes beside different lengths or numbered names, without a customary name
    among them: two views of the same samples have one length.
    """
    parts = {name: array for name, array in arrays.items() if array.ndim > 1 and array.dtype.kind in "buif"}
    if len(parts) < 2 or len({array.shape[1:] for array in parts.values()}) > 1:
        return arrays
    bases = {name: base_of(name) for name in parts}
    if any(base in SAMPLE_NAMES for base in bases.values()) or any(base_of(name) in LABELS for name in arrays):
        return arrays
    if any(_UNNAMED.fullmatch(name) or hasattr(array, "tocsr") for name, array in parts.items()):
        return arrays
    # Three numbered names are classes, even with equally many samples each; two could be a pair of views.
    numbered = len(set(bases.values())) > 2 and all(_NUMBERED.fullmatch(base) for base in bases.values())
    lengths = {len(array) for array in parts.values()}
    if len(set(bases.values())) < 2 or (len(lengths) == 1 and not numbered):
        return arrays
    counts = [len(array) for array in parts.values()]
    joined = {name: array for name, array in arrays.items() if name not in parts}
    joined["samples"] = np.concatenate(list(parts.values()))
    joined["label"] = np.repeat(_class_names(list(bases.values())), counts)
    notes.understood(f"each array is one class: {some(list(dict.fromkeys(bases.values())), 12)}")
    splits = [parse_name(name).split for name in parts]
    if all(splits) and len(set(splits)) > 1:
        joined["split"] = np.repeat(splits, counts)
    return joined


def _class_names(bases: list[str]) -> NDArray[Any]:
    """Return the names of classes without what all of them begin with, as numbers if they are."""
    stem = re.match(r"\D*", bases[0])
    prefix = stem[0] if stem else ""
    if all(base.startswith(prefix) and base[len(prefix) :].isdecimal() for base in bases):
        return np.array([int(base[len(prefix) :]) for base in bases])
    return np.array(bases)
