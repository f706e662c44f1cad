"""Finds the line and the cell at a position of the viewport of the scrolled table."""

from PySide6.QtCore import QPointF

from explorer.latent.directions.sections import Section
from explorer.ui.traverse.traverse_layout import HEAD, TableLine, line_at
from explorer.ui.traverse.traverse_painter import Table, TraversalCell, key_of, row_of
from explorer.ui.traverse.traverse_questions import ShownSection
from explorer.ui.traverse.traverse_words import NOT_A_DIMENSION, cell_words, dimension_of, name_tip


def sticky_section(table: Table, scrolled: float) -> Section | None:
    """Return the section whose head stays at the top, as its own is scrolled away; None if no head is."""
    heads = [line for line in table.lines if line.kind == "head" and line.top < scrolled]
    # The last of those above the top edge is that of the rows in view.
    return heads[-1].section if heads else None


def line_under(table: Table, position: QPointF, scrolled: float, scale: float) -> TableLine | None:
    """Return the line at a position; a head that stays at the top covers what is below it."""
    sticky = sticky_section(table, scrolled)
    if sticky is not None and position.y() < HEAD * scale:
        return next(one for one in table.lines if one.kind == "head" and one.section == sticky)
    return line_at(table.lines, position.y() + scrolled)


def cell_under(table: Table, line: TableLine | None, x: float) -> TraversalCell | None:
    """Return the cell of a line at an x; None if there is none, or it is not decoded yet."""
    if line is None or line.kind not in ("row", "difference"):
        return None
    column, row = table.columns.column_at(x), row_of(table.sections[line.section], line)
    # After a change of the number of steps, a row may have fewer codes than the table has columns.
    if column is None or row is None or table.columns.steps[column] >= len(row.codes):
        return None
    return TraversalCell(row.direction.key, table.columns.steps[column])


def line_of(table: Table, key: str) -> TableLine | None:
    """Return the line of the row with a key."""
    return next((line for line in table.lines if line.kind == "row" and key_of(table, line) == key), None)


def tip_of(table: Table, line: TableLine | None, x: float, why_no_name: str) -> str:
    """Return the tooltip of a line at an x; ``why_no_name`` says why dimensions cannot be named, or is ""."""
    if line is None:
        return ""
    shown = table.sections[line.section]
    row, cell = row_of(shown, line), cell_under(table, line, x)
    # Before the head and the name: a cell may lie in their lines, but not the other way round.
    if cell is not None and row is not None:
        return cell_words(row, cell.step)
    if line.kind == "head":
        return _head_tip(shown)
    if row is None or x >= table.columns.measure:
        return ""
    index = dimension_of(row.direction.key)
    own = "" if index is None else table.names.get(index, "")
    return name_tip(row, own, NOT_A_DIMENSION if index is None else why_no_name)


def _head_tip(shown: ShownSection) -> str:
    answer = shown.answer
    if answer is None:
        return ""
    unit = answer.change_unit
    change = f" Change: distance between the decodes of both ends, {unit}." if unit else ""
    return f"{' '.join(answer.notes)}{change}"
