"""Reads an AnnData file (.h5ad, or .zarr); it runs in a process of its own, see `explorer.data.arrays.isolated`.

1. Refuse files with soft or external links, virtual data sets or external storage anywhere: anndata would follow them.
2. Check the size of the chosen matrix before it is read: ``X``, or the one that ``samples_key`` names, such as
   ``layers/counts``, ``raw/X`` or ``obsm/X_pca``.
3. Yield its parts, the columns of ``obs``, and the names of cells and genes.
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.arrays.isolated import ArrayPart, cut_words, matrix_parts
from explorer.data.arrays.preview_rows import Blocks, preview_blocks, read_blocks
from explorer.data.dataset import DataError
from explorer.data.reading.limits import ARRAY_BYTES

# Reading 64 MiB takes less than a second, so nothing is gained by reading a part.
_SMALL = 64 << 20
SYMBOLS = ("gene_symbols", "gene_symbol", "gene_name", "gene_names", "feature_name", "symbol")
"""Columns of ``var`` with names that people read, where the index has those of Ensembl."""


def read(path: Path, options: Mapping[str, Any]) -> Iterator[ArrayPart]:
    """Yield the matrix, ``obs/…``, ``cells``, ``genes``, and ``matrices``: the names of all matrices with their shapes.

    Parameters
    ----------
    options
        ``samples_key``: the matrix, "" for the first; ``limit``: the number of cells to read of a large one, or None.
    """
    # Imported here: anndata is an optional package, and loading it takes seconds, which only the child should wait.
    from anndata.io import read_elem

    file = _open(path)
    matrices = list(_matrices(file))
    key = options["samples_key"] or next(iter(matrices), "")
    # First of all parts, so that the parent can offer the choices even if the chosen matrix does not exist.
    yield ArrayPart("matrices", matrices)
    if key not in matrices:  # the parent says so, with the choices
        return
    rows = _rows_to_read(file[key], options["limit"])
    yield from _matrix(file[key], key, path, rows)
    obs = read_elem(file["obs"])
    if rows is not None:
        yield ArrayPart("partial", f"{options['limit']:,} of {len(obs):,} cells, from all parts of the file")
        # The columns of cells are small: they are read as a whole, and cut to the rows of the matrix afterwards.
        obs = obs.iloc[np.r_[*rows]]
    yield ArrayPart("cells", np.array([str(name) for name in obs.index]))
    for column in obs.columns:
        yield ArrayPart(f"obs/{column}", _column(obs[column]))
    # The columns of obsm are components, such as those of a PCA: genes would be names of something else.
    if not key.startswith("obsm/"):
        # raw was kept before genes were filtered, so it has its own list of them.
        yield from _genes(read_elem(file["raw/var" if key.startswith("raw/") else "var"]))


def _genes(var: Any) -> Iterator[ArrayPart]:
    """Yield the names of the genes, and the column of ``var`` that they are from, if they are not its index."""
    symbols = next((name for name in SYMBOLS if name in var.columns), None)
    names = [str(name) for name in var.index]
    # People know genes by symbols; the index is kept where it already has them.
    if symbols and sum(name.startswith("ENS") for name in names) > len(names) / 2:
        names = [str(name) for name in var[symbols]]
        yield ArrayPart("symbols", symbols)
    yield ArrayPart("genes", np.array(names))


def _open(path: Path) -> Any:
    if path.suffix.lower() != ".h5ad":
        from explorer.data.arrays.zarr_reader import open_checked

        return open_checked(path)
    import h5py

    # anndata itself follows links silently, so the whole file is searched for them before anndata opens it.
    file = h5py.File(path, "r")
    _refuse_links(file, path, set())
    return file


def _refuse_links(group: Any, path: Path, seen: set[Any]) -> None:
    import h5py

    for key in group:
        item = group[key] if isinstance(group.get(key, getlink=True), h5py.HardLink) else None
        if item is None or (isinstance(item, h5py.Dataset) and (item.is_virtual or item.external)):
            raise DataError(
                f"{path}: {group.name}/{key} leads to another place, which is not followed; save the file again"
            )
        # Hard links can form circles; the address tells objects apart, as an object may have several names.
        address = h5py.h5o.get_info(item.id).addr
        if isinstance(item, h5py.Group) and address not in seen:
            seen.add(address)
            _refuse_links(item, path, seen)


def _matrices(file: Any) -> Iterator[str]:
    """Yield the names of the matrices with one row per cell."""
    # The order decides which matrix is read if none is chosen: X is what the authors worked with.
    names = [
        "X",
        "raw/X",
        *(f"{group}/{name}" for group in ("layers", "obsm") if group in file for name in file[group]),
    ]
    for name in names:
        if name in file:
            item = file[name]
            if hasattr(item, "keys") or len(item.shape or ()) == 2:
                yield name


def _stored_bytes(item: Any) -> int:
    # A sparse matrix is a group of three arrays.
    parts = [item[part] for part in ("data", "indices", "indptr")] if hasattr(item, "keys") else [item]
    return sum(math.prod(part.shape) * part.dtype.itemsize for part in parts)


def _rows_to_read(item: Any, limit: int | None) -> Blocks | None:
    """Return the cells of a large matrix that a preview reads, from all parts of it; None for all."""
    # Older versions of anndata wrote h5sparse_format; encoding-type has replaced it.
    is_sparse = hasattr(item, "keys")
    by_column = is_sparse and "csc" in str(item.attrs.get("encoding-type", item.attrs.get("h5sparse_format")))
    # Rows of a csc matrix are spread over the whole file: reading some takes as long as reading all.
    if limit is None or by_column or _stored_bytes(item) < _SMALL:
        return None
    return preview_blocks(item["indptr"].shape[0] - 1 if is_sparse else item.shape[0], limit)


def _matrix(item: Any, key: str, path: Path, rows: Blocks | None) -> Iterator[ArrayPart]:
    from anndata.io import read_elem, sparse_dataset
    from scipy.sparse import vstack

    size = _stored_bytes(item)
    if rows is None:
        ARRAY_BYTES.check(size, path, f"{key} takes")
        matrix = read_elem(item)
    elif hasattr(item, "keys"):
        # sparse_dataset reads rows from the disk by slices; read_elem would read the whole matrix.
        matrix = vstack([sparse_dataset(item)[block] for block in rows], format="csr")
    else:
        matrix = read_blocks(item, rows)
    yield from matrix_parts(matrix)


def _column(series: Any) -> NDArray[Any]:
    """Return a column of ``obs`` as numbers, booleans, dates, or words with "" for missing ones."""
    kind = series.dtype.kind if isinstance(series.dtype, np.dtype) else "O"
    if kind in "buifM":
        return np.asarray(series)
    # pandas' nullable types have NA instead of NaN, which NumPy would turn into objects.
    if series.dtype.name in ("Int8", "Int16", "Int32", "Int64", "Float32", "Float64", "boolean"):
        return np.asarray(series.astype("Float64").to_numpy(dtype=float, na_value=np.nan))
    # Everything else, above all categories, becomes words.
    return np.where(series.isna().to_numpy(), "", cut_words(series.to_numpy(dtype=object)))
