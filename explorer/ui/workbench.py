"""The workbench: holds the session, the open runs and the workers, and turns their news into Qt signals."""

import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from explorer.config import DataConfig, RunConfig
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.jobs.background import Background, Done, Working
from explorer.jobs.code_range import random_code
from explorer.jobs.inference import Answer, InferenceWorker
from explorer.jobs.open_run import OpenedRun, OpenRun, open_for_viewing, view_of
from explorer.jobs.plane_codes import PlaneCodes
from explorer.jobs.questions import EmbedPlane, Question
from explorer.jobs.run_data import source_problem
from explorer.jobs.run_summary import RunSummary, summaries
from explorer.jobs.train_run import TrainJob, new_run, resumed_run
from explorer.jobs.training_worker import News, TrainingWorker
from explorer.latent.projection import default_projection
from explorer.runs.errors import RunError
from explorer.runs.run_directory import remove_run, rename_run
from explorer.session import Pane, PathEnd, Probe, Session, View
from explorer.training.control import Control, Pace
from explorer.training.events import Finished, Progress, Snapshot
from explorer.ui.live_planes import LivePlanes

NEWS_MILLISECONDS = 33
CLOSE_SECONDS = 10.0


class Workbench(QObject):
    """What the window's parts share: they read ``session`` and ``runs``, call its verbs, hear its signals.

    Everything that takes long is done in a worker; no method here waits. A run's key is the path of its directory.

    Signals
    -------
    run_opened, run_closed : str
        A run's key; ``runs`` has it, or no longer.
    run_changed : str
        Its name, status, data or history changed.
    plane_changed : str
        Its codes changed: ``runs[key].plane``.
    model_changed : str
        Its weights changed: pictures made by it are of an older model.
    progress : str, Progress
        How far its training is.
    answered : Answer
        An answer to a question that `ask` took.
    data_changed
        ``dataset``, the data of the next run, changed.
    device_changed
        ``device``, where the next run is trained, changed.
    task_changed : Working or Done
        How far a background task is.
    runs_listed
        ``listed``, the runs on disk, was read anew.
    told : str
        One sentence for the user: something failed, and what to do.
    settings_wanted : RunConfig
        The form is to take these settings for the next run.
    """

    run_opened = Signal(str)
    run_closed = Signal(str)
    run_changed = Signal(str)
    plane_changed = Signal(str)
    model_changed = Signal(str)
    progress = Signal(str, object)
    answered = Signal(object)
    data_changed = Signal()
    device_changed = Signal()
    task_changed = Signal(object)
    runs_listed = Signal()
    told = Signal(str)
    settings_wanted = Signal(object)
    _delivered = Signal(object)

    def __init__(self, runs_folder: Path, shipped: tuple[Path, ...] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = Session()
        self.runs: dict[str, OpenRun] = {}
        self.runs_folder = Path(os.path.abspath(runs_folder))
        self.listed: tuple[RunSummary, ...] = ()
        self.dataset: Dataset | None = None
        self.data_config = DataConfig()
        self.device = "auto"
        self.pace: Pace = "full"
        self.shipped = shipped
        self._closed = False
        self._opening: set[str] = set()
        self._random = np.random.default_rng(0)
        self._asked_data: DataConfig | None = None
        self._delivered.connect(self._on_delivered)
        self._inference = InferenceWorker(self._delivered.emit)
        self._background = Background(self._delivered.emit)
        self._training = TrainingWorker()
        self._planes = LivePlanes(self._inference)
        self._then: dict[str, deque[tuple[Callable[[Any], None], Callable[[], None] | None]]] = {}
        self._news_timer = QTimer(self, interval=NEWS_MILLISECONDS)
        self._news_timer.timeout.connect(self._take_news)

    # Runs

    def list_runs(self) -> None:
        """Read which runs are on disk, for `runs_listed`."""
        shipped, folder = self.shipped, self.runs_folder
        self._do("list runs", lambda _: summaries(folder, shipped), self._on_listed)

    def listed_paths(self) -> tuple[Path, ...]:
        """Give the directories of the runs on disk that can be opened, newest first."""
        return tuple(run.path for run in self.listed if run.status != "damaged")

    def open_run(self, path: Path, *, pane: int | None = None) -> None:
        """Open a run in a new pane, or in place of the run in ``pane``; then load its data."""
        key = os.path.abspath(path)
        if key in self.runs:
            self.show_in_pane(key, pane)
        elif key not in self._opening:
            self._opening.add(key)
            self._do(
                f"open {key}",
                lambda _: open_for_viewing(Path(key)),
                lambda opened: self._on_opened(opened, pane),
                lambda: self._forget(key),
            )

    def open_view(self, view: View) -> None:
        """Begin anew with a View: open the runs of its panes, close those that it does not show."""
        self.session.reset(view)
        shown = [pane.run for pane in view.panes]
        for key in [key for key in (*self.runs, *self._opening) if key not in shown]:
            self._close_run(key)
        for key in shown:
            if key in self.runs:
                self.plane_changed.emit(key)
            else:
                self.open_run(Path(key))

    def show_in_pane(self, key: str, pane: int | None = None) -> None:
        """Show an open run in a new pane, or in place of the run in ``pane``."""
        panes = self.session.view.panes
        if any(shown.run == key for shown in panes):
            self.session.adjust(active=[shown.run for shown in panes].index(key))
            return
        if pane is None or not 0 <= pane < len(panes):
            self.session.adjust(panes=(*panes, Pane(key)), active=len(panes))
        else:
            replaced = panes[pane].run
            self.session.adjust(panes=(*panes[:pane], Pane(key), *panes[pane + 1 :]), active=pane)
            self._close_run(replaced)

    def close_pane(self, pane: int) -> None:
        """Take a pane away; its run closes unless it trains."""
        panes = self.session.view.panes
        key = panes[pane].run
        rest = (*panes[:pane], *panes[pane + 1 :])
        self.session.adjust(panes=rest, active=max(0, min(self.session.view.active, len(rest) - 1)))
        self._close_run(key)

    def rename_run(self, key: str, name: str) -> None:
        """Rename a run's folder; the session follows."""
        self._do(f"rename {key}", lambda _: rename_run(Path(key), name), lambda path: self._on_moved(key, path))

    def remove_run(self, key: str) -> None:
        """Delete a run's folder; the caller has asked the user."""
        self._do(f"remove {key}", lambda _: remove_run(Path(key)), lambda _: self._on_removed(key))

    # Data

    def choose_data(self, config: DataConfig) -> None:
        """Load the data of the next run; on failure the data set in use stays in use."""
        self._asked_data = config
        self._background.cancel("data")
        self._do("data", lambda context: datasets.load(config, context), lambda loaded: self._on_data(config, loaded))

    def use_data(self, config: DataConfig, dataset: Dataset) -> None:
        """Take data that is loaded already, for example for a preview, as the data of the next run."""
        self._asked_data = config
        self._background.cancel("data")
        self._on_data(config, dataset)

    def use_device(self, device: str) -> None:
        """Choose where the next run is trained: a device's name, or ``"auto"``."""
        self.device = device
        self.device_changed.emit()

    def cancel_task(self, key: str) -> None:
        """Cancel a background task by the key that `task_changed` named."""
        self._background.cancel(key)

    def run_task(self, key: str, work: Callable[[LoadContext], Any], then: Callable[[Any], None]) -> None:
        """Do something long in the background, then call ``then`` with its value here; problems are told."""
        self._do(key, work, then)

    # Training

    @property
    def training(self) -> tuple[str, ...]:
        """Keys of the runs that train now, paused ones included."""
        return self._training.training

    def control(self, key: str) -> Control | None:
        """Give the control of a run that trains: pause, resume, stop, pace, advance."""
        return self._training.control(key)

    def train(self, config: RunConfig, name: str) -> None:
        """Make a run of that name and train it, in the pane of a run of the same family if there is one."""
        path, device = self.runs_folder / name, self.device
        dataset = self._loaded_data_by(config.data)
        self._do(
            f"train {path}",
            lambda context: self._planes.prepare(
                new_run(config, path, dataset=dataset, device=device, context=context)
            ),
            self._on_job,
        )

    def train_further(self, key: str, epochs: int | None = None, device: str = "") -> None:
        """Train a run on, to ``epochs`` in all: a stopped one, or a finished one further; on its own device for ""."""
        run = self.runs.get(key)
        dataset = run.dataset if run else None
        self._do(
            f"train {key}",
            lambda context: self._planes.prepare(
                resumed_run(Path(key), epochs=epochs, dataset=dataset, device=device, context=context)
            ),
            self._on_job,
        )

    def want_settings_of(self, key: str) -> None:
        """Ask the form to take a run's settings for the next run."""
        if key in self.runs:
            self.settings_wanted.emit(self.runs[key].config)

    def refit_plane(self, key: str) -> None:
        """Fit the basis that a run's plane is seen through to its present codes."""
        plane = self.runs[key].plane if key in self.runs else None
        if plane is not None:
            self._set_plane(key, replace(plane, projection=default_projection(plane.mean)))

    def embed_whole(self, key: str) -> None:
        """Show every sample of a run, not the live plane's share: at pause."""
        if key in self.runs:
            self._planes.ask_whole(self.runs[key])

    # Questions and the hand

    def ask(self, question: Question) -> None:
        """Ask a model; the answer comes by `answered`, the newest of each kind only."""
        self._inference.ask(question)

    def probe_place(self, key: str, z: tuple[float, ...], *, drag: bool = False) -> None:
        """Move the probe to a place in a run's latent space; in a drag, call ``session.commit()`` at release."""
        change = self.session.preview if drag else self.session.update
        change(probe=Probe(key, z))

    def probe_random(self, key: str) -> None:
        """Move the probe to a random code of a run: drawn from its prior, or evenly from where its codes lie."""
        if key in self.runs:
            self.probe_place(key, random_code(self.runs[key], self._random))

    def probe_sample(self, key: str, sample: int) -> None:
        """Put the probe on a sample's code in a run's latent space."""
        if (z := self.code_of(key, sample)) is not None:
            self.session.update(probe=Probe(key, z, sample))

    def path_end_at(self, key: str, sample: int) -> PathEnd | None:
        """Give a path's end at a sample's code."""
        z = self.code_of(key, sample)
        return None if z is None else PathEnd(z, sample)

    def code_of(self, key: str, sample: int) -> tuple[float, ...] | None:
        """Give the mean code of a sample in a run's latent space, where its plane shows it."""
        plane = self.runs[key].plane if key in self.runs else None
        row = plane.row_of(sample) if plane is not None else None
        return None if plane is None or row is None else tuple(map(float, plane.mean[row]))

    def close(self) -> bool:
        """Stop and save what trains, and end every thread; False when one did not end within 10 s."""
        self._closed = True
        self._news_timer.stop()
        workers = (self._training, self._background, self._inference)
        for worker in workers:
            worker.stop()
        deadline = time.monotonic() + CLOSE_SECONDS
        ended = [worker.close(max(0.0, deadline - time.monotonic())) for worker in workers]
        return all(ended)

    # What workers deliver

    def _do(
        self,
        key: str,
        work: Callable[[LoadContext], Any],
        then: Callable[[Any], None],
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        # Tasks of one key end in the order they came.
        self._then.setdefault(key, deque()).append((then, otherwise))
        self._background.submit(key, work)

    @Slot(object)
    def _on_delivered(self, news: object) -> None:
        if self._closed:  # what was under way when the window closed
            return
        if isinstance(news, Answer):
            self._on_answer(news)
        elif isinstance(news, Done):
            self._on_done(news)
        elif isinstance(news, Working):
            self.task_changed.emit(news)

    def _on_done(self, done: Done) -> None:
        waiting = self._then[done.key]
        then, otherwise = waiting.popleft()
        if not waiting:
            del self._then[done.key]
        self.task_changed.emit(done)
        if done.problem:
            self.told.emit(done.problem)
        if not done.problem and not done.cancelled:
            then(done.value)
        elif otherwise is not None:
            otherwise()

    def _on_answer(self, answer: Answer) -> None:
        run = self.runs.get(answer.question.run)
        if run is None:
            return
        if isinstance(answer.question, EmbedPlane):
            self._planes.note_answer(answer)
        if answer.problem:
            self.told.emit(f"{run.name}: {answer.problem}")
        elif not isinstance(answer.question, EmbedPlane):
            self.answered.emit(answer)
        elif answer.value is not None and (run.key in self.training or _is_news(run, answer.value)):
            self._set_plane(run.key, answer.value)

    def _set_plane(self, key: str, plane: PlaneCodes) -> None:
        if key in self.runs:
            self.runs[key] = replace(self.runs[key], plane=plane)
            self.plane_changed.emit(key)

    def _on_listed(self, listed: tuple[RunSummary, ...]) -> None:
        self.listed = listed
        self.runs_listed.emit()

    def _on_opened(self, opened: OpenedRun, pane: int | None) -> None:
        run = opened.run
        if run.key not in self._opening:  # its pane was closed meanwhile
            return
        self._opening.discard(run.key)
        self.runs[run.key] = run
        if opened.subject is not None:
            self._inference.set_subject(opened.subject)
        if opened.problem:
            self.told.emit(opened.problem)
        self._drop_codes_of_another_size(run)
        self.run_opened.emit(run.key)
        if all(shown.run != run.key for shown in self.session.view.panes):
            self.show_in_pane(run.key, pane)
        self.plane_changed.emit(run.key)
        self._load_data_of(run)

    def _drop_codes_of_another_size(self, run: OpenRun) -> None:
        """Take away a probe and a path that do not fit the run: a session may be older than a run of that name."""
        view = self.session.view
        if view.probe is not None and view.probe.run == run.key and len(view.probe.z) != run.latent_dim:
            self.session.adjust(probe=None)
        if view.path is not None and view.path.run == run.key:
            ends = [end for end in (view.path.start, view.path.end) if end is not None]
            if any(len(end.z) != run.latent_dim for end in ends):
                self.session.adjust(path=None)

    def _load_data_of(self, run: OpenRun) -> None:
        loaded = self._loaded_data(run)
        if loaded is not None:
            self._on_data_of(run.key, loaded)
            return
        key, config = run.key, run.config.data
        # A run opens without its data: what fails here is said beside its pictures, and is no error.
        self._do(
            f"data of {key}", lambda context: _load_or_why(config, context), lambda data: self._on_data_of(key, data)
        )

    def _loaded_data(self, run: OpenRun) -> Dataset | None:
        loaded = [self.dataset, *(other.dataset for other in self.runs.values())]
        wanted = run.description.fingerprint
        return next((data for data in loaded if data is not None and data.description.fingerprint == wanted), None)

    def _loaded_data_by(self, config: DataConfig) -> Dataset | None:
        if config == self.data_config and self.dataset is not None:
            return self.dataset
        return next((run.dataset for run in self.runs.values() if run.config.data == config and run.dataset), None)

    def _on_data_of(self, key: str, data: Dataset | str) -> None:
        if key not in self.runs:
            return
        run = self.runs[key]
        if isinstance(data, Dataset) and data.description.fingerprint != run.description.fingerprint:
            data = f"{run.config.data.source} now holds other samples than this run was trained on"
        if isinstance(data, str):
            self.runs[key] = replace(run, missing_data=data)
        else:
            self.runs[key] = replace(run, dataset=data, missing_data="")
            self._inference.set_dataset(key, data)
            if not run.plane_is_current and key not in self.training:
                self._planes.ask_whole(run)
        self.run_changed.emit(key)

    def _on_data(self, config: DataConfig, dataset: Dataset) -> None:
        if config == self._asked_data:
            self.dataset, self.data_config = dataset, config
            self.data_changed.emit()

    def _on_job(self, job: TrainJob) -> None:
        run = replace(view_of(job.run), status="training", dataset=job.dataset)
        try:
            self._training.start(job, pace=self.pace)
        except RunError as error:
            self.told.emit(str(error))
            return
        known = self.runs.get(run.key)
        self.runs[run.key] = replace(run, plane=known.plane) if known is not None else run
        self._news_timer.start()
        self.run_opened.emit(run.key)
        self.show_in_pane(run.key, self._pane_for(run))
        self.run_changed.emit(run.key)
        self.list_runs()

    def _pane_for(self, run: OpenRun) -> int | None:
        """Give the pane that a new run takes: one of its family, or the active one when both are taken."""
        panes = self.session.view.panes
        families = [self.runs[pane.run].short_title if pane.run in self.runs else "" for pane in panes]
        if run.short_title in families:
            return families.index(run.short_title)
        return self.session.view.active if len(panes) > 1 else None

    @Slot()
    def _take_news(self) -> None:
        for news in self._training.mailbox.take():
            self._on_news(news)
        if not self._training.training:
            for news in self._training.mailbox.take():
                self._on_news(news)
            self._news_timer.stop()

    def _on_news(self, news: News) -> None:
        run = self.runs.get(news.run)
        if run is None:
            return
        match news.event:
            case Progress() as event:
                self.runs[news.run] = replace(run, step=event.step, history=run.history.extended(event.metrics))
                self.progress.emit(news.run, event)
                if event.metrics:
                    self.run_changed.emit(news.run)
            case Snapshot() as event:
                self._planes.note_snapshot(run, event)
                self.model_changed.emit(news.run)
                control = self._training.control(news.run)
                if control is not None and control.paused:
                    self._planes.ask_whole(run)
            case Finished() as event:
                self._on_finished(run, event)

    def _on_finished(self, run: OpenRun, event: Finished) -> None:
        self.runs[run.key] = replace(run, status=event.status, reason=event.reason, step=event.step)
        self.run_changed.emit(run.key)
        if event.status == "failed":
            self.told.emit(f"{run.name}: {event.reason}")
        self.list_runs()
        if all(pane.run != run.key for pane in self.session.view.panes):  # its pane was closed while it trained
            self._forget(run.key)
            return
        dataset = run.dataset
        self._do(
            f"open {run.key}", lambda _: open_for_viewing(run.path, dataset), lambda opened: self._on_reopened(opened)
        )

    def _on_reopened(self, opened: OpenedRun) -> None:
        run = opened.run
        if run.key not in self.runs or run.key in self.training:
            return
        shown = self.runs[run.key].plane
        if run.plane is not None and shown is not None and shown.projection.latent_dim == run.latent_dim:
            # The plane keeps the basis it was watched through, so that nothing turns at the end of a training.
            run = replace(run, plane=replace(run.plane, projection=shown.projection))
        self.runs[run.key] = run
        if opened.subject is not None:
            self._inference.set_subject(opened.subject)
            self.model_changed.emit(run.key)
        self.run_changed.emit(run.key)
        self.plane_changed.emit(run.key)

    def _on_moved(self, key: str, path: Path) -> None:
        new = str(path)
        if key in self.runs and new != key:
            run = self.runs.pop(key)
            subject = self._inference.subject(key)
            self._inference.forget(key)
            self._planes.forget(key)
            self.runs[new] = replace(run, key=new, name=path.name)
            if subject is not None:
                self._inference.set_subject(replace(subject, run=new))
            self.session.rename_run(key, new)
            self.run_closed.emit(key)
            self.run_opened.emit(new)
            self.plane_changed.emit(new)
            if run.dataset is None:
                self._load_data_of(self.runs[new])
        self.list_runs()

    def _on_removed(self, key: str) -> None:
        self._forget(key)
        self.list_runs()

    def _close_run(self, key: str) -> None:
        """Close a run that no pane shows any more; one that trains stays until it is done."""
        if self._training.control(key) is None:
            self._forget(key)

    def _forget(self, key: str) -> None:
        self._opening.discard(key)
        self._background.cancel(f"data of {key}")
        self.session.rename_run(key, None)
        self._inference.forget(key)
        self._planes.forget(key)
        if self.runs.pop(key, None) is not None:
            self.run_closed.emit(key)


def _is_news(run: OpenRun, plane: PlaneCodes) -> bool:
    """Whether codes of a run that does not train are of its weights, and no fewer than are shown."""
    shown = 0 if run.plane is None or not run.plane_is_current else len(run.plane.index)
    return plane.step == run.step and len(plane.index) >= shown


def _load_or_why(config: DataConfig, context: LoadContext) -> Dataset | str:
    try:
        return source_problem(config.source) or datasets.load(config, context)
    except ValueError as error:
        return str(error)
    except OSError as error:
        return f"{error.filename or config.source}: {error.strerror or error}"
