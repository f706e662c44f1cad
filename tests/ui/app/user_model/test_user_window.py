"""The window on a user model: its plane and predictions, what cannot be done with it, and its newer weights."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel
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
from explorer.ui.decode.panel.class_section import prediction_text
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


def test_a_model_is_required() -> None:
    with pytest.raises(ConfigError, match=r"pass a model, as in explorer\.explore"):
        explorer.explore(samples=X)
