"""Reads the matrices of Cell Ranger (10x Genomics), as a folder of three files or as .h5, and .loom files.

All of them store genes × cells.
"""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.config import DataConfig
from explorer.data.arrays.array_columns import text
from explorer.data.arrays.array_names import first_named
from explorer.data.arrays.single_cell import cells_dataset
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.formats import opens
from explorer.data.reading.limits import TEXT_BYTES
from explorer.data.report import Notes
from explorer.data.sources.arrays.sparse_files import build_sparse, read_mtx
from explorer.data.text.number_lines import opened

GENE_EXPRESSION = "Gene Expression"
_MATRIX = re.compile(r"^(.*?)matrix\.mtx(\.gz)?$", re.IGNORECASE)
_PARTS = {"barcodes", "data", "indices", "indptr", "shape"}


def is_ten_x(arrays: Mapping[str, Any]) -> bool:
    """Return whether the arrays of an HDF5 file are a matrix of Cell Ranger."""
    return _group(arrays) is not None


def _group(arrays: Mapping[str, Any]) -> str | None:
    """Return the group of the matrix: "matrix" since version 3, before that the name of a genome."""
    groups = {name.partition("/")[0] for name in arrays if "/" in name}
    return next((group for group in sorted(groups) if {f"{group}/{part}" for part in _PARTS} <= set(arrays)), None)


def ten_x_dataset(arrays: Mapping[str, Any], config: DataConfig, context: LoadContext, path: Path) -> Dataset:
    """Return the data set of the arrays of a Cell Ranger .h5 file."""
    group = _group(arrays)
    part = {name: arrays[f"{group}/{name}"] for name in _PARTS}
    genes, cells = (int(size) for size in part["shape"])
    # The columns of the file's csc matrix, cells, are the rows of a csr one.
    matrix = build_sparse("csr", part["data"], [part["indices"], part["indptr"]], (cells, genes), str(path))
    names = next((arrays[key] for key in (f"{group}/features/name", f"{group}/gene_names") if key in arrays), None)
    kinds = arrays.get(f"{group}/features/feature_type")
    return _dataset(matrix, part["barcodes"], names, kinds, config, context, path.stem, str(path))


def _dataset(
    matrix: Any,
    barcodes: Any,
    names: Any,
    kinds: Any,
    config: DataConfig,
    context: LoadContext,
    name: str,
    where: str,
) -> Dataset:
    """Return the data set of a matrix ``(cells, genes)``; features that are no genes are left out."""
    cells, genes = matrix.shape
    context.notes.changed("the file has genes × cells: the cells became the samples")
    listed = [text(each) for each in (names if names is not None else np.arange(genes)).tolist()]
    if len(listed) != genes or len(barcodes) != cells:
        raise DataError(
            f"{where}: {len(listed):,} genes and {len(barcodes):,} barcodes do not fit {genes:,} × {cells:,} values"
        )
    # Antibodies and guides are measured on scales of their own.
    matrix, listed = _genes_only(matrix, listed, kinds, context.notes)
    return cells_dataset(
        matrix,
        {},
        cells=[text(each) for each in barcodes.tolist()],
        genes=listed,
        name=name,
        where=where,
        config=config,
        context=context,
    )


def _genes_only(matrix: Any, names: list[str], kinds: Any, notes: Notes) -> tuple[Any, list[str]]:
    if kinds is None or len(kinds) != len(names):
        return matrix, names
    kept = np.array([text(kind) == GENE_EXPRESSION for kind in kinds.tolist()])
    if kept.all() or not kept.any():
        return matrix, names
    others = [name for name, is_gene in zip(names, kept, strict=True) if not is_gene]
    notes.left_out("features", f"their type is not {GENE_EXPRESSION!r}", others)
    return matrix[:, np.flatnonzero(kept)], [name for name, is_gene in zip(names, kept, strict=True) if is_gene]


