"""The table that gives columns their roles: one row per column, a filter, and a menu of roles for the selected rows."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSortFilterProxyModel, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from explorer.config import DataConfig
from explorer.data.imports.roles import ROLE_SETTINGS
from explorer.data.report import ColumnUse, Role
from explorer.ui.data_import.role_model import KINDS, ROLES, RoleModel
from explorer.ui.data_import.role_view import RoleView
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

SINGLE: frozenset[Role] = frozenset(
    role for role in ROLES if not isinstance(getattr(DataConfig(), ROLE_SETTINGS[role]), tuple)
)
"""The roles that one column alone can have."""


class RoleTable(QWidget):
    """The columns of a file and their roles.

    Signals
    -------
    role_chosen : tuple of str, Role or None
        The user gives columns a role; None leaves it to be guessed.
    kind_chosen : tuple of str, str
        The user says of what kind features are; "" leaves it to be guessed.
    """

    role_chosen = Signal(tuple, object)
    kind_chosen = Signal(tuple, str)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.model = RoleModel(self)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self.model)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._proxy.setFilterKeyColumn(-1)
        self._head = QLabel("Columns")
        self._head.setProperty("role", "head")
        self._filter = set_identity(
            QLineEdit(clearButtonEnabled=True), "role_filter", "Show only columns with this text in any cell", "Filter"
        )
        self._filter.setPlaceholderText("Filter")
        self._button = set_identity(
            QToolButton(), "role_button", "Set the role of the selected columns", "Role of the selected columns"
        )
        self._button.setText("Set role")
        self._button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.view = RoleView()
        self.view.setModel(self._proxy)
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill_menu)
        self._button.setMenu(self.menu)
        self._filter.textChanged.connect(self._proxy.setFilterFixedString)
        self.view.menu_wanted.connect(self.menu.popup)
        self.view.selectionModel().selectionChanged.connect(self._on_selection)
        themes.changed.connect(self._apply_theme)
        self._arrange()
        self._apply_theme()

    def show_columns(self, columns: Sequence[ColumnUse], config: DataConfig) -> bool:
        """Show columns with the roles that they have by the settings; return whether they are other columns."""
        others = self.model.show_columns(columns, config)
        if others:
            self._filter.clear()
            self.view.fit_columns()
        self._head.setText(f"{len(columns):,} columns" if len(columns) != 1 else "1 column")
        self._on_selection()
        return others

    def full_height(self) -> int:
        """Return the height, in pixels, at which all rows are visible."""
        header = self.view.horizontalHeader().sizeHint().height()
        rows = self.model.rowCount() * self.view.verticalHeader().defaultSectionSize()
        return rows + header + self._filter.sizeHint().height() + 4 * self.fontMetrics().height()

    def selected(self) -> tuple[str, ...]:
        """Return the names of the selected columns, in the order of the file."""
        rows = {self._proxy.mapToSource(index).row() for index in self.view.selectionModel().selectedRows()}
        return tuple(self.model.name(row) for row in sorted(rows))

    def _arrange(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self._head)
        line.addWidget(self._filter, 1)
        line.addWidget(self._button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self.view, 1)

    @Slot()
    def _on_selection(self) -> None:
        count = len(self.view.selectionModel().selectedRows())
        self._button.setEnabled(count > 0)
        self._button.setText(f"Set role of {count:,}" if count > 1 else "Set role")

    @Slot()
    def _fill_menu(self) -> None:
        names = self.selected()
        rows = [self._proxy.mapToSource(index).row() for index in self.view.selectionModel().selectedRows()]
        roles, kinds = {self.model.role(row) for row in rows}, {self.model.kind(row) for row in rows}
        self.menu.clear()
        self._add(("Guess the &role", "Let the program guess the role"), roles == {None}, self.role_chosen, names, None)
        self.menu.addSeparator()
        for role, (title, tip) in ROLES.items():
            # Attribute and axis begin with the same letter.
            words = ("A&xis" if role == "axis" else f"&{title}", tip)
            entry = self._add(words, roles == {role}, self.role_chosen, names, role)
            entry.setEnabled(len(names) == 1 or role not in SINGLE)
        section = self.menu.addMenu("&Kind of feature")
        section.menuAction().setToolTip("Of what kind the numbers are, which decides their scale and likelihood")
        section.setToolTipsVisible(True)
        guess = ("&Guess the kind", "Let the program guess the kind")
        self._add(guess, kinds == {""}, self.kind_chosen, names, "", section)
        for kind, (title, tip) in KINDS.items():
            self._add((f"&{title}", tip), kinds == {kind}, self.kind_chosen, names, kind, section)

    def _add(
        self,
        words: tuple[str, str],
        checked: bool,
        chosen: SignalInstance,
        names: tuple[str, ...],
        value: str | None,
        menu: QMenu | None = None,
    ) -> QAction:
        """Add an entry that emits ``chosen`` with the names and a value."""
        action = (menu or self.menu).addAction(words[0])
        action.setToolTip(words[1])
        action.setCheckable(True)
        action.setChecked(checked)
        action.triggered.connect(partial(chosen.emit, names, value))
        return action

    @Slot()
    def _apply_theme(self) -> None:
        self.model.set_muted(self._themes.theme.muted)
        self.view.set_arrow(icon("chevron-down", self._themes.theme, self._themes.theme.muted))
