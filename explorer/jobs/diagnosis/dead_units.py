"""Dead units: units of a sparse code that are active for no sample."""

from explorer.jobs.diagnosis.collapse_cause import rate_cures
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
    cures, weight = rate_cures(evidence), evidence.model_setting("sparsity_weight")
    # With top-k the same units win every time: a larger k, or one that is reached later, leaves most of them dead.
    if cures or not weight:
        return cures
    # A third of a large weight still leaves many units dead.
    less = min(weight / 3, float(vars(evidence.family.config_type())["sparsity_weight"]))
    return evidence.cure(f"a sparsity weight of {less:.2g}", model_sparsity_weight=round(less, 4))
