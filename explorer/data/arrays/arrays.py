"""Data sets from named arrays of any file: pictures, vectors or signals, with labels and columns by key.

Samples ``(N, F)`` are vectors, ``(N, H, W)`` grey pictures, and samples with four dimensions pictures with channels.
The samples are the array with a customary name (``samples``, ``images``, ``data``, ``x``, …), or else the largest one.
Beside it there may be:

``labels`` (or ``y``, ``target``, …)
    One class per sample, as numbers, words or one-hot rows; ``class_names`` names the numbers.
any other array with one or a few values per sample
    Columns to colour by.
``axis``, ``axis_name``, ``axis_unit``
    Make vectors signals, with one position per feature.
``feature_names``
    One name per feature of a vector.
``value_range``
    Lowest and highest possible value, if the dtype does not imply them.
``layout``
    ``"HWC"`` or ``"CHW"`` for pictures with four dimensions. By default a second or last dimension of 1 or 3 is that of
    the channels, or else the smaller of the two.
``split``
    ``train``, ``validation`` or ``test`` for each sample.

Splits can also be arrays of their own, as in Keras (``x_train``, ``y_train``, ``x_test``, …) and MedMNIST
(``train_images``, …). Whatever does not belong to the samples is left out, and the report says so.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from explorer.config import DataConfig
from explorer.data.arrays.array_columns import SideArrays, side_arrays, sizes_text
from explorer.data.arrays.array_description import SampleDescription, describe
from explorer.data.arrays.array_splits import with_joined_splits
from explorer.data.columns import is_missing
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.imports.array_names import (
    CLASS_NAMES,
    LABELS,
    SAMPLE_NAMES,
    SAMPLE_TITLES,
    SPLIT_BASES,
    base_of,
    first_named,
)
from explorer.data.imports.found import Found, take_rows
from explorer.data.imports.interpret import ROW_SETTINGS, interpret
from explorer.data.imports.roles import ROLE_SETTINGS, ColumnFacts, can_be_classes, guess_roles
from explorer.data.imports.shapes import oblong_shape
from explorer.data.report import Notes, Role, some

Arrays = Mapping[str, Any]
"""NumPy arrays or sparse matrices by name."""
PREVIEW_SPARE = 3
"""A preview keeps up to this many times its limit: a reader may have stopped at the limit in each of three splits."""


def dataset_from_arrays(
    arrays: Arrays,
    config: DataConfig,
    context: LoadContext | None = None,
    *,
    name: str,
    where: str,
    samples_in_columns: bool = False,
) -> Dataset:
    """Build a Dataset from named arrays.

    Parameters
    ----------
    where
        Name of the arrays' source for messages, for example the path of the file.
    samples_in_columns
        Whether the format usually keeps samples in columns, as MATLAB does; the report then offers to transpose.

    Raises
    ------
    DataError
        If no array can be the samples, or a chosen one does not exist.
    """
    context = context or LoadContext()
    notes = context.notes
    notes.applies(*ROW_SETTINGS)
    listing = [f"{key} {sizes_text(array)}" for key, array in arrays.items()]
    notes.understood(f"arrays: {some(listing, 12)}" if len(arrays) > 1 else f"one array, {' '.join(listing)}")
    arrays = with_joined_splits(_with_fields(arrays, notes), config.samples_key, notes)
    key = _samples_key(arrays, config.samples_key, where, notes)
    if key is None:
        return interpret(limited(_table(arrays, config, name, where, notes), config, context), config, context)
    samples, rest = arrays[key], {other: array for other, array in arrays.items() if other != key}
    if samples.dtype.kind not in "buif":
        raise DataError(f"{where}: array {key!r} contains {samples.dtype} instead of numbers")
    if len(arrays) > 1:
        notes.understood(f"the samples are {key}")
    samples = _samples_first(samples, rest, key, notes)
    count = samples.shape[0] if samples.ndim else 0
    about = (
        describe(rest, samples, where, notes)
        if samples.ndim
        else SampleDescription(None, (), (), None, "", frozenset())
    )
    beside = {other: array for other, array in rest.items() if other not in about.used}
    side = side_arrays(beside, count, notes, source=name, words=rest)
    roles, why = roles_of(side, config, where, notes)
    found = Found(
        name=name,
        where=f"{where}, array {key!r}" if key else where,
        samples=samples.tocsr() if hasattr(samples, "tocsr") else samples,
        columns=_counted_from_0(side, roles, about.class_names, notes),
        roles=roles,
        why=why,
        feature_names=about.feature_names,
        class_names=about.class_names,
        axis=about.axis,
        value_range=about.value_range,
        layout=about.layout,
        factors=frozenset(side.factors),
    )
    if samples_in_columns and not side.columns and not config.transpose:
        _offer_columns(found, notes)
    return interpret(limited(found, config, context), config, context)


def _samples_key(arrays: Arrays, wanted: str, where: str, notes: Notes) -> str | None:
    """Return the array of samples; None if the arrays are columns of one length."""
    numeric = {key: array for key, array in arrays.items() if array.dtype.kind in "buif"}
    candidates = [key for key, array in numeric.items() if array.ndim >= 2]
    notes.choices("samples_key", candidates)
    if wanted:
        if wanted not in arrays:
            listing = ", ".join(f"{key} {array.shape}" for key, array in arrays.items())
            raise DataError(f"{where}: there is no array {wanted!r}; the arrays are {listing}")
        return wanted
    # Customary names first, so that a second array of pictures, such as masks, does no harm.
    named = first_named(candidates, SAMPLE_NAMES)
    if named is not None:
        return named
    plausible = [key for key in candidates if base_of(key) not in LABELS] or candidates
    if plausible:
        return max(plausible, key=lambda key: int(np.prod(arrays[key].shape)))
    lengths = {array.shape for array in numeric.values() if array.ndim == 1}
    if len(numeric) > 1 and len(lengths) == 1:
        return None
    single = first_named(arrays, SAMPLE_NAMES)
    if single is None:
        single = next((key for key in numeric or arrays if base_of(key) not in LABELS), None)
    if single is None:
        left = ", ".join(f"{key} {array.shape}" for key, array in arrays.items())
        raise DataError(f"{where}: no array can be the samples; those that can be read are {left or 'none'}")
    return single


def _table(arrays: Arrays, config: DataConfig, name: str, where: str, notes: Notes) -> Found:
    """Return arrays ``(N,)`` as the columns of a table."""
    count = max(len(array) for array in arrays.values() if array.ndim == 1)
    side = side_arrays(arrays, count, notes, source=name)
    notes.understood(f"a table of {count:,} rows: each array is a column")
    roles, why = roles_of(side, config, where, notes, numbers="feature")
    return Found(name=name, where=where, columns=side.columns, roles=roles, why=why)


def _samples_first(samples: Any, rest: Arrays, key: str, notes: Notes) -> Any:
    """Return samples counted by the first dimension; MATLAB's pictures, and tables of genes, count them by the last."""
    per_sample = (*LABELS, *SAMPLE_TITLES, *SPLIT_BASES)
    lengths = {max(array.shape) for name, array in rest.items() if array.ndim and base_of(name) in per_sample}
    if samples.ndim < 2 or samples.shape[0] in lengths or samples.shape[-1] not in lengths:
        return samples
    notes.changed(
        f"{key}: the last dimension counts the samples, as {samples.shape[-1]:,} labels or names belong to them"
    )
    return samples.T if samples.ndim == 2 else np.ascontiguousarray(np.moveaxis(samples, -1, 0))


