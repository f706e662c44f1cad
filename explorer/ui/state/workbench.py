"""The workbench: holds the session, the open runs and the workers, and turns their news into Qt signals."""

import os
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from explorer.config import DataConfig, RunConfig
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.jobs.experiments.loss_experiment import LossExperiment
from explorer.jobs.experiments.loss_group import ToShow, runs_to_show
from explorer.jobs.plane.code_range import random_code
from explorer.jobs.questions import Question
from explorer.jobs.runs.open_run import OpenedRun
from explorer.jobs.runs.run_summary import RunSummary, summaries
from explorer.jobs.runs.train_run import TrainJob, new_run, resumed_run
from explorer.jobs.workers.inference import Answer, InferenceWorker
from explorer.jobs.workers.training_worker import TrainingWorker
from explorer.session import MAX_PANES, Probe, Session, View
from explorer.training.control import Control, Pace
from explorer.ui.state import panes
from explorer.ui.state.diagnoses import Diagnoses
from explorer.ui.state.garbage import GarbageCollecting
from explorer.ui.state.group_trainings import GroupTrainings
from explorer.ui.state.learned_priors import LearnedPriors
from explorer.ui.state.open_runs import OpenRuns
from explorer.ui.state.pane_verbs import PaneVerbs
from explorer.ui.state.replays import Replays
from explorer.ui.state.run_figures import RunFigures
from explorer.ui.state.tasks import Tasks
from explorer.ui.state.trainings import Trainings

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
    saved : str
        The path of a file that `save` has written.
    settings_wanted : RunConfig
        The form is to take these settings for the next run.
    codes_marked
        ``marked``, the codes that the bench marks on the planes, changed.
    sample_hovered
        ``hovered``, the run's key and the sample under the hand, changed; None where there is none.
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
    saved = Signal(str)
    settings_wanted = Signal(object)
    codes_marked = Signal()
    sample_hovered = Signal()
    _delivered = Signal(object)  # from the inference worker's thread to the window's

    def __init__(self, runs_folder: Path, shipped: tuple[Path, ...] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = Session()
        self.marked: dict[str, tuple[float, ...]] = {}
        self.hovered: tuple[str, int] | None = None
        self.runs_folder = Path(os.path.abspath(runs_folder))
        self.listed: tuple[RunSummary, ...] = ()
        self.dataset: Dataset | None = None
        self.data_config = DataConfig()
        self.device = "auto"
        self.pace: Pace = "full"
        self.shipped = shipped
        self._closed = False
        self._random = np.random.default_rng(0)
        self._asked_data: DataConfig | None = None
        self._delivered.connect(self._on_answer)
        self._garbage = GarbageCollecting(self)
        self._inference = InferenceWorker(self._delivered.emit)
        self._training = TrainingWorker()
        self._tasks, self._aside = Tasks(self), Tasks(self)
        self._open = OpenRuns(self.session, self._tasks, self._inference, self._training, self._loaded_data, self)
        self._trainings = Trainings(self.session, self._open, self._training, self)
        self.replays = Replays(self.session, self._open, self._inference, self)
        self._groups = GroupTrainings(self._tasks, self._open, self._trainings, self._loaded_data, self)
        self.runs = self._open.runs
        self.panes = PaneVerbs(self.session, self._open, self.told.emit)
        self._hand_signals_on()
        self.priors = LearnedPriors(self)
        self.diagnoses = Diagnoses(self)
        self.priors.drawn.connect(self.probe_place)
        self.figures = RunFigures(self)
        self.session.listen(self.show_view)

    def show_view(self, old: View, new: View) -> None:
        """Keep the selection to the data that it was made in."""
        if old.active_run != new.active_run:
            panes.drop_selection_of_other_data(self.session, self.runs, old, new)

    # Runs

    def list_runs(self) -> None:
        """Read which runs are on disk, for `runs_listed`."""
        shipped, folder = self.shipped, self.runs_folder
        self._tasks.do("list runs", lambda _: summaries(folder, shipped), self._on_listed)

    def listed_paths(self) -> tuple[Path, ...]:
        """Return the directories of the runs on disk that can be opened, newest first."""
        return tuple(run.path for run in self.listed if run.status != "damaged")

    def open_run(self, path: Path, *, pane: int | None = None) -> None:
        """Open a run in a new pane, or in place of the run in ``pane``; then load its data."""
        self._open.open(path, pane)

    def open_group(self, folder: Path) -> None:
        """Open the runs of the experiment in a folder, instead of what is shown."""
        self._tasks.do(f"open {folder}", lambda _: runs_to_show(folder, MAX_PANES), self.show_runs)

    def show_runs(self, wanted: ToShow) -> None:
        """Show these runs in linked panes of their own and nothing else; the runs that were shown are closed."""
        self._open.open_instead(wanted.paths, wanted.active)

    def show_own(self, opened: OpenedRun) -> None:
        """Show a model of the user's own, in memory alone; or its newer weights where it is open already."""
        self._open.take_own(opened)

    def open_view(self, view: View) -> None:
        """Begin anew with a View: open the runs of its panes, close those that it does not show."""
        self._open.open_view(view)

    def close_pane(self, pane: int) -> None:
        """Take a pane away; its run closes unless another pane shows it, or it trains."""
        self.panes.close(pane)

    def rename_run(self, key: str, name: str) -> None:
        """Rename a run's folder; the session follows."""
        self._open.rename(key, name)

    def remove_run(self, key: str) -> None:
        """Delete a run's folder; the caller has asked the user."""
        self._open.remove(key)

    # Data

    def choose_data(self, config: DataConfig) -> None:
        """Load the data of the next run; on failure the data set in use stays in use."""
        self._asked_data = config
        self._tasks.cancel("data")
        self._tasks.do(
            "data", lambda context: datasets.load(config, context), lambda loaded: self._on_data(config, loaded)
        )

    def use_data(self, config: DataConfig, dataset: Dataset) -> None:
        """Take data that is loaded already, for example for a preview, as the data of the next run."""
        self._asked_data = config
        self._tasks.cancel("data")
        self._on_data(config, dataset)

    def use_device(self, device: str) -> None:
        """Choose where the next run is trained: a device's name, or ``"auto"``."""
        self.device = device
        self.device_changed.emit()

    def cancel_task(self, key: str) -> None:
        """Cancel a background task by the key that `task_changed` named."""
        self._tasks.cancel(key)
        self._aside.cancel(key)

    def run_task(self, key: str, work: Callable[[LoadContext], Any], then: Callable[[Any], None]) -> None:
        """Do something long in the background, then call ``then`` with its value here; problems are told."""
        self._tasks.do(key, work, then)

    def run_aside(self, key: str, work: Callable[[LoadContext], Any], then: Callable[[Any], None]) -> None:
        """Do something that takes seconds beside the other tasks, which do not wait for it; see `run_task`."""
        self._aside.do(key, work, then)

    def save(self, path: Path, work: Callable[[LoadContext], Any]) -> None:
        """Write a file in the background, for `saved`; a fault is told."""
        self._tasks.save(path, work)

    # Training

    @property
    def training(self) -> tuple[str, ...]:
        """Keys of the runs that train now, paused ones included."""
        return self._training.training

    def control(self, key: str) -> Control | None:
        """Return the control of a run that trains: pause, resume, stop, pace, advance."""
        return self._training.control(key)

    def train(self, config: RunConfig, name: str) -> None:
        """Make a run of that name and train it, in the pane of a run of the same family if there is one."""
        path, device = self.runs_folder / name, self.device
        dataset = self._loaded_data(config.data)
        self._tasks.do(
            f"train {path}",
            lambda context: self._open.planes.prepare(
                new_run(config, path, dataset=dataset, device=device, context=context)
            ),
            self._on_job,
        )

    def train_group(self, experiment: LossExperiment, stem: str, shown: Collection[str]) -> None:
        """Make the runs of an experiment on the loss and train all, those named in ``shown`` in panes of their own."""
        self._groups.train(experiment, self.runs_folder, stem, self.device, self.pace, shown)

    def train_further(self, key: str, epochs: int | None = None, device: str = "") -> None:
        """Train a run on, to ``epochs`` in all: a stopped one, or a finished one further; on its own device for ""."""
        run = self.runs.get(key)
        dataset = run.dataset if run else None
        self._tasks.do(
            f"train {key}",
            lambda context: self._open.planes.prepare(
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
        self._open.refit_plane(key)

    def embed_whole(self, key: str) -> None:
        """Show every sample of a run, not the live plane's share: at pause."""
        if key in self.runs and key not in self._open.back:
            self._open.planes.ask_whole(self.runs[key])

    # Questions and the hand

    def ask(self, question: Question) -> None:
        """Ask a model; the answer comes by `answered`, the newest of each kind only."""
        self._inference.ask(question)

    def withdraw(self, question: Question) -> None:
        """Drop a question that nobody waits for any more."""
        self._inference.withdraw(question)

    def model_step(self, key: str) -> int | None:
        """Return the step of the model that answers for a run; None where there is none."""
        loaded = self._inference.loaded(key)
        return None if loaded is None else loaded.step

    def probe_place(self, key: str, z: tuple[float, ...], *, drag: bool = False) -> None:
        """Move the probe to a place in a run's latent space; in a drag, call ``session.commit()`` at release."""
        change = self.session.preview if drag else self.session.set
        change(probe=Probe(key, z))

    def mark_codes(self, codes: dict[str, tuple[float, ...]]) -> None:
        """Mark one code (latent_dim,) on the plane of each of these runs, and none on the others'."""
        if codes != self.marked:
            self.marked = codes
            self.codes_marked.emit()

    def hover_sample(self, key: str, sample: int | None) -> None:
        """Say which sample of a run's data is under the hand, so that every plane of that data can ring it."""
        hovered = None if sample is None else (key, sample)
        if hovered != self.hovered:
            self.hovered = hovered
            self.sample_hovered.emit()

    def are_of_one_data(self, key: str, other: str) -> bool:
        """Whether two open runs have the same samples, so that an index means the same one in both."""
        one, two = self.runs.get(key), self.runs.get(other)
        if one is None or two is None:
            return False
        return key == other or one.description.fingerprint == two.description.fingerprint

    def probe_random(self, key: str) -> None:
        """Move the probe to a random code of a run: drawn from its prior, or evenly from where its codes lie."""
        if key in self.runs and self.runs[key].capabilities.learned_prior:
            self.priors.draw(key, int(self._random.integers(2**31)))
        elif key in self.runs:
            self.probe_place(key, random_code(self.runs[key], self._random))

    def probe_sample(self, key: str, sample: int) -> None:
        """Put the probe on a sample's code in a run's latent space."""
        if (z := self.code_of(key, sample)) is not None:
            self.session.set(probe=Probe(key, z, sample))

    def code_of(self, key: str, sample: int) -> tuple[float, ...] | None:
        """Return the mean code of a sample in a run's latent space, where its plane shows it."""
        plane = self.runs[key].plane if key in self.runs else None
        row = plane.row_of(sample) if plane is not None else None
        return None if plane is None or row is None else tuple(map(float, plane.mean[row]))

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def abandon(self) -> None:
        """Let every thread end, from whatever thread: the program ended without closing the window."""
        for worker in (self._training, self._tasks, self._aside, self._inference):
            worker.stop()

    def close(self) -> bool:
        """Stop and save what trains, and end every thread; False when one did not end within 10 s."""
        self._closed = True
        self._trainings.stop()
        self.replays.stop()
        self.figures.stop()
        workers = (self._training, self._tasks, self._aside, self._inference)
        for worker in workers:
            worker.stop()
        deadline = time.monotonic() + CLOSE_SECONDS
        ended = [worker.close(max(0.0, deadline - time.monotonic())) for worker in workers]
        self._garbage.stop()  # last: no thread is left that could collect
        return all(ended)

    # What comes back

    def _hand_signals_on(self) -> None:
        self._open.opened.connect(self.run_opened)
        self._open.closed.connect(self.run_closed)
        self._open.changed.connect(self.run_changed)
        self._open.plane_changed.connect(self.plane_changed)
        self._open.model_changed.connect(self.model_changed)
        self._open.answered.connect(self.answered)
        self._trainings.progress.connect(self.progress)
        self._tasks.changed.connect(self.task_changed)
        self._aside.changed.connect(self.task_changed)
        self._aside.told.connect(self.told)
        self._open.told.connect(self.told)
        self._trainings.told.connect(self.told)
        self.replays.told.connect(self.told)
        self._tasks.told.connect(self.told)
        self._tasks.saved.connect(self.saved)
        self._open.folders_changed.connect(self.list_runs)
        self._trainings.folders_changed.connect(self.list_runs)

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        if not self._closed:
            self._open.take_answer(answer)

    def _on_listed(self, listed: tuple[RunSummary, ...]) -> None:
        self.listed = listed
        self.runs_listed.emit()

    def _loaded_data(self, config: DataConfig) -> Dataset | None:
        """Return the data of a config where it is loaded; the splits must be equal, too."""
        if config == self.data_config and self.dataset is not None:
            return self.dataset
        return next((run.dataset for run in self.runs.values() if run.config.data == config and run.dataset), None)

    def _on_data(self, config: DataConfig, dataset: Dataset) -> None:
        if config == self._asked_data:
            self.dataset, self.data_config = dataset, config
            self.data_changed.emit()
            self._open.offer_data(config, dataset)

    def _on_job(self, job: TrainJob) -> None:
        self.session.set_silent(replay_epoch=None)  # who trains wants to see it train
        self._trainings.start(job, self.pace)
