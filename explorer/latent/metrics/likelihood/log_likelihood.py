"""The log-likelihood log p(x): its estimate, its errors, and its gap to the ELBO."""

import math

from explorer.latent.bound.split_likelihood import SEED, SplitLikelihood, passes, split_likelihood
from explorer.latent.bound.true_posterior import why_no_posterior
from explorer.latent.density.likelihood_estimate import why_not_defined
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import ONE_SAMPLE, Evaluated, Found, all_absent, figure_of_samples, measures
from explorer.latent.metrics.sample_values import SampleValues, by_sample
from explorer.latent.steps import Absent, Steps

NOT_ASKED = "not asked for"
"""Reason for undefined figures if no importance samples are drawn, which is not a property of the model."""
MEASURE_HELP = (
    "Compute log p(x): accurately for some samples, or all if that is quick, and by two rounds of {draws} draws "
    "for each of the others; this takes the longest"
)
GAP_KEYS = ("gap", "gap_error", "gap_monte_carlo_error")


def _why_not(evaluated: Evaluated) -> str:
    if evaluated.importance_samples == 0:
        return NOT_ASKED
    return why_not_defined(evaluated.model) or why_no_posterior(evaluated.model)


@measures(
    Figure(
        "log_likelihood",
        "log p(x)",
        "nats per sample",
        "higher is better",
        "log p(x), averaged over the samples. For some of the samples, or all if that is quick, it is computed "
        "accurately: by grids over z in one or two latent dimensions, by adaptive importance sampling in "
        "more. For all others it is estimated by K draws of z in each of two rounds: from q(z|x), a wider q and the "
        "prior, then also from a Gaussian that the first round fits to p(z|x). The mean difference between accurate "
        "values and estimates corrects the bias of these draws.",
        needs=("an encoder", "a density p(x|z)", "a stochastic posterior", "a prior"),
        errors=(
            StandardError(
                "samples",
                "± of log p(x), samples",
                "Standard error of log p(x) over the samples: how much it varies between splits of this size.",
            ),
            StandardError(
                "draws",
                "± of log p(x), draws",
                "Error of log p(x) of these samples: the draws, the choice of the samples with accurate values, the "
                "correction of their bias, and the resolution of the grid. The part due to draws is 1.15 standard "
                "errors, so that it is rarely too small.",
                key="monte_carlo_error",
            ),
        ),
        compared_by=("monte_carlo_error",),
    ),
    Figure(
        "gap",
        "gap, KL(q ‖ p(z|x))",
        "nats per sample",
        "lower is better",
        "log p(x) − ELBO = KL(q(z|x) ‖ p(z|x)), the distance of the encoder's posterior from the true one. Only the "
        "errors of both can make it negative.",
        needs=("an encoder", "a density p(x|z)", "a stochastic posterior", "a prior"),
        errors=(
            StandardError(
                "samples",
                "± of the gap, samples",
                "Standard error of the gap over the samples: how much it varies between splits of this size.",
            ),
            StandardError(
                "draws",
                "± of the gap, draws",
                "Errors of log p(x) and of the ELBO over draws, together.",
                key="gap_monte_carlo_error",
            ),
        ),
        compared_by=("gap_monte_carlo_error",),
        counts=("importance_samples", "accurate_samples"),
    ),
    passes=lambda evaluated: passes(evaluated.model, evaluated.dataset, evaluated.index, evaluated.importance_samples),
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Estimate log p(x) and its gap to the ELBO, which an earlier measure computed."""
    draws = evaluated.importance_samples
    estimate = yield from split_likelihood(
        evaluated.model, evaluated.dataset, evaluated.index, draws, evaluated.seed_of(SEED)
    )
    likelihood = figure_of_samples("log_likelihood", estimate.mean, estimate.values, evaluated.index)
    return {
        "importance_samples": draws,
        "accurate_samples": estimate.accurate,
        "monte_carlo_error": Absent(estimate.unknown) if estimate.unknown else estimate.draws_error,
        **likelihood,
        **_gap(estimate, likelihood.get(by_sample("log_likelihood")), found),
    }


def _gap(estimate: SplitLikelihood, values: object, found: Found) -> Found:
    """Return log p(x) − ELBO and its errors."""
    elbo, elbo_error, of_elbo = found["elbo"], found["elbo_error"], found.get(by_sample("elbo"))
    if isinstance(elbo, Absent):
        return all_absent(GAP_KEYS, elbo.why)
    if not (isinstance(values, SampleValues) and isinstance(of_elbo, SampleValues)):
        return all_absent(GAP_KEYS, "log p(x) or the ELBO of a sample is not finite")
    assert isinstance(elbo, float) and isinstance(elbo_error, float)
    error, of_draws = values.error_of_difference(of_elbo), math.hypot(estimate.draws_error, elbo_error)
    return {
        # Not the ELBO over the draws of this estimate: with the shown one, the three shown figures add up.
        "gap": estimate.mean - elbo,
        "gap_error": Absent(ONE_SAMPLE) if error is None else error,
        "gap_monte_carlo_error": Absent(estimate.unknown) if estimate.unknown else of_draws,
        by_sample("gap"): SampleValues(values.count, values.rows, values.values - of_elbo.values),
    }


def draws_text(samples: int, accurate: int, draws: int) -> str:
    """Return how log p(x) of a split was computed, as part of a sentence."""
    if accurate >= samples:
        return "log p(x) computed accurately for all"
    return f"K = {draws} draws each in two rounds, log p(x) computed accurately for {accurate:,}"
