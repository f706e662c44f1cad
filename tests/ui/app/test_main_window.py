"""The window as a whole: its first start, its actions, and what it remembers."""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QTabBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from explorer.config import DataConfig
from explorer.jobs.runs.settings import command_line
from explorer.ui.actions.actions import ACTIONS
from explorer.ui.actions.menus import MENUS, SUBMENUS
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.shell import LEFT, RIGHT
from explorer.ui.app.window_actions import main_window
from explorer.ui.services.app_state import start_state
from explorer.ui.status.status_line import HEIGHT
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.settings import last_session_file

WAIT = 20_000


@pytest.fixture
def window(open_window: Callable[[], MainWindow]) -> MainWindow:
    return open_window()


def trigger(window: MainWindow, name: str) -> None:
    window.actions_[name].trigger()


def names_of_panes(window: MainWindow) -> list[str]:
    return [Path(pane.run).name for pane in window.state.session.view.panes]


def test_first_start_shows_the_shipped_runs_side_by_side(window: MainWindow) -> None:
    assert names_of_panes(window) == ["ae", "vae"]
    assert "digits" in window.windowTitle()


def test_every_action_stands_in_a_menu_and_every_entry_is_an_action() -> None:
    entries = " ".join([*(names for _, names in MENUS), *(names for _, names in SUBMENUS.values())])
    in_menus = set(entries.split()) - {"-", *SUBMENUS}
    assert in_menus == {spec.name for spec in ACTIONS}


def test_undo_and_redo(window: MainWindow) -> None:
    session, run = window.state.session, window.state.session.view.panes[1].run
    assert not window.actions_["undo"].isEnabled()
    window.state.probing.probe_point(run, (0.5, 0.5))
    window.state.probing.probe_point(run, (1.0, 0.5))
    undo, redo = window.actions_["undo"], window.actions_["redo"]
    assert (undo.text(), redo.text()) == ("Undo: move the probe", "Redo")
    assert undo.toolTip().startswith("Undo: move the probe (")
    trigger(window, "undo")
    assert session.view.probe is not None and session.view.probe.z == (0.5, 0.5)
    assert redo.text() == "Redo: move the probe"
    trigger(window, "redo")
    assert session.view.probe.z == (1.0, 0.5)
    assert not redo.isEnabled() and redo.text() == "Redo"


def test_undo_and_redo_say_what_they_did(window: MainWindow) -> None:
    remarks: list[str] = []
    window.state.messages.remarked.connect(remarks.append)
    window.state.session.set(selection=(1, 2))
    trigger(window, "undo")
    trigger(window, "redo")
    assert remarks == ["Undone: change the selection", "Redone: change the selection"]


def test_modes_overlays_and_points(window: MainWindow) -> None:
    session = window.state.session
    for mode in ("pan", "select", "path", "probe"):
        trigger(window, f"mode_{mode}")
        assert session.view.mode == mode
    before = "labels" in session.view.overlays
    trigger(window, "overlay_labels")
    assert ("labels" in session.view.overlays) is not before
    size, opacity = session.view.point_size, session.view.point_opacity
    trigger(window, "points_larger")
    trigger(window, "points_fainter")
    assert session.view.point_size > size and session.view.point_opacity < opacity


def test_random_z_and_copy_as_command(window: MainWindow) -> None:
    window.state.session.set_silent(active=1)
    trigger(window, "random")
    probe = window.state.session.view.probe
    assert probe is not None and Path(probe.run).name == "vae" and probe.sample is None
    trigger(window, "copy_command")
    run = window.state.store.runs[probe.run]
    assert QGuiApplication.clipboard().text() == command_line(run.config, run.path, run.machine.device)


def test_planes_and_decode_alone(window: MainWindow) -> None:
    trigger(window, "planes_only")
    assert window.planes.isVisible() and window.decode.isVisible()
    assert not any(part.isVisible() for part in (window.experiment, window.toolbar, window.curves))
    trigger(window, "planes_only")
    assert window.experiment.isVisible() and window.toolbar.isVisible()


