"""Training all runs of an experiment on the loss at once: made together or not at all, shown side by side."""

from collections.abc import Collection
from contextlib import suppress

from PySide6.QtCore import QObject

from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.jobs.experiments.loss_experiment import BOTH, LossExperiment
from explorer.jobs.experiments.run_experiment import ExperimentFolder, jobs_of
from explorer.jobs.runs.train_run import TrainJob
from explorer.runs.errors import RunError
from explorer.runs.run_folders import remove_run
from explorer.session import MAX_PANES
from explorer.ui.services.live_planes import LivePlanes
from explorer.ui.services.run_data import RunData
from explorer.ui.services.run_folders import RunFolders
from explorer.ui.services.run_opener import RunOpener
from explorer.ui.services.trainings import Trainings
from explorer.ui.state.tasks import Tasks


class GroupTrainings(QObject):
    """Makes the runs in the background, then hands them to the trainings, where they take turns."""

    def __init__(
        self,
        tasks: Tasks,
        data: RunData,
        planes: LivePlanes,
        opener: RunOpener,
        folders: RunFolders,
        trainings: Trainings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks, self._data, self._planes = tasks, data, planes
        self._opener, self._folders, self._trainings = opener, folders, trainings

    def train(self, experiment: LossExperiment, stem: str, shown: Collection[str]) -> None:
        """Train all runs; those whose names are in ``shown``, up to four, get the panes, the others are only curves."""
        config = experiment.members[0].config.data
        dataset, target = self._data.loaded(config), ExperimentFolder(self._folders.folder, stem)
        device = self._trainings.device

        def make(context: LoadContext) -> list[TrainJob]:
            data = datasets.load(config, context) if dataset is None else dataset
            return [self._planes.prepare(job) for job in _made(experiment, target, data, device, context)]

        self._tasks.do(f"train {self._folders.folder / stem}", make, lambda jobs: self._start(jobs, shown))

    def _start(self, jobs: list[TrainJob], shown: Collection[str]) -> None:
        begun = [job for job in jobs if self._trainings.start(job, shown=False)]
        names = {str(job.run.path): job.run.group.member for job in begun if job.run.group is not None}
        in_view = [key for key, name in names.items() if name in shown][:MAX_PANES] or list(names)[:MAX_PANES]
        if in_view:
            active = next((place for place, key in enumerate(in_view) if names[key] == BOTH), 0)
            self._opener.show_only(in_view, active)


def _made(
    experiment: LossExperiment, folder: ExperimentFolder, dataset: Dataset, device: str, context: LoadContext
) -> list[TrainJob]:
    """Make every run, or none: what was made before a fault is taken away again."""
    for member in experiment.members:
        if folder.of(member).exists():
            raise RunError(f"{folder.of(member)}: already exists; choose another name")
    jobs: list[TrainJob] = []
    try:
        for _, job in jobs_of(experiment, folder, dataset, device=device, context=context):
            assert job is not None
            jobs.append(job)
    except Exception:
        for job in jobs:
            with suppress(RunError, OSError):
                remove_run(job.run.path)
        raise
    return jobs
