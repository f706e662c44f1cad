"""How runs are called beside their curves: whole, and briefly."""

from collections.abc import Sequence

from explorer.jobs.experiments.loss_experiment import loss_title
from explorer.jobs.runs.open_run import OpenRun
from explorer.ui.curves.legend import brief_run_names


def run_names(runs: Sequence[OpenRun]) -> tuple[str, ...]:
    """Name runs by their folders; those of one experiment on the loss by what they keep of it."""
    return _titles(runs) or tuple(run.name for run in runs)


def brief_names(runs: Sequence[OpenRun]) -> tuple[str, ...]:
    """Name runs where room is short: without what all names begin with."""
    return _titles(runs) or brief_run_names([run.name for run in runs])


def _titles(runs: Sequence[OpenRun]) -> tuple[str, ...]:
    groups = {run.group.identity if run.group is not None else "" for run in runs}
    if len(runs) < 2 or len(groups) > 1 or "" in groups:
        return ()
    return tuple(loss_title(run.config.model, run.group) for run in runs)
