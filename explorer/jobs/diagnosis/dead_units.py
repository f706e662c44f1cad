"""Units of a sparse code that are on for no sample."""

from explorer.jobs.diagnosis.check import checks_for
from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.jobs.diagnosis.shrunk_posterior import epoch_of_codes
from explorer.latent.metrics.codes.sparse_activity import activity_of

DEAD, STANDING_DEAD = 1 / 3, 0.3
"""Share of the units. Some die in any sparse code: of the default's 128 on digits, 21."""
START_STEPS = 250
"""As for a posterior: units need a while to find what they are for."""


@checks_for("dead units")
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Say how many units no sample switches on, where they are many."""
    codes = evidence.codes
    if codes is None or not codes.are_finite or codes.step < START_STEPS or evidence.now < evidence.settled:
        return None
    activity = activity_of(evidence.config.model, codes.mean)
    units = len(activity.share) if activity is not None else 0
    dead = len(activity.dead) if activity is not None else 0
    if dead == 0 or dead < (STANDING_DEAD if standing else DEAD) * units:
        return None
    sentence = f"{dead} of {units} units of the code are dead: on for no sample."
    meaning = "What is never on gets no gradient and learns nothing, so that the code is narrower than it looks."
    return Notice(check.kind, sentence, meaning, epoch_of_codes(evidence, codes, standing), "warning", _cures(evidence))


def _cures(evidence: Evidence) -> tuple[Cure, ...]:
    weight = evidence.model_setting("sparsity_weight")
    cures: tuple[Cure, ...] = ()
    if weight:
        cures += evidence.cure(f"a sparsity weight of {weight / 3:.2g}", model_sparsity_weight=round(weight / 3, 4))
    # With k-sparse codes, a small k at the start lets the same few units win every time.
    if (k := evidence.model_setting("active_units")) is not None:
        cures += evidence.cure(f"k = {2 * k} active units", model_active_units=2 * k)
        after = float(evidence.model_setting("active_units_after", 0.0))
        longer = max(10.0, 2 * after)
        cures += evidence.cure(f"k reached only after {longer:g} epochs", model_active_units_after=longer)
    rate = evidence.config.train.learning_rate
    return cures + evidence.cure(f"a learning rate of {rate / 3:.2g}", train_learning_rate=float(f"{rate / 3:.2g}"))
