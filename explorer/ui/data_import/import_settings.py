"""The settings of an import that are no roles of columns, in groups; only those that apply to the file are shown."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from explorer.config import DataConfig, FieldDescription
from explorer.data.imports.roles import ROLE_SETTINGS
from explorer.data.imports.setting_groups import GROUPS, grouped_settings
from explorer.ui.fields.fields import ChoiceField, Field, build_field
from explorer.ui.fields.two_columns import TwoColumns
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity


class ImportSettings(QWidget):
    """Fields for the settings that apply, each with a button that returns it to its default.

    Signals
    -------
    changed : str
        The user changed the setting of this name.
    """

    changed = Signal(str)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._fields: dict[str, Field] = {}
        self._resets: dict[str, QToolButton] = {}
        self._choices: dict[str, tuple[str, ...]] = {}
        self._showing = False
        self._heads: dict[str, QLabel] = {}
        self._blocks: dict[str, TwoColumns] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 6, 0)
        for title in GROUPS:
            head = self._heads[title] = QLabel(title)
            head.setProperty("role", "head")
            block = self._blocks[title] = TwoColumns(themes)
            layout.addWidget(head)
            layout.addWidget(block)
            head.hide()
            block.hide()
        layout.addStretch(1)
        themes.changed.connect(self._apply_theme)

    def field(self, name: str) -> Field:
        """Return the field of a setting that applies."""
        return self._fields[name]

    def show_settings(self, config: DataConfig, names: Sequence[str], choices: Mapping[str, tuple[str, ...]]) -> None:
        """Show the values of the settings that apply.

        Parameters
        ----------
        choices
            What some settings can be chosen from, by name: arrays, sheets.
        """
        groups = dict(grouped_settings([name for name in names if name not in ROLE_SETTINGS.values()]))
        wanted = {each.name: choices.get(each.name, ()) for group in groups.values() for each in group}
        self._showing = True
        if wanted != self._choices:
            self._build(groups, wanted)
        values = vars(config)
        for name, field in self._fields.items():
            if field.value != values[name] and not field.problem:
                field.set_value(values[name])
            self._resets[name].setVisible(values[name] != field.description.default)
        hidden = {field for field in self._fields.values() if not field.description.matters(values)}
        for title, block in self._blocks.items():
            block.hide_fields(hidden)
            # A head above nothing is hidden, too.
            self._heads[title].setVisible(any(self._fields[each.name] not in hidden for each in groups.get(title, ())))
        self._showing = False

    def _build(self, groups: Mapping[str, Sequence[FieldDescription]], choices: dict[str, tuple[str, ...]]) -> None:
        """Make the fields, but keep those that stay as they are: one may have the focus."""
        kept = {name: field for name, field in self._fields.items() if choices.get(name) == self._choices[name]}
        for block in self._blocks.values():
            block.clear()
        for name in [name for name in self._fields if name not in kept]:
            field = self._fields.pop(name)
            del self._resets[name]
            field.hide()
            field.deleteLater()
        self._choices = choices
        self._fields = {}
        for title, block in self._blocks.items():
            group = {each.name: kept.get(each.name) or self._new_field(each) for each in groups.get(title, ())}
            self._fields |= group
            block.show_fields([list(group.values())])
            block.setVisible(bool(group))
        self._apply_theme()

    def _new_field(self, description: FieldDescription) -> Field:
        names = self._choices[description.name]
        if names and not description.is_list:
            listed = [("", "Auto"), *((name, name) for name in names)]
            field: Field = ChoiceField("data", description, choices=listed)
        else:
            field = build_field("data", description)
            if isinstance(field.editor, QLineEdit) and description.default == "":
                field.editor.setPlaceholderText("Auto")
        reset = self._resets[description.name] = QToolButton()
        set_identity(reset, f"data_{description.name}_reset", f"Back to the default: {description.label}")
        reset.setProperty("kind", "inline")
        reset.clicked.connect(partial(self._reset, field))
        field.head.addWidget(reset)
        field.changed.connect(partial(self._on_changed, description.name))
        return field

    def _reset(self, field: Field) -> None:
        field.set_value(field.description.default)
        field.editor.setFocus()

    def _on_changed(self, name: str) -> None:
        if not self._showing and name in self._fields:
            self.changed.emit(name)

    @Slot()
    def _apply_theme(self) -> None:
        for reset in self._resets.values():
            reset.setIcon(icon("undo", self._themes.theme))
