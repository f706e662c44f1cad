"""The choice of a run's weights: model, plane, figures and texts follow it; undo and session files keep it."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from explorer.jobs.runs.open_run import OpenRun
from explorer.runs.run_directory import open_run
from explorer.runs.weights_choice import BEST, FINAL, WeightsChoice
from explorer.session import Pane, Session, View
from explorer.session.view_json import view_from_json, view_to_json
from explorer.ui.curves.curves_panel import CurvesPanel
from explorer.ui.plane.latent_plane import empty_text
from explorer.ui.plane.pane.pane import PlanePane
from explorer.ui.replay.replay_bar import ReplayBar
from explorer.ui.run_list.run_entry import RunEntry
from explorer.ui.run_list.weights_menu import fill_weights_menu
from explorer.ui.services.app_state import AppState
from explorer.ui.services.chosen_weights import NOT_OPEN, TRAINS
from explorer.ui.services.weights_words import with_weights
from explorer.ui.theme.theme import ThemeSource

BEST_STEP = 12


def with_best(path: Path) -> Path:
    """Give a run of 24 steps other weights at step 12, as its best ones."""
    run = open_run(path)
    newest = run.newest_checkpoint()
    assert newest is not None
    weights = {name: 0.5 * tensor for name, tensor in newest.weights.items()}
    newest = replace(newest, best_step=BEST_STEP)
    run.save_checkpoint(newest, best=replace(newest, step=BEST_STEP, weights=weights), final=True)
    return path


@pytest.fixture
def vae(app_state: AppState, runs_folder: Path, qtbot: QtBot) -> str:
    key = str(with_best(runs_folder / "vae"))
    app_state.opener.open(Path(key))
    qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
    return key


def wait_for(app_state: AppState, key: str, step: int, qtbot: QtBot) -> OpenRun:
    """Wait until run, model and codes are of a step."""

    def is_there() -> bool:
        run, loaded = app_state.store.runs[key], app_state.asker.model(key)
        return run.plane is not None and loaded is not None and run.step == run.plane.step == loaded.step == step

    qtbot.waitUntil(is_there)
    return app_state.store.runs[key]


def test_model_codes_and_figures_are_of_the_chosen_weights_and_undo_returns(
    app_state: AppState, vae: str, qtbot: QtBot
) -> None:
    before = app_state.store.runs[vae]
    assert before.used is not None
    assert before.used.choice == FINAL
    qtbot.waitUntil(lambda: app_state.figures.of(vae) is not None)
    final = app_state.figures.of(vae)
    app_state.weights.choose(vae, BEST)
    run = wait_for(app_state, vae, BEST_STEP, qtbot)
    assert run.used is not None
    assert run.used.choice == BEST
    assert run.plane is not None
    assert before.plane is not None
    assert run.plane.projection is before.plane.projection
    assert (run.plane.mean != before.plane.mean).any()
    qtbot.waitUntil(lambda: app_state.figures.of(vae) is not None)
    best = app_state.figures.of(vae)
    assert best is not None
    assert final is not None
    assert best.step == BEST_STEP
    assert best.figures["elbo"] != final.figures["elbo"]
    assert app_state.session.undo_name == "choose the weights of a run"
    app_state.session.undo()
    wait_for(app_state, vae, before.step, qtbot)
    # Both are saved, each with the checksum of its weights.
    qtbot.waitUntil(lambda: app_state.figures.of(vae) is not None)
    assert app_state.figures.of(vae) is not None
    app_state.session.redo()
    assert wait_for(app_state, vae, BEST_STEP, qtbot).current_figures is not None


def test_a_choice_that_is_undone_while_the_run_opens_is_undone(
    app_state: AppState, runs_folder: Path, vae: str, qtbot: QtBot
) -> None:
    app_state.weights.choose(vae, BEST)
    wait_for(app_state, vae, BEST_STEP, qtbot)
    app_state.opener.open_by_user(runs_folder / "ae", pane=0)
    qtbot.waitUntil(lambda: vae not in app_state.store.runs)
    app_state.session.undo()  # the run is opened again, with its best weights
    app_state.session.undo()  # before they are read, the choice is undone
    qtbot.waitUntil(lambda: vae in app_state.store.runs)
    used = wait_for(app_state, vae, 24, qtbot).used
    assert used is not None
    assert (used.choice, app_state.session.view.weights_of(vae)) == (FINAL, "final")


def test_a_plane_says_why_it_has_no_codes_of_other_weights_yet(app_state: AppState, vae: str) -> None:
    run = app_state.store.runs[vae]
    assert run.used is not None
    best = replace(run, plane=None, used=replace(run.used, choice=BEST, is_newest=False))
    assert empty_text(vae, best, False) == "Codes appear in a moment"
    assert empty_text(vae, replace(best, dataset=None), False) == "Codes appear once the data is loaded"
    missing = replace(best, dataset=None, missing_data="no file x.csv")
    wanted = "No codes are stored for these weights with this run, and its data is missing: no file x.csv"
    assert empty_text(vae, missing, False) == wanted


def test_a_run_is_opened_with_other_weights(app_state: AppState, runs_folder: Path, qtbot: QtBot) -> None:
    path = with_best(runs_folder / "vae")
    app_state.opener.open(path, weights=BEST)
    qtbot.waitUntil(lambda: str(path) in app_state.store.runs)
    used = wait_for(app_state, str(path), BEST_STEP, qtbot).used
    assert used is not None
    assert (used.choice, app_state.session.view.weights_of(str(path))) == (BEST, "best")
    assert not app_state.session.can_undo


def test_the_menu_lists_what_the_run_keeps(app_state: AppState, vae: str, qtbot: QtBot) -> None:
    entries = app_state.weights.entries(vae)
    assert [entry.text for entry in entries] == ["Final, epoch 2", "Best, epoch 1"]
    assert [entry.is_used for entry in entries] == [True, False]
    assert "lowest validation loss: step 12; validation loss" in entries[1].tip
    menu = QMenu()
    qtbot.addWidget(menu)
    fill_weights_menu(menu, app_state.weights, vae)
    assert [action.objectName() for action in menu.actions()] == ["weights_final", "weights_best"]
    assert menu.isEnabled()


def test_a_run_with_one_checkpoint_says_why_there_is_no_choice(
    app_state: AppState, runs_folder: Path, qtbot: QtBot
) -> None:
    key = str(runs_folder / "ae")
    assert app_state.weights.why_not(key) == NOT_OPEN
    app_state.opener.open(Path(key))
    qtbot.waitUntil(lambda: key in app_state.store.runs)
    assert app_state.weights.why_not(key) == "The run keeps only these weights"
    menu = QMenu()
    qtbot.addWidget(menu)
    fill_weights_menu(menu, app_state.weights, key)
    assert not menu.isEnabled()
    assert menu.menuAction().toolTip() == "The run keeps only these weights"


def test_texts_say_which_weights_are_used(app_state: AppState, themes: ThemeSource, vae: str, qtbot: QtBot) -> None:
    pane = PlanePane(app_state, themes, Pane(vae))
    bar, curves = ReplayBar(app_state, themes), CurvesPanel(app_state, themes)
    for widget in (pane, bar, curves):
        qtbot.addWidget(widget)
        widget.resize(800, 400)
        widget.show()
    run = app_state.store.runs[vae]
    assert "Weights in use: final weights, epoch 2" in RunEntry(vae, None, run, None).tip
    newest = RunEntry(vae, None, run, None).loss
    assert curves.chart("loss").plot.marks == ()
    app_state.weights.choose(vae, BEST)
    run = wait_for(app_state, vae, BEST_STEP, qtbot)
    entry = RunEntry(vae, None, run, None)
    assert entry.details == "best weights, epoch 1, VAE, 2-D"
    assert entry.loss is not None
    assert entry.loss != newest
    assert pane.header._status.text() == "best weights, epoch 1"
    assert themes.theme.accent_ink in pane.header._status.styleSheet()
    qtbot.waitUntil(lambda: bool(curves.chart("loss").plot.marks))
    assert [(mark.at, mark.word) for mark in curves.chart("loss").plot.marks] == [(1.0, "best")]
    assert bar._texts()[0] == "best weights, epoch 1"
    # The last frame is the end of the training, which is not what is shown now.
    assert bar.epochs[-1] == 2.0


def test_a_replay_goes_over_the_chosen_weights_and_returns_to_them(app_state: AppState, vae: str, qtbot: QtBot) -> None:
    app_state.weights.choose(vae, BEST)
    best = wait_for(app_state, vae, BEST_STEP, qtbot)
    app_state.session.set(replay_epoch=2.0)
    qtbot.waitUntil(lambda: (loaded := app_state.asker.model(vae)) is not None and loaded.step == 24)
    assert app_state.store.runs[vae].shown_epoch == 2.0
    app_state.session.set(replay_epoch=None)
    after = wait_for(app_state, vae, BEST_STEP, qtbot)
    assert after.plane is not None
    assert best.plane is not None
    assert after.plane.mean is best.plane.mean
    app_state.session.set(replay_epoch=2.0)
    app_state.weights.choose(vae, FINAL)
    assert app_state.session.view.replay_epoch is None
    wait_for(app_state, vae, 24, qtbot)


def test_session_files_keep_the_choice(app_state: AppState, runs_folder: Path, qtbot: QtBot) -> None:
    key = str(with_best(runs_folder / "vae"))
    view = view_from_json(view_to_json(View(panes=(Pane(key, weights="best"), Pane(key, copy=1)))))
    assert [pane.weights for pane in view.panes] == ["best", "best"]
    app_state.opener.open_view(view)
    qtbot.waitUntil(lambda: key in app_state.store.runs)
    wait_for(app_state, key, BEST_STEP, qtbot)


def test_weights_that_are_gone_leave_the_final_ones_and_a_message(
    app_state: AppState, runs_folder: Path, qtbot: QtBot
) -> None:
    key, said = str(runs_folder / "vae"), []
    app_state.messages.notified.connect(said.append)
    app_state.opener.open_view(View(panes=(Pane(key, weights="step 3"),)))
    qtbot.waitUntil(lambda: key in app_state.store.runs)
    assert "has no weights of step 3" in said[0]
    assert said[0].endswith("the final weights are used instead")
    assert app_state.session.view.weights_of(key) == "final"


def test_training_further_uses_the_newest_weights(app_state: AppState, vae: str, qtbot: QtBot) -> None:
    app_state.weights.choose(vae, BEST)
    wait_for(app_state, vae, BEST_STEP, qtbot)
    with qtbot.waitSignal(app_state.trainings.began):
        app_state.trainings.train_further(vae, epochs=3)
    assert app_state.session.view.weights_of(vae) == "final"
    assert app_state.weights.why_not(vae) == TRAINS
    qtbot.waitUntil(lambda: not app_state.trainings.running)
    wait_for(app_state, vae, 36, qtbot)
    qtbot.waitUntil(lambda: (used := app_state.store.runs[vae].used) is not None and used.is_final)


def test_a_killed_run_says_where_it_ended(app_state: AppState, runs_folder: Path, qtbot: QtBot) -> None:
    path = runs_folder / "vae"
    state = (path / "state.json").read_text()
    # The process of this owner is gone: another one may have its number, but not its lock.
    owner = f'{{"host": "{os.uname().nodename}", "process": 1, "heartbeat": 0.0}}'
    state = state.replace('"finished"', '"training"').replace('"owner": null', f'"owner": {owner}')
    (path / "state.json").write_text(state)
    app_state.folders.read()
    app_state.opener.open(path)
    qtbot.waitUntil(lambda: str(path) in app_state.store.runs and app_state.folders.is_read)
    run = app_state.store.runs[str(path)]
    summary = next(one for one in app_state.folders.listed if one.key == str(path))
    assert run.status == "unfinished"
    for entry in (RunEntry(str(path), summary, None, None), RunEntry(str(path), summary, run, None)):
        assert entry.status == "unfinished"
        assert entry.details == "epoch 2 of 2, VAE, 2-D"
        assert "Unfinished: ended at epoch 2 of 2" in entry.tip
        assert "Choose Resume" in entry.tip
        assert entry.allows()["further"]


def test_duplicated_and_reopened_panes_have_the_weights_of_their_run() -> None:
    session = Session(View(panes=(Pane("a", weights="best"),)))
    from explorer.ui.state import panes

    panes.duplicate(session, 0)
    assert [pane.weights for pane in session.view.panes] == ["best", "best"]
    session.set(panes=session.view.with_weights("a", "final"))
    panes.put_back(session, Pane("a", weights="best"), 0)
    assert {pane.weights for pane in session.view.panes} == {"final"}


def test_copied_commands_have_the_weights(app_state: AppState, vae: str) -> None:
    run = app_state.store.runs[vae]
    assert run.used is not None
    assert with_weights("latent-explorer path a", run) == "latent-explorer path a"
    for choice, option in ((BEST, "best"), (WeightsChoice("step", 12), "12")):
        chosen = replace(run, used=replace(run.used, choice=choice))
        assert with_weights("latent-explorer path a", chosen) == f"latent-explorer path a --weights={option}"
        assert with_weights("", chosen) == ""
