"""The status line: its height, its legend, sentence, messages and replay, and what takes whose place."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QSlider, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from window_cases import named

from explorer.ui.plane.points.legend import MAX_CHIPS
from explorer.ui.plane.points.legend_chip import MAX_LISTED, LegendChip
from explorer.ui.services.app_state import AppState
from explorer.ui.status.sentences import Sentence, SentenceLabel
from explorer.ui.status.status_line import HEIGHT, StatusLine
from explorer.ui.theme.theme import ThemeSource

LEFT = Qt.MouseButton.LeftButton
LONG = "/data/table.csv: the column age has text in row 17 and numbers elsewhere; give it one type, or leave it out"


@pytest.fixture
def line(app_state: AppState, themes: ThemeSource, runs_folder: Path, qtbot: QtBot) -> Iterator[StatusLine]:
    """Return the status line of two runs with a replay, as wide as that of a window of 1440 pixels."""
    found = StatusLine(app_state, themes)
    qtbot.addWidget(found)
    found.resize(850, HEIGHT)
    found.show()
    for name in ("ae", "vae"):
        app_state.opener.open(runs_folder / name)
    qtbot.waitUntil(lambda: len(app_state.store.runs) == 2 and all(run.plane for run in app_state.store.runs.values()))
    yield found
    found.sentence.stop()


def test_nothing_makes_the_line_higher(line: StatusLine, app_state: AppState, themes: ThemeSource) -> None:
    for _ in range(5):
        app_state.messages.notify(LONG)
    app_state.session.set(colour_by="density")
    line.open_replay()
    for scale in (1.0, 1.5):
        themes.set_scale(scale)
        assert line.height() == round(HEIGHT * scale)
        parts = [part for part in line.findChildren(QWidget) if part.isVisible() and not part.isWindow()]
        assert all(part.height() <= line.height() for part in parts if part.window() is line.window())


# Legend


def test_a_hundred_thousand_classes_have_a_few_chips_and_a_search(line: StatusLine, app_state: AppState) -> None:
    key = app_state.session.view.active_run
    assert key is not None
    names = tuple(f"class {number}" for number in range(100_000))
    before = time.process_time()
    app_state.store.set(key, description=replace(app_state.store.runs[key].description, class_names=names))
    app_state.session.set(colour_by="density")
    app_state.session.set(colour_by="label")
    legend, more = line.legend, named(line, "legend_more", QToolButton)
    shown = [chip for chip in legend.chips if chip.isVisible()]
    assert len(legend.chips) == MAX_CHIPS and more.text() == f"+{100_000 - len(shown)}"
    QTest.mouseClick(more, LEFT)
    assert len(legend.popup.chips) == MAX_LISTED
    QTest.keyClicks(named(legend.popup, "legend_search", QLineEdit), "CLASS 99999")
    assert list(legend.popup.chips) == [99_999]
    QTest.mouseClick(legend.popup.chips[99_999], LEFT)
    assert app_state.session.view.hidden_classes == {99_999}
    legend.popup.close()
    assert time.process_time() - before < 30  # a widget for each class took minutes


def test_chips_without_room_are_behind_a_button(line: StatusLine, app_state: AppState, qtbot: QtBot) -> None:
    legend, more = line.legend, named(line, "legend_more", QToolButton)
    assert not more.isVisible() and all(chip.isVisible() for chip in legend.chips)
    line.resize(450, HEIGHT)
    shown = [chip for chip in legend.chips if chip.isVisible()]
    assert 0 < len(shown) < 10 and more.text() == f"+{10 - len(shown)}"
    QTest.mouseClick(more, LEFT)
    popup = legend.popup
    assert popup.isVisible() and len(popup.chips) == 10
    QTest.mouseClick(popup.chips[9], LEFT)
    assert app_state.session.view.hidden_classes == {9}
    QTest.mouseClick(named(popup, "legend_popup_show_all", QPushButton), LEFT)
    assert not app_state.session.view.hidden_classes
    QTest.keyClick(popup, Qt.Key.Key_Escape)
    assert not popup.isVisible()


def test_a_hidden_class_moves_no_chip(line: StatusLine) -> None:
    for width in (850, 450):
        line.resize(width, HEIGHT)
        before = [(chip.isVisible(), chip.geometry()) for chip in line.legend.chips]
        QTest.mouseClick(line.legend.chips[0], LEFT)
        assert [(chip.isVisible(), chip.geometry()) for chip in line.legend.chips] == before
        QTest.mouseClick(line.legend.chips[0], LEFT)


def test_counts_are_shown_with_a_selection_alone(line: StatusLine, app_state: AppState) -> None:
    line.resize(1900, HEIGHT)
    chip: LegendChip = line.legend.chips[0]
    narrow = chip.sizeHint().width()
    assert "samples" in chip.toolTip()
    app_state.session.set(selection=(0, 1, 2))
    counted = chip.sizeHint().width()
    assert counted > narrow
    selected = named(line, "legend_selected", QLabel)
    assert selected.isVisible() and "selected" in chip.toolTip() and " of " in chip.toolTip()
    line.resize(900, HEIGHT)
    assert narrow < chip.sizeHint().width() < counted, "47 in place of 47 of 412"
    assert all(chip.isVisible() for chip in line.legend.chips)


def test_classes_lose_their_counts_before_any_goes_behind_the_button(line: StatusLine, app_state: AppState) -> None:
    line.resize(640, HEIGHT)
    more = named(line, "legend_more", QToolButton)
    assert all(chip.isVisible() for chip in line.legend.chips) and not more.isVisible()
    app_state.session.set(selection=tuple(range(400)))
    assert all(chip.isVisible() for chip in line.legend.chips)
    assert more.isVisible() and "selected samples of each class" in more.toolTip()
    assert not named(line, "legend_selected", QLabel).isVisible()
    QTest.mouseClick(more, LEFT)
    assert all("selected" in chip.toolTip() for chip in line.legend.popup.chips.values())
    line.legend.popup.close()


def test_the_quantity_is_readable(line: StatusLine, app_state: AppState) -> None:
    combo = named(line, "colour_by_combo", QComboBox)
    for name in ("label", "density", "reconstruction"):
        app_state.session.set(colour_by=name)
        assert combo.width() > combo.fontMetrics().horizontalAdvance(combo.currentText()) + 20


# Sentence


def test_a_sentence_has_the_longest_form_that_fits(themes: ThemeSource, qtbot: QtBot) -> None:
    label = SentenceLabel(themes)
    qtbot.addWidget(label)
    sentence = Sentence((("ae", "separates the classes better: 75 against 71 %"), ("ae", "separates better")))
    label.set_sentence(sentence)
    label.resize(label.sizeHint())
    assert label.shown_text == sentence.text == "ae separates the classes better: 75 against 71 %"
    label.resize(label.width() - 5, 20)
    assert label.shown_text == "ae separates better"
    assert label.accessibleName() == label.toolTip() == sentence.text


def test_a_sentence_without_room_is_left_out_but_a_long_name_loses_its_middle(
    themes: ThemeSource, qtbot: QtBot
) -> None:
    label = SentenceLabel(themes)
    qtbot.addWidget(label)
    label.set_sentence(Sentence((("", "Equally separable"),)))
    whole = label.min_width
    assert whole >= label.fontMetrics().horizontalAdvance("Equally separable")
    label.set_sentence(Sentence((("a-name-" * 12, "separates better"),)))
    assert label.min_width < label.sizeHint().width() / 2
    label.resize(label.min_width - 1, 20)
    blank = label.grab().toImage()
    label.set_sentence(None)
    assert blank == label.grab().toImage()


def test_the_legend_leaves_room_for_the_sentence(line: StatusLine, app_state: AppState, qtbot: QtBot) -> None:
    line.resize(760, 40)
    app_state.session.set(linked=True)
    label = line.sentence.label
    qtbot.waitUntil(lambda: label.sentence is not None and label.min_width <= label.width())


def test_the_legend_makes_room_for_the_link_without_a_sentence(
    line: StatusLine, app_state: AppState, qtbot: QtBot
) -> None:
    line.sentence.want(False)
    app_state.session.set(linked=False, same_scale=False, overlays=frozenset())
    link, panes = named(line, "differences_table", QPushButton), app_state.session.view.panes
    for width in (850, 330):
        line.resize(width, HEIGHT)
        app_state.panes.close(1)
        qtbot.waitUntil(lambda: not link.isVisible())
        app_state.session.set(panes=panes)
        qtbot.waitUntil(link.isVisible)
        assert not line.sentence.words
        qtbot.waitUntil(lambda: link.width() >= link.sizeHint().width())


def test_linked_views_are_explained(line: StatusLine, app_state: AppState) -> None:
    app_state.session.set(linked=True)
    assert line.sentence.words == "Views linked. Dashed: prior, 1σ to 3σ."
    app_state.session.set(overlays=app_state.session.view.overlays | {"all_posteriors"})
    assert line.sentence.words == "Views linked. Dashed: prior, 1σ to 3σ. Solid: posteriors, 1σ."
    app_state.session.set(linked=False)
    assert line.sentence.words == "Dashed: prior, 1σ to 3σ. Solid: posteriors, 1σ."
    app_state.session.set(overlays=app_state.session.view.overlays - {"all_posteriors"})
    assert "Dashed" not in line.sentence.words


# Messages


def test_messages_take_the_place_of_the_sentence_until_they_are_dismissed(
    line: StatusLine, app_state: AppState, qtbot: QtBot
) -> None:
    for text in ("one", "two", LONG, "two"):
        app_state.messages.notify(text)
    messages = line.messages
    assert messages.texts == ("one", LONG, "two")
    assert messages.isVisible() and not line.sentence.isVisible()
    QTest.mouseClick(named(messages, "notice_all", QToolButton), LEFT)
    whole = [label.text() for label in messages.list.findChildren(QLabel, "notice_text") if label.isVisible()]
    assert whole == ["two", LONG, "one"]
    with qtbot.waitSignal(line.log_wanted):
        named(messages.list, "notice_log", QPushButton).click()
    named(messages, "notice_dismiss", QToolButton).click()
    assert messages.texts == ("one", LONG)
    QTest.mouseClick(messages, LEFT)
    assert messages.list.isVisible()
    for _ in messages.texts:
        closes = messages.list.findChildren(QToolButton, "notice_close")
        next(button for button in closes if button.isVisible()).click()
    assert not messages.texts and not messages.list.isVisible()
    assert line.sentence.isVisible() and not messages.isVisible()


def test_a_saved_file_is_said_with_its_folder_and_the_note_fades(
    line: StatusLine, app_state: AppState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    app_state.messages.notify("stays")
    app_state.tasks.saved.emit(str(tmp_path / "plane.png"))
    messages = line.messages
    assert messages.texts == ("stays", "Saved plane.png")
    named(messages, "saved_folder", QPushButton).click()
    assert opened == [str(tmp_path)]
    messages.fade.timeout.emit()
    assert messages.texts == ("stays",)


# Replay


def test_a_remark_replaces_the_last_one_and_fades(line: StatusLine, app_state: AppState) -> None:
    app_state.messages.notify("a warning")
    for text in ("Undo: move the probe", "Undo: select samples"):
        app_state.messages.remarked.emit(text)
    assert line.messages.texts == ("a warning", "Undo: select samples")
    assert not named(line, "notice_dismiss", QToolButton).isVisible()
    line.messages.fade.timeout.emit()
    assert line.messages.texts == ("a warning",)


def test_the_replay_takes_the_place_of_the_sentence(
    line: StatusLine, app_state: AppState, themes: ThemeSource, qtbot: QtBot
) -> None:
    button = named(line, "replay_button", QToolButton)
    assert button.isVisible() and not line.replay.isVisible()
    QTest.mouseClick(button, LEFT)
    assert line.replay.isVisible() and not line.sentence.isVisible() and not button.isVisible()
    qtbot.waitUntil(lambda: named(line, "replay_slider", QSlider).width() > line.width() / 6)
    app_state.messages.notify(LONG)
    assert line.replay.isVisible() and named(line, "notice_all", QToolButton).text() == "1"
    assert StatusLine(app_state, themes, line).replay_open, "the state is remembered"
    QTest.keyClick(named(line, "replay_slider", QSlider), Qt.Key.Key_Escape)
    assert not line.replay.isVisible() and button.isVisible() and line.messages.isVisible()


def test_a_closed_replay_still_names_its_epoch(line: StatusLine, app_state: AppState) -> None:
    button = named(line, "replay_button", QToolButton)
    line.open_replay()
    app_state.session.set(replay_epoch=1.0)
    named(line, "replay_close", QToolButton).click()
    assert app_state.session.view.replay_epoch == 1.0 and button.text() == "epoch 1"
    app_state.session.set(replay_epoch=None)
    assert button.text() == "Replay"


def test_runs_without_a_replay_offer_none(line: StatusLine, app_state: AppState) -> None:
    line.open_replay()
    for _ in range(2):
        app_state.panes.close(0)
    assert not line.replay.isVisible() and not named(line, "replay_button", QToolButton).isVisible()
    assert line.sentence.isVisible()


def test_every_control_can_be_reached_by_tab(line: StatusLine, app_state: AppState) -> None:
    app_state.messages.notify("one")
    shown = [part for part in line.findChildren(QWidget) if isinstance(part, QToolButton | QPushButton | LegendChip)]
    for part in shown:
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus, part.objectName()
        assert part.accessibleName() and part.toolTip(), part.objectName()
