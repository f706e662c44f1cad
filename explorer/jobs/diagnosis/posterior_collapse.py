"""The posterior is the prior: in some dimensions, or in all of them, so that the code says nothing of the sample."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.diagnosis.check import checks_for
from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.diagnosis.notice import Cure, Notice, Severity
from explorer.runs.history import Metric

NOTHING = 0.01
"""Nats. KL_j ≥ ½·Var(μ_j), so that a dimension below it has means of a variance below 0.02: next to the 0.01 below
which Burda et al. (2016, arXiv 1509.00519, appendix C) call a unit inactive. The bars of the window count by it too."""
SOMETHING = 0.02
"""Nats. A dimension that has been reported is back in use only above it, so that a notice does not flicker."""
WHOLE_NOTHING, WHOLE_SOMETHING = 0.05, 0.1
"""Nats, of the whole KL where it is not defined by dimension."""
START_STEPS = 200
"""A decoder learns to use z only after a while: the default VAEs on digits leave their first plateau, on which the KL
is below 0.01, after 36 to 132 steps."""
IN_A_ROW = 3
"""How many validations in a row have to agree."""
MAX_NAMES = 6


@checks_for("posterior collapse", explains=("unused dimensions",))
def check_whole(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Say that the whole posterior is the prior."""
    used = _unused_for_long(evidence, standing is not None)
    if used is None or not used.all():
        return None
    newest = evidence.validations[-1]
    kl = newest.terms.get("kl", float(np.sum(newest.kl_per_dimension or ())))
    sentence = f"It ignores x: KL → 0 ({kl:.2g} nats); every sample has the same posterior, the prior."
    meaning = (
        "Nothing of the sample passes the bottleneck, so that every z decodes to about the mean of the data."
        + _blamed(evidence)
    )
    return Notice(check_whole.kind, sentence, meaning, _since(evidence, used), "warning", _cures(evidence))


