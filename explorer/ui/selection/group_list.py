"""The list of named groups: a click selects one, and keys and a menu rename, update and delete it."""

import zlib
from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QPointF, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QContextMenuEvent, QIcon, QKeyEvent, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import QHeaderView, QMenu, QTreeWidget, QTreeWidgetItem, QWidget

from explorer.jobs.plane.selection_edits import name_problem
from explorer.rendering.palette import class_colours
from explorer.session import Group, View
from explorer.ui.plane.input.select_gestures import operation_of
from explorer.ui.selection.selection_editor import SelectionEditor
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import enable, set_identity

TIP = (
    "Click: select the group. Shift+click: add it; Alt+click: remove it; Shift+Alt+click: keep what is in both. "
    "F2: rename. Delete: delete"
)
MARKS = 10
"""Number of colours of the marks."""
MARK_PIXELS = 10
EDITABLE = Qt.ItemFlag.ItemIsEditable


class GroupList(QTreeWidget):
    """Lists the groups of the active run's data with their numbers of samples and where they come from.

    Signals
    -------
    kept_changed
        Groups were added or deleted, or other data are shown.
    """

    kept_changed = Signal()
    _edited = Signal(str, str)

    def __init__(
        self, state: AppState, editor: SelectionEditor, themes: ThemeSource, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._editor, self._session, self._messages, self._themes = editor, state.session, state.messages, themes
        self._shown: tuple[Group, ...] = ()
        set_identity(self, "group_list", TIP, "Groups of samples")
        self.setColumnCount(3)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setEditTriggers(QTreeWidget.EditTrigger.EditKeyPressed)
        head = set_identity(self.header(), "group_list_head", "Name, number of samples, origin")
        head.setStretchLastSection(False)
        # Qt's minimum would cut the names in a narrow panel before it cuts the origins.
        head.setMinimumSectionSize(1)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.itemChanged.connect(self._on_edited)
        # Deferred: the new name refills the list, while Qt still holds the item with the old name.
        self._edited.connect(self._editor_rename, Qt.ConnectionType.QueuedConnection)
        for signal in (state.store.opened, state.store.closed):
            signal.connect(self._show_groups)
        themes.changed.connect(self._redraw)
        state.session.listen(self.show_view)
        self._redraw()

    def show_view(self, old: View, new: View) -> None:
        """Show other groups, and which of them is selected."""
        if (old.groups, old.active_run) != (new.groups, new.active_run):
            self._show_groups()
        elif old.selection != new.selection:
            self._mark_selected()

    def fill_menu(self, menu: QMenu, name: str) -> None:
        """Add the actions on a group to a menu."""
        menu.setToolTipsVisible(True)
        menu.addAction("Select").triggered.connect(partial(self._editor.select_group, name, "replace"))
        menu.addAction("Add to the selection").triggered.connect(partial(self._editor.select_group, name, "add"))
        menu.addAction("Remove from the selection").triggered.connect(
            partial(self._editor.select_group, name, "remove")
        )
        menu.addSeparator()
        for side, letter in (("plus", "A"), ("minus", "B")):
            use = menu.addAction(f"Use as group {letter} in Vectors")
            use.triggered.connect(partial(self._editor.use_in_vectors, side, name))
        menu.addSeparator()
        menu.addAction("Rename").triggered.connect(partial(self.rename, name))
        update = menu.addAction("Update from the selection")
        # `enable` shows this text as the tooltip while the entry is enabled.
        update.setWhatsThis("Replace the samples of the group by the selected ones")
        update.triggered.connect(partial(self._editor.update_group, name))
        enable(update, "" if self._session.view.selection else "Select samples first")
        menu.addAction("Delete").triggered.connect(partial(self._editor.delete_group, name))

    def rename(self, name: str) -> None:
        """Open the field for the name of a group."""
        item = self._item(name)
        if item is not None:
            self.editItem(item, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select the current group by Enter or Space, delete it by Delete."""
        # Enter in the name editor arrives here, too.
        item = None if self.state() == QTreeWidget.State.EditingState else self.currentItem()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._editor.select_group(_name(item), operation_of(event.modifiers()))
        elif item is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._editor.delete_group(_name(item))
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Select the clicked group."""
        super().mouseReleaseEvent(event)
        item = self.itemAt(event.position().toPoint())
        if item is not None and event.button() == Qt.MouseButton.LeftButton:
            self._editor.select_group(_name(item), operation_of(event.modifiers()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of a group."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        item = self.currentItem() if by_key else self.itemAt(event.pos())
        if item is None:
            event.ignore()  # the panel has a menu of its own
            return
        menu = set_identity(QMenu(self), "group_menu", accessible=_name(item))
        menu.aboutToHide.connect(menu.deleteLater)
        self.fill_menu(menu, _name(item))
        menu.popup(event.globalPos())

    def _item(self, name: str) -> QTreeWidgetItem | None:
        items = (self.topLevelItem(row) for row in range(self.topLevelItemCount()))
        return next((item for item in items if item is not None and _name(item) == name), None)

    @Slot()
    def _show_groups(self) -> None:
        if self._editor.groups != self._shown:
            self._redraw()
            self.kept_changed.emit()

    @Slot()
    def _redraw(self) -> None:
        self._shown = self._editor.groups
        marks = _marks(self._shown)
        current = self.currentItem()
        name = "" if current is None else _name(current)
        with QSignalBlocker(self):
            self.clear()
            for group, mark in zip(self._shown, marks, strict=True):
                item = QTreeWidgetItem(self, [group.name, f"{len(group.samples):,}", group.origin])
                item.setData(0, Qt.ItemDataRole.UserRole, group.name)
                item.setFlags(item.flags() | EDITABLE)
                item.setIcon(0, self._mark(mark))
                item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setForeground(2, QColor(self._themes.theme.muted))
                tip = f"{group.name}: {len(group.samples):,} samples, from: {group.origin or 'unknown'}"
                for column in range(3):
                    item.setToolTip(column, tip)
            if (kept := self._item(name)) is not None:
                self.setCurrentItem(kept)
        self.setIconSize(QSize(1, 1) * round(MARK_PIXELS * self._themes.scale))
        self._mark_selected()

    def _mark_selected(self) -> None:
        """Show the group whose samples are selected in bold."""
        selection = self._session.view.selection
        with QSignalBlocker(self):
            for row, group in enumerate(self._shown):
                item = self.topLevelItem(row)
                if item is not None:
                    font = item.font(0)
                    font.setBold(group.samples == selection)
                    item.setFont(0, font)
        self.viewport().update()

    def _mark(self, number: int) -> QIcon:
        """Return a dot in the colour of a mark."""
        pixels = round(MARK_PIXELS * self._themes.scale)
        picture = QPixmap(pixels, pixels)
        picture.fill(Qt.GlobalColor.transparent)
        colours = class_colours(MARKS, self._themes.theme.dark)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(*colours[number].tolist()))
            painter.drawEllipse(QPointF(pixels / 2, pixels / 2), pixels / 2 - 1, pixels / 2 - 1)
        return QIcon(picture)

    @Slot(QTreeWidgetItem, int)
    def _on_edited(self, item: QTreeWidgetItem, column: int) -> None:
        old, new = _name(item), item.text(0).strip()
        if problem := name_problem(self._session.view.groups, self._editor.data, new, old):
            self._messages.notify(problem)
            with QSignalBlocker(self):
                item.setText(0, old)
        else:
            self._edited.emit(old, new)

    @Slot(str, str)
    def _editor_rename(self, old: str, new: str) -> None:
        self._editor.rename_group(old, new)


def _name(item: QTreeWidgetItem) -> str:
    return str(item.data(0, Qt.ItemDataRole.UserRole))


def _marks(groups: Iterable[Group]) -> list[int]:
    """Return a mark for each group, by its name, so that it outlasts other groups; unique in a short list."""
    found: list[int] = []
    for group in groups:
        first = zlib.crc32(group.name.encode())
        order = [(first + step) % MARKS for step in range(MARKS)]
        found.append(next((mark for mark in order if mark not in found), order[0]))
    return found
