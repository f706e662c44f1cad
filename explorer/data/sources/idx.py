"""Reads the IDX format of MNIST and similar data sets, from single files and from folders.

An IDX file is two zero bytes, a type, the number of dimensions, big-endian sizes, and the values
(http://yann.lecun.com/exdb/mnist).
"""

import gzip
import math
import struct
import zlib
from collections.abc import Sequence
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.assemble import assemble
from explorer.data.catalog import opens
from explorer.data.columns import encode_labels
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.report import Notes, some

MAX_BYTES = 4 << 30
"""Maximum size of the values of a file: 4 GiB."""
_MAX_DIMENSIONS = 4
_MAX_DEFLATE_RATIO = 1032  # the largest possible ratio of a gzip file (zlib's technical details)
_CHUNK = 1 << 20
_TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}


def read_idx(path: Path) -> NDArray[Any]:
    """Read one IDX file, compressed by gzip or not, of any type and up to 4 dimensions.

    The memory used depends on the size of the file, not on the sizes in its header.

    Raises
    ------
    DataError
        If the file is not an IDX file, its header does not match its contents, or it has more than 4 GiB.
    """
    try:
        with _open(path) as stream:
            dtype, shape = _read_header(stream, path)
            expected = dtype.itemsize * math.prod(shape)  # of Python integers, so it cannot overflow
            _check_size(expected, path)
            payload = _read_at_most(stream, expected + 1)  # one byte more shows that the file is too long
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: the file cannot be read to its end ({error})") from error
    if len(payload) != expected:
        found = "more" if len(payload) > expected else f"{len(payload) // dtype.itemsize}"
        count = expected // dtype.itemsize
        raise DataError(f"{path}: the IDX header declares {count} values of shape {shape}, the file has {found}")
    values = np.frombuffer(payload, dtype=dtype).reshape(shape)  # big-endian
    return values.astype(dtype.newbyteorder("="), copy=False)


def _open(path: Path) -> gzip.GzipFile | BufferedReader:
    with path.open("rb") as raw:
        compressed = raw.read(2) == b"\x1f\x8b"  # the magic number of gzip, whatever the suffix
    return gzip.open(path) if compressed else path.open("rb")


def _read_header(stream: gzip.GzipFile | BufferedReader, path: Path) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= _MAX_DIMENSIONS:
        raise DataError(f"{path}: not an IDX file (it begins with {magic.hex(' ') or 'nothing'})")
    sizes = stream.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise DataError(f"{path}: the file ends within its IDX header")
    return _TYPES[magic[2]], struct.unpack(f">{magic[3]}I", sizes)


def _check_size(expected: int, path: Path) -> None:
    if expected > MAX_BYTES:
        raise DataError(f"{path}: the IDX header declares {expected:,} bytes; the limit is {MAX_BYTES:,}")
    size = path.stat().st_size
    if expected > size * _MAX_DEFLATE_RATIO:
        raise DataError(f"{path}: the IDX header declares {expected:,} bytes, more than {size:,} can decompress to")


def _read_at_most(stream: gzip.GzipFile | BufferedReader, limit: int) -> bytearray:
    payload = bytearray()
    while len(payload) < limit:
        chunk = stream.read(min(_CHUNK, limit - len(payload)))
        if not chunk:
            break
        payload += chunk
    return payload


