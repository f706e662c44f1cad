"""The curves of a run: metrics.jsonl, append-only, and what a reader makes of it."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Metric:
    """The losses at one step, in nats per sample.

    ``split`` is ``"train"`` (mean over the steps since the last one logged) or ``"validation"`` (the whole split);
    ``terms`` has ``"total"`` and the family's own terms; ``figures`` what the model observed of its own weights, each
    in its own unit.
    """

    step: int
    epoch: float
    split: str
    terms: dict[str, float]
    kl_per_dimension: tuple[float, ...] | None = None
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """All metrics of a run, by step."""

    metrics: tuple[Metric, ...] = field(default=())

    def curve(self, split: str, term: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (epochs, values in nats per sample) of one term on one split."""
        chosen = [metric for metric in self.metrics if metric.split == split and term in metric.terms]
        epochs = np.array([metric.epoch for metric in chosen], dtype=float)
        return epochs, np.array([metric.terms[term] for metric in chosen], dtype=float)

    def figure_curve(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (epochs, values in its own unit) of a figure that the model observed of its weights."""
        chosen = [metric for metric in self.metrics if name in metric.figures]
        epochs = np.array([metric.epoch for metric in chosen], dtype=float)
        return epochs, np.array([metric.figures[name] for metric in chosen], dtype=float)

    def kl_per_dimension(self, split: str = "validation") -> NDArray[np.float64] | None:
        """Return the newest KL per dimension in nats, (latent_dim,), or None where it is not defined."""
        for metric in reversed(self.metrics):
            if metric.split == split and metric.kl_per_dimension is not None:
                return np.array(metric.kl_per_dimension)
        return None

    def extended(self, metrics: Iterable[Metric]) -> "History":
        """Return this history with more at its end."""
        return History((*self.metrics, *metrics))


def append_metrics(path: Path, metrics: Sequence[Metric]) -> None:
    """Append metrics, one JSON object a line."""
    _append(path, [_to_json(metric) for metric in metrics])


def append_resumed(path: Path, step: int) -> None:
    """Note that training goes on from ``step``: what was logged after it is replaced by what follows.

    A run that starts anew, as it was killed before its first checkpoint, goes on from step −1.
    """
    _append(path, [{"resumed_from": step}])


def read_history(path: Path) -> History:
    """Read the metrics that count; a line cut short by a crash, or not of this format, is passed over."""
    if not path.exists():
        return History()
    kept: list[Metric] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
        value = _parse(line)
        if value is None:
            continue
        if isinstance(resumed_from := value.get("resumed_from"), int):
            kept = [metric for metric in kept if metric.step <= resumed_from]
        elif (metric := _from_json(value)) is not None:
            kept.append(metric)
    return History(tuple(kept))


def _append(path: Path, values: Sequence[dict[str, Any]]) -> None:
    # A line cut short by a crash must not swallow the next one.
    broken = path.exists() and not _ends_with_newline(path)
    with path.open("a", encoding="utf-8") as file:
        file.write(("\n" if broken else "") + "".join(json.dumps(value) + "\n" for value in values))


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size == 0:
            return True
        file.seek(size - 1)
        return file.read(1) == b"\n"


def _parse(line: str) -> dict[str, Any] | None:
    if not line.endswith("\n"):
        return None
    try:
        value = json.loads(line)
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
        step, epoch = int(terms.pop("step")), terms.pop("epoch")
        per_dimension = value.get("kl_per_dimension")
        kl = None if per_dimension is None else tuple(float(item) for item in per_dimension)
        figures = {str(name): float(item) for name, item in value.get("figures", {}).items()}
        figures = {name: item for name, item in figures.items() if math.isfinite(item)}
        is_whole = "total" in terms and all(map(math.isfinite, (epoch, *terms.values(), *(kl or ()))))
        return Metric(step, epoch, str(value["split"]), terms, kl, figures) if is_whole else None
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return None