@checks_for("unused dimensions")
def check_dimensions(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Say which dimensions carry nothing, where others do."""
    unused = _unused_for_long(evidence, standing is not None)
    if unused is None or not unused.any() or unused.all():
        return None
    count, dimensions = int(unused.sum()), len(unused)
    verb = "carries" if count == 1 else "carry"
    sentence = f"{count} of {dimensions} dimensions {verb} nothing ({_names(unused)}): KL below {NOTHING} nats."
    meaning = (
        "Their posterior is the prior whatever the sample is, so that moving along them does not change the decode. "
        "The others can be enough for this data; then fewer dimensions do the same."
    )
    fewer = evidence.cure(
        f"latent dim {dimensions - count}, which leaves out what carries nothing", model_latent_dim=dimensions - count
    )
    # A VAE leaves unused what it does not need, so that a few unused dimensions are no fault.
    severity: Severity = "remark" if 2 * count < dimensions else "warning"
    cures = (*fewer, *_cures(evidence))
    return Notice(check_dimensions.kind, sentence, meaning, _since(evidence, unused), severity, cures)


def _unused_for_long(evidence: Evidence, standing: bool) -> NDArray[np.bool_] | None:
    """Tell which dimensions, (latent_dim,) or (1,) for all together, have long had no KL; None before one can tell."""
    if not evidence.capabilities.stochastic_posterior:
        return None
    late = _late_enough(evidence)[-IN_A_ROW:]  # a KL that dips once is not gone
    if len(late) < IN_A_ROW:
        return None
    by_dimension = [metric.kl_per_dimension for metric in late]  # None where the KL has no dimensions
    if all(known is not None and len(known) == evidence.config.model.latent_dim for known in by_dimension):
        limit = SOMETHING if standing else NOTHING
        return np.asarray((np.array(by_dimension) < limit).all(axis=0))
    totals = [metric.terms.get("kl", np.inf) for metric in late]
    return np.array([max(totals) < (WHOLE_SOMETHING if standing else WHOLE_NOTHING)])


def _late_enough(evidence: Evidence) -> Sequence[Metric]:
    """Return the validations after schedules and the first plateau."""
    return [
        metric for metric in evidence.validations if metric.step >= START_STEPS and metric.epoch >= evidence.settled
    ]


def _since(evidence: Evidence, unused: NDArray[np.bool_]) -> float:
    """Return the first epoch of the unbroken row of validations in which these have had no KL."""
    first = evidence.now
    for metric in reversed(evidence.validations):
        known = metric.kl_per_dimension
        # The higher limit: a dimension that flickers around the lower one has been unused all the same.
        if known is not None and len(known) == len(unused):
            is_so = bool((np.array(known)[unused] < SOMETHING).all())
        else:
            is_so = metric.terms.get("kl", np.inf) < WHOLE_SOMETHING
        if not is_so:
            break
        first = metric.epoch
    return first


def _blamed(evidence: Evidence) -> str:
    if evidence.model_setting("reconstruction_weight") == 0:
        return " It follows from the reconstruction's weight of 0: only the KL is trained."
    beta = evidence.model_setting("beta")
    if beta is not None and beta > 1:
        return f" With β = {beta:g}, each nat of KL costs {beta:g} nats of reconstruction, and is not worth it here."
    return ""


def _cures(evidence: Evidence) -> tuple[Cure, ...]:
    if evidence.model_setting("reconstruction_weight") == 0:
        return evidence.cure("a reconstruction's weight of 1", model_reconstruction_weight=1.0)
    # A rate that is too high kills units, which looks like a collapse; so it comes first.
    cures = _lower_rate(evidence)
    if evidence.model_setting("kl_objective") == "capacity":
        capacity = max(float(evidence.config.model.latent_dim), 2 * float(evidence.model_setting("capacity")))
        return cures + evidence.cure(f"a capacity of {capacity:g} nats", model_capacity=capacity)
    cures += _lighter_kl(evidence) + evidence.cure(
        "free bits, 0.25 nats that each dimension has for nothing",
        model_kl_objective="free bits",
        model_free_bits=0.25,
    )
    rate = evidence.config.train.learning_rate / 3
    return cures or evidence.cure(f"a learning rate of {rate:.2g}", train_learning_rate=float(f"{rate:.2g}"))


def _lower_rate(evidence: Evidence) -> tuple[Cure, ...]:
    """Return the family's own learning rate where the run's is higher: long steps leave units that do not answer."""
    usual = evidence.family.train.learning_rate
    if evidence.config.train.learning_rate <= usual:
        return ()
    return evidence.cure(f"a learning rate of {usual:g}, the family's default", train_learning_rate=usual)


def _lighter_kl(evidence: Evidence) -> tuple[Cure, ...]:
    """Return a smaller β; a warm-up is of use only where β is not too great for the data at its end."""
    beta = evidence.model_setting("beta")
    if beta is None:
        return ()
    if beta > 1:
        return evidence.cure(f"β from {beta:g} to 1", model_beta=1.0)
    # A quarter of the training: long enough for the decoder to use z, short enough for β to act.
    warm_up = max(1.0, round(evidence.config.train.epochs / 4))
    cures = evidence.cure(
        f"a KL warm-up of {warm_up:g} epochs, so that the decoder learns to use z before z costs",
        model_kl_warm_up=warm_up,
    )
    return cures + evidence.cure(f"β from {beta:g} to {beta / 4:g}", model_beta=beta / 4)


def _names(unused: NDArray[np.bool_]) -> str:
    names = [dimension_name(int(place)) for place in np.flatnonzero(unused)]
    more = len(names) - MAX_NAMES
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:MAX_NAMES])} and {more} more"


def dimension_name(place: int) -> str:
    """Return the name of a latent dimension, counted from 0, as the window writes it: ``z₁`` is the first."""
    return f"z{place + 1}".translate(_LOW)


_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
