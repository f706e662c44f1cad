"""The trainings of the window: what is trained where, and what comes of it."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from explorer.config import RunConfig
from explorer.jobs.runs.open_run import OpenRun, model_of_snapshot, view_of
from explorer.jobs.runs.train_run import TrainJob, new_run, resumed_run
from explorer.jobs.workers.training_worker import News, TrainingWorker
from explorer.runs.errors import RunError
from explorer.session import Session
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

NEWS_MILLISECONDS = 33


class Trainings(QObject):
    """Makes runs, trains them, and brings what the training worker posts to the store.

    ``device`` is where the next run is trained, a device's name or ``"auto"``; ``pace`` how fast.

    Signals
    -------
    began : str
        The key of a run that trains from now on.
    progress : str, Progress
        How far a run's training is.
    device_changed
        ``device`` changed.
    """

    began = Signal(str)
    progress = Signal(str, object)
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

    @property
    def running(self) -> tuple[str, ...]:
        """Keys of the runs that train now, paused ones included."""
        return self._worker.training

    def control(self, key: str) -> Control | None:
        """Return the control of a run that trains: pause, resume, stop, pace, advance."""
        return self._worker.control(key)

    def use_device(self, device: str) -> None:
        """Choose where the next run is trained."""
        self.device = device
        self.device_changed.emit()

    def train(self, config: RunConfig, name: str) -> None:
        """Make a run of that name and train it, in the pane of a run of the same family if there is one."""
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
        """Train a run on, to ``epochs`` in all: a stopped one, or a finished one further; on its own device for ""."""
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
        """Train a job's run, in the pane of a run of the same family if there is one; not ``shown``, in none.

        False is given where it cannot be trained now, which is notified.
        """
        try:
            self._worker.start(job, self._on_news, pace=self.pace)
        except RunError as error:
            self._asker.messages.notify(str(error))
            return False
        run = replace(view_of(job.run), status="training", dataset=job.dataset)
        shown = shown and (panes.is_shown(self._session, run.key) or not self._opener.is_wanted(run.key))
        self._opener.take_in(run, panes.pane_for(self._session, self._store.runs, run), shown=shown)
        self.began.emit(run.key)
        self._folders.read()
        return True

    def _on_job(self, job: TrainJob) -> None:
        self._session.set_silent(replay_epoch=None)  # who trains wants to see it train
        self.start(job)

    # What comes of them

    def _on_news(self, news: News) -> None:
        run = self._store.get(news.run)
        if run is None:
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
        self.progress.emit(run.key, event)

    def _on_snapshot(self, run: OpenRun, event: Snapshot) -> None:
        if run.key in self._replays:
            self._replays.keep_snapshot(run.key, event)
            return
        self._store.set(run.key, weights=self._asker.take_model(model_of_snapshot(run, event)))
        control = self._worker.control(run.key)
        if control is not None and control.paused:
            self._planes.ask_whole(run.key)

    def _on_finished(self, run: OpenRun, event: Finished) -> None:
        self._store.set(run.key, status=event.status, reason=event.reason, step=event.step)
        if event.status == "failed":
            self._asker.messages.notify(f"{run.name}: {event.reason}")
        if self._opener.is_wanted(run.key):
            self._opener.reopen(run.key)
        else:  # its pane was closed while it trained
            self._opener.forget(run.key)
        self._folders.read()
