"""Reads tables whose rows contain encoded pictures: Parquet and Arrow files as Hugging Face's ``datasets`` writes them.

A column of pictures is ``struct<bytes, path>`` or binary, and its values begin like a file of pictures. The names of
classes are in the metadata of the schema.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import ipc, parquet

from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.pictures.collection import Opener
from explorer.data.pictures.picture_file import looks_like_picture
from explorer.data.reading.arrow_sizes import FREE_BYTES, check_messages
from explorer.data.reading.limits import ARRAY_BYTES, check_growth

SUFFIXES = frozenset({".parquet", ".pq", ".arrow"})
_ROWS_AT_ONCE, _BYTES_AT_ONCE = 64, 256 << 20  # few, as a file may repeat one large value very often
_LOOKED_AT = 8
_PREVIEWED_GROUPS = 8


class EncodedTable:
    """A Parquet or Arrow file. Rows are read in batches, so that a file that decodes to far more is noticed early."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: parquet.ParquetFile | None = None
        try:
            if path.suffix.lower() == ".arrow":
                check_messages(path)
                self._table = _mapped(path)
                # Arrow trusts the offsets and indices of a file, and would read other memory.
                self._table.validate(full=True)
                self.schema, self.count = self._table.schema, self._table.num_rows
            else:
                self._file = parquet.ParquetFile(path)
                self.schema, self.count = self._file.schema_arrow, self._file.metadata.num_rows
        except (pa.ArrowException, OSError, ValueError) as error:
            raise DataError(f"{path}: the table cannot be read ({str(error).splitlines()[0]})") from error

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    @property
    def picture_columns(self) -> list[str]:
        """Names of the columns that contain encoded pictures."""
        able = [field.name for field in self.schema if _bytes_type(field.type)]
        return [name for name in able if self._begins_with_picture(name)]

    @property
    def class_names(self) -> dict[str, list[str]]:
        """The names of the classes of each column of class numbers, from the metadata of the file."""
        found = {}
        for name, feature in self._features().items():
            names = feature.get("names") if isinstance(feature, dict) else None
            if isinstance(names, list) and feature.get("_type") == "ClassLabel":
                found[name] = [str(each) for each in names]
        return found

    def _features(self) -> dict[str, Any]:
        try:
            info = json.loads((self.schema.metadata or {}).get(b"huggingface", b"{}"))
            features = info["info"]["features"]
        except (ValueError, LookupError, TypeError, RecursionError):
            return {}
        return features if isinstance(features, dict) else {}

    def _begins_with_picture(self, name: str) -> bool:
        # By its first values, since binary columns also hold sounds, arrays and hashes.
        first = next(self.batches([name], limit=_LOOKED_AT), None)
        if first is None:
            return False
        values = [value for value in pictures_of(first.column(name)) if value is not None]
        return any(looks_like_picture(bytes(memoryview(value)[:16])) for value in values)

    def batches(self, columns: list[str], limit: int | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows; with a limit, about that many, spread over the file.

        Raises
        ------
        DataError
            If the file is damaged.
        """
        try:
            if self._file is None:
                yield from self._of_arrow(columns, limit)
            else:
                yield from self._of_parquet(self._file, columns, limit)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise DataError(f"{self.path}: the table is damaged ({str(error).splitlines()[0]})") from error

    # The file is mapped: rows that are not taken are never read.
    def _of_arrow(self, columns: list[str], limit: int | None) -> Iterator[pa.RecordBatch]:
        table = self._table.select(columns)
        if limit is not None and limit < table.num_rows:
            table = table.take(np.linspace(0, table.num_rows - 1, limit).round().astype(np.int64))
        yield from table.to_batches(max_chunksize=_ROWS_AT_ONCE)

    def _of_parquet(self, file: parquet.ParquetFile, columns: list[str], limit: int | None) -> Iterator[pa.RecordBatch]:
        groups = list(range(file.metadata.num_row_groups))
        at_once = _rows_at_once(file)
        if limit is None:
            yield from file.iter_batches(at_once, columns=columns)
            return
        # Rows are often sorted by class, so a preview takes some from several groups.
        chosen = np.unique(np.linspace(0, len(groups) - 1, min(_PREVIEWED_GROUPS, len(groups))).round().astype(int))
        for group in chosen.tolist():
            missing = -(-limit // len(chosen))
            for batch in file.iter_batches(min(at_once, missing), row_groups=[group], columns=columns):
                yield batch.slice(0, missing)
                missing -= min(missing, batch.num_rows)
                if missing == 0:
                    break


def _rows_at_once(file: parquet.ParquetFile) -> int:
    """Return how many rows take little memory even if each has the largest value that can be stored."""
    groups = map(file.metadata.row_group, range(file.metadata.num_row_groups))
    largest = max((group.total_byte_size for group in groups), default=0)
    return max(1, min(_ROWS_AT_ONCE, _BYTES_AT_ONCE // max(largest, 1)))


def _mapped(path: Path) -> pa.Table:
    """Return the table of an Arrow file, in either of its two formats, without reading it."""
    with pa.memory_map(str(path)) as source:
        # The datasets library writes the stream format, pandas and Feather the file format, under one suffix.
        try:
            return ipc.open_stream(source).read_all()
        except pa.ArrowInvalid:
            return ipc.open_file(source).read_all()


def _bytes_type(kind: pa.DataType) -> bool:
    """Return whether a type is that of encoded pictures: bytes, or a struct with a field of bytes."""
    if pa.types.is_struct(kind):
        # datasets stores {bytes, path}. With a path alone, the picture is not in the file.
        index = kind.get_field_index("bytes")
        kind = kind.field(index).type if index >= 0 else kind
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def pictures_of(column: pa.Array) -> list[pa.Buffer | None]:
    """Return the bytes of each picture of a column, without copying; None where it is missing."""
    if pa.types.is_struct(column.type):
        # flatten also hands the missing rows of the struct down to its fields, which field() would not.
        column = column.flatten()[column.type.get_field_index("bytes")]
    return [value.as_buffer() if value.is_valid else None for value in column]


def paths_of(column: pa.Array) -> list[str]:
    """Return the file name of each picture, "" without one."""
    index = column.type.get_field_index("path") if pa.types.is_struct(column.type) else -1
    if index < 0 or not pa.types.is_string(column.type.field(index).type):
        return [""] * len(column)
    return [path or "" for path in column.flatten()[index].to_pylist()]


def opener_of(buffer: pa.Buffer | None) -> Opener:
    """Return a function that opens the bytes of a picture."""

    def open_bytes() -> BinaryIO:
        return io.BytesIO(b"" if buffer is None else memoryview(buffer))

    return open_bytes


def read_batches(
    table: EncodedTable, columns: list[str], limit: int | None, room: int, context: LoadContext
) -> list[pa.RecordBatch]:
    """Return the rows of a file, at most ``room`` bytes of them.

    Raises
    ------
    DataError
        If it contains more.
    """
    found, size, rows = [], 0, 0
    for batch in table.batches(columns, limit):
        context.report(rows, 0, f"reading {table.path.name}")
        size, rows = size + batch.nbytes, rows + batch.num_rows
        check_growth(table.path.stat().st_size, size, table.path, FREE_BYTES)
        if size > room:
            raise ARRAY_BYTES.error(ARRAY_BYTES.value + size - room, table.path, "the encoded pictures take at least")
        found.append(batch)
    return found
