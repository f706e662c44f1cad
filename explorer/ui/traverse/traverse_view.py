"""The table of a traversal: paints the rows in view, and reports pointed cells, choices and new names.

1. `show_table` sets sections, names and choices; `_arrange` fits the columns and stacks the lines.
2. Whenever other rows come into view, `rows_wanted` says which.
3. The mouse and the arrow keys point at a cell; a click or Enter chooses it. A click beside the cells chooses a row.
4. A double click on a name, or F2, opens a field in its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from explorer.data.dataset import Description
from explorer.latent.directions.sections import Section
from explorer.latent.directions.traversal import TraversalRow
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.traverse.name_field import NameField
from explorer.ui.traverse.traverse_hits import cell_under, line_of, line_under, sticky_section, tip_of
from explorer.ui.traverse.traverse_layout import (
    HEAD,
    INSET,
    Stack,
    TableColumns,
    TableLine,
    content_height,
    fit_columns,
    lay_out,
    rows_in_view,
)
from explorer.ui.traverse.traverse_painter import Table, TablePainter, TraversalCell, cell_box, key_of, notes_height
from explorer.ui.traverse.traverse_questions import FEW_DIRECTIONS, ShownSection
from explorer.ui.traverse.traverse_words import SECTIONS, cell_words, dimension_of
from explorer.ui.widgets.identity import set_identity

FIRST_ROWS = 12
"""Number of rows of latent dimensions that are asked for before their number is known."""
TITLE = "Decodes along directions through the probe"


class TraverseView(QAbstractScrollArea):
    """Shows the table.

    Signals
    -------
    rows_wanted : dict
        The rows in view: the first and their number for each section.
    pointed : TraversalCell or None
        The cell under the mouse, or chosen by the keys.
    cell_chosen : TraversalCell
        The probe is to move there.
    row_chosen : str
        The key of a row.
    named : int, str
        A latent dimension, by its index, gets a name.
    menu_wanted : str, QPoint
        A menu of a row at a point of the screen.
    """

    rows_wanted = Signal(object)
    pointed = Signal(object)
    cell_chosen = Signal(object)
    row_chosen = Signal(str)
    named = Signal(int, str)
    menu_wanted = Signal(str, QPoint)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        set_identity(self, "traverse_table", accessible=TITLE)
        self.viewport().setObjectName("traverse_cells")
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        # Steps are left out instead, so that the probe stays in the middle.
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._painter = TablePainter(themes)
        self._table: Table | None = None
        self._steps = 0
        self._with_difference = "none"
        self._why_no_name = ""
        self._wanted: object = None
        self._field = NameField(self.viewport())
        self._field.named.connect(self.named)
        self._field.ended.connect(self.setFocus)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        themes.changed.connect(self._arrange)

    # What is shown

    @property
    def table(self) -> Table | None:
        """The painted table; None before `show_table`."""
        return self._table

    @property
    def cell(self) -> TraversalCell | None:
        """The cell that is pointed at."""
        return None if self._table is None else self._table.pointed

    def show_table(
        self, sections: Mapping[Section, ShownSection], description: Description, names: Mapping[int, str], chosen: str,
        difference: str, steps: int, notes: Mapping[Section, tuple[str, ...]], why_no_name: str = "",
    ) -> None:  # fmt: skip
        """Show decoded rows.

        Parameters
        ----------
        names
            Names of latent dimensions by their index.
        chosen
            The key of the chosen row.
        difference
            "none", "row" or "all": which rows have a second line.
        notes
            Notes below each section.
        why_no_name
            Why dimensions cannot be named; "" if they can.
        """
        self._steps, self._with_difference, self._why_no_name = steps, difference, why_no_name
        pointed = self.cell
        columns = (
            TableColumns(0, 0, 0, 0, 0, 0, 0, 1, 1, 1, (), 0, 0, 0, 0, 1)
            if self._table is None
            else self._table.columns
        )
        self._table = Table(columns, (), sections, description, names, notes, chosen, pointed)
        # Rows of earlier runs would keep their pictures for as long as the window is open.
        self._painter.pictures.keep_only(key for shown in sections.values() for key in shown.keys)
        self._arrange()

    def row(self, key: str) -> TraversalRow | None:
        """Return the decoded row with a key."""
        found = [] if self._table is None else list(self._table.sections.values())
        return next((shown.decoded[key][0] for shown in found if key in shown.decoded), None)

    def point_at(self, cell: TraversalCell | None) -> None:
        """Point at a cell, or at none."""
        if self._table is None or cell == self._table.pointed:
            return
        self._change_table(pointed=cell)
        row = None if cell is None else self.row(cell.key)
        # A painted cell is no widget that a screen reader could find.
        self.viewport().setAccessibleDescription("" if row is None or cell is None else cell_words(row, cell.step))
        self.pointed.emit(cell)

    def begin_naming(self, key: str) -> None:
        """Open a field in the place of the name of a dimension, if it can be named."""
        index, table = dimension_of(key), self._table
        line = None if table is None else line_of(table, key)
        if index is None or table is None or line is None or self._why_no_name:
            return
        self._reveal(line)
        columns, inset = table.columns, 4 * self._themes.scale
        area = QRectF(columns.name - inset, line.top - self._scrolled, columns.measure - columns.name, line.height)
        self._field.open(index, table.names.get(index, ""), area)

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in view."""
        table = self._table
        if table is None:
            return
        with QPainter(self.viewport()) as painter:
            area = QRectF(self.viewport().rect())
            self._painter.paint(painter, table, area, self._scrolled, self.devicePixelRatioF())
            if (section := sticky_section(table, self._scrolled)) is not None:
                self._painter.paint_sticky_head(painter, table, section, HEAD * self._themes.scale)
            # With a cell chosen, its outline shows where the keys work.
            if self.hasFocus() and table.pointed is None:
                painter.setPen(QPen(QColor(self._themes.theme.accent), 1, Qt.PenStyle.DotLine))
                painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns to the new size."""
        super().resizeEvent(event)
        self._arrange()

    def viewportEvent(self, event: QEvent) -> bool:
        """Show the tooltip of the line under the mouse, and forget the cell when the mouse leaves."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        if event.type() == QEvent.Type.Leave:
            self.point_at(None)
        return super().viewportEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the cell under the mouse."""
        cell = self.cell_at(event.position())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if cell else Qt.CursorShape.ArrowCursor)
        self.point_at(cell)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell or the row at the mouse."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        cell, key = self.cell_at(event.position()), self.key_at(event.position())
        if cell is not None:
            self.cell_chosen.emit(cell)
        elif key:
            self.row_chosen.emit(key)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Name the dimension whose name is at the mouse."""
        table, x = self._table, event.position().x()
        if table is not None and x < table.columns.measure and (key := self.key_at(event.position())):
            self.begin_naming(key)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the row at the mouse."""
        if key := self.key_at(QPointF(self.viewport().mapFromGlobal(event.globalPos()))):
            self.menu_wanted.emit(key, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from cell to cell by the arrow keys; Enter moves the probe, F2 names the dimension, Esc leaves."""
        key, cell = event.key(), self.cell
        keys = ("Left", "Right", "Up", "Down", "Home", "End", "PageUp", "PageDown")
        moves = {int(getattr(Qt.Key, f"Key_{name}")): name for name in keys}
        # The arrows of the number pad come with a modifier, and Alt with an arrow is an action of the window.
        if key in moves and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._move(moves[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and cell is not None:
            self.cell_chosen.emit(cell)
        elif key == Qt.Key.Key_F2 and self._table is not None:
            self.begin_naming(self._table.chosen if cell is None else cell.key)
        elif key == Qt.Key.Key_Escape and cell is not None:
            self.point_at(None)
        elif key == Qt.Key.Key_Menu and (at := self._corner_of_pointed()) is not None and cell is not None:
            self.menu_wanted.emit(cell.key, self.viewport().mapToGlobal(at))
        else:
            # Not to QAbstractScrollArea, which would swallow the arrow keys.
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget the cell that the keys chose."""
        super().focusOutEvent(event)
        # Its own menu and another window are no reason to forget the cell: the focus comes back.
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.point_at(None)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keys work here."""
        super().focusInEvent(event)
        self.viewport().update()

    def minimumSizeHint(self) -> QSize:
        """Return a size in pixels for the head and one row."""
        em = self.fontMetrics().height()
        return QSize(16 * em, round(HEAD * self._themes.scale) + 2 * em)

    # What is where

    def cell_at(self, position: QPointF) -> TraversalCell | None:
        """Return the cell at a position of the viewport."""
        return None if self._table is None else cell_under(self._table, self._line_at(position), position.x())

    def key_at(self, position: QPointF) -> str:
        """Return the key of the row at a position of the viewport, or ""."""
        table, line = self._table, self._line_at(position)
        return "" if table is None or line is None else key_of(table, line)

    def cell_rect(self, cell: TraversalCell) -> QRect | None:
        """Return where a cell is in the viewport; None if it is not shown."""
        box = None if self._table is None else cell_box(self._table, cell)
        return None if box is None else box.translated(0, -self._scrolled).toAlignedRect()

    def tip_at(self, position: QPointF) -> str:
        """Return the tooltip of a position of the viewport."""
        line = self._line_at(position)
        return "" if self._table is None else tip_of(self._table, line, position.x(), self._why_no_name)

    @property
    def _scrolled(self) -> float:
        return float(self.verticalScrollBar().value())

    def _line_at(self, position: QPointF) -> TableLine | None:
        table = self._table
        return None if table is None else line_under(table, position, self._scrolled, self._themes.scale)

    def _corner_of_pointed(self) -> QPoint | None:
        cell = self.cell
        box = None if cell is None else self.cell_rect(cell)
        return None if box is None else box.bottomLeft()

    # Changes

    def _change_table(self, **changes: object) -> None:
        assert self._table is not None
        self._table = replace(self._table, **changes)  # type: ignore[arg-type]
        self.viewport().update()

    @Slot()
    def _arrange(self) -> None:
        """Fit the columns and stack the lines."""
        table = self._table
        if table is None:
            return
        scale, view = self._themes.scale, self.viewport()
        stacks = [self._stack(table, section, view.width()) for section in SECTIONS]
        shown = [stack for stack in stacks if stack is not None]
        pictures = table.description.kind == "image"
        columns = fit_columns(view.width(), view.height(), self._steps, shown, scale=scale, pictures=pictures)
        lines = lay_out(shown, columns, scale)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, round(content_height(lines) - view.height())))
        bar.setPageStep(view.height())
        bar.setSingleStep(round(columns.row_height))
        self._change_table(columns=columns, lines=lines)
        self._want()

    def _stack(self, table: Table, section: Section, width: int) -> Stack | None:
        shown = table.sections[section]
        keys = shown.keys
        if shown.answer is None and not shown.why:
            if section != "dimensions":
                return Stack(section, ("",) * FEW_DIRECTIONS) if section != "vectors" else None
            keys = ("",) * FIRST_ROWS
        rows: Sequence[str] = {"none": (), "row": (table.chosen,), "all": keys}[self._with_difference]
        notes = tuple(
            notes_height(note, width - 2 * INSET * self._themes.scale) for note in table.notes.get(section, ())
        )
        if not keys and not notes:
            return None
        return Stack(section, keys, frozenset(key for key in rows if key), notes)

    @Slot()
    def _on_scrolled(self) -> None:
        # The field does not move with the rows, so scrolling ends the naming.
        self._field.clearFocus()
        self.viewport().update()
        self._want()

    def _want(self) -> None:
        table = self._table
        if table is None or not self.isVisible():
            return
        top = self._scrolled
        wanted = rows_in_view(table.lines, top, top + self.viewport().height())
        self.rows_wanted.emit(wanted)

    def _move(self, name: str) -> None:
        """Point at the next cell in a direction; at first at the probe in the chosen row."""
        table = self._table
        lines = [] if table is None else [line for line in table.lines if line.kind == "row" and key_of(table, line)]
        if table is None or not lines:
            return
        steps, cell = table.columns.steps, table.pointed
        keys = [key_of(table, line) for line in lines]
        if cell is None or cell.key not in keys or cell.step not in steps:
            at, column = keys.index(table.chosen) if table.chosen in keys else 0, table.columns.centre
        else:
            page = max(1, int(self.viewport().height() // table.columns.row_height) - 1)
            down = {"Up": -1, "Down": 1, "PageUp": -page, "PageDown": page}.get(name, 0)
            across = {"Left": -1, "Right": 1, "Home": -len(steps), "End": len(steps)}.get(name, 0)
            at = min(max(keys.index(cell.key) + down, 0), len(keys) - 1)
            column = min(max(steps.index(cell.step) + across, 0), len(steps) - 1)
        self._reveal(lines[at])
        # Not decoded yet: it will be once it is in view.
        if self.row(keys[at]) is not None:
            self.point_at(TraversalCell(keys[at], steps[column]))

    def _reveal(self, line: TableLine) -> None:
        """Scroll so that a line is in view below the head."""
        bar, head = self.verticalScrollBar(), HEAD * self._themes.scale
        if line.top - head < bar.value():
            bar.setValue(int(line.top - head))
        elif line.top + line.height > bar.value() + self.viewport().height():
            bar.setValue(int(line.top + line.height - self.viewport().height()) + 1)
