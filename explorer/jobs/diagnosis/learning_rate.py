"""The learning rate is too high: the loss becomes NaN, or jumps above its initial value.

A batch with an unusual sample has a high loss at any learning rate. So a jump is compared with what batches do:

1. `_epochs_of` groups the logged training losses by epoch. Each epoch has every sample once, so the highest peak of an
   epoch above its mean has about the same height in all of them, unless the weights have jumped.
2. `_jump` takes the largest training loss of all, and how far it is above the initial one.
3. The peaks of the other epochs show how much of that is due to the batch alone. Epochs in which most losses are far
   above the initial one do not count: there the loss has jumped as well.
"""

from dataclasses import dataclass

import numpy as np

from explorer.jobs.diagnosis.evidence import Evidence, LossCurves, Values, checks_for
from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.training.loop import NOT_A_NUMBER

# `benchmarks/notices.py` checks the limits: its healthy trainings reach 0.8 of the largest of them, its sick ones 4.
PEAKS, STANDING_PEAKS = 3.0, 1.0
"""Limits of a jump beyond the fall of the loss, as multiples of the highest peak in the other epochs."""
MIN_SHARE, MIN_EARLY_SHARE = 0.1, 1.0
"""Smallest jump, as a share of the initial loss: later, and in the first epochs, in which few peaks are known."""
EARLY = 5
"""Number of the first epochs."""
MIN_NATS = 0.1
"""Smallest jump that counts, in nats per sample: a loss near 0, such as the KL alone, has converged, even if its noise
is a large share of it."""
USUAL = 0.9
"""Quantile, over the epochs, of the difference between training and validation loss that counts as usual."""


@dataclass(frozen=True)
class _Sign:
    words: str
    since: float


@dataclass(frozen=True, eq=False)
class _Epochs:
    """The logged training losses of each epoch: their mean, median and maximum, ``(n,)`` each."""

    number: Values
    mean: Values
    median: Values
    highest: Values

    @property
    def peaks(self) -> Values:
        """How far the largest loss of each epoch is above its mean."""
        return self.highest - self.mean


@checks_for(
    "learning rate",
    explains=(
        "posterior collapse",
        "unused dimensions",
        "shrunk posterior",
        "codes on a line",
        "dead units",
        "train further",
    ),
)
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a notice if the loss shows that the learning rate is too high."""
    model_type = evidence.family.model_type
    if not model_type.trained_by_steps:
        return None
    sign = _no_number(evidence)
    if sign is None and model_type.has_validation_loss:
        sign = _jump(evidence, STANDING_PEAKS if standing else PEAKS)
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


def _jump(evidence: Evidence, peaks: float) -> _Sign | None:
    """Return a sign if the loss jumps above its initial value: by more than it falls below it, and than batches do."""
    at, train = evidence.history.curve("train", "total")
    at, train = at[np.isfinite(train)], train[np.isfinite(train)]
    epochs = _epochs_of(at, train)
    if len(epochs.number) < 2:  # nothing to compare the only epoch with
        return None
    initial = _initial(evidence.losses, train)
    top = int(epochs.highest.argmax())
    above, fallen = float(epochs.highest[top]) - initial, max(initial - float(epochs.mean.min()), 0.0)
    calm = epochs.median <= initial + max(fallen, abs(initial), MIN_NATS)
    calm[top] = False
    usual = float(epochs.peaks[calm].max(initial=0.0))
    share = MIN_EARLY_SHARE if len(epochs.number) < EARLY else MIN_SHARE
    if above <= max(fallen + peaks * usual, share * abs(initial), MIN_NATS):
        return None
    highest = f"{evidence.information(float(epochs.highest[top]))} {evidence.unit.name}"
    return _Sign(
        f"the loss jumped to {highest} in epoch {epochs.number[top]:g}, from {evidence.information(initial)} before",
        float(at[train.argmax()]),
    )


def _epochs_of(at: Values, train: Values) -> _Epochs:
    numbers, starts = np.unique(np.ceil(at), return_index=True)  # an epoch ends at a whole number
    parts = np.split(train, starts[1:])
    mean, median, highest = (
        np.array([function(part) for part in parts if len(part)]) for function in (np.mean, np.median, np.max)
    )
    return _Epochs(numbers, mean, median, highest)


def _initial(losses: LossCurves, train: Values) -> float:
    """Return the training loss before training, or shortly after its begin."""
    first = float(train[0])
    if not np.isfinite(losses.validation[:1]).all():
        return first
    # With many steps in an epoch, the first logged loss is a mean over several, and the jump may be among them.
    return min(first, float(losses.validation[0]) + _train_above_validation(losses))


def _train_above_validation(losses: LossCurves) -> float:
    """Return how far the training loss is usually above the validation loss, in nats; 0 if either is unknown."""
    differences = losses.train - losses.validation
    known = differences[np.isfinite(differences)]
    # A measured difference, not one between two: the largest of a few may be the jump itself.
    return max(float(np.quantile(known, USUAL, method="lower")), 0.0) if len(known) else 0.0


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
