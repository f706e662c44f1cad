"""The dialog that opens data: preview, report, roles of columns, settings, undo, recipes, and the whole at the end."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QInputDialog, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from shiboken6 import isValid

from explorer.config import DataConfig
from explorer.data import catalog, formats
from explorer.data.imports.recipes import recipes
from explorer.data.report import Notes
from explorer.ui.data_import.data_dialog import DataDialog
from explorer.ui.data_import.sample_sheet import spread_over_classes
from explorer.ui.experiment.data_picker import recent_data

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'ab'[i % 2]},{i % 5}" for i, (a, b) in enumerate(rng.normal(size=(60, 2)))]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["height,width,species,site", *rows]))
    return path


@pytest.fixture
def dialog_of(empty_state, themes, qtbot):
    def make(what):
        dialog = DataDialog(empty_state, themes, what)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return make


@pytest.fixture
def opened(dialog_of, qtbot, table):
    dialog = dialog_of(table)
    qtbot.waitUntil(ready(dialog))
    return dialog


def part(dialog, name, kind=QWidget):
    found = dialog.findChild(kind, name)
    assert found is not None, name
    return found


def press(qtbot, dialog, name):
    qtbot.mouseClick(part(dialog, name, QPushButton), LEFT)


def ready(dialog):
    return part(dialog, "data_use").isEnabled


def texts(dialog):
    """Return the texts of the report."""
    report = part(dialog, "import_report")
    return [label.text() for label in report.findChildren(QLabel) if label.isVisibleTo(report)]


def role_of(dialog, name):
    model = dialog._roles.model
    row = next(row for row in range(model.rowCount()) if model.name(row) == name)
    return model.index(row, 1).data()


def select(dialog, *names):
    """Select columns of the file in the table."""
    view, model = part(dialog, "role_table"), dialog._roles.model
    view.clearSelection()
    mode = view.selectionModel().SelectionFlag
    for row in range(model.rowCount()):
        if model.name(row) in names:
            index = view.model().mapFromSource(model.index(row, 0))
            view.selectionModel().select(index, mode.Select | mode.Rows)


def choose_role(dialog, title):
    """Choose an entry of the menu of roles, as a click does."""
    menu = dialog._roles.menu
    menu.aboutToShow.emit()
    action = next(action for action in menu.actions() if action.text().replace("&", "") == title)
    assert action.isEnabled()
    action.trigger()


def test_without_a_file_it_says_what_to_do(dialog_of):
    dialog = dialog_of(None)
    text = part(dialog, "data_empty").text()
    assert part(dialog, "data_empty").isVisible() and text.startswith(
        "Drop a file or folder here, or choose one above."
    )
    assert all(title[1:] in text for title in formats.format_titles())
    assert not ready(dialog)()


def test_a_table_is_explained_and_used(opened, empty_state, qtbot, table):
    assert "60 vectors of 3, 2 classes" in part(opened, "data_problem").text()
    assert {"Understood", "60 rows, 4 columns"} <= set(texts(opened))
    assert "a: 30, b: 30" in part(opened, "data_counts").text()
    assert [role_of(opened, name) for name in ("height", "species", "site")] == ["Feature", "Label", "Feature"]
    press(qtbot, opened, "data_use")
    qtbot.waitUntil(lambda: not opened.isVisible())
    assert empty_state.data.config == DataConfig(source=str(table))
    assert empty_state.data.dataset.description.feature_names == ("height", "width", "site")
    assert recent_data() == ()  # the panel remembers, and there is none here


def test_roles_are_chosen_for_many_columns_and_undone(opened, empty_state, qtbot):
    select(opened, "site", "width")
    assert opened._roles.selected() == ("width", "site")
    choose_role(opened, "Ignored")
    assert not ready(opened)()
    qtbot.waitUntil(ready(opened))
    assert role_of(opened, "site") == role_of(opened, "width") == "Ignored"
    assert opened._roles.selected() == ("width", "site"), "the selection is kept"
    part(opened, "role_table").setFocus()
    qtbot.keyClick(part(opened, "role_table"), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: ready(opened)() and role_of(opened, "site") == "Feature")
    qtbot.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: ready(opened)() and role_of(opened, "site") == "Ignored")
    press(qtbot, opened, "data_use")
    assert empty_state.data.config.ignored_columns == ("width", "site")


def test_a_role_of_one_column_cannot_be_given_to_two(opened):
    select(opened, "site", "width")
    opened._roles.menu.aboutToShow.emit()
    enabled = {action.text().replace("&", ""): action.isEnabled() for action in opened._roles.menu.actions()}
    assert not enabled["Label"] and not enabled["Group"] and enabled["Feature"]


def test_the_keyboard_opens_the_roles_and_not_the_default_button(opened, qtbot):
    view = part(opened, "role_table")
    view.setFocus()
    view.selectRow(3)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    menu = opened._roles.menu
    assert menu.isVisible() and opened.isVisible()
    qtbot.keyClick(menu, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: role_of(opened, "site") == "Group")
    qtbot.waitUntil(ready(opened))


def test_a_click_into_a_role_keeps_the_selected_rows(opened, qtbot):
    select(opened, "site", "width")
    view = part(opened, "role_table")
    cell = view.visualRect(view.model().index(3, 1)).center()
    qtbot.mouseClick(view.viewport(), LEFT, pos=cell)
    assert opened._roles.menu.isVisible() and opened._roles.selected() == ("width", "site")
    opened._roles.menu.close()
    view.clearSelection()
    qtbot.mouseClick(view.viewport(), LEFT, pos=cell)
    assert opened._roles.selected() == ("site",)
    opened._roles.menu.close()


def test_many_columns_are_filtered(dialog_of, qtbot, tmp_path):
    path = tmp_path / "wide.csv"
    names = ["label", *(f"pixel{index}" for index in range(784))]
    rng = np.random.default_rng(0)
    values = rng.integers(0, 256, size=(40, 784))
    rows = [",".join(map(str, [index % 4, *row])) for index, row in enumerate(values)]
    path.write_text("\n".join([",".join(names), *rows]))
    dialog = dialog_of(path)
    qtbot.waitUntil(ready(dialog))
    assert "785 columns" in [label.text() for label in dialog._roles.findChildren(QLabel)]
    qtbot.keyClicks(part(dialog, "role_filter", QLineEdit), "pixel78")
    assert part(dialog, "role_table").model().rowCount() == 5
    assert "40 pictures of 28×28, 4 classes" in part(dialog, "data_problem").text()


def test_an_offer_is_taken_and_returned_beside_its_field(dialog_of, qtbot, tmp_path):
    path = tmp_path / "gaps.csv"
    rows = [f"{index},{'' if index == 16 else index * 2}.5" for index in range(40)]
    rows[16] = "16,"
    path.write_text("\n".join(["a,b", *rows]))
    dialog = dialog_of(path)
    qtbot.waitUntil(ready(dialog))
    qtbot.waitUntil(lambda: any("row 17" in text for text in texts(dialog)))  # Qt shows new labels a turn later
    assert not part(dialog, "data_missing_reset").isVisible()
    button = next(one for one in dialog.findChildren(QPushButton) if "fill the missing values" in one.accessibleName())
    qtbot.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: ready(dialog)() and part(dialog, "data_missing").currentData() == "mean")
    assert "Changed" in texts(dialog) and "Left out" not in texts(dialog)
    reset = part(dialog, "data_missing_reset")
    assert reset.isVisible()
    qtbot.mouseClick(reset, LEFT)
    qtbot.waitUntil(lambda: ready(dialog)() and part(dialog, "data_missing").currentData() == "skip")


def test_a_field_that_depends_on_another_is_shown_with_it(opened, qtbot):
    assert part(opened, "data_missing_value").isHidden() or not part(opened, "data_missing_value").isVisible()
    part(opened, "data_missing").choose("value")
    qtbot.waitUntil(ready(opened))
    assert part(opened, "data_missing_value").isVisibleTo(opened)


def test_all_items_that_were_left_out_can_be_listed(qtbot):
    from explorer.ui.data_import.import_report_view import ImportReportView

    notes = Notes()
    notes.left_out("rows", "values are missing", [f"row {row}" for row in range(1, 31)])
    view = ImportReportView()
    qtbot.addWidget(view)
    view.show_report(notes.report())
    view.show()
    listed = view.findChild(QPlainTextEdit, "import_left_out_list_0")
    assert not listed.isVisible()
    qtbot.mouseClick(view.findChild(QPushButton, "import_left_out_0"), LEFT)
    assert listed.isVisible() and listed.toPlainText().splitlines()[-1] == "row 30"


@pytest.mark.parametrize("content", [b"\0\1garbage", b""])
def test_an_unreadable_file_is_reported_in_one_sentence(dialog_of, empty_state, qtbot, tmp_path, digits, content):
    empty_state.data.use(DataConfig(), digits)
    path = tmp_path / "garbage.bin"
    path.write_bytes(content)
    dialog = dialog_of(path)
    qtbot.waitUntil(lambda: part(dialog, "data_problem").property("role") == "error")
    text = part(dialog, "data_problem").text()
    assert text and "\n" not in text and part(dialog, "data_path").text() == str(path)
    assert not ready(dialog)() and empty_state.data.dataset is digits
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible() and empty_state.data.dataset is digits


def test_settings_that_may_help_stay_after_an_error(opened, qtbot):
    select(opened, "height", "width", "site")
    choose_role(opened, "Ignored")
    qtbot.waitUntil(lambda: part(opened, "data_problem").property("role") == "error")
    assert "No column of numbers" in part(opened, "data_problem").text()
    assert part(opened, "role_table").isVisible() and part(opened, "data_missing").isVisible()
    part(opened, "data_undo").click()
    qtbot.waitUntil(ready(opened))


def test_pictures_of_several_sizes_are_shown(dialog_of, qtbot, tmp_path):
    for name, side in (("cats/1", 9), ("cats/2", 12), ("dogs/1", 9), ("dogs/2", 9)):
        file = tmp_path / "pictures" / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (side, side), 7 * side).save(file)
    dialog = dialog_of(tmp_path / "pictures")
    qtbot.waitUntil(ready(dialog))
    assert part(dialog, "data_picture_size").value() == 0
    assert "cats: 2, dogs: 2" in part(dialog, "data_counts").text()


def test_arrays_offer_their_names(dialog_of, empty_state, qtbot, tmp_path):
    path = tmp_path / "arrays.npz"
    rng = np.random.default_rng(0)
    np.savez(path, first=rng.random((40, 6)), second=rng.random((40, 5)), age=np.arange(40.0))
    dialog = dialog_of(path)
    qtbot.waitUntil(lambda: not dialog._import.is_reading)
    part(dialog, "data_samples_key").choose("second")
    qtbot.waitUntil(ready(dialog))
    press(qtbot, dialog, "data_use")
    assert empty_state.data.dataset.description.shape == (5,)


def test_a_dropped_file_replaces_the_former(opened, qtbot, tmp_path):
    path = tmp_path / "other.npy"
    np.save(path, np.random.default_rng(0).random((30, 4)))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    opened.dropEvent(drop)
    qtbot.waitUntil(lambda: "30 vectors of 4" in part(opened, "data_problem").text())
    assert not opened._import.can_undo and not part(opened, "role_table").isVisible()


def test_the_settings_of_data_in_use_are_shown(dialog_of, qtbot, table):
    config = DataConfig(source=str(table), label_column="site", split_seed=3, missing_marks=("−9, x",))
    dialog = dialog_of(config)
    qtbot.waitUntil(ready(dialog))
    assert role_of(dialog, "site") == "Label" and part(dialog, "data_split_seed").value() == 3
    assert part(dialog, "data_missing_marks").text() == '"−9, x"'
    built_in = dialog_of(DataConfig(split_seed=2))
    qtbot.waitUntil(ready(built_in))
    assert part(built_in, "data_split_seed").value() == 2 and not part(built_in, "role_table").isVisible()


def test_a_preview_says_so_and_all_is_read_at_the_end(dialog_of, empty_state, qtbot, table, monkeypatch):
    load, limits, messages = catalog.load, [], []

    def first_rows(config, context):
        data = load(config, context)
        limits.append(context.limit)
        notes = Notes()
        if context.limit is None:
            notes.left_out("rows", "values are missing", ["row 5000"])
            return replace(data, report=notes.report())
        notes.partial("the first 20 rows")
        return replace(data, report=notes.report())

    monkeypatch.setattr(catalog, "load", first_rows)
    empty_state.messages.notified.connect(messages.append)
    dialog = dialog_of(table)
    qtbot.waitUntil(ready(dialog))
    assert part(dialog, "data_partial").text() == "Preview of the first 20 rows. “Use this data” reads all."
    press(qtbot, dialog, "data_use")
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert limits == [1000, None] and empty_state.data.dataset is not None
    assert messages == ["1 rows: values are missing (row 5000)"]


def test_reading_all_is_cancelled_without_losing_the_preview(dialog_of, empty_state, qtbot, table, monkeypatch):
    load, started = catalog.load, threading.Event()

    def slow(config, context):
        while context.limit is None:
            started.set()
            context.report(1, 2, "reading")
        data = load(config, context)
        notes = Notes()
        notes.partial("the first 20 rows")
        return replace(data, report=notes.report())

    monkeypatch.setattr(catalog, "load", slow)
    dialog = dialog_of(table)
    qtbot.waitUntil(ready(dialog))
    press(qtbot, dialog, "data_use")
    qtbot.waitUntil(lambda: started.is_set() and part(dialog, "data_progress").isVisible())
    assert not part(dialog, "role_table").isEnabled()
    press(qtbot, dialog, "data_cancel")
    qtbot.waitUntil(ready(dialog))
    assert dialog.isVisible() and empty_state.data.dataset is None


def test_recipes_are_saved_offered_and_deleted(dialog_of, opened, qtbot, table, tmp_path, monkeypatch):
    select(opened, "site")
    choose_role(opened, "Label")
    qtbot.waitUntil(ready(opened))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("by site", True))
    menu = part(opened, "data_recipes").menu()
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text().startswith("Save")).trigger()
    assert [recipe.settings for recipe in recipes()] == [{"label_column": "site"}]
    other = tmp_path / "next.csv"
    other.write_text(table.read_text())
    dialog = dialog_of(other)
    qtbot.waitUntil(ready(dialog))
    press(qtbot, dialog, "import_recipe_0")
    qtbot.waitUntil(lambda: ready(dialog)() and role_of(dialog, "site") == "Label")
    assert dialog.findChild(QPushButton, "import_recipe_0") is None
    menu = part(dialog, "data_recipes").menu()
    menu.aboutToShow.emit()
    deletion = next(action for action in menu.actions() if action.menu() is not None)
    deletion.menu().actions()[0].trigger()
    assert recipes() == ()


def test_of_a_broken_file_it_says_what_is_wrong_and_what_can_be_opened(dialog_of, qtbot, tmp_path):
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"PAR1" + bytes(100))
    dialog = dialog_of(path)
    message = part(dialog, "data_problem")
    qtbot.waitUntil(lambda: bool(message.text()))
    assert message.text().startswith("The ") and str(tmp_path) not in message.text()
    assert part(dialog, "data_empty").isVisible(), "no empty panels, and no settings that cannot help"


def test_a_first_reading_that_was_stopped_leaves_another_choice(dialog_of, qtbot, table, monkeypatch):
    started = threading.Event()

    def endless(config, context):
        while True:
            started.set()
            context.report(0, 0, "reading")

    monkeypatch.setattr(catalog, "load", endless)
    dialog = dialog_of(table)
    qtbot.waitUntil(lambda: started.is_set() and part(dialog, "data_progress").isVisible())
    press(qtbot, dialog, "data_cancel")
    qtbot.waitUntil(lambda: part(dialog, "data_empty").isVisible())
    assert part(dialog, "data_problem").text() == "Reading was stopped. Choose the file or folder again."


def test_a_dialog_closed_in_the_middle_is_no_trouble(dialog_of, empty_state, qtbot, table):
    dialog = dialog_of(table)
    dialog.reject()
    done = []
    empty_state.tasks.do("after", lambda _: 1, done.append)
    qtbot.waitUntil(lambda: done == [1])
    assert empty_state.data.dataset is None


def test_a_dialog_deleted_with_its_window_is_no_trouble(empty_state, themes, qtbot, table, monkeypatch):
    load, go = catalog.load, threading.Event()
    monkeypatch.setattr(catalog, "load", lambda config, context: go.wait(20) and load(config, context))
    window = QWidget()
    qtbot.addWidget(window)
    dialog = DataDialog(empty_state, themes, table, window)
    dialog.show()
    window.deleteLater()
    qtbot.waitUntil(lambda: not isValid(dialog))
    done = []
    go.set()
    empty_state.tasks.do("after", lambda _: 1, done.append)
    qtbot.waitUntil(lambda: done == [1])


@pytest.mark.parametrize(
    ("labels", "number", "chosen"),
    [
        (None, 3, [0, 1, 2]),
        (None, 9, [0, 1, 2, 3, 4, 5]),
        ([0, 0, 0, 1, 1, 2], 4, [0, 3, 5, 1]),
        ([-1, 0, 0, 1, -1, 1], 5, [1, 3, 0, 2, 5]),
    ],
)
def test_the_samples_shown_are_of_all_classes(labels, number, chosen):
    assert spread_over_classes(None if labels is None else np.array(labels), number, 6) == chosen
