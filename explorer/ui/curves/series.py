"""Curves as arrays: read as a history grows, thinned for drawing, and the range that shows them best. No Qt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explorer.runs.history import History, Metric

Values = NDArray[np.float64]
SPLITS = ("train", "validation")
STEEP_SHARE = 0.1
"""The first part of training whose steep fall does not decide the range."""
STEEP_FACTOR = 2.0
"""The fall is left out of the range where it would squeeze the rest to less than one in this."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One term on one split: ``epochs`` ascending and ``values`` in nats per sample, ``(n,)`` each."""

    epochs: Values
    values: Values

    def after(self, epoch: float) -> "Curve":
        """Return the part after an epoch."""
        first = int(np.searchsorted(self.epochs, epoch, side="right"))
        return Curve(self.epochs[first:], self.values[first:])

    def until(self, epoch: float) -> "Curve":
        """Return the part up to an epoch."""
        end = int(np.searchsorted(self.epochs, epoch, side="right"))
        return Curve(self.epochs[:end], self.values[:end])

    def between(self, first: float, last: float) -> "Curve":
        """Return the part between two epochs, both included."""
        start, end = int(np.searchsorted(self.epochs, first)), int(np.searchsorted(self.epochs, last, side="right"))
        return Curve(self.epochs[start:end], self.values[start:end])

    def level(self, epoch: float) -> "Curve":
        """Return its newest value as a level line from epoch 0 to this one; nothing new where that is no way."""
        if len(self.epochs) == 0 or epoch <= 0:
            return self
        return Curve(np.array([0.0, epoch]), np.repeat(self.values[-1:], 2))

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
        """The newest value."""
        return float(self.values[-1]) if len(self.values) else None


EMPTY = Curve(np.empty(0), np.empty(0))


@dataclass
class _Growing:
    """A curve that grows at its end; a resumed run writes over what came after the step it went on from."""

    epochs: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    arrays: Curve | None = None

    def append(self, epoch: float, value: float) -> None:
        while self.epochs and self.epochs[-1] >= epoch:
            self.epochs.pop()
            self.values.pop()
        self.epochs.append(epoch)
        self.values.append(value)
        self.arrays = None

    def curve(self) -> Curve:
        if self.arrays is None:
            self.arrays = Curve(np.array(self.epochs), np.array(self.values))
        return self.arrays


class RunCurves:
    """A run's curves, read from its history; only what is new in a history that grew is read again.

    Terms are the history's own (``"total"``, ``"reconstruction"``, ``"kl"``), with ``"elbo"`` = −(reconstruction + KL)
    where there is a KL, and ``"kl_z1"``, … for the KL of each latent dimension; ``"negative_log_likelihood"`` and
    ``"gap"`` go with ``"log_likelihood"``; figures that the model observed of its weights are ``"figure:<name>"``, on
    the validation split alone.
    """

    def __init__(self) -> None:
        self._curves: dict[tuple[str, str], _Growing] = {}
        self._read = 0
        self._last: Metric | None = None

    def read(self, history: History) -> None:
        """Take a history: the same one grown, or another."""
        metrics = history.metrics
        grown = 0 < self._read <= len(metrics) and metrics[self._read - 1] is self._last
        if not grown:
            self._curves.clear()
            self._read = 0
        self._take(metrics[self._read :])
        self._read = len(metrics)
        self._last = metrics[-1] if metrics else None

    def curve(self, split: str, term: str) -> Curve:
        """Return a term's curve; an empty one where it is not defined."""
        growing = self._curves.get((split, term))
        return growing.curve() if growing is not None else EMPTY

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all curves there are, in the order of their first values."""
        return tuple(dict.fromkeys(term for _, term in self._curves))

    @property
    def dimensions(self) -> int:
        """How many latent dimensions have a KL of their own."""
        return sum(split == SPLITS[0] and term.startswith("kl_z") for split, term in self._curves)

    @property
    def last_epoch(self) -> float:
        """The newest epoch of any curve; -1 before the first."""
        return max((growing.epochs[-1] for growing in self._curves.values() if growing.epochs), default=-1.0)

    def _take(self, metrics: Iterable[Metric]) -> None:
        for metric in metrics:
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


def thinned(curve: Curve, most: int) -> Curve:
    """Return a curve of at most ``most`` points that looks the same: first, lowest, highest and last of each bin.

    Gaps (values that are no number) stay gaps.
    """
    count = len(curve.epochs)
    if count <= most:
        return curve
    stretch = -(-count // max(1, most // 4))
    whole = count // stretch * stretch
    rows = curve.values[:whole].reshape(-1, stretch)
    starts = np.arange(len(rows)) * stretch
    lowest = starts + np.where(np.isnan(rows), np.inf, rows).argmin(1)
    highest = starts + np.where(np.isnan(rows), -np.inf, rows).argmax(1)
    rest = curve.values[whole:]
    tail = [count - 1] if len(rest) == 0 else [whole, *_extremes(rest, whole), count - 1]
    kept = np.unique(np.concatenate([starts, lowest, highest, starts + stretch - 1, np.array(tail)]))
    return Curve(curve.epochs[kept], curve.values[kept])


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


def whole_range(curves: Sequence[Curve]) -> tuple[float, float] | None:
    """Return the least and greatest number of all curves; None where there is none."""
    finite = [curve.values[np.isfinite(curve.values)] for curve in curves]
    values = np.concatenate([*finite, np.empty(0)])
    return (float(values.min()), float(values.max())) if len(values) else None


def readable_range(curves: Sequence[Curve]) -> tuple[float, float] | None:
    """Return the range that shows the curves best: without their steep beginning where it would squeeze the rest."""
    whole = whole_range(curves)
    rest = whole_range([curve.after(_steep_end(curve)) for curve in curves])
    if whole is None or rest is None or rest[1] == rest[0]:
        return whole
    return rest if whole[1] - whole[0] > STEEP_FACTOR * (rest[1] - rest[0]) else whole


def _steep_end(curve: Curve) -> float:
    if len(curve.epochs) < 8:
        return -np.inf
    first, last = float(curve.epochs[0]), float(curve.epochs[-1])
    return first + STEEP_SHARE * (last - first)
