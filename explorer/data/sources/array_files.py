"""Reads .npy and .npz files that nobody has to trust: no pickle, and no allocation larger than the file.

1. Check the sizes of an archive's members before decompressing any of them, against a limit and against the ratio of a
   decompression bomb.
2. Read the header of an array and check its shape and dtype.
3. Compare the number of bytes that the header implies with the number in the file; they must be equal.
4. Only then allocate memory and read the values.
"""

import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from explorer.data.dataset import DataError

MAX_BYTES = 4 << 30
"""Maximum size of an array, and of a decompressed archive: 4 GiB."""
_FREE_BYTES = 64 << 20
_MAX_RATIO = 200
"""An archive that decompresses to more than `_FREE_BYTES` and by more than this factor counts as a bomb."""
_MAX_DIMENSIONS = 32


def read_npy(path: Path) -> NDArray[Any]:
    """Read one .npy file.

    Raises
    ------
    DataError
        If the file has another format, contains an object array, or its header does not match its size.
    """
    try:
        with path.open("rb") as stream:
            return _read_stream(stream, path.stat().st_size, str(path))
    except OSError as error:
        raise DataError(f"{path}: the file cannot be read ({error})") from error


def read_npz(path: Path) -> Mapping[str, NDArray[Any]]:
    """Read all arrays of an .npz file, by name.

    Raises
    ------
    DataError
        If the archive is damaged or too large when decompressed, contains an object array, or a header does not match.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_archive(members, path)
            arrays: dict[str, NDArray[Any]] = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                with archive.open(member) as stream:
                    arrays[name] = _read_stream(stream, member.file_size, f"{path}, array {name!r}")
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{path}: the .npz archive is damaged ({error})") from error
    if not arrays:
        raise DataError(f"{path} contains no arrays")
    return arrays


def array_shapes(path: Path) -> Mapping[str, tuple[int, ...]]:
    """Return the shapes of the arrays in an .npz file by name, or that of an .npy file under ``""``, from headers only.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    try:
        if path.suffix.lower() == ".npy":
            with path.open("rb") as stream:
                return {"": _read_header(stream, str(path))[0]}
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_archive(members, path)
            shapes = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                with archive.open(member) as stream:
                    shapes[name] = _read_header(stream, f"{path}, array {name!r}")[0]
            return shapes
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{path}: the file cannot be read ({error})") from error


def _check_archive(members: list[zipfile.ZipInfo], path: Path) -> None:
    for member in members:
        if not member.filename.endswith(".npy"):
            raise DataError(f"{path} contains {member.filename!r}, which is not an array; expected only .npy members")
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


def _read_stream(stream: IO[bytes], size: int, where: str) -> NDArray[Any]:
    """Read one array from ``size`` bytes, after checking that its header implies the same number."""
    shape, fortran_order, dtype, header_bytes = _read_header(stream, where)
    if dtype.hasobject:
        raise DataError(f"{where}: this is an object array (pickled Python), which is not read; save plain numbers")
    expected = dtype.itemsize * math.prod(shape)
    present = size - header_bytes
    if expected != present:
        raise DataError(f"{where}: the header declares {expected:,} bytes of shape {shape}, the file has {present:,}")
    if expected > MAX_BYTES:
        raise DataError(f"{where}: the array takes {expected:,} bytes; the limit is {MAX_BYTES:,}")
    data = bytearray(stream.read(expected))
    if len(data) != expected:
        raise DataError(f"{where}: the file ends after {len(data):,} of {expected:,} bytes")
    array: NDArray[Any] = np.frombuffer(data, dtype=dtype) if expected else np.empty(0, dtype=dtype)
    return array.reshape(shape, order="F" if fortran_order else "C")


def _read_header(stream: IO[bytes], where: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    start = stream.tell()
    try:
        version = npy.read_magic(stream)
        readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if version not in readers:
            raise DataError(f"{where}: unknown .npy version {version[0]}.{version[1]}; save it again with numpy.save")
        shape, fortran_order, dtype = readers[version](stream)
    except DataError:
        raise
    except (ValueError, SyntaxError, TypeError, EOFError, RecursionError, MemoryError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DataError(f"{where}: not a .npy array ({reason})") from error
    _check_form(shape, dtype, where)
    return shape, fortran_order, dtype, stream.tell() - start


def _check_form(shape: tuple[int, ...], dtype: np.dtype[Any], where: str) -> None:
    """Raise DataError for impossible shapes and dtypes."""
    # Sizes of 0 count as 1: a shape like (0, 2**62) has no values, but breaks whatever is computed from its sizes.
    extent = max(dtype.itemsize, 1) * math.prod(max(size, 1) for size in shape)
    if any(type(size) is not int or size < 0 for size in shape) or len(shape) > _MAX_DIMENSIONS or extent >= 2**63:
        raise DataError(f"{where}: not a .npy array (the shape {str(shape)[:80]} is impossible)")
    if dtype.itemsize == 0:
        raise DataError(f"{where}: the dtype {dtype} has no size; save plain numbers")
