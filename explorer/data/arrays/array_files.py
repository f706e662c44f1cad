"""Reads .npy and .npz files that nobody has to trust: no pickle, and no allocation larger than the file.

1. Check the sizes of an archive's members before decompressing any of them, against a limit and against the ratio of a
   decompression bomb.
2. Read the header of an array and check its shape and dtype.
3. Compare the number of bytes that the header implies with the number in the file; they must be equal.
4. Only then allocate memory and read the values, or map a large .npy file. A preview reads the first rows.

Arrays of pickled Python objects are never opened: an archive is read without them.
"""

import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, Literal, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from explorer.data.dataset import DataError
from explorer.data.report import Notes

MAX_BYTES = 4 << 30
"""Maximum size of an array, and of a decompressed archive: 4 GiB."""
MAPPED_BYTES = 256 << 20
"""A .npy file larger than this is mapped instead of read."""
MAX_MAPPED_BYTES = 64 << 30
"""Maximum size of a mapped .npy file: 64 GiB."""
OBJECT_ARRAY = (
    "this is an object array (pickled Python), which is not opened, as it can run code; if you trust the file, convert "
    "it: np.save('numbers.npy', np.stack(np.load(FILE, allow_pickle=True)))"
)
OBJECTS_LEFT_OUT = "pickled Python objects are not opened, as they can run code"
_FREE_BYTES = 64 << 20
_MAX_RATIO = 200
"""An archive that decompresses to more than `_FREE_BYTES` and by more than this factor counts as a bomb."""
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
            if size <= MAPPED_BYTES and not mapped:
                return _read_stream(stream, size, str(path))
            # Checks the header; the mapping itself fails if the file is shorter.
            shape, fortran_order, dtype, start = _checked_header(stream, size, str(path), MAX_MAPPED_BYTES)
        if 0 in shape:
            return np.empty(shape, dtype)
        order: Literal["F", "C"] = "F" if fortran_order else "C"
        return np.memmap(path, dtype=dtype, mode="r", offset=start, shape=shape, order=order)
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: the file cannot be read ({error})") from error


def read_npz(path: Path, notes: Notes | None = None, limit: int | None = None) -> Mapping[str, NDArray[Any]]:
    """Read the arrays of an .npz file, by name; object arrays and other members are left out, which ``notes`` say.

    Parameters
    ----------
    limit
        Maximum number of rows of the largest array to read, and of the arrays of its length; None reads all.

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
            pickled = [_name_of(member) for member in members if headers[member.filename].dtype.hasobject]
            members = [member for member in members if not headers[member.filename].dtype.hasobject]
            if pickled and not members:
                raise DataError(f"{path}, array {pickled[0]!r}: {OBJECT_ARRAY}")
            notes.left_out("array" if len(pickled) == 1 else "arrays", OBJECTS_LEFT_OUT, pickled)
            lengths: set[tuple[int, ...]] = set()
            # Small archives are read as a whole, so that a preview can show samples from all of it.
            if limit is not None and sum(member.file_size for member in members) > _FREE_BYTES:
                lengths = _lengths_to_cut({name: header.shape for name, header in headers.items()})
                notes.partial(f"the first {limit:,} samples of each split")
            arrays: dict[str, NDArray[Any]] = {}
            for member in members:
                rows = limit if headers[member.filename].shape[:1] in lengths else None
                with archive.open(member) as stream:
                    where = f"{path}, array {_name_of(member)!r}"
                    arrays[_name_of(member)] = _read_stream(stream, member.file_size, where, rows)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{path}: the .npz archive is damaged ({error})") from error
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
    notes.left_out("file in the archive" if len(others) == 1 else "files in the archive", "not arrays", others)
    return members


def _name_of(member: zipfile.ZipInfo) -> str:
    return member.filename.removesuffix(".npy")


def _header_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> "_Header":
    with archive.open(member) as stream:
        return _read_header(stream, f"{path}, array {_name_of(member)!r}")


def _lengths_to_cut(shapes: Mapping[str, tuple[int, ...]]) -> set[tuple[int, ...]]:
    """Return the lengths of the largest array, and of the arrays that have its sample shape, as in other splits."""
    largest = max(shapes.values(), key=lambda shape: math.prod(shape) if len(shape) > 1 else 0, default=())
    return {shape[:1] for shape in shapes.values() if len(shape) > 1 and shape[1:] == largest[1:]}


def _check_archive(members: list[zipfile.ZipInfo], path: Path) -> None:
    # These sizes come from the archive's directory; `_read_stream` checks them against the contents.
    inflated = sum(member.file_size for member in members)
    compressed = sum(member.compress_size for member in members)
    if inflated > MAX_BYTES:
        raise DataError(f"{path}: the arrays take {inflated:,} bytes; the limit is {MAX_BYTES:,}")
    if inflated > _FREE_BYTES and inflated > _MAX_RATIO * max(compressed, 1):
        raise DataError(
            f"{path}: {compressed:,} bytes that decompress to {inflated:,} look like a decompression bomb; "
            "if you trust the file, save it again uncompressed with numpy.savez"
        )


class _Header(NamedTuple):
    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype[Any]
    size: int
    """Bytes of the header itself."""


def _checked_header(stream: IO[bytes], size: int, where: str, limit: int) -> _Header:
    """Read a header, and check that it implies the number of bytes that are there, and not too many."""
    header = _read_header(stream, where)
    if header.dtype.hasobject:
        raise DataError(f"{where}: {OBJECT_ARRAY}")
    expected, present = header.dtype.itemsize * math.prod(header.shape), size - header.size
    if expected != present:
        raise DataError(
            f"{where}: the header declares {expected:,} bytes of shape {header.shape}, the file has {present:,}"
        )
    if expected > limit:
        raise DataError(f"{where}: the array takes {expected:,} bytes; the limit is {limit:,}")
    return header


def _read_stream(stream: IO[bytes], size: int, where: str, rows: int | None = None) -> NDArray[Any]:
    """Read one array, or its first rows, from ``size`` bytes."""
    shape, fortran_order, dtype, _ = _checked_header(stream, size, where, MAX_BYTES)
    if rows is not None and shape and not fortran_order:
        shape = (min(rows, shape[0]), *shape[1:])
    expected = dtype.itemsize * math.prod(shape)
    data = bytearray(stream.read(expected))
    if len(data) != expected:
        raise DataError(f"{where}: the file ends after {len(data):,} of {expected:,} bytes")
    array: NDArray[Any] = np.frombuffer(data, dtype=dtype) if expected else np.empty(0, dtype=dtype)
    return array.reshape(shape, order="F" if fortran_order else "C")


def _read_header(stream: IO[bytes], where: str) -> _Header:
    start = stream.tell()
    try:
        version = npy.read_magic(stream)
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
    if any(type(size) is not int or size < 0 for size in shape) or len(shape) > _MAX_DIMENSIONS or extent >= 2**63:
        raise DataError(f"{where}: not a .npy array (the shape {str(shape)[:80]} is impossible)")
    if dtype.itemsize == 0:
        raise DataError(f"{where}: the dtype {dtype} has no size; save plain numbers")
