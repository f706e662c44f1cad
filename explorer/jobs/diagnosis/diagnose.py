"""Run all checks. To add a notice, write a file with its check and add it to `CHECKS`.

1. Each check gets the evidence and the current notice of its kind, and returns a notice or None.
2. A current notice needs clearer evidence to be removed than it needed to appear, so that it does not flicker.
3. Notices that another one explains are dropped: a learning rate that is too high also collapses posteriors.
"""

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
"""The checks in the order in which their notices are shown, causes first."""


def diagnose(evidence: Evidence, standing: Sequence[Notice] = ()) -> tuple[Notice, ...]:
    """Return the notices of a run, the causes first.

    Parameters
    ----------
    standing
        The current notices, from the last call.
    """
    before = {notice.kind: notice for notice in standing}
    found = {check: notice for check in CHECKS if (notice := check(evidence, before.get(check.kind))) is not None}
    # The consequences of a known cause are not problems of their own.
    explained = {kind for check in found for kind in check.explains}
    return tuple(notice for check, notice in found.items() if check.kind not in explained)
