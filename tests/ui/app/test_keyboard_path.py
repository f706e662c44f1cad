"""The path of the Tab key: every control has a role and a name for screen readers, and shows that it has the focus."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.reading_order import in_reading_order
from explorer.ui.comparison.comparison_dialog import ComparisonDialog
from explorer.ui.corruption.corruption_dialog import CorruptionDialog
from explorer.ui.data_import.data_dialog import DataDialog
from explorer.ui.dialogs.help_dialogs import AboutDialog, KeysDialog
from explorer.ui.dialogs.logs import LogView, log_file
from explorer.ui.loss.experiment_dialog import AblationDialog, LadderDialog

DIALOGS = ("data", "keys", "about", "log", "comparison", "corruption", "ablation", "ladder")


def reached_by_tab(top: QWidget) -> Iterator[QWidget]:
    """Yield the widgets that the Tab key reaches, as the window orders them or, in a dialog, as Qt does."""
    if isinstance(top, MainWindow):
        yield from in_reading_order(top)
        return
    widget = top.nextInFocusChain()
    while widget is not top:
        policy = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        reached = policy == Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
        if reached and widget.isVisible() and widget.isEnabled() and widget.window() is top:
            yield widget
        widget = widget.nextInFocusChain()


def open_dialog(window: MainWindow, kind: str) -> QDialog:
    state, themes = window.state, window.themes
    if kind == "data":
        return DataDialog(state, themes, None, window)
    if kind == "log":
        return LogView(log_file(), window)
    if kind in ("ablation", "ladder"):
        dialog = AblationDialog if kind == "ablation" else LadderDialog
        return dialog(state, window.experiment.config, window)
    if kind == "comparison":
        return ComparisonDialog(state, themes, window)
    if kind == "corruption":
        return CorruptionDialog(state, themes, window)
    return KeysDialog(window.actions_, window) if kind == "keys" else AboutDialog("CPU, 1 thread", window)


def unnamed(widgets: Iterator[QWidget]) -> list[str]:
    faults = []
    for widget in widgets:
        spoken = QAccessible.queryAccessibleInterface(widget)
        label = f"{type(widget).__name__} {widget.objectName()}"
        if spoken is None or spoken.role() == QAccessible.Role.NoRole:
            faults.append(f"{label}: no role")
            continue
        name = spoken.text(QAccessible.Text.Name).strip()
        if not name or name == type(widget).__name__:
            faults.append(f"{label}: its name is {name!r}")
    return faults


def test_screen_readers_get_a_role_and_a_name_on_the_whole_path(window: MainWindow) -> None:
    path = list(reached_by_tab(window))
    assert len(path) > 40
    assert unnamed(iter(path)) == []


def looks_the_same(widget: QWidget, other: QWidget, qapp: QApplication) -> bool:
    """Return whether a widget looks the same with and without the focus."""
    area, top = widget.rect().adjusted(-4, -4, 4, 4), widget.window()
    shown = area.translated(widget.mapTo(top, widget.rect().topLeft()) - widget.rect().topLeft()) & top.rect()
    pictures = []
    for focused in (other, widget):
        focused.setFocus(Qt.FocusReason.TabFocusReason)
        qapp.processEvents()
        pictures.append(top.grab(shown).toImage())
    return pictures[0] == pictures[1]


def test_the_focus_is_visible_on_the_whole_path(window: MainWindow, qapp: QApplication, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.isActiveWindow())
    QApplication.setCursorFlashTime(0)
    path = [widget for widget in reached_by_tab(window) if not widget.visibleRegion().isEmpty()]
    assert len(path) > 25
    others = [*path[-1:], *path[:-1]]
    same = [one.objectName() for one, other in zip(path, others, strict=True) if looks_the_same(one, other, qapp)]
    assert same == []


@pytest.mark.parametrize("kind", DIALOGS)
def test_dialogs_name_their_controls_and_show_the_focus(
    window: MainWindow, kind: str, qapp: QApplication, qtbot: QtBot
) -> None:
    dialog = open_dialog(window, kind)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: dialog.isActiveWindow())
    QApplication.setCursorFlashTime(0)
    path = [widget for widget in reached_by_tab(dialog) if not widget.visibleRegion().isEmpty()]
    assert path and unnamed(iter(path)) == []
    if len(path) > 1:  # a single control always has the focus
        pairs = zip(path, [*path[-1:], *path[:-1]], strict=True)
        assert [one.objectName() for one, other in pairs if looks_the_same(one, other, qapp)] == []
    dialog.close()
