"""The rows of the list of runs as a Qt model: for each run or heading the values that are drawn, shown or spoken.

The rows are plain Python values instead of items of a `QListWidget`: with PySide 6.11 the program crashed now and then
when Qt deleted items that Python had made.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

KEY, TITLE, STATUS, DETAILS, LOSS, MARK, SHOWN, HAS_WARNING, STARRED, COUNT, FOLDED, TRAINS = (
    int(Qt.ItemDataRole.UserRole) + number for number in range(12)
)
"""Item roles. Of a run: key, title, status, second line and loss as texts, the number of its mark, whether it is in a
pane, has a warning, a star, and whether it trains. Of a heading: key, title, the number of its runs, and whether it is
folded."""
NAME, TIP, SPOKEN = (
    int(role) for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
)
"""Item roles of Qt: the name, which an editor changes, the tooltip, and the text for screen readers."""

Index = QModelIndex | QPersistentModelIndex  # Qt passes either of them
RowValues = Mapping[int, object]
"""The values of one row by role. Every row has a `KEY`, and no two rows have the same one."""


class RunListModel(QAbstractListModel):
    """The rows of the list, in order.

    Signals
    -------
    renamed : str, str
        The user gave the run with this key a new name. The row keeps the old name until `show_rows` is called.
    """

    renamed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[RowValues] = []
        self._editable = ""

    def show_rows(self, rows: Sequence[RowValues]) -> bool:
        """Show these rows; return whether any was added, removed or moved.

        Rows are matched by their keys. A view keeps the current row, hidden rows, editors and widgets of the rows that
        stay, even if they move.
        """
        keys = [row[KEY] for row in rows]
        is_changed = keys != [row[KEY] for row in self._rows]
        if is_changed:
            self._remove_all_but(set(keys))
            for position, row in enumerate(rows):
                self._place(position, row)
        for position, row in enumerate(rows):
            self.set_values(position, row)
        return is_changed

    def set_values(self, position: int, values: RowValues) -> None:
        """Replace the values of a row."""
        old = self._rows[position]
        # Each change repaints the row and tells screen readers; most values stay the same.
        roles = [role for role in old.keys() | values.keys() if old.get(role) != values.get(role)]
        if roles:
            self._rows[position] = values
            index = self.index(position)
            self.dataChanged.emit(index, index, roles)

    def index_of(self, key: str) -> QModelIndex:
        """Return the index of the row with a key; an invalid one if it is not listed."""
        return next((self.index(at) for at, row in enumerate(self._rows) if row[KEY] == key), QModelIndex())

    def set_editable(self, key: str) -> None:
        """Let an editor change the name of one run; of none if the key is ""."""
        self._editable = key

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (the signature of Qt)
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the value of a row in a role; None if it has none."""
        if not 0 <= index.row() < len(self._rows):
            return None
        return self._rows[index.row()].get(NAME if role == Qt.ItemDataRole.EditRole else int(role))

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return what can be done with a row: only that of the run set by `set_editable` can be edited."""
        flags = super().flags(index)
        is_editable = bool(self._editable) and self.data(index, KEY) == self._editable
        return flags | Qt.ItemFlag.ItemIsEditable if is_editable else flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Emit `renamed` if the editable run is given another name; return whether it is editable."""
        if role != Qt.ItemDataRole.EditRole or not self.flags(index) & Qt.ItemFlag.ItemIsEditable:
            return False
        name = str(value).strip()
        if name and name != self.data(index):
            self.renamed.emit(self._editable, name)
        return True

    def _remove_all_but(self, keys: set[object]) -> None:
        for position in reversed(range(len(self._rows))):
            if self._rows[position][KEY] not in keys:
                self.beginRemoveRows(QModelIndex(), position, position)
                del self._rows[position]
                self.endRemoveRows()

    def _place(self, position: int, values: RowValues) -> None:
        """Move the row with the key of ``values`` up to a position, or insert it there."""
        rows = self._rows
        old = next((at for at in range(position, len(rows)) if rows[at][KEY] == values[KEY]), None)
        if old is None:
            self.beginInsertRows(QModelIndex(), position, position)
            rows.insert(position, values)
            self.endInsertRows()
        elif old != position:
            self.beginMoveRows(QModelIndex(), old, old, QModelIndex(), position)
            rows.insert(position, rows.pop(old))
            self.endMoveRows()
