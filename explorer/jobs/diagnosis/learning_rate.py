"""The learning rate is evidently too high: the loss is no number, leaps above where it began, or goes up and down."""

from dataclasses import dataclass

import numpy as np

from explorer.jobs.diagnosis.check import checks_for
from explorer.jobs.diagnosis.curves import LossCurves
from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.training.loop import NOT_A_NUMBER

LEAP = 1.0
"""How far above its beginning the loss leaps, as a share of all that it ever falls below it. The defaults of all
families stay below 0.01; a VAE on digits at a rate of 0.05, fifty times its default, leaps 341 times its fall."""
RISE, STANDING_RISE = 0.1, 0.06
"""An epoch's mean loss above the one before, as a share of the whole fall. The defaults rise by less than 0.012 of it,
those that see one or two batches in an epoch by up to 0.07."""
MIN_RISE = 0.01
"""As a share of the loss itself: where it hardly falls at all, noise is a large share of its fall."""
RISES = 3
"""How many such rises in the later half of the epochs are going up and down."""
MIN_EPOCHS = 8


@dataclass(frozen=True)
class _Sign:
    words: str
    since: float


@checks_for("learning rate", explains=("posterior collapse", "unused dimensions", "codes on a line", "dead units"))
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Say that the learning rate is too high, and by which sign."""
    model_type = evidence.family.model_type
    if not model_type.trained_by_steps:
        return None
    sign = _no_number(evidence)
    if sign is None and model_type.has_validation_loss:
        sign = _leap(evidence) or _ups_and_downs(evidence, STANDING_RISE if standing else RISE)
    if sign is None:
        return None
    rate = evidence.config.train.learning_rate
    sentence = f"The learning rate, {rate:g}, is evidently too high: {sign.words}."
    meaning = (
        "Steps that long throw the weights to where units stop answering; what is seen afterwards, as codes that have "
        "collapsed, may be the learning rate's doing and no property of the model."
    )
    return Notice(check.kind, sentence, meaning, sign.since, "warning", _cures(evidence))


def _no_number(evidence: Evidence) -> _Sign | None:
    if evidence.status == "failed" and evidence.reason.startswith(NOT_A_NUMBER):
        # `now` is the last epoch with a number; what came after was never logged.
        return _Sign(f"the loss is no longer a number since epoch {evidence.now:.3g}", evidence.now)
    return None


def _leap(evidence: Evidence) -> _Sign | None:
    """Find a loss that leaps above its beginning, by more than it ever falls below it."""
    epochs, train = evidence.history.curve("train", "total")
    epochs, train = epochs[np.isfinite(train)], train[np.isfinite(train)]
    losses = evidence.losses
    if not len(train):
        return None
    began = float(losses.validation[0]) if np.isfinite(losses.validation[:1]).all() else float(train[0])
    # The loss before training is only in the validation curve; the training curve begins after some steps.
    lowest = min(float(train.min()), began)
    highest = int(train.argmax())
    above, fallen = float(train[highest]) - began, began - lowest
    # Before it has fallen at all, a slight rise is no sign.
    if above <= LEAP * fallen or above <= LEAP * abs(began) * 0.1:
        return None
    return _Sign(
        f"the loss leapt to {train[highest]:.3g} nats in epoch {np.ceil(epochs[highest]):g}, from {began:.3g} before",
        float(epochs[highest]),
    )


def _ups_and_downs(evidence: Evidence, share: float) -> _Sign | None:
    losses = evidence.losses.since(evidence.settled)
    train = losses.train[np.isfinite(losses.train)]
    if len(train) < MIN_EPOCHS:
        return None
    # The first half is left out: while the loss falls steeply, its epochs differ for good reasons.
    late = np.diff(train)[len(train) // 2 :]
    # Beside the loss itself too, since a model that hardly learns has a fall of almost nothing.
    limit = max(share * _fall(evidence.losses), MIN_RISE * float(np.abs(np.median(train))))
    rises = np.flatnonzero(late > limit)
    if len(rises) < RISES:
        return None
    words = f"the loss goes up and down, by up to {late.max():.3g} nats from one epoch to the next"
    return _Sign(words, float(losses.epochs[len(losses) - len(late) + rises[0]]))


def _fall(losses: LossCurves) -> float:
    """Return how far the loss has fallen in all, schedules included."""
    known = losses.train[np.isfinite(losses.train)]
    return float(max(np.nanmax(losses.validation, initial=known.max()), known.max()) - known.min())


def _cures(evidence: Evidence) -> tuple[Cure, ...]:
    rate, default = evidence.config.train.learning_rate, evidence.family.train.learning_rate
    lower = default if rate > default else rate / 10
    # The family's default has been tried on its data; only below it is a tenth a guess.
    title = "the family's default" if rate > default else "a tenth"
    cures = evidence.cure(f"a learning rate of {lower:g}, {title}", train_learning_rate=lower)
    if evidence.config.train.learning_rate_schedule == "constant":
        cures += evidence.cure(
            f"one of {lower:g} that falls along a cosine",
            train_learning_rate=lower,
            train_learning_rate_schedule="cosine",
        )
    return cures
