"""Finds where a table begins in the rows of a file, and whether its first row has the names of the columns.

1. Rows of another width than the table are titles.
2. Several rows of words above columns of numbers describe the table, as instruments write them: the names are in the
   row just above the values, or in the first of several such rows (Campbell's loggers write names, units and kinds).
3. Otherwise, the first row has the names if it has words above numbers, or words that do not occur below.
4. Words in a second row, above numbers, are units or a second level of names.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Record = Sequence[str]

_NUMBER = re.compile(
    r"[+\-−]?(\d{1,3}([ '’\xa0\u202f]\d{3})+([.,]\d+)?|[\d.,]*\d\.?)(e[+-]?\d+)?\s*[%€$]?|nan|-?inf", re.IGNORECASE
)
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([ T].*)?|\d{1,2}:\d{2}(:\d{2}.*)?")
_LOOKED_AT = 200
"""Maximum number of rows that are compared with the first."""
_MOSTLY = 0.8
"""A column of which this share are numbers or dates is a column of these, with faults."""
_MIN_DESCRIBED = 3
"""Minimum number of rows of words above the numbers that are a description. One is a header, two may have units."""
_MIN_EQUAL = 10
"""In a table of numbers alone, a first row of this many equally spaced numbers has the names, such as wavelengths."""


@dataclass(frozen=True)
class HeadRows:
    """Where the rows of a table begin, and the names of its columns.

    Attributes
    ----------
    first
        Index of the first row of values.
    before
        Number of rows before the table: titles and remarks.
    has_names
        Whether the names are those of the file; otherwise they are f0, f1, …
    has_row_names
        Whether the header has one cell fewer than the rows, as in R: the first column has the names of the rows.
    has_trailing
        Whether each row ends with a delimiter, after which nothing follows.
    has_units
        Whether the row below the header has units, which are part of the names here.
    unused
        Number of rows between the names and the values that are not used.
    """

    names: tuple[str, ...]
    first: int
    before: int
    has_names: bool
    has_row_names: bool = False
    has_trailing: bool = False
    has_units: bool = False
    unused: int = 0


def is_number(cell: str) -> bool:
    """Return whether a cell looks like a number, in any style."""
    return _NUMBER.fullmatch(cell.strip()) is not None


def find_head(records: Sequence[Record], width: int, header: Literal["auto", "yes", "no"]) -> HeadRows:
    """Return the head of a table of ``width`` columns.

    Parameters
    ----------
    header
        Whether the first row has the names of the columns, ``data.header``.
    """
    start = _start(records, width)
    described = _described(records, start, width) if header == "auto" else None
    if described is not None:
        return described
    top, rows = [cell.strip() for cell in records[start]], records[start + 1 :]
    whole = [row for row in rows[:_LOOKED_AT] if len(row) == width]
    trailing = _has_trailing(top, whole, width)
    # R writes no name above the names of the rows: one cell fewer than below. A blank one is a name of its own.
    short = len(top) == width - 1 and bool(top[0])
    named = {"yes": True, "no": False}.get(header)
    aligned = [*top, ""][:width] if not short else ([*top, ""] if trailing else ["", *top])
    if named is None:
        named = (short and not trailing) or _are_names(aligned, whole)
    if not named:
        return HeadRows(tuple(f"f{number}" for number in range(width)), start, start, False, has_trailing=trailing)
    units = _unit_columns(whole)
    if units:
        aligned = _with_units(aligned, whole[0], units)
    first = start + 1 + bool(units)
    return HeadRows(tuple(aligned), first, start, True, short and not trailing, trailing, bool(units))


def _has_trailing(top: Record, rows: Sequence[Record], width: int) -> bool:
    """Return whether each row ends with a delimiter: the last cells are empty, also that of the header."""
    return width > 1 and bool(rows) and not "".join(top[width - 1 :]) and all(not row[-1].strip() for row in rows)


def _start(records: Sequence[Record], width: int) -> int:
    """Return the index of the first row of the table, its header or values."""
    for index, record in enumerate(records):
        if len(record) == width or (len(record) == width + 1 and not record[-1].strip()):
            return index
        follows = index + 1 < len(records) and len(records[index + 1]) == width
        if len(record) == width - 1 and width > 2 and follows:
            return index
    return 0


def _described(records: Sequence[Record], start: int, width: int) -> HeadRows | None:
    """Return the head of a table that begins with several rows of words above numbers, or None if it does not."""
    rows = [index for index in range(start, len(records)) if len(records[index]) == width]
    body = [records[index] for index in rows[len(rows) // 2 :][:_LOOKED_AT]]
    numbers = [column for column, cells in enumerate(zip(*body, strict=True)) if _are_values(cells)]
    kinds = {index: [_kind(records[index][column]) for column in numbers] for index in rows}
    first = next((index for index in rows if "value" in kinds[index] and "word" not in kinds[index]), start)
    above = [index for index in rows if index < first]
    # A word that occurs among the values as well, such as "< 0.1", is a value itself.
    below = {records[index][numbers[0]] for index in rows[len(above) :]} - {""} if numbers else set()
    if len(above) < _MIN_DESCRIBED or any(
        kinds[index][0] == "value" or records[index][numbers[0]] in below for index in above
    ):
        return None
    cells = {index: [records[index][column].strip() for column in numbers] for index in above}
    last = next((index for index in reversed(above) if "value" in kinds[index]), start - 1)
    near = [index for index in above if index > last]
    if not near:
        return HeadRows(tuple(f"f{number}" for number in range(width)), first, first, False)
    # Descriptions repeat themselves ("Volts", "Volts"), names do not.
    top = next((index for index in near if all(cells[index]) and len({*cells[index]}) == len(numbers)), near[0])
    more = near[near.index(top) + 1 :]
    names = [cell.strip() for cell in records[top]]
    has_units = bool(more) and 2 * sum(map(bool, cells[more[0]])) >= len(numbers)
    if has_units:
        names = _with_units(names, records[more[0]], numbers)
    is_index = len(more) > has_units and not any(cell.strip() for cell in records[more[-1]][1:])
    if is_index:  # pandas writes the name of the index into a row of its own
        names = [name or cell.strip() for name, cell in zip(names, records[more[-1]], strict=True)]
    trailing = _has_trailing(names, body, width)
    unused = first - top - 1 - has_units - is_index
    return HeadRows(tuple(names), first, top, True, has_trailing=trailing, has_units=has_units, unused=unused)


def _are_values(cells: Sequence[str]) -> bool:
    """Return whether most of the cells of a column that are not blank are numbers or dates."""
    kinds = [kind for kind in map(_kind, cells) if kind != "blank"]
    return bool(kinds) and kinds.count("value") >= _MOSTLY * len(kinds)


def _with_units(names: Sequence[str], units: Record, columns: Sequence[int]) -> list[str]:
    """Return names with the unit of each of these columns behind them."""
    plain = {column: units[column].strip().strip("[]()") for column in columns}
    return [f"{name} [{plain[column]}]" if plain.get(column) else name for column, name in enumerate(names)]


def _unit_columns(rows: Sequence[Record]) -> list[int]:
    """Return the columns of numbers if the first row has words above them in several columns, else []."""
    if len(rows) < 3:
        return []
    columns = list(zip(*rows, strict=True))
    of_values = [number for number, column in enumerate(columns) if all(_kind(cell) != "word" for cell in column[1:])]
    kinds = [_kind(columns[number][0]) for number in of_values]
    return of_values if kinds.count("word") >= max(2, len(kinds) / 2) and "value" not in kinds else []


def _kind(cell: str) -> str:
    text = cell.strip()
    if not text or text.lower() in ("na", "n/a", "nan", "?", "-", "null"):
        return "blank"
    return "value" if is_number(text) or _DATE.fullmatch(text) else "word"


def _are_names(top: Record, rows: Sequence[Record]) -> bool:
    """Return whether the first row has names: words above numbers, or words that do not occur below."""
    if not rows:
        return not any(_kind(cell) == "value" for cell in top)
    above_values, repeated, new = False, 0, 0
    values_above: list[tuple[str, str]] = []
    for index, cell in enumerate(top):
        below = [row[index].strip() for row in rows if row[index].strip()]
        kinds = [_kind(each) for each in below]
        known = len(kinds) - kinds.count("blank")
        if known and kinds.count("value") >= 0.8 * known:
            above_values |= _kind(cell) == "word"
            values_above += [(cell, below[0])] if _kind(cell) == "value" else []
        elif cell in below:
            repeated += 1
        elif cell and len(set(below)) < len(below):
            new += 1  # where every value differs, such as texts, another one says nothing
    if above_values:
        return True
    if values_above:
        blank = not top[0] and all(row[0].strip() for row in rows)
        return blank or (not repeated and _counts_up(values_above))
    return new >= repeated


def _counts_up(cells: Sequence[tuple[str, str]]) -> bool:
    """Return whether numbers are equally spaced, like those of columns, years or wavelengths, and those below are not.

    Parameters
    ----------
    cells
        The numbers of the first row, each with that below it.
    """
    first, second = (_steps([pair[row] for pair in cells]) for row in (0, 1))
    if first is None:
        return False
    starts = cells[0][0]
    # Years may have the same steps as the numbers below them.
    if starts.isdecimal() and 1800 <= int(starts) <= 2200 and bool((first == first[0]).all()):
        return True  # years
    if second is not None and np.array_equal(first, second):
        return False
    numbered = len(first) >= 2 and starts in ("0", "1") and bool((first == 1).all())
    return numbered or (len(first) >= _MIN_EQUAL - 1 and bool(np.allclose(first, first.mean(), rtol=0.01)))


def _steps(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """Return the differences between numbers, or None if some do not rise or are not numbers."""
    try:
        steps = np.diff([float(cell.replace(",", ".")) for cell in cells])
    except ValueError:
        return None
    return steps if len(steps) and bool((steps > 0).all()) else None
