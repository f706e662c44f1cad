"""Train and validation part: the validation loss rises from its best while the training loss goes on falling."""

from dataclasses import dataclass

import numpy as np

from explorer.jobs.diagnosis.check import checks_for
from explorer.jobs.diagnosis.curves import LossCurves, noise_of, running_mean
from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.diagnosis.notice import Cure, Notice

RISE_SHARE, STANDING_RISE_SHARE = 0.01, 0.005
"""Of what the validation loss has fallen in all. The defaults of all families rise by less than 0.003 of it; trained on
50 samples of the digits, a VAE of 8 dimensions rises by 0.0125, an autoencoder by 0.30."""
NOISES = 4.0
"""How many standard errors of a running mean the rise has to be."""
PATIENCE, PATIENCE_SHARE = 5, 0.1
"""Epochs that the best has to lie behind, and their share of all so far."""


@dataclass(frozen=True)
class _Parting:
    best_epoch: float
    best: float
    now: float
    train_fell: float


@checks_for("overfitting")
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Say that train and validation part, since when, and that the best weights are kept."""
    if not (evidence.family.model_type.has_validation_loss and evidence.family.model_type.trained_by_steps):
        return None
    whole = evidence.losses
    if not len(whole):
        return None
    share = STANDING_RISE_SHARE if standing else RISE_SHARE
    parting = find_parting(whole.since(evidence.settled), share, began=float(whole.validation[0]))
    if parting is None:
        return None
    sentence = (
        f"Train and validation part: the validation loss rose from {parting.best:.4g} at epoch {parting.best_epoch:g} "
        f"to {parting.now:.4g} nats, while the training loss fell by {parting.train_fell:.3g}."
    )
    meaning = (
        "It learns the training samples by heart, and other samples gain nothing from it. The best weights, of epoch "
        f"{parting.best_epoch:g}, are kept with the run."
    )
    return Notice(check.kind, sentence, meaning, parting.best_epoch, "warning", _cures(evidence, parting.best_epoch))


def find_parting(losses: LossCurves, rise_share: float, began: float) -> _Parting | None:
    """Return where the curves part; None where they do not, or noise may be all there is to it.

    ``began`` is where the validation loss began, schedules or not: it is measured as at their end.
    """
    window, count = losses.window, len(losses)
    if count < window + PATIENCE or not np.isfinite(losses.validation).all():
        return None
    # The lowest smoothed loss, not the lowest of all: a single lucky epoch is no turning point.
    smooth = running_mean(losses.validation, window)
    best = int(smooth.argmin())
    behind = len(smooth) - 1 - best
    # Shortly after a minimum nobody can say that the loss will not fall again.
    if behind < max(PATIENCE, PATIENCE_SHARE * count):
        return None
    rise, fallen = float(smooth[-1] - smooth[best]), began - float(smooth[best])
    # The error of the difference between two means of ``window`` values each.
    error = noise_of(losses.validation[best:]) * np.sqrt(2 / window)
    train = running_mean(losses.train, window)  # NaN where a window has epoch 0, before the training
    train_then = train[best] if np.isfinite(train[best]) else train[best + 1]
    fell = float(train_then - train[-1])
    # All three must hold: the rise is large beside the whole fall, and beside the noise, and training goes on falling.
    if rise < rise_share * max(fallen, 0.0) or rise < NOISES * error or not fell > 0:
        return None
    # The window's lowest epoch, which is also the one whose weights are kept as the best.
    at = int(losses.validation[best : best + window].argmin()) + best
    return _Parting(float(losses.epochs[at]), float(losses.validation[at]), float(smooth[-1]), fell)


def _cures(evidence: Evidence, best_epoch: float) -> tuple[Cure, ...]:
    train, epochs = evidence.config.train, max(1, round(best_epoch))
    cures = evidence.cure(f"{epochs} epochs, where it was best", train_epochs=epochs)
    # More data is the surest cure, so it is offered where there is more.
    if train.fraction < 1:
        cures += evidence.cure("all of the training samples, not a share of them", train_fraction=1.0)
    if train.corruption == "none" and evidence.capabilities.encoder and not evidence.family.model_type.takes_words:
        cures += evidence.cure(
            "corrupting what the encoder sees (gaussian, level 0.2)", train_corruption="gaussian",
            train_corruption_level=0.2,
        )  # fmt: skip
    return cures
