"""Figures of the open runs: read if they were kept, otherwise measured in the background and kept."""

import json

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QToolButton
from window_cases import named

from explorer.jobs.runs.kept_figures import kept_figures, measure_and_keep
from explorer.latent.steps import at_once
from explorer.session import Pane
from explorer.ui.plane.pane.pane import PlanePane
from explorer.ui.services import run_figures
from explorer.ui.services.run_figures import draws_unasked


@pytest.fixture
def opened(qtbot, app_state, runs_folder):
    def opening(name="vae"):
        path = runs_folder / name
        app_state.opener.open(path)
        qtbot.waitUntil(
            lambda: str(path) in app_state.store.runs and app_state.store.runs[str(path)].dataset is not None
        )
        return str(path)

    return opening


@pytest.fixture
def at_rest(monkeypatch):
    """Measure without waiting for the mouse to rest."""
    monkeypatch.setattr(run_figures, "REST_MILLISECONDS", 1)


def rest(app_state):
    return next(timer for timer in app_state.figures.findChildren(QTimer))


def test_kept_figures_are_shown_and_nothing_is_measured(app_state, opened, runs_folder):
    kept = at_once(measure_and_keep(runs_folder / "vae", importance_samples=0))
    key = opened()
    assert app_state.figures.of(key) == kept and app_state.figures.waiting_words(key) == ""
    rest(app_state).timeout.emit()
    assert not app_state.figures.is_measuring(key)


def test_missing_figures_are_measured_automatically_and_kept(qtbot, app_state, opened, runs_folder):
    key = opened()
    rest(app_state).setInterval(0)
    rest(app_state).start()
    qtbot.waitUntil(lambda: app_state.figures.of(key) is not None)
    qtbot.waitUntil(lambda: (runs_folder / "vae" / "figures.json").exists())
    assert kept_figures(runs_folder / "vae").figures == app_state.figures.of(key).figures
    assert app_state.figures.of(key).figures.importance_samples == 64


def test_someone_who_looks_for_them_does_not_wait_for_rest(qtbot, app_state, opened):
    key = opened()
    texts = []
    app_state.figures.changed.connect(lambda key: texts.append(app_state.figures.waiting_words(key)))
    app_state.figures.want(key)
    qtbot.waitUntil(lambda: app_state.figures.of(key) is not None)
    assert texts[0] == "being measured, 0 %" and texts[-1] == ""
    assert any(0 < int(words.split()[-2]) <= 100 for words in texts if "measured" in words)


def test_a_model_that_cannot_be_measured_says_why(qtbot, app_state, opened, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("out of order")
        yield

    monkeypatch.setattr("explorer.jobs.queries.measure_figures.evaluate_in_chunks", broken)
    key = opened()
    notices = []
    app_state.messages.notified.connect(notices.append)
    app_state.figures.want(key)
    qtbot.waitUntil(lambda: "cannot" in app_state.figures.waiting_words(key))
    assert app_state.figures.waiting_words(key) == "cannot be measured: RuntimeError: out of order"
    assert notices == [] and app_state.figures.of(key) is None


def test_figures_of_older_weights_are_discarded(app_state, opened, runs_folder):
    at_once(measure_and_keep(runs_folder / "vae", importance_samples=0))
    key = opened()
    app_state.store.set(key, step=app_state.store.runs[key].step + 1)
    assert app_state.figures.of(key) is None
    assert app_state.figures.waiting_words(key) == "the run has no weights yet"


def test_a_damaged_file_is_measured_again(qtbot, app_state, opened, runs_folder):
    (runs_folder / "vae" / "figures.json").write_text("{", encoding="utf-8")
    key = opened()
    app_state.figures.want(key)
    qtbot.waitUntil(lambda: app_state.figures.of(key) is not None)
    qtbot.waitUntil(lambda: kept_figures(runs_folder / "vae") is not None)
    assert json.loads((runs_folder / "vae" / "figures.json").read_text(encoding="utf-8"))["format"] == 1


def test_the_likelihood_of_a_large_split_is_measured_only_on_request(app_state, opened, monkeypatch):
    key = opened()
    assert draws_unasked(app_state.store.runs[key]) == 64
    monkeypatch.setattr(run_figures, "SAMPLES_FOR_LIKELIHOOD", 100)
    assert draws_unasked(app_state.store.runs[key]) == 0


def test_a_training_ends_with_its_figures(qtbot, app_state, opened, runs_folder):
    at_once(measure_and_keep(runs_folder / "vae", importance_samples=0))
    key = opened()
    step = app_state.store.runs[key].step
    app_state.trainings.train_further(key, 3)
    qtbot.waitUntil(lambda: key in app_state.trainings.running)
    assert app_state.figures.of(key) is None and "training ends" in app_state.figures.waiting_words(key)
    rest(app_state).setInterval(0)
    qtbot.waitUntil(lambda: app_state.figures.of(key) is not None)
    assert app_state.figures.of(key).step > step


def test_the_header_of_a_pane_shows_the_figure_of_the_whole_split(qtbot, app_state, themes, opened, runs_folder):
    kept = at_once(measure_and_keep(runs_folder / "vae", importance_samples=0))
    pane = PlanePane(app_state, themes, Pane(opened()))
    qtbot.addWidget(pane)
    pane.resize(900, 400)
    pane.show()
    app_state.figures.changed.emit(pane.key)
    words = f"separability {kept.figures.knn_accuracy:.0%}".replace("%", " %")
    pane.header.set_number(1)
    button = named(pane, "pane_figure_1", QToolButton)
    qtbot.waitUntil(lambda: button.text() == words)
    button.click()
    popup = button.findChild(object, "definition")
    assert "all 180 samples of the test split" in popup.actions()[0].defaultWidget().text()
    popup.close()
