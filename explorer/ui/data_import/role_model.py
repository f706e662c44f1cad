"""The columns of a file as rows of a Qt model: name, role, contents, and why each has its role."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from explorer.config import DataConfig
from explorer.data.imports.chosen_roles import chosen_kinds, chosen_roles
from explorer.data.report import ColumnUse, Role

ROLES: Mapping[Role, tuple[str, str]] = {
    "feature": ("Feature", "A number that the model is given"),
    "category": ("Category", "Words that the model is given: one feature of 0 and 1 per word"),
    "label": ("Label", "The class of each sample, for colours and figures; only conditional models get it"),
    "attribute": ("Attribute", "For colouring the points; the model is not given it"),
    "name": ("Name", "The name of each sample"),
    "split": ("Split", "Says train, validation or test for each sample"),
    "group": ("Group", "Samples of one group stay in one split, for example all pictures of a person"),
    "axis": ("Axis", "Times or wavelengths of the rows; every other column of numbers is then one signal"),
    "ignored": ("Ignored", "Not used"),
}
"""Title of each role, and what it is for."""
KINDS: Mapping[str, tuple[str, str]] = {
    "number": ("Numbers", "Scaled and Gaussian, even if they look like counts or yes and no"),
    "count": ("Counts", "Whole numbers of 0 and more, not scaled; their likelihood is a negative binomial"),
    "angle": ("Angles", "Directions or hours, whose highest value is next to the lowest"),
}
"""Title of each kind of feature, and what it means."""
HEADS = ("Column", "Role", "Contents", "Why")
NAME, ROLE, CONTENTS, WHY = range(4)

Index = QModelIndex | QPersistentModelIndex


class RoleModel(QAbstractTableModel):
    """The columns of a file with their roles, chosen or guessed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: tuple[ColumnUse, ...] = ()
        self._roles: list[tuple[Role, bool, str]] = []
        self._muted = QColor()

    def show_columns(self, columns: Sequence[ColumnUse], config: DataConfig) -> bool:
        """Show columns; return whether their names changed. Else the selection and the place are kept."""
        columns = tuple(columns)
        chosen, kinds = chosen_roles(config), chosen_kinds(config)
        roles: list[tuple[Role, bool, str]] = [
            (chosen.get(column.name, column.role), column.name in chosen, kinds.get(column.name, ""))
            for column in columns
        ]
        if [column.name for column in columns] != [column.name for column in self._columns]:
            self.beginResetModel()
            self._columns, self._roles = columns, roles
            self.endResetModel()
            return True
        if (columns, roles) != (self._columns, self._roles):
            self._columns, self._roles = columns, roles
            self._all_changed()
        return False

    def set_muted(self, colour: str) -> None:
        """Set the colour of contents and reasons."""
        self._muted = QColor(colour)
        self._all_changed()

    def name(self, row: int) -> str:
        """Return the name of the column in a row."""
        return self._columns[row].name

    def role(self, row: int) -> Role | None:
        """Return the role that was chosen for the column in a row; None if it is guessed."""
        role, chosen, _ = self._roles[row]
        return role if chosen else None

    def kind(self, row: int) -> str:
        """Return the kind that was chosen for the feature in a row, or ""."""
        return self._roles[row][2]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (the signature of Qt)
        """Return the number of columns of the file."""
        return 0 if parent.isValid() else len(self._columns)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns of the table."""
        return 0 if parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the heads of the table."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return HEADS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, tooltip or colour of a cell."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(index.row(), index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.column() in (CONTENTS, WHY):
            return self._muted
        return None

    def _text(self, row: int, column: int) -> str:
        use, (role, chosen, kind) = self._columns[row], self._roles[row]
        if column == NAME:
            return use.name
        if column == ROLE:
            return f"{ROLES[role][0]}, {KINDS[kind][0].lower()}" if kind else ROLES[role][0]
        if column == CONTENTS:
            return use.contents
        return "chosen" if chosen else use.why

    def _tip(self, row: int, column: int) -> str:
        if column != ROLE:
            return self._text(row, column)
        role, why = self._roles[row][0], self._text(row, WHY)
        return f"{ROLES[role][1]}{f' ({why})' if why else ''}. Click, or press Enter, to change it."

    def _all_changed(self) -> None:
        if self._columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._columns) - 1, len(HEADS) - 1))
