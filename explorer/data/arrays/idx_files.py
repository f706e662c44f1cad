"""Reads one file of the IDX format of MNIST.

It is two zero bytes, a type, the number of dimensions, big-endian sizes, and the values
(http://yann.lecun.com/exdb/mnist).
"""

import gzip
import math
import struct
import zlib
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.arrays.array_files import MAX_DEFLATE_RATIO
from explorer.data.arrays.preview_rows import READ_BYTES, Blocks, preview_blocks
from explorer.data.dataset import DataError
from explorer.data.reading.limits import ARRAY_BYTES, FREE_BYTES, check_growth

_MAX_DIMENSIONS = 4
# In small pieces: a gzip file of a few kB may claim, and begin to deliver, gigabytes.
_CHUNK = 1 << 20
_TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}


def idx_shape(path: Path) -> tuple[int, ...]:
    """Return the shape that the header of an IDX file declares.

    Raises
    ------
    DataError
        If the file is not an IDX file.
    """
    try:
        with _open(path) as stream:
            return _read_header(stream, path)[1]
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: the file cannot be read to its end ({error})") from error


def previewed(path: Path, limit: int | None) -> Blocks | None:
    """Return the rows of a file that a preview reads, from all parts of it; None for all."""
    shape = idx_shape(path)
    row = math.prod(shape[1:])
    # Small files are read as a whole.
    if limit is None or shape[0] <= limit or shape[0] * row < FREE_BYTES:
        return None
    # The middle of a compressed file can only be reached by decompressing all before it.
    return preview_blocks(min(shape[0], max(limit, READ_BYTES // max(row, 1))), limit)


def read_idx(path: Path, blocks: Blocks | None = None) -> NDArray[Any]:
    """Read one IDX file, compressed by gzip or not, of any type and up to 4 dimensions.

    The memory used depends on the size of the file, not on the sizes in its header.

    Parameters
    ----------
    blocks
        The rows to read, ascending; None for all.

    Raises
    ------
    DataError
        If the file is not an IDX file, its header does not match its contents, or it is too large.
    """
    try:
        with _open(path) as stream:
            dtype, shape = _read_header(stream, path)
            expected = dtype.itemsize * math.prod(shape)  # of Python integers, so it cannot overflow
            _check_size(expected, path)
            if blocks is not None:
                return _read_blocks(stream, dtype, shape, blocks, path)
            payload = _read_at_most(stream, expected + 1)  # one byte more shows that the file is too long
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: the file cannot be read to its end ({error})") from error
    if len(payload) != expected:
        found = "more" if len(payload) > expected else f"{len(payload) // dtype.itemsize}"
        count = expected // dtype.itemsize
        raise DataError(f"{path}: the IDX header declares {count} values of shape {shape}, the file has {found}")
    values = np.frombuffer(payload, dtype=dtype).reshape(shape)  # big-endian
    return values.astype(dtype.newbyteorder("="), copy=False)


def _read_blocks(
    stream: gzip.GzipFile | BufferedReader, dtype: np.dtype[Any], shape: tuple[int, ...], blocks: Blocks, path: Path
) -> NDArray[Any]:
    start, row = stream.tell(), dtype.itemsize * math.prod(shape[1:])
    parts = []
    for block in blocks:
        # Of a gzip file, seek decompresses all in between, and throws it away.
        stream.seek(start + block.start * row)
        size = (block.stop - block.start) * row
        parts.append(_read_at_most(stream, size))
        if len(parts[-1]) != size:
            raise DataError(f"{path}: the file ends before row {block.stop:,} of {shape[0]:,}")
    values = np.frombuffer(b"".join(parts), dtype=dtype).reshape(-1, *shape[1:])
    return values.astype(dtype.newbyteorder("="), copy=False)


def _open(path: Path) -> gzip.GzipFile | BufferedReader:
    with path.open("rb") as raw:
        compressed = raw.read(2) == b"\x1f\x8b"  # the magic number of gzip, whatever the suffix
    return gzip.open(path) if compressed else path.open("rb")


def _read_header(stream: gzip.GzipFile | BufferedReader, path: Path) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= _MAX_DIMENSIONS:
        raise DataError(f"{path}: not an IDX file (it begins with {magic.hex(' ') or 'nothing'})")
    sizes = stream.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise DataError(f"{path}: the file ends within its IDX header")
    return _TYPES[magic[2]], struct.unpack(f">{magic[3]}I", sizes)


def _check_size(expected: int, path: Path) -> None:
    ARRAY_BYTES.check(expected, path, "the IDX header declares")
    size = path.stat().st_size
    if expected > size * MAX_DEFLATE_RATIO:
        raise DataError(f"{path}: the IDX header declares {expected:,} bytes, more than {size:,} can decompress to")
    check_growth(size, expected, path)


def _read_at_most(stream: gzip.GzipFile | BufferedReader, limit: int) -> bytearray:
    payload = bytearray()
    while len(payload) < limit:
        chunk = stream.read(min(_CHUNK, limit - len(payload)))
        if not chunk:
            break
        payload += chunk
    return payload
