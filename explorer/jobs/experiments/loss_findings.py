"""What is known about each run of an experiment: its curves during training, its figures afterwards."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from explorer.config import RunConfig
from explorer.jobs.experiments.loss_experiment import loss_title, member_parts
from explorer.latent.evaluation.figures import Figures
from explorer.models.variational.kl_objective import KlObjectiveConfig
from explorer.models.variational.loss_text import LossPart
from explorer.runs.history import History
from explorer.runs.run_group import RunGroup

NEGLIGIBLE_KL = 0.05
"""Nats per sample. With a smaller KL, z carries practically no information about x."""
EQUAL_DECODES = 0.01
"""Model units. Decodes that differ by less count as equal."""
POINT_RATIO = 0.01
"""Mean σ as a share of the spread of the codes. Posteriors with a smaller share count as points."""

Split = Literal["validation", "test"]


@dataclass(frozen=True)
class Finding:
    """One run of an experiment.

    Attributes
    ----------
    epoch, epochs
        Epochs trained so far, and epochs to train.
    training
        True while it trains.
    finished
        True once the training has ended by itself, at its last epoch or early.
    validation_kl, validation_reconstruction
        Newest values of the validation curves, in nats per sample; None before the first validation, or if not
        defined.
    figures
        Figures of the newest weights on the test split; None until they are computed.
    """

    path: Path
    group: RunGroup
    config: RunConfig
    epoch: float = 0.0
    training: bool = False
    validation_kl: float | None = None
    validation_reconstruction: float | None = None
    figures: Figures | None = None
    finished: bool = False

    @property
    def title(self) -> str:
        """The terms that are kept, as shown to users."""
        return loss_title(self.config.model, self.group) or self.group.member

    @property
    def parts(self) -> tuple[LossPart, ...]:
        """The terms of its loss, dropped ones included."""
        return member_parts(self.config.model)

    @property
    def epochs(self) -> int:
        """Epochs to train; those trained if the training has stopped early."""
        return round(self.epoch) if self.finished else self.config.train.epochs

    @property
    def beta(self) -> float | None:
        """The weight of the KL; None if the loss has none."""
        return self.config.model.beta if isinstance(self.config.model, KlObjectiveConfig) else None

    @property
    def kl(self) -> float | None:
        """KL(q(z|x) ‖ p(z)) on the test split, or on the validation split until figures are computed."""
        return self.validation_kl if self.figures is None else self.figures.kl

    @property
    def reconstruction(self) -> float | None:
        """−log p(x|z) on the test split, or on the validation split until figures are computed."""
        return self.validation_reconstruction if self.figures is None else self.figures.reconstruction


@dataclass(frozen=True)
class RatePoint:
    """A run as a point of the rate–distortion curve; both coordinates are in nats per sample."""

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
    """Return the newest epoch, and the newest KL and reconstruction on the validation split, in nats per sample."""
    # Metrics are appended in order, so the last validation is the newest.
    newest = next((metric.terms for metric in reversed(history.metrics) if metric.split == "validation"), {})
    return history.last_epoch, newest.get("kl"), newest.get("reconstruction")


def rate_distortion(findings: Sequence[Finding]) -> tuple[Split, tuple[RatePoint, ...]]:
    """Return the split of the values, and the points in ascending order of β.

    The split is "test" only once every run has figures, so that all points are comparable. The rate
    is the KL, the distortion the reconstruction (Alemi et al. 2018, "Fixing a broken ELBO", arXiv 1711.00464).
    """
    measured = bool(findings) and all(finding.figures is not None for finding in findings)
    points = []
    for finding in findings:
        rate = finding.kl if measured else finding.validation_kl
        distortion = finding.reconstruction if measured else finding.validation_reconstruction
        # NaN losses of a diverged run would break the scale of the plot.
        if finding.beta is None or rate is None or distortion is None or not math.isfinite(rate + distortion):
            continue
        done = finding.epoch, finding.epochs, finding.training
        points.append(RatePoint(finding.path, finding.title, finding.beta, rate, distortion, *done))
    return "test" if measured else "validation", tuple(sorted(points, key=lambda point: point.beta))


def in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the runs in the order of the group."""
    return tuple(sorted(findings, key=lambda finding: finding.group.place))
