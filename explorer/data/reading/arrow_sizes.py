"""How much memory Arrow and Parquet files take when they are read, known before they are.

Parquet
    One value of a dictionary can stand in any number of rows. All words are therefore read as dictionaries, and
    decoded after `decoded_size` says how much that takes.
Arrow
    A compressed buffer begins with its unpacked size, which `check_messages` adds up from the bytes of the file.
"""

import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import compute, ipc, parquet

from explorer.data.reading.limits import TABLE_BYTES, check_growth
from explorer.data.reading.parquet_footer import column_values

FREE_BYTES = 256 << 20
"""Tables smaller than this are read whatever is stored of them, as Parquet packs columns of one value very well."""
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12, "BYTE_ARRAY": 4}
"""Bytes of a value in memory by Parquet's physical types; of words without their letters."""
_RECORD_BATCH = 3  # MessageHeader of Arrow's Message.fbs


def open_parquet(path: Path) -> parquet.ParquetFile:
    """Open a Parquet file whose columns of words are read as dictionaries."""
    with parquet.ParquetFile(path) as file:
        schema = file.schema
        words = [column.path for column in map(schema.column, range(len(schema))) if _is_words(column)]
    return parquet.ParquetFile(path, read_dictionary=words)


def _is_words(column: Any) -> bool:
    return str(column.physical_type) == "BYTE_ARRAY"


def parquet_size(file: parquet.ParquetFile, path: Path) -> int:
    """Return how many bytes the numbers of a file take in memory, and its words at least."""
    schema, rows = file.metadata.schema, file.metadata.num_rows
    columns = [schema.column(number) for number in range(file.metadata.num_columns)]
    widths = [_WIDTHS.get(column.physical_type) or max(1, int(column.length or 1)) for column in columns]
    if not any(column.max_repetition_level for column in columns):
        return int(rows) * sum(widths)
    # A row may be a list of any length.
    groups = column_values(path)
    return sum(width * count for group in groups for width, count in zip(widths, group, strict=False))


def decoded_size(array: pa.Array) -> int:
    """Return how many bytes an array takes once its dictionaries are decoded."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        values, used = array.dictionary, array.indices.drop_null()
        if not (pa.types.is_string(values.type) or pa.types.is_binary(values.type)):
            return int(len(array) * values.nbytes // max(1, len(values)))
        lengths = compute.binary_length(values).take(used)
        return int(compute.sum(lengths.cast(pa.int64())).as_py() or 0) + 4 * len(array)
    if pa.types.is_struct(kind):
        return sum(map(decoded_size, array.flatten()))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return decoded_size(array.flatten()) + 4 * len(array)
    return int(array.nbytes)


def decoded_type(kind: pa.DataType) -> pa.DataType:
    """Return a type with those of the values in place of dictionaries."""
    if pa.types.is_dictionary(kind):
        return kind.value_type
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(each.name, decoded_type(each.type), each.nullable) for each in kind])
    if pa.types.is_list(kind):
        return pa.list_(pa.field(kind.value_field.name, decoded_type(kind.value_type), kind.value_field.nullable))
    if pa.types.is_large_list(kind):
        return pa.large_list(decoded_type(kind.value_type))
    return kind


def decoded_schema(schema: pa.Schema) -> pa.Schema:
    """Return a schema with the types of values in place of dictionaries."""
    fields = [pa.field(each.name, decoded_type(each.type), each.nullable, each.metadata) for each in schema]
    return pa.schema(fields, schema.metadata)


def check_messages(path: Path) -> None:
    """Raise DataError if the compressed batches of an Arrow file take far more than the file, or too much."""
    stored, total = path.stat().st_size, 0
    with pa.memory_map(str(path)) as source:
        # A file with an index is a stream between two marks.
        source.seek(8 if source.read(6) == b"ARROW1" else 0)
        for message in ipc.MessageReader.open_stream(source):
            body = message.body
            total += max(_unpacked(message.metadata.to_pybytes(), body), body.size if body is not None else 0)
            check_growth(stored, total, path, FREE_BYTES)
            TABLE_BYTES.check(total, path, "the table takes at least")


def _unpacked(metadata: bytes, body: Any) -> int:
    """Return the size of the unpacked buffers of a record batch; 0 of another message, or one not compressed.

    ``metadata`` is the flatbuffer of a Message, whose header is a RecordBatch or a DictionaryBatch with one inside
    (format/Message.fbs of Arrow). A table of a flatbuffer begins with the distance back to the list of its fields.
    """
    try:
        message = _number(metadata, 0, "<I")
        kind = _field(metadata, message, 1)
        header = _field(metadata, message, 2)
        if not kind or not header:
            return 0
        header += _number(metadata, header, "<I")
        if metadata[kind] != _RECORD_BATCH:
            inner = _field(metadata, header, 1)
            if not inner or metadata[kind] != 2:
                return 0
            header = inner + _number(metadata, inner, "<I")
        buffers = _field(metadata, header, 2)
        if not buffers or not _field(metadata, header, 3):
            return 0
        start = buffers + _number(metadata, buffers, "<I")
        total = 0
        for index in range(_number(metadata, start, "<I")):
            offset, length = struct.unpack_from("<qq", metadata, start + 4 + 16 * index)
            if length >= 8:
                total += max(length - 8, struct.unpack("<q", body.slice(offset, 8).to_pybytes())[0])
        return total
    except (struct.error, IndexError, pa.ArrowException):
        return 0  # damaged: reading it will say how


def _number(data: bytes, at: int, form: str) -> int:
    return int(struct.unpack_from(form, data, at)[0])


def _field(data: bytes, table: int, index: int) -> int:
    """Return the position of a field of a table, 0 if it is not there."""
    fields = table - _number(data, table, "<i")
    if 4 + 2 * index >= _number(data, fields, "<H"):
        return 0
    offset = _number(data, fields + 4 + 2 * index, "<H")
    return table + offset if offset else 0
