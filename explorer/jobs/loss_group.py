"""The runs of one group, found again on disk among their neighbours."""

from collections.abc import Mapping
from pathlib import Path

from explorer.jobs.loss_findings import Finding, in_order, latest_losses
from explorer.latent.figures import Figures
from explorer.runs.errors import RunError
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.run_folders import list_runs
from explorer.runs.run_group import RunGroup


def members_of(group: RunGroup, folder: Path) -> tuple[RunDirectory, ...]:
    """Give the runs of a group that are in ``folder``, in their order; what cannot be read is left out."""
    found: dict[str, RunDirectory] = {}
    for path in list_runs(folder):
        try:
            run = open_run(path)
        except (RunError, ValueError):
            continue
        if run.group is not None and run.group.identity == group.identity:
            found.setdefault(run.group.member, run)
    return tuple(sorted(found.values(), key=_place))


def groups_in(folder: Path) -> tuple[RunGroup, ...]:
    """Give the groups that runs in ``folder`` belong to, one entry each."""
    found: dict[str, RunGroup] = {}
    for path in list_runs(folder):
        try:
            group = open_run(path).group
        except (RunError, ValueError):
            continue
        if group is not None:
            found.setdefault(group.identity, group)
    return tuple(found.values())


def finding_of(run: RunDirectory, figures: Figures | None = None, *, training: bool = False) -> Finding:
    """Give what a run's files tell of it, and the figures of its newest weights where they are measured."""
    assert run.group is not None
    epoch, kl, reconstruction = latest_losses(run.history)
    return Finding(run.path, run.group, run.config, epoch, training, kl, reconstruction, figures)


def findings_of(group: RunGroup, folder: Path, figures: Mapping[Path, Figures] | None = None) -> tuple[Finding, ...]:
    """Give what is known of a group's runs in ``folder``, in their order."""
    known = figures or {}
    return in_order([finding_of(run, known.get(run.path)) for run in members_of(group, folder)])


def _place(run: RunDirectory) -> int:
    return run.group.place if run.group is not None else 0
