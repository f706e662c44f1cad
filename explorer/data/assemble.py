"""Builds a Dataset from the arrays that a source has read. Every source of pictures and vectors ends here.

1. Check the samples: at least one, none empty, no NaN or infinity.
2. Split them into train, validation and test (see `explorer.data.splits`).
3. Fit the transform to model values on the training split only, so that nothing of the test split leaks into it.
4. Describe the data set, with a fingerprint by which a run recognizes its data.
5. Make the arrays read-only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.dataset import Axis, Column, DataError, Dataset, Description, FeatureKind, Kind, dense, fingerprint
from explorer.data.far_out import FarFeature, far_features
from explorer.data.scaling import Scaling, fit_transform, period_of, range_of
from explorer.data.splits import make_splits
from explorer.data.transform import Transform


def assemble(
    config: DataConfig,
    *,
    name: str,
    kind: Kind,
    samples: Any,
    scaling: Scaling = "range",
    log1p: bool = False,
    value_range: tuple[float, float] | None = None,
    labels: NDArray[np.int64] | None = None,
    class_names: Sequence[str] = (),
    columns: Mapping[str, Column] | None = None,
    factors: Mapping[str, Column] | None = None,
    feature_names: Sequence[str] = (),
    axis: Axis | None = None,
    groups: NDArray[np.int64] | None = None,
    assigned: NDArray[np.str_] | None = None,
    sample_names: Sequence[str] = (),
    rows: NDArray[np.intp] | None = None,
    feature_kinds: Sequence[FeatureKind] = (),
    category_sizes: Sequence[int] = (),
) -> Dataset:
    """Build a Dataset from the arrays of a source.

    Parameters
    ----------
    samples
        ``(N, C, H, W)`` or ``(N, F)``, in their own units and in the dtype to keep; or a sparse matrix ``(N, F)``.
    log1p
        Whether log(1 + x) is taken of all values before they are scaled.
    value_range
        Declared range in the samples' units; None fits it on the training split.
    sample_names
        Names of the samples, ``(N,)``, or none.
    rows
        The row of each sample in its file, ``(N,)``, if some rows are no samples.
    feature_kinds, category_sizes
        See `explorer.data.dataset.Description`. Only numbers are scaled.
    groups, assigned
        See `explorer.data.splits.make_splits`.

    Raises
    ------
    DataError
        If there are no samples or too few to split, or values are missing, not finite, or out of float32's range.
    """
    # First, as all that follows divides by values of the samples.
    check_samples(samples, name)
    splits = make_splits(config, samples.shape[0], name=name, labels=labels, groups=groups, assigned=assigned)
    numbers = _numbers(samples, feature_kinds)
    # unit_range below needs the range of all samples: a test sample may exceed a fitted range.
    low, high = value_range or range_of(samples[splits.train] if numbers is None else numbers[splits.train])
    if log1p and numbers is not None:
        low = _above_minus_one(numbers, low, name)
    transform = fit_transform(
        samples,
        splits.train,
        scaling,
        feature_kinds,
        value_range=(low, high),
        period=_period(samples, feature_kinds, config),
        log1p=log1p,
        name=name,
    )
    is_table = kind == "vector" and isinstance(samples, np.ndarray)
    description = Description(
        name=name,
        kind=kind,
        shape=samples.shape[1:],
        transform=transform,
        unit_range={*feature_kinds} <= {"number", "yes/no", "category"}
        and (numbers is None or (scaling == "range" and bool(numbers.min() >= low and numbers.max() <= high))),
        value_range=range_of(samples[splits.train]) if feature_kinds else (low, high),
        class_names=tuple(class_names),
        feature_names=tuple(feature_names),
        axis=axis,
        fingerprint=fingerprint(samples, labels),
        sample_names=tuple(sample_names),
        far_out=_far_numbers(samples, transform, feature_kinds, rows) if is_table else (),
        feature_kinds=tuple(feature_kinds),
        category_sizes=tuple(category_sizes),
    )
    return Dataset(
        description=description,
        samples=_frozen(samples) if isinstance(samples, np.ndarray) else samples,
        splits=splits,
        labels=None if labels is None else _frozen(labels),
        columns=MappingProxyType(dict(columns or {})),
        factors=MappingProxyType(dict(factors or {})),
    )


def _above_minus_one(numbers: Any, low: float, name: str) -> float:
    """Return the lower end of the range of numbers, of which the logarithm of 1 + x is taken."""
    lowest = float(numbers.min())
    if lowest <= -1:
        raise DataError(f"{name}: log(1 + x) needs values above -1, and the lowest is {lowest:g}; turn data.log1p off")
    # A declared range such as -1 to 1 begins where the logarithm is infinite.
    return low if low > -1 else lowest


def _numbers(samples: Any, kinds: Sequence[FeatureKind]) -> Any:
    """Return the features of a table that are numbers, all without kinds; None if there are none."""
    if not kinds:
        return samples
    numbers = [index for index, kind in enumerate(kinds) if kind == "number"]
    return samples[:, numbers] if numbers else None


def _period(samples: Any, kinds: Sequence[FeatureKind], config: DataConfig) -> float:
    angles = [index for index, kind in enumerate(kinds) if kind == "angle"]
    return period_of(dense(samples[:, angles]), config.angle_period) if angles else 0.0


def _far_numbers(
    samples: NDArray[Any], transform: Transform, kinds: Sequence[FeatureKind], rows: NDArray[np.intp] | None
) -> tuple[FarFeature, ...]:
    """Return the numbers with values far out. Other kinds are not scaled: a high count is no fault."""
    numbers = [index for index, kind in enumerate(kinds) if kind == "number"]
    if not kinds or not numbers:
        # All are numbers, or none is.
        return () if kinds else far_features(samples, transform, rows)
    offset, scale = transform.offset[numbers], transform.scale[numbers]
    if len({*offset.tolist()}) == len({*scale.tolist()}) == 1:  # one scale for all is no measure of each
        offset, scale = offset[0], scale[0]
    own = Transform(offset, scale, bool(np.any(transform.log1p)))
    return tuple(
        replace(found, feature=numbers[found.feature]) for found in far_features(samples[:, numbers], own, rows)
    )


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only view; the caller's own array stays writable."""
    view = array.view()
    view.flags.writeable = False
    return view


def check_samples(samples: Any, name: str) -> None:
    """Check that there are samples, that they have values, and that all values are finite.

    Raises
    ------
    DataError
        If one of these is not so.
    """
    if samples.shape[0] == 0:
        raise DataError(f"{name} contains no samples")
    if 0 in samples.shape:
        raise DataError(f"{name}: the samples are empty (shape {samples.shape[1:]})")
    if samples.dtype.kind != "f":
        return
    if not isinstance(samples, np.ndarray):
        if not np.isfinite(samples.data).all():
            raise DataError(f"{name}: the samples contain NaN or infinity; remove or replace them")
        return
    finite = np.isfinite(samples).reshape(len(samples), -1).all(axis=1)
    if not finite.all():
        first = int(np.argmin(finite))
        raise DataError(
            f"{name}: {int((~finite).sum())} of {len(samples)} samples contain NaN, infinity or numbers too large for "
            f"32-bit floats; the first is sample {first}; remove or replace them"
        )
