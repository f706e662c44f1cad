"""Reads .npy and .npz files that nobody has to trust: no pickle, and no allocation larger than the file.

1. Check the sizes of an archive's members before decompressing any of them, against a limit and against the ratio of a
   decompression bomb.
2. Read the header of an array and check its shape and dtype.
3. Compare the number of bytes that the header implies with the number in the file; they must be equal.
4. Only then allocate memory and read the values, or map a large .npy file. A preview reads rows from all parts.

Arrays of pickled Python objects are never opened: an archive is read without them.
"""

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, Literal, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from explorer.data.arrays.preview_rows import READ_BYTES, Blocks, blocks_by_length, partial_text, preview_blocks
from explorer.data.context import reason
from explorer.data.dataset import DataError
from explorer.data.reading.limits import ARRAY_BYTES, FREE_BYTES, MAPPED_BYTES, Limit, check_growth
from explorer.data.report import Notes, noun

# A file that was read may be changed or deleted afterwards; a mapped one must stay as long as its data set is open.
MAPPED_ABOVE = 256 << 20
"""A .npy file larger than this is mapped instead of read."""
OBJECT_ARRAY = (
    "this is an object array (pickled Python), which is not opened, as it can run code; if you trust the file, convert "
    "it: np.save('numbers.npy', np.stack(np.load(FILE, allow_pickle=True)))"
)
OBJECTS_LEFT_OUT = "pickled Python objects are not opened, as they can run code"
MAX_DEFLATE_RATIO = 1032
"""The largest ratio by which gzip files and zip archives can grow (zlib's technical details)."""
# NumPy 1 has no more; NumPy 2 allows 64.
_MAX_DIMENSIONS = 32


def read_npy(path: Path, *, mapped: bool = False) -> NDArray[Any]:
    """Read one .npy file; one of more than 256 MiB is mapped, so that only the parts in use take memory.

    Parameters
    ----------
    mapped
        Whether to map smaller files, too.

    Raises
    ------
    DataError
        If the file has another format, contains an object array, or its header does not match its size.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            if size <= MAPPED_ABOVE and not mapped:
                return _read_stream(stream, size, str(path))
            # Checks the header; the mapping itself fails if the file is shorter.
            shape, fortran_order, dtype, start = _checked_header(stream, size, str(path), MAPPED_BYTES)
        if 0 in shape:
            return np.empty(shape, dtype)
        order: Literal["F", "C"] = "F" if fortran_order else "C"
        return np.memmap(path, dtype=dtype, mode="r", offset=start, shape=shape, order=order)
    except (OSError, ValueError) as error:
        # DataError is a ValueError, and would otherwise be wrapped into itself.
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: the file cannot be read ({error})") from error


def read_npz(path: Path, notes: Notes | None = None, limit: int | None = None) -> Mapping[str, NDArray[Any]]:
    """Read the arrays of an .npz file, by name; object arrays and other members are left out, which ``notes`` say.

    Parameters
    ----------
    limit
        The number of samples to read of large arrays, from all parts of them; None reads all.

    Raises
    ------
    DataError
        If the archive is damaged or too large when decompressed, a header does not match, or no array can be read.
    """
    notes = notes or Notes()
    try:
        with zipfile.ZipFile(path) as archive:
            members = _array_members(archive, path, notes)
            headers = {member.filename: _header_of(archive, member, path) for member in members}
            members = _without_objects(members, headers, path, notes)
            blocks = _blocks_to_read(members, headers, limit)
            if limit is not None and blocks:
                notes.partial(partial_text(limit, blocks))
            arrays: dict[str, NDArray[Any]] = {}
            for member in members:
                shape = headers[member.filename].shape
                with archive.open(member) as stream:
                    where = f"{path}, array {_name_of(member)!r}"
                    wanted = blocks.get(shape[0]) if shape else None
                    arrays[_name_of(member)] = _read_stream(stream, member.file_size, where, wanted)
    except DataError:
        raise
    except Exception as error:  # zipfile and the libraries that unpack raise errors of many kinds
        raise DataError(f"{path}: the .npz archive is damaged ({reason(error)})") from error
    if not arrays:
        raise DataError(f"{path} contains no arrays")
    return arrays


def _array_members(archive: zipfile.ZipFile, path: Path, notes: Notes) -> list[zipfile.ZipInfo]:
    """Return the members that are arrays, after a check of all sizes."""
    _check_archive(archive.infolist(), path)
    members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
    others = [member.filename for member in archive.infolist() if not member.filename.endswith((".npy", "/"))]
    if others and not members:
        raise DataError(f"{path} contains {others[0]!r}, which is not an array; expected .npy members")
    notes.left_out(noun(len(others), "file in the archive", "files in the archive"), "not arrays", others)
    return members


def _without_objects(
    members: list[zipfile.ZipInfo], headers: Mapping[str, "_Header"], path: Path, notes: Notes
) -> list[zipfile.ZipInfo]:
    """Leave out arrays of objects, which are pickled; their headers say so, so that no value has to be read."""
    pickled = [_name_of(member) for member in members if headers[member.filename].dtype.hasobject]
    kept = [member for member in members if not headers[member.filename].dtype.hasobject]
    if pickled and not kept:
        raise DataError(f"{path}, array {pickled[0]!r}: {OBJECT_ARRAY}")
    notes.left_out(noun(len(pickled), "array"), OBJECTS_LEFT_OUT, pickled)
    return kept


def _name_of(member: zipfile.ZipInfo) -> str:
    return member.filename.removesuffix(".npy")


def _header_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> "_Header":
    with archive.open(member) as stream:
        return _read_header(stream, f"{path}, array {_name_of(member)!r}")


def _blocks_to_read(
    members: list[zipfile.ZipInfo], headers: Mapping[str, "_Header"], limit: int | None
) -> dict[int, Blocks]:
    """Return the rows that a preview reads, by the length of arrays; {} for all.

    A member cannot be read from the middle: all before it is decompressed. Of very large ones, the blocks are from the
    first part.
    """
    arrays = {member.filename: headers[member.filename] for member in members}
    blocks = blocks_by_length(arrays, limit, dict.fromkeys(arrays, 0), FREE_BYTES)
    for header in arrays.values():
        if header.shape and header.shape[0] in blocks and limit is not None:
            reached = READ_BYTES // max(1, header.nbytes // header.shape[0])
            if header.ndim > 1 and reached < header.shape[0]:
                blocks[header.shape[0]] = preview_blocks(max(reached, limit), limit)
    return blocks


def _check_archive(members: list[zipfile.ZipInfo], path: Path) -> None:
    # These sizes come from the archive's directory; `_read_stream` checks them against the contents.
    inflated = sum(member.file_size for member in members)
    compressed = sum(member.compress_size for member in members)
    ARRAY_BYTES.check(inflated, path, "the arrays take")
    check_growth(compressed, inflated, path)


class _Header(NamedTuple):
    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype[Any]
    size: int
    """Bytes of the header itself."""

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the values."""
        return self.dtype.itemsize * math.prod(self.shape)


