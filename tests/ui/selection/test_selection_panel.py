"""Searching, naming groups, and what the selection is, in the tab Selection."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QPushButton, QToolButton
from pytestqt.qtbot import QtBot
from window_cases import named

from explorer.session import Group
from explorer.ui.selection.group_dialog import GroupDialog, NeighbourSearch
from explorer.ui.selection.group_list import GroupList
from explorer.ui.selection.search_field import quoted, subject_in
from explorer.ui.selection.selection_panel import SelectionPanel
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def panel(qtbot: QtBot, app_state: AppState, themes: ThemeSource, runs_folder: Path) -> SelectionPanel:
    widget = SelectionPanel(app_state, themes)
    qtbot.addWidget(widget)
    widget.resize(1200, 320)
    widget.show()
    key = str(runs_folder / "vae")
    app_state.opener.open(Path(key))
    qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
    return widget


def plane_of(state: AppState):
    plane = state.store.runs[state.session.view.active_run].plane
    assert plane is not None
    return plane


def data_of(state: AppState) -> str:
    return state.store.runs[state.session.view.active_run].description.fingerprint


def text_of(panel: SelectionPanel, name: str) -> str:
    return named(panel, name, QLabel).text()


def search(qtbot: QtBot, panel: SelectionPanel, text: str, *keys: Qt.KeyboardModifier) -> None:
    field = named(panel, "selection_search", QLineEdit)
    field.setText(text)
    held = Qt.KeyboardModifier.NoModifier
    for key in keys:
        held |= key
    qtbot.keyClick(field, Qt.Key.Key_Return, held)


def choose(menu: QMenu, text: str) -> None:
    action = next(one for one in menu.actions() if one.text().startswith(text))
    assert action.isEnabled(), action.toolTip()
    action.trigger()


def filled(panel: SelectionPanel, name: str) -> QMenu:
    menu = named(panel, name, QToolButton).menu()
    menu.aboutToShow.emit()
    return menu


def test_enter_selects_what_a_search_finds_and_keys_combine(
    qtbot: QtBot, panel: SelectionPanel, app_state: AppState
) -> None:
    labels, session = plane_of(app_state).labels, app_state.session
    assert labels is not None
    sevens, eights = np.flatnonzero(labels == 7).tolist(), np.flatnonzero(labels == 8).tolist()
    search(qtbot, panel, "class 7")  # before the answer has come
    qtbot.waitUntil(lambda: session.view.selection == tuple(sevens))
    assert session.undo_name == "select class 7"
    assert text_of(panel, "selection_search_count") == f"{len(sevens)} found"
    search(qtbot, panel, "class 8", SHIFT)
    qtbot.waitUntil(lambda: session.view.selection == tuple(sorted(sevens + eights)))
    assert session.undo_name == "add to the selection"
    search(qtbot, panel, "class 7", ALT)
    qtbot.waitUntil(lambda: session.view.selection == tuple(eights))
    search(qtbot, panel, "index 0-500", SHIFT, ALT)
    qtbot.waitUntil(lambda: session.view.selection == tuple(one for one in eights if one <= 500))
    session.undo()
    assert session.view.selection == tuple(eights)


def test_a_wrong_search_says_where_and_selects_nothing(
    qtbot: QtBot, panel: SelectionPanel, app_state: AppState
) -> None:
    app_state.session.set(selection=(1, 2))
    search(qtbot, panel, "class 7 and breadth > 3")
    problem = named(panel, "selection_search_problem", QLabel)
    qtbot.waitUntil(problem.isVisible)
    assert "position 13 of the search" in problem.toolTip() and "no column 'breadth'" in problem.text()
    field = named(panel, "selection_search", QLineEdit)
    assert field.property("invalid") and app_state.session.view.selection == (1, 2)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not field.text()
    field.setText("class 7")
    qtbot.waitUntil(lambda: not problem.isVisible())
    assert not field.property("invalid")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("wi", "wi"),
        ("class 3 and wi", "wi"),
        ("not (spec", "spec"),
        ("class 3 or body ma", "body ma"),
        ("width > 3", None),
        ("width > 3 and ", ""),
    ],
)
def test_the_unfinished_name_of_a_column_is_found(text: str, name: str | None) -> None:
    found = subject_in(text)
    assert (found[1] if found is not None else None) == name


@pytest.mark.parametrize(
    ("name", "written"), [("body mass", "body mass"), ("x > y", '"x > y"'), ("salt and pepper", '"salt and pepper"')]
)
def test_a_name_with_signs_is_quoted(name: str, written: str) -> None:
    assert quoted(name) == written


def test_completion_keeps_what_is_before_the_name(qtbot: QtBot, panel: SelectionPanel) -> None:
    field = named(panel, "selection_search", QLineEdit)
    field.setFocus()
    qtbot.keyClicks(field, "class 7 and spl")
    completer = field.completer()
    assert completer.currentCompletion() == "class 7 and split"
    completer.popup().hide()


def test_earlier_searches_are_offered(qtbot: QtBot, panel: SelectionPanel, app_state: AppState) -> None:
    for text in ("class 7", "index 5-20"):
        search(qtbot, panel, text)
        qtbot.waitUntil(lambda: not panel.search.text or len(app_state.session.view.selection) > 0)
        app_state.session.set(selection=())
    search(qtbot, panel, "index 5-20")
    qtbot.waitUntil(lambda: len(app_state.session.view.selection) == 16)
    field = named(panel, "selection_search", QLineEdit)
    field.clear()
    panel.findChild(QAction, "selection_search_history").trigger()
    menu = named(panel, "selection_search_menu", QMenu)
    assert menu.actions()[0].text() == "index 5-20"
    menu.actions()[0].trigger()
    menu.close()
    assert field.text() == "index 5-20"


def test_the_selection_has_a_summary(qtbot: QtBot, panel: SelectionPanel, app_state: AppState, digits) -> None:
    labels = plane_of(app_state).labels
    assert labels is not None
    chosen = np.flatnonzero(np.isin(labels, (3, 8)))
    app_state.session.set(selection=tuple(chosen.tolist()))
    qtbot.waitUntil(lambda: panel.summary.summary is not None)
    found = panel.summary.summary
    assert found is not None and found.count == len(chosen)
    assert dict(found.class_counts) == {name: int((labels == int(name)).sum()) for name in ("3", "8")}
    assert found.mean_sample == pytest.approx(digits.samples[chosen].mean(axis=0))
    assert panel.summary.accessibleDescription().count(":") == 2
    panel.grab()


def test_a_selection_is_named_by_where_it_comes_from(qtbot: QtBot, panel: SelectionPanel, app_state: AppState) -> None:
    search(qtbot, panel, "index 5-20")
    qtbot.waitUntil(lambda: len(app_state.session.view.selection) == 16)
    named(panel, "selection_name", QToolButton).click()
    dialog = panel.findChild(GroupDialog)
    assert dialog is not None and dialog.name.placeholderText() == "index 5-20"
    qtbot.keyClicks(dialog.name, "early ones")
    named(dialog, "group_create", QPushButton).click()
    data = data_of(app_state)
    assert app_state.session.view.groups == (Group("early ones", data, tuple(range(5, 21)), "search: index 5-20"),)
    assert app_state.session.undo_name == "name the group early ones"
    app_state.session.undo()
    assert app_state.session.view.groups == () and len(app_state.session.view.selection) == 16


def test_a_name_that_is_taken_is_refused(qtbot: QtBot, panel: SelectionPanel, app_state: AppState) -> None:
    panel.editor.keep_group("mine", (1, 2), "selection")
    app_state.session.set(selection=(3,))
    panel.name_selection()
    dialog = panel.findChild(GroupDialog)
    assert dialog is not None
    qtbot.keyClicks(dialog.name, "mine")
    assert "already" in text_of(dialog, "group_problem")
    assert not named(dialog, "group_create", QPushButton).isEnabled()
    dialog.close()


def rows(groups: GroupList) -> list[tuple[str, str, str]]:
    items = [groups.topLevelItem(row) for row in range(groups.topLevelItemCount())]
    return [(item.text(0), item.text(1), item.text(2)) for item in items if item is not None]


def press(
    qtbot: QtBot, groups: GroupList, row: int, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    item = groups.topLevelItem(row)
    assert item is not None
    at = groups.visualItemRect(item).center()
    qtbot.mouseClick(groups.viewport(), Qt.MouseButton.LeftButton, held, at)


def test_groups_are_listed_selected_renamed_updated_and_deleted(
    qtbot: QtBot, panel: SelectionPanel, app_state: AppState
) -> None:
    session = app_state.session
    panel.editor.keep_group("one", (1, 2, 3), "selection")
    panel.editor.keep_group("two", (3, 4), "search: index 3-4")
    assert rows(panel.groups) == [("one", "3", "selection"), ("two", "2", "search: index 3-4")]
    press(qtbot, panel.groups, 0)
    assert session.view.selection == (1, 2, 3) and session.undo_name == "select one"
    press(qtbot, panel.groups, 1, SHIFT)
    assert session.view.selection == (1, 2, 3, 4)
    press(qtbot, panel.groups, 1, ALT)
    assert session.view.selection == (1, 2)
    panel.editor.use_in_vectors("plus", "one")
    panel.groups.rename("one")
    editor = panel.groups.findChild(QLineEdit)
    assert editor is not None
    editor.setText("first")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.view.groups[0].name == "first")
    assert session.view.arithmetic.plus == "first", "the vector keeps its group"
    panel.editor.update_group("first")
    assert session.view.groups[0].samples == (1, 2) and session.undo_name == "update the group first"
    panel.groups.setCurrentItem(panel.groups.topLevelItem(0))
    qtbot.keyClick(panel.groups, Qt.Key.Key_Delete)
    assert [group.name for group in session.view.groups] == ["two"] and session.view.selection == (1, 2)
    session.undo()
    assert [group.name for group in session.view.groups] == ["first", "two"]


def test_groups_of_other_data_are_not_listed(panel: SelectionPanel, app_state: AppState) -> None:
    app_state.session.set(groups=(Group("faces", "other data", (1,)),))
    assert rows(panel.groups) == [] and named(panel, "groups_words", QLabel).isVisible()


def test_groups_are_made_from_a_class_a_search_and_neighbours(
    qtbot: QtBot, panel: SelectionPanel, app_state: AppState
) -> None:
    plane = plane_of(app_state)
    classes = next(one for one in filled(panel, "selection_new_group").actions() if "from a class" in one.text())
    choose(classes.menu(), "class 3")  # type: ignore[arg-type]
    assert plane.labels is not None
    assert app_state.session.view.groups[0].samples == tuple(np.flatnonzero(plane.labels == 3).tolist())
    named(panel, "selection_search", QLineEdit).setText("index 2-4")
    qtbot.waitUntil(lambda: len(panel.search.samples) == 3)
    choose(filled(panel, "selection_new_group"), "New group from the search")
    assert app_state.session.view.groups[1].samples == (2, 3, 4)
    near = next(one for one in filled(panel, "selection_new_group").actions() if "neighbours" in one.text())
    assert not near.isEnabled() and "Click a point" in near.toolTip()
    app_state.probing.probe_sample(str(app_state.session.view.active_run), 7)
    choose(filled(panel, "selection_new_group"), "New group of the probe's neighbours")
    dialog, search = panel.findChild(GroupDialog), panel.findChild(NeighbourSearch)
    assert dialog is not None and search is not None
    with qtbot.waitSignal(search.found):
        search.count.setValue(5)
    qtbot.waitUntil(lambda: text_of(dialog, "group_count") == "5 samples")
    distances = np.linalg.norm(plane.mean - plane.mean[7], axis=1)
    named(dialog, "group_create", QPushButton).click()
    group = app_state.session.view.groups[2]
    assert group.samples == tuple(sorted(np.argsort(distances, kind="stable")[:5].tolist()))
    assert group.name.startswith("5 nearest to")


def test_a_radius_finds_all_samples_within_it(qtbot: QtBot, panel: SelectionPanel, app_state: AppState) -> None:
    plane = plane_of(app_state)
    app_state.probing.probe_sample(str(app_state.session.view.active_run), 7)
    panel.name_neighbours()
    dialog, search = panel.findChild(GroupDialog), panel.findChild(NeighbourSearch)
    assert dialog is not None and search is not None
    distances = np.linalg.norm(plane.mean.astype(np.float64) - plane.mean[7].astype(np.float64), axis=1)
    radius = float(np.sort(distances)[9]) + 1e-3
    search.by.setCurrentIndex(1)
    search.radius.setValue(radius)
    count = int((distances <= search.radius.value()).sum())
    qtbot.waitUntil(lambda: text_of(dialog, "group_count") == f"{count} samples")
    assert search.radius.isVisible() and not search.count.isVisible()
    dialog.close()


def test_invert_and_select_all_leave_hidden_classes_out(panel: SelectionPanel, app_state: AppState) -> None:
    plane, session = plane_of(app_state), app_state.session
    assert plane.labels is not None
    session.set(**session.view.changes_to_hide(data_of(app_state), frozenset({3})))
    shown = np.flatnonzero(plane.labels != 3)
    panel.select_all()
    assert session.view.selection == tuple(shown.tolist()) and session.undo_name == "select all samples"
    panel.editor.select(shown[5:])
    panel.invert()
    assert session.view.selection == tuple(shown[:5].tolist()) and session.undo_name == "invert the selection"
    panel.clear()
    assert session.view.selection == () and session.undo_name == "clear the selection"


def opened_menu(panel: SelectionPanel, at: QPoint | None = None) -> QMenu:
    target = panel if at is None else panel.samples.table
    at = panel.rect().center() if at is None else at
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, target.mapToGlobal(at))
    QApplication.sendEvent(target, event)
    return named(panel, "selection_menu", QMenu)


def test_the_menu_of_a_sample_passes_it_on(qtbot: QtBot, panel: SelectionPanel, app_state: AppState) -> None:
    session, table = app_state.session, panel.samples.table
    session.set(selection=(4, 9, 30))
    qtbot.waitUntil(lambda: table.samples == (4, 9, 30))
    for entry in ("Pin for a blend", "Add to the path", "Remove from the selection"):
        menu = opened_menu(panel, table.centre_of(1))
        choose(menu, entry)
        menu.close()
        menu.deleteLater()
        menu.setObjectName("")
    assert session.view.blend is not None and session.view.blend.pins[0].sample == 9
    assert session.view.path is not None and session.view.path.waypoints[0].sample == 9
    assert session.view.selection == (4, 30)


def test_the_selection_becomes_a_group_of_the_vector(panel: SelectionPanel, app_state: AppState) -> None:
    session = app_state.session
    session.set(selection=(4, 9))
    menu = opened_menu(panel)
    choose(menu, "Use as group A in Vectors")
    menu.close()
    assert session.view.arithmetic.plus == "selection"
    assert session.view.groups[0].samples == (4, 9)
    session.undo()
    assert session.view.groups == () and session.view.arithmetic.plus == ""


def test_a_narrow_panel_has_the_groups_in_a_menu(qtbot: QtBot, panel: SelectionPanel, app_state: AppState) -> None:
    panel.editor.keep_group("one", (1, 2), "selection")
    assert panel.groups.isVisible() and not named(panel, "selection_groups", QToolButton).isVisible()
    panel.resize(560, 200)
    assert not panel.groups.isVisible() and named(panel, "selection_groups", QToolButton).isVisible()
    inner = filled(panel, "selection_groups").actions()[0].menu()
    choose(inner, "Select")  # type: ignore[arg-type]
    assert app_state.session.view.selection == (1, 2)
