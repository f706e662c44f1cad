"""Saving a replay from the window: its contents, progress, cancelling, and errors."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from explorer.session import Probe
from explorer.ui.replay import replay_saver
from explorer.ui.replay.replay_saver import NO_REPLAY, ReplaySaver, options_of
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

WAIT = 20_000


@pytest.fixture
def saver(app_state: AppState, themes: ThemeSource, runs_folder: Path, qtbot: QtBot) -> ReplaySaver:
    window = QWidget()
    qtbot.addWidget(window)
    app_state.opener.open(runs_folder / "vae")
    qtbot.waitUntil(
        lambda: bool(app_state.store.runs) and all(run.dataset for run in app_state.store.runs.values()), timeout=WAIT
    )
    return ReplaySaver(app_state, themes, window)


def test_the_film_has_the_shown_pane_probe_and_selection(
    saver: ReplaySaver, app_state: AppState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    (run,) = app_state.store.runs.values()
    app_state.session.set(probe=Probe(run.key, (0.5, 0.25)), selection=(3, 900))
    out, progress = tmp_path / "x.npz", []
    monkeypatch.setattr(replay_saver, "ask_path", lambda *_: out)
    saver.progress.connect(progress.append)
    with qtbot.waitSignal(app_state.tasks.saved, timeout=WAIT) as saved:
        saver.save()
    assert saved.args == [str(out)]
    with np.load(out) as arrays:
        assert arrays["decode"].shape == (len(run.replay.frames), 3, 1, 8, 8)
    assert progress[-1] == ""
    assert any("%" in words for words in progress)


def test_a_film_can_be_cancelled(saver: ReplaySaver, app_state: AppState, tmp_path: Path, qtbot: QtBot) -> None:
    (run,) = app_state.store.runs.values()
    saver.progress.connect(lambda words: saver.cancel() if words else None)
    with qtbot.waitSignal(saver.progress, timeout=WAIT, check_params_cb=lambda words: not words):
        saver.write(run, tmp_path / "x.mp4")
    assert not [path for path in tmp_path.iterdir() if path.name != "runs"]


def test_a_probed_sample_comes_before_the_selected_ones(saver: ReplaySaver, app_state: AppState) -> None:
    (run,) = app_state.store.runs.values()
    app_state.session.set(probe=Probe(run.key, (0.5, 0.25), 7), selection=tuple(range(20)))
    options = options_of(app_state.session.view, run, dark=True)
    assert options.samples == (7, 0, 1, 2, 3, 4)
    assert options.codes == ()


def test_without_a_replay_it_is_said_what_to_do(saver: ReplaySaver, app_state: AppState) -> None:
    notices: list[str] = []
    app_state.messages.notified.connect(notices.append)
    app_state.panes.close(0)
    saver.save()
    assert notices == [NO_REPLAY]
