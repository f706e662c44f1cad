"""The table of a comparison: runs are columns; settings that differ, then figures, are rows."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from explorer.export.comparison import Cell, Comparison, ComparisonLine
from explorer.jobs.runs.compare_runs import NOT_SET
from explorer.latent.evaluation.figure_text import note_text
from explorer.rendering.theme import Theme
from explorer.ui.widgets.identity import set_identity

HEADS = {"setting": "SETTINGS", "figure": "FIGURES OF THE TEST SPLIT"}
STAR = "★ "


class ComparisonTable(QTableWidget):
    """Draws a `Comparison`; cells that stay as they were are left alone, so that it can follow a training."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "comparison_table", accessible="Comparison of the runs in view")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self._lines: list[ComparisonLine | None] = []
        self._heads: list[str] = []
        self._theme: Theme | None = None

    def line_at(self, row: int) -> ComparisonLine | None:
        """Return the line of a row; None for a head."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def show_comparison(self, comparison: Comparison, theme: Theme, *, all_settings: bool) -> None:
        """Draw what differs from what is shown."""
        lines = _with_heads(comparison.shown(all_settings=all_settings))
        heads = ["", *(f"{run}\n{family}" for run, family in zip(comparison.runs, comparison.families, strict=True))]
        anew = theme != self._theme or _layout(lines) != _layout(self._lines) or self.columnCount() != len(heads)
        before, self._lines, self._theme = self._lines, lines, theme
        if anew:
            self.clearSpans()
            self.setColumnCount(len(heads))
            self.setRowCount(len(lines))
        self._heads = heads
        self._write_heads()
        for row, line in enumerate(lines):
            if anew or line != before[row]:
                self._fill(row, line, theme)
        if anew or any(len(str(one)) != len(str(other)) for one, other in zip(before, lines, strict=True)):
            self._size()
            self._write_heads()

    def _fill(self, row: int, line: ComparisonLine | None, theme: Theme) -> None:
        if line is None:
            kind = next(after.kind for after in self._lines[row + 1 :] if after is not None)
            self.setSpan(row, 0, 1, self.columnCount())
            self.setItem(row, 0, _head_item(HEADS[kind], theme))
            return
        self.setItem(row, 0, _title_item(line, theme))
        for column, cell in enumerate(line.cells, start=1):
            self.setItem(row, column, _cell_item(line, cell, theme))

    def _size(self) -> None:
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        for column in range(1, self.columnCount()):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(self.fontMetrics().horizontalAdvance("m" * 10))
        self.resizeRowsToContents()

    def resizeEvent(self, event: object) -> None:
        """Let words that wrap have their room."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._write_heads()
        self.resizeRowsToContents()

    def _write_heads(self) -> None:
        """Elide each line of a column's head by itself, which a header does not; the tooltip has all of it."""
        header = self.horizontalHeader()
        metrics = QFontMetrics(_bold(header.font()))
        for column, head in enumerate(self._heads[: self.columnCount()]):
            room = header.sectionSize(column) - metrics.horizontalAdvance("mm")
            lines = [metrics.elidedText(line, Qt.TextElideMode.ElideMiddle, room) for line in head.split("\n")]
            item = QTableWidgetItem("\n".join(lines))
            item.setToolTip(head)
            self.setHorizontalHeaderItem(column, item)


def _with_heads(lines: Sequence[ComparisonLine]) -> list[ComparisonLine | None]:
    found: list[ComparisonLine | None] = []
    kind = ""
    for line in lines:
        if line.kind != kind:
            found.append(None)
            kind = line.kind
        found.append(line)
    return found


def _layout(lines: Sequence[ComparisonLine | None]) -> list[str]:
    return ["" if line is None else line.name for line in lines]


def _head_item(text: str, theme: Theme) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    item.setForeground(QColor(theme.muted))
    item.setFont(_bold())
    return item


def _title_item(line: ComparisonLine, theme: Theme) -> QTableWidgetItem:
    item = QTableWidgetItem(line.title)
    item.setToolTip("See its definition below")
    if line.kind == "setting" and not line.differs:
        item.setForeground(QColor(theme.muted))
    return item


def _cell_item(line: ComparisonLine, cell: Cell, theme: Theme) -> QTableWidgetItem:
    unit = f" {line.unit}" if line.kind == "figure" and not cell.absent and not line.unit.startswith("share") else ""
    item = QTableWidgetItem(f"{STAR if cell.better else ''}{note_text(cell.text) if cell.absent else cell.text}{unit}")
    if cell.absent or cell.text == NOT_SET or (line.kind == "setting" and not line.differs):
        item.setForeground(QColor(theme.muted))
    if cell.better:
        item.setForeground(QColor(theme.good))
        item.setFont(_bold())
        item.setToolTip("Better than another run by more than the error")
    if line.kind == "setting" and line.differs:
        item.setBackground(QColor(theme.accent_quiet))
    return item


def _bold(like: QFont | None = None) -> QFont:
    font = QFont(like) if like is not None else QFont()
    font.setBold(True)
    return font
