"""The fields of the window: drop-downs show all their rows, and typing in a field triggers no shortcut."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from explorer.ui.actions.actions import ACTIONS
from explorer.ui.app.main_window import MainWindow
from explorer.ui.widgets.boxes import EDGE

FIELDS = (QComboBox, QAbstractItemView, QAbstractSpinBox, QLineEdit, QPlainTextEdit)
"""Widgets in which letters are typed: texts, and lists that find entries by letters."""


def fields(window: QWidget) -> Iterator[QWidget]:
    """Yield the fields that take the focus, now or once they are enabled or shown."""
    for widget in window.findChildren(QWidget):
        inner = isinstance(widget.parentWidget(), QComboBox | QAbstractSpinBox)
        in_popup = widget.window() is not window
        if isinstance(widget, FIELDS) and not inner and not in_popup and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            yield widget


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_drop_downs_show_all_their_rows(window: MainWindow, scale: float, qtbot: QtBot) -> None:
    window.themes.set_scale(scale)
    combos = [field for field in fields(window) if isinstance(field, QComboBox)]
    assert len(combos) > 8
    faults = []
    for combo in combos:
        combo.showPopup()
        view, screen = combo.view(), combo.screen().availableGeometry()
        rows = sum(view.sizeHintForRow(row) for row in range(combo.count()))
        frame = view.window().height() - view.viewport().height()
        if view.viewport().height() < min(rows, screen.height() - frame - 2 * EDGE):
            faults.append(f"{combo.objectName()}: {rows} px of rows in {view.viewport().height()} px")
        # The offscreen platform has a small screen, and boxes of a large window lie outside.
        at = combo.mapToGlobal(QPoint())
        if screen.contains(at) and not screen.contains(view.window().geometry()):
            faults.append(f"{combo.objectName()}: its list at {view.window().geometry()} leaves the screen")
        combo.hidePopup()
    assert faults == []


def typed_keys() -> list[QKeySequence]:
    """Return the shortcuts that are also keys of a field: printable ones, Home and End."""
    every = [QKeySequence(key) for spec in ACTIONS for key in spec.keys]
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    plain = [key for key in every if not key[0].keyboardModifiers() & modifiers]
    return [key for key in plain if len(key.toString()) == 1 or key.toString() in ("Home", "End")]


def test_typing_in_a_field_triggers_no_shortcut(window: MainWindow, qapp: QApplication, qtbot: QtBot) -> None:
    keys, found = typed_keys(), list(fields(window))
    assert {"F", "Home", "1", "[", "R"} <= {key.toString() for key in keys}
    assert len(found) > 20 and all(any(isinstance(field, kind) for field in found) for kind in FIELDS[:4])
    taken = []
    for field in found:
        # A page that is not in front is checked, too: by the events that a focused widget gets.
        qapp.focusChanged.emit(None, field)
        for key in keys:
            combination = key[0]
            text = key.toString() if len(key.toString()) == 1 else ""
            event = QKeyEvent(QKeyEvent.Type.ShortcutOverride, combination.key(), combination.keyboardModifiers(), text)
            event.ignore()
            qapp.sendEvent(field, event)
            if not event.isAccepted():
                taken.append(f"{field.objectName()}: {key.toString()}")
        qapp.focusChanged.emit(field, None)
    assert taken == []
