"""The posteriors have shrunk to points: σ is negligible compared with the spread of the codes."""

import numpy as np

from explorer.jobs.diagnosis.evidence import Codes, Evidence, checks_for, epoch_of_codes
from explorer.jobs.diagnosis.notice import Cure, Notice, Severity
from explorer.models.variational.kl_objective import KlObjectiveConfig
from explorer.models.variational.loss_text import kl_weight, kl_weight_symbol

POINTS = 0.01
"""Limit of mean σ / spread of the codes. A VAE of two dimensions on MNIST has about 0.04, the default VAEs on digits
0.2 to 0.5. At 0.01, a posterior is narrower than the gap between neighbours among 10,000 codes on a plane."""
WIDER = 0.015
"""Limit above which a notice is removed."""
MIN_VARIANCE = 0.01
"""Codes with a smaller variance carry no information; their posteriors have collapsed instead."""


@checks_for("shrunk posterior")
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a notice if the posteriors are points."""
    codes = evidence.codes
    if codes is None or codes.log_variance is None or not codes.are_finite:
        return None
    ratio = sigma_over_spread(codes)
    if ratio is None or ratio >= (WIDER if standing else POINTS):
        return None
    sentence = f"The posteriors are points: mean σ is only {ratio:.2g} times the spread of the codes."
    meaning = (
        "z = μ + σ·ε is almost μ, so the model acts as an autoencoder: nothing fills the space between the codes, and "
        f"draws from the prior may decode to nonsense.{_cause(evidence)}"
    )
    # Without a KL in the loss nothing else is expected, and it may be intended.
    severity: Severity = "remark" if _weight_of_0(evidence) else "warning"
    return Notice(check.kind, sentence, meaning, epoch_of_codes(evidence, codes, standing), severity, _cures(evidence))


def sigma_over_spread(codes: Codes) -> float | None:
    """Return the mean σ of the posteriors divided by the mean standard deviation of the codes.

    None if the codes do not spread.
    """
    assert codes.log_variance is not None
    mean = codes.mean.astype(np.float64)
    if mean.var(axis=0).max() < MIN_VARIANCE:
        return None
    with np.errstate(over="ignore"):  # an overflowing σ has not shrunk
        sigma = np.exp(0.5 * codes.log_variance.astype(np.float64)).mean()
    return float(sigma / mean.std(axis=0).mean())


def _weight_of_0(evidence: Evidence) -> str:
    """Return the symbol of the weight of the KL if that is 0: β, or γ for a capacity; else ""."""
    model = evidence.config.model
    if not isinstance(model, KlObjectiveConfig) or kl_weight(model) > 0:
        return ""
    return kl_weight_symbol(model)


def _cause(evidence: Evidence) -> str:
    beta = evidence.model_setting("beta")
    if weight := _weight_of_0(evidence):
        return f" With {weight} = 0 there is no KL in the loss, and noise only makes the reconstruction worse."
    if beta is not None and beta < 1:
        return f" With β = {beta:g}, the KL has too little weight to keep σ large."
    return ""


def _cures(evidence: Evidence) -> tuple[Cure, ...]:
    beta = evidence.model_setting("beta")
    if _weight_of_0(evidence) == "γ":
        usual = vars(evidence.family.config_type())["gamma"]
        return evidence.cure(f"γ from 0 to {usual:g}", model_gamma=usual)
    if beta is not None and beta < 1:
        return evidence.cure(f"β from {beta:g} to 1", model_beta=1.0)
    cures: tuple[Cure, ...] = ()
    if beta is not None:
        cures += evidence.cure(f"β from {beta:g} to {4 * beta:g}", model_beta=4 * beta)
    # A fixed σ of p(x|z) far below the true error gives the reconstruction too much weight, which shrinks σ of q.
    if (likelihood := evidence.model_setting("likelihood")) in ("gaussian", "by column"):
        cures += evidence.cure("a learned σ of p(x|z)", model_likelihood=f"{likelihood} with learned sigma")
    return cures
