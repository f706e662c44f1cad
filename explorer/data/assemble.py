"""The last step of every source: check samples, split them, fit the transform on the training split, freeze."""

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
"""How a model sees samples: the value range to [0, 1]; each feature to mean 0 and deviation 1; or all features by one
mean and deviation, which keeps a signal's form."""


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
    """Build the Dataset out of what a source read.

    Parameters
    ----------
    samples
        ``(N, C, H, W)`` or ``(N, F)``, in their own units, of the type that is kept.
    value_range
        Declared range in the samples' units; None fits it on the training split.
    groups, assigned
        See `explorer.data.splits.make_splits`.

    Raises
    ------
    DataError
        For no samples, empty samples, values that are not finite or lie too far apart, or too few samples to split.
    """
    check_samples(samples, name)
    splits = make_splits(config, len(samples), name=name, labels=labels, groups=groups, assigned=assigned)
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
    """Return a read-only view; the caller's own array stays as it is."""
    view = array.view()
    view.flags.writeable = False
    return view


def check_samples(samples: NDArray[Any], name: str) -> None:
    """Refuse what no model can learn from, in one sentence.

    Raises
    ------
    DataError
        For no samples, samples without values, NaN or infinity.
    """
    if len(samples) == 0:
        raise DataError(f"{name}: there are no samples in it")
    if samples[0].size == 0:
        raise DataError(f"{name}: its samples are empty (shape {samples.shape[1:]})")
    if samples.dtype.kind != "f":
        return
    finite = np.isfinite(samples).reshape(len(samples), -1).all(axis=1)
    if not finite.all():
        first = int(np.argmin(finite))
        raise DataError(
            f"{name}: {int((~finite).sum())} of {len(samples)} samples hold NaN, infinity or numbers too large, "
            f"the first is sample {first}; remove or fill them"
        )


def _range(samples: NDArray[Any]) -> tuple[float, float]:
    low, high = float(samples.min()), float(samples.max())
    return (low, high) if high > low else (low, low + 1.0)


def _fit(samples: NDArray[Any], splits: Splits, scaling: Scaling, low: float, high: float) -> Transform:
    if scaling == "range":
        return _to_transform(low, high - low)
    train = samples[splits.train].astype(np.float64)
    over = 0 if scaling == "standardise" else None
    offset, scale = np.asarray(train.mean(axis=over)), np.asarray(train.std(axis=over))
    # A constant feature has no deviation to divide by; rounding leaves about 1e-7 of its size.
    constant = scale <= 1e-6 * np.maximum(np.abs(offset), 1e-30)
    return _to_transform(offset, np.where(constant, 1.0, scale))


def _to_transform(offset: ArrayLike, scale: ArrayLike) -> Transform:
    with np.errstate(over="ignore", under="ignore"):  # what does not fit is refused with a sentence
        return Transform(np.asarray(offset, np.float64).astype(np.float32), np.asarray(scale).astype(np.float32))


def _checked(transform: Transform, name: str) -> Transform:
    """Refuse a scale that 32-bit floats do not hold: every model would see zeros or infinity."""
    scale = transform.scale
    if not np.isfinite(scale).all() or np.any(scale < np.finfo(np.float32).tiny):
        raise DataError(f"{name}: its values lie too far apart, or too close together, for 32-bit floats; rescale them")
    return transform
