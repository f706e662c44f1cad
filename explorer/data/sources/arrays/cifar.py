"""Opens the binary versions of CIFAR-10, CIFAR-100 and STL-10: a folder, or one batch of CIFAR-10.

A record of CIFAR is one label (two in CIFAR-100: coarse, fine) and the picture as 3 × 32 × 32 bytes
(https://www.cs.toronto.edu/~kriz/cifar.html). STL-10 has pictures of 3 × 96 × 96 bytes by columns, and labels from 1
(https://cs.stanford.edu/~acoates/stl10).
"""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.arrays.arrays import dataset_from_arrays
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.formats import opens
from explorer.data.reading.limits import ARRAY_BYTES

Layout = Literal["cifar-10", "cifar-100", "stl-10", "pickles"]
_CIFAR_SHAPE, _STL_SHAPE = (3, 32, 32), (3, 96, 96)
_FOLDERS = ("cifar-10-batches-bin", "cifar-100-binary", "stl10_binary", "cifar-10-batches-py", "cifar-100-python")
_FILES: dict[str, Layout] = {
    "data_batch_1.bin": "cifar-10",
    "test_batch.bin": "cifar-10",
    "train_X.bin": "stl-10",
    "test_X.bin": "stl-10",
    "batches.meta": "pickles",
}


def _layout(path: Path) -> tuple[Path, Layout] | None:
    """Return the folder, or file, of the pictures and its layout; None if it is none of them."""
    if path.is_file():
        is_batch = path.name.startswith(("data_batch", "test_batch")) and path.suffix.lower() == ".bin"
        return (path, "cifar-10") if is_batch else None
    for folder in (path, *(path / name for name in _FOLDERS)):
        found = next((layout for name, layout in _FILES.items() if (folder / name).is_file()), None)
        if found:
            return folder, found
        # CIFAR-100 has no batches, and names that other data sets use as well: both are needed.
        if (folder / "train.bin").is_file() and (folder / "test.bin").is_file():
            return folder, "cifar-100"
        if all((folder / name).is_file() for name in ("train", "test", "meta")):
            return folder, "pickles"
    return None


@opens("CIFAR-10, CIFAR-100 and STL-10 (binary)", recognizes=lambda path: _layout(path) is not None)
def open_cifar(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a folder of binary batches, or one batch."""
    folder, layout = _layout(path) or (path, "cifar-10")
    if layout == "pickles":
        raise DataError(
            f"{path}: this is CIFAR's Python version (pickled objects), which is not opened, as it can run code; "
            "download the binary version (cifar-10-binary.tar.gz or cifar-100-binary.tar.gz)"
        )
    arrays = _stl(folder, context) if layout == "stl-10" else _cifar(folder, layout, context)
    return dataset_from_arrays(arrays, config, context, name=path.resolve().name, where=str(path))


def _cifar(folder: Path, layout: Layout, context: LoadContext) -> dict[str, Any]:
    names = ("train.bin", "test.bin") if layout == "cifar-100" else ("data_batch*.bin", "test_batch.bin")
    files = [folder] if folder.is_file() else sorted(file for name in names for file in folder.glob(name))
    files.sort(key=lambda file: _split_of(file) == "test")
    labels = 2 if layout == "cifar-100" else 1
    records, splits = [], []
    for index, file in enumerate(files):
        context.report(index, len(files), f"reading {file.name}")
        values = _records(file, labels + int(np.prod(_CIFAR_SHAPE)), context, len(files))
        records.append(values)
        splits += [_split_of(file)] * len(values)
    joined = np.concatenate(records)
    arrays: dict[str, Any] = {
        "images": joined[:, labels:].reshape(-1, *_CIFAR_SHAPE),
        "labels": joined[:, labels - 1],  # the fine ones, which come last
        "layout": np.array("CHW"),
    }
    if len(set(splits)) > 1:
        arrays["split"] = np.array(splits)
    meta = folder if folder.is_dir() else folder.parent
    classes = _names(meta, "fine_label_names.txt" if layout == "cifar-100" else "batches.meta.txt")
    if len(classes) > joined[:, labels - 1].max():
        arrays["class_names"] = classes
    if layout == "cifar-100":
        coarse = _names(meta, "coarse_label_names.txt")
        arrays["coarse"] = coarse[joined[:, 0]] if len(coarse) > joined[:, 0].max() else joined[:, 0]
    return arrays


def _split_of(file: Path) -> str:
    return "test" if file.name.startswith("test") else "train"


def _stl(folder: Path, context: LoadContext) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    for split in ("train", "test"):
        file = folder / f"{split}_X.bin"
        if not file.is_file():
            continue
        context.report(len(arrays), 4, f"reading {file.name}")
        pictures = _records(file, int(np.prod(_STL_SHAPE)), context, 2).reshape(-1, *_STL_SHAPE)
        # STL-10 was written by MATLAB: pixels are column by column.
        arrays[f"{split}_images"] = np.ascontiguousarray(pictures.transpose(0, 1, 3, 2))
        labels = folder / f"{split}_y.bin"
        if labels.is_file():
            arrays[f"{split}_labels"] = _records(labels, 1, context, 2).reshape(-1)
    unlabeled = folder / "unlabeled_X.bin"
    if unlabeled.is_file():
        count = unlabeled.stat().st_size // int(np.prod(_STL_SHAPE))
        context.notes.left_out("pictures", "they have no labels (unlabeled_X.bin)", count=count)
    arrays["layout"] = np.array("CHW")
    classes = _names(folder, "class_names.txt")
    return arrays | ({"class_names": classes} if len(classes) else {})


def _records(file: Path, size: int, context: LoadContext, files: int) -> NDArray[np.uint8]:
    """Return the bytes of a file as records ``(N, size)``; a preview of ``files`` files takes as many of each."""
    present = file.stat().st_size
    # The format has no header: the size is all that tells a batch from another file.
    if present == 0 or present % size:
        raise DataError(f"{file}: {present:,} bytes are not whole records of {size:,} bytes")
    ARRAY_BYTES.check(present, file, "the records take")
    count = present // size
    share = count if context.limit is None else max(1, context.limit // files)
    if count <= share:
        return np.fromfile(file, np.uint8).reshape(-1, size)
    context.notes.partial(f"{share:,} samples{' of each file' if files > 1 else ''}, equally spaced")
    rows = np.linspace(0, count - 1, share).astype(np.intp)
    return np.array(np.memmap(file, np.uint8, "r", shape=(count, size))[rows])


def _names(folder: Path, name: str) -> NDArray[Any]:
    """Return the lines of a file of class names; none if it is missing."""
    try:
        words = (folder / name).read_bytes()[: 1 << 16].decode("utf-8", "replace").split("\n")
    except OSError:
        return np.array([], dtype=np.str_)
    return np.array([word.strip() for word in words if word.strip()], dtype=np.str_)
