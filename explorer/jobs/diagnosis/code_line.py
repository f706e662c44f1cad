"""The codes lie on a line: of all latent dimensions, one direction is in use."""

import numpy as np

from explorer.jobs.diagnosis.check import checks_for
from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.diagnosis.notice import Notice
from explorer.jobs.diagnosis.shrunk_posterior import epoch_of_codes
from explorer.latent.principal import principal_deviations
from explorer.models.linear_parts import Linear

LINE, STANDING_LINE = 0.99, 0.98
"""Share of the codes' variance along their first principal axis. The defaults have 0.1 to 0.7."""
START_STEPS = 250
"""As for a posterior: codes begin near one another, and spread out from a line."""


@checks_for("codes on a line")
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Say that an autoencoder of several dimensions uses one direction alone.

    Of a VAE, the dimensions that carry nothing say it; of a linear model, the data's own variances.
    """
    codes, model_type = evidence.codes, evidence.family.model_type
    if codes is None or not codes.are_finite or evidence.config.model.latent_dim < 2 or codes.step < START_STEPS:
        return None
    # A linear model shows the variances of the data, which may well lie on a line.
    if evidence.capabilities.stochastic_posterior or issubclass(model_type, Linear) or not model_type.trained_by_steps:
        return None
    variances = principal_deviations(codes.mean) ** 2
    share = float(variances[0] / variances.sum()) if variances.sum() > 0 else 0.0
    if share < (STANDING_LINE if standing else LINE):
        return None
    dimensions = evidence.config.model.latent_dim
    sentence = f"The codes lie on a line: {percent(share)} of their variance is along one of {dimensions} directions."
    meaning = (
        "The bottleneck is wider than what passes it: units of the layers before the code may have stopped answering, "
        "or the scales of the code's dimensions differ so much that the smaller ones are not seen."
    )
    train = evidence.config.train
    cures = evidence.cure(
        f"a learning rate of {train.learning_rate / 10:g}, a tenth", train_learning_rate=train.learning_rate / 10
    )
    if evidence.model_setting("activation") == "relu":
        cures += evidence.cure("an activation whose units always answer, leaky_relu", model_activation="leaky_relu")
    cures += evidence.cure("twice as many epochs", train_epochs=2 * train.epochs)
    # Units that died at the start die by chance: other initial weights may keep them.
    cures += evidence.cure("another seed", train_seed=train.seed + 1)
    return Notice(check.kind, sentence, meaning, epoch_of_codes(evidence, codes, standing), "warning", cures)


def percent(share: float) -> str:
    """Return a share as ``"99.3 %"``, never rounded up to all."""
    return f"{np.floor(share * 1000) / 10:g} %"
