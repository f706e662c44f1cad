"""Recognizes counts, such as reads of genes in cells, and scales each sample to the median total."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.dataset import DataError, dense
from explorer.data.imports.found import Found
from explorer.data.imports.shapes import are_pixel_names
from explorer.data.report import Notes

# Small tables have whole numbers, too: ages, rooms, goals.
MIN_FEATURES = 30
"""With fewer features than this, whole numbers are not taken for counts of many things."""
# Twice the 2,000 that are kept by scanpy's tutorials: below that, leaving out saves little.
MANY_FEATURES = 4000
MAX_FILLED, MAX_FILLED_TALL = 0.7, 0.9
"""Counts are above 0 in at most this share of the values, and of the values of the features that exceed 1."""
MAX_ROWS = 2000
"""Maximum number of rows that are looked at."""
WHITE = 255
"""Highest value of 8 bits: where it is the highest of all, the numbers are grey values and not counts."""


def are_counts(samples: Any) -> bool:
    """Return whether rows are whole numbers from 0 of which most are 0, and some above 1."""
    if samples.ndim != 2 or samples.shape[1] < MIN_FEATURES or samples.dtype.kind not in "uif":
        return False
    few = samples[:: max(1, samples.shape[0] // MAX_ROWS)]
    # Of a sparse matrix, only the stored values can be wrong: absent ones are 0.
    values = few if isinstance(few, np.ndarray) else few.data
    if values.size == 0 or values.min() < 0 or values.max() <= 1 or np.any(values % 1):
        return False
    if np.count_nonzero(values) > MAX_FILLED * few.shape[0] * few.shape[1]:
        return False
    # Measurements beside many one-hot columns are mostly 0 as a whole, but the measurements themselves are not.
    tall = few[:, np.flatnonzero(dense(few.max(axis=0)).ravel() > 1)]
    return bool((tall != 0).sum() <= MAX_FILLED_TALL * tall.shape[0] * tall.shape[1])


def offer_for_counts(found: Found, config: DataConfig, notes: Notes) -> None:
    """Offer the usual preparation of counts, if the samples of named or sparse features are counts.

    Only for vectors: grey values of pictures are whole numbers of which most are 0, too.
    """
    is_dense = isinstance(found.samples, np.ndarray)
    named = len(found.feature_names) > 0 and not are_pixel_names(found.feature_names)
    if (is_dense and not named) or not are_counts(found.samples) or (is_dense and found.samples.max() == WHITE):
        return
    totals = _totals(found.samples)
    notes.understood(
        f"whole numbers, mostly 0, were taken as counts; the median total of a sample is {np.median(totals):,.0f}"
    )
    if not config.normalize_counts:
        notes.offer("normalize_counts", "true", "scale each sample to the median total, as scanpy.pp.normalize_total")
    if not config.log1p:
        notes.offer("log1p", "true", "take log(1 + x) of the counts, as scanpy.pp.log1p")
    features = found.samples.shape[1]
    if features > MANY_FEATURES and not config.max_features:
        notes.offer("max_features", "2000", f"keep the 2,000 of {features:,} features that vary most")


def with_equal_totals(found: Found, config: DataConfig, notes: Notes) -> Found:
    """Return samples scaled to the median total, if the config says so; samples of zeros stay.

    Raises
    ------
    DataError
        If the samples are no rows of numbers from 0.
    """
    if not config.normalize_counts:
        return found
    if found.samples.ndim != 2 or found.samples.min() < 0:
        raise DataError(f"{found.where}: data.normalize_counts needs rows of numbers from 0; turn it off")
    totals = _totals(found.samples)
    if not np.any(totals > 0):
        return found
    target = float(np.median(totals[totals > 0]))
    # A sample without counts has no total to scale: it stays, and is pointed out below.
    factors = np.where(totals > 0, target / np.where(totals > 0, totals, 1), 1.0).astype(np.float32)
    notes.changed(
        f"each sample was scaled to the median total of {target:,.6g}; totals were {totals.min():,.6g} to "
        f"{totals.max():,.6g}"
    )
    empty = int((totals == 0).sum())
    if empty:
        notes.warn(f"{empty:,} {'sample has' if empty == 1 else 'samples have'} a total of 0")
    if isinstance(found.samples, np.ndarray):
        return replace(found, samples=found.samples.astype(np.float32) * factors[:, np.newaxis])
    from scipy.sparse import diags_array

    return replace(found, samples=(diags_array(factors) @ found.samples.astype(np.float32)).tocsr())


def _totals(samples: Any) -> NDArray[np.float64]:
    # In float64: totals of a million reads are beyond the digits of float32.
    return np.asarray(samples.sum(axis=1, dtype=np.float64)).reshape(-1)
