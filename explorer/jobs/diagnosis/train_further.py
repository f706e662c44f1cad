"""Train further: at the end of a training with all its epochs, the validation loss still falls."""

from dataclasses import dataclass

import numpy as np

from explorer.jobs.diagnosis.evidence import Evidence, LossCurves, checks_for, noise_of, running_mean
from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.training.early_stopping import STOPPED_EARLY

SHARE = 0.03
"""Limit of the fall over the second half of the training, as a share of the whole fall of the validation loss. Twice as
many epochs then lower the loss by about 1 % of the whole fall."""
NEXT = 0.2
"""Share of that fall that twice as many epochs add at least; in the runs of ``benchmarks/epochs.py`` 0.23 or more."""
NOISES = 4.0
"""Smallest fall, in standard errors of the difference between two running means."""
MIN_EPOCHS = 16
"""Minimum number of epochs from which the end of a training is judged; before, the loss may fall in steps."""


@dataclass(frozen=True)
class _Fall:
    since: float
    before: float
    now: float


@checks_for("train further")
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a remark if more epochs would make the weights of a finished training better."""
    model_type, train = evidence.family.model_type, evidence.config.train
    if evidence.status != "finished" or not (model_type.trained_by_steps and model_type.has_validation_loss):
        return None
    # The patience of the user has already decided that more epochs are not worth it.
    if evidence.reason.startswith(STOPPED_EARLY):
        return None
    # A cosine lowers the learning rate at the end of any training, and the loss with it.
    if train.learning_rate_schedule == "cosine" or not len(evidence.losses):
        return None
    fall = find_fall(evidence.losses.since(evidence.settled), initial=float(evidence.losses.validation[0]))
    if fall is None:
        return None
    before, now = evidence.information(fall.before, 4), evidence.information(fall.now, 4)
    unit, fallen = evidence.unit.name, fall.before - fall.now
    sentence = (
        f"Still improving: the validation loss fell by {evidence.information(fallen, 2)} {unit} in the second half of "
        f"the training, from {before} at epoch {fall.since:g} to {now}."
    )
    meaning = "More epochs make this model better. The training can continue where it ended."
    words = (
        f"{2 * train.epochs} epochs, twice as many, which lower the loss by at least about "
        f"{evidence.information(NEXT * fallen, 1)} {unit}"
    )
    cures = (Cure(words, (("train.epochs", str(2 * train.epochs)),), continues=True),)
    return Notice(check.kind, sentence, meaning, fall.since, "remark", cures)


def find_fall(losses: LossCurves, initial: float) -> _Fall | None:
    """Return the fall over the second half of the epochs.

    None if it is small, if noise may be the reason, or if the loss only recovers and is still above ``initial``, the
    initial validation loss. That is computed with the loss at the end of all schedules.
    """
    window, count = losses.window, len(losses)
    if count <= MIN_EPOCHS or not np.isfinite(losses.validation).all():
        return None
    smooth = running_mean(losses.validation, window)  # the i-th ends at value i + window − 1
    middle = max(count // 2, window - 1)
    before, now = float(smooth[middle - window + 1]), float(smooth[-1])
    fallen = initial - float(smooth.min())
    error = noise_of(losses.validation[middle:]) * np.sqrt(2 / window)
    if now >= initial or before - now <= max(SHARE * fallen, NOISES * error):
        return None
    return _Fall(float(losses.epochs[middle]), before, now)
