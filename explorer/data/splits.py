"""Train, validation and test: seeded and stratified, supplied, or by group."""

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
    """Split ``count`` samples; equal arguments give equal splits.

    Parameters
    ----------
    config
        The shares (of the samples that are not assigned yet) and the seed.
    name
        The data set's name, for messages.
    labels
        ``(N,)`` classes; where given (and no groups), every class is spread over the splits by the shares.
    groups
        ``(N,)``; samples of one group stay together.
    assigned
        ``(N,)`` names of supplied splits, kept; a validation or test split that nobody is assigned to is taken from
        ``"train"``.

    Raises
    ------
    DataError
        With fewer samples, or groups, than splits to fill.
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
    """Choose about ``target`` of the pool, leaving at least ``reserve`` units (samples or groups)."""
    if groups is not None:
        return pool[np.isin(groups[pool], _choose_groups(rng, groups[pool], target, reserve))]
    shuffled = rng.permutation(pool)
    if labels is not None:
        shuffled = shuffled[np.argsort(labels[shuffled], kind="stable")]
    target = min(target, len(pool) - reserve)
    # Evenly spaced places in a list ordered by class take from each class in proportion, to within one sample.
    places = ((np.arange(target) + 0.5) * len(pool) / target).astype(np.int64)
    return shuffled[places]


def _choose_groups(rng: np.random.Generator, groups: NDArray[np.int64], target: int, reserve: int) -> NDArray[np.int64]:
    """Add groups in random order while that brings the number of samples closer to the target."""
    ids, sizes = np.unique(groups, return_counts=True)
    order = rng.permutation(len(ids))
    chosen: list[int] = []
    total = 0
    for index in order:
        if len(chosen) < len(ids) - reserve and total + sizes[index] / 2 <= target:
            chosen.append(int(index))
            total += int(sizes[index])
    return ids[chosen] if chosen else ids[[int(np.argmin(sizes))]]


def read_split_names(values: Sequence[str], *, where: str) -> NDArray[np.str_]:
    """Read a split column's words; "val", "valid", "dev" and "training" are understood too.

    Raises
    ------
    DataError
        For another word, naming its row (counted from 1), or where nothing is assigned to train.
    """
    names = np.empty(len(values), dtype="<U10")
    for row, value in enumerate(values):
        known = _ALIASES.get(str(value).strip().lower())
        if known is None:
            raise DataError(f"{where}, row {row + 1}: {str(value)[:40]!r} is no split; use train, validation or test")
        names[row] = known
    if not np.any(names == "train"):
        raise DataError(f"{where}: no sample is assigned to train")
    return names


def are_split_names(words: Iterable[str]) -> bool:
    """Whether every word names a split, for example "train" or "val"."""
    return all(word.strip().lower() in _ALIASES for word in words)
