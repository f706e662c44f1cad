"""The old front of the application state, for the parts that have not taken what they need from it yet."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.config import DataConfig, RunConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.jobs.experiments.loss_experiment import LossExperiment
from explorer.jobs.experiments.loss_group import ToShow
from explorer.jobs.questions import Question
from explorer.jobs.runs.open_run import OpenedRun
from explorer.jobs.workers.inference import Answer
from explorer.session import View
from explorer.training.control import Control
from explorer.ui.services.app_state import start_state


class Workbench(QObject):
    """Hands calls on to `AppState`, and makes the old signals from those of the store."""

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

    def __init__(self, runs_folder: Path, shipped: tuple[Path, ...] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        state = self.state = start_state(runs_folder, shipped, self)
        self.session, self.runs, self.panes = state.session, state.store.runs, state.panes
        self.replays, self.figures, self.diagnoses, self.priors = (
            state.replays, state.figures, state.diagnoses, state.priors
        )  # fmt: skip
        self.runs_folder, self.shipped = state.folders.folder, shipped
        state.store.opened.connect(self.run_opened)
        state.store.closed.connect(self.run_closed)
        state.store.weights_changed.connect(self.model_changed)
        state.store.details_changed.connect(self.run_changed)
        state.store.plane_changed.connect(self.plane_changed)
        state.trainings.progress.connect(self.progress)
        state.data.changed.connect(self.data_changed)
        state.trainings.device_changed.connect(self.device_changed)
        state.tasks.changed.connect(self.task_changed)
        state.tasks.saved.connect(self.saved)
        state.folders.listed_changed.connect(self.runs_listed)
        state.messages.notified.connect(self.told)
        state.diagnoses.settings_wanted.connect(self.settings_wanted)
        state.probing.marked_changed.connect(self.codes_marked)
        state.probing.hovered_changed.connect(self.sample_hovered)
        for name in (
            "probe_place", "probe_sample", "probe_random", "mark_codes", "hover_sample",
        ):  # fmt: skip
            setattr(self, name, getattr(state.probing, name))

    probe_place: Callable[..., None]
    probe_sample: Callable[[str, int], None]
    probe_random: Callable[[str], None]
    mark_codes: Callable[[dict[str, tuple[float, ...]]], None]
    hover_sample: Callable[[str, int | None], None]

    @property
    def marked(self) -> dict[str, tuple[float, ...]]:
        return self.state.probing.marked

    @property
    def hovered(self) -> tuple[str, int] | None:
        return self.state.probing.hovered

    @property
    def listed(self) -> Any:
        return self.state.folders.listed

    @property
    def dataset(self) -> Dataset | None:
        return self.state.data.dataset

    @property
    def data_config(self) -> DataConfig:
        return self.state.data.config

    @property
    def device(self) -> str:
        return self.state.trainings.device

    @property
    def pace(self) -> Any:
        return self.state.trainings.pace

    @pace.setter
    def pace(self, pace: Any) -> None:
        self.state.trainings.pace = pace

    @property
    def training(self) -> tuple[str, ...]:
        return self.state.trainings.running

    @property
    def closed(self) -> bool:
        return self.state.lifetime.closed

    def list_runs(self) -> None:
        self.state.folders.read()

    def listed_paths(self) -> tuple[Path, ...]:
        return self.state.folders.listed_paths()

    def open_run(self, path: Path, *, pane: int | None = None) -> None:
        self.state.opener.open(path, pane=pane)

    def open_group(self, folder: Path) -> None:
        self.state.opener.open_group(folder)

    def show_runs(self, wanted: ToShow) -> None:
        self.state.opener.open_instead(wanted)

    def show_own(self, opened: OpenedRun) -> None:
        self.state.opener.take_own(opened)

    def open_view(self, view: View) -> None:
        self.state.opener.open_view(view)

    def close_pane(self, pane: int) -> None:
        self.state.panes.close(pane)

    def rename_run(self, key: str, name: str) -> None:
        self.state.folders.rename(key, name)

    def remove_run(self, key: str) -> None:
        self.state.folders.remove(key)

    def choose_data(self, config: DataConfig) -> None:
        self.state.data.choose(config)

    def use_data(self, config: DataConfig, dataset: Dataset) -> None:
        self.state.data.use(config, dataset)

    def use_device(self, device: str) -> None:
        self.state.trainings.use_device(device)

    def cancel_task(self, key: str) -> None:
        self.state.tasks.cancel(key)

    def run_task(self, key: str, work: Callable[[LoadContext], Any], then: Callable[[Any], None]) -> None:
        self.state.tasks.do(key, work, then)

    def run_aside(self, key: str, work: Callable[[LoadContext], Any], then: Callable[[Any], None]) -> None:
        self.state.tasks.do(key, work, then, aside=True)

    def save(self, path: Path, work: Callable[[LoadContext], Any]) -> None:
        self.state.tasks.save(path, work)

    def control(self, key: str) -> Control | None:
        return self.state.trainings.control(key)

    def train(self, config: RunConfig, name: str) -> None:
        self.state.trainings.train(config, name)

    def train_group(self, experiment: LossExperiment, stem: str, shown: Collection[str]) -> None:
        self.state.groups.train(experiment, stem, shown)

    def train_further(self, key: str, epochs: int | None = None, device: str = "") -> None:
        self.state.trainings.train_further(key, epochs, device)

    def want_settings_of(self, key: str) -> None:
        self.state.diagnoses.want_settings_of(key)

    def refit_plane(self, key: str) -> None:
        self.state.planes.refit(key)

    def embed_whole(self, key: str) -> None:
        self.state.planes.ask_whole(key)

    def ask(self, question: Question) -> None:
        self.state.asker.ask(question, (type(question), question.run, question.purpose), self._on_answer)

    def withdraw(self, question: Question) -> None:
        self.state.asker.withdraw((type(question), question.run, question.purpose))

    def model_step(self, key: str) -> int | None:
        model = self.state.asker.model(key)
        return None if model is None else model.step

    def are_of_one_data(self, key: str, other: str) -> bool:
        one, two = self.runs.get(key), self.runs.get(other)
        if one is None or two is None:
            return False
        return key == other or one.description.fingerprint == two.description.fingerprint

    def code_of(self, key: str, sample: int) -> tuple[float, ...] | None:
        return self.runs[key].code_of(sample) if key in self.runs else None

    def abandon(self) -> None:
        self.state.lifetime.abandon()

    def close(self) -> bool:
        return self.state.lifetime.close()

    def _on_answer(self, answer: Answer) -> None:
        run = self.runs.get(answer.question.run)
        if run is not None and answer.problem:
            self.told.emit(f"{run.name}: {answer.problem}")
        elif run is not None:
            self.answered.emit(answer)
