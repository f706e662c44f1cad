"""Reads a table of an SQLite database, without writing to it and without running anything of it but the query."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.reading.limits import FREE_STREAM_BYTES, LINE_BYTES, TABLE_BYTES, TABLE_CELLS, check_growth
from explorer.data.report import Notes, noun, some
from explorer.data.tables.read_table import ReadTable, column_of, say_names, unique_names

SUFFIXES = (".sqlite", ".sqlite3", ".db", ".db3")
_BATCH, _CHECKED_BYTES = 5000, 1 << 20
_MAGIC = b"SQLite format 3\0"


def is_database(path: Path) -> bool:
    """Return whether a file is an SQLite database, by its suffix and its first bytes."""
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def read_database(path: Path, config: DataConfig, context: LoadContext) -> ReadTable:
    """Return a table of a database: the one that ``data.samples_key`` names, or the one with the most rows.

    Raises
    ------
    DataError
        If the database is damaged or too large, or has no such table.
    """
    TABLE_BYTES.check(path.stat().st_size, path, "the database has")
    # Read only, and without looking for journals of other programs.
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
                connection.execute(f"PRAGMA {pragma}")
            # A value may be computed, and be far longer than what is stored.
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LINE_BYTES.value)
            # Texts of other programs need not be valid UTF-8.
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            name, rows = _table_name(connection, config.samples_key, path, context.notes)
            return _read(connection, name, rows, path, context)
    except sqlite3.Error as error:
        raise DataError(f"{path}: the database cannot be read ({error})") from error


def _table_name(connection: sqlite3.Connection, wanted: str, path: Path, notes: Notes) -> tuple[str, int]:
    """Return the name of the table to read, and the number of its rows."""
    # Virtual tables run code of extensions.
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rowid"
    names = [name for (name,) in connection.execute(query) if not name.startswith("sqlite_")]
    notes.choices("samples_key", names)
    if not names:
        raise DataError(f"{path}: the database has no tables")
    if wanted and wanted not in names:
        raise DataError(f"{path}: there is no table {wanted!r} in the database; the tables are {some(names, 40)}")
    rows = {
        name: connection.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0]
        for name in ([wanted] if wanted else names)
    }
    chosen = wanted or max(names, key=lambda name: int(rows[name]))
    notes.understood(f"table {chosen!r}" + ("" if len(names) == 1 else f" of {some(names)}"))
    notes.left_out(noun(len(names) - 1, "table"), "one table is read", [n for n in names if n != chosen])
    return chosen, int(rows[chosen])


def _read(connection: sqlite3.Connection, name: str, rows: int, path: Path, context: LoadContext) -> ReadTable:
    limit = min(rows, context.limit or rows)
    # A name cannot be a parameter of a query: it is quoted, and is one of the names in the file.
    cursor = connection.execute(f"SELECT * FROM {_quoted(name)} LIMIT {limit}")
    names, changed = unique_names([column[0] for column in cursor.description])
    say_names(changed, context.notes)
    TABLE_CELLS.check(limit * len(names), path, f"the number of cells of table {name!r} is")
    columns: list[list[Any]] = [[] for _ in names]
    for batch in _batches(cursor, limit, path, context):
        for values, cells in zip(columns, zip(*batch, strict=True), strict=True):
            values.extend(cells)
    if limit < rows:
        context.notes.partial(f"the first {limit:,} of {rows:,} rows")
    return ReadTable(pa.table({each: column_of(values) for each, values in zip(names, columns, strict=True)}))


def _batches(cursor: sqlite3.Cursor, rows: int, path: Path, context: LoadContext) -> Iterator[list[tuple[Any, ...]]]:
    done = size = checked = 0
    stored, batch = path.stat().st_size, list[tuple[Any, ...]]()
    for row in cursor:
        batch.append(row)
        size += sum(len(cell) for cell in row if isinstance(cell, str | bytes))
        # Often, as each row may have texts that are computed, and are stored nowhere.
        if size - checked > _CHECKED_BYTES:
            checked = size
            check_growth(stored, size, path, FREE_STREAM_BYTES)
            TABLE_BYTES.check(size, path, "the texts take at least")
        if len(batch) == _BATCH:
            context.report(done, rows, f"reading {path.name}")
            yield batch
            done, batch = done + len(batch), []
    if batch:
        yield batch


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
