"""The codes are on a line: they vary in only one direction of the latent space."""

import numpy as np

from explorer.jobs.diagnosis.evidence import Evidence, checks_for, epoch_of_codes
from explorer.jobs.diagnosis.notice import Notice
from explorer.latent.principal import principal_deviations
from explorer.models.linear.linear_autoencoder import is_linear_by_settings
from explorer.models.linear_parts import Linear

LINE, STANDING_LINE = 0.99, 0.98
"""Limits of the share of the variance along the first principal axis. The default settings have 0.1 to 0.7."""
START_STEPS = 250
"""Earlier codes are ignored: they start close together and spread from a line."""


@checks_for("codes on a line")
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a notice if the codes of an autoencoder vary in one direction only.

    A VAE has the notice about unused dimensions instead.
    """
    codes, model_type = evidence.codes, evidence.family.model_type
    if codes is None or not codes.are_finite or evidence.config.model.latent_dim < 2 or codes.step < START_STEPS:
        return None
    # A linear model shows the variance of the data itself, which may be along one line.
    is_linear = issubclass(model_type, Linear) or is_linear_by_settings(evidence.config.model, model_type)
    if evidence.capabilities.stochastic_posterior or is_linear or not model_type.trained_by_steps:
        return None
    variances = principal_deviations(codes.mean) ** 2
    share = float(variances[0] / variances.sum()) if variances.sum() > 0 else 0.0
    if share < (STANDING_LINE if standing else LINE):
        return None
    dimensions = evidence.config.model.latent_dim
    sentence = (
        f"The codes are on a line: {_rounded_down(share)} of their variance is along one of {dimensions} directions."
    )
    meaning = (
        "The codes use only one direction of the bottleneck. Units before the code may be inactive, or one "
        "dimension may have a far larger scale than the others."
    )
    train = evidence.config.train
    cures = evidence.cure(
        f"a learning rate of {train.learning_rate / 10:g}, a tenth", train_learning_rate=train.learning_rate / 10
    )
    if evidence.model_setting("activation") == "relu":
        cures += evidence.cure("activation leaky_relu, which has no inactive units", model_activation="leaky_relu")
    cures += evidence.cure("twice as many epochs", train_epochs=2 * train.epochs)
    # Units die by chance at the start; other initial weights may keep them.
    cures += evidence.cure("another seed", train_seed=train.seed + 1)
    return Notice(check.kind, sentence, meaning, epoch_of_codes(evidence, codes, standing), "warning", cures)


def _rounded_down(share: float) -> str:
    """Return a share such as ``"99.3 %"``, rounded down so that it is never 100 % by rounding."""
    return f"{np.floor(share * 1000) / 10:g} %"
