"""Sections of the decode column that fold: for lack of room in their order, by the user for good."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.decode.fold import Fold, fold_to_fit
from explorer.ui.theme.theme import ThemeSource

BODY = 60
NAMES = ("code", "kl", "bound")


@pytest.fixture
def folds(qtbot: QtBot, themes: ThemeSource) -> Callable[[], list[Fold]]:
    """Return a function that makes three sections in one column, each with a body of `BODY` pixels."""

    columns = []

    def made() -> list[Fold]:
        column = QWidget()
        columns.append(column)
        qtbot.addWidget(column)
        layout = QVBoxLayout(column)
        parts = []
        for name in NAMES:
            body = QLabel(name)
            body.setFixedHeight(BODY)
            parts.append(Fold(name, name.title(), body, themes))
            parts[-1].set_brief("−1.53, 0.22")
            layout.addWidget(parts[-1])
        column.show()
        return parts

    return made


def needed(parts: list[Fold]) -> int:
    return sum(fold.sizeHint().height() for fold in parts)


def states(parts: list[Fold]) -> list[bool]:
    return [fold.is_open for fold in parts]


def test_they_fold_in_their_order_and_open_in_the_reverse(folds: Callable[[], list[Fold]]) -> None:
    parts = folds()
    whole = needed(parts)
    one, two = whole - 1, whole - BODY - 20
    seen = []
    for room in (whole, one, two, 0, one, whole):
        fold_to_fit(parts, needed(parts), room, 280)
        seen.append(states(parts))
        # A second look at the same room changes nothing.
        fold_to_fit(parts, needed(parts), room, 280)
        assert states(parts) == seen[-1]
    assert seen[:4] == [[True] * 3, [False, True, True], [False, False, True], [False] * 3]
    assert seen[4:] == [[False, True, True], [True] * 3]


def test_heads_stay_and_say_in_brief_what_is_folded(folds: Callable[[], list[Fold]]) -> None:
    parts = folds()
    fold_to_fit(parts, needed(parts), 0, 280)
    for fold in parts:
        assert fold.button.isVisible() and not fold.body.isVisible()
        assert fold.brief == "−1.53, 0.22" and fold.brief in fold.button.accessibleDescription()


def test_the_choice_of_the_user_wins_and_is_remembered(qtbot: QtBot, folds: Callable[[], list[Fold]]) -> None:
    parts = folds()
    for _ in range(2):  # folded, and opened again: chosen
        qtbot.mouseClick(parts[0].button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(parts[2].button, Qt.MouseButton.LeftButton)
    fold_to_fit(parts, needed(parts), 0, 280)
    assert states(parts) == [True, False, False]
    fold_to_fit(parts, needed(parts), 10_000, 280)
    assert states(parts) == [True, True, False]
    assert states(folds()) == [True, True, False]


def test_a_click_anywhere_on_the_head_folds(qtbot: QtBot, folds: Callable[[], list[Fold]]) -> None:
    fold = folds()[0]
    qtbot.mouseClick(fold, Qt.MouseButton.LeftButton, pos=QPoint(fold.width() - 5, 10))
    assert not fold.is_open
    qtbot.keyClick(fold.button, Qt.Key.Key_Space)
    assert fold.is_open


def test_a_reset_forgets_what_the_user_chose(folds: Callable[[], list[Fold]]) -> None:
    parts = folds()
    parts[0].choose(False)
    parts[0].reset()
    assert parts[0].is_open and parts[0].chosen is None
    # Not remembered either.
    assert folds()[0].chosen is None
