"""Lays the fields of a form out in one or two columns, with room for a why-card below each row."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget
from shiboken6 import isValid

from explorer.ui.fields.fields import Field
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.why_card import WhyCard
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.labels import ROW_GAP

FIELD_TERMS = {
    "latent_dim": "latent_dim",
    "beta": "beta",
    "likelihood": "likelihood",
    "sigma": "likelihood_sigma",
    "covariance": "diagonal",
    "components": "mixture",
    "pseudo_inputs": "mixture",
    "kl_warm_up": "collapse",
    "free_bits": "collapse",
    "log_likelihood": "intractable",
}
"""The terms that settings carry, by the name of the setting. There is no room for a mark beside a long word."""


class TwoColumns(QWidget):
    """Lays fields out in two columns, or in one if narrow; the last field of an odd group spans both."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._marks: dict[Field, WhyMark] = {}
        self._groups: list[list[Field]] = []
        self._hidden: set[Field] = set()
        self._card: tuple[Field, WhyCard] | None = None  # the last one that was opened, and its field
        self._columns = 2
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(ROW_GAP)
        for column in range(2):
            self._grid.setColumnStretch(column, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def clear(self) -> None:
        """Remove all fields without deleting them."""
        for group in self._groups:
            for field in group:
                self._grid.removeWidget(field)
                self._drop_mark(field)
        self._groups, self._hidden = [], set()

    def show_fields(self, groups: Sequence[Sequence[Field]]) -> None:
        """Show these fields, each with a mark if it carries a term."""
        self._groups = [list(group) for group in groups]
        for field in (field for group in self._groups for field in group):
            if term := FIELD_TERMS.get(field.name):
                name, place = f"field_{field.section}_{field.name}", partial(self._put_card, field)
                mark = self._marks[field] = WhyMark(name, term, self._themes, place)
                field.head.addWidget(mark, 0, Qt.AlignmentFlag.AlignVCenter)
        self._arrange()

    def hide_fields(self, hidden: set[Field]) -> None:
        """Show all fields except these, without gaps."""
        concerned = {field for group in self._groups for field in group if field in hidden}
        # Laying out takes time: only for another set of fields.
        if concerned != self._hidden:
            self._hidden = concerned
            self._arrange()

    def minimumSizeHint(self) -> QSize:
        """Return the width of one column, so that the panel can be made narrow."""
        # The grid asks for two columns, as it does not know that there may be one.
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), self._min_column_width()), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Switch between one and two columns."""
        super().resizeEvent(event)
        columns = 2 if event.size().width() >= 2 * self._min_column_width() else 1
        if columns != self._columns:
            self._columns = columns
            self._arrange()
        self._level_rows()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._level_rows()

    def _min_column_width(self) -> int:
        # The longest word of a choice decides when two columns are too narrow.
        return self.fontMetrics().horizontalAdvance("convolutional")

    def _arrange(self) -> None:
        for field in self._hidden:
            self._grid.removeWidget(field)
            field.hide()
        # Adding a widget that the grid already has moves it.
        for row, fields in enumerate(self._rows()):
            for column, field in enumerate(fields):
                # A field without a neighbour in the second column spans both. Every other row is left to cards.
                span = 2 // len(fields)
                self._grid.addWidget(field, 2 * row, column, 1, span, Qt.AlignmentFlag.AlignTop)
                field.show()
        # A card that was closed has left this widget, or is deleted.
        if self._card is not None and isValid(self._card[1]) and self._card[1].parentWidget() is self:
            self._put_card(*self._card)
        self._level_rows()

    def _mark_room(self, field: Field) -> int:
        return self._marks[field].width() + field.head.spacing() if field in self._marks else 0

    def _drop_mark(self, field: Field) -> None:
        if (mark := self._marks.pop(field, None)) is not None:
            # Hidden first, which closes its card.
            mark.hide()
            mark.setParent(None)
            mark.deleteLater()

    def _put_card(self, field: Field, card: WhyCard) -> None:
        """Show a card over the whole width below the row of a field."""
        row = next((row for row, fields in enumerate(self._rows()) if field in fields), None)
        if row is not None:
            self._card = field, card
            self._grid.addWidget(card, 2 * row + 1, 0, 1, 2)
            card.show()

    def _rows(self) -> list[list[Field]]:
        """Return the visible fields row by row; a group begins a new row, and a wide field has its own."""
        rows: list[list[Field]] = []
        for group in self._groups:
            row: list[Field] = []
            for field in (field for field in group if field not in self._hidden):
                if not row or field.wide or len(row) == self._columns or row[-1].wide:
                    row = []
                    rows.append(row)
                row.append(field)
        return rows

    def _level_rows(self) -> None:
        """Set the labels of a row to one height, so that a label of two lines does not push its box out of line."""
        for fields in self._rows():
            width = (self.width() - (len(fields) - 1) * self._grid.horizontalSpacing()) // len(fields)
            height = max(field.label_height(width - self._mark_room(field)) for field in fields)
            for field in fields:
                field.set_label_height(height)
