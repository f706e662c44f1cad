"""The discriminator wins: it separates generated from real samples so well that the generator gets no gradient."""

import numpy as np

from explorer.jobs.diagnosis.evidence import Evidence, checks_for
from explorer.jobs.diagnosis.notice import Cure, Notice

WINS, STANDING_WINS = 0.2, 0.3
"""Limits of the loss of the discriminator, in nats. It is 2 log 2 = 1.39 for a random guess; at 0.2, nine of ten
predictions are right. The default settings stay above 0.97."""
HELPLESS = 2.0
"""Limit of the loss of the generator, −E log D(generated), in nats. It is log 2 = 0.69 for a random guess; at 2, the
discriminator takes 1 of 7 generated samples for real."""
IN_A_ROW = 5
"""Number of successive epochs that must agree, since the two losses oscillate."""


@checks_for("discriminator wins")
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a notice if the discriminator has won in each of the last epochs."""
    rows = [
        (metric.epoch, metric.terms["discriminator"], metric.terms["generator"])
        for metric in evidence.validations
        if {"discriminator", "generator"} <= metric.terms.keys()
    ]
    limit = STANDING_WINS if standing else WINS
    since = None
    # From the newest epoch backwards, since only successive epochs count.
    for count, (epoch, discriminator, generator) in enumerate(reversed(rows), start=1):
        if not (discriminator < limit and generator > HELPLESS):
            break
        since = epoch if count >= IN_A_ROW else None
    if since is None:
        return None
    # Means, since losses of single validations scatter.
    discriminator, generator = np.mean([row[1:] for row in rows[-IN_A_ROW:]], axis=0)
    unit = evidence.unit
    own, guess, other = (value * unit.per_nat for value in (discriminator, 2 * np.log(2), generator))
    sentence = (
        f"The discriminator wins: its loss is {own:.2g} {unit.name} ({guess:.3g} for a random guess), the loss of the "
        f"generator {other:.2g}."
    )
    meaning = (
        "It separates generated from real samples almost perfectly, so the generator gets almost no gradient. Its "
        "samples may stay poor or all look alike."
    )
    return Notice(check.kind, sentence, meaning, since, "warning", _cures(evidence))


def _cures(evidence: Evidence) -> tuple[Cure, ...]:
    # A narrower discriminator and a smaller learning rate only delayed it.
    penalty = evidence.model_setting("gradient_penalty")
    usual = vars(evidence.family.config_type()).get("gradient_penalty")
    if penalty is None or usual is None:
        return ()
    more = usual if penalty < usual else 3 * penalty  # back to the default first, then beyond it
    return evidence.cure(f"a gradient penalty of {more:g}", model_gradient_penalty=float(more))