def read_pair(images: Path, labels: Path | None) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Read pictures ``(N, 1, H, W)`` and, if ``labels`` is given, their labels ``(N,)``.

    Raises
    ------
    DataError
        If a file is damaged or has other contents, or the numbers of pictures and labels differ.
    """
    pictures = read_idx(images)
    if pictures.ndim != 3 or pictures.dtype != np.uint8:
        raise DataError(
            f"{images}: expected pictures as count × height × width of 8-bit values, not shape {pictures.shape} of "
            f"{pictures.dtype}"
        )
    pictures = pictures[:, np.newaxis]
    if labels is None:
        return pictures, None
    values = read_idx(labels)
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise DataError(f"{labels}: expected labels as one list of integers, not shape {values.shape}")
    if len(values) != len(pictures):
        raise DataError(f"{labels} has {len(values)} labels for the {len(pictures)} pictures in {images.name}")
    return pictures, values


def find_file(folder: Path, part: str, content: str) -> Path | None:
    """Return the path of, for example, ``train-images-idx3-ubyte.gz``, with ``-`` or ``.`` before ``idx``, or None."""
    rank = {"images": 3, "labels": 1}[content]
    stems = (f"{part}-{content}-idx{rank}-ubyte", f"{part}-{content}.idx{rank}-ubyte")
    candidates = (folder / (stem + end) for stem in stems for end in ("", ".gz"))
    return next((path for path in candidates if path.is_file()), None)


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
    parts: list[NDArray[Any]] = []
    labels: list[NDArray[Any] | None] = []
    assigned: list[NDArray[np.str_]] = []
    for step, (part, split) in enumerate((("train", "train"), ("t10k", "test"))):
        images = find_file(folder, part, "images")
        if images is None:
            continue
        context.report(step, 2, f"reading {images.name}")
        if find_file(folder, part, "labels") is None:
            context.notes.understood(f"{images.name} has no file of labels beside it")
        pictures, values = read_pair(images, find_file(folder, part, "labels"))
        parts.append(pictures)
        labels.append(values)
        assigned.append(np.full(len(pictures), split, dtype="<U10"))
    if not parts:
        raise DataError(f"{folder} contains neither train-images-idx3-ubyte nor t10k-images-idx3-ubyte (.gz)")
    if len({part.shape[1:] for part in parts}) > 1:
        raise DataError(f"{folder}: training and test pictures differ in size")
    samples = np.concatenate(parts) if len(parts) > 1 else parts[0]
    return _assemble(samples, _join(labels, folder), config, context, name, class_names, assigned)


def _join(labels: list[NDArray[Any] | None], folder: Path) -> NDArray[Any] | None:
    known = [values for values in labels if values is not None]
    if known and len(known) < len(labels):
        raise DataError(f"{folder}: only one of the training and test pictures has a labels file")
    return np.concatenate(known) if known else None


def _assemble(
    samples: NDArray[Any],
    values: NDArray[Any] | None,
    config: DataConfig,
    context: LoadContext,
    name: str,
    class_names: Sequence[str],
    assigned: list[NDArray[np.str_]],
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
        labels = values.astype(np.int64)
    elif values is not None:
        labels, class_names = encode_labels(values, where=name)
    splits = np.concatenate(assigned) if len(assigned) > 1 else None
    _describe(samples, class_names, splits, context.notes)
    samples, labels, splits = _limited(samples, labels, splits, context)
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


def _describe(samples: NDArray[Any], class_names: Sequence[str], splits: NDArray[np.str_] | None, notes: Notes) -> None:
    notes.understood(f"{len(samples):,} pictures of {samples.shape[2]}×{samples.shape[3]} pixels, grey")
    notes.understood(f"{len(class_names)} classes: {some(class_names, 12)}" if class_names else "no labels")
    if splits is not None:
        notes.understood(f"published splits: {(splits == 'train').sum():,} train, {(splits == 'test').sum():,} test")


def _limited(
    samples: NDArray[Any], labels: NDArray[np.int64] | None, splits: NDArray[np.str_] | None, context: LoadContext
) -> tuple[NDArray[Any], NDArray[np.int64] | None, NDArray[np.str_] | None]:
    """Return samples equally spaced over all, as many as a preview needs."""
    if context.limit is None or len(samples) <= context.limit:
        return samples, labels, splits
    context.notes.partial(f"{context.limit:,} of {len(samples):,} samples, equally spaced")
    rows = np.linspace(0, len(samples) - 1, context.limit).astype(np.intp)
    return samples[rows], None if labels is None else labels[rows], None if splits is None else splits[rows]


def _is_idx_name(path: Path) -> bool:
    name = path.name.removesuffix(".gz").lower()
    return name.endswith((".idx", "-ubyte")) or ".idx" in name or "-idx" in name


def _is_idx(path: Path) -> bool:
    if path.is_dir():
        return any(_is_idx_name(entry) for entry in path.iterdir() if entry.is_file())
    return _is_idx_name(path)


@opens("IDX file or folder", recognizes=_is_idx)
def open_idx(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a folder with MNIST's file names, or one file of pictures with its labels file beside it."""
    if path.is_dir():
        return load_folder(path, config, context, name=path.resolve().name)
    context.report(0, 1, f"reading {path.name}")
    # train-images-idx3-ubyte has its labels in train-labels-idx1-ubyte.
    beside = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    pictures, values = read_pair(path, beside if beside != path and beside.is_file() else None)
    if values is not None:
        context.notes.understood(f"{beside.name} has the labels")
    return _assemble(pictures, values, config, context, path.name.removesuffix(".gz"), (), [])
