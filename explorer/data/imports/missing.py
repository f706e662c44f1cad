"""Missing values: leave out the rows that have some, fill them, or refuse the data, as the config says."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.dataset import DataError
from explorer.data.imports.found import Found, take_features, take_rows
from explorer.data.report import Notes, rows_text, some

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
    if getattr(samples, "dtype", np.dtype(float)).kind != "f" or not isinstance(samples, np.ndarray):
        return found
    flat = samples.reshape(len(samples), -1)
    missing = ~np.isfinite(flat)
    if not missing.any():
        return found
    found = _without_empty_features(found, missing, notes)
    flat = found.samples.reshape(len(found.samples), -1)
    missing = ~np.isfinite(flat)
    rows = np.flatnonzero(missing.any(axis=1))
    if len(rows) == 0:
        return found
    what = _what(missing, found)
    infinite = int(np.isinf(flat).sum())
    if infinite:
        values = "one value is" if infinite == 1 else f"{infinite:,} values are"
        notes.changed(f"{values} infinite or too large for 32-bit floats, and count as missing")
    if config.missing == "refuse":
        raise DataError(
            f"{found.where}: {_count(len(rows))} without a value ({what}); set data.missing to skip or mean"
        )
    if config.missing == "skip":
        return _skipped(found, rows, what, config, notes)
    filled = np.where(missing, _fill(flat, missing, config), flat).astype(np.float32)
    how = {"value": f"{config.missing_value:g}"}.get(config.missing, f"the {config.missing} of their feature")
    notes.changed(f"{int(missing.sum()):,} missing values in {_count(len(rows))} were replaced by {how} ({what})")
    return replace(found, samples=filled.reshape(found.samples.shape))


def _skipped(found: Found, rows: NDArray[np.intp], what: str, config: DataConfig, notes: Notes) -> Found:
    if len(rows) > MAX_SKIPPED * len(found.samples):
        raise DataError(
            f"{found.where}: {len(rows):,} of {len(found.samples):,} rows have missing values ({what}); set "
            "data.missing to mean, median or value to fill them, or ignore these columns (data.ignored_columns)"
        )
    # As the rows of the file are numbered, of which some may have been left out before.
    numbers = rows if found.rows is None else found.rows[rows]
    notes.left_out("rows" if len(rows) > 1 else "row", f"values are missing ({what})", rows_text(numbers))
    notes.offer(
        "missing", "mean", f"keep {_count(len(rows))} by filling the missing values with the mean of the feature"
    )
    kept = np.ones(len(found.samples), bool)
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


def _fill(flat: NDArray[Any], missing: NDArray[np.bool_], config: DataConfig) -> NDArray[np.float64]:
    if config.missing == "value":
        return np.full(flat.shape[1], config.missing_value)
    known = np.where(missing, np.nan, flat.astype(np.float64))
    middle: NDArray[np.float64] = (np.nanmean if config.missing == "mean" else np.nanmedian)(known, axis=0)
    return middle


def _without_empty_features(found: Found, missing: NDArray[np.bool_], notes: Notes) -> Found:
    """Leave out features without any value, unless that would leave none."""
    empty = missing.all(axis=0)
    if found.samples.ndim != 2 or not empty.any() or empty.all():
        return found
    names = [
        found.feature_names[index] if len(found.feature_names) else str(index)
        for index in np.flatnonzero(empty).tolist()
    ]
    notes.left_out("features", "they have no values", names)
    return take_features(found, np.flatnonzero(~empty))


def _marks_as_missing(found: Found, config: DataConfig, notes: Notes) -> Found:
    """Replace the numbers in ``missing_marks`` by NaN."""
    marks = [float(mark.replace("−", "-")) for mark in config.missing_marks if _is_number(mark)]
    if not marks or not isinstance(found.samples, np.ndarray):
        return found
    # As the samples are kept: 1e12 is another number in 32 bits.
    marked = np.isin(found.samples.astype(np.float32, copy=False), np.array(marks, np.float32))
    if not marked.any():
        return found
    notes.changed(f"{int(marked.sum()):,} values of {some(config.missing_marks)} count as missing")
    return replace(found, samples=np.where(marked, np.nan, found.samples).astype(np.float32))


def _is_number(text: str) -> bool:
    try:
        float(text.replace("−", "-"))
    except ValueError:
        return False
    return True
