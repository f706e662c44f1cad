"""Train all runs of an experiment on the loss, one after the other.

1. `check_folder` refuses a folder with other runs, or empties it with ``overwrite``.
2. `jobs_of` yields a job per member: a new run, a resumed one, or None for a finished run.
3. The command line trains each job before it asks for the next; the window makes all jobs first and trains them in
   turns.
4. `report_of` computes the figures that are missing and returns the report.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.config import RunConfig
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.jobs.experiments.loss_experiment import LossExperiment, Member, new_identity, run_name
from explorer.jobs.experiments.loss_group import compare_initial_weights, finding_of
from explorer.jobs.experiments.loss_report import LossReport
from explorer.jobs.runs.kept_figures import kept_figures, measure_and_keep
from explorer.jobs.runs.train_run import TrainJob, new_run, resolved_config, resumed_run
from explorer.runs.files import RunError
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.run_folders import remove_run
from explorer.runs.run_group import RunGroup


@dataclass(frozen=True)
class ExperimentFolder:
    """The folder of an experiment; each run has a subfolder named after ``stem`` and the member."""

    folder: Path
    stem: str = ""

    def of(self, member: Member) -> Path:
        """Return the folder of the run of a member."""
        return self.folder / run_name(self.stem, member)


def check_folder(
    experiment: LossExperiment, folder: ExperimentFolder, dataset: Dataset, *, overwrite: bool = False
) -> None:
    """Check that existing runs belong to this experiment and can be continued; with ``overwrite``, delete them.

    Raises
    ------
    RunError
        If a run has other settings, or a folder is not a run.
    ConfigError
        If the settings do not fit the data.
    """
    for member in experiment.members:
        # Saved configs are resolved, so the wanted one must be too.
        path, wanted = folder.of(member), resolved_config(member.config, dataset)
        if not path.exists():
            continue
        if overwrite:
            remove_run(path)
        else:
            _check_is(open_run(path), wanted, experiment.group(member, ""))


def jobs_of(
    experiment: LossExperiment,
    folder: ExperimentFolder,
    dataset: Dataset,
    *,
    device: str = "auto",
    context: LoadContext | None = None,
) -> Iterator[tuple[Member, TrainJob | None]]:
    """Yield each member with the job that trains it to the end; None for a run that is finished.

    A run folder is made only when its job is asked for.
    """
    # Resumed and new runs must share one identity to be found as a group.
    identity = _identity(experiment, folder) or new_identity()
    for member in experiment.members:
        path = folder.of(member)
        if not path.exists():
            group = experiment.group(member, identity)
            yield (
                member,
                new_run(member.config, path, dataset=dataset, device=device, context=context, group=group),
            )
        # A stopped run has a checkpoint and continues from it.
        elif open_run(path).state.status == "finished":
            yield member, None
        else:
            yield member, resumed_run(path, dataset=dataset, context=context)


def report_of(
    experiment: LossExperiment, folder: ExperimentFolder, dataset: Dataset
) -> Generator[tuple[int, int], None, LossReport]:
    """Compute missing figures on the test split and return the report; yields ``(done, total)`` of each evaluation.

    Runs that failed before their first checkpoint are left out.

    Raises
    ------
    RunError
        If no run has a checkpoint.
    """
    findings = []
    for member in experiment.members:
        path = folder.of(member)
        # A run that failed at its first step has no weights to evaluate.
        if not open_run(path).checkpoint_paths():
            continue
        if kept_figures(path) is None:
            # log p(x) is not in the report, and it would take longest.
            yield from measure_and_keep(path, dataset=dataset, importance_samples=0)
        findings.append(finding_of(open_run(path)))
    if not findings:
        raise RunError(f"{folder.folder}: every training failed before weights were saved")
    runs = [(finding.title, finding.config) for finding in findings]
    return LossReport(tuple(findings), compare_initial_weights(runs, dataset.description))


def load_data(experiment: LossExperiment, context: LoadContext | None = None) -> Dataset:
    """Return the data set, which all runs share."""
    # `ablation` and `ladder` change only the model section.
    return datasets.load(experiment.members[0].config.data, context)


def _check_is(run: RunDirectory, wanted: RunConfig, group: RunGroup) -> None:
    known = run.group
    # The identity is random, all else must match.
    if known is None or replace(known, identity="") != group:
        raise RunError(f"{run.path}: already exists and is not a run of this experiment; choose another folder")
    if run.config != wanted:
        raise RunError(
            f"{run.path}: was trained with other settings; choose another folder, or train all again with --overwrite"
        )


def _identity(experiment: LossExperiment, folder: ExperimentFolder) -> str | None:
    """Return the group identity of the existing runs; None if there are none."""
    found = [open_run(folder.of(member)).group for member in experiment.members if folder.of(member).exists()]
    return next((group.identity for group in found if group is not None), None)