def test_the_file_menu_lists_recent_runs_and_sessions(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    session, files = window.state.session, window.session_files
    file_menu, runs, sessions = (
        window.findChild(QMenu, f"menu_{name}") for name in ("file", "recent_runs", "recent_sessions")
    )
    assert isinstance(file_menu, QMenu) and isinstance(runs, QMenu) and isinstance(sessions, QMenu)
    file_menu.aboutToShow.emit()
    assert not runs.menuAction().isEnabled(), "both runs are in view"
    assert not sessions.menuAction().isEnabled()
    first = session.view.panes[0].run
    window.state.panes.close_run(first)
    with qtbot.waitSignal(files.path_changed):
        files.save(tmp_path / "mine.session.json")
    file_menu.aboutToShow.emit()
    assert [action.text() for action in runs.actions() if action.text()] == ["ae", "Clear list"]
    assert [action.text() for action in sessions.actions() if action.text()] == ["mine", "Clear list"]
    runs.actions()[0].trigger()
    qtbot.waitUntil(lambda: first in [pane.run for pane in session.view.panes])
    sessions.actions()[-1].trigger()
    file_menu.aboutToShow.emit()
    assert not sessions.menuAction().isEnabled()


def test_esc_is_a_way_out_of_planes_and_decode_alone(window: MainWindow, qtbot: QtBot) -> None:
    remarks: list[str] = []
    window.state.messages.remarked.connect(remarks.append)
    window.activateWindow()
    plane = window.findChild(QWidget, "latent_plane_1")
    plane.setFocus()
    window.state.session.set(selection=(1, 2))
    trigger(window, "planes_only")
    assert remarks == ["F11 or Esc shows everything again"]
    qtbot.keyClick(plane, Qt.Key.Key_Escape)
    assert window.experiment.isVisible() and not window.actions_["planes_only"].isChecked()
    assert window.state.session.view.selection == (1, 2), "the same key clears the selection only in the full window"
    qtbot.keyClick(plane, Qt.Key.Key_Escape)
    assert window.state.session.view.selection == ()


def test_panels_hide_and_come_back(window: MainWindow) -> None:
    for action, part in (("show_left", window.experiment), ("show_right", window.decode)):
        trigger(window, action)
        assert not part.isVisible()
        trigger(window, action)
        assert part.isVisible()


def test_the_status_line_is_one_line_at_any_height(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(window.differences.words))
    for height in (1000, 640):
        window.resize(1366, height)
        window.state.messages.notify(f"a message at {height} pixels")
        assert window.status.isVisible() and window.status.height() == HEIGHT


def test_a_low_window_folds_its_lower_row_and_a_high_one_unfolds_it(window: MainWindow) -> None:
    window.resize(1440, 900)
    assert window.lower_row.form == "full" and window.curves.isVisible()
    window.resize(1440, 480)
    assert window.lower_row.form == "bar" and window.lower_row.height() <= 40
    window.resize(1440, 900)
    assert window.lower_row.form == "full" and window.lower_row.height() >= 168


def test_four_panes_keep_their_height(window: MainWindow, qtbot: QtBot) -> None:
    for _ in range(2):
        trigger(window, "duplicate_pane")
    assert window.planes.rows == 2 and window.lower_row.form == "slim"
    qtbot.waitUntil(lambda: min(pane.plane.plot.height() for pane in window.planes.panes) >= 240)
    trigger(window, "enlarge_pane")
    assert window.lower_row.form == "full"


def test_what_the_user_folds_stays_folded(window: MainWindow, open_window: Callable[[], MainWindow]) -> None:
    fold = window.findChild(QAbstractButton, "lower_row_fold")
    fold.click()
    assert window.lower_row.form == "bar"
    window.resize(1600, 1000)
    assert window.lower_row.form == "bar"
    window.close()
    again = open_window()
    assert again.lower_row.form == "bar"
    again.findChild(QAbstractButton, "lower_row_fold").click()
    assert again.lower_row.form == "full"
    trigger(again, "reset_layout")
    again.resize(1440, 480)
    assert again.lower_row.form == "bar"


def test_a_tab_of_the_folded_row_unfolds_it(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1440, 480)
    tabs = window.lower_row.findChild(QTabBar)
    QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(1).center())
    # After the press: the row that unfolds moves its tabs.
    qtbot.waitUntil(lambda: window.lower_row.form == "full")


