import json
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget
from run_list_cases import list_view, listed, listed_names, run_row
from window_cases import named

from explorer.config import RunConfig, set_values
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models import catalog
from explorer.runs.run_directory import open_run
from explorer.runs.run_group import RunGroup
from explorer.runs.run_note import RunNote
from explorer.runs.state import this_process
from explorer.session import Pane, View
from explorer.ui.run_list.run_list import MANY, RunList
from explorer.ui.run_list.run_model import (
    COUNT,
    DETAILS,
    FOLDED,
    KEY,
    LOSS,
    MARK,
    SHOWN,
    SPOKEN,
    STARRED,
    STATUS,
    TIP,
    TITLE,
)
from explorer.ui.services.app_state import start_state
from explorer.ui.theme.theme import ThemeSource

LEFT = Qt.MouseButton.LeftButton
WAIT = 20_000


@pytest.fixture(scope="module")
def trained(tmp_path_factory, digits) -> Path:
    """Return a folder with a tiny finished autoencoder and VAE, and a VAE whose trainer was killed."""
    folder = tmp_path_factory.mktemp("trained")
    for name, family in (("small-ae", "ae"), ("small-vae", "vae"), ("crashed", "vae")):
        config = RunConfig(model=catalog.family(family).config_type())
        config = set_values(config, {"model.hidden_widths": "8", "train.epochs": "2", "train.threads": "1"})
        for _ in run_training(new_run(config, folder / name, dataset=digits, device="cpu")):
            pass
    state = folder / "crashed" / "state.json"
    value = json.loads(state.read_text())
    value |= {"status": "training", "owner": {**asdict(this_process()), "process": 2**22 + 1}}
    state.write_text(json.dumps(value))
    return folder


@pytest.fixture
def folder(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "runs")


@pytest.fixture
def app_state(qapp, folder, digits):
    app_state = start_state(folder)
    yield app_state
    assert app_state.lifetime.close()


@pytest.fixture
def runs(app_state, qtbot):
    runs = RunList(app_state, ThemeSource("dark"))
    qtbot.addWidget(runs)
    runs.resize(268, 320)
    runs.show()
    qtbot.waitExposed(runs)
    app_state.folders.read()
    qtbot.waitUntil(lambda: bool(listed(runs)), timeout=WAIT)
    return runs


def choose(runs, qtbot, name):
    point = list_view(runs).visualRect(run_row(runs, name)).center()
    qtbot.mouseClick(list_view(runs).viewport(), LEFT, pos=point)
    return point


def chosen(runs):
    """Return the name of the current row; None if there is none."""
    return list_view(runs).currentIndex().data()


def read(app_state, qtbot):
    """Read the folders again, and wait for the list."""
    with qtbot.waitSignal(app_state.folders.listed_changed, timeout=WAIT):
        app_state.folders.read()


def press(runs, qtbot, action):
    named(runs, f"run_{action}", QAction).trigger()


def shown(app_state):
    return [Path(pane.run).name for pane in app_state.session.view.panes]


def test_each_row_of_the_list_describes_its_run(runs):
    assert set(listed_names(runs)) == {"small-ae", "small-vae", "crashed"}
    vae = run_row(runs, "small-vae")
    assert vae.data(STATUS) == "" and vae.data(DETAILS) == "VAE, 2-D, 2 epochs"
    assert re.fullmatch(r"\d+\.\d+ nats", vae.data(LOSS))
    assert run_row(runs, "crashed").data(STATUS) == "unfinished"
    assert "Choose Resume" in run_row(runs, "crashed").data(TIP)
    assert "small-vae, VAE, 2-D, 2 epochs" in vae.data(SPOKEN)


