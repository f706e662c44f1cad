"""The evidence of a diagnosis (settings, curves and codes of a run), and the declaration of a check that judges it.

Losses are smoothed, with an estimate of their noise, so that one bad epoch is not a trend.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import RunConfig, describe_fields
from explorer.data.dataset import Description
from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.information.rounding import MAX_FIXED
from explorer.models.catalog import Family
from explorer.models.latent_model import Capabilities
from explorer.runs.history import History, Metric
from explorer.runs.weights_choice import CurrentStatus
from explorer.training.early_stopping import schedules_end

Values = NDArray[np.float64]

MIN_WINDOW, WINDOW_SHARE = 3, 20
"""A running mean has a twentieth of the epochs, but at least three."""
AS_DEVIATION = 1.4826
"""Factor from the median absolute deviation of a normal distribution to its standard deviation."""


@dataclass(frozen=True, eq=False)
class LossCurves:
    """Losses in nats per sample at each validation, or at the end of each epoch without a validation split.

    Attributes
    ----------
    epochs, validation
        ``(n,)``; the first is usually epoch 0, before training. Validation is NaN without a validation split.
    train
        ``(n,)`` mean over the epoch that ends there; NaN if nothing was logged.
    """

    epochs: Values
    validation: Values
    train: Values

    def __len__(self) -> int:
        return len(self.epochs)

    def since(self, epoch: float) -> "LossCurves":
        """Return the part from an epoch on."""
        kept = self.epochs >= epoch
        return LossCurves(self.epochs[kept], self.validation[kept], self.train[kept])

    @cached_property
    def window(self) -> int:
        """Number of epochs in a running mean."""
        return max(MIN_WINDOW, len(self) // WINDOW_SHARE)


def loss_curves(history: History) -> LossCurves:
    """Return the losses of a history by epoch; NaN and infinity are left out."""
    epochs, validation = _finite(*history.curve("validation", "total"))
    at, train = _finite(*history.curve("train", "total"))
    if not len(epochs):  # no validation split
        epochs = np.unique(np.ceil(at))  # an epoch ends at a whole number
        validation = np.full(len(epochs), np.nan)
    return LossCurves(epochs, validation, _means_between(epochs, at, train))


def _means_between(ends: Values, at: Values, values: Values) -> Values:
    """Return the mean of the values between successive ends; NaN if there are none."""
    # A metric belongs to the epoch that ends next; after the last end it belongs to none.
    index = np.searchsorted(ends, at)
    known = index < len(ends)
    counts = np.bincount(index[known], minlength=len(ends))
    sums = np.bincount(index[known], values[known], minlength=len(ends))
    means: Values = np.divide(sums, counts, out=np.full(len(ends), np.nan), where=counts > 0)
    return means


def running_mean(values: Values, window: int) -> Values:
    """Return the means ``(n − window + 1,)`` of ``window`` successive values; the i-th ends at value i + window − 1."""
    means: Values = np.lib.stride_tricks.sliding_window_view(values, window).mean(axis=1)
    return means


def noise_of(values: Values) -> float:
    """Return the standard deviation of a curve around its trend, by the median of its second differences.

    Second differences remove a straight trend and have √6 times the deviation of independent noise; the median ignores
    single jumps.
    """
    if len(values) < 4:  # a median needs at least two second differences
        return 0.0
    return AS_DEVIATION * float(np.median(np.abs(np.diff(values, 2)))) / float(np.sqrt(6))


def _finite(epochs: Values, values: Values) -> tuple[Values, Values]:
    known = np.isfinite(epochs) & np.isfinite(values)
    return epochs[known], values[known]


@dataclass(frozen=True, eq=False)
class Codes:
    """Codes after ``step`` steps: ``mean`` and ``log_variance`` ``(n, latent_dim)``; the latter None for points.

    ``index`` has the sample of each row, ``(n,)``; None if the rows are the samples.
    """

    step: int
    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None = None
    index: NDArray[np.int64] | None = None

    @cached_property
    def are_finite(self) -> bool:
        """True if there are at least two codes and all are finite."""
        parts = [self.mean] if self.log_variance is None else [self.mean, self.log_variance]
        return len(self.mean) > 1 and all(bool(np.isfinite(part).all()) for part in parts)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything that is known about a run at one moment.

    Attributes
    ----------
    family, capabilities
        Its model family and what the model defines; a user's model may differ from its family in the latter.
    codes
        Codes of samples; None before there are any, or if the plane shows draws from the prior.
    reason
        Why it failed or stopped; "" otherwise.
    unit
        The unit in which notices write information; settings, as in cures, are in nats.
    description
        What is known about its data; None if there is none.
    """

    config: RunConfig
    family: Family
    capabilities: Capabilities
    history: History
    codes: Codes | None = None
    status: CurrentStatus = "finished"
    reason: str = ""
    unit: Unit = NATS
    description: Description | None = None

    @cached_property
    def validations(self) -> tuple[Metric, ...]:
        """The metrics of the validation split, or of the training split if there is no validation split."""
        found = tuple(metric for metric in self.history.metrics if metric.split == "validation")
        return found or self.history.metrics

    @cached_property
    def losses(self) -> LossCurves:
        """The losses by epoch."""
        return loss_curves(self.history)

    @cached_property
    def settled(self) -> float:
        """The epoch at which all schedules are over, so that the loss is that of the config."""
        return schedules_end(self.config.model)

    @property
    def now(self) -> float:
        """The newest logged epoch."""
        return self.history.last_epoch

    def information(self, nats: float, digits: int = 3) -> str:
        """Return a loss or its change in nats as text in the unit: ``digits`` significant digits, or a whole number."""
        value = nats * self.unit.per_nat
        is_whole = 10**digits - 0.5 <= abs(value) < MAX_FIXED
        return (f"{value:.0f}" if is_whole else f"{value:.{digits}g}").replace("-", "−")

    def model_setting(self, name: str, default: Any = None) -> Any:
        """Return a setting of the model; ``default`` if its family lacks it or other settings make it ineffective."""
        values = vars(self.config.model)
        field = next((field for field in describe_fields(type(self.config.model)) if field.name == name), None)
        return values[name] if field is not None and field.matters(values) else default

    def cure(self, words: str, **settings: Any) -> tuple[Cure, ...]:
        """Return a tuple with a cure that changes settings, such as ``model_beta=1.0``.

        The tuple is empty if the config lacks a setting, or already has all these values.
        """
        # `model_beta` is the setting `model.beta`: keyword arguments have no dots.
        named = [(*key.split("_", 1), value) for key, value in settings.items()]
        # Do not suggest settings that the family lacks, or that are already in place.
        parts = [vars(getattr(self.config, section)) for section, _, _ in named]
        if any(name not in part for part, (_, name, _) in zip(parts, named, strict=True)):
            return ()
        if named and all(part[name] == value for part, (_, name, value) in zip(parts, named, strict=True)):
            return ()
        return (Cure(words, tuple((f"{section}.{name}", _as_text(value)) for section, name, value in named)),)


