"""Names of runs beside their curves, full and brief."""

from collections.abc import Sequence

from explorer.jobs.experiments.loss_experiment import loss_title
from explorer.jobs.runs.open_run import OpenRun
from explorer.ui.curves.legend import brief_run_names


def run_names(runs: Sequence[OpenRun]) -> tuple[str, ...]:
    """Return the runs' names; in one loss experiment, what each run keeps of the loss."""
    return _titles(runs) or tuple(run.name for run in runs)


def brief_names(runs: Sequence[OpenRun]) -> tuple[str, ...]:
    """Return short names of runs, without their common beginning."""
    return _titles(runs) or brief_run_names([run.name for run in runs])


def _titles(runs: Sequence[OpenRun]) -> tuple[str, ...]:
    groups = {run.group.identity if run.group is not None else "" for run in runs}
    # Only if all runs belong to the same experiment: titles of different ones would be ambiguous.
    if len(runs) < 2 or len(groups) > 1 or "" in groups:
        return ()
    return tuple(loss_title(run.config.model, run.group) for run in runs)