def test_enter_and_double_click_open(runs, app_state, qtbot):
    choose(runs, qtbot, "small-ae")
    qtbot.keyClick(list_view(runs), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(app_state) == ["small-ae"], timeout=WAIT)
    point = choose(runs, qtbot, "small-vae")
    qtbot.mouseDClick(list_view(runs).viewport(), LEFT, pos=point)
    qtbot.waitUntil(lambda: shown(app_state) == ["small-ae", "small-vae"], timeout=WAIT)
    assert run_row(runs, "small-ae").data(SHOWN) and not run_row(runs, "crashed").data(SHOWN)
    choose(runs, qtbot, "crashed")
    qtbot.keyClick(list_view(runs), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(app_state) == ["small-ae", "crashed"], timeout=WAIT)
    choose(runs, qtbot, "small-vae")
    press(runs, qtbot, "open_beside")
    qtbot.waitUntil(lambda: len(shown(app_state)) == 3, timeout=WAIT)


def rename(runs, qtbot, old, new):
    """Press F2 on a run, type a name, and press Enter."""
    choose(runs, qtbot, old)
    list_view(runs).setFocus()
    qtbot.keyClick(list_view(runs), Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: runs.findChild(QLineEdit, "run_rename") is not None)
    editor = runs.findChild(QLineEdit, "run_rename")
    assert editor.text() == old
    editor.selectAll()
    qtbot.keyClicks(editor, new)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_f2_renames_in_place(runs, qtbot, folder):
    rename(runs, qtbot, "small-ae", "renamed")
    qtbot.waitUntil(lambda: (folder / "renamed" / "run.json").is_file(), timeout=WAIT)
    qtbot.waitUntil(lambda: "renamed" in listed_names(runs), timeout=WAIT)
    assert "small-ae" not in listed_names(runs) and not (folder / "small-ae").exists()


def test_a_taken_name_is_refused(runs, app_state, qtbot, folder):
    with qtbot.waitSignal(app_state.messages.notified, timeout=WAIT) as notice:
        rename(runs, qtbot, "small-ae", "small-vae")
    assert "already exists" in notice.args[0]
    assert sorted(listed_names(runs)) == ["crashed", "small-ae", "small-vae"]


def test_an_editor_stays_open_while_the_list_is_read_anew(runs, app_state, qtbot, folder):
    choose(runs, qtbot, "small-ae")
    press(runs, qtbot, "rename")
    runs.findChild(QLineEdit, "run_rename").setText("half a na")
    shutil.copytree(folder / "small-vae", folder / "another")
    read(app_state, qtbot)
    assert "another" in listed_names(runs)
    assert runs.findChild(QLineEdit, "run_rename").text() == "half a na"
    qtbot.keyClick(runs.findChild(QLineEdit, "run_rename"), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: runs.findChild(QLineEdit, "run_rename") is None, timeout=WAIT)
    assert (folder / "small-ae").is_dir()


def test_the_current_run_stays_current_where_the_rows_change(runs, app_state, qtbot, folder):
    sort_by(runs, "name")
    choose(runs, qtbot, "small-ae")
    shutil.copytree(folder / "small-vae", folder / "another")
    read(app_state, qtbot)
    assert listed_names(runs) == ["another", "crashed", "small-ae", "small-vae"] and chosen(runs) == "small-ae"
    app_state.folders.set_note(str(folder / "small-vae"), RunNote(starred=True))
    qtbot.waitUntil(lambda: listed_names(runs)[0] == "small-vae", timeout=WAIT)
    assert chosen(runs) == "small-ae" and list_view(runs).selectionModel().isSelected(run_row(runs, "small-ae"))


def test_after_a_run_is_gone_no_other_is_current(runs, app_state, qtbot, folder):
    choose(runs, qtbot, "small-ae")
    shutil.rmtree(folder / "small-ae")
    read(app_state, qtbot)
    assert chosen(runs) is None and not named(runs, "run_remove", QAction).isEnabled()


