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
from explorer.data.arrays.array_layout import shared_group, with_joined_classes, with_samples_first
from explorer.data.arrays.array_names import (
    CLASS_NAMES,
    LABELS,
    SAMPLE_NAMES,
    SPLIT_BASES,
    base_of,
    first_named,
)
from explorer.data.arrays.array_splits import with_joined_splits
from explorer.data.columns import is_missing
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.imports.column_facts import ONLY_CLASSES, only_classes
from explorer.data.imports.found import Found, take_rows
from explorer.data.imports.interpret import ROW_SETTINGS, interpret
from explorer.data.imports.roles import ROLE_SETTINGS, ColumnFacts, can_be_classes, guess_roles
from explorer.data.imports.shapes import are_by_columns, oblong_shape
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
    # The layout comes first: afterwards the first dimension counts the samples everywhere.
    arrays, wanted = _laid_out(arrays, config, notes)
    key = _samples_key(arrays, wanted, where, notes)
    if key is None:
        return interpret(limited(_table(arrays, config, name, where, notes), config, context), config, context)
    if len(arrays) > 1 and key != "samples":
        notes.understood(f"the samples are {key}")
    found = _found(arrays, key, config, notes, name, where)
    if samples_in_columns and not found.columns and not config.transpose:
        _offer_columns(found, notes)
    dataset = interpret(limited(found, config, context), config, context)
    if samples_in_columns and found.samples.ndim == 2 and dataset.description.kind == "image":
        _offer_pixel_order(found, config, notes)
    return dataset


def _laid_out(arrays: Arrays, config: DataConfig, notes: Notes) -> tuple[Arrays, str]:
    """Return the arrays with splits and classes joined, samples first, and the name of the chosen samples, or ""."""
    listing = [f"{key} {sizes_text(array)}" for key, array in arrays.items()]
    notes.understood(f"arrays: {some(listing, 12)}" if len(arrays) > 1 else f"one array, {' '.join(listing)}")
    group = shared_group(arrays)
    wanted = config.samples_key.removeprefix(group)
    named = {name.removeprefix(group): array for name, array in _with_fields(arrays, notes).items()}
    turned: Arrays = with_samples_first(named, notes)
    # Somebody who chooses the array of one class wants that class alone.
    if wanted not in turned:
        turned = with_joined_classes(turned, notes)
    return with_joined_splits(turned, wanted, notes), wanted


def _found(arrays: Arrays, key: str, config: DataConfig, notes: Notes, name: str, where: str) -> Found:
    """Return the samples of an array, with what the others say about them."""
    samples, rest = arrays[key], {other: array for other, array in arrays.items() if other != key}
    if samples.dtype.kind not in "buif":
        advice = "save them as numbers, or choose another array by data.samples_key"
        if samples.dtype.kind == "c":
            advice = "save their magnitudes, or real and imaginary parts as two channels"
        raise DataError(f"{where}: array {key!r} contains {samples.dtype} instead of numbers; {advice}")
    count = samples.shape[0] if samples.ndim else 0
    about = (
        describe(rest, samples, where, notes)
        if samples.ndim
        else SampleDescription(None, (), (), None, "", frozenset())
    )
    beside = {other: array for other, array in rest.items() if other not in about.used}
    size = int(np.prod(samples.shape[1:], dtype=object))
    side = side_arrays(beside, count, notes, source=name, words=rest, size=size)
    roles, why = roles_of(side, config, where, notes)
    return Found(
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
        # EMNIST's pictures lie on their side in every format in which they are published. Nothing else in the file says
        # it.
        by_columns="emnist" in name.lower(),
        factors=frozenset(side.factors),
    )


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
    # One-hot labels have two dimensions, and can be larger than the samples of a few numbers.
    plausible = [key for key in candidates if base_of(key) not in LABELS] or candidates
    if plausible:
        # A last resort: pictures are larger than whatever describes them.
        return max(plausible, key=lambda key: int(np.prod(arrays[key].shape)))
    # Several lists of one length are the columns of a table, as pandas or a spreadsheet would save them.
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