def _checked_header(stream: IO[bytes], size: int, where: str, limit: Limit) -> _Header:
    """Read a header, and check that it implies the number of bytes that are there, and not too many."""
    header = _read_header(stream, where)
    if header.dtype.hasobject:
        raise DataError(f"{where}: {OBJECT_ARRAY}")
    expected, present = header.dtype.itemsize * math.prod(header.shape), size - header.size
    if expected != present:
        raise DataError(
            f"{where}: the header declares {expected:,} bytes of shape {header.shape}, the file has {present:,}"
        )
    limit.check(expected, where, "the array takes")
    return header


def _read_stream(stream: IO[bytes], size: int, where: str, blocks: Blocks | None = None) -> NDArray[Any]:
    """Read one array, or some blocks of its rows, from ``size`` bytes."""
    shape, fortran_order, dtype, _ = _checked_header(stream, size, where, ARRAY_BYTES)
    # In Fortran's order a sample is spread over the whole file: its rows cannot be read one after the other.
    if fortran_order or not shape:
        blocks = None
    row = dtype.itemsize * math.prod(shape[1:])
    data, position = bytearray(), 0
    for block in blocks or [slice(0, shape[0] if shape else 1)]:
        _skip(stream, block.start * row - position)
        expected = (block.stop - block.start) * row
        part = stream.read(expected)
        if len(part) != expected:
            raise DataError(f"{where}: the file ends after {block.start * row + len(part):,} bytes of its values")
        data += part
        position = block.stop * row
    if blocks:
        shape = (sum(block.stop - block.start for block in blocks), *shape[1:])
    # A bytearray, not bytes: frombuffer makes an array read-only if its buffer is.
    array: NDArray[Any] = np.frombuffer(data, dtype=dtype) if data else np.empty(0, dtype=dtype)
    return array.reshape(shape, order="F" if fortran_order else "C")


def _skip(stream: IO[bytes], count: int) -> None:
    """Read past ``count`` bytes in pieces."""
    while count > 0 and (piece := stream.read(min(count, 1 << 22))):
        count -= len(piece)


def _read_header(stream: IO[bytes], where: str) -> _Header:
    start = stream.tell()
    try:
        version = npy.read_magic(stream)
        # Version 3 differs only in names of fields, which may have any letters. NumPy has no public reader for it.
        readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if version not in readers:
            raise DataError(f"{where}: unknown .npy version {version[0]}.{version[1]}; save it again with numpy.save")
        shape, fortran_order, dtype = readers[version](stream)
    except DataError:
        raise
    # numpy parses the header as Python: a damaged one can raise TokenError.
    except (ValueError, SyntaxError, TypeError, EOFError, RecursionError, MemoryError, TokenError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DataError(f"{where}: not a .npy array ({reason})") from error
    _check_form(shape, dtype, where)
    return _Header(shape, fortran_order, dtype, stream.tell() - start)


def _check_form(shape: tuple[int, ...], dtype: np.dtype[Any], where: str) -> None:
    """Raise DataError for impossible shapes and dtypes."""
    # Sizes of 0 count as 1: a shape like (0, 2**62) has no values, but breaks whatever is computed from its sizes.
    extent = max(dtype.itemsize, 1) * math.prod(max(size, 1) for size in shape)
    # type() instead of isinstance(): a header may contain True, which is an int in Python.
    if any(type(size) is not int or size < 0 for size in shape) or len(shape) > _MAX_DIMENSIONS or extent >= 2**63:
        raise DataError(f"{where}: not a .npy array (the shape {str(shape)[:80]} is impossible)")
    if dtype.itemsize == 0:
        raise DataError(f"{where}: the dtype {dtype} has no size; save plain numbers")
