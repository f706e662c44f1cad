"""All checks, one after the other. A new notice is one file and its place in `CHECKS`."""

from collections.abc import Sequence

from explorer.jobs.diagnosis import (
    adversary,
    code_line,
    dead_units,
    learning_rate,
    overfitting,
    posterior_collapse,
    shrunk_posterior,
)
from explorer.jobs.diagnosis.check import Check
from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.diagnosis.notice import Notice

CHECKS: tuple[Check, ...] = (
    learning_rate.check,
    posterior_collapse.check_whole,
    posterior_collapse.check_dimensions,
    shrunk_posterior.check,
    code_line.check,
    overfitting.check,
    dead_units.check,
    adversary.check,
)
"""In the order in which their notices are shown, causes first."""


def diagnose(evidence: Evidence, standing: Sequence[Notice] = ()) -> tuple[Notice, ...]:
    """Return the notices of a run, the causes first.

    Parameters
    ----------
    standing
        The notices of a moment ago: those need more evidence to go than they needed to come.
    """
    before = {notice.kind: notice for notice in standing}
    found = {check: notice for check in CHECKS if (notice := check(evidence, before.get(check.kind))) is not None}
    # A cause that was found is shown alone: its consequences are no troubles of their own.
    explained = {kind for check in found for kind in check.explains}
    return tuple(notice for check, notice in found.items() if check.kind not in explained)
