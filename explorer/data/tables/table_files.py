"""Reads Parquet, Feather and Arrow files, and folders that Hugging Face's ``datasets`` saved to disk.

All are read in batches, so that progress is reported, the user can cancel, and a preview reads only the first rows.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import compute, feather, ipc

from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.reading.arrow_sizes import (
    FREE_BYTES,
    check_messages,
    decoded_schema,
    decoded_size,
    open_parquet,
    parquet_size,
)
from explorer.data.reading.limits import TABLE_BYTES, check_growth
from explorer.data.report import Notes
from explorer.data.tables.read_table import ReadTable, say_names, unique_names

PARQUET_SUFFIXES = (".parquet", ".pq")
ARROW_SUFFIXES = (".feather", ".arrow", ".ftr", ".ipc")
_INFO, _SPLITS = "dataset_info.json", "dataset_dict.json"
_BATCH = 65_536


@dataclass(frozen=True)
class _Opened:
    """A file that can be read in batches; ``rows`` is 0 if their number is not known.

    ``size`` is what it takes in memory and ``stored`` what it takes on disk, in bytes.
    """

    schema: pa.Schema
    rows: int
    size: int
    stored: int
    batches: Callable[[int], Iterator[pa.RecordBatch]]


def read_parquet(path: Path, context: LoadContext) -> ReadTable:
    """Return the table of a Parquet file."""
    with closing(open_parquet(path)) as file:
        rows, size = file.metadata.num_rows, parquet_size(file, path)
        # A row may be a list of any length: few of them are then read at once.
        batch = max(1, min(_BATCH, FREE_BYTES * rows // max(size, 1)))
        schema = decoded_schema(file.schema_arrow)
        opened = _Opened(
            schema, rows, size, path.stat().st_size, lambda rows: file.iter_batches(batch_size=min(rows, batch))
        )
        return _finished(_read([opened], path, context), schema, context.notes)


def read_arrow(path: Path, context: LoadContext) -> ReadTable:
    """Return the table of a Feather or Arrow file."""
    opened = _open_arrow(path)
    return _finished(_read([opened], path, context), opened.schema, context.notes)


def holds_saved_dataset(path: Path) -> bool:
    """Return whether a folder was written by ``save_to_disk`` of Hugging Face's ``datasets``, and has no pictures."""
    if not path.is_dir():
        return False
    folders = _split_folders(path).values()
    try:
        return bool(folders) and not any(has_picture_column(_open_arrow(_shards(each)[0]).schema) for each in folders)
    except (DataError, OSError, pa.ArrowException, IndexError):
        return bool(folders)  # opening it says what is damaged or missing


def read_saved_dataset(path: Path, context: LoadContext) -> ReadTable:
    """Return the table of a folder that ``save_to_disk`` wrote; its splits become a column."""
    context.notes.understood("a data set that Hugging Face's datasets saved to disk")
    parts, opened = [], []
    for split, folder in _split_folders(path).items():
        opened = [_open_arrow(file) for file in _shards(folder)]
        if not opened:
            raise DataError(f"{folder}: there are no files data-*.arrow")
        part = _read(opened, folder, context)
        parts.append(part.append_column("split", pa.array([split] * len(part))) if split else part)
    table = pa.concat_tables(parts, promote_options="permissive")
    return _finished(table, opened[0].schema, context.notes)


def has_picture_column(schema: pa.Schema) -> bool:
    """Return whether a column contains encoded pictures, ``struct<bytes, path>`` as Hugging Face stores them."""
    structs = (field.type for field in schema if pa.types.is_struct(field.type))
    return any({"bytes", "path"} <= {each.name for each in struct} for struct in structs)


