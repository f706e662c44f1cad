"""The log-likelihood log p(x): its estimate by importance sampling, its errors, and its gap to the ELBO."""

from explorer.latent.density.likelihood_estimate import estimate_log_likelihood, parts_of_estimate, why_not_defined
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, measures, number_or_absent
from explorer.latent.steps import Absent, Steps, single

NOT_ASKED = "not asked for"
"""Reason for undefined figures if no importance samples are drawn, which is not a property of the model."""


def _why_not(evaluated: Evaluated) -> str:
    return NOT_ASKED if evaluated.importance_samples == 0 else why_not_defined(evaluated.model)


@measures(
    Figure(
        "log_likelihood",
        "log p(x)",
        "nats per sample",
        "higher is better",
        "Importance-weighted estimate of log p(x) with K draws of z from q(z|x), averaged over the samples (Burda et "
        "al. 2016, arXiv 1509.00519). Its expectation is a lower bound that becomes tighter with K.",
        needs=("an encoder", "a density p(x|z)", "a stochastic posterior", "a prior"),
        errors=(
            StandardError(
                "samples",
                "± of log p(x), samples",
                "Standard error of log p(x) over the samples: the expected difference to another split of this size.",
            ),
            StandardError(
                "draws",
                "± of log p(x), draws",
                "Sampling error of log p(x) over the draws (delta method): the expected difference to other noise on "
                "the same samples.",
                key="monte_carlo_error",
            ),
        ),
        compared_by=("monte_carlo_error",),
        sample_count="importance_samples",
    ),
    Figure(
        "gap",
        "gap, KL(q ‖ p(z|x))",
        "nats per sample",
        "lower is better",
        "log p(x) − ELBO: for large K, KL(q(z|x) ‖ p(z|x)), the distance of the encoder's posterior from the "
        "true one. Only the sampling error can make it negative.",
        needs=("an encoder", "a density p(x|z)", "a stochastic posterior", "a prior"),
        compared_by=("monte_carlo_error", "elbo_error"),
        sample_count="importance_samples",
    ),
    passes=lambda evaluated: parts_of_estimate(len(evaluated.index), evaluated.importance_samples),
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Estimate log p(x) and its gap to the ELBO, which an earlier measure computed."""
    estimate = yield from single(
        estimate_log_likelihood(evaluated.model, evaluated.dataset, evaluated.index, evaluated.importance_samples)
    )
    return {
        # Stored with the figure, as estimates with other numbers of draws are not comparable.
        "importance_samples": estimate.draws,
        "log_likelihood": estimate.mean,
        "log_likelihood_error": number_or_absent(estimate.standard_error, "it takes two samples"),
        "monte_carlo_error": number_or_absent(estimate.monte_carlo_error, "it takes two draws"),
        "gap": _gap(estimate.mean, found["elbo"]),
    }


def _gap(log_likelihood: float, elbo: object) -> float | Absent:
    """Return log p(x) − ELBO."""
    if isinstance(elbo, Absent):
        return elbo
    assert isinstance(elbo, float)
    # Not the ELBO over the draws of this estimate: with the shown one, the three shown figures add up.
    return log_likelihood - elbo
