"""Reads Parquet, Feather and Arrow files, and folders that Hugging Face's ``datasets`` saved to disk.

All are read in batches, so that progress is reported, the user can cancel, and a preview reads only the first rows.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import feather, ipc, parquet

from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.report import Notes
from explorer.data.tables.read_table import ReadTable, say_names, unique_names

MAX_BYTES = 2 << 30
"""Maximum size of a table in memory: 2 GiB."""
PARQUET_SUFFIXES = (".parquet", ".pq")
ARROW_SUFFIXES = (".feather", ".arrow", ".ftr", ".ipc")
_INFO, _SPLITS = "dataset_info.json", "dataset_dict.json"
_BATCH = 65_536


@dataclass(frozen=True)
class _Opened:
    """A file that can be read in batches; ``rows`` is 0 if their number is not known, ``size`` is in bytes."""

    schema: pa.Schema
    rows: int
    size: int
    batches: Callable[[int], Iterator[pa.RecordBatch]]


def read_parquet(path: Path, context: LoadContext) -> ReadTable:
    """Return the table of a Parquet file."""
    with parquet.ParquetFile(path) as file:
        metadata = file.metadata
        size = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
        # The metadata gives encoded sizes: a constant column of any length takes a few bytes.
        size = max(size, metadata.num_rows * metadata.num_columns * np.dtype(np.float32).itemsize)
        opened = _Opened(
            file.schema_arrow, metadata.num_rows, size, lambda rows: file.iter_batches(batch_size=min(rows, _BATCH))
        )
        return _finished(_read([opened], path, context), opened.schema, context.notes)


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
    size = path.stat().st_size
    source = pa.memory_map(str(path))
    start = source.read(6)
    source.seek(0)
    # The first version of Feather is no Arrow file, and is read as a whole.
    if start.startswith(b"FEA1"):
        table = feather.read_table(path)
        return _Opened(table.schema, len(table), size, lambda rows: iter(table.to_batches(rows)))
    if start == b"ARROW1":
        file = ipc.open_file(source)
        batches = (file.get_batch(index) for index in range(file.num_record_batches))
        return _Opened(file.schema, 0, size, lambda rows: batches)
    stream = ipc.open_stream(source)
    return _Opened(stream.schema, 0, size, lambda rows: iter(stream))


def _read(opened: Sequence[_Opened], path: Path, context: LoadContext) -> pa.Table:
    """Return the rows of files of one schema, or about the first ``context.limit``."""
    limit, total = context.limit, sum(each.rows for each in opened)
    size = sum(each.size for each in opened)
    if limit is None and size > MAX_BYTES:
        raise DataError(f"{path}: the table takes {size:,} bytes of memory; the limit is {MAX_BYTES:,}")
    batches: list[pa.RecordBatch] = []
    rows = used = 0
    for batch in (batch for each in opened for batch in each.batches(limit or _BATCH)):
        context.report(rows, total, f"reading {path.name}")
        batches.append(batch if limit is None else batch.slice(0, limit - rows))
        rows, used = rows + len(batches[-1]), used + batches[-1].nbytes
        if used > MAX_BYTES:  # compressed batches can be much larger than the file
            raise DataError(f"{path}: the table takes more than {MAX_BYTES:,} bytes of memory; use a part of it")
        if limit is not None and rows >= limit:
            if rows < total or not total:
                context.notes.partial(f"the first {rows:,} of {total:,} rows" if total else f"the first {rows:,} rows")
            break
    return pa.Table.from_batches(batches, opened[0].schema)


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
