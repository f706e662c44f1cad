"""The window on a user model: its plane and predictions, what cannot be done with it, and its newer weights."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from run_list_cases import list_view, listed_names, run_row
from sklearn.datasets import load_digits
from torch import nn
from window_cases import named

import explorer
from explorer.config import ConfigError
from explorer.jobs.user_model.user_prediction import Prediction
from explorer.jobs.user_model.user_run import UserRun
from explorer.jobs.user_model.user_samples import SampleFormat, UserModelSpec
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.session_files import SUFFIX
from explorer.ui.app.window_actions import main_window
from explorer.ui.decode.panel.class_section import prediction_text
from explorer.ui.services.app_state import start_state
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.settings import last_session_file

WAIT = 20_000
X = (load_digits().data / 16).astype(np.float32)[:300]
Y = load_digits().target[:300]


@pytest.fixture
def networks() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return nn.Linear(64, 2), nn.Sequential(nn.Linear(2, 64), nn.Sigmoid())


@pytest.fixture
def spec(networks: tuple[nn.Module, nn.Module]) -> UserModelSpec:
    encoder, decoder = networks
    scores = torch.tensor([[0.1, 0.9]]).log()
    return UserModelSpec(
        encode=encoder, decode=decoder, samples=X, labels=(Y > 4).astype(int), class_names=("low", "high"),
        classify=lambda x: scores.expand(len(x), 2), sample_format=SampleFormat(shape=(8, 8)), name="my net",
    )  # fmt: skip


@pytest.fixture
def window(runs_folder: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    window = main_window(start_state(runs_folder), ThemeSource("dark"))
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    yield window
    window.close()


def show(window: MainWindow, user_run: UserRun, qtbot: QtBot) -> None:
    window.start([], user_run.open())
    qtbot.waitUntil(lambda: window.state.store.runs[user_run.key].plane is not None, timeout=WAIT)


def test_a_point_is_decoded_and_classified(window: MainWindow, spec: UserModelSpec, qtbot: QtBot) -> None:
    user_run = UserRun(spec)
    show(window, user_run, qtbot)
    line = window.decode.prediction
    assert line.isHidden()
    window.state.probing.probe_point(user_run.key, (0.3, -0.2))
    qtbot.waitUntil(lambda: line.text() == "Classified as high (90 %)", timeout=WAIT)
    assert line.isVisible()
    sample = int(np.flatnonzero(Y <= 4)[0])
    window.state.probing.probe_sample(user_run.key, sample)
    qtbot.waitUntil(lambda: line.text() == "Classified as high (90 %), but the sample is low", timeout=WAIT)


def test_a_low_window_shows_data_without_labels(window: MainWindow, spec: UserModelSpec, qtbot: QtBot) -> None:
    window.resize(1440, 700)
    user_run = UserRun(replace(spec, labels=None, class_names=(), classify=None))
    show(window, user_run, qtbot)
    window.state.session.set(selection=(3, 5))
    qtbot.waitUntil(lambda: named(window.legend, "legend_note", QLabel).text() == "no labels", timeout=WAIT)
    assert not window.legend.chips


def test_a_run_of_the_program_has_no_prediction(
    window: MainWindow, spec: UserModelSpec, runs_folder: Path, qtbot: QtBot
) -> None:
    user_run = UserRun(spec)
    show(window, user_run, qtbot)
    window.state.probing.probe_point(user_run.key, (0.3, -0.2))
    qtbot.waitUntil(window.decode.prediction.isVisible, timeout=WAIT)
    window.state.opener.open(runs_folder / "ae")
    key = str(runs_folder / "ae")
    qtbot.waitUntil(lambda: key in window.state.store.runs, timeout=WAIT)
    window.state.probing.probe_point(key, (0.0, 0.0))
    qtbot.waitUntil(window.decode.prediction.isHidden, timeout=WAIT)


def test_newer_weights_move_the_plane_and_the_decode(
    window: MainWindow, spec: UserModelSpec, networks: tuple[nn.Module, nn.Module], qtbot: QtBot
) -> None:
    user_run = UserRun(spec)
    show(window, user_run, qtbot)
    window.state.probing.probe_point(user_run.key, (0.5, 0.5))
    controller = window.decode.controller
    qtbot.waitUntil(lambda: controller.decoded.of(user_run.key) is not None, timeout=WAIT)
    before = controller.decoded.of(user_run.key)
    with torch.no_grad():
        for net in networks:
            for weight in net.parameters():
                weight.mul_(3)
    window.state.opener.take_user_model(user_run.renew())
    plane = window.state.store.runs[user_run.key].plane
    assert plane is not None
    qtbot.waitUntil(lambda: window.state.store.runs[user_run.key].plane_is_current, timeout=WAIT)
    moved = window.state.store.runs[user_run.key].plane
    assert moved is not None
    np.testing.assert_allclose(moved.mean, 3 * plane.mean, atol=1e-4)
    assert before is not None
    qtbot.waitUntil(lambda: getattr(controller.decoded.of(user_run.key), "step", 0) > before.step, timeout=WAIT)
    after = controller.decoded.of(user_run.key)
    assert after is not None and not np.allclose(after.picture, before.picture)


def test_its_figures_are_measured_on_request_and_compared(
    window: MainWindow, spec: UserModelSpec, qtbot: QtBot
) -> None:
    user_run = UserRun(spec)
    show(window, user_run, qtbot)
    figures = window.state.figures
    assert figures.of(user_run.key) is None
    assert figures.waiting_words(user_run.key) == "not measured yet: figures of your own model are measured on request"
    figures.measure(user_run.key, 0)
    qtbot.waitUntil(lambda: figures.of(user_run.key) is not None, timeout=WAIT)
    window.dialogs.show_comparison()
    assert window.dialogs.comparison is not None and window.dialogs.comparison.comparison is not None
    assert window.dialogs.comparison.comparison.runs == ("my net",)
    assert figures.of(user_run.key).figures.overlap is not None  # type: ignore[union-attr]
    assert not Path(user_run.key).exists()
    window.state.opener.take_user_model(user_run.renew())
    assert figures.of(user_run.key) is None, "other weights have other figures"


def test_controls_that_do_not_apply_are_disabled_with_a_reason(
    window: MainWindow, spec: UserModelSpec, qtbot: QtBot
) -> None:
    user_run = UserRun(spec)
    show(window, user_run, qtbot)
    listed = window.run_list
    qtbot.waitUntil(lambda: "my net" in listed_names(listed), timeout=WAIT)
    list_view(listed).setCurrentIndex(run_row(listed, "my net"))
    actions = {action.objectName(): action for action in listed.findChildren(QAction)}
    for name in ("further", "rename", "remove", "settings", "folder", "copy"):
        assert not actions[f"run_{name}"].isEnabled()
        assert "only in memory" in actions[f"run_{name}"].toolTip()
    assert actions["run_open"].isEnabled() and not window.actions_["copy_command"].isEnabled()
    menu = window.findChildren(type(window.planes.panes[0].header.menu))[0]
    menu.aboutToShow.emit()
    shown = {action.text(): action for action in menu.actions()}
    for text in ("Rename…", "Use these settings", "Train further…"):
        assert not shown[text].isEnabled() and "only in memory" in shown[text].toolTip()


def test_a_session_is_saved_without_the_user_model_and_says_so(
    window: MainWindow, spec: UserModelSpec, runs_folder: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    user_run = UserRun(spec)
    show(window, user_run, qtbot)
    window.state.opener.open(runs_folder / "vae")
    qtbot.waitUntil(lambda: len(window.state.session.view.panes) == 2, timeout=WAIT)
    window.state.probing.probe_point(user_run.key, (0.0, 0.0))
    notices: list[str] = []
    window.state.messages.notified.connect(notices.append)
    path = tmp_path / f"mine{SUFFIX}"
    with qtbot.waitSignal(window.state.tasks.saved, timeout=WAIT):
        window.session_files.save(path)
    stored = json.loads(path.read_text())["view"]
    assert [Path(pane["run"]).name for pane in stored["panes"]] == ["vae"] and stored["probe"] is None
    assert notices == ["my net exists only in memory, so the session is saved without it"]
    assert len(window.state.session.view.panes) == 2


def test_the_last_session_is_not_written_over_by_one_that_cannot_be_stored(
    window: MainWindow, spec: UserModelSpec, qtbot: QtBot
) -> None:
    show(window, UserRun(spec), qtbot)
    window.session_files.keep(last_session_file())
    assert not last_session_file().exists()


def test_it_stays_when_its_pane_is_closed_and_comes_back(window: MainWindow, spec: UserModelSpec, qtbot: QtBot) -> None:
    user_run = UserRun(spec)
    show(window, user_run, qtbot)
    window.state.panes.close(0)
    assert user_run.key in window.state.store.runs and not window.state.session.view.panes
    window.state.opener.open(Path(user_run.key))
    assert [pane.run for pane in window.state.session.view.panes] == [user_run.key]


def test_a_function_that_fails_later_is_reported_and_the_window_continues(
    window: MainWindow, spec: UserModelSpec, networks: tuple[nn.Module, nn.Module], qtbot: QtBot
) -> None:
    broken: list[bool] = []

    def decode(z: torch.Tensor) -> Any:
        if broken:
            raise KeyError("my own mistake")
        return networks[1](z)

    user_run = UserRun(replace(spec, decode=decode))
    show(window, user_run, qtbot)
    broken.append(True)
    with qtbot.waitSignal(window.state.messages.notified, timeout=WAIT) as notice:
        window.state.probing.probe_point(user_run.key, (0.1, 0.1))
    assert "my net" in notice.args[0] and "my own mistake" in notice.args[0]
    broken.clear()
    window.state.probing.probe_point(user_run.key, (0.2, 0.1))
    qtbot.waitUntil(lambda: window.decode.controller.decoded.of(user_run.key) is not None, timeout=WAIT)


@pytest.mark.parametrize(
    ("prediction", "label", "words"),
    [
        (None, "7", ""),
        (Prediction("7"), "", "Classified as 7"),
        (Prediction("7", 0.834), "7", "Classified as 7 (83 %)"),
        (Prediction("7", 1.0), "1", "Classified as 7 (100 %), but the sample is 1"),
    ],
)
def test_a_prediction_is_shown_in_words(prediction: Prediction | None, label: str, words: str) -> None:
    assert prediction_text(prediction, label) == words


SCRIPT = """
import time
import numpy as np, torch, explorer
from torch import nn

