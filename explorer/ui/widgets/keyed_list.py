"""A list of texts with a key each, such as the terms of the glossary.

The rows are plain Python values instead of items of a `QListWidget`: with PySide 6.11 the program sometimes crashed
when Qt deleted items that Python had created, as `QListWidget.clear` does.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QListView, QWidget

_Index = QModelIndex | QPersistentModelIndex  # Qt passes either of them


@dataclass(frozen=True)
class KeyedRow:
    """A row. Without a key it is a heading: bold and not selectable."""

    text: str
    key: Hashable = None
    tip: str = ""


class KeyedList(QListView):
    """Shows rows, one of which can be the current one.

    Signals
    -------
    current_changed : object
        The user or `set_current` moved to the row with this key.
    """

    current_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = _KeyedModel(self)
        self.setModel(self._rows)

    @property
    def rows(self) -> tuple[KeyedRow, ...]:
        """All rows, headings included."""
        return self._rows.rows

    @property
    def current(self) -> Hashable:
        """Key of the current row; None if there is none."""
        row = self.currentIndex().row()
        return self.rows[row].key if row >= 0 else None

    def show_rows(self, rows: Sequence[KeyedRow]) -> None:
        """Show other rows; none of them is current."""
        self._rows.set_rows(tuple(rows))

    def set_current(self, key: Hashable) -> bool:
        """Make the row with a key the current one; return False, and change nothing, if it is not listed."""
        row = next((at for at, row in enumerate(self.rows) if row.key == key and key is not None), None)
        if row is None:
            return False
        self.setCurrentIndex(self._rows.index(row))
        return True

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        """Emit `current_changed`."""
        # Qt scrolls to the row and tells screen readers here.
        super().currentChanged(current, previous)
        if current.isValid():
            self.current_changed.emit(self.current)


class _KeyedModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: tuple[KeyedRow, ...] = ()

    def set_rows(self, rows: tuple[KeyedRow, ...]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (the signature of Qt)
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip or None
        if role == Qt.ItemDataRole.FontRole and row.key is None:
            # Not cached: the font of the list follows the text scale.
            parent = self.parent()
            font = QFont(parent.font()) if isinstance(parent, QWidget) else QFont()
            font.setBold(True)
            return font
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        is_heading = 0 <= index.row() < len(self.rows) and self.rows[index.row()].key is None
        return Qt.ItemFlag.NoItemFlags if is_heading else super().flags(index)
