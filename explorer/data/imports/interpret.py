"""Makes a data set of what a reader found. Every file and folder of numbers or pictures passes here.

1. Transpose, if the config says so.
2. Put the columns that are features beside the samples (see `explorer.data.imports.features`).
3. Deal with missing values (`explorer.data.imports.missing`), normalize counts (`explorer.data.imports.counts`), and
   keep the features that vary most.
4. Decide what one sample is: picture, signal or vector (`explorer.data.imports.shapes`), and what kinds of values the
   features of a vector have (`explorer.data.imports.kinds`).
5. Turn the other columns into classes, attributes, groups, splits and names.
6. Assemble the data set, and point out what may harm a training (`explorer.data.imports.doubts`).

Each step writes into the report what it understood, changed or left out.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.assemble import assemble, check_samples
from explorer.data.columns import encode_groups, encode_labels, is_missing, make_column
from explorer.data.context import LoadContext
from explorer.data.dataset import Axis, Column, DataError, Dataset
from explorer.data.imports.column_facts import word_of
from explorer.data.imports.counts import offer_for_counts, with_equal_totals
from explorer.data.imports.doubts import point_out
from explorer.data.imports.features import with_features, with_most_variable
from explorer.data.imports.found import Found
from explorer.data.imports.kinds import Kinds, feature_kinds
from explorer.data.imports.missing import without_missing
from explorer.data.imports.shapes import Shaped, shape_samples
from explorer.data.report import Notes, noun, some
from explorer.data.scaling import Scaling
from explorer.data.splits import read_split_names

_SCALINGS: dict[str, Scaling] = {
    "standardize": "standardize",
    "together": "standardize together",
    "robust": "robust",
    "range": "range",
    "none": "none",
}

ROW_SETTINGS = (
    "sample_shape",
    "pixel_order",
    "transpose",
    "scaling",
    "log1p",
    "normalize_counts",
    "missing",
    "missing_value",
    "missing_marks",
    "max_features",
)
"""The settings that apply to rows of numbers, whatever the format."""


def interpret(found: Found, config: DataConfig, context: LoadContext) -> Dataset:
    """Return the data set of what a reader found, and write the report.

    Raises
    ------
    DataError
        If there is nothing to train on, values are missing and not to be left out, or a shape does not fit.
    """
    notes = context.notes
    as_read = _complete(found, config, notes)
    found = with_most_variable(with_equal_totals(as_read, config, notes), config, notes)
    shaped = _shaped(found, as_read, config, notes)
    kinds = _kinds(found, shaped, config, notes)
    shaped = _scaled(shaped, config, notes, kinds)
    labels, class_names = _labels(found, notes)
    attributes = _attributes(found)
    dataset = assemble(
        config,
        name=found.name,
        kind=shaped.kind,
        samples=shaped.samples,
        scaling=shaped.scaling,
        log1p=config.log1p,
        value_range=shaped.value_range,
        labels=labels,
        class_names=class_names,
        columns=attributes,
        factors={name: column for name, column in attributes.items() if name in found.factors},
        feature_names=shaped.feature_names,
        axis=shaped.axis,
        groups=_groups(found),
        assigned=_assigned(found, notes),
        sample_names=_names(found, notes),
        feature_kinds=kinds.kinds,
        category_sizes=kinds.category_sizes,
        rows=found.rows,
    )
    point_out(dataset, notes)
    return dataset


def _shaped(found: Found, as_read: Found, config: DataConfig, notes: Notes) -> Shaped:
    """Return the samples as pictures, signals or vectors; offer to prepare the counts of vectors."""
    shaped = shape_samples(found, config, notes)
    # After the shape is known, as pictures and signals are no counts; by the values before they were scaled.
    if shaped.kind == "vector" and shaped.axis is None:
        offer_for_counts(as_read, config, notes)
    return shaped


def _complete(found: Found, config: DataConfig, notes: Notes) -> Found:
    """Return what was found with all features beside the samples, and without missing values."""
    if config.transpose or config.axis_column:
        found = _transposed(found, config, notes)
    # Before missing values, as gaps in columns are gaps of the samples, too.
    found = with_features(found, config, notes)
    if found.samples.ndim == 0 or found.samples.shape[0] == 0:
        raise DataError(f"{found.where} contains no samples")
    found = without_missing(found, config, notes)
    # All that follows compares and divides values.
    if isinstance(found.samples, np.ndarray):
        check_samples(found.samples, found.where)
    return found


def _kinds(found: Found, shaped: Shaped, config: DataConfig, notes: Notes) -> Kinds:
    """Return the kinds of the features; the values of a picture or a signal are all numbers."""
    if shaped.kind != "vector" or shaped.axis is not None:
        return Kinds()
    # Dimensions that were left out, or flattened, are as in the shaped samples.
    return feature_kinds(replace(found, samples=shaped.samples), config, notes, one_range=shaped.scaling == "range")


def _transposed(found: Found, config: DataConfig, notes: Notes) -> Found:
    """Return columns as samples, named as the features were; an axis column gives the positions of the rows."""
    axis = None
    if config.axis_column:
        axis = _axis(found.columns[config.axis_column], config.axis_column, found.where, notes)
        found = replace(found, columns={k: v for k, v in found.columns.items() if k != config.axis_column})
    # The names of the rows become those of the features.
    names = found.columns.get(found.column_of("name"))
    found = with_features(found, config, notes)
    if found.samples.ndim < 2:
        raise DataError(f"{found.where}: one list of numbers has no columns to transpose")
    lost = [name for name in found.columns if found.roles.get(name) not in ("name", "ignored", "feature")]
    notes.left_out(noun(len(lost), "column"), "rows became features, and a column describes rows", lost)
    rows, columns = found.samples.shape[0], found.samples.shape[-1]
    samples = found.samples.T if found.samples.ndim == 2 else np.moveaxis(found.samples, -1, 0)
    if found.samples.ndim == 2:
        notes.changed(f"transposed: {columns:,} columns are the samples, {rows:,} rows the features")
    else:
        notes.changed(f"transposed: the last dimension counts the samples, {columns:,}")
    features = [str(name) for name in names] if names is not None else list(map(str, found.names))
    return Found(
        name=found.name,
        where=found.where,
        samples=samples.tocsr() if hasattr(samples, "tocsr") else np.ascontiguousarray(samples),
        feature_names=features if axis is None and samples.ndim == 2 else (),
        names=tuple(found.feature_names),
        value_range=found.value_range,
        axis=axis,
    )


def _axis(values: NDArray[Any], name: str, where: str, notes: Notes) -> Axis:
    """Return the positions of the rows: numbers, years of dates, hours of times; the numbers of the rows for words."""
    column = make_column(name, values)
    if column.categories or values.dtype.kind not in "uifmM":
        notes.changed(f"column {name!r} has no numbers: the rows are at the positions 0 to {len(values) - 1:,}")
        return Axis(name, "", np.arange(len(values), dtype=np.float64))
    unknown = np.flatnonzero(~np.isfinite(column.values))
    if len(unknown):
        raise DataError(f"{where}: the axis {name!r} has no value in row {unknown[0] + 1}; fill it in, or ignore it")
    return Axis(name, column.unit, column.values)


def _scaled(shaped: Shaped, config: DataConfig, notes: Notes, kinds: Kinds) -> Shaped:
    """Return the samples with the scaling of numbers that the config says, and say which."""
    if config.scaling != "auto":
        shaped = replace(shaped, scaling=_SCALINGS[config.scaling])
    # A setting without effect is worth a warning: the user expects scaled values.
    if kinds.kinds and "number" not in kinds.kinds:
        if config.scaling != "auto" or config.log1p:
            notes.warn("data.scaling and data.log1p have no effect: no feature is a plain number")
        return shaped
    each, every = ("number", "number") if kinds.kinds else ("feature", "value")
    if shaped.scaling != "range":
        words = {
            "standardize": f"each {each} is standardized (mean 0, standard deviation 1 on the training split)",
            "standardize together": f"all {every}s are standardized together, by one mean and standard deviation",
            "robust": f"each {each} is scaled by its median and interquartile range",
            "none": f"{every}s are not scaled",
        }
        log = f"log(1 + x) is taken of every {every}, then " if config.log1p else ""
        notes.understood(log + words[shaped.scaling])
    elif config.log1p:
        notes.understood(f"log(1 + x) is taken of every {every}, then the range is mapped to 0 to 1")
    elif shaped.value_range:
        low, high = shaped.value_range
        mapped = "" if shaped.value_range == (0, 1) else " are mapped to 0 to 1"
        notes.understood(f"values from {low:g} to {high:g}{mapped}")
    return shaped


def _labels(found: Found, notes: Notes) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    name = found.column_of("label")
    if not name:
        return None, ()
    values = found.columns[name]
    labels, names = encode_labels(values, where=f"{found.where}, column {name!r}")
    if len(found.class_names) and values.dtype.kind in "buif":
        labels, names = _named_classes(found, values.astype(np.float64))
    if not names:
        notes.warn(f"column {name!r} has no values: there are no classes")
        return None, ()
    unknown = int((labels < 0).sum())
    text = f"{len(names)} classes: {some(names)}" if len(names) > 1 else f"one class: {some(names)}"
    notes.understood(text + (f"; {unknown:,} samples have no class" if unknown else ""))
    return labels, names


def _named_classes(found: Found, values: NDArray[np.float64]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    known = np.isfinite(values)
    # Otherwise a label would be shown with the name of another class.
    if known.any() and (values[known].min() < 0 or values[known].max() >= len(found.class_names)):
        raise DataError(
            f"{found.where}: there are {len(found.class_names)} class names, but the labels go up to "
            f"{values[known].max():g}"
        )
    labels = np.where(known, values, -1).astype(np.int64)
    return labels, tuple(str(each) for each in found.class_names)


def _attributes(found: Found) -> dict[str, Column]:
    # Groups colour the points, too.
    names = [*found.columns_of("attribute"), *found.columns_of("group")]
    return {name: make_column(name, found.columns[name]) for name in names if found.columns[name].ndim == 1}


def _groups(found: Found) -> NDArray[np.int64] | None:
    name = found.column_of("group")
    return encode_groups(found.columns[name]) if name else None


def _assigned(found: Found, notes: Notes) -> NDArray[np.str_] | None:
    name = found.column_of("split")
    if not name:
        return None
    where = f"{found.where}, column {name!r}"
    names = read_split_names([str(value) for value in found.columns[name]], where=where, rows=found.rows)
    counts = [f"{int((names == split).sum()):,} {split}" for split in ("train", "validation", "test") if split in names]
    notes.understood(f"published splits: {', '.join(counts)}")
    if group := found.column_of("group"):
        shared = _shared_groups(encode_groups(found.columns[group]), names)
        has = "group of {0!r} has" if shared == 1 else "groups of {0!r} have"
        if shared:
            notes.warn(f"{shared:,} {has.format(group)} samples in more than one of the published splits")
    return names


def _shared_groups(groups: NDArray[np.int64], splits: NDArray[np.str_]) -> int:
    """Return how many groups have samples in several splits."""
    pairs = np.unique(np.stack([groups, np.unique(splits, return_inverse=True)[1]]), axis=1)
    return int((np.unique(pairs[0], return_counts=True)[1] > 1).sum())


def _names(found: Found, notes: Notes) -> tuple[str, ...]:
    # The name of the column itself may be empty, as of the index that pandas writes.
    columns = found.columns_of("name")
    values: Any = found.columns[columns[0]] if columns else found.names
    unknown = is_missing(np.asarray(values)) if columns else np.zeros(len(values), bool)
    names = tuple("" if missing else word_of(value) for value, missing in zip(values, unknown, strict=True))
    if names:
        notes.understood(f"names of samples: {some(names, 3)}")
    return names
