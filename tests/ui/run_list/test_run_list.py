import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget
from window_cases import named

from explorer.config import RunConfig, set_values
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models import catalog
from explorer.runs.run_directory import open_run
from explorer.runs.state import this_process
from explorer.ui.run_list.run_delegate import DETAILS, SHOWN, STATUS
from explorer.ui.run_list.run_list import MANY, RunList
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
    qtbot.waitUntil(lambda: view(runs).count() > 0, timeout=WAIT)
    return runs


def view(runs):
    return runs.findChild(QWidget, "run_list")


def item(runs, name):
    return next(view(runs).item(row) for row in range(view(runs).count()) if view(runs).item(row).text() == name)


def choose(runs, qtbot, name):
    point = view(runs).visualItemRect(item(runs, name)).center()
    qtbot.mouseClick(view(runs).viewport(), LEFT, pos=point)
    return point


def press(runs, qtbot, action):
    qtbot.mouseClick(runs.findChild(QWidget, f"run_{action}_button"), LEFT)


def shown(app_state):
    return [Path(pane.run).name for pane in app_state.session.view.panes]


def test_each_row_of_the_list_describes_its_run(runs):
    assert {view(runs).item(row).text() for row in range(3)} == {"small-ae", "small-vae", "crashed"}
    vae = item(runs, "small-vae")
    assert vae.data(STATUS) == "finished" and vae.data(DETAILS).startswith("VAE 2-d · digits · ")
    assert item(runs, "crashed").data(STATUS) == "unfinished"
    assert "Choose Train further" in item(runs, "crashed").toolTip()
    assert "small-vae, VAE 2-d" in vae.data(Qt.ItemDataRole.AccessibleTextRole)


def test_enter_and_double_click_open(runs, app_state, qtbot):
    choose(runs, qtbot, "small-ae")
    qtbot.keyClick(view(runs), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(app_state) == ["small-ae"], timeout=WAIT)
    point = choose(runs, qtbot, "small-vae")
    qtbot.mouseDClick(view(runs).viewport(), LEFT, pos=point)
    qtbot.waitUntil(lambda: shown(app_state) == ["small-ae", "small-vae"], timeout=WAIT)
    assert item(runs, "small-ae").data(SHOWN) and not item(runs, "crashed").data(SHOWN)
    choose(runs, qtbot, "crashed")
    qtbot.keyClick(view(runs), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(app_state) == ["small-ae", "crashed"], timeout=WAIT)
    choose(runs, qtbot, "small-vae")
    press(runs, qtbot, "open_beside")
    qtbot.waitUntil(lambda: len(shown(app_state)) == 3, timeout=WAIT)


def test_f2_renames_in_place(runs, app_state, qtbot, folder):
    choose(runs, qtbot, "small-ae")
    view(runs).setFocus()
    qtbot.keyClick(view(runs), Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: runs.findChild(QLineEdit, "run_rename") is not None)
    editor = runs.findChild(QLineEdit, "run_rename")
    editor.selectAll()
    qtbot.keyClicks(editor, "renamed")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: (folder / "renamed" / "run.json").is_file(), timeout=WAIT)
    qtbot.waitUntil(lambda: any(view(runs).item(row).text() == "renamed" for row in range(3)), timeout=WAIT)


def test_a_taken_name_is_refused(runs, app_state, qtbot, folder):
    choose(runs, qtbot, "small-ae")
    with qtbot.waitSignal(app_state.messages.notified, timeout=WAIT) as notice:
        item(runs, "small-ae").setText("small-vae")
    assert "already exists" in notice.args[0]
    assert sum(view(runs).item(row).text() == "small-ae" for row in range(3)) == 1


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
    qtbot.waitUntil(lambda: view(runs).count() == 2, timeout=WAIT)
    assert not (folder / "small-ae").exists()


def test_a_shipped_run_cannot_be_changed(runs, app_state, qtbot, folder, monkeypatch):
    monkeypatch.setattr("explorer.runs.run_directory.shipped_runs", lambda: [folder / "small-ae"])
    with qtbot.waitSignal(app_state.folders.listed_changed, timeout=WAIT):
        app_state.folders.read()
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
    qtbot.waitUntil(lambda: item(runs, "crashed").data(STATUS) == "finished", timeout=WAIT)


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
    with qtbot.waitSignal(app_state.folders.listed_changed, timeout=WAIT):
        app_state.folders.read()
    assert box.isVisible()
    qtbot.keyClicks(box, "crash")
    visible = [view(runs).item(row) for row in range(view(runs).count()) if not view(runs).item(row).isHidden()]
    assert [each.text() for each in visible] == ["crashed"]


def test_an_empty_list_explains_what_to_do(qtbot, tmp_path, qapp):
    app_state = start_state(tmp_path / "none")
    runs = RunList(app_state, ThemeSource("dark"))
    qtbot.addWidget(runs)
    runs.show()
    assert "Train one" in runs.findChild(QWidget, "run_list_empty").text()
    assert runs.findChild(QWidget, "run_list_empty").isVisible()
    assert app_state.lifetime.close()
