"""Rows of runs that train: one source says what each does, to the list, the panes and the form alike."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QToolButton, QWidget
from run_list_cases import list_view, listed, listed_names, run_row
from window_cases import named

from explorer.config import DataConfig, RunConfig, set_values
from explorer.models import catalog
from explorer.training.events import Progress
from explorer.ui.experiment.experiment_panel import ExperimentPanel
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.run_list.run_entry import RunEntry
from explorer.ui.run_list.run_list import RunList
from explorer.ui.run_list.run_model import STATUS, TRAINS
from explorer.ui.run_list.training_row import duration, progress_text, speed_text
from explorer.ui.services.app_state import start_state
from explorer.ui.services.trainings import TrainingState
from explorer.ui.theme.theme import ThemeSource

LEFT = Qt.MouseButton.LeftButton
WAIT = 20_000


@pytest.fixture
def app_state(qapp, tmp_path, digits):
    app_state = start_state(tmp_path / "runs")
    app_state.data.use(DataConfig(), digits)
    yield app_state
    assert app_state.lifetime.close()


@pytest.fixture
def parts(app_state, qtbot):
    """Return the list, the form and the planes, which know nothing of each other."""
    themes = ThemeSource("dark")
    parts = RunList(app_state, themes), ExperimentPanel(app_state, themes), PlanesArea(app_state, themes)
    for part, size in zip(parts, ((240, 400), (240, 700), (900, 500)), strict=True):
        qtbot.addWidget(part)
        part.resize(*size)
        part.show()
    return parts


def train(app_state, qtbot, family, epochs=100_000):
    config = RunConfig(model=catalog.family(family).config_type())
    changed = {"model.hidden_widths": "8", "train.epochs": str(epochs), "train.threads": "1"}
    name = f"long-{family}"
    app_state.trainings.train(set_values(config, changed), name)
    key = str(app_state.folders.folder / name)
    qtbot.waitUntil(lambda: key in app_state.trainings.running, timeout=WAIT)
    return key


def press(parent, qtbot, name, kind=QToolButton):
    qtbot.mouseClick(named(parent, name, kind), LEFT)


def test_a_filter_does_not_hide_what_trains(parts, app_state, qtbot):
    runs, _, _ = parts
    train(app_state, qtbot, "ae")
    named(runs, "run_filter", QLineEdit).setText("no such run")
    assert listed_names(runs) == ["long-ae"]


def test_two_trainings_one_of_them_paused(parts, app_state, qtbot):
    runs, form, planes = parts
    vae, ae = (train(app_state, qtbot, family) for family in ("vae", "ae"))
    assert listed_names(runs) == ["long-vae", "long-ae"]
    assert all(index.data(TRAINS) for index in listed(runs))
    by_name = {named(runs, f"training_name_{number}", QLabel).text(): number for number in (1, 2)}
    vae_row, ae_row = by_name["long-vae"], by_name["long-ae"]
    app_state.session.set_silent(active=next(i for i, p in enumerate(app_state.session.view.panes) if p.run == ae))
    press(runs, qtbot, f"training_pause_{vae_row}")

    def says(key):
        number = next(i for i, pane in enumerate(app_state.session.view.panes, 1) if pane.run == key)
        row = vae_row if key == vae else ae_row
        status = run_row(runs, f"long-{'vae' if key == vae else 'ae'}").data(STATUS)
        line = named(runs, f"training_status_{row}", QLabel).text()
        return line.startswith("paused"), status, named(planes, f"pane_status_{number}", QLabel).text()

    qtbot.waitUntil(lambda: says(vae) == (True, "paused", "paused"), timeout=WAIT)
    assert says(ae) == (False, "training", "training")
    train_button = named(form, "train_button", QPushButton)
    assert train_button.text() == "Train" and train_button.isEnabled(), "Train always means a new run"
    assert named(runs, f"training_pause_{vae_row}", QToolButton).accessibleName() == "Resume long-vae"
    press(runs, qtbot, f"training_pause_{vae_row}")
    qtbot.waitUntil(lambda: says(vae) == (False, "training", "training"), timeout=WAIT)
    for row in (vae_row, ae_row):
        press(runs, qtbot, f"training_stop_{row}")
    qtbot.waitUntil(lambda: not app_state.trainings.running, timeout=WAIT)
    qtbot.waitUntil(lambda: runs.findChild(QWidget, "training_row_1") is None, timeout=WAIT)


def test_the_row_of_a_training_goes_with_its_end_and_the_others_stay(parts, app_state, qtbot):
    runs, _, _ = parts
    vae, ae = (train(app_state, qtbot, family) for family in ("vae", "ae"))
    assert [named(runs, f"training_name_{number}", QLabel).text() for number in (1, 2)] == ["long-vae", "long-ae"]
    other = named(runs, "training_row_2", QWidget)
    app_state.trainings.stop(vae)
    qtbot.waitUntil(lambda: runs.findChild(QWidget, "training_row_1") is None, timeout=WAIT)
    assert listed_names(runs) == ["long-ae", "long-vae"] and not run_row(runs, "long-vae").data(TRAINS)
    assert named(runs, "training_row_2", QWidget) is other
    view = list_view(runs)
    qtbot.waitUntil(lambda: view.indexAt(other.geometry().center()) == run_row(runs, "long-ae"), timeout=WAIT)
    app_state.trainings.stop(ae)
    qtbot.waitUntil(lambda: runs.findChild(QWidget, "training_row_2") is None, timeout=WAIT)
    runs.grab()


def test_the_keys_pause_and_stop_what_trains_whichever_pane_is_framed(parts, app_state, qtbot):
    _, form, _ = parts
    key = train(app_state, qtbot, "vae")
    app_state.session.set_silent(panes=(), active=0)
    form.pause_or_resume()
    assert app_state.trainings.state(key).stage == "paused"
    form.pause_or_resume()
    assert app_state.trainings.state(key).stage == "training"
    form.stop()
    qtbot.waitUntil(lambda: key not in app_state.trainings.running, timeout=WAIT)


def test_one_step_at_a_time(parts, app_state, qtbot):
    runs, form, _ = parts
    named(form, "action_pace_step", QAction).trigger()
    key = train(app_state, qtbot, "vae", epochs=50)
    step = named(form, "step_button", QToolButton)
    qtbot.waitUntil(lambda: step.isVisible() and step.isEnabled(), timeout=WAIT)
    qtbot.waitUntil(
        lambda: named(runs, "training_status_1", QLabel).text() == "step by step, epoch 1 of 50", timeout=WAIT
    )
    assert app_state.store.runs[key].step == 0
    for number in (1, 2):
        press(form, qtbot, "step_button")
        qtbot.waitUntil(lambda number=number: app_state.store.runs[key].step == number, timeout=WAIT)
    named(form, "action_pace_full", QAction).trigger()
    assert app_state.trainings.state(key).pace == "full" and not step.isVisible()
    app_state.trainings.stop(key)
    qtbot.waitUntil(lambda: not app_state.trainings.running, timeout=WAIT)


def test_a_training_that_stops_early_says_so(parts, app_state, qtbot):
    remarks = []
    app_state.messages.remarked.connect(remarks.append)
    # With this learning rate, the loss stops falling within a few epochs.
    config = set_values(
        RunConfig(model=catalog.family("ae").config_type()),
        {"model.hidden_widths": "8", "train.epochs": "500", "train.threads": "1", "train.patience": "2"}
        | {"train.learning_rate": "0.3"},
    )
    app_state.trainings.train(config, "early")
    qtbot.waitUntil(lambda: bool(remarks), timeout=WAIT)
    (run,) = app_state.store.runs.values()
    assert remarks == [f"early: {run.reason}"] and run.reason.startswith("stopped early at epoch ")
    entry = RunEntry(run.key, None, run, None)
    assert entry.details == f"AE, 2-D, {run.history.last_epoch:.0f} of 500 epochs"
    assert run.reason[1:] in entry.tip and entry.status == "finished"


def test_progress_in_words():
    event = Progress(step=240, steps=400, epoch=24.0, epochs=40, samples_per_second=1612.0, seconds_left=12.7)
    assert progress_text(TrainingState("training", event)) == "epoch 25 of 40, 13 s left"
    early = replace(event, may_end_early=True)
    assert progress_text(TrainingState("training", early)) == "epoch 25 of 40, at most 13 s left"
    assert progress_text(TrainingState("paused", event)) == "paused, epoch 25 of 40"
    assert progress_text(TrainingState("training", replace(event, seconds_left=None))) == "epoch 25 of 40"
    assert progress_text(TrainingState("training")) == "starting"
    assert speed_text(event) == "1,600 samples per second"
    assert [duration(seconds) for seconds in (0.4, 125, 1200, 4800)] == ["0 s", "2 min 5 s", "20 min", "1 h 20 min"]
