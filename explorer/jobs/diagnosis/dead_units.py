"""Dead units: units of a sparse code that are active for no sample."""

from explorer.jobs.diagnosis.evidence import Evidence, checks_for, epoch_of_codes
from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.latent.metrics.codes.sparse_activity import activity_of

DEAD, STANDING_DEAD = 1 / 3, 0.3
"""Limits of the share of dead units. Every sparse code has some: the default has 21 of 128 on digits."""
START_STEPS = 250
"""Earlier codes are ignored, since units need some steps to specialize."""


@checks_for("dead units")
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a notice if many units are active for no sample."""
    codes = evidence.codes
    if codes is None or not codes.are_finite or codes.step < START_STEPS or evidence.now < evidence.settled:
        return None
    activity = activity_of(evidence.config.model, codes.mean)
    units = len(activity.share) if activity is not None else 0
    dead = len(activity.dead) if activity is not None else 0
    if dead == 0 or dead < (STANDING_DEAD if standing else DEAD) * units:
        return None
    sentence = f"{dead} of {units} units of the code are dead: active for no sample."
    meaning = "A unit that is never active gets no gradient and learns nothing, so the code is narrower than it looks."
    return Notice(check.kind, sentence, meaning, epoch_of_codes(evidence, codes, standing), "warning", _cures(evidence))


def _cures(evidence: Evidence) -> tuple[Cure, ...]:
    weight = evidence.model_setting("sparsity_weight")
    cures: tuple[Cure, ...] = ()
    if weight:
        cures += evidence.cure(f"a sparsity weight of {weight / 3:.2g}", model_sparsity_weight=round(weight / 3, 4))
    # With a small k from the start, the same few units win every time.
    if (k := evidence.model_setting("active_units")) is not None:
        cures += evidence.cure(f"k = {2 * k} active units", model_active_units=2 * k)
        after = float(evidence.model_setting("active_units_after", 0.0))
        longer = max(10.0, 2 * after)
        cures += evidence.cure(f"reaching k only after {longer:g} epochs", model_active_units_after=longer)
    rate = evidence.config.train.learning_rate
    return cures + evidence.cure(f"a learning rate of {rate / 3:.2g}", train_learning_rate=float(f"{rate / 3:.2g}"))