def test_removing_asks_first(runs, app_state, qtbot, folder):
    choose(runs, qtbot, "small-ae")
    press(runs, qtbot, "remove")
    question = runs.findChild(QWidget, "remove_question")
    assert "small-ae" in question.text() and question.defaultButton().text().replace("&", "") == "Cancel"
    qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert (folder / "small-ae").is_dir()
    qtbot.waitUntil(lambda: runs.findChild(QWidget, "remove_question") is None)
    press(runs, qtbot, "remove")
    qtbot.mouseClick(runs.findChild(QWidget, "remove_agreed"), LEFT)
    qtbot.waitUntil(lambda: len(listed(runs)) == 2, timeout=WAIT)
    assert not (folder / "small-ae").exists()


def test_a_shipped_run_cannot_be_changed(runs, app_state, qtbot, folder, monkeypatch):
    monkeypatch.setattr("explorer.runs.run_directory.shipped_runs", lambda: [folder / "small-ae"])
    read(app_state, qtbot)
    choose(runs, qtbot, "small-ae")
    for name in ("remove", "rename", "further"):
        assert not named(runs, f"run_{name}", QAction).isEnabled()
    assert named(runs, "run_open", QAction).isEnabled() and named(runs, "run_copy", QAction).isEnabled()


def test_an_unfinished_run_is_resumed(runs, app_state, qtbot, folder):
    choose(runs, qtbot, "crashed")
    assert named(runs, "run_further", QAction).text() == "Resume"
    press(runs, qtbot, "further")
    key = str(folder / "crashed")
    qtbot.waitUntil(
        lambda: key in app_state.store.runs and app_state.store.runs[key].status == "finished", timeout=WAIT
    )
    qtbot.waitUntil(lambda: run_row(runs, "crashed").data(STATUS) == "", timeout=WAIT)


def test_settings_command_and_folder(runs, app_state, qtbot, folder, monkeypatch):
    choose(runs, qtbot, "small-vae")
    with qtbot.waitSignal(runs.settings_wanted) as wanted:
        press(runs, qtbot, "settings")
    assert wanted.args[0] == open_run(folder / "small-vae").config
    named(runs, "run_copy", QAction).trigger()
    command = QGuiApplication.clipboard().text()
    assert command.startswith("latent-explorer train --data digits --model vae") and "small-vae" in command
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    named(runs, "run_folder", QAction).trigger()
    assert opened == [str(folder / "small-vae")]


def test_many_runs_can_be_filtered(runs, app_state, qtbot, folder):
    box = runs.findChild(QLineEdit, "run_filter")
    assert not box.isVisible()
    for number in range(MANY):
        shutil.copytree(folder / "small-vae", folder / f"copy-{number}")
    read(app_state, qtbot)
    assert box.isVisible()
    qtbot.keyClicks(box, "crash")
    assert listed_names(runs) == ["crashed"]


def test_an_empty_list_explains_what_to_do(qtbot, tmp_path, qapp):
    app_state = start_state(tmp_path / "none")
    runs = RunList(app_state, ThemeSource("dark"))
    qtbot.addWidget(runs)
    runs.show()
    empty = runs.findChild(QWidget, "run_list_empty")
    assert "Train one" in empty.text() and not empty.isVisible(), "not before the folders are read"
    app_state.folders.read()
    qtbot.waitUntil(empty.isVisible)
    assert app_state.lifetime.close()


def listed_titles(runs):
    return [str(index.data(TITLE)) for index in listed(runs)]


def test_the_mark_of_a_row_is_that_of_its_pane(runs, app_state, qtbot, folder):
    assert run_row(runs, "small-vae").data(MARK) is None
    app_state.opener.open(folder / "small-vae")
    qtbot.waitUntil(lambda: run_row(runs, "small-vae").data(MARK) == 0, timeout=WAIT)
    runs.grab()


def sort_by(runs, name):
    named(runs, f"run_sort_{name}", QAction).trigger()


