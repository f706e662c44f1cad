"""Opens NumPy's array files: .npy and .npz, and scipy's sparse matrices in .npz."""

from pathlib import Path

from explorer.config import DataConfig
from explorer.data.arrays.array_files import read_npy, read_npz
from explorer.data.arrays.arrays import Arrays, dataset_from_arrays, rows_limit
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.data.formats import opens
from explorer.data.live.live_dataset import live_dataset
from explorer.data.live.live_file import is_live, read_live_arrays
from explorer.data.report import Notes, noun, some
from explorer.data.sources.arrays.sparse_files import is_sparse_npz, sparse_of_npz

MAX_OTHERS = 10
"""A folder with more .npy files than this has many data sets, or one sample in each file."""


@opens("NumPy array (.npy, .npz)", recognizes=lambda path: path.suffix.lower() in {".npy", ".npz"} and path.is_file())
def open_arrays(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open an array file; `explorer.data.arrays.arrays` says what it may contain."""
    context.report(0, 1, f"reading {path.name}")
    if _is_single(path, context.notes):
        arrays: Arrays = {"samples": read_npy(path)}
        _point_at_others(path, context.notes)
    else:
        arrays = read_npz(path, context.notes, rows_limit(config, context))
        if is_live(arrays):
            return live_dataset(read_live_arrays(arrays, str(path)), config, context, name=path.stem)
        if is_sparse_npz(arrays):
            arrays = sparse_of_npz(arrays, str(path), context.notes)
    return dataset_from_arrays(arrays, config, context, name=path.stem, where=str(path))


def _is_single(path: Path, notes: Notes) -> bool:
    """Return whether a file contains one array; its content decides, not its suffix."""
    by_suffix = path.suffix.lower() == ".npy"
    with path.open("rb") as stream:
        head = stream.read(6)
    is_single, is_archive = head.startswith(b"\x93NUMPY"), head.startswith(b"PK\x03\x04")
    if (is_single or is_archive) and is_single != by_suffix:
        notes.understood(f"the content is that of {'.npy' if is_single else '.npz'}, in spite of the suffix")
        return is_single
    return by_suffix


def _point_at_others(path: Path, notes: Notes) -> None:
    """Write into the report which other .npy files of the folder, such as labels, are not read."""
    others = [file.name for file in sorted(path.parent.glob("*.npy")) if file != path and file.name[0] != "."]
    if 0 < len(others) < MAX_OTHERS:
        notes.understood(
            f"{some(others, 3)} in the same folder {noun(len(others), 'is', 'are')} not read; "
            "open the folder to read all as one data set"
        )
