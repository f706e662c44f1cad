"""Opens NumPy's array files: .npy and .npz, and scipy's sparse matrices in .npz."""

from pathlib import Path

from explorer.config import DataConfig
from explorer.data.arrays.array_files import read_npy, read_npz
from explorer.data.arrays.arrays import Arrays, dataset_from_arrays, rows_limit
from explorer.data.catalog import opens
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.data.sources.arrays.sparse_files import is_sparse_npz, sparse_of_npz


@opens("NumPy array (.npy, .npz)", recognizes=lambda path: path.suffix.lower() in {".npy", ".npz"} and path.is_file())
def open_arrays(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open an array file; `explorer.data.arrays.arrays` says what it may contain."""
    context.report(0, 1, f"reading {path.name}")
    if path.suffix.lower() == ".npy":
        arrays: Arrays = {"samples": read_npy(path)}
    else:
        arrays = read_npz(path, context.notes, rows_limit(config, context))
        if is_sparse_npz(arrays):
            arrays = sparse_of_npz(arrays, str(path), context.notes)
    return dataset_from_arrays(arrays, config, context, name=path.stem, where=str(path))
