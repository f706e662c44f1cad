"""Opens MATLAB files (.mat): versions 4 to 7 by scipy, version 7.3, which is HDF5, by h5py.

MATLAB often keeps samples in columns, and pictures with the samples last. Labels of the same number show that; without
labels the report offers to transpose.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.arrays.arrays import dataset_from_arrays
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.formats import opens
from explorer.data.reading.limits import ARRAY_BYTES, check_growth
from explorer.data.report import Notes, noun
from explorer.data.sources.arrays.hdf5 import MAGIC, read_arrays

_CODE_CLASSES = {"function", "object", "opaque", "unknown"}
_COMPRESSED = 15
"""The type of a compressed element (MAT-File Format, table 1-1)."""
_HEADER = 128
_MAX_DEPTH = 8


@opens("MATLAB (.mat)", recognizes=lambda path: path.suffix.lower() == ".mat" and path.is_file())
def open_matlab(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a MATLAB file."""
    context.report(0, 1, f"reading {path.name}")
    arrays = matlab_arrays(path, config, context)
    return dataset_from_arrays(arrays, config, context, name=path.stem, where=str(path), samples_in_columns=True)


def matlab_arrays(path: Path, config: DataConfig, context: LoadContext) -> dict[str, Any]:
    """Return the arrays of a file of any version.

    Raises
    ------
    DataError
        If the file is damaged, too large, or contains no arrays.
    """
    return read_arrays(path, config, context) if _is_hdf5(path) else _read(path, context.notes)


def _is_hdf5(path: Path) -> bool:
    """Return whether HDF5 begins at the start of the file, or after MATLAB's block of 512 bytes."""
    with path.open("rb") as stream:
        start = stream.read(512 + len(MAGIC))
    return start.startswith(MAGIC) or start[512:].startswith(MAGIC)


def _read(path: Path, notes: Notes) -> dict[str, Any]:
    """Return the arrays of a file of version 4 to 7; fields of structures are named by dots."""
    from scipy.io import loadmat, whosmat

    try:
        _check_size(path)
        listed = whosmat(path)
        code = [name for name, _, kind in listed if kind in _CODE_CLASSES]
        notes.left_out(noun(len(code), "array"), "objects and functions are not opened", code)
        names = [name for name, _, kind in listed if kind not in _CODE_CLASSES]
        for name, shape, kind in listed:
            # Cells and structures have an object for each element, however few bytes are stored.
            if kind in ("cell", "struct") and int(np.prod(shape, dtype=object)) > ARRAY_BYTES.value // 64:
                raise DataError(f"{path}: {name} declares {' × '.join(map(str, shape))} elements, which are too many")
        content = loadmat(path, variable_names=names, struct_as_record=True, chars_as_strings=True) if names else {}
    except DataError:
        raise
    except Exception as error:  # scipy raises anything on a damaged file
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"{path}: not a MATLAB file, or damaged ({reason})") from error
    left_out: list[str] = []
    arrays = {
        key: value for name in names if name in content for key, value in _plain(name, content[name], left_out, 0)
    }
    notes.left_out(noun(len(left_out), "array"), "they contain neither numbers nor words", left_out)
    if not arrays:
        raise DataError(f"{path} contains no arrays of numbers; save a matrix with save('file.mat', 'X')")
    return arrays


def _check_size(path: Path) -> None:
    """Raise DataError if the elements of the file decompress to too much."""
    total = stored = path.stat().st_size
    ARRAY_BYTES.check(total, path, "the file has")
    with path.open("rb") as stream:
        head = stream.read(_HEADER)
        order = {b"IM": "little", b"MI": "big"}.get(head[126:128])
        if order is None:  # version 4 is never compressed
            return
        while len(tag := stream.read(8)) == 8:
            kind, size = (int.from_bytes(part, order) for part in (tag[:4], tag[4:]))  # type: ignore[arg-type]
            if kind != _COMPRESSED:
                stream.seek(size, 1)
                continue
            decompressor = zlib.decompressobj()
            for start in range(0, size, 1 << 20):
                chunk = stream.read(min(1 << 20, size - start))
                if not chunk:
                    break
                # A chunk can decompress to a thousand times its size.
                while chunk and not decompressor.eof:
                    total += len(decompressor.decompress(chunk, 1 << 24))
                    chunk = decompressor.unconsumed_tail
                    check_growth(stored, total, path)
                    ARRAY_BYTES.check(total, path, "the arrays decompress to at least")


def _plain(name: str, value: Any, left_out: list[str], depth: int) -> Iterator[tuple[str, Any]]:
    """Yield the arrays of numbers and words in a value, with the fields of structures and words of cells."""
    if hasattr(value, "tocsr") or (isinstance(value, np.ndarray) and value.dtype.kind in "buifcSU"):
        yield name, value
    elif isinstance(value, np.ndarray) and value.dtype.names and value.size == 1 and depth < _MAX_DEPTH:
        for field in value.dtype.names:
            yield from _plain(f"{name}.{field}", value.reshape(-1)[0][field], left_out, depth + 1)
    elif isinstance(value, np.ndarray) and value.dtype.kind == "O" and (words := _words(value)) is not None:
        yield name, words
    else:
        left_out.append(name)


def _words(cell: NDArray[Any]) -> NDArray[Any] | None:
    """Return a cell of words, or of single numbers, as one list; None if an element is something else."""
    elements = [np.asarray(each) for each in cell.reshape(-1)]
    if not elements or any(each.size > 1 or each.dtype.kind not in "Ubuif" for each in elements):
        return None
    if all(each.dtype.kind in "buif" and each.size for each in elements):
        return np.array([each.item() for each in elements])
    return np.array([str(each.reshape(-1)[0]) if each.size else "" for each in elements])
