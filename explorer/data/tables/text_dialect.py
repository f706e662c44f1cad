"""Finds out how a table is written as text: delimiter, quotes, comments, decimal mark, and where its rows begin.

1. Leave out comments: lines that begin with the mark of the first line (#, %, ! or //).
2. Take the delimiter by which most rows have the same number of cells, and cells contain no other delimiter.
3. Find the header (`explorer.data.tables.table_head`); a comment just above the values can be one, too.
4. Take the decimal mark of most numbers that can be read in one way only.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO

from explorer.config import DataConfig
from explorer.data.dataset import DataError
from explorer.data.tables.table_head import HeadRows, Record, find_head, is_number

DELIMITERS = {"tab": "\t", "semicolon": ";", "bar": "|", "comma": ",", "space": " "}
"""The delimiters by their name in ``data.delimiter``; a space stands for any number of spaces and tabs."""
RUNS = re.compile(r"[ \t]+")
_COMMENTS = ("#", "%", "!", "//")
_MIN_BLOCK = 4
"""Minimum number of rows of a block of numbers below longer remarks."""
_MAX_RECORDS = 1000
_MAX_CELLS = 50
_MAX_CELL = 1 << 28
_REGULAR = 0.9
"""If a smaller share of the rows has the same number of cells, quotes are tried as part of the text."""
_EXCEL_DELIMITER = re.compile(r'\s*"?sep=(.)"?\s*')
_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}([. ']\d{3})+),\d+([eE][+-]?\d+)?")
_POINT = re.compile(r"[+-]?(\d+|\d{1,3}([, ']\d{3})+)\.\d+([eE][+-]?\d+)?")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}([.,]\d{3})")
"""A number like 1,234 or 1.234, which means different things in different countries."""

# The default of 131,072 characters is less than the pixels of a picture in one cell.
csv.field_size_limit(_MAX_CELL)


@dataclass(frozen=True)
class Dialect:
    """How a table is written as text.

    Attributes
    ----------
    lines
        Number of lines of the file before the first row of values.
    comment
        The mark at the beginning of lines that are comments, or "".
    quoted
        Whether double quotes enclose cells.
    escaped
        Whether a backslash stands before a quote within a cell.
    records
        The first rows of values, as words.
    before
        The rows before the table: titles and remarks.
    comments
        Number of comments in the head of the file.
    doubtful
        A number such as 1,234, whose mark may separate thousands, if no other number of the file settles it.
    is_decimal_sure
        Whether a number of the file, or the config, settles the decimal mark.
    unused
        The rows between the names of the columns and the values that are not used.
    """

    delimiter: str
    quoted: bool
    escaped: bool
    comment: str
    decimal: str
    head: HeadRows
    lines: int
    records: Sequence[Record]
    before: Sequence[Record]
    comments: int
    doubtful: str = ""
    is_decimal_sure: bool = False
    unused: Sequence[Record] = ()

    @property
    def name(self) -> str:
        """The delimiter by its name in ``data.delimiter``."""
        return next(name for name, mark in DELIMITERS.items() if mark == self.delimiter)


@dataclass(frozen=True)
class _Split:
    """The head of a file divided by a delimiter: the rows, and the number of lines up to the end of each."""

    delimiter: str
    quoted: bool
    records: list[list[str]]
    ends: list[int]
    width: int
    share: float
    score: float


def find_dialect(text: str, config: DataConfig, where: str) -> Dialect:
    """Return the dialect of a table from its first lines.

    Raises
    ------
    DataError
        If there are no lines.
    """
    comment = _comment(text)
    escaped = '\\"' in text
    split = _best_split(text, config, comment, escaped)
    if split is None:
        raise DataError(f"{where}: the table is empty")
    head = find_head(split.records, split.width, config.header)
    lines = split.ends[head.first - 1] if head.first else _first_line(text, comment)
    if not head.has_names and config.header != "no" and comment:
        names = _names_in_comment(text, comment, split)
        head = replace(head, names=names, has_names=True) if names else head
    values = [record for record in split.records[head.first :] if len(record) == split.width]
    before = split.records[: head.before]
    count = len(re.findall(rf"^[ \t]*{re.escape(comment)}", text, re.MULTILINE)) if comment else 0
    decimal, doubtful, is_sure = _decimal(values, split.delimiter)
    if config.decimal != "auto":
        decimal, doubtful, is_sure = {"point": ".", "comma": ","}[config.decimal], "", True
    return Dialect(
        delimiter=split.delimiter,
        quoted=split.quoted,
        escaped=escaped,
        comment=comment,
        decimal=decimal,
        head=head,
        lines=lines,
        records=values,
        before=before,
        comments=count,
        doubtful=doubtful,
        is_decimal_sure=is_sure,
        unused=split.records[head.first - head.unused : head.first],
    )


def holds_rows(text: str) -> bool:
    """Return whether a text is a table of numbers: most rows have equally many cells, and many cells are numbers."""
    split = _best_split(text, DataConfig(), _comment(text), False)
    if split is None or split.width < 2 or split.share < _REGULAR:
        return False
    rows = [record for record in split.records if len(record) == split.width]
    cells = [cell for record in rows[1:] for cell in record]
    return len(rows) > 3 and 4 * sum(map(is_number, cells)) > len(cells)


def _comment(text: str) -> str:
    """Return the mark of comments if the first line is one, and less than half of the lines are."""
    lines = [line.lstrip() for line in text.splitlines() if line.strip()]
    mark = next((mark for mark in _COMMENTS if lines and lines[0].startswith(mark)), "")
    commented = sum(line.startswith(mark) for line in lines)
    return mark if mark and (commented < len(lines) / 2 or commented <= 1 < len(lines)) else ""


def _first_line(text: str, comment: str) -> int:
    """Return the number of blank lines and comments before the first line of the table."""
    for number, line in enumerate(StringIO(text, newline="")):
        if line.strip() and not (comment and line.lstrip().startswith(comment)):
            return number
    return 0


def _names_in_comment(text: str, comment: str, split: _Split) -> tuple[str, ...]:
    """Return the names of columns in the last comment above the values, or () if there are none."""
    above: list[str] = []
    for line in StringIO(text, newline=""):
        if not line.strip():
            continue
        if not line.lstrip().startswith(comment):
            break
        above.append(line.strip().lstrip(comment).strip())
    cells = next(_rows(above[-1], split.delimiter, split.quoted, False, ""), ([], 0))[0] if above else []
    named = len(cells) == split.width > 1 and not any(is_number(cell) for cell in cells)
    return tuple(cell.strip() for cell in cells) if named else ()


def _best_split(text: str, config: DataConfig, comment: str, escaped: bool) -> _Split | None:
    first = text.lstrip().partition("\n")[0]
    excel = _EXCEL_DELIMITER.fullmatch(first)
    if config.delimiter != "auto":
        marks = [DELIMITERS[config.delimiter]]
    elif excel and excel[1] in DELIMITERS.values():
        marks = [excel[1]]
    else:
        marks = list(DELIMITERS.values())
    tried = []
    for mark in marks:
        found = _split(text, mark, True, escaped, comment)
        if '"' in text and (found is None or found.share < _REGULAR):
            # A quote that is no quotation mark, as in 5" pipe, joins all cells up to the next.
            tried += [bare] if (bare := _split(text, mark, False, escaped, comment)) else []
        tried += [found] if found is not None else []
    several = [split for split in tried if split.width > 1]
    if not several:
        # A table of one column: a comma in it can only be a decimal mark.
        return replace(tried[0], delimiter=";" if config.delimiter == "auto" else marks[0]) if tried else None
    best = max(several, key=lambda split: round(split.score, 3))
    if config.delimiter == "auto" and best.delimiter == "," and best.width == 2 and _are_decimals(text, best):
        return _split(text, ";", True, escaped, comment)
    return best


def _are_decimals(text: str, split: _Split) -> bool:
    """Return whether the only commas of a column with one name are in its numbers."""
    rows = [",".join(record) for record in split.records]
    return len(rows) > 1 and "," not in rows[0] and all(_COMMA.fullmatch(row) for row in rows[1:])


def _split(text: str, delimiter: str, quoted: bool, escaped: bool, comment: str) -> _Split | None:
    """Return the head of a file divided by a delimiter, and how well that fits."""
    records, ends = [], []
    try:
        for record, end in _rows(text, delimiter, quoted, escaped, comment):
            records.append(record)
            ends.append(end)
            if len(records) == _MAX_RECORDS:
                break
    except csv.Error:
        return None
    if not records:
        return None
    counts = Counter(map(len, records))
    width = max(counts, key=lambda size: (counts[size] * (size > 1), counts[size], size))
    width = _width_of_block(records, counts, width)
    if delimiter != " " and (wider := _width_of_header(records, width)):
        # Excel and others leave out the delimiters of empty cells at the end of a row.
        width = wider
        records = [record + [""] * (width - len(record)) if len(record) > 1 else record for record in records]
    # The rows before the first of the table's width are titles.
    inside = records[next(index for index, record in enumerate(records) if len(record) == width) :]
    share = sum(len(record) == width for record in inside) / len(inside)
    share *= len(inside) / len(records) if len(inside) < len(records) / 2 else 1
    cells = [cell for record in inside[:_MAX_RECORDS:5] for cell in record[:_MAX_CELLS] if cell.strip()]
    clean = sum(map(_is_one_cell, cells)) / max(1, len(cells))
    # If all else is equal: a header of the same width, quotes, and delimiters other than spaces.
    other_top = len(inside) < len(records)
    loose = 0.03 * other_top + 0.05 * (not quoted) + 0.01 * (delimiter == " ")
    # Lists of numbers within a cell are separated by spaces, too, but the names of columns above are not.
    loose += 0.3 * (delimiter == " " and other_top and len(records[0]) < width - 1)
    return _Split(delimiter, quoted, records, ends, width, share, share * (0.5 + 0.5 * clean) - loose)


def _width_of_block(records: Sequence[Record], counts: Mapping[int, int], width: int) -> int:
    """Return the width of a block of numbers that lies below more rows of remarks than it has rows, or ``width``.

    Readers of plates and other instruments write pairs of words, such as "Plate Number" and "1", above few wide rows.
    """
    if _share_of_numbers(records, width) > 0.5:
        return width
    for size in sorted(counts, reverse=True):
        fills = counts[size] >= _MIN_BLOCK and counts[size] * size > counts[width] * width
        if size > width and fills and _share_of_numbers(records, size) > 0.5:
            return size
    return width


def _share_of_numbers(records: Sequence[Record], width: int) -> float:
    cells = [cell for record in records if len(record) == width for cell in record if cell.strip()]
    return sum(map(is_number, cells)) / max(1, len(cells))


def _width_of_header(records: Sequence[Record], width: int) -> int:
    """Return the number of cells of a header that most rows do not fill, or 0 if there is no such header."""
    top = next((index for index, record in enumerate(records) if len(record) > width), len(records))
    rows = records[top + 1 :]
    if not rows or max(map(len, rows)) != len(records[top]) or not any(map(is_number, rows[0])):
        return 0
    names = [cell.strip() for cell in records[top]]
    is_header = all(names) and len(set(names)) == len(names) and not any(map(is_number, names))
    return len(names) if is_header else 0


def _is_one_cell(cell: str) -> bool:
    """Return whether a cell contains no delimiter: it is a number, or has no marks and is not mostly numbers."""
    words = cell.split()
    # Sentences have commas, too, with a blank behind them.
    return is_number(cell) or not (re.search(r"[;\t|]|,(?! )", cell) or 2 * sum(map(is_number, words)) > len(words))


def _rows(text: str, delimiter: str, quoted: bool, escaped: bool, comment: str) -> Iterator[tuple[list[str], int]]:
    """Yield the rows that are not blank, with the number of lines up to their end."""
    count = 0

    def lines() -> Iterator[str]:
        nonlocal count
        for line in StringIO(text, newline=""):
            count += 1
            if comment and line.lstrip().startswith(comment):
                continue
            yield RUNS.sub(" ", line.strip()) + "\n" if delimiter == " " else line

    reader = csv.reader(
        lines(),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        escapechar="\\" if escaped and quoted else None,
        skipinitialspace=True,
    )
    for record in reader:
        if record and (len(record) > 1 or record[0].strip()) and not _EXCEL_DELIMITER.fullmatch(delimiter.join(record)):
            yield record, count


def _decimal(records: Sequence[Record], delimiter: str) -> tuple[str, str, bool]:
    """Return the decimal mark of most numbers that can be read in one way only, a doubtful one, and if any tells."""
    comma = point = 0
    either = {",": "", ".": ""}
    for record in records:
        for cell in (cell.strip().rstrip("%€$ ") for cell in record):
            if _EITHER.fullmatch(cell):
                mark = "," if "," in cell else "."
                either[mark] = either[mark] or cell
            else:
                comma += _COMMA.fullmatch(cell) is not None
                point += _POINT.fullmatch(cell) is not None
    if comma == point == 0 and delimiter == ";":
        # Where cells are separated by semicolons, commas are decimal marks.
        return (",", either[","], False) if either[","] else (".", either["."], False)
    return ("," if comma > point else "."), "", comma + point > 0
