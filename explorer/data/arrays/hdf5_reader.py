"""Reads the arrays of an HDF5 file; it runs in a process of its own, see `explorer.data.arrays.isolated`.

1. Walk the groups by their hard links only. Soft and external links, virtual data sets and external storage could lead
   to other files; they are left out, and so is every group that was seen before, as links can form circles.
2. Check the sizes that the file declares, all together, and against what is stored, before any value is read.
3. Yield the arrays by their paths. Words become arrays of text; MATLAB's arrays (version 7.3) get their own order of
   dimensions, and its cells of words become words.
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.arrays.isolated import MAX_WORD, ArrayPart, cut_words
from explorer.data.arrays.preview_rows import Blocks, blocks_by_length, partial_text, read_blocks
from explorer.data.dataset import DataError
from explorer.data.reading.limits import ARRAY_BYTES, FREE_BYTES

MAX_OBJECTS = 10_000
"""Maximum number of groups and data sets that are visited."""
# Real files nest three or four groups. The limit also keeps the recursion far from Python's own.
MAX_DEPTH = 20
_MAX_RATIO = 2000
"""Data sets that are larger than `FREE_BYTES` and than this many times their stored bytes count as a bomb."""
# Keras saves weights with the same suffix, and their arrays would look like a table of samples.
_WEIGHTS = {"layer_names", "keras_version", "model_config"}


def read(path: Path, options: Mapping[str, Any]) -> Iterator[ArrayPart]:
    """Yield the arrays of a file by path, then ``left_out``: pairs of a name and the reason.

    Parameters
    ----------
    options
        ``limit``: the number of samples to read of large arrays, from all parts of them, or None.
    """
    import h5py

    with h5py.File(path, "r") as file:
        if _WEIGHTS & set(file.attrs) or "model_weights" in file:
            raise DataError(f"{path}: these are the weights of a Keras model, not samples")
        left_out: list[tuple[str, str]] = []
        arrays = {name: item for name, item in _walk(file, "", set(), left_out, 0) if _is_plain(name, item, left_out)}
        # A declared size costs the author of a file nothing: HDF5 stores no chunks that were never written.
        _check_sizes(arrays, path)
        chunks = {name: math.prod(item.chunks or (0,)) * item.dtype.itemsize for name, item in arrays.items()}
        # MATLAB's first dimension is the last one of the file, and reading its parts saves nothing.
        cut = {name: item for name, item in arrays.items() if "MATLAB_class" not in item.attrs}
        blocks = blocks_by_length(cut, options.get("limit"), chunks, FREE_BYTES)
        for name, item in arrays.items():
            values = _values(file, item, blocks.get(item.shape[0] if name in cut and item.ndim else -1))
            if values is None:
                left_out.append((name, "it contains neither numbers nor words"))
            else:
                yield ArrayPart(name, values)
        if blocks:
            yield ArrayPart("partial", partial_text(options["limit"], blocks))
        yield ArrayPart("left_out", left_out)


def _walk(
    group: Any, prefix: str, seen: set[Any], left_out: list[tuple[str, str]], depth: int
) -> Iterator[tuple[str, Any]]:
    """Yield the data sets below a group with their paths, by hard links to objects that were not seen before."""
    import h5py

    for key in group:
        # For each object, as a single flat group may have millions.
        if depth > MAX_DEPTH or len(seen) + len(left_out) > MAX_OBJECTS:
            raise DataError(
                f"{group.file.filename}: more than {MAX_OBJECTS:,} objects, or {MAX_DEPTH} levels of groups"
            )
        name = f"{prefix}{key}"
        if name.startswith("#"):  # MATLAB's references and Python's internals
            continue
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            left_out.append((name, "soft and external links are not followed"))
            continue
        item = group[key]
        # All hard links to an object share its address; their names differ.
        token = h5py.h5o.get_info(item.id).addr
        if token in seen:
            left_out.append((name, "it links to another array"))
            continue
        seen.add(token)
        if isinstance(item, h5py.Group):
            yield from _walk(item, f"{name}/", seen, left_out, depth + 1)
        elif isinstance(item, h5py.Dataset):
            yield name, item


def _is_plain(name: str, item: Any, left_out: list[tuple[str, str]]) -> bool:
    """Return whether a data set is stored in the file itself and has values."""
    if item.is_virtual or item.external:
        left_out.append((name, "its values are stored in other files, which are not opened"))
        return False
    if item.shape is None:
        left_out.append((name, "it is empty"))
        return False
    return True


def _check_sizes(arrays: Mapping[str, Any], path: Path) -> None:
    total = stored = 0
    for name, item in arrays.items():
        size = int(item.size) * item.dtype.itemsize
        total, stored = total + size, stored + item.id.get_storage_size()
        # All together, as a file may have many data sets below the limit of one.
        if total > FREE_BYTES and total > _MAX_RATIO * max(stored, 1):
            raise DataError(f"{path}: {name} declares {size:,} bytes, but hardly any are stored; save it again")
        chunk = int(np.prod(item.chunks)) * item.dtype.itemsize if item.chunks else 0
        if chunk > max(size, FREE_BYTES):
            raise DataError(f"{path}: {name} has chunks of {chunk:,} bytes, more than its values take")
    ARRAY_BYTES.check(total, path, "the arrays take")


def _values(file: Any, item: Any, blocks: Blocks | None) -> NDArray[Any] | None:
    """Return the values of a data set, or some of its rows; None if they are neither numbers nor words."""
    import h5py

    kind = item.attrs.get("MATLAB_class", b"")
    if h5py.check_ref_dtype(item.dtype):
        return _cell(file, item) if kind == b"cell" else None
    if h5py.check_string_dtype(item.dtype):
        # Some files declare UTF-8 and contain Latin-1: damaged letters are better than no words.
        return cut_words(_rows(item.asstr(errors="replace"), blocks))
    # A field that is itself a record cannot be sent as plain bytes and does not fit a column.
    nested = any(item.dtype[name].names for name in item.dtype.names or ())
    if item.dtype.hasobject or nested or item.dtype.kind not in "buifcSUV":
        return None
    # h5py stores booleans as an enumeration of 8 bits.
    if h5py.check_enum_dtype(item.dtype) == {"FALSE": 0, "TRUE": 1}:
        return _rows(item, blocks).astype(bool)
    values = _rows(item, blocks)
    if kind == b"char":
        return np.array(_chars(values))
    # MATLAB stores the sizes of an empty array as its values.
    if kind and "MATLAB_empty" in item.attrs:
        return None
    # MATLAB writes its first dimension last.
    return np.ascontiguousarray(values.T) if kind and values.ndim > 1 else values


def _rows(item: Any, blocks: Blocks | None) -> NDArray[Any]:
    return np.asarray(item[()] if blocks is None else read_blocks(item, blocks))


def _cell(file: Any, item: Any) -> NDArray[Any] | None:
    """Return a MATLAB cell of words; None if its elements are something else."""
    words = []
    for reference in np.asarray(item[()]).reshape(-1):
        target = file[reference]
        # Cells may contain anything, also further cells. Only lists of short words describe samples.
        if target.attrs.get("MATLAB_class") != b"char" or target.size > MAX_WORD:
            return None
        words.append(_chars(np.asarray(target[()])))
    return np.array(words, dtype=np.str_)


def _chars(codes: NDArray[Any]) -> str:
    if codes.dtype.kind not in "ui":
        return ""
    # MATLAB stores text as UTF-16 codes, column by column like every matrix.
    return "".join(chr(int(code)) for code in codes.T.reshape(-1)[:MAX_WORD] if 0 < int(code) < 0x110000)
