"""Posterior collapse: in all dimensions or in some, q(z|x) equals the prior, so z carries no information about x."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.diagnosis.collapse_cause import cause_of, free_bits, rate_cures
from explorer.jobs.diagnosis.evidence import Evidence, checks_for
from explorer.jobs.diagnosis.notice import Cure, Notice, Severity
from explorer.latent.evaluation.figure_text import information_text
from explorer.latent.plane.projection import dimension_name
from explorer.runs.history import Metric

UNUSED_KL = 0.01
"""Limit of the KL of an unused dimension, in nats. As KL_j ≥ ½·Var(μ_j), its means have a variance below 0.02, close to
the 0.01 below which Burda et al. (2016, arXiv 1509.00519, appendix C) call a unit inactive. The window uses it too."""
USED_KL = 0.02
"""Limit above which a reported dimension counts as used again, in nats, so that a notice does not flicker."""
UNUSED_TOTAL, USED_TOTAL = 0.05, 0.1
"""The same limits for the total KL, in nats, if it is not defined per dimension."""
START_STEPS = 200
"""Earlier validations are ignored, since a decoder needs some steps to use z: the default VAEs on digits leave their
first plateau, on which the KL is below 0.01, after 36 to 132 steps."""
IN_A_ROW = 3
"""Number of successive validations that must agree."""
MIN_SHARE, STANDING_SHARE = 1 / 3, 0.3
"""Smallest share of unused dimensions that is reported: a VAE leaves some unused that it does not need."""
MIN_FALL, FLAT = 0.05, 0.02
"""Smallest fall of the reconstruction loss, as a share of its initial value, with which a decoder is trained; and the
largest part of that fall within the last validations with which it has reached its best constant decode."""
MAX_NAMES = 6
"""Maximum number of dimensions that a sentence lists."""


@checks_for("posterior collapse", explains=("unused dimensions",))
def check_whole(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a notice if q(z|x) equals the prior in all dimensions."""
    used = _unused_for_long(evidence, standing is not None)
    if used is None or not used.all():
        return None
    newest = evidence.validations[-1]
    kl = newest.terms.get("kl", float(np.sum(newest.kl_per_dimension or ())))
    found = information_text(kl, evidence.unit)
    sentence = f"The posterior has collapsed: KL is {found}, so every sample has the same q(z|x), the prior."
    cause = cause_of(evidence)
    meaning = f"No information about x passes the bottleneck{_decodes(evidence)}. {cause.words}".rstrip()
    return Notice(check_whole.kind, sentence, meaning, _since(evidence, used), "warning", cause.cures)


@checks_for("unused dimensions")
def check_dimensions(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a notice if q(z|x) equals the prior in some dimensions, but not in all."""
    unused = _unused_for_long(evidence, standing is not None)
    if unused is None or unused.all() or unused.mean() < (STANDING_SHARE if standing else MIN_SHARE):
        return None
    count, dimensions = int(unused.sum()), len(unused)
    verb = "is" if count == 1 else "are"
    limit = f"{UNUSED_KL * evidence.unit.per_nat:.2g} {evidence.unit.name}"
    sentence = f"{count} of {dimensions} dimensions {verb} unused ({_names(unused)}): KL below {limit}."
    meaning = (
        "Their posterior equals the prior for every sample, so moving along them does not change the decode. The other "
        "dimensions may be enough for this data."
    )
    # A VAE leaves dimensions unused that it does not need, so less than half of them are normal.
    severity: Severity = "remark" if 2 * count < dimensions else "warning"
    cures = rate_cures(evidence) or (*_fewer(evidence, dimensions - count), *free_bits(evidence))
    return Notice(check_dimensions.kind, sentence, meaning, _since(evidence, unused), severity, cures)


def _fewer(evidence: Evidence, dimensions: int) -> tuple[Cure, ...]:
    return evidence.cure(f"latent dim {dimensions}, which drops the unused ones", model_latent_dim=dimensions)


def _unused_for_long(evidence: Evidence, standing: bool) -> NDArray[np.bool_] | None:
    """Return which dimensions have had no KL for several validations; None if it is too early to tell.

    The shape is ``(latent_dim,)``, or ``(1,)`` if the KL is not defined per dimension.
    """
    if not evidence.capabilities.stochastic_posterior:
        return None
    late = _late_enough(evidence)[-IN_A_ROW:]  # a single low value means nothing
    if len(late) < IN_A_ROW:
        return None
    by_dimension = [metric.kl_per_dimension for metric in late]  # None if the KL is not defined per dimension
    if all(known is not None and len(known) == evidence.config.model.latent_dim for known in by_dimension):
        limit = USED_KL if standing else UNUSED_KL
        return np.asarray((np.array(by_dimension) < limit).all(axis=0))
    totals = [metric.terms.get("kl", np.inf) for metric in late]
    return np.array([max(totals) < (USED_TOTAL if standing else UNUSED_TOTAL)])


def _late_enough(evidence: Evidence) -> Sequence[Metric]:
    """Return the validations after all schedules and the first plateau."""
    return [
        metric for metric in evidence.validations if metric.step >= START_STEPS and metric.epoch >= evidence.settled
    ]


def _since(evidence: Evidence, unused: NDArray[np.bool_]) -> float:
    """Return the first epoch of the successive validations in which these dimensions have had no KL."""
    first = evidence.now
    for metric in reversed(evidence.validations):
        known = metric.kl_per_dimension
        # The higher limit: a dimension that flickers around the lower one has been unused as well.
        if known is not None and len(known) == len(unused):
            is_so = bool((np.array(known)[unused] < USED_KL).all())
        else:
            is_so = metric.terms.get("kl", np.inf) < USED_TOTAL
        if not is_so:
            break
        first = metric.epoch
    return first


def _decodes(evidence: Evidence) -> str:
    """Return what the decodes look like after a collapse, as the end of a sentence."""
    if evidence.model_setting("reconstruction_weight") == 0:
        decays = evidence.config.train.weight_decay > 0
        weights = "only weight decay changes its weights" if decays else "it keeps its initial weights"
        return (
            ". The reconstruction has weight 0, so no term of the loss trains the decoder: "
            f"{weights}, and its decodes do not resemble the data"
        )
    losses = [metric.terms.get("reconstruction", metric.terms.get("total", np.nan)) for metric in evidence.validations]
    first, now = losses[0], losses[-1]
    if not np.isfinite([first, now]).all():
        return ""
    if first - now < MIN_FALL * abs(first):
        return (
            f". The reconstruction loss has hardly fallen, from {evidence.information(first)} to "
            f"{evidence.information(now)} {evidence.unit.name}, so the decoder has learned almost nothing"
        )
    if losses[-IN_A_ROW] - now > FLAT * (first - now):
        return ". The decoder still learns, but without z it can only learn the mean of the data"
    mean = "the mean of its class" if evidence.capabilities.condition else "the mean of the data"
    return f", so every z decodes to about {mean}"


def _names(unused: NDArray[np.bool_]) -> str:
    names = [dimension_name(int(index)) for index in np.flatnonzero(unused)]
    more = len(names) - MAX_NAMES
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:MAX_NAMES])} and {more} more"
