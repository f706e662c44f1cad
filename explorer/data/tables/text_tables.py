"""Reads tables as text: CSV and TSV in the dialects of many programs and countries.

1. Detect the encoding and the dialect from the head of the file, unless the config names them.
2. Let Arrow read the rows from a `RowStream`. Rows with too many cells are left out and listed.
3. If rows have too few cells, read again with empty cells at their ends, as pandas and R do.
4. Say in the report what was detected and left out.
"""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.reading.limits import TABLE_BYTES, TABLE_COLUMNS
from explorer.data.report import Notes, counted, noun, rows_text, some
from explorer.data.tables import text_stream
from explorer.data.tables.read_table import ReadTable, say_names, unique_names
from explorer.data.tables.text_dialect import Dialect, find_dialect
from explorer.data.tables.text_encoding import chosen_encoding, detect_encoding, encoding_title, has_stray_zeros
from explorer.data.tables.text_numbers import has_leading_zeros
from explorer.data.tables.text_stream import RowStream, read_head

_HEAD = 1 << 20
"""Number of bytes from which the dialect is detected."""
_MANY_LINES = 20
"""A row with more line breaks than this was joined by a quote that is no quotation mark."""
_TITLES = {" ": "spaces", "\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}


@dataclass
class _BadRows:
    """Collects the rows with another number of cells than the table has columns."""

    numbers: list[int] = field(default_factory=list)
    are_short: bool = False
    are_joined: bool = False

    def skip(self, row: csv.InvalidRow) -> str:
        """Note a row, and tell Arrow to skip it."""
        self.numbers.append((row.number or 1) - 1)
        self.are_short |= row.actual_columns < row.expected_columns
        self.are_joined |= row.text.count("\n") > _MANY_LINES
        return "skip"


def read_text_table(path: Path, config: DataConfig, context: LoadContext) -> ReadTable:
    """Return a table from text.

    Raises
    ------
    DataError
        If the file is empty, too large, or not text.
    """
    notes = context.notes
    notes.applies("encoding", "delimiter", "decimal", "header")
    TABLE_BYTES.check(path.stat().st_size, path, "the table has")
    head = read_head(path, _HEAD)
    if not config.encoding and has_stray_zeros(head, detect_encoding(head, whole=len(head) < _HEAD)):
        raise DataError(f"{path}: not a text, as it contains zero bytes; save the table as CSV in UTF-8")
    encoding = _encoding(path, head, config, context)
    # Before the dialect is looked for, which takes long if there are too many cells.
    first = head.partition(b"\n")[0]
    TABLE_COLUMNS.check(max(first.count(mark) for mark in b"\t;|,"), path, "the number of columns is at least")
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)
    text = text.removeprefix("\ufeff")
    # The last line of the head may be cut.
    whole = len(head) < _HEAD or "\n" not in text
    dialect = find_dialect(text if whole else text[: text.rindex("\n") + 1], config, str(path))
    _say_dialect(dialect, encoding, notes)
    return _read(path, dialect, encoding, config, context)


def _encoding(path: Path, head: bytes, config: DataConfig, context: LoadContext) -> str:
    """Return the encoding of a file; of one in UTF-8 all bytes are checked, unless only a preview is read."""
    if config.encoding:
        return chosen_encoding(config.encoding, str(path))
    found = detect_encoding(head, whole=len(head) < _HEAD)
    if found == "utf-8" and context.limit is None and path.suffix.lower() not in text_stream.PACKED:
        with path.open("rb") as stream:
            decoder = codecs.getincrementaldecoder("utf-8")()
            while block := stream.read(_HEAD):
                context.report(0, 0, f"checking {path.name}")
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    return detect_encoding(block, whole=False)
    return found


def _say_dialect(dialect: Dialect, encoding: str, notes: Notes) -> None:
    head = dialect.head
    cells = f"cells are separated by {_TITLES[dialect.delimiter]}, " if len(head.names) > 1 else ""
    header = "the first row has the names of the columns" if head.has_names else "the columns have no names"
    mark = " with decimal commas" if dialect.decimal == "," else ""
    notes.understood(f"text in {encoding_title(encoding)}{mark}; {cells}{header}")
    if not encoding.startswith(("utf-8", "utf-16", "utf-32")):
        notes.changed(f"the text was read as {encoding_title(encoding)} (data.encoding chooses another encoding)")
    if head.has_units:
        notes.understood("the second row has units or more names, which were added to the names of the columns")
    if head.has_row_names:
        notes.understood("the header has one name fewer than the rows have cells: the first column has names of rows")
    notes.left_out(noun(dialect.comments, "line"), f"comments ({dialect.comment})", count=dialect.comments)
    for rows, where in ((dialect.before, "above the table"), (dialect.unused, "between the names and the values")):
        titles = [" ".join(cell for cell in record if cell.strip())[:60] for record in rows]
        notes.left_out(noun(len(titles), "line"), where, titles)
    if dialect.doubtful:
        other = {",": "point", ".": "comma"}[dialect.decimal]
        plain = dialect.doubtful.replace(",", ".")
        notes.warn(f"{dialect.doubtful} was read as {plain}; set data.decimal if its mark separates thousands")
        notes.offer("decimal", other, f"read {dialect.doubtful} as {plain.replace('.', '')}")
    if not dialect.quoted:
        notes.changed("double quotes were read as part of the words, as they do not enclose cells")


