"""What a diagnosis looks at: a run's settings, its curves, and where its samples lie."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import RunConfig, describe_fields
from explorer.jobs.diagnosis.curves import LossCurves, loss_curves
from explorer.jobs.diagnosis.notice import Cure
from explorer.models.catalog import Family
from explorer.models.latent_model import Capabilities
from explorer.runs.history import History, Metric
from explorer.runs.state import Status

SCHEDULES = ("kl_warm_up", "capacity_epochs", "active_units_after")
"""Settings in epochs during which a loss is still another one than that of its config."""


@dataclass(frozen=True, eq=False)
class Codes:
    """Where samples lie after ``step`` steps: ``mean`` and ``log_variance`` (n, latent_dim), None for points."""

    step: int
    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None = None

    @cached_property
    def are_finite(self) -> bool:
        """Whether there are any, and all are numbers."""
        parts = [self.mean] if self.log_variance is None else [self.mean, self.log_variance]
        return len(self.mean) > 1 and all(bool(np.isfinite(part).all()) for part in parts)


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that is known of one run at one moment.

    Attributes
    ----------
    family, capabilities
        What the catalogue says of it, and what it defines; a model of the user's own differs from its family in these.
    codes
        Of its samples; None where there are none yet, or rows are draws from the prior.
    reason
        Why it failed or stopped, where it did.
    """

    config: RunConfig
    family: Family
    capabilities: Capabilities
    history: History
    codes: Codes | None = None
    status: Status = "finished"
    reason: str = ""

    @cached_property
    def validations(self) -> tuple[Metric, ...]:
        """The metrics of the validation split, or of the training where nothing is kept for validation."""
        found = tuple(metric for metric in self.history.metrics if metric.split == "validation")
        return found or self.history.metrics

    @cached_property
    def losses(self) -> LossCurves:
        """The totals by epoch."""
        return loss_curves(self.history)

    @cached_property
    def settled(self) -> float:
        """The epoch from which on the loss is that of the config: schedules are over."""
        values = vars(self.config.model)
        # A schedule that its other settings switch off delays nothing.
        known = [field for field in describe_fields(type(self.config.model)) if field.name in SCHEDULES]
        return max((float(values[field.name]) for field in known if field.matters(values)), default=0.0)

    @property
    def now(self) -> float:
        """The newest epoch that is known of."""
        return self.history.metrics[-1].epoch if self.history.metrics else 0.0

    def model_setting(self, name: str, default: Any = None) -> Any:
        """Return a setting of the model, where its family has it and it matters beside the others."""
        values = vars(self.config.model)
        field = next((field for field in describe_fields(type(self.config.model)) if field.name == name), None)
        return values[name] if field is not None and field.matters(values) else default

    def cure(self, words: str, **settings: Any) -> tuple[Cure, ...]:
        """Return a cure by settings, ``model_beta=1.0``, as a tuple of one.

        Empty where the config has no such settings, or has these values already.
        """
        # `model_beta` is the setting `model.beta`: keyword arguments have no dots.
        named = [(*key.split("_", 1), value) for key, value in settings.items()]
        # A cure that the family does not know, or that is in place already, is not offered.
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
