"""Opens AnnData files (.h5ad, or a folder of zarr): cells with their counts, and what is known of each."""

from pathlib import Path
from typing import Any

from explorer.config import DataConfig
from explorer.data.arrays.arrays import rows_limit
from explorer.data.arrays.isolated import read_isolated
from explorer.data.arrays.single_cell import cells_dataset
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.formats import need, opens
from explorer.data.imports.counts import are_counts
from explorer.data.report import Notes, some
from explorer.data.sources.arrays.sparse_files import matrix_from_parts

_COUNTS = ("layers/counts", "layers/raw_counts", "raw/X")


@opens("AnnData (.h5ad)", recognizes=lambda path: path.suffix.lower() == ".h5ad" and path.is_file())
def open_anndata(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open an AnnData file."""
    return read_cells(path, config, context, path.stem)


def read_cells(path: Path, config: DataConfig, context: LoadContext, name: str) -> Dataset:
    """Return the data set of an AnnData file or zarr folder.

    Raises
    ------
    DataError
        If it is damaged or too large, or anndata is not installed.
    """
    need("anndata", path)
    context.report(0, 0, f"reading {path.name}")
    options = {"samples_key": config.samples_key, "limit": rows_limit(config, context)}
    parts = read_isolated("explorer.data.arrays.anndata_reader", path, options, context)
    names = parts["matrices"]
    key = config.samples_key or next(iter(names), "")
    context.notes.choices("samples_key", names)
    # The child says what there is instead of failing, so that the dialog can show the choices.
    if key not in names:
        raise DataError(f"{path}: there is no matrix {key!r}; there are {some(names) or 'none'}")
    if "partial" in parts:
        context.notes.partial(parts["partial"])
    if "symbols" in parts:
        context.notes.changed(f"genes are named by {parts['symbols']} instead of their Ensembl ids")
    matrix = matrix_from_parts(parts, path)
    _note_matrices(names, key, matrix, context.notes)
    columns = {name.removeprefix("obs/"): values for name, values in parts.items() if name.startswith("obs/")}
    return cells_dataset(
        matrix,
        columns,
        cells=parts["cells"].tolist(),
        genes=parts["genes"].tolist() if "genes" in parts else (),
        name=name,
        where=str(path),
        config=config,
        context=context,
    )


def _note_matrices(names: list[str], key: str, matrix: Any, notes: Notes) -> None:
    others = [name for name in names if name != key]
    notes.understood(
        f"the samples are {key}" + (f"; data.samples_key takes {', '.join(others)} instead" if others else "")
    )
    # After scanpy's normalization, X has logarithms and the counts are elsewhere.
    counts = next((name for name in _COUNTS if name in others), None)
    if counts and not are_counts(matrix):
        notes.offer("samples_key", counts, f"take {counts}, which usually has the counts, instead of {key}")
