"""The row of tabs in its three sizes: how each is reached, what it leaves to the other panels, and what is kept."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction, QFont, QFontMetrics, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QMenu,
    QPushButton,
    QSplitter,
    QStyle,
    QStyleOptionTab,
    QTabBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot
from window_cases import named

from explorer.jobs.overlays.overlay import OverlayQuestion
from explorer.jobs.queries.plane_questions import MeasureSeparability
from explorer.jobs.questions import Question
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.shell import LEFT
from explorer.ui.tabs.tab_buttons import TabButtons

SIZES = ("compact", "wide", "enlarged")
ABOUT = 12
"""Pixels by which a size may differ from the plan, as borders are rounded."""


@pytest.fixture
def window(open_window: Callable[[], MainWindow], qapp: QApplication) -> MainWindow:
    window = open_window()
    # The sizes of the plan hold with the fonts and margins of the theme.
    window.themes.apply_to(qapp)
    return window


def size_of(window: MainWindow) -> str:
    return window.lower_row.size_shown


def press(window: MainWindow, name: str) -> None:
    button = named(window, name, QAbstractButton)
    assert button.isVisible(), name
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def place(window: MainWindow, part: QWidget) -> QRect:
    """Return where a part is in the window."""
    return QRect(part.mapTo(window, QPoint(0, 0)), part.size())


def set_size(window: MainWindow, size: str) -> None:
    window.state.session.set_silent(tab_size=size)
    assert size_of(window) == size


def shown_planes(window: MainWindow) -> list[int]:
    return [number for number, pane in enumerate(window.planes.panes) if pane.isVisible()]


def by_click(window: MainWindow, larger: bool) -> None:
    wide = "tabs_shrink" if size_of(window) == "enlarged" else "lower_row_fold"
    press(window, "tabs_enlarge" if larger else wide)


def by_key(window: MainWindow, larger: bool) -> None:
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_Up if larger else Qt.Key.Key_Down, keys)


def by_menu(window: MainWindow, larger: bool) -> None:
    menu = named(window, "menu_view", QMenu)
    text = "Enlarge the tabs" if larger else "Shrink the tabs"
    next(action for action in menu.actions() if action.text() == text).trigger()


@pytest.mark.parametrize("change", [by_click, by_key, by_menu])
def test_each_size_is_reached(window: MainWindow, change: Callable[[MainWindow, bool], None]) -> None:
    reached = [size_of(window)]
    for larger in (True, True, False, False):
        change(window, larger)
        reached.append(size_of(window))
    assert reached == ["compact", "wide", "enlarged", "wide", "compact"]


def test_the_wide_row_leaves_one_plane_and_a_decode_column_as_wide(window: MainWindow) -> None:
    set_size(window, "wide")
    row, planes, decode = (place(window, part) for part in (window.lower_row, window.planes, window.decode))
    assert abs(row.width() - 1192) <= ABOUT and abs(row.height() - 368) <= ABOUT
    assert abs(decode.width() - 592) <= ABOUT and abs(planes.width() - decode.width()) <= 2
    assert row.top() > planes.bottom() and row.top() > decode.bottom() and window.experiment.isVisible()
    assert shown_planes(window) == [window.state.session.view.active]
    assert len(window.planes.panes) == 2, "the other is hidden, not closed"


def test_the_enlarged_row_has_the_height_of_the_window(window: MainWindow) -> None:
    set_size(window, "enlarged")
    row, planes, decode = (place(window, part) for part in (window.lower_row, window.planes, window.decode))
    assert abs(row.width() - 1000) <= ABOUT and abs(row.height() - 848) <= ABOUT
    assert abs(planes.width() - 416) <= ABOUT and planes.left() > row.right() and decode.top() > planes.bottom()
    assert not window.experiment.isVisible() and not window.actions_["show_left"].isChecked()
    assert len(shown_planes(window)) == 1
    set_size(window, "compact")
    assert window.experiment.isVisible() and shown_planes(window) == [0, 1]
    assert place(window, window.lower_row).top() > place(window, window.planes).bottom()


@pytest.mark.parametrize("focused", ["bottom_tabs", "latent_plane"])
def test_esc_goes_back_from_the_enlarged_row(window: MainWindow, focused: str) -> None:
    window.state.session.set(selection=(1, 2))
    set_size(window, "enlarged")
    window.activateWindow()
    part = named(window, focused, QWidget)
    part = named(window, "latent_plane_1", QWidget) if focused == "latent_plane" else part.findChild(QTabBar)
    window.state.session.set_silent(active=0)
    QTest.keyClick(part, Qt.Key.Key_Escape)
    assert size_of(window) == "wide" and window.state.session.view.selection == (1, 2)


@pytest.mark.parametrize("size", SIZES)
def test_another_tab_moves_nothing(window: MainWindow, size: str, qtbot: QtBot) -> None:
    set_size(window, size)
    panes = [pane for pane in window.planes.panes if pane.isVisible()]
    parts = (window.lower_row, window.planes, window.decode, *panes)
    bar = window.lower_row.findChild(QTabBar)
    before = [place(window, part) for part in parts]
    for index in filter(bar.isTabVisible, range(bar.count())):
        QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(index).center())
        qtbot.wait(10)
        assert bar.currentIndex() == index and [place(window, part) for part in parts] == before, bar.tabText(index)


def test_size_and_tab_are_there_at_the_next_start(open_window: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = open_window()
    press(window, "tabs_enlarge")
    bar = window.lower_row.findChild(QTabBar)
    assert bar.tabText(0) == "Curves"
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(0).center())
    qtbot.wait(10)
    # A selection brings its tab to the front when it begins, but not when it is opened with a session.
    window.state.session.set_silent(selection=(1, 2))
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(0).center())
    qtbot.wait(10)
    assert (window.state.session.view.tab, window.state.session.view.tab_size) == ("curves", "wide")
    window.close()
    again = open_window()
    assert size_of(again) == "wide" and again.curves.isVisible() and again.state.session.view.selection == (1, 2)


def test_undo_changes_neither_size_nor_tab(window: MainWindow) -> None:
    window.state.session.set(selection=(1, 2, 3))
    window.state.session.set_silent(tab="samples")
    press(window, "tabs_enlarge")
    window.actions_["undo"].trigger()
    view = window.state.session.view
    assert view.selection == () and (view.tab, view.tab_size) == ("samples", "wide") and size_of(window) == "wide"


def test_each_size_keeps_where_the_user_has_moved_a_splitter(open_window: Callable[[], MainWindow]) -> None:
    window = open_window()
    set_size(window, "wide")
    handle = named(window, "rows_splitter", QSplitter).handle(1)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=handle.rect().center())
    QTest.mouseMove(handle, handle.rect().center() + QPoint(0, 60))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=handle.rect().center())
    moved = window.lower_row.height()
    assert abs(moved - 368) > 20
    for size, expected in (("enlarged", 848), ("wide", moved), ("compact", 193), ("wide", moved)):
        set_size(window, size)
        assert abs(window.lower_row.height() - expected) <= ABOUT, size
    window.close()
    again = open_window()
    assert abs(again.lower_row.height() - moved) <= ABOUT
    again.actions_["reset_layout"].trigger()
    assert size_of(again) == "compact"
    set_size(again, "wide")
    assert abs(again.lower_row.height() - 368) <= ABOUT


def test_a_folded_row_unfolds_to_the_wide_one_and_a_low_row_of_four_panes_is_high_again(window: MainWindow) -> None:
    press(window, "lower_row_fold")
    assert window.lower_row.form == "bar"
    press(window, "tabs_enlarge")
    assert (window.lower_row.form, size_of(window)) == ("full", "wide") and window.lower_row.height() > 300
    press(window, "lower_row_fold")
    assert (window.lower_row.form, size_of(window)) == ("full", "compact")
    for _ in range(2):
        window.actions_["duplicate_pane"].trigger()
    assert window.lower_row.form == "slim"
    press(window, "tabs_enlarge")
    assert window.lower_row.form == "full" and len(shown_planes(window)) == 1
    press(window, "lower_row_fold")
    assert window.lower_row.form == "slim" and len(shown_planes(window)) == 4


def test_hidden_planes_ask_nothing(window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    state = window.state
    hidden = state.session.view.panes[1 - state.session.view.active].run
    asked: list[Question] = []
    ask = state.asker.ask

    def note(question, *others):  # type: ignore[no-untyped-def]
        asked.append(question)
        return ask(question, *others)

    set_size(window, "wide")
    monkeypatch.setattr(state.asker, "ask", note)
    overlays = state.session.view.overlays | {"contours", "regions", "manifold", "off_manifold"}
    state.session.set(overlays=overlays)
    state.store.plane_changed.emit(hidden)
    window.resize(1500, 900)
    qtbot.wait(600)
    # The decode column still decodes the sample by all runs.
    assert hidden not in asked_by_planes(asked) and asked_by_planes(asked)
    set_size(window, "compact")
    qtbot.waitUntil(lambda: hidden in asked_by_planes(asked))


def asked_by_planes(asked: list[Question]) -> list[str]:
    """Return the runs of the questions that planes and their heads have asked."""
    return [question.run for question in asked if isinstance(question, MeasureSeparability | OverlayQuestion)]


def test_a_narrow_window_has_no_enlarged_row(window: MainWindow) -> None:
    set_size(window, "enlarged")
    window.resize(800, 700)
    enlarge = window.actions_["enlarge_tabs"]
    assert size_of(window) == "wide" and not enlarge.isEnabled() and "narrow" in enlarge.toolTip()
    window.resize(1440, 900)
    assert size_of(window) == "enlarged"
    press(window, "tabs_shrink")
    assert enlarge.isEnabled() and "Ctrl+Shift+Up" in enlarge.toolTip()


def test_other_actions_on_the_layout_make_room(window: MainWindow) -> None:
    set_size(window, "enlarged")
    window.actions_["show_left"].trigger()
    assert window.shell.is_shown(LEFT) and size_of(window) == "wide"
    window.actions_["show_bottom"].trigger()
    assert shown_planes(window) == [0, 1], "without the tabs there is room for all planes"
    window.actions_["show_bottom"].trigger()
    assert size_of(window) == "wide" and len(shown_planes(window)) == 1
    window.actions_["planes_only"].trigger()
    assert shown_planes(window) == [0, 1] and not window.lower_row.isVisible()
    window.actions_["planes_only"].trigger()
    window.actions_["enlarge_pane"].trigger()
    assert size_of(window) == "compact" and len(shown_planes(window)) == 1 and window.state.session.view.enlarged


def test_another_pane_takes_the_place_of_the_one_in_view(window: MainWindow) -> None:
    set_size(window, "wide")
    before = shown_planes(window)
    window.actions_["next_pane"].trigger()
    assert shown_planes(window) == [1 - before[0]]


def visible_tabs(window: MainWindow) -> list[str]:
    bar = window.lower_row.findChild(QTabBar)
    return [bar.tabText(index) for index in range(bar.count()) if bar.isTabVisible(index)]


def assert_no_title_is_cut(bar: QTabBar) -> None:
    for index in filter(bar.isTabVisible, range(bar.count())):
        option = QStyleOptionTab()
        bar.initStyleOption(option, index)
        room = bar.style().subElementRect(QStyle.SubElement.SE_TabBarTabText, option, bar).width()
        font = bar.font()
        font.setWeight(QFont.Weight.DemiBold)
        assert QFontMetrics(font).horizontalAdvance(bar.tabText(index)) <= room, bar.tabText(index)


def ends_in_bar(bar: QTabBar) -> bool:
    """Return whether all tabs are within the bar, which Qt lays out after the buttons beside it."""
    return all(bar.tabRect(index).right() <= bar.width() for index in range(bar.count()) if bar.isTabVisible(index))


def test_tabs_without_room_are_in_a_menu_and_the_one_in_front_has_a_place(window: MainWindow, qtbot: QtBot) -> None:
    set_size(window, "wide")
    bar, more = window.lower_row.findChild(QTabBar), named(window, "tabs_more", QToolButton)
    every = visible_tabs(window)
    assert more.isHidden() and "Selection" in every
    window.lower_row.setFixedWidth(420)
    qtbot.waitUntil(lambda: more.isVisible() and ends_in_bar(bar))
    assert_no_title_is_cut(bar)
    more.menu().aboutToShow.emit()
    assert [*visible_tabs(window), *(action.text() for action in more.menu().actions())] == every
    more.menu().actions()[-1].trigger()
    assert bar.tabText(bar.currentIndex()) == "Selection" and window.state.session.view.tab == "selection"
    assert "Selection" in visible_tabs(window) and len(visible_tabs(window)) < len(every)
    qtbot.waitUntil(lambda: ends_in_bar(bar))
    assert_no_title_is_cut(bar)
    window.lower_row.setFixedWidth(1000)
    qtbot.waitUntil(lambda: visible_tabs(window) == every)
    assert more.isHidden() and bar.tabText(bar.currentIndex()) == "Selection"


class Page(QWidget):
    """A page with a tool, two files to save, and a command as long as it shows something."""

    def __init__(self) -> None:
        super().__init__()
        self.tools, self.command = QPushButton("A tool of the page"), ""
        self.files = [QAction(text, self) for text in ("Save picture…", "Save numbers…")]

    def export_actions(self) -> list[QAction]:
        return self.files

    def copy_command(self) -> str:
        return self.command


def test_the_buttons_offer_what_the_page_in_front_offers(window: MainWindow, qtbot: QtBot) -> None:
    page, remarks = Page(), list[str]()
    qtbot.addWidget(page)
    messages = window.state.messages
    messages.remarked.connect(remarks.append)
    larger, smaller = window.actions_["enlarge_tabs"], window.actions_["shrink_tabs"]
    buttons = TabButtons(messages, larger, smaller, window.themes)
    qtbot.addWidget(buttons)
    buttons.add_tools(page, page.tools)
    offered = (page.tools, buttons.export, buttons.copy)
    for room, expected in ((1000, 3), (buttons.min_width(page), 2), (buttons.min_width(None), 0)):
        buttons.fit(page, room)
        assert sum(not part.isHidden() for part in offered) == expected, room
        assert not buttons.enlarge.isHidden() and not buttons.fold.isHidden()
    buttons.fit(QWidget(buttons), 1000)
    assert all(part.isHidden() for part in offered)
    buttons.fit(page, 1000)
    buttons.export.menu().aboutToShow.emit()
    assert buttons.export.menu().actions()[: len(page.files)] == page.files
    buttons.copy.click()
    page.command = "latent-explorer path runs/a --through 1,5"
    buttons.copy.click()
    assert QGuiApplication.clipboard().text() == page.command
    assert len(remarks) == 2 and remarks[0].startswith("There is no command")
