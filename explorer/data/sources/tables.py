"""Data sets from tables: each column gets a role, numbers become features.

1. Read the file as a `ReadTable` by the reader of its format.
2. Turn each column into numbers, words, dates or lists (`explorer.data.tables.table_values`).
3. Guess the role of each column (`explorer.data.imports.roles`), write the columns into the report, and interpret them.
   If the only values are long texts, these are the samples (`explorer.data.text.documents`).
"""

from pathlib import Path

import pyarrow as pa

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.formats import opens
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import ROW_SETTINGS, interpret
from explorer.data.imports.role_offers import offer_roles
from explorer.data.imports.roles import ROLE_SETTINGS, ColumnFacts, guess_roles
from explorer.data.report import counted
from explorer.data.sources.text import looks_like_table
from explorer.data.tables import databases, json_tables, table_files, workbooks
from explorer.data.tables.read_table import ReadTable
from explorer.data.tables.table_values import ColumnReader
from explorer.data.tables.text_stream import PACKED
from explorer.data.tables.text_tables import read_text_table
from explorer.data.text.documents import table_documents, text_column

_TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".dat", ".data")


def _is_text(path: Path) -> bool:
    return _bare_suffix(path) in _TEXT_SUFFIXES and path.is_file()


def _is_json(path: Path) -> bool:
    return _bare_suffix(path) in json_tables.SUFFIXES and path.is_file()


def _is_arrow(path: Path) -> bool:
    known = (*table_files.PARQUET_SUFFIXES, *table_files.ARROW_SUFFIXES)
    return (path.suffix.lower() in known and path.is_file()) or table_files.holds_saved_dataset(path)


def _is_workbook(path: Path) -> bool:
    return path.suffix.lower() in (*workbooks.SUFFIXES, *workbooks.OTHER_SUFFIXES) and path.is_file()


def _bare_suffix(path: Path) -> str:
    """Return the suffix of a file, that of its contents if it is packed: .csv of table.csv.gz."""
    name = path.with_suffix("") if path.suffix.lower() in PACKED else path
    return name.suffix.lower()


@opens(
    "table as text (.csv, .tsv, .txt, .tab, .dat, .data, also .gz)",
    recognizes=_is_text,
    read_as="table",
    contents=looks_like_table,
)
@opens("JSON (.jsonl, .ndjson, .json)", recognizes=_is_json)
@opens("Parquet, Feather or Arrow (.parquet, .feather, .arrow)", recognizes=_is_arrow)
@opens("Excel workbook (.xlsx)", recognizes=_is_workbook)
@opens("SQLite database (.sqlite, .db)", recognizes=databases.is_database)
def open_table(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a table.

    Raises
    ------
    DataError
        If the file is damaged, a column is unknown, or no column of numbers is left to be the features.
    """
    context.report(0, 1, f"reading {path.name}")
    return table_dataset(read_table(path, config, context), config, context, name=_name(path), where=str(path))


def _name(path: Path) -> str:
    return Path(path.stem).stem if path.suffix.lower() in PACKED else path.stem


def is_table_file(path: Path) -> bool:
    """Return whether a file is a table by its suffix; a .txt must have cells as well."""
    if _is_text(path):
        return _bare_suffix(path) != ".txt" or looks_like_table(path)
    return path.is_file() and (_is_json(path) or _is_arrow(path) or _is_workbook(path))


def read_table(path: Path, config: DataConfig, context: LoadContext) -> ReadTable:
    """Return the table of a file, or of a folder that ``datasets`` saved.

    Raises
    ------
    DataError
        If the file is damaged or too large.
    """
    try:
        if _is_workbook(path):
            return workbooks.read_workbook(path, config, context)
        if databases.is_database(path):
            return databases.read_database(path, config, context)
        if _is_json(path):
            return json_tables.read_json(path, config, context)
        if path.is_dir():
            return table_files.read_saved_dataset(path, context)
        if path.suffix.lower() in table_files.PARQUET_SUFFIXES:
            return table_files.read_parquet(path, context)
        if path.suffix.lower() in table_files.ARROW_SUFFIXES:
            return table_files.read_arrow(path, context)
        return read_text_table(path, config, context)
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: a column's name is not UTF-8 text; save the table as UTF-8") from error
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: the table cannot be read ({(str(error) or 'damaged').splitlines()[0]})") from error


def table_dataset(read: ReadTable, config: DataConfig, context: LoadContext, *, name: str, where: str) -> Dataset:
    """Return the data set of a table.

    Parameters
    ----------
    where
        The source for messages: the path, or the path and the table in it.

    Raises
    ------
    DataError
        If the table is empty, a column is unknown, or no column of numbers is left to be the features.
    """
    notes, table = context.notes, read.table
    notes.applies(*ROW_SETTINGS)
    for setting in ROLE_SETTINGS.values():
        notes.choices(setting, table.column_names)
    if table.num_rows == 0:
        raise DataError(f"{where}: the table has no rows")
    notes.understood(f"{counted(table.num_rows, 'row')}, {counted(table.num_columns, 'column')}")
    facts, unusable = _facts(read, config, context)
    roles = guess_roles(facts, config, where, named=read.has_names)
    # Texts as samples are another kind of data set, without features.
    documents = text_column(facts, roles, config, notes)
    if documents:
        return table_documents(facts, roles, documents, config, context, name=name, where=where, read=read)
    offer_roles(facts, roles, notes)
    texts = {fact.name: fact.text() for fact in facts}
    for column in table.column_names:
        contents, why = unusable.get(column) or (texts[column], roles.why.get(column, ""))
        notes.column(column, contents, roles.roles.get(column, "ignored"), why)
    # Files may declare the names of the numbers in a column.
    label = next(iter(roles.named("label")), "")
    found = Found(
        name=name,
        where=where,
        columns={fact.name: fact.values for fact in facts},
        roles=roles.roles,
        why=roles.why,
        class_names=read.class_names.get(label, ()),
        is_signal=read.is_signal,
        rows=read.row_numbers,
    )
    return interpret(found, config, context)


def _facts(
    read: ReadTable, config: DataConfig, context: LoadContext
) -> tuple[list[ColumnFacts], dict[str, tuple[str, str]]]:
    """Return the columns that can be used, in the order of the table, and what the others contain."""
    reader = ColumnReader(read, config, context.notes)
    facts = []
    for number, column in enumerate(read.table.column_names):
        context.report(number, read.table.num_columns, "converting the columns")
        values = reader.values_of(read.table.column(column), column)
        # The reader has said why a column cannot be used.
        if values is not None:
            facts.append(ColumnFacts(column, values))
    reader.say()
    return facts, reader.unusable
