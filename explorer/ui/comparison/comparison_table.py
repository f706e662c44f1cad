"""The comparison of the runs in view: computed, saved, and drawn as a table.

Runs are columns; rows are the settings that differ, then the figures.
"""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from explorer.export.comparison import Cell, Comparison, ComparisonLine, save_comparison
from explorer.jobs.runs.compare_runs import NOT_SET, compare, compared_run
from explorer.latent.evaluation.figure_text import note_text
from explorer.latent.information.discrete import NATS, Unit
from explorer.rendering.theme import Theme
from explorer.ui.curves.legend import run_names
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.run_mark import mark_pixmap
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.saving import ask_path

FOLLOW_MILLISECONDS = 200
"""Minimum interval between comparisons: while runs train, their settings and steps change often."""


def keys_in_view(state: AppState) -> tuple[str, ...]:
    """Return the keys of the open runs in panes, from left to right, each once."""
    shown = dict.fromkeys(pane.run for pane in state.session.view.panes)
    return tuple(key for key in shown if key in state.store.runs)


def comparison_in_view(state: AppState, *, by_title: bool = True, unit: Unit | None = None) -> Comparison:
    """Compare the runs in view by the figures of their present weights, in the unit shown unless another is given.

    ``by_title``: runs of one experiment go by what they keep of the loss, as everywhere in the window, not by folder.
    """
    opened = [state.store.runs[key] for key in keys_in_view(state)]
    names = run_names(opened) if by_title else tuple(run.name for run in opened)
    runs = []
    for run, name in zip(opened, names, strict=True):
        key = run.key
        # After another training step the stored figures belong to older weights.
        run = run if state.figures.of(key) is not None else replace(run, figures=None)
        runs.append(replace(compared_run(run, state.figures.waiting_words(key) or "not measured yet"), name=name))
    return compare(runs, unit or state.units.unit)


KINDS = {"csv": "CSV table", "md": "Markdown table"}


def save_comparison_in_view(state: AppState, parent: QWidget, *, all_settings: bool = False) -> None:
    """Ask for a file and save the comparison of the runs in view in the background."""
    if not keys_in_view(state):
        state.messages.notify("Nothing to compare yet: open a run first")
        return
    path = ask_path(parent, "Save comparison", "comparison.csv", KINDS)
    if path is not None:
        # Compared now: the panes may change while the task waits.
        found = comparison_in_view(state, by_title=False, unit=NATS)
        state.tasks.save(path, lambda _: save_comparison(path, found, all_settings=all_settings))


HEADS = {"setting": "Settings", "figure": "Figures of the test split"}
STAR = "★ "
COUNTS, DOES_NOT_COUNT = ", which counts at the level of 5 %", ", which does not count at the level of 5 %"
MAX_UNIT = 12
"""Maximum letters of a unit that is next to the title of its line."""


