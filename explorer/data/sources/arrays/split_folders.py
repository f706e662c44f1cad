"""Opens folders whose array files are the splits of one data set: train_32x32.mat and test_32x32.mat.

1. The splits are words in the names of the files, one of them that of training. Files without such a word are left out.
2. Samples and labels may be in files of their own, as in ``train_x.h5`` and ``train_y.h5``.
3. The arrays of all files are read, named by split, and interpreted like those of one file.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.config import DataConfig
from explorer.data.arrays.array_files import read_npz
from explorer.data.arrays.array_names import CLASS_NAMES, base_of, parse_name
from explorer.data.arrays.arrays import dataset_from_arrays, rows_limit
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.data.folders import is_mostly
from explorer.data.formats import opens
from explorer.data.reading.limits import ARRAY_BYTES
from explorer.data.report import noun
from explorer.data.sources.arrays.hdf5 import read_arrays
from explorer.data.sources.arrays.matlab import matlab_arrays
from explorer.data.sources.arrays.torch_files import torch_arrays

Reader = Callable[[Path, DataConfig, LoadContext], Mapping[str, Any]]


def _npz_arrays(path: Path, config: DataConfig, context: LoadContext) -> Mapping[str, Any]:
    return read_npz(path, context.notes, rows_limit(config, context))


_READERS: Mapping[str, Reader] = {
    ".npz": _npz_arrays,
    ".mat": matlab_arrays,
    ".h5": read_arrays,
    ".hdf5": read_arrays,
    ".pt": torch_arrays,
    ".pth": torch_arrays,
}


def _splits(folder: Path) -> dict[Path, str]:
    """Return the split that each array file of a folder is of, "" for none."""
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in _READERS and file.name[0] != ".")
    return {file: parse_name(file.stem).split for file in files if file.is_file()}


def _are_splits(path: Path) -> bool:
    if not path.is_dir() or not is_mostly(path, frozenset(_READERS)):
        return False
    found = set(_splits(path).values()) - {""}
    return "train" in found and len(found) > 1


@opens("folder of array files by split (.npz, .mat, .h5, .pt)", recognizes=_are_splits)
def open_split_folder(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a folder with a file, or a file of samples and one of labels, for each split.

    Raises
    ------
    DataError
        If a file cannot be read, or all together take too much memory.
    """
    splits = _splits(path)
    others = [file.name for file, split in splits.items() if not split]
    context.notes.left_out(noun(len(others), "file"), "the name is not that of train, validation or test", others)
    files = {file: split for file, split in splits.items() if split}
    # A preview cannot cut samples and labels in files of their own alike.
    reading = context if len(set(files.values())) == len(files) else replace(context, limit=None)
    arrays: dict[str, Any] = {}
    for step, (file, split) in enumerate(files.items()):
        context.report(step, len(files), f"reading {file.name}")
        for name, array in _READERS[file.suffix.lower()](file, config, reading).items():
            key = _key(name, split)
            if key in arrays:
                # Class names are the same in all files; other arrays of one name are of another data set.
                if not _are_class_names(name):
                    context.notes.left_out("array", "another file has an array of this name", [f"{file.name}: {name}"])
                continue
            arrays[key] = array
        size = sum(array.nbytes for array in arrays.values() if isinstance(array, np.ndarray))
        ARRAY_BYTES.check(size, path, "the arrays take")
    context.notes.understood(f"files of splits: {', '.join(f'{file.name} ({split})' for file, split in files.items())}")
    return dataset_from_arrays(
        arrays,
        config,
        context,
        name=path.resolve().name,
        where=str(path),
        samples_in_columns=any(file.suffix.lower() == ".mat" for file in files),
    )


def _key(name: str, split: str) -> str:
    """Return the name of an array with its split, which its own name may say again ("train_set_x")."""
    own = parse_name(name)
    return name if _are_class_names(name) else f"{split}/{own.base if own.split == split and own.base else name}"


def _are_class_names(name: str) -> bool:
    return base_of(name) in CLASS_NAMES
