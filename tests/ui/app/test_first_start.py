"""The first start shows a followed sample and a path at once, as a normal view without a step of undo."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from explorer.runs.weights_choice import WeightsChoice
from explorer.session import Probe
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.window_actions import main_window
from explorer.ui.services.app_state import start_state
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.settings import last_session_file

Start = Callable[..., MainWindow]


@pytest.fixture
def start(runs_folder: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[Start]:
    """Return a function that starts a window with ``ae`` and ``vae`` as the runs that ship, on given runs or none."""
    opened: list[MainWindow] = []

    def start_one(*paths: Path, weights: Mapping[Path, WeightsChoice] | None = None) -> MainWindow:
        state = start_state(runs_folder.parent / "mine", (runs_folder / "ae", runs_folder / "vae"))
        window = main_window(state, ThemeSource("dark"))
        qtbot.addWidget(window)
        window.show()
        window.start(list(paths), weights=weights)
        opened.append(window)
        return window

    yield start_one
    for window in opened:
        window.close()


def wait_for_data(window: MainWindow, qtbot: QtBot, runs: int) -> None:
    store = window.state.store
    qtbot.waitUntil(lambda: len(store.runs) == runs and all(run.dataset for run in store.runs.values()))


def test_a_sample_is_followed_and_a_path_leads_between_two_classes(start: Start, qtbot: QtBot) -> None:
    window = start()
    session = window.state.session
    qtbot.waitUntil(lambda: session.view.probe is not None)
    run = window.state.store.runs[session.view.panes[1].run]
    probe, path = session.view.probe, session.view.path
    assert probe is not None and probe.run == run.key and probe.sample is not None and probe.sample >= 0
    assert path is not None and path.is_whole and path.run == run.key
    assert run.plane is not None and run.plane.labels is not None
    ends = [run.plane.label_of(run.plane.row_of(end.sample or 0)) for end in path.waypoints]
    assert ends[0] != ends[1]
    assert not session.can_undo
    assert window.findChild(QLabel, "hint_number").text() == "1 of 5"
    qtbot.waitUntil(lambda: window.path.frame.strips[0].film is not None)
    qtbot.waitUntil(lambda: len(window.decode.controller.decoded.panes) == 2)
    qtbot.waitUntil(lambda: window.decode.updatesEnabled() and window.path.updatesEnabled())


def test_named_runs_and_a_remembered_session_are_shown_as_they_are(
    start: Start, runs_folder: Path, qtbot: QtBot
) -> None:
    window = start(runs_folder / "vae")
    wait_for_data(window, qtbot, 1)
    qtbot.wait(100)
    assert window.state.session.view.probe is None and window.state.session.view.path is None
    window.state.session.set(probe=Probe(str(runs_folder / "vae"), (0.5, 0.5)))
    window.close()
    assert last_session_file().exists()
    again = start()
    wait_for_data(again, qtbot, 1)
    qtbot.wait(100)
    view = again.state.session.view
    assert view.probe is not None and view.probe.z == (0.5, 0.5) and view.path is None


def test_a_named_run_opens_with_the_weights_that_are_asked_for(start: Start, runs_folder: Path, qtbot: QtBot) -> None:
    path, choice = runs_folder / "vae", WeightsChoice("step", 24)
    window = start(path, weights={path: choice})
    wait_for_data(window, qtbot, 1)
    used = window.state.store.runs[str(path)].used
    assert used is not None and used.choice == choice
    assert window.state.session.view.weights_of(str(path)) == "step 24"


def test_whoever_has_clicked_already_keeps_their_own_probe(start: Start, qtbot: QtBot) -> None:
    window = start()
    session = window.state.session
    session.set(probe=Probe(session.view.panes[1].run, (0.5, 0.5)))
    wait_for_data(window, qtbot, 2)
    qtbot.wait(100)
    assert session.view.probe is not None and session.view.probe.z == (0.5, 0.5) and session.view.path is None
