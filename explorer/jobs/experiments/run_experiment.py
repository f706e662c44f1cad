"""Training all runs of an experiment on the loss one after the other: new ones, those stopped half-way, none twice."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.config import RunConfig
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.jobs.experiments.initial_weights import compare_starts
from explorer.jobs.experiments.loss_experiment import LossExperiment, Member, new_identity, run_name
from explorer.jobs.experiments.loss_group import finding_of
from explorer.jobs.experiments.loss_report import LossReport
from explorer.jobs.runs.kept_figures import kept_figures, measure_and_keep
from explorer.jobs.runs.train_run import TrainJob, new_run, resolved_config, resumed_run
from explorer.runs.errors import RunError
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.run_folders import remove_run
from explorer.runs.run_group import RunGroup


@dataclass(frozen=True)
class Place:
    """Where an experiment's runs are: ``folder`` holds one folder for each, called by ``stem`` and the member."""

    folder: Path
    stem: str = ""

    def of(self, member: Member) -> Path:
        """Return the folder of a member's run."""
        return self.folder / run_name(self.stem, member)


def check_place(experiment: LossExperiment, place: Place, dataset: Dataset, *, overwrite: bool = False) -> None:
    """See that what is there is this experiment, and may be gone on with; with ``overwrite``, take it away.

    Raises
    ------
    RunError
        When there is a run of other settings, or something that is no run.
    ConfigError
        For settings that do not fit the data.
    """
    for member in experiment.members:
        path, wanted = place.of(member), resolved_config(member.config, dataset)
        if not path.exists():
            continue
        if overwrite:
            remove_run(path)
        else:
            _check_is(open_run(path), wanted, experiment.group(member, ""))


def jobs_of(
    experiment: LossExperiment,
    place: Place,
    dataset: Dataset,
    *,
    device: str = "auto",
    context: LoadContext | None = None,
) -> Iterator[tuple[Member, TrainJob | None]]:
    """Return each member with the job that trains it to its end, made when it is its turn; None where it is there."""
    identity = _identity(experiment, place) or new_identity()
    for member in experiment.members:
        path = place.of(member)
        if not path.exists():
            group = experiment.group(member, identity)
            yield (
                member,
                new_run(member.config, path, dataset=dataset, device=device, context=context, group=group),
            )
        elif open_run(path).state.status == "finished":
            yield member, None
        else:
            yield member, resumed_run(path, dataset=dataset, context=context)


def report_of(
    experiment: LossExperiment, place: Place, dataset: Dataset
) -> Generator[tuple[int, int], None, LossReport]:
    """Measure every run on the test split, as far as that is not done, and report; yields ``(done, total)``.

    A run that failed before its first weights were kept is left out.

    Raises
    ------
    RunError
        When that is true of all of them.
    """
    findings = []
    for member in experiment.members:
        path = place.of(member)
        if not open_run(path).checkpoint_paths():
            continue
        if kept_figures(path) is None:
            yield from measure_and_keep(path, dataset=dataset, importance_samples=0)
        findings.append(finding_of(open_run(path)))
    if not findings:
        raise RunError(f"{place.folder}: all trainings failed before any weights were kept")
    runs = [(finding.title, finding.config) for finding in findings]
    return LossReport(tuple(findings), compare_starts(runs, dataset.description))


def load_data(experiment: LossExperiment, context: LoadContext | None = None) -> Dataset:
    """Load the data that all runs share."""
    return datasets.load(experiment.members[0].config.data, context)


def _check_is(run: RunDirectory, wanted: RunConfig, group: RunGroup) -> None:
    known = run.group
    if known is None or replace(known, identity="") != group:
        raise RunError(f"{run.path}: is there already, and is no run of this experiment; choose another folder")
    if run.config != wanted:
        raise RunError(
            f"{run.path}: was trained with other settings; choose another folder, or train all anew with --overwrite"
        )


def _identity(experiment: LossExperiment, place: Place) -> str | None:
    """Return the identity of the runs that are there already."""
    found = [open_run(place.of(member)).group for member in experiment.members if place.of(member).exists()]
    return next((group.identity for group in found if group is not None), None)
