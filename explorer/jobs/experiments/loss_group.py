"""Find the runs of a group on disk, whatever their folders are called, and compare the weights that they began with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from explorer.config import RunConfig
from explorer.data.dataset import Description
from explorer.jobs.experiments.loss_experiment import BOTH
from explorer.jobs.experiments.loss_findings import Finding, in_order, latest_losses
from explorer.jobs.runs.kept_figures import all_kept, most_draws
from explorer.latent.evaluation.comparison_text import listed
from explorer.models import catalog
from explorer.runs.files import RunError
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.run_folders import list_runs
from explorer.runs.run_group import RunGroup
from explorer.training.randomness import generator


@dataclass(frozen=True)
class InitialWeights:
    """How many initial weights of several runs are equal, bit for bit, to those of the first run.

    Attributes
    ----------
    equal
        Titles of the runs whose weights are all equal.
    partly
        The other runs: ``(title, number of equal tensors, number of tensors)``.
    """

    seed: int
    equal: tuple[str, ...]
    partly: tuple[tuple[str, int, int], ...] = ()

    @property
    def sentences(self) -> str:
        """One sentence about the equal runs, and one for each other run."""
        # Titles are listed only if some run differs.
        count = {2: "both", 3: "all three"}.get(len(self.equal), f"all {len(self.equal)}") if not self.partly else ""
        names = count or listed(self.equal)
        text = f"Start: {names} started from the same initial weights, bit for bit (seed {self.seed})."
        for title, same, tensors in self.partly:
            text += (
                f" The {title} has the same seed but layers of other shapes: {same} of its {tensors} weight arrays are "
                "equal to those of the others."
            )
        return text


def compare_initial_weights(runs: Sequence[tuple[str, RunConfig]], description: Description) -> InitialWeights:
    """Draw the initial weights of each run and compare them with those of the first.

    Values that a family computes from the training samples before the first step are not compared.

    Parameters
    ----------
    runs
        ``(title, config)`` of each run; the configs are resolved.
    """
    # Models are drawn one at a time; only their parameters are kept.
    first, *others = ((title, _initial_weights(config, description)) for title, config in runs)
    equal, partly = [first[0]], []
    for title, weights in others:
        # Compare by name: the layers of a plain autoencoder are a subset with partly other shapes.
        same = sum(name in first[1] and torch.equal(tensor, first[1][name]) for name, tensor in weights.items())
        if same == len(weights) == len(first[1]):
            equal.append(title)
        else:
            partly.append((title, same, len(weights)))
    return InitialWeights(runs[0][1].train.seed, tuple(equal), tuple(partly))


def _initial_weights(config: RunConfig, description: Description) -> dict[str, Tensor]:
    # The same generator as in training, so these are exactly the weights that training starts from.
    model = catalog.build(config.model, description, generator(config.train.seed, "initial weights"))
    return dict(model.named_parameters())


def members_of(group: RunGroup, folder: Path) -> tuple[RunDirectory, ...]:
    """Return the runs of a group in ``folder``, in the order of the group; unreadable runs are skipped."""
    found: dict[str, RunDirectory] = {}
    for path in list_runs(folder):
        try:
            run = open_run(path)
        # A folder may hold damaged runs and other files.
        except (RunError, ValueError):
            continue
        if run.group is not None and run.group.identity == group.identity:
            # A copied folder has the same member; the first one found, the newest, wins.
            found.setdefault(run.group.member, run)
    return tuple(sorted(found.values(), key=_position))


def groups_in(folder: Path) -> tuple[RunGroup, ...]:
    """Return the groups that have runs in ``folder``, each once; unreadable runs are skipped."""
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
    """Return what the files of a run say: its curves, and the saved figures of its newest weights."""
    assert run.group is not None
    epoch, kl, reconstruction = latest_losses(run.history)
    # Figures of older weights are not in `all_kept`, so a resumed run falls back to its curves.
    kept = most_draws(kept for kept in all_kept(run) if kept.figures.split == "test")
    figures = None if kept is None else kept.figures
    finished = run.state.status == "finished"
    return Finding(run.path, run.group, run.config, epoch, training, kl, reconstruction, figures, finished)


def findings_of(group: RunGroup, folder: Path) -> tuple[Finding, ...]:
    """Return the findings of the runs of a group in ``folder``, in the order of the group."""
    return in_order([finding_of(run) for run in members_of(group, folder)])


@dataclass(frozen=True)
class GroupOnDisk:
    """The runs of a group in order; ``start`` is None with fewer than two runs."""

    findings: tuple[Finding, ...]
    start: InitialWeights | None


def read_group(group: RunGroup, folder: Path, known: GroupOnDisk | None = None) -> GroupOnDisk:
    """Read the runs of a group in a folder.

    Parameters
    ----------
    known
        The result of the last call. Its comparison of initial weights is reused if the configs are the same.
    """
    runs = members_of(group, folder)
    findings = tuple(finding_of(run) for run in runs)
    start = None if known is None else known.start
    # Drawing weights takes longer than all the rest, and they depend only on the configs.
    if known is None or [one.config for one in known.findings] != [one.config for one in findings]:
        named = [(finding.title, finding.config) for finding in findings]
        start = compare_initial_weights(named, runs[0].description) if len(runs) > 1 else None
    return GroupOnDisk(findings, start)


def has_runs(folder: Path) -> bool:
    """Return True if a folder contains run folders."""
    # Stops at the first hit: a folder may hold hundreds of runs.
    return folder.is_dir() and next(folder.glob("*/run.json"), None) is not None


@dataclass(frozen=True)
class RunsToShow:
    """Runs to open in panes, the index of the active one, and whether they are members of one experiment."""

    paths: tuple[Path, ...]
    active: int = 0
    of_experiment: bool = False


def runs_to_show(folder: Path, limit: int) -> RunsToShow:
    """Return at most ``limit`` equally spaced runs of the first group, or the newest runs if there is no group.

    Raises
    ------
    RunError
        If the folder contains no run.
    """
    groups = groups_in(folder)
    if groups:
        return chosen(findings_of(groups[0], folder), limit)
    if not (paths := list_runs(folder)[:limit]):
        raise RunError(f"{folder}: contains no run; a run is a folder with a run.json")
    return RunsToShow(tuple(paths))


def chosen(findings: Sequence[Finding], limit: int) -> RunsToShow:
    """Return at most ``limit`` equally spaced runs of a group; the run with both terms is the active one."""
    # The ends of a ladder matter most, and equal spacing always includes both.
    shown = [in_order(findings)[position] for position in equally_spaced(len(findings), limit)]
    active = next((index for index, one in enumerate(shown) if one.group.member == BOTH), 0)
    return RunsToShow(tuple(one.path for one in shown), active, of_experiment=True)


def equally_spaced(count: int, limit: int) -> list[int]:
    """Return at most ``limit`` equally spaced indices below ``count``, including the first and the last."""
    if count <= limit:
        return list(range(count))
    return [round(step * (count - 1) / (limit - 1)) for step in range(limit)]


def _position(run: RunDirectory) -> int:
    return run.group.place if run.group is not None else 0
