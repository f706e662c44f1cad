"""σ has shrunk to nothing beside the codes' spread: the posteriors are points, as an autoencoder's."""

import numpy as np

from explorer.jobs.diagnosis.check import checks_for
from explorer.jobs.diagnosis.evidence import Codes, Evidence
from explorer.jobs.diagnosis.notice import Cure, Notice, Severity

POINTS = 0.01
"""Mean σ over the codes' spread. A VAE of two dimensions on MNIST has about 0.04, the default VAEs on digits 0.2 to
0.5; at a hundredth, a sample's posterior is narrower than the gap to its neighbour among 10,000 in a plane."""
WIDER = 0.015
"""A notice stands until σ is that wide again."""
MIN_VARIANCE = 0.01
"""Codes that spread less carry nothing, and their σ says nothing of points."""


@checks_for("shrunk posterior")
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Say that the posteriors are points."""
    codes = evidence.codes
    if codes is None or codes.log_variance is None or not codes.are_finite:
        return None
    ratio = sigma_over_spread(codes)
    if ratio is None or ratio >= (WIDER if standing else POINTS):
        return None
    sentence = f"Shrunk to points: σ → 0; the posteriors' mean σ is {ratio:.2g} of the codes' spread."
    meaning = (
        "z = μ + σ·ε is as good as μ, so that the model is an autoencoder: nothing fills the space between the codes, "
        f"and a draw from the prior need not decode to anything.{_blamed(evidence)}"
    )
    # With β = 0 nothing else can be expected, and it may be what is to be shown.
    severity: Severity = "remark" if evidence.model_setting("beta") == 0 else "warning"
    return Notice(check.kind, sentence, meaning, epoch_of_codes(evidence, codes, standing), severity, _cures(evidence))


def sigma_over_spread(codes: Codes) -> float | None:
    """Return the posteriors' mean σ over the codes' standard deviation, averaged over the dimensions.

    None where the codes do not spread.
    """
    assert codes.log_variance is not None
    mean = codes.mean.astype(np.float64)
    if mean.var(axis=0).max() < MIN_VARIANCE:
        return None
    with np.errstate(over="ignore"):  # a σ beyond all numbers is not shrunk
        sigma = np.exp(0.5 * codes.log_variance.astype(np.float64)).mean()
    return float(sigma / mean.std(axis=0).mean())


def epoch_of_codes(evidence: Evidence, codes: Codes, standing: Notice | None) -> float:
    """Return the epoch of the codes, as only the newest are known; of a notice that stands, its own."""
    if standing is not None:
        return standing.since  # it has stood since then; the codes of that moment are gone
    before = [metric.epoch for metric in evidence.history.metrics if metric.step <= codes.step]
    return before[-1] if before else evidence.now


def _blamed(evidence: Evidence) -> str:
    beta = evidence.model_setting("beta")
    if beta == 0:
        return " It follows from β = 0: with no KL in the loss, noise only costs reconstruction."
    if beta is not None and beta < 1:
        return f" With β = {beta:g}, the KL weighs too little to keep σ up."
    return ""


def _cures(evidence: Evidence) -> tuple[Cure, ...]:
    beta = evidence.model_setting("beta")
    if beta is not None and beta < 1:
        return evidence.cure(f"β from {beta:g} to 1", model_beta=1.0)
    cures: tuple[Cure, ...] = ()
    if beta is not None:
        cures += evidence.cure(f"β from {beta:g} to {4 * beta:g}", model_beta=4 * beta)
    # A fixed σ of p(x|z) far below the true error weighs the reconstruction up, which shrinks the posteriors.
    if evidence.model_setting("likelihood") == "gaussian":
        cures += evidence.cure("a σ of p(x|z) that is learned", model_likelihood="gaussian with learned sigma")
    return cures
