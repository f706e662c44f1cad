"""Builds the matrix of features from the columns of a table, and keeps the features that vary most."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.config.value_text import items_text
from explorer.data.columns import is_missing, make_column
from explorer.data.dataset import DataError, dense
from explorer.data.imports.column_facts import feature_title, word_of, yes_no_values
from explorer.data.imports.found import Found, take_features
from explorer.data.reading.limits import ARRAY_BYTES
from explorer.data.report import Notes, some


def with_features(found: Found, config: DataConfig, notes: Notes) -> Found:
    """Return what was found with the columns of role feature and category appended to the samples.

    Numbers and booleans become one feature, lists one per number, and categories one of 0 and 1 per word.

    Raises
    ------
    DataError
        If nothing is left to be the features, or a category has missing words and ``data.missing`` is refuse.
    """
    chosen = [*found.columns_of("feature"), *found.columns_of("category")]
    if found.samples is not None and not chosen:
        return found
    blocks, names, kinds = [], list(found.feature_names), list(found.feature_kinds)
    if found.samples is not None:
        if found.samples.ndim != 2:
            raise DataError(
                f"{found.where}: if the samples are pictures, columns cannot be features; give them another role"
            )
        blocks.append(dense(found.samples))
        # An empty list means that all are guessed; beside columns of known kinds, each needs an entry.
        kinds = kinds or [""] * found.samples.shape[1]
        names = names or [feature_title((), index) for index in range(found.samples.shape[1])]
    for name in chosen:
        if found.roles[name] == "category":
            block, words = _one_hot(found.columns[name], name, found.where, config, notes)
            names += [f"{name} = {word}" for word in words]
            kinds += [f"category {name}"] * len(words)
        else:
            block = _numbers(found.columns[name], name, found.where, notes)
            names += [name] if block.shape[1] == 1 else [f"{name} {number}" for number in range(block.shape[1])]
            kinds += [""] * block.shape[1]
        blocks.append(block)
    if not chosen:
        raise DataError(_without_features(found, notes))
    # Row names of a table are kept with its samples; the features need no columns any more.
    samples = _side_by_side(blocks, found.where)
    used = set(chosen)  # a table may have 100,000 columns
    columns = {name: values for name, values in found.columns.items() if name not in used}
    return replace(found, samples=samples, feature_names=tuple(names), feature_kinds=kinds, columns=columns)


def _side_by_side(blocks: list[NDArray[Any]], where: str) -> NDArray[np.float32]:
    rows, width = len(blocks[0]), sum(block.shape[1] for block in blocks)
    ARRAY_BYTES.check(rows * width * 4, where, f"{rows:,} × {width:,} features take")
    # One array that is filled: concatenating would need all blocks twice, and in float64.
    samples = np.empty((rows, width), np.float32)
    start = 0
    for block in blocks:
        with np.errstate(over="ignore", invalid="ignore"):  # numbers out of range become infinity: missing
            samples[:, start : start + block.shape[1]] = block
        start += block.shape[1]
    return samples


def _numbers(values: NDArray[Any], name: str, where: str, notes: Notes) -> NDArray[Any]:
    if values.dtype.kind in "mM":
        column = make_column(name, values)
        notes.changed(
            f"column {name!r}: {'dates' if column.unit == 'year' else 'times'} became numbers in {column.unit}"
        )
        return column.values[:, np.newaxis]
    if values.dtype.kind in "USO" and (answers := yes_no_values(values)) is not None:
        no, yes = (next(str(value) for value in values[answers == number]) for number in (0, 1))
        notes.changed(f"column {name!r}: {yes} became 1, {no} became 0")
        return answers[:, np.newaxis]
    if values.dtype.kind not in "buif":
        raise DataError(
            f"{where}: column {name!r} contains no numbers; make it a category (data.category_columns) or an attribute"
        )
    return values[:, np.newaxis] if values.ndim == 1 else values


def _without_features(found: Found, notes: Notes) -> str:
    """Return why there are no features, and offer the words as categories."""
    words = [
        name
        for name in found.columns_of("attribute")
        if found.columns[name].ndim == 1 and found.columns[name].dtype.kind in "USO"
    ]
    if not words:
        return (
            f"{found.where}: no column of numbers is left to be the features; the columns are "
            f"{some(found.columns, 40)}; look at the file, or give a column the role with data.feature_columns"
        )
    value = items_text(words)
    notes.offer("category_columns", value, "take the words as categories, with one feature of 0 and 1 per word")
    return (
        f"{found.where}: no column of numbers is left to be the features; to use words, set data.category_columns to "
        f"some of {some(words, 40)}"
    )


def _one_hot(
    values: NDArray[Any], name: str, where: str, config: DataConfig, notes: Notes
) -> tuple[NDArray[np.uint8], list[str]]:
    """Return one column of 0 and 1 per distinct value, and the values; a missing value has 0 in all."""
    missing = is_missing(values)
    found, inverse = np.unique(values[~missing], return_inverse=True)
    words = [word_of(value) for value in found]
    # Before the memory is taken: each of a million words would become a column.
    if len(values) * len(words) * 4 > ARRAY_BYTES.value:
        raise DataError(
            f"{where}: the {len(words):,} words of column {name!r} would become features of more than "
            f"{ARRAY_BYTES.value:,} bytes; make it an attribute (data.attribute_columns)"
        )
    if not words:
        raise DataError(f"{where}: column {name!r} has no words to be a category; give it another role")
    notes.changed(f"column {name!r} became {len(words):,} features of 0 and 1: {some(words)}")
    if count := int(missing.sum()):
        rows = "one row" if count == 1 else f"{count:,} rows"
        if config.missing == "refuse":
            raise DataError(f"{where}: {rows} without a word in column {name!r}; set data.missing to skip")
        have = "has" if count == 1 else "have"
        notes.changed(f"column {name!r}: {rows} {have} no word; all its features are 0 there")
    block = np.zeros((len(values), len(words)), np.uint8)
    block[np.flatnonzero(~missing), inverse] = 1
    return block, words


def with_most_variable(found: Found, config: DataConfig, notes: Notes) -> Found:
    """Return what was found with the ``max_features`` features of the greatest variance, in their order."""
    if not config.max_features or found.samples.ndim != 2 or found.samples.shape[1] <= config.max_features:
        return found
    kept = np.sort(np.argsort(-_variance(_logarithms(found.samples, config)), kind="stable")[: config.max_features])
    total = found.samples.shape[1]
    others = np.setdiff1d(np.arange(total), kept)
    notes.left_out(
        "features",
        f"data.max_features = {config.max_features:,} keeps those that vary most",
        [feature_title(found.feature_names, index) for index in others],
    )
    return take_features(found, kept)


def _logarithms(samples: Any, config: DataConfig) -> Any:
    """Return log(1 + x) if the model sees that; without it, the most frequent genes would vary most."""
    if not config.log1p or samples.min() <= -1:
        return samples
    return (
        np.log1p(samples.astype(np.float32)) if isinstance(samples, np.ndarray) else samples.astype(np.float32).log1p()
    )


def _variance(samples: Any) -> NDArray[np.float64]:
    if hasattr(samples, "multiply"):  # sparse
        mean = np.asarray(samples.mean(axis=0)).ravel()
        square = np.asarray(samples.multiply(samples).mean(axis=0)).ravel()
        # The centred values would be dense. Little precision is lost for counts, whose variance exceeds their mean.
        difference: NDArray[np.float64] = square - mean**2
        return difference
    with np.errstate(over="ignore", invalid="ignore"):
        variance: NDArray[np.float64] = np.nan_to_num(np.nanvar(samples.astype(np.float64), axis=0), nan=0.0)
    return variance
