"""Overfitting: the validation loss rises from its best value while the training loss still falls."""

from dataclasses import dataclass

import numpy as np

from explorer.jobs.diagnosis.evidence import Evidence, LossCurves, Values, checks_for, noise_of, running_mean
from explorer.jobs.diagnosis.notice import Cure, Notice

RISE_SHARE, STANDING_RISE_SHARE = 0.01, 0.005
"""Limits of the rise, as a share of the total fall of the validation loss. The default settings of all families rise by
less than 0.003; trained on 50 digits, a VAE of 8 dimensions rises by 0.0125, an autoencoder by 0.30."""
NOISES = 5.0
"""Smallest rise, and smallest fall of the training loss, in standard errors of the difference of two running means."""
PATIENCE, PATIENCE_SHARE = 5, 0.1
"""Smallest distance of the best epoch from the newest, in epochs and as a share of all epochs."""


@dataclass(frozen=True)
class _TurningPoint:
    best_epoch: float
    best: float
    now: float
    train_fell: float


@checks_for("overfitting")
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a notice if the run overfits, with the epoch of its best weights."""
    if not (evidence.family.model_type.has_validation_loss and evidence.family.model_type.trained_by_steps):
        return None
    whole = evidence.losses
    if not len(whole):
        return None
    share = STANDING_RISE_SHARE if standing else RISE_SHARE
    turn = find_turning_point(whole.since(evidence.settled), share, initial=float(whole.validation[0]))
    if turn is None:
        return None
    best, now = evidence.information(turn.best, 4), evidence.information(turn.now, 4)
    sentence = (
        f"Overfitting: the validation loss rose from {best} at epoch {turn.best_epoch:g} to {now} "
        f"{evidence.unit.name}, while the training loss fell by {evidence.information(turn.train_fell)}."
    )
    meaning = (
        "The model memorizes the training samples, which does not help with other samples. The weights of the lowest "
        "loss are saved with the run."
    )
    return Notice(check.kind, sentence, meaning, turn.best_epoch, "warning", _cures(evidence, turn.best_epoch))


def find_turning_point(losses: LossCurves, rise_share: float, initial: float) -> _TurningPoint | None:
    """Return where the curves diverge; None if they do not, or if noise may be the reason.

    ``initial`` is the initial validation loss; it is computed with the loss at the end of all schedules.
    """
    window, count = losses.window, len(losses)
    if count < window + PATIENCE or not np.isfinite(losses.validation).all():
        return None
    # The minimum of the smoothed loss, since a single lucky epoch is not a turning point.
    smooth = running_mean(losses.validation, window)
    best = int(smooth.argmin())
    epochs_since = len(smooth) - 1 - best
    # Shortly after a minimum, the loss may still fall again.
    if epochs_since < max(PATIENCE, PATIENCE_SHARE * count):
        return None
    rise, fallen = float(smooth[-1] - smooth[best]), initial - float(smooth[best])
    train = running_mean(losses.train, window)  # NaN if a window includes epoch 0, before training
    train_then = train[best] if np.isfinite(train[best]) else train[best + 1]
    fell = float(train_then - train[-1])
    # All three must hold: the rise is large compared with the fall and the noise, and the training loss still falls.
    if rise < rise_share * max(fallen, 0.0) or rise < NOISES * _error(losses.validation[best:], window):
        return None
    if not fell > NOISES * _error(losses.train[best + 1 :], window):
        return None
    # The lowest epoch of the window; its weights are also the saved best ones.
    at = int(losses.validation[best : best + window].argmin()) + best
    return _TurningPoint(float(losses.epochs[at]), float(losses.validation[at]), float(smooth[-1]), fell)


def _error(values: Values, window: int) -> float:
    """Return the standard error of the difference between two means of ``window`` values each."""
    return noise_of(values) * float(np.sqrt(2 / window))


def _cures(evidence: Evidence, best_epoch: float) -> tuple[Cure, ...]:
    train, epochs = evidence.config.train, max(1, round(best_epoch))
    cures = evidence.cure(f"{epochs} epochs, where the validation loss was lowest", train_epochs=epochs)
    # More data and noise lower the loss further, but it rises again if the training is much too long.
    if train.fraction < 1:
        title = f"all training samples, for {epochs} epochs"
        cures += evidence.cure(title, train_fraction=1.0, train_epochs=epochs)
    if train.corruption == "none" and evidence.capabilities.encoder and not evidence.family.model_type.takes_words:
        cures += evidence.cure(
            f"corrupting the input (gaussian, level 0.2), for {epochs} epochs",
            train_corruption="gaussian",
            train_corruption_level=0.2,
            train_epochs=epochs,
        )
    return cures
