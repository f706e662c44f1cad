"""Trainings of the window: single runs, and all runs of an experiment on the loss.

Every part of the window reads `Trainings.state` and acts through `Trainings`, so all agree on the running trainings.

1. `train` and `train_further` create or reopen a run in a background task, which also loads its data.
2. `start` passes the job to the training worker, adds the run to the store and shows it in a pane.
3. The worker posts events; an inbox delivers them in bundles, in the window's thread, to `_on_news`.
4. Progress extends the run's history, snapshots replace its weights, kept frames extend its replay.
5. At the end the run is read again from disk, or closed if its pane was closed meanwhile.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from explorer.config import RunConfig
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.jobs.experiments.loss_experiment import BOTH, LossExperiment
from explorer.jobs.experiments.run_experiment import ExperimentFolder, jobs_of
from explorer.jobs.runs.open_run import OpenRun, model_of_snapshot, view_of
from explorer.jobs.runs.train_run import TrainJob, new_run, resumed_run
from explorer.jobs.workers.training_worker import News, TrainingWorker
from explorer.runs.files import RunError
from explorer.runs.run_folders import remove_run
from explorer.session import MAX_PANES, Session
from explorer.training.control import Control, Pace
from explorer.training.events import Finished, Kept, Progress, Snapshot
from explorer.ui.services.live_planes import LivePlanes
from explorer.ui.services.replay_state import ReplayState
from explorer.ui.services.run_data import RunData
from explorer.ui.services.run_folders import RunFolders
from explorer.ui.services.run_opener import RunOpener
from explorer.ui.state import panes
from explorer.ui.state.asker import Asker
from explorer.ui.state.tasks import Tasks

Stage = Literal["training", "paused", "stopping"]


@dataclass(frozen=True)
class TrainingState:
    """What the window knows of a run that trains; ``progress`` is None before its first step."""

    stage: Stage
    progress: Progress | None = None
    pace: Pace = "full"


# Interval of the bundles: curves and planes are redrawn at most 30 times a second, however fast steps are.
NEWS_MILLISECONDS = 33


class Trainings(QObject):
    """Creates and trains runs, and writes the events of the training worker to the store.

    ``device`` is the device of the next run, a name or ``"auto"``; ``pace`` is its speed.

    Signals
    -------
    began : str
        The key of a run whose training has begun.
    progress : str, Progress
        The key of a run and the progress of its training.
    state_changed : str
        The training of the run with this key began or ended, was paused, resumed or asked to stop, or has another pace.
    device_changed
        ``device`` changed.
    """

    began = Signal(str)
    progress = Signal(str, object)
    state_changed = Signal(str)
    device_changed = Signal()

    def __init__(
        self,
        session: Session,
        asker: Asker,
        tasks: Tasks,
        worker: TrainingWorker,
        data: RunData,
        planes: LivePlanes,
        replays: ReplayState,
        opener: RunOpener,
        folders: RunFolders,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._asker, self._store, self._tasks = session, asker, asker.store, tasks
        self._worker, self._data, self._planes, self._replays = worker, data, planes, replays
        self._opener, self._folders = opener, folders
        self.device = "auto"
        self.pace: Pace = "full"
        self._last: dict[str, Progress] = {}  # newest event of each run that trains

    @property
    def running(self) -> tuple[str, ...]:
        """Keys of the runs that train now, including paused ones."""
        return self._worker.training

    def control(self, key: str) -> Control | None:
        """Return the control of a training: pause, resume, stop, pace, advance; None if the run does not train."""
        return self._worker.control(key)

    def state(self, key: str) -> TrainingState | None:
        """Return what a training is doing; None if the run does not train."""
        control = self._worker.control(key)
        if control is None:
            return None
        stage: Stage = "stopping" if control.stopping else "paused" if control.paused else "training"
        return TrainingState(stage, self._last.get(key), control.pace)

    def pause(self, key: str) -> None:
        """Pause a training before its next step."""
        if (control := self._worker.control(key)) is not None:
            control.pause()
            # While it trains, planes show a part of the samples; a pause leaves time for all of them.
            self._planes.ask_whole(key)
            self.state_changed.emit(key)

    def resume(self, key: str) -> None:
        """Continue a paused training."""
        if (control := self._worker.control(key)) is not None:
            control.resume()
            self.state_changed.emit(key)

    def stop(self, key: str) -> None:
        """Stop a training; it saves a checkpoint and can be resumed later."""
        if (control := self._worker.control(key)) is not None:
            control.stop()
            self.state_changed.emit(key)

    def use_pace(self, pace: Pace) -> None:
        """Set the pace of all trainings, those to come as well; it does not change the weights."""
        self.pace = pace
        for key in self.running:
            if (control := self._worker.control(key)) is not None and control.pace != pace:
                control.set_pace(pace)
                self.state_changed.emit(key)

    def advance(self) -> None:
        """Take one step of every training at the pace "step"."""
        for key in self.running:
            if (control := self._worker.control(key)) is not None and control.pace == "step":
                control.advance()

    def use_device(self, device: str) -> None:
        """Set the device of the next run."""
        self.device = device
        self.device_changed.emit()

    def train(self, config: RunConfig, name: str) -> None:
        """Create a run and train it; it takes the pane of a run of the same family, if there is one."""
        path, device = self._folders.folder / name, self.device
        dataset = self._data.loaded(config.data)
        self._tasks.do(
            f"train {path}",
            lambda context: self._planes.prepare(
                new_run(config, path, dataset=dataset, device=device, context=context)
            ),
            self._on_job,
        )

    def train_further(self, key: str, epochs: int | None = None, device: str = "") -> None:
        """Continue the training of a stopped or finished run to ``epochs`` in total; ``device`` "" keeps its own."""
        run = self._store.get(key)
        dataset = run.dataset if run else None
        self._tasks.do(
            f"train {key}",
            lambda context: self._planes.prepare(
                resumed_run(Path(key), epochs=epochs, dataset=dataset, device=device, context=context)
            ),
            self._on_job,
        )

    def start(self, job: TrainJob, *, shown: bool = True) -> bool:
        """Train the run of a job; if ``shown``, it takes the pane of a run of the same family or a new one.

        Return False, with a message to the user, if it cannot be trained now.
        """
        try:
            # The worker refuses a run that trains already, for example in another window.
            self._worker.start(job, self._on_news, pace=self.pace)
        except RunError as error:
            self._asker.messages.notify(str(error))
            return False
        run = replace(view_of(job.run), status="training", dataset=job.dataset)
        # A ladder may have more runs than there are panes: its further runs are shown by the curves alone.
        shown = shown and (panes.is_shown(self._session, run.key) or not self._opener.is_wanted(run.key))
        self._opener.take_in(run, panes.pane_for(self._session, self._store.runs, run), shown=shown)
        self.began.emit(run.key)
        self.state_changed.emit(run.key)
        self._folders.read()
        return True

    def _on_job(self, job: TrainJob) -> None:
        self._session.set_silent(replay_epoch=None)  # leave the replay, to show the training
        key = str(job.run.path)
        self._session.amend(panes=self._session.view.with_weights(key, "final"))
        if self.start(job) and job.note:
            self._asker.messages.notify(job.note)

    # Events of the training worker

    def _on_news(self, news: News) -> None:
        run = self._store.get(news.run)
        if run is None:  # closed; its last events were already posted
            return
        match news.event:
            case Progress() as event:
                self._on_progress(run, event)
            case Snapshot() as event:
                self._on_snapshot(run, event)
            case Kept() as event:
                self._store.replace_all(run.with_frames(event.frames))
            case Finished() as event:
                self._on_finished(run, event)

    def _on_progress(self, run: OpenRun, event: Progress) -> None:
        history = run.history.extended(event.metrics) if event.metrics else run.history
        self._store.set(run.key, step=event.step, history=history)
        self._last[run.key] = event
        self.progress.emit(run.key, event)

    def _on_snapshot(self, run: OpenRun, event: Snapshot) -> None:
        if run.key in self._replays:
            self._replays.keep_snapshot(run.key, event)
            return
        self._store.set(run.key, weights=self._asker.take_model(model_of_snapshot(run, event)))
        control = self._worker.control(run.key)
        # There is time for all samples now, and no next snapshot soon.
        if control is not None and control.paused:
            self._planes.ask_whole(run.key)

    def _on_finished(self, run: OpenRun, event: Finished) -> None:
        self._last.pop(run.key, None)
        self._store.set(run.key, status=event.status, reason=event.reason, step=event.step)
        self.state_changed.emit(run.key)
        if event.status == "failed":
            self._asker.messages.notify(f"{run.name}: {event.reason}")
        elif event.reason:  # it stopped early; the list of runs keeps the reason
            self._asker.messages.remark(f"{run.name}: {event.reason}")
        self._opener.end_training(run.key)
        self._folders.read()


class GroupTrainings(QObject):
    """Trains all runs of an experiment on the loss, created together or not at all, and shown side by side.

    The runs are created in the background, then passed to `Trainings`, which trains them in turns.
    """

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
        """Train all runs. Up to four of those named in ``shown`` get panes; the others are shown as curves only."""
        config = experiment.members[0].config.data
        dataset, target = self._data.loaded(config), ExperimentFolder(self._folders.folder, stem)
        device = self._trainings.device

        def make(context: LoadContext) -> list[TrainJob]:
            data = datasets.load(config, context) if dataset is None else dataset
            return [self._planes.prepare(job) for job in _made(experiment, target, data, device, context)]

        self._tasks.do(f"train {self._folders.folder / stem}", make, lambda jobs: self._start(jobs, shown, stem))

    def _start(self, jobs: list[TrainJob], shown: Collection[str], stem: str) -> None:
        begun = [job for job in jobs if self._trainings.start(job, shown=False)]
        names = {str(job.run.path): job.run.group.member for job in begun if job.run.group is not None}
        # If none of the chosen runs could be started, the first ones are shown.
        in_view = [key for key, name in names.items() if name in shown][:MAX_PANES] or list(names)[:MAX_PANES]
        if in_view:  # the run with both terms of the loss is the reference, so it becomes active
            active = next((index for index, key in enumerate(in_view) if names[key] == BOTH), 0)
            self._opener.show_only(in_view, active, f"train {stem}")


def _made(
    experiment: LossExperiment, folder: ExperimentFolder, dataset: Dataset, device: str, context: LoadContext
) -> list[TrainJob]:
    """Return the jobs of all runs; if one fails, remove the runs created so far."""
    # Checked for all before any is created.
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