class ComparisonTable(QTableWidget):
    """Draws a `Comparison`; unchanged cells are left alone, so that the table can follow a training."""

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
        # The tab key moves to the next widget, not through hundreds of cells.
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self._lines: list[ComparisonLine | None] = []  # None for a head between the kinds of rows
        self._heads: list[str] = []
        self._differences: tuple[str, ...] = ()  # headings of the differences of the second run, the third, …
        self._marks: tuple[int | None, ...] = ()
        self._theme: Theme | None = None

    def line_at(self, row: int) -> ComparisonLine | None:
        """Return the line of a row; None for a head."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def show_comparison(
        self, comparison: Comparison, theme: Theme, *, all_settings: bool, marks: Sequence[int | None] = ()
    ) -> None:
        """Draw the changes since the last comparison; ``marks`` are those of the runs, in the order of the columns."""
        self._marks = tuple(marks)
        self._differences = comparison.difference_heads
        lines = _with_heads(comparison.shown(all_settings=all_settings))
        heads = ["", *(f"{run}\n{family}" for run, family in zip(comparison.runs, comparison.families, strict=True))]
        # Another layout or theme concerns every cell; otherwise only changed lines are written.
        rebuild = theme != self._theme or _layout(lines) != _layout(self._lines) or self.columnCount() != len(heads)
        before, self._lines, self._theme = self._lines, lines, theme
        if rebuild:
            # Spans of the old heads would swallow cells of the new layout.
            self.clearSpans()
            self.setColumnCount(len(heads))
            self.setRowCount(len(lines))
        self._heads = heads
        self._write_heads()
        for row, line in enumerate(lines):
            if rebuild or line != before[row]:
                self._fill(row, line, theme)
        # Sizing the rows is slow. A text of another length is the only change that can need another height.
        if rebuild or any(len(str(one)) != len(str(other)) for one, other in zip(before, lines, strict=True)):
            self._size()
            self._write_heads()

    def _fill(self, row: int, line: ComparisonLine | None, theme: Theme) -> None:
        if line is None:
            # A head belongs to the lines that follow it.
            kind = next(after.kind for after in self._lines[row + 1 :] if after is not None)
            self.setSpan(row, 0, 1, self.columnCount())
            self.setItem(row, 0, _head_item(HEADS[kind], theme))
            return
        self.setItem(row, 0, _title_item(line, theme))
        for column, cell in enumerate(line.cells, start=1):
            item = _cell_item(line, cell, theme)
            item.setToolTip(self._tooltip(column, cell))
            self.setItem(row, column, item)

    def _tooltip(self, column: int, cell: Cell) -> str:
        """Return why a value is marked, and its difference from the first run with the error that decides."""
        marked = "Better than another run by more than the error" if cell.better else ""
        if cell.difference is None:
            return marked
        verdict = "" if cell.difference.why_unknown else COUNTS if cell.difference.counts else DOES_NOT_COUNT
        text = f"{self._differences[column - 2]}: {cell.difference_text}{verdict}"
        return f"{marked}. {text}" if marked else text

    def _size(self) -> None:
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        for column in range(1, self.columnCount()):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(self.fontMetrics().horizontalAdvance("m" * 10))
        self.resizeRowsToContents()

    def resizeEvent(self, event: object) -> None:
        """Size the rows to the wrapped texts at the new width."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._write_heads()
        self.resizeRowsToContents()

    def _write_heads(self) -> None:
        """Elide each line of a column's head by itself, which Qt does not; the tooltip has the full text."""
        header = self.horizontalHeader()
        # Headers are bold in the style sheet, which their own font does not show.
        metrics = QFontMetrics(_bold(header.font()))
        for column, head in enumerate(self._heads[: self.columnCount()]):
            has_mark = 0 < column <= len(self._marks) and self._theme is not None
            side = metrics.height()
            room = header.sectionSize(column) - metrics.horizontalAdvance("mm") - (3 * side // 2 if has_mark else 0)
            lines = [metrics.elidedText(line, Qt.TextElideMode.ElideMiddle, room) for line in head.split("\n")]
            item = QTableWidgetItem("\n".join(lines))
            item.setToolTip(head)
            if has_mark and self._theme is not None:
                pixmap = mark_pixmap(self._marks[column - 1], self._theme, side, self.devicePixelRatioF())
                item.setIcon(QIcon(pixmap))
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
    item = QTableWidgetItem(_title_with_unit(line))
    item.setToolTip("See its definition below")
    if line.kind == "setting" and not line.differs:
        item.setForeground(QColor(theme.muted))
    return item


def _title_with_unit(line: ComparisonLine) -> str:
    """Return the title of a line with its unit, which would be cut in the cells of a narrow column."""
    # The title of a share already says its unit.
    if line.kind != "figure" or not line.unit or line.unit.startswith("share"):
        return line.title
    # A long unit has a line of its own, or the first column would take the room of the others.
    return f"{line.title} ({line.unit})" if len(line.unit) <= MAX_UNIT else f"{line.title}\n{line.unit}"


def _cell_item(line: ComparisonLine, cell: Cell, theme: Theme) -> QTableWidgetItem:
    item = QTableWidgetItem(f"{STAR if cell.better else ''}{note_text(cell.text) if cell.absent else cell.text}")
    if cell.absent or cell.text == NOT_SET or (line.kind == "setting" and not line.differs):
        item.setForeground(QColor(theme.muted))
    if cell.better:
        item.setForeground(QColor(theme.good))
        item.setFont(_bold())
    if line.kind == "setting" and line.differs:
        item.setBackground(QColor(theme.accent_quiet))
    return item


def _bold(like: QFont | None = None) -> QFont:
    font = QFont(like) if like is not None else QFont()
    font.setBold(True)
    return font
