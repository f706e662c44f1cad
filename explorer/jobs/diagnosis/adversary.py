"""The discriminator wins: it tells made from real without fail, and the generator learns nothing from it."""

import numpy as np

from explorer.jobs.diagnosis.check import checks_for
from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.diagnosis.notice import Cure, Notice

WINS, STANDING_WINS = 0.2, 0.3
"""Nats, of the discriminator's loss. Where it cannot tell it is 2 log 2 = 1.39; at 0.2 it is right on 9 of 10 of either
kind. The defaults stay above 0.97."""
HELPLESS = 2.0
"""Nats, of the generator's loss −E log D(made): log 2 = 0.69 where it cannot tell; at 2 it believes 1 of 7."""
IN_A_ROW = 5
"""How many epochs in a row: the game goes to and fro."""


@checks_for("discriminator wins")
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Say that the generator is shown up all the time."""
    rows = [
        (metric.epoch, metric.terms["discriminator"], metric.terms["generator"])
        for metric in evidence.validations
        if {"discriminator", "generator"} <= metric.terms.keys()
    ]
    limit = STANDING_WINS if standing else WINS
    since = None
    # From the newest epoch back: only an unbroken row of epochs counts.
    for count, (epoch, discriminator, generator) in enumerate(reversed(rows), start=1):
        if not (discriminator < limit and generator > HELPLESS):
            break
        since = epoch if count >= IN_A_ROW else None
    if since is None:
        return None
    # Means, as single validations of a game scatter.
    discriminator, generator = np.mean([row[1:] for row in rows[-IN_A_ROW:]], axis=0)
    sentence = (
        f"The discriminator wins: its loss is {discriminator:.2g} nats (1.39 where it cannot tell), the generator's "
        f"{generator:.2g}."
    )
    meaning = (
        "It tells made from real without fail, so that the generator hardly learns: what it makes may stay poor, or "
        "be one and the same thing."
    )
    return Notice(check.kind, sentence, meaning, since, "warning", _cures(evidence))


def _cures(evidence: Evidence) -> tuple[Cure, ...]:
    penalty, train = evidence.model_setting("gradient_penalty"), evidence.config.train
    usual = vars(evidence.family.config_type()).get("gradient_penalty")
    cures: tuple[Cure, ...] = ()
    if penalty is not None and usual is not None:
        more = usual if penalty < usual else 3 * penalty  # back to the default first, then beyond it
        cures += evidence.cure(f"a gradient penalty of {more:g}", model_gradient_penalty=float(more))
    # Momentum in a game that turns carries each player past the other's last move (Radford et al. 2016 use 0.5).
    if train.beta1 > 0.5:
        cures += evidence.cure("Adam's β₁ at 0.5", train_beta1=0.5)
    widths = vars(evidence.config.model).get("discriminator_widths")
    if widths:
        narrower = tuple(max(1, width // 2) for width in widths)
        title = "-".join(map(str, narrower))
        cures += evidence.cure(f"a discriminator half as wide ({title})", model_discriminator_widths=narrower)
    return cures + evidence.cure(
        f"a learning rate of {train.learning_rate / 3:.2g}", train_learning_rate=float(f"{train.learning_rate / 3:.2g}")
    )
