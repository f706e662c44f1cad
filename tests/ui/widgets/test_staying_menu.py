"""The menu that stays open while its entries are ticked."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from explorer.ui.widgets.menus import StayingMenu


@pytest.fixture
def menu(qtbot: QtBot) -> StayingMenu:
    menu = StayingMenu("Overlays")
    qtbot.addWidget(menu)
    for name in ("rings", "words"):
        menu.addAction(name).setCheckable(True)
    menu.addAction("larger")
    menu.popup(menu.pos())
    return menu


def entry(menu: StayingMenu, name: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == name)


def click(menu: StayingMenu, name: str, qtbot: QtBot) -> None:
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(entry(menu, name)).center())


def test_clicks_tick_entries_and_the_menu_stays(menu: StayingMenu, qtbot: QtBot) -> None:
    heard: list[str] = []
    menu.triggered.connect(lambda action: heard.append(action.text()))
    for name in ("rings", "words", "words"):
        click(menu, name, qtbot)
    assert menu.isVisible()
    assert (entry(menu, "rings").isChecked(), entry(menu, "words").isChecked()) == (True, False)
    assert heard == ["rings", "words", "words"], "the menu reports each tick once"


def test_an_entry_without_a_tick_closes_the_menu(menu: StayingMenu, qtbot: QtBot) -> None:
    click(menu, "larger", qtbot)
    assert not menu.isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape])
def test_space_ticks_and_enter_or_escape_closes(menu: StayingMenu, key: Qt.Key, qtbot: QtBot) -> None:
    menu.setActiveAction(entry(menu, "rings"))
    qtbot.keyClick(menu, Qt.Key.Key_Space)
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Space)
    assert menu.isVisible()
    qtbot.keyClick(menu, key)
    assert not menu.isVisible()
    assert entry(menu, "rings").isChecked() and entry(menu, "words").isChecked(), "closing ticks nothing"


def test_enter_alone_ticks_the_current_entry(menu: StayingMenu, qtbot: QtBot) -> None:
    menu.setActiveAction(entry(menu, "rings"))
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert entry(menu, "rings").isChecked() and not menu.isVisible()
