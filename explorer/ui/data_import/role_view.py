"""The rows of the table of columns, and how mouse and keys open the menu of roles."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QIcon, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from explorer.ui.data_import.role_model import CONTENTS, NAME, ROLE, WHY
from explorer.ui.widgets.identity import set_identity

MENU_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_F2)
MIN_LETTERS = 46
"""Width of the table, in widths of the letter m, below which it does not show the reasons."""
REASON_LETTERS = 8
"""Minimum width of the reasons."""


class RoleView(QTableView):
    """One row per column of a file. A click into a role, or Enter, Space or F2, asks for the menu of roles.

    Signals
    -------
    menu_wanted : QPoint
        Open the menu of roles at this point of the screen.
    """

    menu_wanted = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "role_table", "Click a role, or press Enter, to change it", "Columns and their roles")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        # One height for all rows: asking 10,000 rows for theirs would take seconds.
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setStretchLastSection(True)
        set_identity(self.horizontalHeader(), "role_heads", "Drag an edge to change a width", "Heads of the columns")
        set_identity(self.verticalHeader(), "role_rows", "One row for each column of the file", "Rows")
        self.horizontalHeader().setHighlightSections(False)
        self._delegate = _RoleDelegate(self)
        self.setItemDelegateForColumn(ROLE, self._delegate)
        self._pressed = False
        self._contents = 0  # the width that the contents need

    def set_arrow(self, arrow: QIcon) -> None:
        """Set the icon at the end of each role."""
        self._delegate.arrow = arrow
        self.viewport().update()

    def fit_columns(self) -> None:
        """Make columns as wide as the first rows need, names at most a third."""
        letter = self.fontMetrics().horizontalAdvance("m")
        self.verticalHeader().setDefaultSectionSize(round(1.8 * self.fontMetrics().height()))
        header = self.horizontalHeader()
        header.setResizeContentsPrecision(100)
        name = max(self.sizeHintForColumn(NAME), 6 * letter) + letter
        self.setColumnWidth(NAME, min(name, max(self.viewport().width() // 3, 12 * letter)))
        self.setColumnWidth(ROLE, self.fontMetrics().horizontalAdvance("Feature, numbers") + 3 * letter)
        self._contents = self.sizeHintForColumn(CONTENTS) + letter
        self._share_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the reasons to the tooltips of the roles if there is little room."""
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        """Divide the room beside names and roles: contents first, then reasons."""
        letter = max(1, self.fontMetrics().horizontalAdvance("m"))
        rest = self.viewport().width() - self.columnWidth(NAME) - self.columnWidth(ROLE)
        has_reasons = self.viewport().width() >= MIN_LETTERS * letter
        self.setColumnHidden(WHY, not has_reasons)
        self.setColumnWidth(CONTENTS, min(self._contents, rest - REASON_LETTERS * letter) if has_reasons else rest)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select a row; a press into a role of selected rows keeps them all."""
        index = self.indexAt(event.position().toPoint())
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers()
        self._pressed = plain and index.isValid() and index.column() == ROLE
        if not (self._pressed and self.selectionModel().isSelected(index)):
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the menu below a role."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if self._pressed and index.isValid() and index.column() == ROLE:
            self._open_at(index)
        self._pressed = False

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu where the right button was pressed, or by the key of the keyboard."""
        if self.selectionModel().hasSelection():
            self.menu_wanted.emit(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the menu below the role of the current row."""
        index = self.currentIndex()
        if event.key() in MENU_KEYS and not event.modifiers():
            # Accepted even without a row: Enter would press the default button of the dialog.
            if index.isValid():
                if not self.selectionModel().isSelected(index):
                    self.selectRow(index.row())
                self._open_at(index.siblingAtColumn(ROLE))
            return
        super().keyPressEvent(event)

    def _open_at(self, index: QModelIndex) -> None:
        self.menu_wanted.emit(self.viewport().mapToGlobal(self.visualRect(index).bottomLeft()))


class _RoleDelegate(QStyledItemDelegate):
    """Draws a role with an arrow at its end, as it opens a menu."""

    arrow = QIcon()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the cell, then the arrow."""
        super().paint(painter, option, index)
        side = option.fontMetrics.height()
        room: QRect = option.rect
        self.arrow.paint(painter, QRect(room.right() - side - side // 3, room.center().y() - side // 2, side, side))
