"""Saving a replay from the window: what is seen is in it, progress, cancelling, and what cannot be saved."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from explorer.session import Probe
from explorer.ui.replay import replay_saver
from explorer.ui.replay.replay_saver import NO_REPLAY, ReplaySaver, options_of
from explorer.ui.state.workbench import Workbench
from explorer.ui.theme.theme import ThemeSource

WAIT = 20_000


@pytest.fixture
def saver(bench: Workbench, themes: ThemeSource, runs_folder: Path, qtbot: QtBot) -> ReplaySaver:
    window = QWidget()
    qtbot.addWidget(window)
    bench.open_run(runs_folder / "vae")
    qtbot.waitUntil(lambda: bool(bench.runs) and all(run.dataset for run in bench.runs.values()), timeout=WAIT)
    return ReplaySaver(bench, themes, window)


def test_what_is_seen_is_in_the_film(
    saver: ReplaySaver, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    (run,) = bench.runs.values()
    bench.session.set(probe=Probe(run.key, (0.5, 0.25)), selection=(3, 900))
    out, told = tmp_path / "x.npz", []
    monkeypatch.setattr(replay_saver, "ask_path", lambda *_: out)
    saver.progress.connect(told.append)
    with qtbot.waitSignal(bench.saved, timeout=WAIT) as saved:
        saver.save()
    assert saved.args == [str(out)]
    with np.load(out) as arrays:
        assert arrays["decode"].shape == (len(run.replay.frames), 3, 1, 8, 8)
    assert told[-1] == ""
    assert any("%" in words for words in told)


def test_a_film_can_be_cancelled(saver: ReplaySaver, bench: Workbench, tmp_path: Path, qtbot: QtBot) -> None:
    (run,) = bench.runs.values()
    saver.progress.connect(lambda words: saver.cancel() if words else None)
    with qtbot.waitSignal(saver.progress, timeout=WAIT, check_params_cb=lambda words: not words):
        saver.write(run, tmp_path / "x.mp4")
    assert not [path for path in tmp_path.iterdir() if path.name != "runs"]


def test_a_probed_sample_comes_before_the_selected_ones(saver: ReplaySaver, bench: Workbench) -> None:
    (run,) = bench.runs.values()
    bench.session.set(probe=Probe(run.key, (0.5, 0.25), 7), selection=tuple(range(20)))
    options = options_of(bench.session.view, run, dark=True)
    assert options.samples == (7, 0, 1, 2, 3, 4)
    assert options.codes == ()


def test_without_a_replay_it_is_said_what_to_do(saver: ReplaySaver, bench: Workbench) -> None:
    told: list[str] = []
    bench.told.connect(told.append)
    bench.close_pane(0)
    saver.save()
    assert told == [NO_REPLAY]
