"""Reading .npy and .npz without trusting them: no pickle, no size that the file does not hold."""

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
_FREE_BYTES = 64 << 20
_MAX_RATIO = 200
"""Above `_FREE_BYTES`, an archive that inflates by more than this is taken for a decompression bomb."""
_MAX_DIMENSIONS = 32


def read_npy(path: Path) -> NDArray[Any]:
    """Read one .npy file.

    Raises
    ------
    DataError
        For another kind of file, an object array, or a header that promises what the file does not hold.
    """
    try:
        with path.open("rb") as stream:
            return _read_stream(stream, path.stat().st_size, str(path))
    except OSError as error:
        raise DataError(f"{path}: the file cannot be read ({error})") from error


def read_npz(path: Path) -> Mapping[str, NDArray[Any]]:
    """Read every array of an .npz file, by name.

    Raises
    ------
    DataError
        For a damaged archive, one that inflates beyond measure, an object array, or a lying header.
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
        raise DataError(f"{path}: there are no arrays in it")
    return arrays


def array_shapes(path: Path) -> Mapping[str, tuple[int, ...]]:
    """Read the shapes alone of the arrays in an .npz file by name, or of an .npy file under ``""``.

    Raises
    ------
    DataError
        For a damaged file.
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
            raise DataError(f"{path}: it holds {member.filename!r}, which is no array; expected .npy members alone")
    inflated = sum(member.file_size for member in members)
    compressed = sum(member.compress_size for member in members)
    if inflated > MAX_BYTES:
        raise DataError(f"{path}: its arrays take {inflated:,} bytes; at most {MAX_BYTES:,} are read")
    if inflated > _FREE_BYTES and inflated > _MAX_RATIO * max(compressed, 1):
        raise DataError(
            f"{path}: {compressed:,} bytes that inflate to {inflated:,} look like a decompression bomb; "
            "if you trust it, save it again with numpy.savez, uncompressed"
        )


def _read_stream(stream: IO[bytes], size: int, where: str) -> NDArray[Any]:
    """Read one array from ``size`` bytes; the header is checked against them before anything is allocated."""
    shape, fortran_order, dtype, header_bytes = _read_header(stream, where)
    if dtype.hasobject:
        raise DataError(f"{where}: this is an object array (pickled Python), which is never opened; save plain numbers")
    promised = dtype.itemsize * math.prod(shape)
    held = size - header_bytes
    if promised != held:
        raise DataError(f"{where}: the header promises {promised:,} bytes of shape {shape}, the file holds {held:,}")
    if promised > MAX_BYTES:
        raise DataError(f"{where}: it takes {promised:,} bytes; at most {MAX_BYTES:,} are read")
    data = bytearray(stream.read(promised))
    if len(data) != promised:
        raise DataError(f"{where}: the file ends after {len(data):,} of {promised:,} bytes")
    array: NDArray[Any] = np.frombuffer(data, dtype=dtype) if promised else np.empty(0, dtype=dtype)
    return array.reshape(shape, order="F" if fortran_order else "C")


def _read_header(stream: IO[bytes], where: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    start = stream.tell()
    try:
        version = npy.read_magic(stream)
        readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if version not in readers:
            raise DataError(f"{where}: .npy version {version[0]}.{version[1]} is not read; save it with numpy.save")
        shape, fortran_order, dtype = readers[version](stream)
    except DataError:
        raise
    except (ValueError, SyntaxError, TypeError, EOFError, RecursionError, MemoryError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DataError(f"{where}: this is no .npy array ({reason})") from error
    _check_form(shape, dtype, where)
    return shape, fortran_order, dtype, stream.tell() - start


def _check_form(shape: tuple[int, ...], dtype: np.dtype[Any], where: str) -> None:
    """Refuse shapes that no array has; one that is empty in one place may promise anything in the others."""
    extent = max(dtype.itemsize, 1) * math.prod(max(size, 1) for size in shape)
    if any(type(size) is not int or size < 0 for size in shape) or len(shape) > _MAX_DIMENSIONS or extent >= 2**63:
        raise DataError(f"{where}: this is no .npy array (no array has the shape {str(shape)[:80]})")
    if dtype.itemsize == 0:
        raise DataError(f"{where}: its values have no size ({dtype}); save plain numbers")
