"""Reads a sheet of an Excel workbook: the values that its cells show, not the formulas."""

import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from explorer.config import DataConfig
from explorer.data.context import Cancelled, LoadContext
from explorer.data.dataset import DataError
from explorer.data.formats import need
from explorer.data.reading.limits import TABLE_BYTES, TABLE_CELLS, check_growth
from explorer.data.report import Notes, noun, some
from explorer.data.tables.read_table import UNNAMED, ReadTable, column_of, say_names, unique_names
from explorer.data.tables.table_head import find_head

SUFFIXES = (".xlsx", ".xlsm")
OTHER_SUFFIXES = (".xls", ".xlsb", ".ods")
"""Suffixes of workbooks that have to be saved in another format."""
_FREE_CELLS = 1_000_000
"""Number of cells, blank ones included, that a sheet may have whatever the workbook takes."""
_HEAD, _EVERY = 200, 1000  # rows that may be the header; rows between two reports of progress


def read_workbook(path: Path, config: DataConfig, context: LoadContext) -> ReadTable:
    """Return the table in a sheet: the one that ``data.samples_key`` names, or the one with the most rows.

    Raises
    ------
    DataError
        If openpyxl is not installed, the workbook is damaged or too large, or has no such sheet.
    """
    if path.suffix.lower() in OTHER_SUFFIXES:
        raise DataError(f"{path}: {path.suffix} workbooks cannot be read; save it as .xlsx or as CSV")
    need("openpyxl", path)
    import openpyxl

    context.notes.applies("header")
    try:
        size = _check_size(path)
        # Values, not formulas; and no other workbooks, which would be opened from their addresses.
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            sheet = _sheet(book, config.samples_key, path, context.notes)
            return _table(sheet, size, path, config, context)
        finally:
            book.close()
    except (Cancelled, DataError, MemoryError):
        raise
    except Exception as error:
        # openpyxl raises errors of many kinds for damaged files.
        raise DataError(f"{path}: the workbook cannot be read ({type(error).__name__}: {error})") from error


def _check_size(path: Path) -> int:
    """Return the unpacked size of a workbook in bytes, unless it is too large."""
    with zipfile.ZipFile(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    TABLE_BYTES.check(size, path, "the workbook takes unpacked")
    # Its cells and words become Python objects, which take about four times as much.
    check_growth(path.stat().st_size, 4 * size, path)
    return size


def _sheet(book: Any, wanted: str, path: Path, notes: Notes) -> Any:
    names = [sheet.title for sheet in book.worksheets]
    notes.choices("samples_key", names)
    if wanted and wanted not in names:
        raise DataError(f"{path}: there is no sheet {wanted!r}; the sheets are {some(names, 40)}")
    if not names:
        raise DataError(f"{path}: the workbook has no sheets with cells")
    size = {sheet.title: sheet.max_row or 0 for sheet in book.worksheets}
    chosen = wanted or max(names, key=lambda name: size[name])
    notes.understood(f"sheet {chosen!r}" + ("" if len(names) == 1 else f" of {some(names)}"))
    notes.left_out(noun(len(names) - 1, "sheet"), "one sheet is read", [n for n in names if n != chosen])
    return book[chosen]


def _table(sheet: Any, size: int, path: Path, config: DataConfig, context: LoadContext) -> ReadTable:
    notes = context.notes
    rows = list(_rows(sheet, size, path, context))
    if not rows:
        raise DataError(f"{path}, sheet {sheet.title!r}: it has no cells with values")
    start, width = _bounds(rows)
    body = [[*row[:width], *[None] * (width - len(row))] for row in rows[start:]]
    head = find_head([[_text(cell) for cell in row] for row in body[:_HEAD]], width, config.header)
    _say_unused([*rows[:start], *body[: head.before]], "above the table", notes)
    _say_unused(body[head.first - head.unused : head.first], "between the names and the values", notes)
    wide = sum(_filled(row[width:]) for row in rows[start:])
    notes.left_out(noun(wide, "cell"), f"to the right of the {width} columns of the table", count=wide)
    names, changed = unique_names(head.names)
    notes.understood("the first row has the names of the columns" if head.has_names else "the columns have no names")
    if head.has_units:
        notes.understood("the second row has units or more names, which were added to the names of the columns")
    values = body[head.first :]
    columns = {name: column_of([row[index] for row in values]) for index, name in enumerate(names)}
    empty = [each for each in names if each.startswith(UNNAMED) and columns[each].null_count == len(values)]
    say_names([name for name in changed if name not in empty], notes)
    return ReadTable(
        pa.table({name: column for name, column in columns.items() if name not in empty}), has_names=head.has_names
    )


def _rows(sheet: Any, size: int, path: Path, context: LoadContext) -> Iterator[list[Any]]:
    """Yield the rows that are not empty, without the empty cells at their ends.

    ``size`` is that of the workbook in bytes, unpacked.
    """
    total, cells = sheet.max_row or 0, 0
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        if number % _EVERY == 0:
            context.report(number, total, f"reading {path.name}")
        if context.limit and number > context.limit:
            about = f" of {total:,}" if total else ""
            context.notes.partial(f"the first {context.limit:,}{about} rows")
            return
        values = list(row)
        while values and (values[-1] is None or values[-1] == ""):
            values.pop()
        cells += len(values)
        TABLE_CELLS.check(cells, path, "the sheet has at least")
        # A cell far to the right comes with all blank ones before it, which are not stored.
        if cells > max(_FREE_CELLS, size):
            raise DataError(f"{path}: the sheet is nearly blank, as its cells are far to the right; save it as CSV")
        if values:
            yield values


def _bounds(rows: Sequence[Sequence[Any]]) -> tuple[int, int]:
    """Return the index of the first row of the table, below titles, and the number of its columns."""
    # Cells may be empty at the end of a row: the width is that of the fullest of the usual rows.
    usual = Counter(map(len, rows)).most_common(3)
    width = max(size for size, count in usual if count * 2 >= usual[0][1])
    # Columns that most rows leave empty, such as remarks, still have a name in the header.
    width = max([width, *(len(row) for row in rows[:_HEAD] if _is_header(row, width))])
    full = (number for number, row in enumerate(rows) if len(row) >= width or 2 * _filled(row) > width)
    return next(full, len(rows) - 1), width


def _say_unused(rows: Sequence[Sequence[Any]], where: str, notes: Notes) -> None:
    texts = [" ".join(filter(None, map(_text, row)))[:60] for row in rows]
    notes.left_out(noun(len(texts), "row"), where, texts)


def _is_header(row: Sequence[Any], width: int) -> bool:
    """Return whether a row has a different word in each cell, apart from empty columns at the left."""
    filled = [cell for cell in row if cell is not None and cell != ""]
    is_words = all(isinstance(cell, str) for cell in filled) and len(set(filled)) == len(filled)
    return is_words and len(row) > width and 2 * len(filled) > width and None not in row[len(row) - len(filled) :]


def _filled(row: Sequence[Any]) -> int:
    return sum(cell is not None and cell != "" for cell in row)


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)
