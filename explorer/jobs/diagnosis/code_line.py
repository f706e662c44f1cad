"""The codes are on a line or in one point: they vary in only one direction of the latent space, or not at all."""

import numpy as np

from explorer.jobs.diagnosis.collapse_cause import depth_cures, rate_cures
from explorer.jobs.diagnosis.evidence import Evidence, checks_for, epoch_of_codes
from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.latent.principal import principal_deviations
from explorer.models.linear.linear_autoencoder import is_linear_by_settings
from explorer.models.linear_parts import Linear

LINE, STANDING_LINE = 0.99, 0.98
"""Limits of the share of the variance along the first principal axis. The default settings have 0.1 to 0.7."""
POINT = 1e-3
"""Limit of the spread of codes that are almost equal; the default settings have more than 0.3."""
START_STEPS = 250
"""Earlier codes are ignored: they start close together and spread from a line."""


@checks_for("codes on a line")
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a notice if the codes of an autoencoder vary in one direction only, or not at all.

    A VAE has the notices about its posterior instead.
    """
    codes, model_type = evidence.codes, evidence.family.model_type
    if codes is None or not codes.are_finite or codes.step < START_STEPS:
        return None
    # A linear model shows the variance of the data itself, which may be along one line.
    is_linear = issubclass(model_type, Linear) or is_linear_by_settings(evidence.config.model, model_type)
    if evidence.capabilities.stochastic_posterior or is_linear or not model_type.trained_by_steps:
        return None
    deviations = principal_deviations(codes.mean)
    share = float(deviations[0] ** 2 / max((deviations**2).sum(), np.finfo(float).tiny))
    dimensions = evidence.config.model.latent_dim
    if deviations[0] < POINT:
        sentence = "All codes are equal: the encoder returns the same point for every sample."
        meaning = "No information about x passes the bottleneck. Units before the code are probably inactive."
    elif dimensions > 1 and share >= (STANDING_LINE if standing else LINE):
        along = f"{_rounded_down(share)} of their variance is along one of {dimensions} directions"
        sentence = f"The codes are on a line: {along}."
        meaning = (
            "The codes use only one direction of the bottleneck. Units before the code may be inactive, or one "
            "dimension may have a far larger scale than the others."
        )
    else:
        return None
    return Notice(check.kind, sentence, meaning, epoch_of_codes(evidence, codes, standing), "warning", _cures(evidence))


def _cures(evidence: Evidence) -> tuple[Cure, ...]:
    cures = rate_cures(evidence)
    if evidence.model_setting("code_activation") == "relu":
        cures += evidence.cure("code activation identity, without inactive units", model_code_activation="identity")
    return cures + depth_cures(evidence)


def _rounded_down(share: float) -> str:
    """Return a share such as ``"99.3 %"``, rounded down so that it is never 100 % by rounding."""
    return f"{np.floor(share * 1000) / 10:g} %"
