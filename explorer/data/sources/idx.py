"""Opens the IDX files of MNIST and of the data sets that follow it, single files and folders.

1. Find the files of pictures: in the folder, or up to two levels below it, as torchvision and Kaggle store them.
2. Take one data set of them, as EMNIST's folder has six.
3. Read each split with its labels, and the names of the classes if a mapping lies beside them.
4. Transpose EMNIST's pictures, which are stored column by column.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.arrays.idx_files import idx_shape, previewed, read_idx
from explorer.data.arrays.preview_rows import Blocks
from explorer.data.assemble import assemble
from explorer.data.columns import encode_labels
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.folders import other_files
from explorer.data.formats import opens
from explorer.data.imports.shapes import are_by_columns, read_by_columns
from explorer.data.report import Notes, noun, some

__all__ = ["find_file", "load_folder", "open_idx", "read_idx", "read_pair"]

MAX_DEPTH = 2
"""Levels of folders below the chosen one in which files are found."""
# EMNIST's longest mapping, of 62 classes, has less than 1 kB.
MAX_MAPPING = 1 << 16
"""Maximum size of a file of class names in bytes."""
# EMNIST puts its name before the split, Kaggle's copies have a dot before idx, and QMNIST a longer name.
_PICTURES = re.compile(
    r"(?P<set>.*?)[-_.]?(?P<part>train|t10k|test|valid|validation)[-_.]images[-_.]idx3-ubyte(\.gz)?", re.IGNORECASE
)
_MAPPING = "{}-mapping.txt"
_SPLITS = {"train": "train", "t10k": "test", "test": "test", "valid": "validation", "validation": "validation"}


class _Part(NamedTuple):
    """The pictures of one split, and their labels if there are any."""

    split: str
    images: Path
    labels: Path | None


def read_pair(
    images: Path, labels: Path | None, blocks: Blocks | None = None
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Read pictures ``(N, 1, H, W)`` and, if ``labels`` is given, their labels ``(N,)``; all rows, or some blocks.

    Raises
    ------
    DataError
        If a file is damaged or has other contents, or the numbers of pictures and labels differ.
    """
    pictures = read_idx(images, blocks)
    if pictures.ndim != 3 or pictures.dtype != np.uint8:
        raise DataError(
            f"{images}: expected pictures as count × height × width of 8-bit values, not shape {pictures.shape} of "
            f"{pictures.dtype}"
        )
    pictures = pictures[:, np.newaxis]
    if labels is None:
        return pictures, None
    count, expected = idx_shape(labels), idx_shape(images)[:1]
    if len(count) == 1 and count != expected:
        raise DataError(f"{labels} has {count[0]} labels for the {expected[0]} pictures in {images.name}")
    values = read_idx(labels, blocks)
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise DataError(f"{labels}: expected labels as one list of integers, not shape {values.shape}")
    return pictures, values


def find_file(folder: Path, part: str, content: str) -> Path | None:
    """Return the path of, for example, ``train-images-idx3-ubyte.gz``, with ``-`` or ``.`` before ``idx``, or None."""
    rank = {"images": 3, "labels": 1}[content]
    stems = (f"{part}-{content}-idx{rank}-ubyte", f"{part}-{content}.idx{rank}-ubyte")
    candidates = (folder / (stem + end) for stem in stems for end in ("", ".gz"))
    return next((path for path in candidates if path.is_file()), None)


def _parts(folder: Path) -> dict[str, list[_Part]]:
    """Return the splits of each data set in a folder, by the name of the data set; "" for MNIST's own names."""
    found: dict[str, dict[str, _Part]] = {}
    for path in _files(folder, MAX_DEPTH):
        match = _PICTURES.fullmatch(path.name)
        if match is None:
            continue
        split = _SPLITS[match["part"].lower()]
        # The first one counts: packed and unpacked copies often lie side by side.
        found.setdefault(match["set"], {}).setdefault(split, _Part(split, path, _labels_of(path, folder)))
    order = ("train", "validation", "test")
    return {name: [splits[split] for split in order if split in splits] for name, splits in found.items()}


