"""What is known of the runs of an experiment on the loss: by their curves while they train, by figures afterwards."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from explorer.config import RunConfig
from explorer.jobs.experiments.loss_experiment import kept_title, member_parts
from explorer.latent.evaluation.figures import Figures
from explorer.models.variational.kl_objective import KlObjectiveConfig
from explorer.models.variational.loss_text import LossPart
from explorer.runs.history import History
from explorer.runs.run_group import RunGroup

GONE_KL = 0.05
"""Nats per sample; below this z tells nothing of x."""
ALIKE = 0.01
"""Model values; decodes that differ by less are alike."""
POINT_RATIO = 0.01
"""Of the codes' spread; posteriors of a smaller σ are points."""
CLEARLY = 2.0
"""Standard errors that a difference needs to be one."""

LEAST = 1e-4
"""Smaller numbers are written as smaller than this."""

Split = Literal["validation", "test"]


@dataclass(frozen=True)
class Finding:
    """One run of an experiment as far as it is known.

    Attributes
    ----------
    epoch, epochs
        How many epochs it has been trained, and is to be.
    training
        Whether it trains now.
    validation_kl, validation_reconstruction
        The newest of its curves, nats per sample; None before the first, or where not defined.
    figures
        Of its newest weights on the test split, once measured.
    """

    path: Path
    group: RunGroup
    config: RunConfig
    epoch: float = 0.0
    training: bool = False
    validation_kl: float | None = None
    validation_reconstruction: float | None = None
    figures: Figures | None = None

    @property
    def title(self) -> str:
        """What of the loss is kept, for people."""
        return kept_title(self.config.model, self.group) or self.group.member

    @property
    def parts(self) -> tuple[LossPart, ...]:
        """Its loss, with what is struck out."""
        return member_parts(self.config.model)

    @property
    def epochs(self) -> int:
        """How many epochs it is to be trained."""
        return self.config.train.epochs

    @property
    def beta(self) -> float | None:
        """The weight of its KL; None where its loss has none."""
        return self.config.model.beta if isinstance(self.config.model, KlObjectiveConfig) else None

    @property
    def kl(self) -> float | None:
        """KL(q(z|x) ‖ p(z)) of the test split, or of the validation split until that is measured."""
        return self.validation_kl if self.figures is None else self.figures.kl

    @property
    def reconstruction(self) -> float | None:
        """−log p(x|z), likewise."""
        return self.validation_reconstruction if self.figures is None else self.figures.reconstruction


@dataclass(frozen=True)
class RatePoint:
    """A run on the plane of rate and distortion, both in nats per sample."""

    path: Path
    title: str
    beta: float
    rate: float
    distortion: float
    epoch: float
    epochs: int
    training: bool

    @property
    def elbo(self) -> float:
        """−(reconstruction + KL), nats per sample."""
        return -(self.rate + self.distortion)


def latest_losses(history: History) -> tuple[float, float | None, float | None]:
    """Return the newest epoch, and the validation's newest KL and reconstruction in nats per sample."""
    metrics = history.metrics
    epoch = metrics[-1].epoch if metrics else 0.0
    newest = next((metric.terms for metric in reversed(metrics) if metric.split == "validation"), {})
    return epoch, newest.get("kl"), newest.get("reconstruction")


def rate_distortion(findings: Sequence[Finding]) -> tuple[Split, tuple[RatePoint, ...]]:
    """Return the split that all are measured on, and a point for each run that has one, by rising β.

    The rate is the KL, the distortion the reconstruction (Alemi et al. 2018, "Fixing a broken ELBO", arXiv 1711.00464).
    """
    measured = bool(findings) and all(finding.figures is not None for finding in findings)
    points = []
    for finding in findings:
        rate = finding.kl if measured else finding.validation_kl
        distortion = finding.reconstruction if measured else finding.validation_reconstruction
        if finding.beta is None or rate is None or distortion is None or not math.isfinite(rate + distortion):
            continue
        done = finding.epoch, finding.epochs, finding.training
        points.append(RatePoint(finding.path, finding.title, finding.beta, rate, distortion, *done))
    return "test" if measured else "validation", tuple(sorted(points, key=lambda point: point.beta))


def in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the runs of a group in their order."""
    return tuple(sorted(findings, key=lambda finding: finding.group.place))


def number(value: float) -> str:
    """Write a number for people: three decimals below 0.1, two below 10, one above, next to nothing as such."""
    if 0 < abs(value) < LEAST:
        return f"<{LEAST:g}" if value > 0 else f"−<{LEAST:g}"
    digits = 3 if abs(value) < 0.0995 else 2 if abs(value) < 9.995 else 1
    return (f"{value:.2g}" if 0 < abs(value) < 0.0095 else f"{value:.{digits}f}").replace("-", "−")


def percent(share: float) -> str:
    """Write a share as per cent."""
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"
