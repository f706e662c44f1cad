"""Splits samples into train, validation and test: seeded and stratified by class, by group, or as supplied.

1. Keep supplied splits. Only a split without samples is drawn, from the samples that are assigned to train.
2. Check that there are enough samples, or groups, to leave one for each split.
3. Draw the test split, then the validation split. With groups, add whole groups until the share is reached; with
   labels, sort the shuffled samples by class and take them at equal distances.
4. Return the sorted indices of each split.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.dataset import SPLITS, DataError, Splits

_ALIASES = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "publictest": "validation",  # of FER2013
    "privatetest": "test",
}

Indices = NDArray[np.int64]


def make_splits(
    config: DataConfig,
    count: int,
    *,
    name: str,
    labels: NDArray[np.int64] | None = None,
    groups: NDArray[np.int64] | None = None,
    assigned: NDArray[np.str_] | None = None,
) -> Splits:
    """Split ``count`` samples; equal arguments return equal splits.

    Parameters
    ----------
    config
        The seed, and the shares of validation and test among the samples to draw from.
    name
        Name of the data set, for messages.
    labels
        Classes ``(N,)``; without groups, each class is represented in every split in proportion.
    groups
        Group indices ``(N,)``; samples of one group stay in one split.
    assigned
        Names of supplied splits ``(N,)``.

    Raises
    ------
    DataError
        If there are fewer samples, or groups, than splits to fill.
    """
    names = np.full(count, "train", dtype="<U10") if assigned is None else assigned.astype("<U10")
    pool: Indices = np.flatnonzero(names == "train").astype(np.int64)
    shares = {"test": config.test_fraction, "validation": config.validation_fraction}
    missing = [split for split in shares if not np.any(names == split)]
    groups_of_pool = None if groups is None else groups[pool]
    units, what = (len(pool), "samples") if groups_of_pool is None else (len(np.unique(groups_of_pool)), "groups")
    if units < len(missing) + 1:
        wanted = " and ".join(["train", *missing]) if len(missing) < 2 else "train, validation and test"
        raise DataError(f"{name}: {units} {what} cannot be split into {wanted}; at least {len(missing) + 1} are needed")
    # One generator for both splits: the order of the draws is part of what the seed means.
    rng = np.random.default_rng(config.split_seed)
    for split in missing:
        target = max(1, round(len(pool) * shares[split]))
        later = len(missing) - missing.index(split)
        names[_choose(rng, np.flatnonzero(names == "train"), target, later, labels, groups)] = split
    return Splits(*(np.flatnonzero(names == split).astype(np.int64) for split in SPLITS))


def _choose(
    rng: np.random.Generator,
    pool: NDArray[np.intp],
    target: int,
    reserve: int,
    labels: NDArray[np.int64] | None,
    groups: NDArray[np.int64] | None,
) -> NDArray[np.intp]:
    """Return about ``target`` samples of the pool, leaving at least ``reserve`` samples or groups."""
    if groups is not None:
        return pool[np.isin(groups[pool], _choose_groups(rng, groups[pool], target, reserve))]
    shuffled = rng.permutation(pool)
    if labels is not None:
        # A stable sort keeps the random order within each class.
        shuffled = shuffled[np.argsort(labels[shuffled], kind="stable")]
    target = min(target, len(pool) - reserve)
    # Equally spaced indices into a list sorted by class take each class in proportion, to within one sample.
    chosen = ((np.arange(target) + 0.5) * len(pool) / target).astype(np.int64)
    return shuffled[chosen]


def _choose_groups(rng: np.random.Generator, groups: NDArray[np.int64], target: int, reserve: int) -> NDArray[np.int64]:
    """Return groups in random order, as many as bring the number of samples closest to the target."""
    ids, sizes = np.unique(groups, return_counts=True)
    order = rng.permutation(len(ids))
    chosen: list[int] = []
    total = 0
    for index in order:
        # Adding half a group too many is as close to the target as leaving half a group out.
        if len(chosen) < len(ids) - reserve and total + sizes[index] / 2 <= target:
            chosen.append(int(index))
            total += int(sizes[index])
    return ids[chosen] if chosen else ids[[int(np.argmin(sizes))]]


def stratified(order: Indices, labels: NDArray[np.int64] | None, count: int) -> Indices:
    """Return ``count`` of the sample indices in ``order``, with each class in proportion.

    Samples of one class keep their order. An index repeats if there are fewer samples than ``count``.

    Parameters
    ----------
    labels
        Classes ``(N,)`` of all samples of the data set; None without classes.
    """
    # Equally spaced positions in a list sorted by class take each class in proportion; a stable sort keeps the order.
    sorted_by_class = order if labels is None else order[np.argsort(labels[order], kind="stable")]
    return sorted_by_class[np.linspace(0, len(order) - 1, count).round().astype(np.int64)]


def read_split_names(values: Sequence[str], *, where: str, rows: Indices | None = None) -> NDArray[np.str_]:
    """Return the split names of a column; it may also use "val", "valid", "dev", "training" and "testing".

    Parameters
    ----------
    rows
        The row of each value in the file, counted from 0, for messages; None if no row was left out.

    Raises
    ------
    DataError
        If a word is not a split (the message names its row, counted from 1), or no sample is assigned to train.
    """
    names = np.empty(len(values), dtype="<U10")
    for index, value in enumerate(values):
        known = _ALIASES.get(str(value).strip().lower())
        if known is None:
            row = index if rows is None else int(rows[index])
            raise DataError(
                f"{where}, row {row + 1}: {str(value)[:40]!r} is not a split; use train, validation or test"
            )
        names[index] = known
    if not np.any(names == "train"):
        raise DataError(f"{where}: no sample is assigned to train")
    return names


def are_split_names(words: Iterable[str]) -> bool:
    """Return whether every word is the name of a split, for example "train" or "val"."""
    return all(word.strip().lower() in _ALIASES for word in words)