def _files(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the visible files of a folder, then those of its sub-folders, by name."""
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    yield from (entry for entry in entries if entry.is_file())
    for entry in entries:
        if entry.is_dir() and depth > 0:
            yield from _files(entry, depth - 1)


def _labels_of(images: Path, root: Path) -> Path | None:
    """Return the file of labels beside pictures, packed or not, or in the folder beside that is named like it."""
    name = re.sub("idx3", "idx1", re.sub("images", "labels", images.name, flags=re.IGNORECASE), flags=re.IGNORECASE)
    bare = re.sub(r"\.gz$", "", name, flags=re.IGNORECASE)
    folders = [images.parent]
    if images.parent != root:
        folders += [images.parents[1], images.parents[1] / bare]
    names = dict.fromkeys((name, bare, f"{bare}.gz", bare.replace("-idx", ".idx")))
    candidates = (folder / each for folder in folders for each in names)
    return next((path for path in candidates if path.is_file() and path != images), None)


def load_folder(
    folder: Path, config: DataConfig, context: LoadContext, *, name: str, class_names: Sequence[str] = ()
) -> Dataset:
    """Load a folder with the file names of MNIST; the published test pictures become the test split.

    Parameters
    ----------
    class_names
        Names of the labels 0, 1, …; if empty, the numbers are the names.

    Raises
    ------
    DataError
        If a file is damaged or missing.
    """
    sets = _parts(folder)
    if not sets:
        raise DataError(f"{folder} contains neither train-images-idx3-ubyte nor t10k-images-idx3-ubyte (.gz)")
    chosen = _chosen_set(sets, folder, config, context.notes)
    title = f"{name} {chosen}" if len(sets) > 1 else name
    return _load(
        sets[chosen], config, context, title, class_names, by_columns="emnist" in f"{folder.name} {chosen}".lower()
    )


def _chosen_set(sets: dict[str, list[_Part]], folder: Path, config: DataConfig, notes: Notes) -> str:
    if len(sets) == 1:
        return next(iter(sets))
    notes.choices("samples_key", sets)
    chosen = config.samples_key or next(iter(sets))
    if chosen not in sets:
        raise DataError(f"{folder}: there is no data set {chosen!r}; set data.samples_key to {some(sets)}")
    others = [name for name in sets if name != chosen]
    notes.left_out(noun(len(others), "data set"), f"{chosen} is read; data.samples_key chooses another", others)
    return chosen


def _load(
    parts: Sequence[_Part],
    config: DataConfig,
    context: LoadContext,
    name: str,
    class_names: Sequence[str],
    *,
    by_columns: bool,
) -> Dataset:
    pictures: list[NDArray[Any]] = []
    labels: list[NDArray[Any] | None] = []
    assigned: list[NDArray[np.str_]] = []
    sizes: dict[str, int] = {}
    for step, part in enumerate(parts):
        context.report(step, len(parts), f"reading {part.images.name}")
        if part.labels is None:
            context.notes.understood(f"{part.images.name} has no file of labels beside it")
        blocks = previewed(part.images, context.limit)
        some_pictures, values = read_pair(part.images, part.labels, blocks)
        pictures.append(some_pictures)
        labels.append(values)
        assigned.append(np.full(len(some_pictures), part.split, dtype="<U10"))
        sizes[part.split] = idx_shape(part.images)[0]
    if len({part.shape[1:] for part in pictures}) > 1:
        raise DataError(f"{name}: training and test pictures differ in size")
    samples = np.concatenate(pictures) if len(pictures) > 1 else pictures[0]
    if are_by_columns(by_columns, config):
        samples = read_by_columns(samples, config, context.notes)
    characters = {} if class_names else _characters(parts[0].images)
    return _assemble(samples, _join(labels, name), config, context, name, class_names, characters, assigned, sizes)


def _characters(images: Path) -> dict[int, str]:
    """Return the characters of classes from EMNIST's file of numbers and codes beside the pictures, {} without it."""
    file = images.parent / _MAPPING.format(images.name.partition("-train")[0].partition("-test")[0])
    if not file.is_file() or file.stat().st_size > MAX_MAPPING:
        return {}
    rows = [line.split() for line in file.read_text("utf-8", "replace").splitlines() if line.strip()]
    if not all(len(row) > 1 and row[0].isdecimal() and row[1].isdecimal() for row in rows):
        return {}
    return {int(row[0]): chr(int(row[1])) for row in rows if 32 < int(row[1]) < 0x110000}


def _join(labels: list[NDArray[Any] | None], name: str) -> NDArray[Any] | None:
    known = [values for values in labels if values is not None]
    if known and len(known) < len(labels):
        raise DataError(f"{name}: only one of the training and test pictures has a labels file")
    return np.concatenate(known) if known else None


def _assemble(
    samples: NDArray[Any],
    values: NDArray[Any] | None,
    config: DataConfig,
    context: LoadContext,
    name: str,
    class_names: Sequence[str],
    characters: dict[int, str],
    assigned: list[NDArray[np.str_]],
    sizes: dict[str, int],
) -> Dataset:
    for setting in ("label_column", "group_column", "split_column"):
        if getattr(config, setting):
            raise DataError(
                f"{name}: IDX files have no columns, so data.{setting} cannot be {getattr(config, setting)!r}; clear it"
            )
    labels: NDArray[np.int64] | None = None
    if values is not None and class_names:
        unknown = values[(values < 0) | (values >= len(class_names))]
        if len(unknown):
            raise DataError(f"{name}: a label is {unknown[0]}, but there are only {len(class_names)} classes")
        # Not encode_labels: a class that does not occur in the file would shift the names of those after it.
        labels = values.astype(np.int64)
    elif values is not None:
        labels, numbers = encode_labels(values, where=name)
        class_names = tuple(characters.get(int(number), number) for number in numbers)
    # A single file has no published splits.
    splits = np.concatenate(assigned) if len(assigned) > 1 else None
    _describe(samples, class_names, sizes, context.notes)
    samples, labels, splits = _limited(samples, labels, splits, sum(sizes.values()), context)
    return assemble(
        config,
        name=name,
        kind="image",
        samples=samples,
        value_range=(0.0, 255.0),
        labels=labels,
        class_names=class_names,
        assigned=splits,
    )


def _describe(samples: NDArray[Any], class_names: Sequence[str], sizes: dict[str, int], notes: Notes) -> None:
    notes.understood(f"{sum(sizes.values()):,} pictures of {samples.shape[2]}×{samples.shape[3]} pixels, grey")
    notes.understood(f"{len(class_names)} classes: {some(class_names, 12)}" if class_names else "no labels")
    if len(sizes) > 1:
        notes.understood(f"published splits: {', '.join(f'{count:,} {split}' for split, count in sizes.items())}")


def _limited(
    samples: NDArray[Any],
    labels: NDArray[np.int64] | None,
    splits: NDArray[np.str_] | None,
    total: int,
    context: LoadContext,
) -> tuple[NDArray[Any], NDArray[np.int64] | None, NDArray[np.str_] | None]:
    """Return samples equally spaced over all, as many as a preview needs."""
    limit = context.limit
    if limit is None or total <= limit:
        return samples, labels, splits
    rows = np.linspace(0, len(samples) - 1, min(limit, len(samples))).astype(np.intp)
    context.notes.partial(f"{len(rows):,} of {total:,} samples, equally spaced")
    return samples[rows], None if labels is None else labels[rows], None if splits is None else splits[rows]


def _is_idx_name(path: Path) -> bool:
    name = path.name.removesuffix(".gz").lower()
    return name.endswith((".idx", "-ubyte")) or ".idx" in name or "-idx" in name


def _is_idx(path: Path) -> bool:
    if not path.is_dir():
        return _is_idx_name(path)
    return any(_is_idx_name(entry) for entry in path.iterdir() if entry.is_file()) or bool(_parts(path))


@opens("IDX file or folder", recognizes=_is_idx)
def open_idx(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a folder with MNIST's file names, or one file of pictures with its labels file beside it.

    Raises
    ------
    DataError
        If a file is damaged or missing, or pictures and labels do not fit together.
    """
    context.notes.applies("pixel_order")
    if path.is_dir():
        dataset = load_folder(path, config, context, name=path.resolve().name)
        read = [file for file in _files(path, MAX_DEPTH) if _is_idx_name(file) or file.name.endswith(_MAPPING[2:])]
        others = other_files(path, read)
        context.notes.left_out(noun(len(others), "file"), "neither pictures nor labels in the IDX format", others)
        return dataset
    labels = _labels_of(path, path.parent)
    if labels is not None:
        context.notes.understood(f"{labels.name} has the labels")
    match = _PICTURES.fullmatch(path.name)
    # A file of test pictures that is opened alone is a data set of its own, with splits drawn from it.
    split = _SPLITS[match["part"].lower()] if match else "train"
    name = path.name.removesuffix(".gz")
    return _load([_Part(split, path, labels)], config, context, name, (), by_columns="emnist" in name.lower())