def test_newest_first_goes_by_the_day_of_creation_and_not_by_the_folder(folder, qtbot, tmp_path):
    for name, created in (("small-ae", "2026-01-03"), ("small-vae", "2026-01-01"), ("crashed", "no date")):
        file = folder / name / "run.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "created": created}))
    elsewhere = shutil.copytree(folder / "small-vae", tmp_path / "elsewhere" / "middle")
    file = elsewhere / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "created": "2026-01-02T10:00:00+0000"}))
    app_state = start_state(folder)
    runs = RunList(app_state, ThemeSource("dark"))
    qtbot.addWidget(runs)
    app_state.folders.read()
    app_state.opener.open(elsewhere)
    qtbot.waitUntil(lambda: len(listed(runs)) == 4, timeout=WAIT)
    assert listed_names(runs) == ["small-ae", "middle", "small-vae", "crashed"]
    assert app_state.lifetime.close()


def test_the_list_is_sorted_and_remembers_how(runs, app_state, qtbot):
    sort_by(runs, "name")
    assert listed_titles(runs) == ["crashed", "small-ae", "small-vae"]
    assert runs.findChild(QWidget, "run_sort").text() == "By name"
    sort_by(runs, "loss")
    losses = [float(run_row(runs, title).data(LOSS).split()[0]) for title in listed_titles(runs)]
    assert losses == sorted(losses)
    sort_by(runs, "data")
    assert run_row(runs, "small-ae").data(DETAILS).startswith("digits, ")
    again = RunList(app_state, ThemeSource("dark"))
    qtbot.addWidget(again)
    assert again.findChild(QWidget, "run_sort").text() == "By data"


def make_experiment(folder):
    """Make two runs the members of one ablation."""
    for place, (name, member) in enumerate((("small-ae", "both"), ("small-vae", "only-kl"))):
        path = folder / name / "run.json"
        value = json.loads(path.read_text())
        value["group"] = asdict(RunGroup("one", "ablation", member, place, 2))
        path.write_text(json.dumps(value))


def test_an_experiment_is_folded_under_its_heading(runs, app_state, qtbot, folder):
    make_experiment(folder)
    read(app_state, qtbot)
    titles = listed_titles(runs)
    at = titles.index("Loss ablation")
    assert titles[at : at + 3] == ["Loss ablation", "both", "only KL"] and "crashed" in titles
    heading = listed(runs)[at]
    assert heading.data(COUNT) == 2 and heading.data(SPOKEN).endswith("2 runs, unfolded")
    choose(runs, qtbot, "Loss ablation")
    assert sorted(listed_titles(runs)) == ["Loss ablation", "crashed"]
    assert run_row(runs, "Loss ablation").data(FOLDED) and chosen(runs) == "Loss ablation"
    qtbot.keyClick(list_view(runs), Qt.Key.Key_Return)
    assert len(listed_titles(runs)) == 4 and chosen(runs) == "Loss ablation"
    qtbot.keyClick(list_view(runs), Qt.Key.Key_Return)
    assert sorted(listed_titles(runs)) == ["Loss ablation", "crashed"]
    runs.findChild(QLineEdit, "run_filter").setText("only")
    assert listed_titles(runs) == ["Loss ablation", "only KL"]


def test_star_tags_and_note_stay_with_the_run(runs, app_state, qtbot, folder):
    sort_by(runs, "name")
    choose(runs, qtbot, "small-vae")
    press(runs, qtbot, "star")
    qtbot.waitUntil(lambda: bool(run_row(runs, "small-vae").data(STARRED)), timeout=WAIT)
    assert listed_titles(runs)[0] == "small-vae"
    choose(runs, qtbot, "small-vae")
    assert named(runs, "run_star", QAction).text() == "Remove star"
    press(runs, qtbot, "note")
    runs.findChild(QLineEdit, "note_tags").setText("teaching,  week 3, teaching")
    runs.findChild(QWidget, "note_text").setPlainText("The one for the lecture.")
    qtbot.mouseClick(runs.findChild(QWidget, "note_save"), LEFT)
    qtbot.waitUntil(lambda: "Tags: teaching, week 3" in run_row(runs, "small-vae").data(TIP), timeout=WAIT)
    assert "The one for the lecture." in run_row(runs, "small-vae").data(TIP)
    runs.findChild(QLineEdit, "run_filter").setText("week")
    assert listed_titles(runs) == ["small-vae"]
    saved = json.loads((folder / "small-vae" / "note.json").read_text())
    assert saved == {"starred": True, "tags": ["teaching", "week 3"], "text": "The one for the lecture."}


