"""The form of own input for a row of a table: a field for each column, filled with its usual value."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from explorer.data.dataset import Description
from explorer.data.own_input.row_input import Category, columns_of
from explorer.data.own_input.sources import RowSource
from explorer.ui.state.asker import Asker
from explorer.ui.state.rest_timer import RestTimer
from explorer.ui.widgets.identity import set_identity

MAX_FIELDS = 200
"""Columns that have a field; the others are filled with their median."""
REST = 200
"""Milliseconds after the last letter until a row is encoded."""
WORDS = {"yes/no": ("yes", "no")}


class RowEditor(QWidget):
    """A field for each column: categories are lists, numbers are typed; an empty field is filled with the median.

    Signals
    -------
    edited : RowSource
        The row changed.
    """

    edited = Signal(object)

    def __init__(self, asker: Asker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields: dict[str, QLineEdit | QComboBox] = {}
        self._data = ""
        self._rest = RestTimer(asker, REST, self)
        self._rest.timeout.connect(self._announce)
        self._more = set_identity(QLabel(wordWrap=True), "own_input_more_columns", accessible="Columns without a field")
        self._more.setProperty("role", "muted")
        self._scroll = set_identity(QScrollArea(widgetResizable=True), "own_input_row_scroll", accessible="Columns")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._more)

    @property
    def source(self) -> RowSource:
        """The row, without the fields that are empty."""
        cells = ((name, self._text(field)) for name, field in self._fields.items())
        return RowSource(tuple((name, text) for name, text in cells if text), missing="median")

    def fit_to(self, description: Description, usual: tuple[tuple[str, str], ...]) -> None:
        """Show a field for each column, with its usual value; what was typed for the same data stays."""
        if self._data == description.fingerprint and (not usual or self._fields):
            self._fill(usual)
            return
        # Another form for other columns; the old one goes with the widget of the scroll area.
        self._data, self._fields = description.fingerprint, {}
        inner = QWidget()
        form = QFormLayout(inner)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        columns = columns_of(description)
        kinds = description.feature_kinds
        for number, (name, column) in enumerate(list(columns.items())[:MAX_FIELDS]):
            words = column.words if isinstance(column, Category) else WORDS.get(kinds[column] if kinds else "", ())
            field = self._field(f"own_input_field_{number}", name, words)
            form.addRow(name, field)
            self._fields[name] = field
        self._scroll.setWidget(inner)
        rest = len(columns) - len(self._fields)
        self._more.setText(f"{rest:,} more columns are filled with their medians." if rest > 0 else "")
        self._more.setVisible(rest > 0)
        self._fill(usual)

    def show_row(self, source: RowSource) -> None:
        """Show a row that was typed before."""
        for name, text in source.cells:
            if name in self._fields:
                self._set(self._fields[name], text)
        self._rest.stop()

    def _fill(self, usual: tuple[tuple[str, str], ...]) -> None:
        for name, text in usual:
            field = self._fields.get(name)
            if isinstance(field, QLineEdit):
                # Shown in an empty field: the value that fills it.
                field.setPlaceholderText(text)
            # What the user has typed meanwhile stays.
            if field is not None and not self._text(field):
                self._set(field, text)
        # The usual values are no input of the user.
        self._rest.stop()

    def _field(self, name: str, column: str, words: tuple[str, ...]) -> QLineEdit | QComboBox:
        tip = f"Value of {column}"
        if not words:
            edit = set_identity(QLineEdit(), name, f"{tip}; empty for the median", column)
            edit.textChanged.connect(self._rest.begin)
            return edit
        box = set_identity(QComboBox(), name, tip, column)
        box.addItems(list(words))
        # No category until the user or the data name one: the first of the list is not the usual one.
        box.setCurrentIndex(-1)
        box.setMinimumContentsLength(4)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.currentIndexChanged.connect(self._rest.begin)
        return box

    def _text(self, field: QLineEdit | QComboBox) -> str:
        return (field.text() if isinstance(field, QLineEdit) else field.currentText()).strip()

    def _set(self, field: QLineEdit | QComboBox, text: str) -> None:
        if isinstance(field, QLineEdit):
            field.setText(text)
        else:
            field.setCurrentIndex(field.findText(text))

    @Slot()
    def _announce(self) -> None:
        self.edited.emit(self.source)
