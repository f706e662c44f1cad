"""The replay bar: its slider, its text, and how it plays."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLabel, QSlider, QToolButton
from pytestqt.qtbot import QtBot

from explorer.ui.actions.actions import KeptKeys
from explorer.ui.curves.curves_panel import CurvesPanel
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.replay.replay_bar import ReplayBar
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

WAIT = 20_000


@pytest.fixture
def bar(app_state: AppState, themes: ThemeSource, runs_folder: Path, qtbot: QtBot) -> ReplayBar:
    bar = ReplayBar(app_state, themes)
    qtbot.addWidget(bar)
    bar.resize(700, 40)
    assert not bar.offered
    app_state.opener.open(runs_folder / "vae")
    qtbot.waitUntil(
        lambda: bool(app_state.store.runs) and all(run.dataset for run in app_state.store.runs.values()), timeout=WAIT
    )
    bar.show()
    return bar


def slider(bar: ReplayBar) -> QSlider:
    return bar.findChild(QSlider, "replay_slider")


def epoch_text(bar: ReplayBar) -> str:
    return bar.findChild(QLabel, "replay_epoch").text()


def test_the_right_end_is_now(bar: ReplayBar, app_state: AppState) -> None:
    assert bar.offered
    assert slider(bar).value() == slider(bar).maximum() == len(bar.epochs)
    assert epoch_text(bar) == "the end, epoch 2"
    app_state.session.set(replay_epoch=bar.epochs[3])
    assert slider(bar).value() == 3
    assert epoch_text(bar) == f"epoch {bar.epochs[3]:.3g} of 2"


def test_a_drag_shows_the_epochs_and_is_one_undo_step(bar: ReplayBar, app_state: AppState, qtbot: QtBot) -> None:
    at = QPoint(5, slider(bar).height() // 2)
    qtbot.mousePress(slider(bar), Qt.MouseButton.LeftButton, pos=at)
    assert app_state.session.view.replay_epoch == bar.epochs[0]
    for across in (60, 120, 90):
        qtbot.mouseMove(slider(bar), QPoint(across, at.y()))
    qtbot.mouseRelease(slider(bar), Qt.MouseButton.LeftButton, pos=QPoint(90, at.y()))
    assert app_state.session.view.replay_epoch in bar.epochs
    app_state.session.undo()
    assert app_state.session.view.replay_epoch is None
    assert not app_state.session.can_undo


def test_keys_scrub_and_what_they_did_together_is_one_undo_step(
    bar: ReplayBar, app_state: AppState, qtbot: QtBot
) -> None:
    qtbot.keyClick(slider(bar), Qt.Key.Key_Home)
    assert app_state.session.view.replay_epoch == 0
    for _ in range(3):
        qtbot.keyClick(slider(bar), Qt.Key.Key_Right)
    assert app_state.session.view.replay_epoch == bar.epochs[3]
    qtbot.waitUntil(lambda: app_state.session.can_undo, timeout=WAIT)
    qtbot.keyClick(slider(bar), Qt.Key.Key_End)
    assert app_state.session.view.replay_epoch is None
    app_state.session.commit()
    app_state.session.undo()
    app_state.session.undo()
    assert app_state.session.view.replay_epoch is None
    assert not app_state.session.can_undo
    bar._settled.stop()


def test_play_runs_to_the_end_and_then_starts_over(bar: ReplayBar, app_state: AppState) -> None:
    seen = []
    app_state.session.listen(lambda _, new: seen.append(new.replay_epoch))
    bar.findChild(QToolButton, "replay_play").click()
    assert bar.player.playing
    while bar.player.playing:
        bar.player.advance()
    assert list(dict.fromkeys(seen)) == [*bar.epochs, None]
    assert app_state.session.view.replay_epoch is None


def test_now_returns_to_the_newest_epoch(bar: ReplayBar, app_state: AppState) -> None:
    now = bar.findChild(QToolButton, "replay_now")
    assert not now.isEnabled()
    app_state.session.set(replay_epoch=0.5)
    now.click()
    assert app_state.session.view.replay_epoch is None


def test_no_replay_in_view_offers_none(bar: ReplayBar, app_state: AppState, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bar.offered_changed):
        app_state.panes.close(0)
    assert not bar.offered


def test_the_bar_says_whose_replay_it_is(bar: ReplayBar, app_state: AppState, runs_folder: Path, qtbot: QtBot) -> None:
    runs = bar.findChild(QLabel, "replay_runs")
    assert runs.accessibleName() == runs.toolTip() == "Replay of vae"
    app_state.opener.open(runs_folder / "ae")
    qtbot.waitUntil(lambda: len(app_state.store.runs) == 2, timeout=WAIT)
    assert runs.accessibleName() == "Replay of vae and ae"
    app_state.panes.close(0)
    assert runs.accessibleName() == "Replay of ae"


def test_escape_in_the_bar_asks_to_close_it(bar: ReplayBar, qtbot: QtBot) -> None:
    clear = QAction(bar)
    clear.setShortcut(QKeySequence("Esc"))  # as others of the window
    bar.addAction(clear)
    for widget in (slider(bar), bar.findChild(QToolButton, "replay_play")):
        widget.setFocus()
        with qtbot.assertNotEmitted(clear.triggered), qtbot.waitSignal(bar.close_wanted):
            qtbot.keyClick(widget, Qt.Key.Key_Escape)


def test_panes_name_the_epoch_and_curves_mark_it(
    bar: ReplayBar, app_state: AppState, themes: ThemeSource, qtbot: QtBot
) -> None:
    area, curves = PlanesArea(app_state, themes), CurvesPanel(app_state, themes)
    for widget in (area, curves):
        qtbot.addWidget(widget)
    app_state.session.set(replay_epoch=bar.epochs[2])
    status = area.findChild(QLabel, "pane_status_1")
    assert status.text() == f"epoch {bar.epochs[2]:.3g}"
    assert [mark.at for mark in curves.chart("loss").plot.marks] == [bar.epochs[2]]
    app_state.session.set(replay_epoch=None)
    assert status.text() == "final weights, epoch 2"
    assert curves.chart("loss").plot.marks == ()
    area.panes[0]._figure_soon.stop()


def test_a_narrow_bar_leaves_the_slider_its_room(bar: ReplayBar, qtbot: QtBot) -> None:
    bar.resize(18 * bar.fontMetrics().height(), bar.height())
    assert epoch_text(bar) == "the end"
    qtbot.waitUntil(lambda: slider(bar).width() > bar.width() / 4, timeout=WAIT)
    bar.resize(60 * bar.fontMetrics().height(), bar.height())
    assert epoch_text(bar) == "the end, epoch 2"


def test_home_moves_the_slider_while_it_has_the_focus(bar: ReplayBar, app_state: AppState, qtbot: QtBot) -> None:
    fit = QAction(bar)
    fit.setShortcut(QKeySequence("Home"))  # as the window's
    bar.addAction(fit)
    KeptKeys(bar)  # as the window has
    slider(bar).setFocus()
    with qtbot.assertNotEmitted(fit.triggered):
        qtbot.keyClick(slider(bar), Qt.Key.Key_Home)
    assert app_state.session.view.replay_epoch == bar.epochs[0]
