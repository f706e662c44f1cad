"""Opens HDF5 files (.h5, .hdf5): arrays in groups, by the names that Keras and others use."""

from pathlib import Path
from typing import Any

from explorer.config import DataConfig
from explorer.data.arrays.arrays import dataset_from_arrays, rows_limit
from explorer.data.arrays.isolated import read_arrays_isolated
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.data.formats import need, opens
from explorer.data.sources.arrays.ten_x import is_loom, is_ten_x, loom_dataset, ten_x_dataset

SUFFIXES = frozenset({".h5", ".hdf5", ".hdf", ".he5", ".loom"})
MAGIC = b"\x89HDF\r\n\x1a\n"


def read_arrays(path: Path, config: DataConfig, context: LoadContext) -> dict[str, Any]:
    """Return the arrays of an HDF5 file by path.

    Raises
    ------
    DataError
        If the file is damaged, too large, or contains no arrays.
    """
    need("h5py", path)
    return read_arrays_isolated("explorer.data.arrays.hdf5_reader", path, rows_limit(config, context), context)


@opens("HDF5 (.h5, .hdf5, .loom)", recognizes=lambda path: path.suffix.lower() in SUFFIXES and path.is_file())
def open_hdf5(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open an HDF5 file."""
    context.report(0, 0, f"reading {path.name}")
    arrays = read_arrays(path, config, context)
    if is_ten_x(arrays):
        return ten_x_dataset(arrays, config, context, path)
    if is_loom(arrays):
        return loom_dataset(arrays, config, context, path)
    return dataset_from_arrays(arrays, config, context, name=path.stem, where=str(path))
