"""The rows of the list as a Qt model: its signals, what may be edited, and which indexes stay valid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from explorer.ui.run_list.run_model import COUNT, KEY, NAME, STATUS, TIP, RunListModel

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
EDITABLE = Qt.ItemFlag.ItemIsEditable


def rows_of(keys):
    return [{KEY: key, NAME: key.upper(), TIP: f"The run {key}"} for key in keys]


def keys_of(model):
    return [model.index(row).data(KEY) for row in range(model.rowCount())]


@pytest.fixture
def model(qapp):
    """Return a model with the rows a, b and c."""
    model = RunListModel()
    model.show_rows(rows_of("abc"))
    return model


def test_it_keeps_the_rules_of_qt(model, qtmodeltester):
    qtmodeltester.check(model)
    assert model.index(1).data() == model.index(1).data(Qt.ItemDataRole.EditRole) == "B"
    assert model.index(1).data(TIP) == "The run b" and model.index(1).data(COUNT) is None
    assert model.data(QModelIndex(), KEY) is None and model.rowCount(model.index(0)) == 0


KEYS = st.lists(st.sampled_from("abcdef"), unique=True)


@given(KEYS, KEYS)
def test_any_rows_can_follow_any_others(qapp, before, after):
    model = RunListModel()
    tester = QAbstractItemModelTester(model, FATAL)
    assert model.show_rows(rows_of(before)) == bool(before)
    held = {key: QPersistentModelIndex(model.index_of(key)) for key in before}
    assert model.show_rows(rows_of(after)) == (before != after)
    assert keys_of(model) == after
    assert {key for key in before if held[key].isValid()} == {*before} & {*after}
    assert all(held[key].data(KEY) == key for key in before if key in after)
    assert tester.model() is model


def test_only_changed_values_are_signalled(model, qtbot):
    with qtbot.assertNotEmitted(model.dataChanged):
        assert not model.show_rows(rows_of("abc"))
    changed = rows_of("abc")
    changed[1][STATUS] = "training"
    with qtbot.waitSignal(model.dataChanged) as change:
        assert not model.show_rows(changed)
    first, last, roles = change.args
    assert (first.row(), last.row(), roles) == (1, 1, [STATUS])
    with qtbot.waitSignal(model.dataChanged) as change:
        model.set_values(1, rows_of("b")[0])
    assert change.args[2] == [STATUS] and model.index(1).data(STATUS) is None


def test_the_row_of_a_key(model):
    assert model.index_of("c").row() == 2 and not model.index_of("x").isValid()


def test_one_run_can_be_renamed(model, qtbot):
    renamed = []
    model.renamed.connect(lambda *given: renamed.append(given))
    assert not model.setData(model.index(1), "new") and not model.flags(model.index(1)) & EDITABLE
    model.set_editable("b")
    assert [bool(model.flags(model.index(row)) & EDITABLE) for row in range(3)] == [False, True, False]
    for name in ("", "  ", "B"):
        assert model.setData(model.index(1), name)
    assert not model.setData(model.index(0), "new") and not model.setData(model.index(1), "new", TIP)
    assert renamed == []
    assert model.setData(model.index(1), " new ") and renamed == [("b", "new")]
    assert model.index(1).data() == "B", "the folder may not be renamed"
    model.set_editable("")
    assert not model.flags(model.index(1)) & EDITABLE