def test_a_note_on_a_shipped_run_is_outside_of_it(runs, app_state, qtbot, folder, monkeypatch):
    monkeypatch.setattr("explorer.runs.run_directory.shipped_runs", lambda: [folder / "small-ae"])
    read(app_state, qtbot)
    app_state.folders.set_note(str(folder / "small-ae"), RunNote(starred=True))
    qtbot.waitUntil(lambda: bool(run_row(runs, "small-ae").data(STARRED)), timeout=WAIT)
    assert not (folder / "small-ae" / "note.json").exists()
    assert (folder / ".notes" / "small-ae.json").is_file()


def test_train_further_asks_for_the_epochs(runs, app_state, qtbot, folder):
    choose(runs, qtbot, "small-vae")
    assert named(runs, "run_further", QAction).text() == "Train further…"
    press(runs, qtbot, "further")
    epochs = runs.findChild(QWidget, "further_epochs")
    assert epochs.value() == 2 and "4 in total" in runs.findChild(QWidget, "further_total").text()
    epochs.setValue(1)
    assert "3 in total" in runs.findChild(QWidget, "further_total").text()
    qtbot.mouseClick(runs.findChild(QWidget, "further_train"), LEFT)
    qtbot.waitUntil(lambda: open_run(folder / "small-vae").config.train.epochs == 3, timeout=WAIT)
    qtbot.waitUntil(lambda: run_row(runs, "small-vae").data(DETAILS) == "VAE, 2-D, 3 epochs", timeout=WAIT)


def test_a_run_is_trained_again(runs, app_state, qtbot, folder):
    choose(runs, qtbot, "small-vae")
    press(runs, qtbot, "again")
    qtbot.waitUntil(lambda: (folder / "digits-vae" / "run.json").is_file(), timeout=WAIT)
    assert open_run(folder / "digits-vae").config == open_run(folder / "small-vae").config
    qtbot.waitUntil(lambda: not app_state.trainings.running, timeout=WAIT)


def test_out_of_memory_offers_the_cpu(runs, app_state, qtbot, folder, monkeypatch):
    app_state.opener.open(folder / "small-vae")
    key = str(folder / "small-vae")
    qtbot.waitUntil(lambda: key in app_state.store.runs, timeout=WAIT)
    choose(runs, qtbot, "small-vae")
    assert not named(runs, "run_cpu", QAction).isVisible()
    reason = "cuda is out of memory; train on the CPU (device cpu), with a smaller batch or a smaller model"
    machine = replace(app_state.store.runs[key].machine, device="cuda")
    app_state.store.set(key, status="failed", reason=reason, machine=machine)
    assert reason[1:] in run_row(runs, "small-vae").data(TIP)
    calls = []
    monkeypatch.setattr(app_state.trainings, "train_further", lambda *given, **more: calls.append((given, more)))
    named(runs, "run_cpu", QAction).trigger()
    assert calls == [((key,), {"device": "cpu"})]
    assert not named(runs, "run_further", QAction).isEnabled()


def test_a_run_of_another_folder_is_chosen_once_it_is_listed(app_state, runs, folder, tmp_path, qtbot):
    def current():
        return list_view(runs).currentIndex().data(KEY)

    first = str(folder / "small-ae")
    app_state.opener.open_view(View(panes=(Pane(first),)))
    qtbot.waitUntil(lambda: current() == first)
    other = str(shutil.copytree(folder / "small-vae", tmp_path / "elsewhere" / "another-vae"))
    app_state.opener.open_view(View(panes=(Pane(other),)))
    qtbot.waitUntil(lambda: other in app_state.store.runs)
    qtbot.waitUntil(lambda: current() == other)
