"""Reads sparse matrices: scipy's `save_npz` and Matrix Market (.mtx), also compressed by gzip."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.config import DataConfig
from explorer.data.arrays.arrays import Arrays, dataset_from_arrays
from explorer.data.arrays.isolated import ArrayPart, matrix_parts, read_isolated
from explorer.data.context import LoadContext, reason
from explorer.data.dataset import DataError, Dataset
from explorer.data.formats import opens
from explorer.data.reading.limits import ARRAY_BYTES, check_growth
from explorer.data.report import Notes
from explorer.data.text.number_lines import opened

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_PARTS = {"csr": ("indices", "indptr"), "csc": ("indices", "indptr"), "coo": ("row", "col")}
_LEAST_ENTRY = 4
"""The fewest bytes of an entry of a Matrix Market file: two indices, a space and the end of the line."""


def is_sparse_npz(arrays: Arrays) -> bool:
    """Return whether the arrays of an .npz file are the parts of a matrix that `scipy.sparse.save_npz` wrote."""
    return {"format", "shape", "data"} <= set(arrays) and arrays["shape"].shape == (2,)


def sparse_of_npz(arrays: Arrays, where: str, notes: Notes) -> dict[str, Any]:
    """Return the matrix of a sparse .npz file as ``samples``, with any other arrays.

    Raises
    ------
    DataError
        If the format is another one, or an index lies outside the matrix.
    """
    value = arrays["format"].item()
    kind = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    if kind not in _PARTS or not set(_PARTS[kind]) <= set(arrays):
        raise DataError(f"{where}: sparse matrices of format {kind!r} are not read; save matrix.tocsr() instead")
    shape = tuple(int(size) for size in arrays["shape"])
    matrix = build_sparse(kind, arrays["data"], [arrays[part] for part in _PARTS[kind]], shape, where)
    notes.understood(f"a sparse matrix ({kind}), {matrix.nnz:,} of {shape[0]:,} × {shape[1]:,} values are not 0")
    used = {"format", "shape", "data", *_PARTS[kind], "_is_array"}
    return {"samples": matrix, **{name: array for name, array in arrays.items() if name not in used}}


def build_sparse(kind: str, values: Any, indices: list[Any], shape: tuple[int, ...], where: str) -> "csr_array":
    """Return a sparse matrix from its parts: ``(indices, indptr)`` of csr and csc, ``(row, column)`` of coo.

    Raises
    ------
    DataError
        If the parts do not fit each other, or an index lies outside the matrix.
    """
    from scipy.sparse import coo_array, csc_array, csr_array

    if values.dtype.kind not in "buif":
        raise DataError(f"{where}: the sparse matrix contains {values.dtype} instead of numbers")
    if len(shape) != 2 or min(shape) < 0 or max(shape) * 8 > ARRAY_BYTES.value:
        raise DataError(f"{where}: a sparse matrix cannot have the shape {shape}")
    # Rows without values take memory as well.
    check_growth(values.nbytes + sum(part.nbytes for part in indices), max(shape) * 8, where)
    try:
        if kind == "coo":
            return coo_array((values, tuple(indices)), shape=shape).tocsr()
        matrix = (csr_array if kind == "csr" else csc_array)((values, *indices), shape=shape)
        # scipy follows the indices without a check: one outside the matrix would read other memory.
        matrix.check_format(full_check=True)
        return matrix.tocsr()
    except (ValueError, TypeError, IndexError, OverflowError, MemoryError) as error:
        raise DataError(f"{where}: the sparse matrix is damaged ({str(error).splitlines()[0]})") from error


def is_matrix_market(path: Path) -> bool:
    """Return whether a file is named as Matrix Market."""
    return path.is_file() and path.name.lower().endswith((".mtx", ".mtx.gz"))


def read_mtx(path: Path, context: LoadContext) -> Any:
    """Return the matrix of a Matrix Market file: sparse as csr, or a dense array.

    Raises
    ------
    DataError
        If the file is damaged, or its header declares more than it can contain.
    """
    return matrix_from_parts(read_isolated(__name__, path, {}, context), path)


def matrix_from_parts(parts: Mapping[str, Any], path: Path) -> Any:
    """Return the dense or sparse matrix that a child process sent as `explorer.data.arrays.isolated.matrix_parts`.

    Raises
    ------
    DataError
        If the parts of a sparse matrix do not fit together.
    """
    if "dense" in parts:
        return parts["dense"]
    return build_sparse("csr", parts["data"], [parts["indices"], parts["indptr"]], tuple(parts["shape"]), str(path))


def read(path: Path, _: Mapping[str, Any]) -> Iterator[ArrayPart]:
    """Yield the parts of the matrix of a Matrix Market file.

    It runs in a process of its own (see `explorer.data.arrays.isolated`), as damaged lines can crash scipy's reader.
    """
    from scipy.io import mminfo, mmread

    try:
        size = _unpacked_size(path)
        rows, columns, entries, form, kind, _symmetry = mminfo(path)
        # mmread allocates what the header declares, before it reads a line.
        least = _LEAST_ENTRY * entries if form == "coordinate" else 2 * rows * columns
        limit = ARRAY_BYTES.value
        if least > size + 2 or max(rows, columns) * 8 > limit or entries * 4 > limit:
            raise DataError(f"{path}: the header declares {entries:,} entries of {rows:,} × {columns:,}, too many")
        check_growth(size, 8 * max(rows, columns), path)
        if kind == "complex":
            raise DataError(f"{path}: complex numbers are not read; save their real part")
        matrix = mmread(path, spmatrix=False)
    except DataError:
        raise
    except Exception as error:  # scipy raises errors of many kinds on a damaged file
        raise DataError(f"{path}: not a Matrix Market file, or damaged ({reason(error)})") from error
    yield from matrix_parts(matrix)


def _unpacked_size(path: Path) -> int:
    """Return the number of bytes of a file, unpacked; raise DataError if they are too many."""
    total = path.stat().st_size
    if path.suffix.lower() == ".gz":
        with opened(path) as stream:
            total = 0
            while chunk := stream.read(1 << 22):
                total += len(chunk)
                ARRAY_BYTES.check(total, path, "the file unpacks to at least")
    ARRAY_BYTES.check(total, path, "the file has")
    return total


@opens("sparse matrix (.mtx, .mtx.gz)", recognizes=is_matrix_market)
def open_mtx(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a Matrix Market file whose rows are the samples."""
    context.report(0, 1, f"reading {path.name}")
    name = path.name.removesuffix(".gz").removesuffix(".mtx")
    arrays = {"samples": read_mtx(path, context)}
    rows, columns = arrays["samples"].shape
    # Matrix Market does not say which side counts the samples; bioinformatics and text mining differ.
    context.notes.offer("transpose", "true", f"take the {columns:,} columns as samples of {rows:,} numbers")
    return dataset_from_arrays(arrays, config, context, name=name, where=str(path))
