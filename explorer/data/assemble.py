"""Builds a Dataset from the arrays that a source has read. Every source of pictures and vectors ends here.

1. Check the samples: at least one, none empty, no NaN or infinity.
2. Split them into train, validation and test (see `explorer.data.splits`).
3. Fit the transform to model values on the training split only, so that nothing of the test split leaks into it.
4. Describe the data set, with a fingerprint by which a run recognizes its data.
5. Make the arrays read-only.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import DataConfig
from explorer.data.dataset import (
    Axis,
    Column,
    DataError,
    Dataset,
    Description,
    Kind,
    Splits,
    Transform,
    fingerprint,
)
from explorer.data.splits import make_splits

Scaling = Literal["range", "standardise", "standardise together"]
"""How samples become model values: map the value range to [0, 1]; standardise each feature (mean 0, standard deviation
1); or standardise all features by one mean and deviation, which keeps the shape of a signal."""


def assemble(
    config: DataConfig,
    *,
    name: str,
    kind: Kind,
    samples: NDArray[Any],
    scaling: Scaling = "range",
    value_range: tuple[float, float] | None = None,
    labels: NDArray[np.int64] | None = None,
    class_names: Sequence[str] = (),
    columns: Mapping[str, Column] | None = None,
    factors: Mapping[str, Column] | None = None,
    feature_names: Sequence[str] = (),
    axis: Axis | None = None,
    groups: NDArray[np.int64] | None = None,
    assigned: NDArray[np.str_] | None = None,
) -> Dataset:
    """Build a Dataset from the arrays of a source.

    Parameters
    ----------
    samples
        ``(N, C, H, W)`` or ``(N, F)``, in their own units and in the dtype to keep.
    value_range
        Declared range in the samples' units; None fits it on the training split.
    groups, assigned
        See `explorer.data.splits.make_splits`.

    Raises
    ------
    DataError
        If there are no samples or too few to split, or values are missing, not finite, or out of float32's range.
    """
    # First, as all that follows divides by values of the samples.
    check_samples(samples, name)
    splits = make_splits(config, len(samples), name=name, labels=labels, groups=groups, assigned=assigned)
    # unit_range below needs the range of all samples: a test sample may exceed a fitted range.
    low, high = value_range or _range(samples[splits.train])
    description = Description(
        name=name,
        kind=kind,
        shape=samples.shape[1:],
        transform=_checked(_fit(samples, splits, scaling, low, high), name),
        unit_range=scaling == "range" and bool(samples.min() >= low and samples.max() <= high),
        value_range=(low, high),
        class_names=tuple(class_names),
        feature_names=tuple(feature_names),
        axis=axis,
        fingerprint=fingerprint(samples, labels),
    )
    return Dataset(
        description=description,
        samples=_frozen(samples),
        splits=splits,
        labels=None if labels is None else _frozen(labels),
        columns=MappingProxyType(dict(columns or {})),
        factors=MappingProxyType(dict(factors or {})),
    )


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only view; the caller's own array stays writable."""
    view = array.view()
    view.flags.writeable = False
    return view


def check_samples(samples: NDArray[Any], name: str) -> None:
    """Check that there are samples, that they have values, and that all values are finite.

    Raises
    ------
    DataError
        If one of these is not so.
    """
    if len(samples) == 0:
        raise DataError(f"{name} contains no samples")
    if samples[0].size == 0:
        raise DataError(f"{name}: the samples are empty (shape {samples.shape[1:]})")
    if samples.dtype.kind != "f":
        return
    finite = np.isfinite(samples).reshape(len(samples), -1).all(axis=1)
    if not finite.all():
        first = int(np.argmin(finite))
        raise DataError(
            f"{name}: {int((~finite).sum())} of {len(samples)} samples contain NaN, infinity or numbers too large for "
            f"32-bit floats; the first is sample {first}; remove or replace them"
        )


def _range(samples: NDArray[Any]) -> tuple[float, float]:
    low, high = float(samples.min()), float(samples.max())
    return (low, high) if high > low else (low, low + 1.0)  # constant data: any range of positive width will do


def _fit(samples: NDArray[Any], splits: Splits, scaling: Scaling, low: float, high: float) -> Transform:
    if scaling == "range":
        return _to_transform(low, high - low)
    train = samples[splits.train].astype(np.float64)  # float32 sums of many samples lose digits
    over = 0 if scaling == "standardise" else None  # None: over samples and features
    offset, scale = np.asarray(train.mean(axis=over)), np.asarray(train.std(axis=over))
    # A constant feature has no deviation to divide by; rounding leaves about 1e-7 of its size as one.
    constant = scale <= 1e-6 * np.maximum(np.abs(offset), 1e-30)
    return _to_transform(offset, np.where(constant, 1.0, scale))


def _to_transform(offset: ArrayLike, scale: ArrayLike) -> Transform:
    with np.errstate(over="ignore", under="ignore"):  # `_checked` reports it in a sentence
        return Transform(np.asarray(offset, np.float64).astype(np.float32), np.asarray(scale).astype(np.float32))


def _checked(transform: Transform, name: str) -> Transform:
    """Return the transform; raise DataError if its scale overflows or underflows float32."""
    scale = transform.scale
    if not np.isfinite(scale).all() or np.any(scale < np.finfo(np.float32).tiny):
        raise DataError(f"{name}: the spread of its values is too large or too small for 32-bit floats; rescale them")
    return transform