def test_a_narrow_window_has_a_rail_instead_of_the_form(window: MainWindow) -> None:
    rail = window.findChild(QWidget, "rail")
    assert not rail.isVisible() and window.experiment.isVisible()
    window.resize(1000, 800)
    assert rail.isVisible() and not window.experiment.isVisible() and window.decode.isVisible()
    window.findChild(QAbstractButton, "rail_unfold").click()
    assert window.experiment.isVisible() and not rail.isVisible()


def test_the_decode_column_folds_last(window: MainWindow) -> None:
    """At large text in a small window the form is a rail, and the planes are narrower, before the decode goes."""
    window.themes.set_scale(1.5)
    rail = window.findChild(QAbstractButton, "rail_unfold")
    for width in (1440, 1366, 1280, 1024):
        window.resize(width, 720)
        assert rail.isVisible() and window.decode.isVisible(), width
    window.resize(900, 720)
    assert not window.decode.isVisible() and not window.experiment.isVisible()
    window.resize(1280, 720)
    rail.click()  # what the user wants comes first
    assert window.experiment.isVisible() and not window.decode.isVisible()


def test_the_left_column_comes_to_rest_at_every_height(window: MainWindow, qtbot: QtBot) -> None:
    """Where minimum sizes forbid a division of its height, it must not be tried for ever."""
    splitter, count = window.findChild(QWidget, "left_splitter"), [0]

    class Counter(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            count[0] += event.type() == QEvent.Type.LayoutRequest
            return False

    counter = Counter()
    splitter.installEventFilter(counter)
    for height in range(560, 921, 40):
        window.resize(1440, height)
        count[0] = 0
        qtbot.wait(60)
        assert count[0] < 20, height


def test_all_menus_are_in_the_header(window: MainWindow) -> None:
    menus = window.toolbar.menus
    for width in (1920, 1280, 900):
        window.resize(width, 800)
        rects = [menus.actionGeometry(action) for action in menus.actions()]
        assert len(rects) == 6 and all(rect.width() > 20 and rect.right() <= menus.width() for rect in rects)
    window.resize(640, 480)
    arrow = menus.findChild(QToolButton, "qt_menubar_ext_button")
    assert menus.width() < 120 and arrow.isVisible()


def test_the_header_names_the_data_in_view_and_not_those_of_the_form(window: MainWindow, qtbot: QtBot) -> None:
    label = window.findChild(QLabel, "data_status")
    window.resize(1920, 900)
    qtbot.waitUntil(lambda: label.text() == "Handwritten digits (8×8), 1,797 samples")
    window.state.data.choose(DataConfig(source="shapes"))
    qtbot.waitUntil(lambda: window.state.data.dataset.name == "shapes", timeout=WAIT)
    assert "digits" in label.text() and "digits" in window.windowTitle() and "shapes" not in window.windowTitle()


def test_nothing_says_that_no_run_is_open_while_runs_are_read(
    runs_folder: Path, qtbot: QtBot, qapp: QApplication
) -> None:
    app_state = start_state(runs_folder.parent / "mine", (runs_folder / "ae", runs_folder / "vae"))
    window = main_window(app_state, ThemeSource("dark"))
    qtbot.addWidget(window)
    window.show()
    window.start([])
    texts = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    assert not any("No run" in text for text in texts)
    assert len(window.planes.panes) == 2, "the panes are there at once, so that the window is laid out once"
    qtbot.waitUntil(lambda: len(app_state.store.runs) == 2, timeout=WAIT)
    window.close()


def test_what_needs_a_plane_waits_for_one(window: MainWindow) -> None:
    needs = [window.actions_[name] for name in ("fit", "random", "save_plane", "close_pane")]
    assert all(action.isEnabled() for action in needs)
    for _ in range(2):
        window.actions_["close_pane"].trigger()
    assert not any(action.isEnabled() for action in needs)
    window.actions_["reopen_pane"].trigger()
    assert all(action.isEnabled() for action in needs)


@pytest.mark.parametrize("kind", [QComboBox, QAbstractItemView, QAbstractSpinBox, QLineEdit])
def test_letters_typed_into_an_editor_are_not_shortcuts(window: MainWindow, qtbot: QtBot, kind: type[QWidget]) -> None:
    window.state.session.set(selection=(1, 2, 3))
    reached = 0
    for widget in [widget for widget in window.findChildren(kind) if widget.isVisible() and widget.isEnabled()]:
        if not isValid(widget):  # of the form of another family, which a letter has chosen
            continue
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or isinstance(widget.parent(), QComboBox | QAbstractSpinBox):
            continue
        widget.setFocus()
        before = window.state.session.view
        for letter in "den4[":
            QTest.keyClick(window.windowHandle(), letter)
        QTest.keyClick(window.windowHandle(), Qt.Key.Key_Home)
        after = window.state.session.view
        assert (after.enlarged, after.panes, after.mode) == (before.enlarged, before.panes, before.mode), widget
        assert after.point_size == before.point_size, widget
        reached += 1
    assert reached
    window.planes.setFocus()
    QTest.keyClick(window.windowHandle(), "e")
    assert window.state.session.view.enlarged, "elsewhere they are"


def test_letters_typed_in_the_list_of_a_combo_box_are_not_shortcuts(window: MainWindow, qtbot: QtBot) -> None:
    combo = window.findChild(QComboBox, "model_combo")
    combo.setFocus()
    combo.showPopup()
    qtbot.waitUntil(combo.view().isVisible)
    QTest.keyClicks(combo.view(), "den")
    assert "Denoising" in combo.view().currentIndex().data()
    combo.hidePopup()
    view = window.state.session.view
    assert not view.enlarged and len(view.panes) == 2 and view.mode == "probe"


def test_themes_and_sizes_by_their_actions(window: MainWindow) -> None:
    trigger(window, "theme_light")
    assert window.themes.theme.name == "light"
    scale = window.themes.scale
    trigger(window, "larger")
    assert window.themes.scale > scale
    trigger(window, "normal_size")
    assert window.themes.scale == 1.0


def test_what_was_on_screen_is_there_at_the_next_start(open_window: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = open_window()
    run = window.state.session.view.panes[1].run
    window.state.probing.probe_point(run, (0.25, -0.75))
    window.state.session.set(selection=(3, 5))
    window.state.session.set_silent(colour_by="density")
    left = window.state.session.view
    window.close()
    again = open_window().state.session.view
    assert (again.probe, again.selection, again.colour_by) == (left.probe, left.selection, left.colour_by)
    assert [pane.run for pane in again.panes] == [pane.run for pane in left.panes]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a path")
def test_a_last_session_that_is_a_pipe_or_cannot_be_shown_does_not_keep_the_window_from_opening(
    open_window: Callable[[], MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    last_session_file().parent.mkdir(parents=True)
    os.mkfifo(last_session_file())
    window = open_window()
    assert names_of_panes(window) == ["ae", "vae"]
    (words,) = window.notice.texts
    assert "a pipe in place of a file" in words
    last_session_file().unlink()
    window.session_files.keep(last_session_file())
    monkeypatch.setattr(window.state.opener, "open_view", lambda view: 1 // 0)
    assert not window.session_files.restore(last_session_file())
    assert "this session cannot be shown" in window.notice.texts[-1]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b'{"format": 1, "view": {"panes": 3}}',
        b'{"format": 1, "view": {"panes": [{"run": "%s"}]}}' % (b"x" * 5000),
        b'{"format": 1, "view": {"panes": [{"run": "a"}], "path": {"run": "a", "start": {"z": [1]}, '
        b'"end": {"z": [1, 2]}}}}',
    ],
    ids=["empty", "cut short", "no text", "nested", "list", "no panes", "long path", "path of two sizes"],
)  # fmt: skip
def test_a_damaged_last_session_is_reported_and_the_window_starts_with_the_shipped_runs(
    open_window: Callable[[], MainWindow], content: bytes
) -> None:
    last_session_file().parent.mkdir(parents=True)
    last_session_file().write_bytes(content)
    window = open_window()
    assert names_of_panes(window) == ["ae", "vae"]
    (words,) = window.notice.texts
    assert words.startswith(f"{last_session_file()}: the last session cannot be opened (")
    assert words.endswith("; the window starts without it")


def test_a_session_is_saved_and_opened(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    session, file = window.state.session, tmp_path / "seen.session.json"
    run = session.view.panes[0].run
    window.state.probing.probe_point(run, (0.25, -0.75))
    with qtbot.waitSignal(window.session_files.path_changed, timeout=WAIT):
        window.session_files.save(file)
    assert "seen" in window.windowTitle()
    assert window.notice.texts == ("Saved seen.session.json",) and window.notice.isVisible()
    window.state.probing.probe_point(run, (9.0, 9.0))
    window.open_path(file)
    qtbot.waitUntil(lambda: session.view.probe is not None and session.view.probe.z == (0.25, -0.75), timeout=WAIT)


def test_a_requested_file_is_written_although_the_window_closes(window: MainWindow, tmp_path: Path) -> None:
    began = Event()
    window.state.tasks.do("holds the thread up", lambda _: began.wait(WAIT), print)
    window.session_files.save(tmp_path / "last.session.json")
    began.set()
    window.close()
    assert (tmp_path / "last.session.json").is_file()


def test_a_file_that_cannot_be_written_is_reported_and_the_session_stays_unnamed(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "no such folder" / "a.session.json"
    with qtbot.waitSignal(window.state.messages.notified, timeout=WAIT) as notice:
        window.session_files.save(file)
    assert notice.args[0].startswith(f"{file}: cannot be written (")
    assert window.session_files.path is None
    assert window.notice.texts == (notice.args[0],)


def test_a_dropped_run_opens_beside_the_others(window: MainWindow, runs_folder: Path, qtbot: QtBot) -> None:
    window.state.panes.close(1)
    qtbot.waitUntil(lambda: names_of_panes(window) == ["ae"], timeout=WAIT)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(runs_folder / "vae"))])
    action, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(5, 5), action, mime, buttons, keys))
    qtbot.waitUntil(lambda: names_of_panes(window) == ["ae", "vae"], timeout=WAIT)
    qtbot.waitUntil(lambda: all(run.plane for run in window.state.store.runs.values()), timeout=WAIT)
    assert window.state.session.undo_name == "open vae"
    window.state.session.undo()
    assert names_of_panes(window) == ["ae"]


