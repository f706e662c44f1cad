"""The hint card: five hints, each gone once it was followed, passed over by Next, and brought back from Help."""

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from explorer.session import Path, Probe, Waypoint
from explorer.ui.app.hint_card import FORMER_END, FORMER_KEY, HINTS, HintCard
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.settings import settings


@pytest.fixture
def card(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> HintCard:
    return new_card(qtbot, app_state, themes)


def new_card(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> HintCard:
    card = HintCard(app_state, themes)
    qtbot.addWidget(card)
    return card


def title(card: HintCard) -> str:
    return card.findChild(QLabel, "hint_title").text()


def press(card: HintCard, name: str) -> None:
    card.findChild(QAbstractButton, name).click()


def test_each_hint_leads_to_the_next_once_it_is_followed(card: HintCard, app_state: AppState) -> None:
    session = app_state.session
    assert title(card) == "Decode a point" and card.findChild(QLabel, "hint_number").text() == "1 of 5"
    session.set(probe=Probe("r", (0.0, 0.0)))
    assert title(card) == "Follow a sample"
    session.set(probe=Probe("r", (0.0, 0.0), 3))
    assert title(card) == "Walk along a path"
    session.set(path=Path("r", (Waypoint((0.0, 0.0)),)))
    assert title(card) == "Walk along a path", "a path needs two ends"
    session.set(path=Path("r", (Waypoint((0.0, 0.0)), Waypoint((1.0, 0.0)))))
    assert title(card) == "Try an overlay"
    session.set(overlays=session.view.overlays | {"manifold"})
    assert title(card) == "Train a model"
    app_state.trainings.began.emit("r")
    assert card.isHidden()


def test_what_was_done_early_is_not_hinted_at(card: HintCard, app_state: AppState) -> None:
    app_state.session.set(probe=Probe("r", (0.0, 0.0), 3))
    assert title(card) == "Walk along a path"
    app_state.trainings.began.emit("r")
    for _ in range(2):
        press(card, "hint_next")
    assert card.isHidden()


def test_hidden_hints_stay_hidden_until_help_brings_them_back(
    card: HintCard, qtbot: QtBot, app_state: AppState, themes: ThemeSource
) -> None:
    press(card, "hint_next")
    assert title(new_card(qtbot, app_state, themes)) == "Follow a sample"
    press(card, "hint_close")
    again = new_card(qtbot, app_state, themes)
    assert again.isHidden()
    again.begin_again()
    assert not again.isHidden() and title(again) == HINTS[0].title


@pytest.mark.parametrize(("key", "value", "hidden"), [(FORMER_KEY, FORMER_END, True), (FORMER_KEY, "x", False)])
def test_the_settings_of_earlier_versions_count(
    qtbot: QtBot, app_state: AppState, themes: ThemeSource, key: str, value: object, hidden: bool
) -> None:
    settings().setValue(key, value)
    assert new_card(qtbot, app_state, themes).isHidden() is hidden