def roles_of(
    side: SideArrays, config: DataConfig, where: str, notes: Notes, *, numbers: Role = "attribute"
) -> tuple[dict[str, Role], dict[str, str]]:
    """Return the roles of columns beside samples, with the reasons, and write them into the report."""
    for setting in ROLE_SETTINGS.values():
        notes.choices(setting, side.columns)
    facts = [ColumnFacts(name, values) for name, values in side.columns.items()]
    guessed = guess_roles(facts, config, where, numbers=numbers)
    roles, why = dict(guessed.roles), dict(guessed.why)
    name = _label_name(facts, roles, config, side.one_hot)
    if name is not None:
        roles[name], why[name] = "label", "one-hot rows" if name in side.one_hot else "by its name"
    for fact in facts:
        notes.column(fact.name, fact.text(), roles[fact.name], why.get(fact.name, ""))
    return roles, why


def _label_name(facts: list[ColumnFacts], roles: Mapping[str, Role], config: DataConfig, sure: list[str]) -> str | None:
    """Return the column of classes if `guess_roles` found none: one of ``sure``, or one with a customary name."""
    chosen = {*config.feature_columns, *config.attribute_columns, *config.ignored_columns, *config.category_columns}
    if "label" in roles.values():
        return None
    free = [fact for fact in facts if roles[fact.name] in ("attribute", "feature") and fact.name not in chosen]
    return next((fact.name for fact in free if fact.name in sure), None) or first_named(
        [fact.name for fact in free if can_be_classes(fact)], LABELS
    )


