"""Reads records as JSON: one per line, or in a list. Nested values become columns such as ``size.height``."""

import json
import lzma
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.reading.limits import ARRAY_BYTES, TABLE_BYTES, TABLE_CELLS, TABLE_COLUMNS
from explorer.data.report import noun, rows_text
from explorer.data.tables.read_table import ReadTable, column_of, say_names, unique_names
from explorer.data.tables.text_encoding import chosen_encoding, detect_encoding
from explorer.data.tables.text_stream import unpacked

LINE_SUFFIXES = (".jsonl", ".ndjson")
SUFFIXES = (*LINE_SUFFIXES, ".json", ".geojson")
_OBJECT_BYTES = 64
"""Memory of a value that is read from JSON, about."""
_HEAD, _PIECE = 8 << 20, 1 << 20
"""Number of bytes of lines that are read for a preview."""
_EVERY = 2000
_DEEPEST = 20

Record = dict[str, Any]


def read_json(path: Path, config: DataConfig, context: LoadContext) -> ReadTable:
    """Return the table of a file of records.

    Raises
    ------
    DataError
        If the file is no JSON, too large, or contains no records.
    """
    context.notes.applies("encoding")
    data = _data(path, context)
    # Each value becomes a Python object, however few letters it has.
    ARRAY_BYTES.check(_OBJECT_BYTES * sum(map(data.count, (b"{", b"[", b","))), path, "the values take about")
    encoding = chosen_encoding(config.encoding, str(path)) if config.encoding else detect_encoding(data)
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    records = _whole(text, path, context) if _is_whole(text) else _lines(text, path, context)
    # Only the values are limited: a whole file has to be parsed before its records are known.
    limited = records[: context.limit] if context.limit else records
    columns: dict[str, list[Any]] = {}
    for row, record in enumerate(limited):
        if row % _EVERY == 0:
            context.report(row, len(limited), f"reading {path.name}")
        for name, value in _flattened(record, "", 0):
            # A name that was not in the records before is missing there.
            values = columns.setdefault(name, [])
            values += [None] * (row - len(values))
            values.append(value)
        TABLE_COLUMNS.check(len(columns), path, "the number of columns is at least")
        TABLE_CELLS.check(len(columns) * len(limited), path, "the number of cells is at least")
    for values in columns.values():
        values += [None] * (len(limited) - len(values))
    if not columns:
        raise DataError(f'{path}: there are no records of values, like {{"a": 1, "b": 2}}')
    if len(limited) < len(records):
        context.notes.partial(f"the first {len(limited):,} rows")
    names, changed = unique_names(list(columns))
    say_names(changed, context.notes)
    return ReadTable(pa.table([column_of(values) for values in columns.values()], names=names))


def _data(path: Path, context: LoadContext) -> bytes:
    """Return the contents of a file; for a preview of lines, only the first of them."""
    with path.open("rb") as raw:
        stream = unpacked(raw, path)
        try:
            if context.limit is None or not any(suffix in path.name.lower() for suffix in LINE_SUFFIXES):
                return b"".join(_pieces(stream, path))
            head = stream.read(_HEAD)
        except (EOFError, zlib.error, lzma.LZMAError) as error:
            raise DataError(f"{path}: the compressed file is damaged ({error}); copy or download it again") from error
    return head if len(head) < _HEAD else head[: head.rfind(b"\n") + 1]


def _pieces(stream: BinaryIO, path: Path) -> Iterator[bytes]:
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        TABLE_BYTES.check(size, path, "the file has at least")
        yield piece


def _is_whole(text: str) -> bool:
    """Return whether the text is one value, not one per line."""
    # One value over many lines begins with "[" or with an object that does not end on its line.
    first = text.lstrip().partition("\n")[0]
    if not first.startswith("{"):
        return True
    try:
        json.loads(first)
    except ValueError:
        return True
    return not text.strip().partition("\n")[2].strip()


def _whole(text: str, path: Path, context: LoadContext) -> list[Record]:
    """Return the records of a list, of an object that contains one, or of pandas' forms."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: no valid JSON ({error})") from error
    if isinstance(value, dict):
        value = _of_object(value, path, context)
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        value = [{f"f{number}": cell for number, cell in enumerate(row)} for row in value]
    if not isinstance(value, list) or not any(isinstance(record, dict) for record in value):
        raise DataError(f'{path}: there are no records; a table as JSON is a list like [{{"a": 1}}, {{"a": 2}}]')
    others = [row for row, record in enumerate(value) if not isinstance(record, dict)]
    context.notes.left_out(noun(len(others), "row"), "not records", rows_text(others))
    return [record for record in value if isinstance(record, dict)]


def _of_object(value: Record, path: Path, context: LoadContext) -> Any:
    if {"columns", "data"} <= set(value):  # pandas, orient="split"
        return [dict(zip(map(str, value["columns"]), row, strict=False)) for row in value["data"]]
    lists = {name: each for name, each in value.items() if isinstance(each, list)}
    # COCO and GeoJSON have lists of records beside each other; the longest one has the samples.
    records = {name: each for name, each in lists.items() if any(isinstance(one, dict) for one in each)}
    if records:
        name = max(records, key=lambda each: len(records[each]))
        context.notes.understood(f"the records are in {name!r}")
        others = [each for each in value if each != name]
        context.notes.left_out(noun(len(others), "value"), f"beside the records in {name!r}", others)
        return records[name]
    if lists and len({len(each) for each in lists.values()}) == 1:  # columns
        return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    if value and all(isinstance(each, dict) for each in value.values()):  # pandas: columns by row, or rows by name
        rows = list(dict.fromkeys(row for column in value.values() for row in column))
        if len({tuple(column) for column in value.values()}) == 1 and rows[:1] == ["0"]:
            return [{name: column.get(row) for name, column in value.items()} for row in rows]
        return [{"name": name, **record} for name, record in value.items()]
    return [value]


def _lines(text: str, path: Path, context: LoadContext) -> list[Record]:
    records, bad = [], []
    for number, line in enumerate(line for line in text.split("\n") if line.strip()):
        if number % _EVERY == 0:
            context.report(0, 0, f"reading {path.name}")
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict):
            records.append(record)
        else:
            bad.append(number)
        if context.limit and len(records) > context.limit:
            break
    context.notes.left_out(noun(len(bad), "line"), "not records of JSON", rows_text(bad))
    return records


def _flattened(record: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _flattened(value, f"{prefix}{name}.", depth + 1)
        else:
            yield f"{prefix}{name}", value