class Encoder(nn.Linear):
    def forward(self, x):
        time.sleep(SECONDS)
        return super().forward(x)

torch.manual_seed(0)
x = torch.rand(300, 12)
encoder, decoder = Encoder(12, 2), nn.Linear(2, 12)
optimizer = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], 0.05)
window = explorer.explore(encode=encoder, decode=decoder, samples=x, labels=np.arange(300) % 3, block=False)
app_state = window._window.state
planes = []
for epoch in range(5):
    loss = (decoder(encoder(x)) - x).square().sum(1).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    assert window.update(seconds=20)
    plane = app_state.store.runs[window._user_run.key].plane
    assert np.allclose(plane.mean, encoder(x).detach().numpy(), atol=1e-5)
    planes.append(plane.mean)
assert all(np.abs(a - b).max() > 1e-4 for a, b in zip(planes, planes[1:]))
app_state.session.set(selection=(3, 5))
assert window.selection.tolist() == [3, 5] and window.is_open
print(window)
if CLOSE:
    window.close()
    assert not window.update() and not window.is_open and window.selection.tolist() == [3, 5]
    window.wait()
"""


def run_script(text: str, folder: Path) -> str:
    """Run a user's script in a process of its own and return its output; warnings are errors."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", text],
        cwd=folder,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(Path(explorer.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize(("close", "seconds"), [(True, 0), (False, 0.03)])
def test_a_script_moves_the_plane_from_its_own_training_loop(tmp_path: Path, close: bool, seconds: float) -> None:
    """A window that is not closed ends with the program, even while a slow encoder computes codes."""
    output = run_script(SCRIPT.replace("CLOSE", str(close)).replace("SECONDS", str(seconds)), tmp_path)
    assert output == "<window on your own model, open>\n"


RUNS_SCRIPT = """
import explorer
from explorer.config import ConfigError
window = explorer.explore("ae", "vae", block=False)
print(window)
app_state = window._window.state
while len(app_state.store.runs) < 2 or not all(run.plane for run in app_state.store.runs.values()):
    assert window.update()
app_state.session.set(selection=(3, 5))
assert window.selection.tolist() == [3, 5]
try:
    window.update(labels=[1, 2])
except ConfigError as error:
    print(error)
if CLOSE:
    window.close()
    assert not window.is_open and not window.update() and window.selection.tolist() == [3, 5]
    window.wait()
"""


@pytest.mark.parametrize("close", [True, False])
def test_a_script_continues_beside_a_window_on_runs(runs_folder: Path, close: bool) -> None:
    output = run_script(RUNS_SCRIPT.replace("CLOSE", str(close)), runs_folder)
    assert output == "<window on ae, vae, open>\nthe window has no model of your own: codes and labels belong to one\n"


WINDOWS_SCRIPT = """
import gc
import explorer
import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

def close_all():
    for widget in QApplication.topLevelWidgets():
        if widget.objectName() == "main_window":
            widget.close()

given = dict(decode=lambda z: z, encode=lambda x: x, samples=np.random.rand(60, 2))
found = set()
for number, how in enumerate(("handle", "user", "block", "handle", "user", "block")):
    more = given if number % 2 else {}
    if how == "block":
        QTimer.singleShot(200, close_all)
        explorer.explore("ae", **more)
    else:
        window = explorer.explore("ae", **more, block=False)
        assert window.update() and len(QApplication.allWidgets()) > 500
        if how == "handle":
            window.close()
        else:
            QTimer.singleShot(0, close_all)
            window.wait()
            QApplication.processEvents()
            assert not window.is_open
    widgets = len(QApplication.allWidgets())
    gc.collect()
    kept = [type(one).__name__ for one in gc.get_objects()]
    print(widgets, sum(name in ("MainWindow", "AppState", "ThemeSource", "LatentPlane") for name in kept))
"""


def test_closed_windows_are_released(runs_folder: Path) -> None:
    output = run_script(WINDOWS_SCRIPT, runs_folder)
    assert output.splitlines() == 6 * ["0 0"], "widgets, and parts of windows, after each"


def test_decode_is_required() -> None:
    with pytest.raises(ConfigError, match="decode is required"):
        explorer.explore(samples=X)
