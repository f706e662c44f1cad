"""Finds where a table begins in the rows of a file, and whether its first row has the names of the columns."""

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
    """

    names: tuple[str, ...]
    first: int
    before: int
    has_names: bool
    has_row_names: bool = False
    has_trailing: bool = False
    has_units: bool = False


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
    top, rows = [cell.strip() for cell in records[start]], records[start + 1 :]
    whole = [row for row in rows[:_LOOKED_AT] if len(row) == width]
    trailing = width > 1 and bool(whole) and all(not row[-1].strip() for row in whole) and not "".join(top[width - 1 :])
    short = len(top) == width - 1
    named = {"yes": True, "no": False}.get(header)
    aligned = top[:width] if not short else ([*top, ""] if trailing else ["", *top])
    if named is None:
        named = (short and not trailing) or _are_names(aligned, whole)
    if not named:
        return HeadRows(tuple(f"f{number}" for number in range(width)), start, start, False, has_trailing=trailing)
    units = _units(whole)
    if units:
        aligned = [f"{name} [{unit}]" if unit else name for name, unit in zip(aligned, units, strict=True)]
    first = start + 1 + bool(units)
    return HeadRows(tuple(aligned), first, start, True, short and not trailing, trailing, bool(units))


def _start(records: Sequence[Record], width: int) -> int:
    """Return the index of the first row of the table, its header or values."""
    for index, record in enumerate(records):
        if len(record) == width or (len(record) == width + 1 and not record[-1].strip()):
            return index
        follows = index + 1 < len(records) and len(records[index + 1]) == width
        if len(record) == width - 1 and width > 2 and follows:
            return index
    return 0


def _units(rows: Sequence[Record]) -> list[str]:
    """Return the units in the first row if it has words above numbers in several columns, else []."""
    if len(rows) < 3:
        return []
    columns = list(zip(*rows, strict=True))
    of_values = [all(_kind(cell) != "word" for cell in column[1:]) for column in columns]
    kinds = [_kind(column[0]) for column, values in zip(columns, of_values, strict=True) if values]
    if kinds.count("word") < max(2, len(kinds) / 2) or "value" in kinds:
        return []
    units = (column[0].strip().strip("[]()") for column in columns)
    return [unit if values else "" for unit, values in zip(units, of_values, strict=True)]


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
        elif cell:
            new += 1
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
