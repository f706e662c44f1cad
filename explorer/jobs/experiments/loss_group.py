"""The runs of one group, found again on disk among their neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.jobs.experiments.loss_experiment import BOTH
from explorer.jobs.experiments.loss_findings import Finding, in_order, latest_losses
from explorer.jobs.runs.kept_figures import all_kept, most_draws
from explorer.runs.errors import RunError
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.run_folders import list_runs
from explorer.runs.run_group import RunGroup


def members_of(group: RunGroup, folder: Path) -> tuple[RunDirectory, ...]:
    """Return the runs of a group that are in ``folder``, in their order; what cannot be read is left out."""
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
    """Return the groups that runs in ``folder`` belong to, one entry each."""
    found: dict[str, RunGroup] = {}
    for path in list_runs(folder):
        try:
            group = open_run(path).group
        except (RunError, ValueError):
            continue
        if group is not None:
            found.setdefault(group.identity, group)
    return tuple(found.values())


def finding_of(run: RunDirectory, *, training: bool = False) -> Finding:
    """Return what a run's files tell of it, with the figures that are kept of its newest weights."""
    assert run.group is not None
    epoch, kl, reconstruction = latest_losses(run.history)
    kept = most_draws(kept for kept in all_kept(run) if kept.figures.split == "test")
    figures = None if kept is None else kept.figures
    return Finding(run.path, run.group, run.config, epoch, training, kl, reconstruction, figures)


def findings_of(group: RunGroup, folder: Path) -> tuple[Finding, ...]:
    """Return what is known of a group's runs in ``folder``, in their order."""
    return in_order([finding_of(run) for run in members_of(group, folder)])


def has_runs(folder: Path) -> bool:
    """Whether a folder holds folders of runs."""
    return folder.is_dir() and next(folder.glob("*/run.json"), None) is not None


@dataclass(frozen=True)
class ToShow:
    """Runs for the panes, and which of them the panels are to speak of."""

    paths: tuple[Path, ...]
    active: int = 0


def runs_to_show(folder: Path, most: int) -> ToShow:
    """Return at most ``most`` runs of the first group in a folder, evenly chosen; where there is none, the newest runs.

    Raises
    ------
    RunError
        Where the folder holds no run.
    """
    groups = groups_in(folder)
    if groups:
        return chosen(findings_of(groups[0], folder), most)
    if not (paths := list_runs(folder)[:most]):
        raise RunError(f"{folder}: holds no run; a run is a folder with a run.json")
    return ToShow(tuple(paths))


def chosen(findings: Sequence[Finding], most: int) -> ToShow:
    """Return at most ``most`` runs of a group, evenly chosen; the one that keeps both terms is the active one."""
    shown = [in_order(findings)[place] for place in evenly(len(findings), most)]
    active = next((place for place, one in enumerate(shown) if one.group.member == BOTH), 0)
    return ToShow(tuple(one.path for one in shown), active)


def evenly(count: int, most: int) -> list[int]:
    """Return at most ``most`` of ``count`` places, the first and the last among them, evenly between."""
    if count <= most:
        return list(range(count))
    return [round(step * (count - 1) / (most - 1)) for step in range(most)]


def _place(run: RunDirectory) -> int:
    return run.group.place if run.group is not None else 0
