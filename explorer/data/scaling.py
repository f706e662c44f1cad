"""Fits the transform from samples to model values on the training split: by features, by kind, or by the range of all.

Numbers are scaled as the config says. Yes/no columns, categories and counts stay as they are, as their likelihoods need
them, and angles become radians around the middle of their circle.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.data.dataset import DataError, FeatureKind, dense
from explorer.data.transform import Transform

Scaling = Literal["range", "standardize", "standardize together", "robust", "none"]
"""How samples become model values: map the value range to [0, 1]; standardize each feature (mean 0, standard deviation
1); standardize all features by one mean and deviation, which keeps the shape of a signal; subtract the median of each
feature and divide by its interquartile range; or leave them as they are."""

SPARSE_BLOCK = 1 << 24
"""Maximum number of values of a sparse matrix that are made dense at once."""
DEGREES, RADIANS = 360.0, 2 * math.pi


def fit_transform(
    samples: Any,
    train: NDArray[np.int64],
    scaling: Scaling,
    kinds: Sequence[FeatureKind],
    *,
    value_range: tuple[float, float],
    period: float,
    log1p: bool,
    name: str,
) -> Transform:
    """Fit the transform of numbers on the training samples, and add that of the other kinds.

    Parameters
    ----------
    samples, train
        All samples ``(N, *shape)``, and the indices of those for training. A range needs no copy of these.
    kinds
        The kinds of the features ``(F,)``; empty if all values are numbers.
    value_range
        That of the numbers.
    period
        A full turn of angles in their own unit; see `period_of`.

    Raises
    ------
    DataError
        If the spread of the values overflows or underflows float32.
    """
    if not kinds:
        return _checked(_fit(samples, train, scaling, *value_range, log1p=log1p), name)
    features = len(kinds)
    numbers = [index for index, kind in enumerate(kinds) if kind == "number"]
    offset, scale, logs = np.zeros(features, np.float32), np.ones(features, np.float32), np.zeros(features, bool)
    if numbers:
        fitted = _checked(_fit(samples[:, numbers], train, scaling, *value_range, log1p=log1p), name)
        offset[numbers], scale[numbers], logs[numbers] = fitted.offset, fitted.scale, log1p
    angles = [index for index, kind in enumerate(kinds) if kind == "angle"]
    if angles:
        # Decoded angles are from −π to π. Angles of 0 to 360° are therefore counted from 180°.
        offset[angles] = 0.0 if dense(samples[:, angles][train]).min() < 0 else period / 2
        scale[angles] = period / (2 * math.pi)
    return Transform(offset, scale, logs if log1p else False)


def period_of(angles: NDArray[Any], wanted: float) -> float:
    """Return a full turn of angles in their unit: the wanted one, or by their range 2π (radians) or 360 (degrees)."""
    if wanted > 0:
        return wanted
    # Angles from −π to π, or from 0 to 2π, with some room for rounding.
    return RADIANS if float(np.abs(angles).max()) <= RADIANS * 1.001 else DEGREES


def range_of(samples: NDArray[Any]) -> tuple[float, float]:
    """Return the range of values, of positive width."""
    low, high = float(samples.min()), float(samples.max())
    return (low, high) if high > low else (low, low + 1.0)  # constant data: any range of positive width will do


def _fit(samples: Any, rows: NDArray[np.int64], scaling: Scaling, low: float, high: float, *, log1p: bool) -> Transform:
    """Fit the transform on the training samples, those at ``rows``."""
    if scaling == "none":
        return _to_transform(0.0, 1.0, log1p)
    if scaling == "range":
        if not log1p:
            return _to_transform(low, high - low, log1p)
        low, high = math.log1p(low), math.log1p(high)
        # A millionth more, as the logarithms of float32 are rounded, and 0 to 1 must not be left; that of 0 is exact.
        room = 1e-6 * max(high - low, abs(low), abs(high))
        below = room if low != 0 else 0.0
        return _to_transform(low - below, high - low + below + room, log1p)
    train = samples[rows]
    return (_fit_dense if isinstance(train, np.ndarray) else _fit_sparse)(train, scaling, log1p=log1p)


def _fit_dense(samples: NDArray[Any], scaling: Scaling, *, log1p: bool) -> Transform:
    """Fit the transform that standardizes, by features or together, or by quartiles."""
    train = samples.astype(np.float64)  # float32 sums of many samples lose digits
    train = np.log1p(train) if log1p else train
    if scaling == "robust":
        low, first, offset, third, high = np.percentile(train, [1, 25, 50, 75, 99], axis=0)
        # Half of a rare feature is 0: its deviation stands in for the interquartile range, without the values far out.
        bulk = np.clip(train, low, high).std(axis=0)
        scale = np.where(third > first, third - first, np.where(bulk > 0, bulk, train.std(axis=0)))
    else:
        over = 0 if scaling == "standardize" else None  # None: over samples and features
        offset, scale = np.asarray(train.mean(axis=over)), np.asarray(train.std(axis=over))
    return _to_transform(offset, _positive(offset, scale), log1p)


def _fit_sparse(samples: Any, scaling: Scaling, *, log1p: bool) -> Transform:
    """Fit the transform on a sparse matrix, a few of its columns at a time, as it may not fit in memory when dense."""
    if scaling == "standardize together":
        values = samples.data.astype(np.float64)
        values = np.log1p(values) if log1p else values
        count = samples.shape[0] * samples.shape[1]
        mean = values.sum() / count
        deviation = math.sqrt(max((values**2).sum() / count - mean**2, 0.0))
        return _to_transform(mean, _positive(np.asarray(mean), np.asarray(deviation)), log1p)
    columns = samples.tocsc()
    step = max(1, SPARSE_BLOCK // max(samples.shape[0], 1))
    blocks = (columns[:, start : start + step].toarray() for start in range(0, samples.shape[1], step))
    fitted = [_fit_dense(block, scaling, log1p=log1p) for block in blocks]
    return _to_transform(
        np.concatenate([part.offset for part in fitted]), np.concatenate([part.scale for part in fitted]), log1p
    )


def _positive(offset: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scales with 1 for constant features, which have no deviation to divide by."""
    # Rounding leaves about 1e-7 of the size of a constant as its deviation.
    constant = scale <= 1e-6 * np.maximum(np.abs(offset), 1e-30)
    return np.where(constant, 1.0, scale)


def _to_transform(offset: ArrayLike, scale: ArrayLike, log1p: bool) -> Transform:
    with np.errstate(over="ignore", under="ignore"):  # `_checked` reports it in a sentence
        return Transform(np.asarray(offset, np.float64).astype(np.float32), np.asarray(scale).astype(np.float32), log1p)


def _checked(transform: Transform, name: str) -> Transform:
    """Return the transform; raise DataError if its scale overflows or underflows float32."""
    scale = transform.scale
    if not np.isfinite(scale).all() or np.any(scale < np.finfo(np.float32).tiny):
        raise DataError(f"{name}: the spread of its values is too large or too small for 32-bit floats; rescale them")
    return transform
