"""Finds values far out in tables: a few rows at 10⁹, marks of missing values, and values that are rare in training.

1. `spread_of` estimates the spread of each feature so that a few values far out do not move it.
2. A value is far out if it is `FAR` spreads from the median, or as many standard deviations in the units of the model.
3. Many such values, or values at the end of a long tail, are no faults and are left out.
4. If the features share one range (pixels of 0 to 255) and the value lies within it, the value is right and only rare:
   then standardizing each feature by itself is the fault.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.transform import Transform

Values = NDArray[np.float64]

FAR = 100.0
"""A value more than this many times the spread of the middle half away from the median is far out."""
MAX_SHARE, MIN_COUNT = 0.05, 5
"""Up to this share of the rows, or this number of them, are few."""
GAP = 5.0
"""Values far out are this many times as far out as the next ones; in a tail, distances grow by small steps."""
MAX_ROWS, MAX_VALUES = 20_000, 2**24
"""Maximum number of rows, and of values, from which spreads are estimated."""
BLOCK = 2**22
"""Values that are examined at a time."""
MAX_FEATURES, MAX_SAMPLES = 20, 5
"""Maximum number of features, and of samples of each, that are kept; the worst first."""
MIN_SHARING = 8
"""Fewer features share no range."""


@dataclass(frozen=True)
class FarFeature:
    """Values of one feature that are far out.

    Attributes
    ----------
    feature
        Its index.
    count
        Number of values far out, in as many samples.
    samples, values
        Indices of the samples, and their values in the file's units; the worst first, at most `MAX_SAMPLES`.
    rows
        Rows of the samples in the file, counted from 1.
    distance
        Distance of the worst from the median, in spreads of the others.
    is_rare
        Whether the values lie within the range that all features share, so that they are right.
    """

    feature: int
    count: int
    samples: tuple[int, ...]
    values: tuple[float, ...]
    rows: tuple[int, ...]
    distance: float
    is_rare: bool = False


def far_features(
    values: NDArray[Any], transform: Transform, rows: NDArray[np.int64] | None = None
) -> tuple[FarFeature, ...]:
    """Return the features of a table ``(N, F)`` with values far out, the worst first, at most `MAX_FEATURES`.

    Parameters
    ----------
    rows
        The row of each sample in the file, ``(N,)``, counted from 0; None if all rows are samples.
    """
    sampled = values[:: max(1, len(values) // _sampled_rows(values))]
    middle, spread = spread_of(sampled)
    # Rare counts are 1 among zeros: no less than a step from one whole number to the next is a spread.
    whole = np.flatnonzero(spread < 1)
    whole = whole[~np.any(sampled[:, whole] % 1, axis=0)]
    spread[whole] = 1.0
    few = max(MIN_COUNT, MAX_SHARE * len(values))
    shared = shared_range(sampled)
    found = []
    for block in _blocks(values):
        own = values[:, block].astype(np.float64)
        in_model = np.abs(_model_values(own, transform, block))
        distance = np.maximum(np.abs(own - middle[block]) / spread[block], in_model)
        counts = (distance > FAR).sum(axis=0)
        for column in np.flatnonzero((counts > 0) & (counts <= few)):
            apart = _count_apart(distance[:, column])
            count = apart or int(counts[column])
            one = _far_feature(own[:, column], distance[:, column], count, block.start + int(column), rows)
            if shared is None or not shared[0] <= min(one.values) <= max(one.values) <= shared[1]:
                found += [one] if apart else []
            elif (out := float(in_model[:, column].max())) > FAR:
                found.append(replace(one, distance=out, is_rare=True))
    # Values that are right come last, however far out they are.
    return tuple(sorted(found, key=lambda one: (one.is_rare, -one.distance))[:MAX_FEATURES])


def _count_apart(distance: Values) -> int:
    """Return how many values are far out beyond a gap; 0 if they are the end of a tail that reaches there."""
    # With a 0 at the end, the nearest of them has a next value, too.
    falling = np.append(np.sort(distance)[::-1], 0.0)
    far = int((falling > FAR).sum())
    gaps = np.flatnonzero(falling[:far] >= GAP * np.maximum(falling[1 : far + 1], 1.0))
    return int(gaps[-1]) + 1 if len(gaps) else 0


def _far_feature(
    values: Values, distance: Values, count: int, feature: int, rows: NDArray[np.int64] | None
) -> FarFeature:
    worst = np.argsort(-distance, kind="stable")[: min(count, MAX_SAMPLES)]
    return FarFeature(
        feature=feature,
        count=count,
        samples=tuple(map(int, worst)),
        values=tuple(map(float, values[worst])),
        rows=tuple(int(row) + 1 for row in (worst if rows is None else rows[worst])),
        distance=float(distance[worst[0]]),
    )


def spread_of(values: NDArray[Any]) -> tuple[Values, Values]:
    """Return the median of each feature, and a standard deviation that few values far out do not move, ``(F,)`` each.

    It is the interquartile range over 1.349, as for a normal distribution; where that is 0, the mean absolute deviation
    of the values within the 1st and 99th percentile; where that is 0, too, the size of the median, at least 1.
    """
    wide = values.astype(np.float64)
    low, first, middle, third, high = np.percentile(wide, [1, 25, 50, 75, 99], axis=0)
    spread = (third - first) / 1.349
    fallback = np.abs(np.clip(wide, low, high) - middle).mean(axis=0)
    spread = np.where(spread > 0, spread, fallback)
    return middle, np.where(spread > 0, spread, np.maximum(np.abs(middle), 1.0))


def shared_range(values: NDArray[Any]) -> tuple[float, float] | None:
    """Return the range that most features share, as pixels do; None if each has its own."""
    lows, highs = values.min(axis=0).astype(np.float64), values.max(axis=0).astype(np.float64)
    varying = highs > lows
    if varying.sum() < MIN_SHARING:
        return None
    # Quantiles over features: the one with a value at 10⁹ sets no range.
    low, high = float(np.quantile(lows[varying], 0.1)), float(np.quantile(highs[varying], 0.9))
    width = high - low
    shares = (lows[varying] <= low + width / 4) & (highs[varying] >= high - width / 2) & (lows[varying] >= low)
    return (low, high) if shares.mean() >= 0.5 else None


def _sampled_rows(values: NDArray[Any]) -> int:
    rows: int = min(MAX_ROWS, MAX_VALUES // max(1, values.shape[1]))
    return max(1, rows)


def _blocks(values: NDArray[Any]) -> Iterator[slice]:
    step = max(1, BLOCK // len(values))
    return (slice(start, start + step) for start in range(0, values.shape[1], step))


def _model_values(values: Values, transform: Transform, block: slice) -> Values:
    """Return values in the units of the model; 0 if all features have one scale, which is no measure of each."""
    if not transform.scale.ndim:
        return np.zeros_like(values)
    scaled: Values = np.log1p(values) if np.any(transform.log1p) else values
    result: Values = (scaled - transform.offset[block]) / transform.scale[block]
    return result


def power_text(value: float) -> str:
    """Return a number, a large one as the nearest power of ten: "300", "10⁶"."""
    if value < 10_000:
        return f"{value:,.0f}"
    digits = str(round(np.log10(value)))
    return "10" + digits.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def far_feature_from_json(value: Mapping[str, Any]) -> FarFeature:
    """Return a feature as it is stored in ``run.json``; raise KeyError, TypeError or ValueError if it is damaged."""
    return FarFeature(
        feature=int(value["feature"]),
        count=int(value["count"]),
        samples=tuple(map(int, value["samples"])),
        values=tuple(map(float, value["values"])),
        rows=tuple(map(int, value["rows"])),
        distance=float(value["distance"]),
        is_rare=bool(value["is_rare"]),
    )
