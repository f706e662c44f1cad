"""Reads how many values the columns of a Parquet file have from its footer, without pyarrow.

pyarrow ends the process if the statistics of a column are damaged and its metadata is asked for; reading the column
raises an error instead. The footer is a structure of Thrift's compact protocol (thrift-compact-protocol.md of Apache
Thrift, parquet.thrift of Apache Parquet).
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from explorer.data.dataset import DataError

MAX_FOOTER = 64 << 20
"""Maximum size of a footer in bytes; it has about 200 bytes for each column of each row group."""
MAX_DEPTH = 20
_ROW_GROUPS, _COLUMNS, _METADATA, _NUM_VALUES = 4, 1, 3, 5


def column_values(path: Path) -> Iterator[list[int]]:
    """Yield for each row group the number of values of each of its columns, those in lists included.

    Raises
    ------
    DataError
        If the footer is damaged.
    """
    try:
        with path.open("rb") as stream:
            for group in _structure(_footer(stream), [0], 0)[_ROW_GROUPS]:
                yield [int(column[_METADATA][_NUM_VALUES]) for column in group[_COLUMNS]]
    except (LookupError, TypeError, ValueError, struct.error) as error:
        raise DataError(f"{path}: the footer of the Parquet file is damaged; copy or save it again") from error


def _footer(stream: BinaryIO) -> bytes:
    stream.seek(-8, 2)
    size = int.from_bytes(stream.read(4), "little")
    if size > MAX_FOOTER:
        raise ValueError("too large")
    stream.seek(-8 - size, 2)
    return stream.read(size)


def _varint(data: bytes, at: list[int]) -> int:
    """Return a number of 7 bits a byte, and move the position ``at[0]`` behind it."""
    value = shift = 0
    while True:
        byte = data[at[0]]
        at[0] += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value
        if shift > 70:
            raise ValueError("too long")


def _zigzag(data: bytes, at: list[int]) -> int:
    value = _varint(data, at)
    return (value >> 1) ^ -(value & 1)


def _structure(data: bytes, at: list[int], depth: int) -> dict[int, Any]:
    """Return the fields of a structure by their numbers."""
    fields: dict[int, Any] = {}
    number = 0
    if depth > MAX_DEPTH:
        raise ValueError("too deep")
    while head := data[at[0]]:
        at[0] += 1
        number = number + (head >> 4) if head >> 4 else _zigzag(data, at)
        # The type of a field of type bool is its value.
        fields[number] = head & 15 == 1 if head & 15 < 3 else _value(data, at, head & 15, depth)
    at[0] += 1
    return fields


def _value(data: bytes, at: list[int], kind: int, depth: int) -> Any:
    if kind in (4, 5, 6):
        return _zigzag(data, at)
    if kind == 8:
        size = _varint(data, at)
        at[0] += size
        return data[at[0] - size : at[0]]
    if kind in (9, 10):
        head = data[at[0]]
        at[0] += 1
        size = head >> 4 if head >> 4 < 15 else _varint(data, at)
        if size > len(data):
            raise ValueError("too many")
        return [_value(data, at, head & 15, depth + 1) for _ in range(size)]
    if kind == 12:
        return _structure(data, at, depth + 1)
    widths = {1: 1, 2: 1, 3: 1, 7: 8}  # booleans in lists, bytes and doubles, whose values nobody needs
    at[0] += widths[kind]
    return None
