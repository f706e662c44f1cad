"""The overlap of the classes by pairs: a table of shares, shaded by how large they are."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QLabel, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from explorer.latent.evaluation.overlap_text import Matrix, as_array, overlap_words, percent
from explorer.rendering.theme import Theme
from explorer.ui.widgets.identity import set_identity

EXPLAINED = (
    "Each row is a class. Off the diagonal: the share of its samples whose neighbours are mostly "
    "of another class, by that class. The diagonal is the rest; each row adds up to 100 %."
)


class OverlapView(QWidget):
    """Words above the table: the pair that overlaps most."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = set_identity(QLabel(wordWrap=True), "overlap_words", accessible="The largest overlap")
        self._table = set_identity(QTableWidget(), "overlap_matrix", EXPLAINED, "Overlap by pairs of classes")
        self._table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self._note = set_identity(QLabel(EXPLAINED, wordWrap=True), "overlap_note", accessible="How to read it")
        self._note.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._words, self._table, self._note):
            column.addWidget(widget)

    @property
    def words(self) -> str:
        """What is said above the table."""
        return self._words.text()

    def show_matrix(self, matrix: Matrix | None, names: Sequence[str], why_not: str, theme: Theme) -> None:
        """Show shares by pairs of classes, or why there are none."""
        self._table.setVisible(matrix is not None)
        self._note.setVisible(matrix is not None)
        if matrix is None:
            self._words.setText(why_not)
            return
        self._words.setText(overlap_words(matrix, names))
        self._fill(as_array(matrix), names, theme)

    def _fill(
        self, shares: np.ndarray[tuple[int, ...], np.dtype[np.float64]], names: Sequence[str], theme: Theme
    ) -> None:
        table, count = self._table, len(shares)
        table.setRowCount(count)
        table.setColumnCount(count)
        table.setHorizontalHeaderLabels(list(names))
        table.setVerticalHeaderLabels(list(names))
        for row in range(count):
            for column in range(count):
                table.setItem(row, column, _item(shares[row, column], row == column, names[row], names[column], theme))
        width = table.fontMetrics().horizontalAdvance("100 %") + table.fontMetrics().height()
        table.horizontalHeader().setMinimumSectionSize(width)
        table.horizontalHeader().setSectionResizeMode(
            QHeaderView.ResizeMode.Stretch if count <= 12 else QHeaderView.ResizeMode.ResizeToContents
        )
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)


def _item(share: float, is_diagonal: bool, one: str, other: str, theme: Theme) -> QTableWidgetItem:
    if np.isnan(share):
        item = QTableWidgetItem("–")
        item.setToolTip(f"The split has no sample of “{one}”")
    else:
        item = QTableWidgetItem(percent(share) if share > 0 else "·")
        among = "their own class" if is_diagonal else f"“{other}”"
        item.setToolTip(f"{100 * share:.1f} % of the samples of “{one}” lie among {among}")
    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
    item.setForeground(QColor(theme.muted if is_diagonal or not share > 0 else theme.text))
    if not is_diagonal and share > 0:
        shade = QColor(theme.accent)
        # Text stays readable on the deepest shade.
        shade.setAlphaF(min(0.45, 0.08 + 0.9 * float(share)))
        item.setBackground(shade)
    return item
