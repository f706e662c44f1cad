"""The figures of log p(x): its estimate, how sure that is, and its distance to the ELBO."""

import math

from explorer.latent.density.likelihood_estimate import estimate_log_likelihood, parts_of_estimate, why_not_defined
from explorer.latent.measure import Absent, Evaluated, Found, Measure, all_absent
from explorer.latent.metrics.figures import LIKELIHOOD_FIGURES, NOT_ASKED
from explorer.latent.steps import Steps, single
from explorer.models.latent_model import NotDefined


def _why_no_estimate(about: Evaluated) -> str:
    return NOT_ASKED if about.importance_samples == 0 else why_not_defined(about.model)


def _estimate(about: Evaluated, found: Found) -> Steps[Found]:
    """Estimate log p(x), beside the ELBO that was found."""
    if why := _why_no_estimate(about):
        return all_absent(LIKELIHOOD_FIGURES, why)
    try:
        work = estimate_log_likelihood(about.model, about.dataset, about.index, about.importance_samples)
        estimate = yield from single(work)
    except NotDefined as lack:
        return all_absent(LIKELIHOOD_FIGURES, str(lack))
    return {
        "importance_samples": estimate.draws,
        "log_likelihood": estimate.mean,
        "log_likelihood_error": _number(estimate.standard_error, "it takes two samples"),
        "monte_carlo_error": _number(estimate.monte_carlo_error, "it takes two draws"),
        "gap": _gap(estimate.mean, found["elbo"]),
    }


def _gap(log_likelihood: float, elbo: object) -> float | Absent:
    """Take it from the ELBO that stands beside it, not from that of the same draws: the three add up."""
    if isinstance(elbo, Absent):
        return Absent(f"the ELBO is not defined: {elbo.why}")
    assert isinstance(elbo, float)
    return log_likelihood - elbo


def _number(value: float, why: str) -> float | Absent:
    return Absent(why) if math.isnan(value) else value


LOG_LIKELIHOOD = Measure(
    lambda about: 0 if _why_no_estimate(about) else parts_of_estimate(len(about.index), about.importance_samples),
    _estimate,
)
