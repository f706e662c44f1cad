"""The trainings of the window: begun, and their news taken 30 times a second."""

import sys
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from explorer.jobs.runs.open_run import OpenRun, view_of
from explorer.jobs.runs.train_run import TrainJob
from explorer.jobs.workers.training_worker import News, TrainingWorker
from explorer.runs.errors import RunError
from explorer.session import Session
from explorer.training.control import Pace
from explorer.training.events import Finished, Kept, Progress, Snapshot
from explorer.ui.state import panes
from explorer.ui.state.open_runs import OpenRuns

NEWS_MILLISECONDS = 33


class Trainings(QObject):
    """Starts jobs in the training worker and brings what it posts to the open runs; idle while nothing trains.

    Signals
    -------
    progress : str, Progress
        How far a run's training is.
    folders_changed
        A run began or ended.
    told : str
        One sentence on what failed.
    """

    progress = Signal(str, object)
    folders_changed = Signal()
    told = Signal(str)

    def __init__(
        self, session: Session, open_runs: OpenRuns, worker: TrainingWorker, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._open, self._worker = session, open_runs, worker
        self._timer = QTimer(self, interval=NEWS_MILLISECONDS)
        self._timer.timeout.connect(self._take_news)

    def start(self, job: TrainJob, pace: Pace, *, shown: bool = True) -> bool:
        """Train a job's run, in the pane of a run of the same family if there is one; not ``shown``, in none.

        False is given where it cannot be trained now, which is told.
        """
        try:
            self._worker.start(job, pace=pace)
        except RunError as error:
            self.told.emit(str(error))
            return False
        run = replace(view_of(job.run), status="training", dataset=job.dataset)
        self._timer.start()
        shown = shown and (panes.is_shown(self._session, run.key) or not self._open.is_wanted(run.key))
        self._open.take_in(run, panes.pane_for(self._session, self._open.runs, run), shown=shown)
        self.folders_changed.emit()
        return True

    def stop(self) -> None:
        """Take no more news."""
        self._timer.stop()

    @Slot()
    def _take_news(self) -> None:
        is_idle = not self._worker.training  # asked first: whatever has ended by then is in the mailbox
        for news in self._worker.mailbox.take():
            try:
                self._on_news(news)
            except Exception as error:  # the news behind it is out of the mailbox, and would be lost
                sys.excepthook(type(error), error, error.__traceback__)
        if is_idle and not self._worker.training:
            self._timer.stop()

    def _on_news(self, news: News) -> None:
        run = self._open.runs.get(news.run)
        if run is None:
            return
        match news.event:
            case Progress() as event:
                self._on_progress(run, event)
            case Snapshot() as event:
                self._on_snapshot(run, event)
            case Kept() as event:
                self._on_kept(run, event)
            case Finished() as event:
                self._on_finished(run, event)

    def _on_progress(self, run: OpenRun, event: Progress) -> None:
        self._open.runs[run.key] = replace(run, step=event.step, history=run.history.extended(event.metrics))
        self.progress.emit(run.key, event)
        if event.metrics:
            self._open.changed.emit(run.key)

    def _on_kept(self, run: OpenRun, event: Kept) -> None:
        self._open.runs[run.key] = run.with_frames(event.frames)
        self._open.changed.emit(run.key)

    def _on_snapshot(self, run: OpenRun, event: Snapshot) -> None:
        if run.key in self._open.back:
            self._open.back.take_snapshot(run.key, event)
            return
        self._open.planes.note_snapshot(run, event)
        self._open.model_changed.emit(run.key)
        control = self._worker.control(run.key)
        if control is not None and control.paused:
            self._open.planes.ask_whole(run)

    def _on_finished(self, run: OpenRun, event: Finished) -> None:
        self._open.runs[run.key] = replace(run, status=event.status, reason=event.reason, step=event.step)
        self._open.changed.emit(run.key)
        if event.status == "failed":
            self.told.emit(f"{run.name}: {event.reason}")
        if self._open.is_wanted(run.key):
            self._open.reopen(run.key)
        else:  # its pane was closed while it trained
            self._open.forget(run.key)
        self.folders_changed.emit()
