"""Opens folders of .npy files, which are read in one of three ways.

1. The arrays of one data set by their customary names: ``x.npy`` and ``y.npy``, ``X_train.npy`` and so on; or by equal
   lengths beside different shapes.
2. One sample per file, if many files have the same shape; sub-folders are the classes.
3. One class per file, as in QuickDraw: the name of the file is the class, its rows are the samples.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.arrays.array_columns import note_left_out
from explorer.data.arrays.array_files import OBJECT_ARRAY, OBJECTS_LEFT_OUT, read_npy
from explorer.data.arrays.array_names import SAMPLE_NAMES, parse_name
from explorer.data.arrays.arrays import dataset_from_arrays
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.formats import opens
from explorer.data.reading.limits import ARRAY_BYTES

FEW_FILES = 20
"""Fewer files of equal shape than this, in one folder, are classes with equally many samples."""


def _files(folder: Path) -> list[Path]:
    """Return the .npy files of a folder, or else those of its sub-folders, by name."""
    own = sorted(file for file in folder.glob("*.npy") if not file.name.startswith("."))
    return own or sorted(file for file in folder.glob("*/*.npy") if not file.name.startswith("."))


@opens("folder of NumPy arrays (.npy)", recognizes=lambda path: path.is_dir() and bool(_files(path)))
def open_array_folder(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a folder of .npy files."""
    files = _files(path)
    arrays: dict[Path, NDArray[Any]] = {}
    unreadable = []
    for index, file in enumerate(files):
        context.report(index, len(files), f"reading {file.name}")
        try:
            arrays[file] = read_npy(file, mapped=True)
        except DataError as error:
            if config.unreadable == "refuse":
                raise
            reason = OBJECTS_LEFT_OUT if OBJECT_ARRAY in str(error) else str(error).removeprefix(f"{file}: ")
            unreadable.append((file.name, reason))
    note_left_out(unreadable, context.notes)
    if not arrays:
        raise DataError(f"{path}: no .npy file can be read; {unreadable[0][0]}: {unreadable[0][1]}")
    in_folders = files[0].parent != path
    if not in_folders and (_are_parts([file.stem for file in arrays]) or _have_one_length(list(arrays.values()))):
        named: dict[str, Any] = {file.stem: array for file, array in arrays.items()}
    elif in_folders or _are_single(arrays):
        named = _one_sample_each(arrays, path, context, in_folders=in_folders)
    else:
        named = _one_class_each(arrays, path, context)
    return dataset_from_arrays(named, config, context, name=path.resolve().name, where=str(path))


def _are_parts(names: list[str]) -> bool:
    """Return whether names of files are customary ones of samples, or those of at least two splits."""
    parsed = [parse_name(name) for name in names]
    splits = {each.split for each in parsed if each.split and each.base == ""}
    return any(each.base in SAMPLE_NAMES and each.base for each in parsed) or len(splits) > 1


def _have_one_length(arrays: list[NDArray[Any]]) -> bool:
    """Return whether arrays of different shapes are of the same samples: faces.npy and faces_target.npy."""
    return len(arrays) == 1 or (
        all(array.ndim > 0 for array in arrays)
        and len({len(array) for array in arrays}) == 1
        and len({array.shape[1:] for array in arrays}) > 1
    )


def _are_single(arrays: dict[Path, NDArray[Any]]) -> bool:
    """Return whether each file is one sample: many files of one shape."""
    shapes = {array.shape for array in arrays.values()}
    return len(shapes) == 1 and (len(arrays) >= FEW_FILES or all(array.ndim == 1 for array in arrays.values()))


def _one_sample_each(
    arrays: dict[Path, NDArray[Any]], path: Path, context: LoadContext, *, in_folders: bool
) -> dict[str, Any]:
    """Return one sample per file of the most frequent shape."""
    # The most frequent shape, as one stray file must not decide about all others.
    shapes = [array.shape for array in arrays.values()]
    shape = max(set(shapes), key=shapes.count)
    note_left_out(
        [(file.name, f"its shape is not {shape}") for file, array in arrays.items() if array.shape != shape],
        context.notes,
    )
    kept = {file: array for file, array in arrays.items() if array.shape == shape}
    ARRAY_BYTES.check(sum(array.nbytes for array in kept.values()), path, "the arrays take")
    context.notes.understood(f"{len(kept):,} files of shape {shape}: one sample each")
    found: dict[str, Any] = {
        "samples": np.stack([np.asarray(array) for array in kept.values()]),
        "name": np.array([file.relative_to(path).with_suffix("").as_posix() for file in kept]),
    }
    if in_folders:
        context.notes.understood("the folders are the classes")
        found["label"] = np.array([file.parent.name for file in kept])
    return found


def _one_class_each(arrays: dict[Path, NDArray[Any]], path: Path, context: LoadContext) -> dict[str, Any]:
    """Return the rows of all files, with the file names as classes; a preview, or too much data, takes some of each."""
    # The largest file has samples for certain; a small one may be of labels or notes.
    largest = max(arrays.values(), key=lambda array: array.nbytes)
    shape = largest.shape[1:]
    fitting = {
        file: array for file, array in arrays.items() if array.ndim > 1 and array.shape[1:] == shape and len(array)
    }
    note_left_out(
        [(file.name, f"its samples have not the shape {shape}") for file in arrays if file not in fitting],
        context.notes,
    )
    if not fitting:
        raise DataError(f"{path}: the arrays have no samples; name them x.npy and y.npy, or one file per class")
    cap = _cap(list(fitting.values()), context)
    rows = {file: _spaced(len(array), cap) for file, array in fitting.items()}
    prefix = _common_prefix([file.stem for file in fitting])
    context.notes.understood(f"{len(fitting)} files of samples: the name of a file is the class")
    return {
        "samples": np.concatenate([np.asarray(array[rows[file]]) for file, array in fitting.items()]),
        "label": np.concatenate([np.repeat(file.stem.removeprefix(prefix), len(rows[file])) for file in fitting]),
    }


def _common_prefix(names: list[str]) -> str:
    """Return what all names begin with, up to a "_": the class of "full_numpy_bitmap_cat" is "cat"."""
    first, last = min(names), max(names)
    length = next((index for index, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), 0)
    return first[: first.rfind("_", 0, length) + 1]


def _cap(arrays: list[NDArray[Any]], context: LoadContext) -> int | None:
    """Return how many samples of each class are taken, and say it; None for all."""
    total = sum(len(array) for array in arrays)
    if context.limit is not None and total > context.limit:
        context.notes.partial(f"{context.limit:,} of {total:,} samples, from all classes")
        return max(1, context.limit // len(arrays))
    size = sum(array.nbytes for array in arrays)
    if size <= ARRAY_BYTES.value:
        return None
    # QuickDraw has 50 million drawings: all of them would not fit, and a part of each class shows as much.
    cap = max(1, int(max(len(array) for array in arrays) * ARRAY_BYTES.value / size) // 2)
    left = sum(max(0, len(array) - cap) for array in arrays)
    why = f"all of them take more than {ARRAY_BYTES.value:,} bytes; {cap:,} of each class were kept, equally spaced"
    context.notes.left_out("samples", why, count=left)
    return cap


def _spaced(count: int, cap: int | None) -> NDArray[np.intp]:
    if cap is None or count <= cap:
        return np.arange(count)
    return np.linspace(0, count - 1, cap).astype(np.intp)