def _read(path: Path, dialect: Dialect, encoding: str, config: DataConfig, context: LoadContext) -> ReadTable:
    notes = context.notes
    names, doubled = unique_names(dialect.head.names)
    # The empty column after a trailing delimiter is left out below.
    say_names(doubled[: len(doubled) - dialect.head.has_trailing], notes)
    with RowStream(path, dialect, encoding, context, context.limit) as stream:
        table, bad = _parse(stream, path, dialect, names, config)
    # The head has no sign of it if the stray quote is far down.
    if dialect.quoted and bad.are_joined and not stream.is_cut:
        return _read(path, _unquoted(dialect, notes), encoding, config, context)
    # Most files have no short rows: only those that do are read twice. Between blanks a cell may be missing anywhere,
    # and the cells behind it would move into wrong columns.
    if bad.are_short and dialect.delimiter != " ":
        first = bad.numbers
        with RowStream(path, dialect, encoding, context, context.limit, pad_to=len(names)) as stream:
            table, bad = _parse(stream, path, dialect, names, config)
        _say_padded([row for row in first if row not in set(bad.numbers)], len(names), notes)
    if stream.undecodable:
        title = encoding_title(encoding)
        notes.changed(f"{stream.undecodable:,} characters are not valid in {title} and were replaced by \ufffd")
    if stream.is_cut:
        _say_partial(table.num_rows, stream.share, notes)
    elif bad.numbers:
        why = f"they do not have {len(names)} cells" if len(names) > 1 else "they have more than one cell"
        notes.left_out(noun(len(bad.numbers), "row"), why, rows_text(bad.numbers))
        if bad.are_short and dialect.delimiter == " ":
            notes.warn("if columns have a fixed width and cells are empty, save the table as CSV to keep these rows")
    table = _without_trailing(table, dialect, notes)
    return ReadTable(
        table,
        dialect.head.has_names,
        decimal=dialect.decimal,
        is_decimal_sure=dialect.is_decimal_sure,
        is_text=True,
        row_numbers=_row_numbers(table.num_rows, bad.numbers) if bad.numbers else None,
    )


def _say_padded(rows: Sequence[int], width: int, notes: Notes) -> None:
    if rows:
        have = "has" if len(rows) == 1 else "have"
        fewer = f"{counted(len(rows), 'row')} {have} fewer than {width} cells"
        notes.changed(f"{fewer}; those at the end count as missing ({some(rows_text(rows), 5)})")


def _unquoted(dialect: Dialect, notes: Notes) -> Dialect:
    notes.changed("double quotes were read as part of the words, as a quote without its partner joins many rows")
    return replace(dialect, quoted=False)


def _say_partial(rows: int, share: float, notes: Notes) -> None:
    total = int(rows / max(share, 1e-12))
    digits = 10 ** max(0, len(str(total)) - 2)
    notes.partial(f"the first {rows:,} of about {round(total / digits) * digits:,} rows")


def _parse(
    stream: RowStream, path: Path, dialect: Dialect, names: Sequence[str], config: DataConfig
) -> tuple[pa.Table, _BadRows]:
    """Return the rows of a table, and those that were skipped."""
    bad = _BadRows()
    delimiter = "\t" if dialect.delimiter == " " else dialect.delimiter
    codes = _code_columns(dialect.records, names, config)
    try:
        table = csv.read_csv(
            pa.PythonFile(stream, mode="r"),
            # One thread: only then Arrow knows the numbers of rows that it skips.
            read_options=csv.ReadOptions(column_names=names, use_threads=False),
            parse_options=csv.ParseOptions(
                delimiter=delimiter,
                quote_char='"' if dialect.quoted else False,
                escape_char="\\" if dialect.escaped and dialect.quoted else False,
                newlines_in_values=dialect.quoted,
                invalid_row_handler=bad.skip,
            ),
            convert_options=csv.ConvertOptions(
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                # Only blanks: which words mean a missing value is decided, and said, for each column.
                null_values=[""],
                # "true" stays a word: as a class or an attribute it keeps its name.
                true_values=[],
                false_values=[],
                decimal_point=dialect.decimal,
                column_types=dict.fromkeys(codes, pa.string()),
            ),
        )
    except pa.ArrowException as error:
        if "Empty CSV" in str(error):
            raise DataError(f"{path}: the table has no rows") from error
        raise DataError(f"{path}: the table cannot be read ({str(error).splitlines()[0]})") from error
    return table, bad


def _code_columns(records: Sequence[Sequence[str]], names: Sequence[str], config: DataConfig) -> list[str]:
    """Return the columns of digits that begin with 0, such as postal codes: as numbers they would lose it."""
    columns = zip(*records, strict=True) if records else []
    found = [
        name
        for name, cells in zip(names, columns, strict=False)
        if any(cell[:1] == "0" and len(cell) > 1 for cell in cells)
        and has_leading_zeros(pa.array([cell.strip() or None for cell in cells]))
    ]
    return [name for name in found if name not in config.feature_columns]


def _without_trailing(table: pa.Table, dialect: Dialect, notes: Notes) -> pa.Table:
    last = table.num_columns - 1
    if not dialect.head.has_trailing or table.column(last).null_count < table.num_rows:
        return table
    notes.understood("each line ends with a delimiter; the empty column after it is left out")
    return table.remove_column(last)


def _row_numbers(count: int, skipped: Sequence[int]) -> NDArray[np.intp]:
    """Return the numbers in the file of the rows that were kept."""
    # The report names rows as they are in the file.
    numbers = np.arange(count + len(skipped), dtype=np.intp)
    return np.setdiff1d(numbers, skipped)[:count]
