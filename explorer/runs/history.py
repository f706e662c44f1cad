"""The loss curves of a run: ``metrics.jsonl``, one JSON object per line, appended during training.

1. `append_metrics` appends the losses logged since the last report. Lines are never changed.
2. If a training resumes from an older step, `append_resumed` appends a line that says so.
3. `read_history` reads the lines in order. At such a line it drops the metrics of later steps, which the training has
   logged again. It skips lines that a crash cut short.

How long the training took is in ``times.jsonl`` beside it: the curves of two equal trainings are equal to the byte,
their times are not.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.reading.limits import METRICS_BYTES, METRICS_LINES
from explorer.runs.files import RunError, append_text, open_to_read

TIMES = "times.jsonl"
"""Name of the file with the times, in the folder of the metrics."""
MAX_LINE = 1 << 20
"""Maximum length of a line in bytes; 1,024 dimensions take about 25 kB. Longer ones are skipped."""
_MAX_STEPS = 2**53


@dataclass(frozen=True)
class Metric:
    """The losses at one step, in nats per sample.

    Attributes
    ----------
    split
        ``"train"`` (mean over the steps since the last metric) or ``"validation"`` (mean over the whole split).
    terms
        The loss ``"total"`` and the terms of the family.
    kl_per_dimension
        KL of each latent dimension, or None for families without it.
    figures
        Figures that the model computes from its own weights, each in its own unit.
    seconds
        Time spent in training steps until then; None if it is not known. Equal metrics may differ in it.
    """

    step: int
    epoch: float
    split: str
    terms: dict[str, float]
    kl_per_dimension: tuple[float, ...] | None = None
    figures: dict[str, float] = field(default_factory=dict)
    seconds: float | None = field(default=None, compare=False)


@dataclass(frozen=True)
class History:
    """All metrics of a run, in the order of their steps."""

    metrics: tuple[Metric, ...] = field(default=())

    @property
    def last_epoch(self) -> float:
        """The newest logged epoch; 0 if nothing is logged."""
        return self.metrics[-1].epoch if self.metrics else 0.0

    def curve(self, split: str, term: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the curve of a term on a split: epochs and values in nats per sample, ``(n,)`` each."""
        chosen = [metric for metric in self.metrics if metric.split == split and term in metric.terms]
        epochs = np.array([metric.epoch for metric in chosen], dtype=float)
        return epochs, np.array([metric.terms[term] for metric in chosen], dtype=float)

    def figure_curve(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the curve of a figure: epochs and values in the figure's unit, ``(n,)`` each."""
        chosen = [metric for metric in self.metrics if name in metric.figures]
        epochs = np.array([metric.epoch for metric in chosen], dtype=float)
        return epochs, np.array([metric.figures[name] for metric in chosen], dtype=float)

    def kl_per_dimension(self, split: str = "validation") -> NDArray[np.float64] | None:
        """Return the latest KL per dimension in nats, ``(latent_dim,)``, or None if it is not defined."""
        for metric in reversed(self.metrics):
            if metric.split == split and metric.kl_per_dimension is not None:
                return np.array(metric.kl_per_dimension)
        return None

    def extended(self, metrics: Iterable[Metric]) -> "History":
        """Return this history with more metrics at its end."""
        return History((*self.metrics, *metrics))


def append_metrics(path: Path, metrics: Sequence[Metric]) -> None:
    """Append metrics to the file, one JSON object per line."""
    _append(path, [_to_json(metric) for metric in metrics])
    times = {metric.step: metric.seconds for metric in metrics if metric.seconds is not None}
    if times:
        _append(path.with_name(TIMES), [{"step": step, "seconds": seconds} for step, seconds in times.items()])


def append_resumed(path: Path, step: int) -> None:
    """Record that the training resumes from ``step``: readers drop what was logged after that step.

    A run that was killed before its first checkpoint starts over, which is step −1.
    """
    _append(path, [{"resumed_from": step}])


def read_history(path: Path, latent_dim: int | None = None) -> History:
    """Read the metrics that are still valid; skip lines that are cut short or have another format.

    Parameters
    ----------
    latent_dim
        The KL per dimension is left out of metrics that have another number of dimensions; None keeps all.

    Raises
    ------
    RunError
        If the file leads out of the run, is not a regular file, or is too large.
    OSError
        If it cannot be read.
    """
    kept: list[Metric] = []
    for value in _values(path):
        if isinstance(resumed_from := value.get("resumed_from"), int):
            kept = [metric for metric in kept if metric.step <= resumed_from]  # logged again after it
        elif (metric := _from_json(value)) is not None:
            known = metric.kl_per_dimension
            fits = latent_dim is None or known is None or len(known) == latent_dim
            kept.append(metric if fits else replace(metric, kl_per_dimension=None))
    times = _read_times(path.with_name(TIMES))
    return History(tuple(replace(metric, seconds=times.get(metric.step)) for metric in kept))


def steps_per_epoch(path: Path) -> int | None:
    """Return the number of steps in an epoch, from the first metric after step 0; None if there is no such metric."""
    # Closed forms and imported weights have no curves.
    with suppress(OSError):
        for value in _values(path):
            metric = _from_json(value)
            if metric is not None and metric.step > 0 and metric.epoch > 0:
                return max(1, round(metric.step / metric.epoch))
    return None


def _read_times(path: Path) -> dict[int, float]:
    """Return the seconds of training at each step; those of a resumed training replace earlier ones."""
    times: dict[int, float] = {}
    with suppress(OSError):
        for value in _values(path):
            step, seconds = value.get("step"), value.get("seconds")
            # The limit also refuses integers that are too large for a float.
            if isinstance(step, int) and isinstance(seconds, int | float) and 0 <= seconds < _MAX_STEPS:
                times[step] = float(seconds)
    return times


def _append(path: Path, values: Sequence[dict[str, Any]]) -> None:
    append_text(path, "".join(json.dumps(value) + "\n" for value in values))


def _values(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects in the lines of a file, without those that are damaged; none if the file is missing."""
    try:
        file = open_to_read(path, METRICS_BYTES)
    except FileNotFoundError:
        return
    with file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(MAX_LINE), b""))
        if lines > METRICS_LINES.value:
            raise RunError(str(METRICS_LINES.error(lines, path, "the number of lines is")))
        file.seek(0)
        # Never a whole line at once, which may be as long as the file.
        while line := file.readline(MAX_LINE):
            if (value := _parse(line)) is not None:
                yield value


def _parse(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        value = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _to_json(metric: Metric) -> dict[str, Any]:
    value: dict[str, Any] = {"step": metric.step, "epoch": metric.epoch, "split": metric.split, **metric.terms}
    if metric.kl_per_dimension is not None:
        value["kl_per_dimension"] = list(metric.kl_per_dimension)
    if metric.figures:
        value["figures"] = metric.figures
    return value


def _from_json(value: dict[str, Any]) -> Metric | None:
    try:
        terms = {name: float(item) for name, item in value.items() if isinstance(item, int | float)}
        step, epoch = int(terms.pop("step")), terms.pop("epoch")  # all other numbers are terms
        per_dimension = value.get("kl_per_dimension")
        kl = None if per_dimension is None else tuple(float(item) for item in per_dimension)
        figures = {str(name): float(item) for name, item in value.get("figures", {}).items()}
        figures = {name: item for name, item in figures.items() if math.isfinite(item)}
        # One value that is not finite would stretch the axis of a plot to infinity.
        is_whole = "total" in terms and all(map(math.isfinite, (epoch, *terms.values(), *(kl or ()))))
        is_whole = is_whole and abs(step) < _MAX_STEPS and isinstance(value["split"], str)
        return Metric(step, epoch, value["split"], terms, kl, figures) if is_whole else None
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return None
