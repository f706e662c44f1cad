"""The learning rate is too high: the loss is NaN, jumps above its initial value, or goes up and down."""

from dataclasses import dataclass

import numpy as np

from explorer.jobs.diagnosis.evidence import Evidence, LossCurves, checks_for
from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.training.loop import NOT_A_NUMBER

JUMP = 1.0
"""Limit of a jump above the initial loss, as a share of the fall below it. The default settings of all families stay
below 0.01; a VAE on digits with a rate of 0.05, fifty times its default, jumps by 341 times its fall."""
RISE, STANDING_RISE = 0.1, 0.06
"""Limits of the rise from one epoch to the next, as a share of the whole fall. The default settings rise by less than
0.012, those with one or two batches per epoch by up to 0.07."""
MIN_RISE = 0.01
"""Smallest rise, as a share of the loss itself: if the loss hardly falls, noise is a large share of its fall."""
RISES = 3
"""Number of such rises in the second half of the epochs that count as going up and down."""
MIN_NATS = 0.1
"""Smallest jump or rise that counts, in nats per sample: a loss near 0, such as the KL alone, has converged, even if
its noise is a large share of it."""
USUAL = 0.9
"""Quantile, over the epochs, of the difference between training and validation loss that counts as usual."""
MIN_EPOCHS = 8
"""Minimum number of epochs from which ups and downs are judged."""


@dataclass(frozen=True)
class _Sign:
    words: str
    since: float


@checks_for("learning rate", explains=("posterior collapse", "unused dimensions", "codes on a line", "dead units"))
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a notice if the loss shows that the learning rate is too high."""
    model_type = evidence.family.model_type
    if not model_type.trained_by_steps:
        return None
    sign = _no_number(evidence)
    if sign is None and model_type.has_validation_loss:
        sign = _jump(evidence) or _ups_and_downs(evidence, STANDING_RISE if standing else RISE)
    if sign is None:
        return None
    rate = evidence.config.train.learning_rate
    sentence = f"The learning rate of {rate:g} is too high: {sign.words}."
    meaning = (
        "Steps this large can leave units permanently inactive. Collapsed codes may then be caused by the learning "
        "rate, not by the model."
    )
    return Notice(check.kind, sentence, meaning, sign.since, "warning", _cures(evidence))


def _no_number(evidence: Evidence) -> _Sign | None:
    if evidence.status == "failed" and evidence.reason.startswith(NOT_A_NUMBER):
        # `now` is the last logged epoch; a loss that is not a number is never logged.
        return _Sign(f"the loss became NaN or infinite after epoch {evidence.now:.3g}", evidence.now)
    return None


def _jump(evidence: Evidence) -> _Sign | None:
    """Return a sign if the loss jumps above its initial value by more than it ever falls below it."""
    epochs, train = evidence.history.curve("train", "total")
    epochs, train = epochs[np.isfinite(train)], train[np.isfinite(train)]
    losses = evidence.losses
    if not len(train):
        return None
    known = np.isfinite(losses.validation[:1]).all()
    # The loss before training is only in the validation curve; the training curve begins after some steps.
    initial = float(losses.validation[0]) if known else float(train[0])
    # In small data the training samples may be harder than those of validation, from the first epoch to the last.
    usual = initial + (_train_above_validation(losses) if known else 0.0)
    lowest = min(float(train.min()), usual)
    highest = int(train.argmax())
    above, fallen = float(train[highest]) - usual, usual - lowest
    # Before the loss has fallen at all, a slight rise means nothing.
    if above <= max(JUMP * fallen, JUMP * abs(usual) * 0.1, MIN_NATS):
        return None
    top = f"{evidence.information(float(train[highest]))} {evidence.unit.name}"
    return _Sign(
        f"the loss jumped to {top} in epoch {np.ceil(epochs[highest]):g}, from {evidence.information(initial)} before",
        float(epochs[highest]),
    )


def _ups_and_downs(evidence: Evidence, share: float) -> _Sign | None:
    losses = evidence.losses.since(evidence.settled)
    train = losses.train[np.isfinite(losses.train)]
    if len(train) < MIN_EPOCHS:
        return None
    # Only the second half: while the loss falls steeply, large differences are normal.
    late = np.diff(train)[len(train) // 2 :]
    # Relative to the loss itself as well, since a model that hardly learns has almost no fall.
    limit = max(share * _fall(evidence.losses), MIN_RISE * float(np.abs(np.median(train))), MIN_NATS)
    rises = np.flatnonzero(late > limit)
    if len(rises) < RISES:
        return None
    # With few steps per epoch the training loss varies with the batches; validation always uses the same samples.
    validation = np.diff(losses.validation)[-len(late) :]
    if np.isfinite(validation).all() and (validation > limit).sum() < RISES:
        return None
    most = f"{evidence.information(float(late.max()))} {evidence.unit.name}"
    words = f"the loss goes up and down, by up to {most} from one epoch to the next"
    return _Sign(words, float(losses.epochs[len(losses) - len(late) + rises[0]]))


def _train_above_validation(losses: LossCurves) -> float:
    """Return how far the training loss is usually above the validation loss, in nats; 0 if either is unknown."""
    differences = losses.train - losses.validation
    known = differences[np.isfinite(differences)]
    # A measured difference, not one between two: the largest of a few may be the jump itself.
    return max(float(np.quantile(known, USUAL, method="lower")), 0.0) if len(known) else 0.0


def _fall(losses: LossCurves) -> float:
    """Return the total fall of the loss, schedules included."""
    known = losses.train[np.isfinite(losses.train)]
    return float(max(np.nanmax(losses.validation, initial=known.max()), known.max()) - known.min())


def _cures(evidence: Evidence) -> tuple[Cure, ...]:
    rate, default = evidence.config.train.learning_rate, evidence.family.train.learning_rate
    lower = default if rate > default else rate / 10
    # The default of the family is tested on its example data; a tenth of it is a guess.
    title = "the default of the family" if rate > default else "a tenth"
    cures = evidence.cure(f"a learning rate of {lower:g}, {title}", train_learning_rate=lower)
    if evidence.config.train.learning_rate_schedule == "constant":
        cures += evidence.cure(
            f"a learning rate of {lower:g} with cosine decay",
            train_learning_rate=lower,
            train_learning_rate_schedule="cosine",
        )
    return cures