def _matrix_file(path: Path) -> Path | None:
    """Return the matrix of a 10x folder, or the path itself if it is one beside its names of genes and cells."""
    candidates = [path] if path.is_file() else sorted(path.iterdir()) if path.is_dir() else []
    matrices = [each for each in candidates if _MATRIX.match(each.name)]
    if len(matrices) != 1 or not _beside(matrices[0], "barcodes") or not _beside(matrices[0], "features", "genes"):
        return None
    return matrices[0]


def _beside(matrix: Path, *kinds: str) -> Path | None:
    """Return the file of names beside a matrix, with the same prefix: GSM123_barcodes.tsv, GSM123_matrix.mtx."""
    match = _MATRIX.match(matrix.name)
    prefix = match.group(1) if match else ""
    names = [f"{prefix}{kind}.tsv{end}" for kind in kinds for end in ("", ".gz")]
    return next((matrix.with_name(name) for name in names if matrix.with_name(name).is_file()), None)


@opens("cells of 10x Genomics (folder with matrix.mtx)", recognizes=lambda path: _matrix_file(path) is not None)
def open_ten_x(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a folder of Cell Ranger, or its matrix.mtx."""
    file = _matrix_file(path)
    barcodes = file and _beside(file, "barcodes")
    features = file and _beside(file, "features", "genes")
    if file is None or barcodes is None or features is None:
        raise DataError(f"{path}: matrix.mtx, barcodes.tsv and features.tsv are needed")
    context.report(0, 2, f"reading {file.name}")
    matrix = read_mtx(file, context)
    context.report(1, 2, f"reading {features.name}")
    rows = _rows(features)
    names = np.array([row[1] if len(row) > 1 else row[0] for row in rows])
    # Before version 3, the file was genes.tsv and had no column of kinds.
    kinds = np.array([row[2] for row in rows]) if all(len(row) > 2 for row in rows) else None
    cells = np.array([row[0] for row in _rows(barcodes)])
    context.notes.understood(f"{file.name}, {features.name} and {barcodes.name}")
    title = path.resolve().name if path.is_dir() else path.name.partition(".")[0]
    turned = matrix.T.tocsr() if hasattr(matrix, "tocsr") else matrix.T
    return _dataset(turned, cells, names, kinds, config, context, title, str(path))


def _rows(path: Path) -> list[list[str]]:
    """Return the rows of a file of names, compressed or not."""
    try:
        with opened(path) as stream:
            content = stream.read(TEXT_BYTES.value + 1)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error})") from error
    TEXT_BYTES.check(len(content), path, "the names take at least")
    lines = content.decode("utf-8", "replace").splitlines()
    return [row for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if row]


def is_loom(arrays: Mapping[str, Any]) -> bool:
    """Return whether the arrays of an HDF5 file are those of a .loom file."""
    return "matrix" in arrays and arrays["matrix"].ndim == 2 and any(name.startswith("col_attrs/") for name in arrays)


def loom_dataset(arrays: Mapping[str, Any], config: DataConfig, context: LoadContext, path: Path) -> Dataset:
    """Return the data set of the arrays of a .loom file."""
    context.notes.changed("the file has genes × cells: the cells became the samples")
    cells = {
        name.removeprefix("col_attrs/"): values for name, values in arrays.items() if name.startswith("col_attrs/")
    }
    genes = first_named(
        [name for name in arrays if name.startswith("row_attrs/")], ("gene", "genes", "gene_name", "accession")
    )
    titles = cells.pop(first_named(cells, ("cellid", "obs_names", "barcodes", "barcode")) or "", np.array([]))
    count = arrays["matrix"].shape[0]
    return cells_dataset(
        arrays["matrix"].T,
        cells,
        cells=[text(each) for each in titles.tolist()],
        genes=[text(each) for each in (arrays[genes] if genes else np.arange(count)).tolist()],
        name=path.stem,
        where=str(path),
        config=config,
        context=context,
    )
