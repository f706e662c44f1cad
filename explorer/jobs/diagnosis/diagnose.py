"""All checks, one after the other; and what explains what."""

from collections.abc import Callable, Mapping, Sequence

from explorer.jobs.diagnosis import (
    adversary,
    code_line,
    dead_units,
    learning_rate,
    overfitting,
    posterior_collapse,
    shrunk_posterior,
)
from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.diagnosis.notice import Notice

Check = Callable[[Evidence, Notice | None], Notice | None]
"""Looks for one trouble; given the notice of it that stands, it needs more to take it back than to leave it."""

CHECKS: Mapping[str, Check] = {
    "learning rate": learning_rate.check,
    "posterior collapse": posterior_collapse.check_whole,
    "unused dimensions": posterior_collapse.check_dimensions,
    "shrunk posterior": shrunk_posterior.check,
    "codes on a line": code_line.check,
    "overfitting": overfitting.check,
    "dead units": dead_units.check,
    "discriminator wins": adversary.check,
}
"""By the kind of their notice, in the order in which they are told."""

EXPLAINED = {
    "learning rate": {"posterior collapse", "unused dimensions", "codes on a line", "dead units"},
    "posterior collapse": {"unused dimensions"},
}
"""What is not told beside a notice that explains it."""


def diagnose(evidence: Evidence, standing: Sequence[Notice] = ()) -> tuple[Notice, ...]:
    """Return what is to be said of a run, the causes first.

    Parameters
    ----------
    standing
        What was said of it a moment ago: those notices need more to go than they needed to come.
    """
    before = {notice.kind: notice for notice in standing}
    found = {kind: check(evidence, before.get(kind)) for kind, check in CHECKS.items()}
    explained = {kind for cause, others in EXPLAINED.items() if found[cause] is not None for kind in others}
    return tuple(notice for kind, notice in found.items() if notice is not None and kind not in explained)
