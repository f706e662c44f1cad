"""Fixtures of the window tests: settings of their own, and no windows or timers left behind."""

import gc
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest
from filelock import FileLock
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from explorer.config import MODEL_CONFIGS, DataConfig, RunConfig, TrainConfig
from explorer.jobs.experiments.loss_experiment import ablation
from explorer.jobs.experiments.run_experiment import ExperimentFolder, jobs_of, load_data
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models.catalog import family
from explorer.ui.services.app_state import AppState, start_state
from explorer.ui.theme.theme import ThemeSource

WAIT = 120_000  # milliseconds until something counts as stuck, also on a machine with ten other programs
_QT_KEEPS = {"QTipLabel"}  # made by Qt for the application, not by a test


class PatientQtBot(QtBot):
    """A QtBot whose time limits suit a busy machine; the default of 5 s is too short there."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = WAIT) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = WAIT, **options: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **options)

    def waitSignals(self, signals: Any, *, timeout: int = WAIT, **options: Any) -> Any:
        return super().waitSignals(signals, timeout=timeout, **options)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """Return a patient QtBot."""
    return PatientQtBot(request)


@pytest.fixture(autouse=True)
def garbage_after_test() -> Iterator[None]:
    """Collect garbage in this thread alone, after each test: see `explorer.ui.state.garbage`."""
    gc.disable()
    gc.freeze()  # objects from before the test need not be searched
    yield
    gc.enable()
    gc.collect()
    gc.unfreeze()


@pytest.fixture(autouse=True)
def settings_in_user_folders(user_folders: Path) -> None:
    """Send QSettings to the test's own folder; Qt reads the environment once only."""
    for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(user_folders / "config"))


@pytest.fixture(autouse=True)
def theme_reset(qapp: QApplication) -> Iterator[None]:
    """Reset the style, font and palette after a test that applied a theme."""
    before = qapp.styleSheet(), qapp.font(), qapp.palette()
    yield
    if qapp.styleSheet() != before[0]:
        qapp.setStyleSheet(before[0])
        qapp.setFont(before[1])
        qapp.setPalette(before[2])


@pytest.fixture(autouse=True)
def no_timer_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a QTimer running that Python started."""
    started: WeakSet[QTimer] = WeakSet()
    start = QTimer.start

    def remembering_start(self: QTimer, *interval: Any) -> None:
        started.add(self)
        start(self, *interval)

    monkeypatch.setattr(QTimer, "start", remembering_start)
    yield
    _delete_what_waits()
    left = [timer for timer in started if isValid(timer) and timer.isActive()]
    names = [f"{timer.objectName() or 'a timer'} of {type(timer.parent()).__name__}" for timer in left]
    for timer in left:
        timer.stop()
    assert not left, f"the test left timers running: {', '.join(names)}; stop them, or close their window"


@pytest.fixture(autouse=True)
def no_window_left(no_timer_left: None) -> Iterator[None]:
    """Fail a test that leaves a top-level widget behind; qtbot.addWidget takes care of one."""
    before = set(_windows())
    yield
    _delete_what_waits()
    left = [window for window in _windows() if window not in before]
    if left:
        del left
        gc.collect()  # a window in a cycle of references is gone by then
        _delete_what_waits()
        left = [window for window in _windows() if window not in before]
    names = [f"{type(window).__name__} {window.objectName()}".strip() for window in left]
    for window in left:
        window.close()
        window.deleteLater()
    _delete_what_waits()
    assert not names, f"the test left windows behind: {', '.join(names)}; give them to qtbot.addWidget"


def _windows() -> list[QWidget]:
    """List the top-level widgets that belong to no other widget."""
    windows = QApplication.topLevelWidgets() if QApplication.instance() else []
    return [window for window in windows if window.parent() is None and type(window).__name__ not in _QT_KEEPS]


def _delete_what_waits() -> None:
    if QCoreApplication.instance():
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(scope="session")
def trained_runs(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Train two small runs on the digits, ``ae`` and ``vae``, once for all tests and all workers; tests get copies."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "trained"  # the parent is shared by the workers
    with FileLock(folder.with_suffix(".lock")):
        for name in ("ae", "vae"):
            if not (folder / name / "latents.npz").exists():
                model = family(name).config_type(latent_dim=2, hidden_widths=(16,))  # type: ignore[call-arg]
                config = RunConfig(data=DataConfig(source="digits"), model=model, train=TrainConfig(epochs=2))
                for _ in run_training(new_run(config, folder / name, device="cpu")):
                    pass
    return folder


@pytest.fixture
def runs_folder(trained_runs: Path, tmp_path: Path) -> Path:
    """Return a folder with runs ``ae`` and ``vae`` of the test's own."""
    return Path(shutil.copytree(trained_runs, tmp_path / "runs"))


@pytest.fixture
def app_state(runs_folder: Path, qapp: QApplication) -> Iterator[AppState]:
    """Return the state of a window on ``runs_folder`` with nothing open, closed at the end."""
    state = start_state(runs_folder)
    yield state
    assert state.lifetime.close()


@pytest.fixture
def empty_state(tmp_path: Path, qapp: QApplication) -> Iterator[AppState]:
    """Return the state of a window without runs, closed at the end."""
    state = start_state(tmp_path / "none")
    yield state
    assert state.lifetime.close()


@pytest.fixture
def themes(qapp: QApplication) -> ThemeSource:
    """Return the dark theme."""
    return ThemeSource("dark")


@pytest.fixture(scope="session")
def ablated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train the four members of an ablation on the digits, for one epoch."""
    folder = tmp_path_factory.mktemp("ablated")
    train = TrainConfig(epochs=1, batch_size=256, threads=1, fraction=0.2)
    model = MODEL_CONFIGS["vae"](latent_dim=2, hidden_widths=(8,))  # type: ignore[call-arg]
    experiment = ablation(RunConfig(model=model, train=train), with_autoencoder=True)
    for _, job in jobs_of(experiment, ExperimentFolder(folder), load_data(experiment), device="cpu"):
        assert job is not None
        for _ in run_training(job):
            pass
    return folder
