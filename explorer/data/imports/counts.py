"""Recognizes counts, such as reads of genes in cells, and scales each sample to the median total."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.dataset import DataError
from explorer.data.imports.found import Found
from explorer.data.report import Notes

MIN_FEATURES = 30
"""With fewer features than this, whole numbers are not taken for counts of many things."""
MANY_FEATURES = 4000
MAX_FILLED = 0.7
"""Counts are above 0 in at most this share of the values."""
MAX_ROWS = 2000
"""Maximum number of rows that are looked at."""


def are_counts(samples: Any) -> bool:
    """Return whether rows are whole numbers from 0 of which most are 0, and some above 1."""
    if samples.ndim != 2 or samples.shape[1] < MIN_FEATURES or samples.dtype.kind not in "uif":
        return False
    few = samples[:: max(1, samples.shape[0] // MAX_ROWS)]
    values = few if isinstance(few, np.ndarray) else few.data
    if values.size == 0 or values.min() < 0 or values.max() <= 1 or np.any(values % 1):
        return False
    return bool(np.count_nonzero(values) <= MAX_FILLED * few.shape[0] * few.shape[1])


def offer_for_counts(found: Found, config: DataConfig, notes: Notes) -> None:
    """Offer the usual preparation of counts, if the samples of named or sparse features are counts."""
    named = len(found.feature_names) > 0 or not isinstance(found.samples, np.ndarray)
    if not named or config.sample_shape not in ("auto", "vector") or not are_counts(found.samples):
        return
    totals = _totals(found.samples)
    notes.understood(
        f"whole numbers of which most are 0: counts, with a median total of {np.median(totals):,.0f} per sample"
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
    return np.asarray(samples.sum(axis=1, dtype=np.float64)).reshape(-1)