def class_names_of(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """Return the names of classes by column, as Hugging Face writes them into the schema."""
    try:
        info = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = info["info"]["features"] if "info" in info else {}
        return {
            str(name): tuple(map(str, feature["names"]))
            for name, feature in features.items()
            if isinstance(feature, dict) and isinstance(feature.get("names"), list)
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}  # metadata in another form: the numbers are the names then


def _split_folders(path: Path) -> dict[str, Path]:
    """Return the folders of a saved data set by split; one without splits has the name ""."""
    if (path / _INFO).is_file() and _shards(path):
        return {"": path}
    if not (path / _SPLITS).is_file():
        return {}
    return {each.name: each for each in sorted(path.iterdir()) if (each / _INFO).is_file()}


def _shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.arrow"))


def _open_arrow(path: Path) -> _Opened:
    """Open an Arrow file: the format with an index, the one without, or the first version of Feather."""
    check_messages(path)
    size = path.stat().st_size
    source = pa.memory_map(str(path))
    start = source.read(6)
    source.seek(0)
    # The first version of Feather is no Arrow file, and is read as a whole.
    if start.startswith(b"FEA1"):
        table = feather.read_table(path)
        return _Opened(table.schema, len(table), size, size, lambda rows: iter(table.to_batches(rows)))
    if start == b"ARROW1":
        file = ipc.open_file(source)
        batches = (file.get_batch(index) for index in range(file.num_record_batches))
        return _Opened(file.schema, 0, size, size, lambda rows: batches)
    stream = ipc.open_stream(source)
    return _Opened(stream.schema, 0, size, size, lambda rows: iter(stream))


def _read(opened: Sequence[_Opened], path: Path, context: LoadContext) -> pa.Table:
    """Return the rows of files of one schema, or about the first ``context.limit``."""
    limit, total = context.limit, sum(each.rows for each in opened)
    size, stored = sum(each.size for each in opened), sum(each.stored for each in opened)
    if limit is None:
        TABLE_BYTES.check(size, path, "the table takes")
        check_growth(stored, size, path, FREE_BYTES)
    batches: list[pa.RecordBatch] = []
    rows = used = 0
    for batch in (batch for each in opened for batch in each.batches(limit or _BATCH)):
        context.report(rows, total, f"reading {path.name}")
        for column in batch.columns:
            _validate(column)
        part = batch if limit is None else batch.slice(0, limit - rows)
        rows, used = rows + len(part), used + sum(map(decoded_size, part.columns))
        # One word of a dictionary may stand in any number of rows.
        TABLE_BYTES.check(used, path, "the table takes at least")
        check_growth(stored, used, path, FREE_BYTES)
        batches.append(part if part.schema.equals(opened[0].schema) else part.cast(opened[0].schema))
        if limit is not None and rows >= limit:
            if rows < total or not total:
                context.notes.partial(f"the first {rows:,} of {total:,} rows" if total else f"the first {rows:,} rows")
            break
    return pa.Table.from_batches(batches, opened[0].schema)


def _validate(column: pa.Array) -> None:
    """Check the offsets and indices of a column: Arrow trusts those of a file, and would read other memory.

    Words need not be text; `table_values` leaves out their column, and says so.
    """
    if pa.types.is_dictionary(column.type):
        _validate(column.dictionary)
        column.indices.validate(full=True)
        ends = compute.min_max(column.indices)
        first, last = ends["min"].as_py(), ends["max"].as_py()
        if first is not None and not 0 <= first <= last < len(column.dictionary):
            raise pa.ArrowInvalid("an index lies outside of its dictionary")
    elif pa.types.is_string(column.type):
        column.view(pa.binary()).validate(full=True)
    else:
        column.validate(full=True)


def _finished(table: pa.Table, schema: pa.Schema, notes: Notes) -> ReadTable:
    """Return a table with structs as columns, unique names, and the index of pandas in front."""
    # Structs in structs need several rounds.
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    # In front of the others, it can be recognized as the names of the rows.
    index = [name for name in _pandas_index(schema) if name in table.column_names]
    table = table.select([*index, *(name for name in table.column_names if name not in index)]) if index else table
    names, changed = unique_names(table.column_names)
    say_names(changed, notes)
    return ReadTable(table.rename_columns(names), class_names=class_names_of(schema))


def _pandas_index(schema: pa.Schema) -> list[str]:
    """Return the columns that were the index of a pandas DataFrame; it is stored behind the others."""
    try:
        described: Any = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
        return [name for name in described.get("index_columns", []) if isinstance(name, str)]
    except (ValueError, AttributeError):
        return []