def _counted_from_0(
    side: SideArrays, roles: Mapping[str, Role], class_names: tuple[str, ...], notes: Notes
) -> dict[str, Any]:
    """Return the columns, with labels that MATLAB counts from 1 counted from 0 where class names number them."""
    columns = dict(side.columns)
    for name, role in roles.items():
        values = columns[name]
        if role == "label" and len(class_names) > 1 and values.dtype.kind in "uif":
            known = values[~is_missing(values)]
            if len(known) and known.min() == 1 and known.max() == len(class_names):
                columns[name] = values.astype(np.float64) - 1
                notes.changed(f"{name}: classes 1 to {len(class_names)} were counted from 0, for {CLASS_NAMES[0]}")
    return columns


def _offer_columns(found: Found, notes: Notes) -> None:
    rows, last = found.samples.shape[0], found.samples.shape[-1]
    if found.samples.ndim == 2:
        shape = "" if hasattr(found.samples, "tocsr") else oblong_shape(found.samples.T)
        more = f"; then data.sample_shape={shape} shows them as pictures" if shape else ""
        notes.offer(
            "transpose",
            "true",
            f"take the {last:,} columns as samples of {rows:,} numbers, as is usual in MATLAB{more}",
        )
    elif found.samples.ndim in (3, 4):
        notes.offer("transpose", "true", f"let the last dimension count the samples, {last:,} instead of {rows:,}")


def rows_limit(config: DataConfig, context: LoadContext) -> int | None:
    """Return the number of rows that a reader has to read; None for all, as for columns that become the samples."""
    return None if config.transpose else context.limit


def limited(found: Found, config: DataConfig, context: LoadContext) -> Found:
    """Return samples equally spaced over all, as many as a preview needs: columns, if these become the samples."""
    along = -1 if config.transpose else 0
    count = 0 if found.samples is None or found.samples.ndim == 0 else found.samples.shape[along]
    if context.limit is None or count <= PREVIEW_SPARE * context.limit:
        return found
    context.notes.partial(f"{context.limit:,} of {count:,} samples, equally spaced")
    chosen = np.linspace(0, count - 1, context.limit).astype(np.intp)
    if not config.transpose:
        return take_rows(replace(found, rows=None), chosen)
    names = [found.feature_names[index] for index in chosen] if len(found.feature_names) else ()
    return replace(found, samples=found.samples[..., chosen], feature_names=names)


def _with_fields(arrays: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    """Return arrays with those of structured dtypes replaced by their fields, named by the field.

    Fields whose name is taken are named by array and field, ``table.weight``.
    """
    result: dict[str, Any] = {}
    for name, array in arrays.items():
        fields = array.dtype.names
        if fields is None:
            result[name] = array
        elif array.ndim != 1:
            notes.left_out("array", "records can be read as one list of rows only", [f"{name} {array.shape}"])
        else:
            notes.understood(f"{name}: {len(array):,} records with the fields {', '.join(fields)}")
            for field in fields:
                key = field if field not in arrays and field not in result else f"{name}.{field}"
                result[key] = array[field]
    return result
