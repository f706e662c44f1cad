"""Summarize the codes of a run in one sentence, for the line below the head of its pane in a loss experiment.

Every figure is of the codes on the plane, so the sentence fits what the pane shows, also at each epoch of a replay.

1. `measure_codes` computes the KL, σ, and how far the codes and the posteriors reach.
2. `codes_finding` returns the first of the statements that hold, in several lengths, or none.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from explorer.config import RunConfig
from explorer.jobs.experiments.loss_findings import NEGLIGIBLE_KL, POINT_RATIO
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.codes.draws import MAX_VALUES
from explorer.latent.evaluation.figure_text import rounded
from explorer.latent.information.discrete import NATS, Unit
from explorer.models.latent_model import Capabilities
from explorer.models.variational.loss_text import drops_a_term
from explorer.runs.run_group import RunGroup

REACH_SHARE = 0.99
"""Share of the codes that are within the stated reach."""
NARROW, WIDE = 0.7, 1.5
"""Limits of the standard deviation, in each dimension, of codes or of posteriors taken together that fill a prior of 1.
VAEs with β = 1 stay within 0.95 to 1.35."""
OFF_CENTRE = 0.4
"""Maximum distance of the mean of the codes from the mean of the prior, in each dimension."""
SAME_SHARE = 0.01
"""Variance of the posterior means, as a share of σ², below which all posteriors are the same."""

Forms = tuple[str, ...]
"""One sentence, the longest form first."""


@dataclass(frozen=True)
class CodesMeasures:
    """Figures of the codes of n samples.

    Attributes
    ----------
    reach
        The distance from 0, along an axis, within which 99 % of the codes are.
    spread, offset
        Standard deviation and distance of the mean from 0 of the codes in each dimension, ``(latent_dim,)``.
    sigma
        Mean σ of the posteriors; None for codes without one.
    width
        Standard deviation of all posteriors together, in each dimension.
    kl
        Mean KL from a standard normal prior, in nats per sample; None for codes without a posterior.
    """

    reach: float
    spread: NDArray[np.float64]
    offset: NDArray[np.float64]
    width: NDArray[np.float64]
    sigma: float | None = None
    kl: float | None = None

    @property
    def shrunk(self) -> bool:
        """Whether the posteriors are points compared with the spread of the codes."""
        return self.sigma is not None and self.sigma <= POINT_RATIO * float(self.spread.mean())

    @property
    def same(self) -> bool:
        """Whether all posteriors have practically the same mean."""
        return self.sigma is not None and bool((self.spread**2 <= SAME_SHARE * self.sigma**2).all())


def measure_codes(codes: PlaneCodes) -> CodesMeasures | None:
    """Return the figures of codes; None if there are fewer than two, or if one is not finite."""
    # A spread subset is precise enough for two digits: the window asks this of every new set of codes.
    rows = slice(None, None, max(1, codes.mean.size // MAX_VALUES))
    mean = codes.mean[rows].astype(np.float64)
    if len(mean) < 2 or not np.isfinite(mean).all():
        return None
    reach = float(np.quantile(np.abs(mean).max(axis=1), REACH_SHARE))
    spread, offset = mean.std(axis=0), np.abs(mean.mean(axis=0))
    if codes.log_variance is None:
        return CodesMeasures(reach, spread, offset, spread)
    log_variance = codes.log_variance[rows].astype(np.float64)
    with np.errstate(over="ignore"):
        variance = np.exp(log_variance)
    if not np.isfinite(variance).all():
        return None
    # The law of total variance: between the means, and within the posteriors.
    width = np.sqrt(spread**2 + variance.mean(axis=0))
    # log det Σ = 2 Σ log Lⱼⱼ; it is below the sum of the logarithms of the variances if the covariance is full.
    log_det = (
        log_variance.sum(axis=1)
        if codes.scale_tril is None
        else 2 * np.log(np.diagonal(codes.scale_tril[rows].astype(np.float64), axis1=1, axis2=2)).sum(axis=1)
    )
    kl = 0.5 * float((variance.sum(axis=1) + (mean**2).sum(axis=1) - mean.shape[1] - log_det).mean())
    return CodesMeasures(reach, spread, offset, width, float(np.sqrt(variance).mean()), max(kl, 0.0))


def wants_finding(config: RunConfig, group: RunGroup | None) -> bool:
    """Return whether a run has a sentence: it is in a loss experiment, or a weight of 0 drops a term of its loss."""
    return group is not None or drops_a_term(config.model)


def codes_finding(codes: PlaneCodes | None, capabilities: Capabilities, unit: Unit = NATS) -> Forms:
    """Return what the codes of a trained run show, the longest form first; () if nothing can be said.

    ``unit`` is the unit of information in the sentence.
    """
    if codes is None or codes.drawn or codes.step == 0:
        return ()
    measures = measure_codes(codes)
    if measures is None:
        return ()
    standard = capabilities.prior and not capabilities.learned_prior
    if measures.kl is not None and measures.sigma is not None:
        return _of_posteriors(measures, measures.kl, measures.sigma, unit, standard=standard)
    if standard:
        return _against_prior(measures, "")
    reach = rounded_reach(measures.reach)
    whole = f"No prior and no σ: each x has one code, and codes reach ±{reach}"
    return whole, f"No prior, no σ: codes reach ±{reach}", f"Codes reach ±{reach}"


def _of_posteriors(measures: CodesMeasures, kl: float, sigma: float, unit: Unit, *, standard: bool) -> Forms:
    mean_sigma, reach = f"mean σ is {short_number(sigma)}", rounded_reach(measures.reach)
    if standard and kl < NEGLIGIBLE_KL:
        # At 0.04 nats, the difference is still visible on the plane.
        almost = "" if kl < 0.1 * NEGLIGIBLE_KL else "almost "
        found = f"KL is {kl * unit.per_nat:.3f} {unit.name}"
        return f"Every posterior is {almost}the prior: {found}", f"Posteriors {almost}the prior: {found}", found
    if measures.shrunk:
        return (
            f"The posteriors have shrunk to points: {mean_sigma}, codes reach ±{reach}",
            f"The posteriors have shrunk: {mean_sigma}",
            f"Posteriors shrunk: {mean_sigma}",
            "Posteriors shrunk",
        )
    if measures.same:
        differ = f", but not the prior: KL is {short_number(kl * unit.per_nat)} {unit.name}" if standard else ""
        return f"All posteriors are almost the same{differ}", "All posteriors are almost the same", "Same posteriors"
    if standard:
        return _against_prior(measures, mean_sigma)
    return ()


def _against_prior(measures: CodesMeasures, sigma: str) -> Forms:
    """Compare the codes, and all posteriors together, with a standard normal prior."""
    reach = rounded_reach(measures.reach)
    and_sigma = f", and {sigma}" if sigma else ""
    is_wide, is_off = bool((measures.width > WIDE).any()), bool((measures.offset > OFF_CENTRE).any())
    if (is_wide or is_off) and measures.reach > prior_reach(len(measures.spread)):
        beyond = f"The codes reach ±{reach}, beyond the prior"
        return f"{beyond}{and_sigma}", beyond, f"Codes reach ±{reach}"
    if is_off:
        return (
            f"The codes are off the centre of the prior{and_sigma}",
            "Codes are off the prior's centre",
            "Codes off centre",
        )
    if is_wide and not sigma:
        return "The codes spread more widely than the prior", "Codes wider than the prior"
    if is_wide:
        return f"Together, the posteriors are wider than the prior: {sigma}", "Posteriors are wider than the prior"
    if (measures.width < NARROW).any():
        return f"The codes cover only part of the prior{and_sigma}", "Codes cover part of the prior"
    if (measures.spread >= NARROW).all():
        return f"The codes fill the prior{and_sigma}", "The codes fill the prior", "Codes fill the prior"
    # The means spread less than the prior, but the posteriors are wide, as for data that says little about z.
    return (
        f"Together, the posteriors fill the prior: {sigma}",
        f"Posteriors fill the prior: {sigma}",
        "Posteriors fill the prior",
    )


def prior_reach(dimensions: int) -> float:
    """Return the distance from 0 along an axis within which 99 % of the draws of a standard normal prior are."""
    # The largest of all coordinates is within it if each is.
    return NormalDist().inv_cdf((1 + REACH_SHARE ** (1 / dimensions)) / 2)


def rounded_reach(value: float) -> str:
    """Return a reach as text: whole numbers from 10 on, one decimal from 1 on, two digits below."""
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.995 else f"{value:.2g}"


def short_number(value: float) -> str:
    """Return a number as text with two decimals, or one digit if it is below 0.1."""
    return rounded(value) if value < 0.0001 else f"{value:.1g}" if value < 0.095 else f"{value:.2f}"