def test_a_larger_text_makes_the_hint_of_a_low_column_brief(window: MainWindow) -> None:
    text = window.hints.findChild(QLabel, "hint_text")
    window.hints.begin_again()
    assert text is not None and text.isVisibleTo(window.hints)
    window.themes.set_scale(1.6)
    assert not text.isVisibleTo(window.hints)
    window.themes.set_scale(1.0)
    assert text.isVisibleTo(window.hints)


def test_closing_ends_every_thread_and_a_second_close_does_no_harm(window: MainWindow) -> None:
    window.close()
    window.close()
    assert not window.isVisible()


def test_the_decode_column_stays_before_the_form_with_large_text(window: MainWindow, qtbot: QtBot) -> None:
    window.themes.set_scale(1.5)
    window.resize(1366, 768)
    qtbot.waitUntil(lambda: window.shell.is_shown(RIGHT) and not window.shell.is_shown(LEFT))


def test_information_is_a_window_of_its_own_and_waits_for_a_pixel(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_["information"].trigger()
    assert (
        window.dialogs.information is not None
        and window.dialogs.information.isVisible()
        and not window.dialogs.information.isModal()
    )
    assert window.dialogs.information.model.state.preset == "ratings"
    key = next(key for key in window.state.store.runs if key.endswith("vae"))
    qtbot.waitUntil(lambda: window.state.store.runs[key].dataset is not None, timeout=WAIT)
    window.state.probing.probe_sample(key, 7)
    # The forward pass is still being computed: the example follows when it is there.
    window.dialogs.show_example("pixel")
    information = window.dialogs.information
    qtbot.waitUntil(lambda: information.model.state.preset == "pixel", timeout=WAIT)
    window.close()
    assert not information.isVisible()