def _as_text(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def epoch_of_codes(evidence: Evidence, codes: Codes, standing: Notice | None) -> float:
    """Return the epoch since which a notice about codes holds: that of the current notice, else of the newest codes."""
    if standing is not None:
        return standing.since  # earlier codes are not stored, so the notice remembers its epoch
    before = [metric.epoch for metric in evidence.history.metrics if metric.step <= codes.step]
    return before[-1] if before else evidence.now


Examine = Callable[[Evidence, Notice | None], Notice | None]
"""Returns a notice, or None, from the evidence and the current notice of the same kind."""


@dataclass(frozen=True)
class Check:
    """A check for one problem; call it with the evidence and the current notice of its kind.

    Attributes
    ----------
    kind
        `Notice.kind` of what it returns.
    explains
        Kinds of notices that are left out beside its own, which names their cause.
    """

    kind: str
    explains: frozenset[str]
    examine: Examine

    def __call__(self, evidence: Evidence, standing: Notice | None) -> Notice | None:
        """Return a notice, or None if the run does not have this problem."""
        return self.examine(evidence, standing)


def checks_for(kind: str, *, explains: tuple[str, ...] = ()) -> Callable[[Examine], Check]:
    """Declare a function as a check; see `Check`."""
    return lambda examine: Check(kind, frozenset(explains), examine)