def roles_of(
    side: SideArrays, config: DataConfig, where: str, notes: Notes, *, numbers: Role = "attribute"
) -> tuple[dict[str, Role], dict[str, str]]:
    """Return the roles of columns beside samples, with the reasons, and write them into the report."""
    for setting in ROLE_SETTINGS.values():
        notes.choices(setting, side.columns)
    facts = [ColumnFacts(name, values) for name, values in side.columns.items()]
    guessed = guess_roles(facts, config, where, numbers=numbers)
    roles, why = dict(guessed.roles), dict(guessed.why)
    name, reason = _label_name([fact for fact in facts if fact.name not in side.factors], roles, config, side.one_hot)
    if name is not None:
        roles[name], why[name] = "label", reason
    for fact in facts:
        notes.column(fact.name, fact.text(), roles[fact.name], why.get(fact.name, ""))
    return roles, why


def _label_name(
    facts: list[ColumnFacts], roles: Mapping[str, Role], config: DataConfig, one_hot: list[str]
) -> tuple[str | None, str]:
    """Return the column of classes if `guess_roles` found none, and why it is one.

    It is one-hot, has a customary name, or is the only column with few different values.
    """
    # A column that has been given a role by hand is not guessed again.
    chosen = {*config.feature_columns, *config.attribute_columns, *config.ignored_columns, *config.category_columns}
    if "label" in roles.values():
        return None, ""
    free = [fact for fact in facts if roles[fact.name] in ("attribute", "feature") and fact.name not in chosen]
    # One-hot rows are no measurement, whatever they are called.
    certain = next((fact.name for fact in free if fact.name in one_hot), None)
    if certain is not None:
        return certain, "one-hot rows"
    customary = first_named([fact.name for fact in free if can_be_classes(fact)], LABELS)
    if customary is not None:
        return customary, "by its name"
    able = [fact for fact in free if roles[fact.name] == "attribute" and base_of(fact.name) not in SPLIT_BASES]
    return only_classes(able), ONLY_CLASSES


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
                # Floats, as an unsigned 0 that means unknown would wrap around to 255.
                columns[name] = values.astype(np.float64) - 1
                notes.changed(f"{name}: classes 1 to {len(class_names)} were counted from 0, for {CLASS_NAMES[0]}")
    return columns


def _offer_columns(found: Found, notes: Notes) -> None:
    rows, last = found.samples.shape[0], found.samples.shape[-1]
    if found.samples.ndim == 2:
        # Neighbouring pixels can only be compared in a dense matrix; sparse ones are rarely pictures.
        shape = "" if hasattr(found.samples, "tocsr") else oblong_shape(found.samples.T)
        more = f"; then data.sample_shape={shape} shows them as pictures" if shape else ""
        notes.offer(
            "transpose",
            "true",
            f"take the {last:,} columns as samples of {rows:,} numbers, as is usual in MATLAB{more}",
        )
    elif found.samples.ndim in (3, 4):
        notes.offer("transpose", "true", f"let the last dimension count the samples, {last:,} instead of {rows:,}")


def _offer_pixel_order(found: Found, config: DataConfig, notes: Notes) -> None:
    # The sides of square pictures do not show in which order MATLAB's rows of pixels are.
    order = "rows" if are_by_columns(found.by_columns, config) else "columns"
    notes.offer("pixel_order", order, "read the pixels in the other order, if the pictures lie on their side")


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
        # A table of tables: which of the dimensions counts the samples cannot be seen.
        elif array.ndim != 1:
            notes.left_out("array", "records can be read as one list of rows only", [f"{name} {array.shape}"])
        else:
            notes.understood(f"{name}: {len(array):,} records with the fields {', '.join(fields)}")
            for field in fields:
                key = field if field not in arrays and field not in result else f"{name}.{field}"
                result[key] = array[field]
    return result
