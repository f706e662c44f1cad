"""Missing values: leave out the rows that have some, fill them, or refuse the data, as the config says."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.dataset import DataError
from explorer.data.imports.column_facts import feature_title
from explorer.data.imports.found import Found, take_features, take_rows
from explorer.data.imports.shapes import to_float32
from explorer.data.report import Notes, rows_text, some
from explorer.data.scaling import period_of

MAX_SKIPPED = 0.5
"""If more than this share of the rows would be left out, a choice has to be made."""


def without_missing(found: Found, config: DataConfig, notes: Notes) -> Found:
    """Return what was found with no missing value in the samples. Infinity counts as missing.

    Raises
    ------
    DataError
        If values are missing and ``data.missing`` is refuse, or skip would leave out more than half of the rows.
    """
    found = _marks_as_missing(found, config, notes)
    samples = found.samples
    # Whole numbers and bytes can neither be NaN nor infinite.
    if samples.dtype.kind != "f":
        return found
    if not isinstance(samples, np.ndarray):
        return _of_sparse(found, config, notes)
    if samples.dtype.itemsize > 4:  # values out of the range of 32 bits become infinity, and so missing
        samples = to_float32(samples)
        found = replace(found, samples=samples)
    flat = samples.reshape(len(samples), -1)
    missing = ~np.isfinite(flat)
    if not missing.any():
        return found
    if missing.all():
        raise DataError(f"{found.where}: the features contain no usable numbers (32-bit floats); check the file")
    # Before rows: one empty column would make every row incomplete.
    found = _without_empty_features(found, missing, notes)
    flat = found.samples.reshape(len(found.samples), -1)
    missing = ~np.isfinite(flat)
    rows = np.flatnonzero(missing.any(axis=1))
    if len(rows) == 0:
        return found
    what = _what(missing, found)
    _note_infinite(int(np.isinf(flat).sum()), notes)
    if config.missing == "skip":
        return _skipped(found, rows, what, config, notes)
    if config.missing == "refuse":
        raise DataError(
            f"{found.where}: {_count(len(rows))} without a value ({what}); set data.missing to skip or mean"
        )
    return _filled(found, missing, what, config, notes)


def _note_infinite(count: int, notes: Notes) -> None:
    if count:
        values = "one value is" if count == 1 else f"{count:,} values are"
        notes.changed(f"{values} infinite or too large for 32-bit floats, and count as missing")


def _filled(found: Found, missing: NDArray[np.bool_], what: str, config: DataConfig, notes: Notes) -> Found:
    """Return the samples with a number for each missing value; ``missing`` is ``(N, F)``."""
    flat, rows = found.samples.reshape(missing.shape), int(missing.any(axis=1).sum())
    fill, how = _fill(found, np.where(missing, np.nan, flat.astype(np.float64)), config)
    notes.changed(f"{int(missing.sum()):,} missing values in {_count(rows)} were replaced by {how} ({what})")
    return replace(found, samples=to_float32(np.where(missing, fill, flat)).reshape(found.samples.shape))


def _of_sparse(found: Found, config: DataConfig, notes: Notes) -> Found:
    """Leave out the rows of a sparse matrix with missing values; filled ones would need all values at once."""
    entries = found.samples.tocoo()
    wrong = ~np.isfinite(entries.data)
    if not wrong.any():
        return found
    rows, what = np.unique(entries.row[wrong]), f"{int(wrong.sum()):,} values"
    if config.missing != "skip":
        raise DataError(
            f"{found.where}: {_count(len(rows))} without a value ({what}), which cannot be filled in a sparse matrix; "
            "set data.missing to skip"
        )
    return _skipped(found, rows.astype(np.intp), what, config, notes)


def _skipped(found: Found, rows: NDArray[np.intp], what: str, config: DataConfig, notes: Notes) -> Found:
    total = found.samples.shape[0]
    if isinstance(found.samples, np.ndarray):
        fills = f"fill the missing values with the mean of the feature, which keeps {_count(len(rows))} more"
        notes.offer("missing", "mean", fills)
    if len(rows) > MAX_SKIPPED * total:
        raise DataError(
            f"{found.where}: {len(rows):,} of {total:,} rows have missing values ({what}); set "
            "data.missing to mean, median or value to fill them, or ignore these columns (data.ignored_columns)"
        )
    # As the rows of the file are numbered, of which some may have been left out before.
    numbers = rows if found.rows is None else found.rows[rows]
    notes.left_out("rows" if len(rows) > 1 else "row", f"values are missing ({what})", rows_text(numbers))
    kept = np.ones(total, bool)
    kept[rows] = False
    return take_rows(found, np.flatnonzero(kept))


def _count(rows: int) -> str:
    return f"{rows:,} rows" if rows > 1 else "one row"


def _what(missing: NDArray[np.bool_], found: Found) -> str:
    """Return where values are missing: the features with their numbers of missing values."""
    counts = missing.sum(axis=0)
    worst = [int(index) for index in np.argsort(-counts, kind="stable") if counts[index]]
    if not len(found.feature_names):
        return f"{int(missing.sum()):,} values"
    return some([f"{found.feature_names[index]}: {counts[index]:,}" for index in worst], 4)


def _fill(found: Found, known: NDArray[np.float64], config: DataConfig) -> tuple[NDArray[np.float64], str]:
    """Return the value for each feature of ``known`` (N, F), where NaN is missing, and what it is in words."""
    if config.missing == "value":
        return np.full(known.shape[1], config.missing_value), f"{config.missing_value:g}"
    middle_of = np.nanmean if config.missing == "mean" else np.nanmedian
    how = f"the {config.missing} of their feature"
    # Pixels that no picture has, such as land in maps of the sea.
    empty = np.isnan(known).all(axis=0)
    middle = np.full(known.shape[1], float(middle_of(known)))
    middle[~empty] = middle_of(known[:, ~empty], axis=0)
    if empty.any():
        how += f", {int(empty.sum()):,} without any value by the {config.missing} of all"
    gaps = np.isnan(known).any(axis=0)
    # A fraction would make a number of a feature that is yes or no, and is no count.
    yes_no = (
        (np.isnan(known) | (known == 0) | (known == 1)).all(axis=0) & ~empty & ~_named(found, config.number_columns)
    )
    whole = gaps & (yes_no | _named(found, config.count_columns) | [kind == "count" for kind in _kinds_of(found)])
    if whole.any():
        middle[whole] = np.rint(middle[whole])
        how += ", rounded for yes/no columns and counts"
    angles = _named(found, config.angle_columns)
    if (gaps & angles).any():
        # The mean of 359° and 1° is 0°, not 180°.
        turn = period_of(known[:, angles][~np.isnan(known[:, angles])], config.angle_period) / (2 * np.pi)
        sine, cosine = (np.nanmean(each(known[:, angles] / turn), axis=0) for each in (np.sin, np.cos))
        direction = np.arctan2(sine, cosine) * turn
        # Within one turn from 0, unless the file has negative angles.
        middle[angles] = direction if np.nanmin(known[:, angles]) < 0 else direction % (2 * np.pi * turn)
        how += ", the mean direction for angles"
    return middle, how


def _kinds_of(found: Found) -> Sequence[str]:
    return found.feature_kinds if len(found.feature_kinds) else [""] * _features(found)


def _named(found: Found, names: Sequence[str]) -> NDArray[np.bool_]:
    """Return which features a setting names; "*" is all of them."""
    if "*" in names or not len(found.feature_names):
        return np.full(_features(found), "*" in names)
    return np.isin(np.array(found.feature_names, str), names)


def _features(found: Found) -> int:
    return int(np.prod(found.samples.shape[1:]))


def _without_empty_features(found: Found, missing: NDArray[np.bool_], notes: Notes) -> Found:
    """Leave out features without any value, unless that would leave none."""
    empty = missing.all(axis=0)
    if found.samples.ndim != 2 or not empty.any() or empty.all():
        return found
    names = [feature_title(found.feature_names, index) for index in np.flatnonzero(empty).tolist()]
    notes.left_out("features", "they have no values", names)
    return take_features(found, np.flatnonzero(~empty))


def _marks_as_missing(found: Found, config: DataConfig, notes: Notes) -> Found:
    """Replace the numbers in ``missing_marks`` by NaN."""
    marks = [float(mark.replace("−", "-")) for mark in config.missing_marks if _is_number(mark)]
    if not marks:
        return found
    is_dense = isinstance(found.samples, np.ndarray)
    values = found.samples if is_dense else found.samples.data
    # As the samples are kept: 1e12 is another number in 32 bits.
    marked = np.isin(to_float32(values), np.array(marks, np.float32))
    if not marked.any():
        return found
    notes.changed(f"{int(marked.sum()):,} values of {some(config.missing_marks)} count as missing")
    with_gaps = to_float32(np.where(marked, np.nan, values))
    if is_dense:
        return replace(found, samples=with_gaps)
    samples = found.samples.astype(np.float32)
    samples.data = with_gaps
    return replace(found, samples=samples)


def _is_number(text: str) -> bool:
    try:
        float(text.replace("−", "-"))
    except ValueError:
        return False
    return True
