"""Curves as arrays: read from a growing history, thinned for drawing, and with a readable range. No Qt.

1. `CurveHistory.read` appends the new metrics of a history, or starts again if it is another history.
2. Derived terms (ELBO, gap) are computed metric by metric.
3. `CurveHistory.curve` returns a term as arrays, built once per change.
4. `thinned` reduces a curve to the points that can be seen at the plot's width.
5. `range_of_runs` chooses the vertical range: `readable_range` of each run, without runs far from the others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explorer.runs.history import History, Metric

Values = NDArray[np.float64]
SPLITS = ("train", "validation")
FIRST_EPOCH = 1.0
"""The range is that from this epoch on: the losses of untrained weights say little."""
SQUEEZE = 2.0
"""What is left out of the range would squeeze the rest to less than one part in this many."""
FENCE = 4.0
"""Values farther from the middle half than this many times its width are outliers (Tukey's fence)."""
ENOUGH = 8
"""Fewer values have no outliers."""
MAGNITUDE = 1e4
"""A curve this many times as large as another would flatten it to a line; the smaller one sets the range."""
FAR = 2.0
"""A run is left out of the range if it is farther from all others than this many times their range."""


@dataclass(frozen=True, eq=False)
class TermCurve:
    """One term on one split: ascending ``epochs`` and ``values``, ``(n,)`` each.

    Values are in the unit of the term (`Term.unit`): nats per sample for losses, the ELBO and log p(x).
    """

    epochs: Values
    values: Values

    def after(self, epoch: float) -> "TermCurve":
        """Return the part after an epoch (exclusive)."""
        first = int(np.searchsorted(self.epochs, epoch, side="right"))
        return TermCurve(self.epochs[first:], self.values[first:])

    def until(self, epoch: float) -> "TermCurve":
        """Return the part up to an epoch (inclusive)."""
        end = int(np.searchsorted(self.epochs, epoch, side="right"))
        return TermCurve(self.epochs[:end], self.values[:end])

    def between(self, first: float, last: float) -> "TermCurve":
        """Return the part between two epochs, both inclusive."""
        start, end = int(np.searchsorted(self.epochs, first)), int(np.searchsorted(self.epochs, last, side="right"))
        return TermCurve(self.epochs[start:end], self.values[start:end])

    def level(self, epoch: float) -> "TermCurve":
        """Return a level line of the newest value from epoch 0 to ``epoch``, or the curve itself if it is empty."""
        if len(self.epochs) == 0 or epoch <= 0:
            return self
        return TermCurve(np.array([0.0, epoch]), np.repeat(self.values[-1:], 2))

    def times(self, factor: float) -> "TermCurve":
        """Return the curve with its values multiplied by a factor."""
        return self if factor == 1 else TermCurve(self.epochs, self.values * factor)

    def at(self, epoch: float) -> tuple[float, float] | None:
        """Return the (epoch, value) logged nearest to an epoch; None for an empty curve."""
        if len(self.epochs) == 0:
            return None
        right = int(np.searchsorted(self.epochs, epoch).clip(0, len(self.epochs) - 1))
        left = max(0, right - 1)
        nearest = left if abs(self.epochs[left] - epoch) <= abs(self.epochs[right] - epoch) else right
        return float(self.epochs[nearest]), float(self.values[nearest])

    @property
    def latest(self) -> float | None:
        """The newest value, or None."""
        return float(self.values[-1]) if len(self.values) else None


EMPTY = TermCurve(np.empty(0), np.empty(0))


@dataclass
class _Growing:
    """A curve that grows at its end. A resumed run overwrites what came after the step it resumed from."""

    epochs: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    arrays: TermCurve | None = None  # cache; None after an append

    def append(self, epoch: float, value: float) -> None:
        # Epochs stay ascending: a resumed run repeats epochs that were logged before it stopped.
        while self.epochs and self.epochs[-1] >= epoch:
            self.epochs.pop()
            self.values.pop()
        self.epochs.append(epoch)
        self.values.append(value)
        self.arrays = None

    def curve(self) -> TermCurve:
        if self.arrays is None:
            self.arrays = TermCurve(np.array(self.epochs), np.array(self.values))
        return self.arrays


class CurveHistory:
    """A run's curves, read from its history; only new entries of a grown history are read.

    Terms have the history's names (``"total"``, ``"reconstruction"``, ``"kl"``). Derived ones are added: ``"elbo"`` =
    −(reconstruction + KL), ``"kl_z1"``, … for the KL of each latent dimension, and ``"negative_log_likelihood"`` and
    ``"gap"`` if there is a ``"log_likelihood"``. Figures observed during training are ``"figure:<name>"``, on the
    validation split only.
    """

    def __init__(self) -> None:
        self._curves: dict[tuple[str, str], _Growing] = {}
        self._times = _Growing()
        self._steps_per_epoch = 0.0
        self._read = 0  # number of metrics read
        self._last: Metric | None = None  # the last of them, to recognize a history that grew

    def read(self, history: History) -> None:
        """Read a history: the same one after it has grown, or another."""
        metrics = history.metrics
        # Identity of the last entry read: a replaced history has other objects, whatever its length.
        grown = 0 < self._read <= len(metrics) and metrics[self._read - 1] is self._last
        if not grown:
            self._curves.clear()
            self._times = _Growing()
            self._read = 0
        self._take(metrics[self._read :])
        self._read = len(metrics)
        self._last = metrics[-1] if metrics else None

    def curve(self, split: str, term: str) -> TermCurve:
        """Return a term's curve; an empty one if it is not defined."""
        growing = self._curves.get((split, term))
        return growing.curve() if growing is not None else EMPTY

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all curves, in the order of their first values."""
        return tuple(dict.fromkeys(term for _, term in self._curves))

    @property
    def steps_per_epoch(self) -> float:
        """Steps of the optimizer in an epoch; 0 before the first step."""
        return self._steps_per_epoch

    @property
    def times(self) -> TermCurve | None:
        """Seconds of training at each epoch; None if they are not known."""
        times = self._times.curve()
        # Two different times are needed to place others between and after them.
        return times if len(times.epochs) > 1 and times.values[-1] > times.values[0] else None

    @property
    def dimensions(self) -> int:
        """The number of latent dimensions with a KL of their own."""
        return sum(split == SPLITS[0] and term.startswith("kl_z") for split, term in self._curves)

    @property
    def last_epoch(self) -> float:
        """The newest epoch of any curve; -1 before the first."""
        return max((growing.epochs[-1] for growing in self._curves.values() if growing.epochs), default=-1.0)

    def _take(self, metrics: Iterable[Metric]) -> None:
        for metric in metrics:
            if metric.epoch > 0:
                self._steps_per_epoch = metric.step / metric.epoch
            if metric.seconds is not None:
                self._times.append(metric.epoch, metric.seconds)
            terms = dict(metric.terms)
            if "kl" in terms and "reconstruction" in terms:
                terms["elbo"] = -(terms["reconstruction"] + terms["kl"])
            if "log_likelihood" in terms:
                terms["negative_log_likelihood"] = -terms["log_likelihood"]
                terms["gap"] = terms["log_likelihood"] - terms["elbo"]
            for number, value in enumerate(metric.kl_per_dimension or (), start=1):
                terms[f"kl_z{number}"] = value
            terms |= {f"figure:{name}": value for name, value in metric.figures.items()}
            for term, value in terms.items():
                self._curves.setdefault((metric.split, term), _Growing()).append(metric.epoch, value)


def thinned(curve: TermCurve, max_points: int) -> TermCurve:
    """Return a curve of at most ``max_points`` points that looks the same: first, lowest, highest and last of each bin.

    NaN values, which leave gaps, are kept.
    """
    count = len(curve.epochs)
    if count <= max_points:
        return curve
    # Four points are kept of each bin, so that there are max_points / 4 bins.
    stretch = -(-count // max(1, max_points // 4))
    whole = count // stretch * stretch
    rows = curve.values[:whole].reshape(-1, stretch)  # (bins, stretch)
    starts = np.arange(len(rows)) * stretch
    # argmin of NaN would return the NaN itself: replace it by the value that never wins.
    lowest = starts + np.where(np.isnan(rows), np.inf, rows).argmin(1)
    highest = starts + np.where(np.isnan(rows), -np.inf, rows).argmax(1)
    rest = curve.values[whole:]
    tail = [count - 1] if len(rest) == 0 else [whole, *_extremes(rest, whole), count - 1]
    # unique sorts, and drops points that were chosen twice.
    kept = np.unique(np.concatenate([starts, lowest, highest, starts + stretch - 1, np.array(tail)]))
    return TermCurve(curve.epochs[kept], curve.values[kept])


def _extremes(values: Values, offset: int) -> list[int]:
    if np.isnan(values).all():
        return []
    return [offset + int(np.nanargmin(values)), offset + int(np.nanargmax(values))]


def span_while_training(epoch: float, epochs: int) -> float:
    """Return the last epoch to draw while a run trains: all planned epochs, halved while half would be empty."""
    span = float(epochs)
    while span > 1 and epoch <= span / 2:
        span /= 2
    return max(span, epoch)


def whole_range(curves: Sequence[TermCurve]) -> tuple[float, float] | None:
    """Return the lowest and highest number of all curves; None if there is none."""
    finite = [curve.values[np.isfinite(curve.values)] for curve in curves]
    values = np.concatenate([*finite, np.empty(0)])
    return (float(values.min()), float(values.max())) if len(values) else None


def readable_range(curves: Sequence[TermCurve]) -> tuple[float, float] | None:
    """Return the best range to read the curves of one run: without steep beginning and outliers if they squeeze it.

    A curve of another magnitude is left out: values at 10⁹ in the validation split make its loss 10²² times the other.
    """
    sizes = [_size(curve) for curve in curves]
    curves = [curve for curve, size in zip(curves, sizes, strict=True) if size <= MAGNITUDE * min(sizes)]
    whole = whole_range(curves)
    rest = whole_range([_without_outliers(_from_first_epoch(curve)) for curve in curves])
    if whole is None or rest is None or rest[1] == rest[0]:
        return whole
    return rest if whole[1] - whole[0] > SQUEEZE * (rest[1] - rest[0]) else whole


def range_of_runs(runs: Sequence[Sequence[TermCurve]]) -> tuple[float, float] | None:
    """Return the range to read several runs; of three or more, one that is far from the others does not stretch it."""
    spans = [span for curves in runs if (span := readable_range(curves)) is not None]
    sizes = [max(1.0, abs(low), abs(high)) for low, high in spans]
    spans = [span for span, size in zip(spans, sizes, strict=True) if size <= MAGNITUDE * min(sizes)]
    while len(spans) > 2:
        gaps = [_gap(span, _union([other for other in spans if other is not span])) for span in spans]
        farthest = int(np.argmax(gaps))
        if gaps[farthest] <= FAR:
            break
        del spans[farthest]
    return _union(spans) if spans else None


def _gap(span: tuple[float, float], rest: tuple[float, float]) -> float:
    """Return the distance between two ranges, in widths of the second."""
    width = rest[1] - rest[0]
    return max(span[0] - rest[1], rest[0] - span[1], 0.0) / width if width > 0 else 0.0


def _union(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return min(low for low, _ in spans), max(high for _, high in spans)


def _size(curve: TermCurve) -> float:
    """Return the median size of the values, at least 1: a KL near 0 is no reason to leave others out."""
    finite = np.abs(curve.values[np.isfinite(curve.values)])
    return max(1.0, float(np.median(finite))) if len(finite) else 1.0


def _from_first_epoch(curve: TermCurve) -> TermCurve:
    later = curve.between(FIRST_EPOCH, np.inf)
    return later if len(later.epochs) else curve


def _without_outliers(curve: TermCurve) -> TermCurve:
    finite = curve.values[np.isfinite(curve.values)]
    if len(finite) < ENOUGH:
        return curve
    low, high = np.percentile(finite, (25, 75))
    inside = np.abs(curve.values - (low + high) / 2) <= (FENCE + 0.5) * (high - low)
    return TermCurve(curve.epochs[inside], curve.values[inside])
