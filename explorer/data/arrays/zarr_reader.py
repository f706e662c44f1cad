"""Reads the arrays of a zarr folder or zip archive, in a process of its own (see `explorer.data.arrays.isolated`).

1. Look at the metadata of all arrays and groups as JSON, before zarr opens any. Only filters and compressors that are
   known to decode bytes are allowed: numcodecs also has one that runs pickled Python.
2. Check the sizes that are declared, and those of chunks.
3. Yield the arrays by their paths.
"""

import json
import math
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.data.arrays.isolated import ArrayPart, cut_words
from explorer.data.arrays.preview_rows import blocks_by_length, partial_text, read_blocks
from explorer.data.dataset import DataError
from explorer.data.reading.limits import ARRAY_BYTES, FREE_BYTES

METADATA = (".zarray", ".zgroup", "zarr.json")
MAX_ARRAYS = 1000
_FREE_BYTES = 16 << 20
"""A preview reads arrays as a whole if the largest is smaller than this."""
MAX_METADATA = 4 << 20
MAX_RATIO = 2000
"""Arrays that are larger than `FREE_BYTES` and than this many times the store count as a bomb."""
_COMPRESSORS = frozenset(("blosc", "zlib", "gzip", "bz2", "lzma", "lz4", "zstd"))
_FILTERS = frozenset(
    ("delta", "shuffle", "bitround", "quantize", "fixedscaleoffset", "packbits", "astype", "transpose")
)
_CHECKSUMS = frozenset(("crc32", "crc32c", "adler32", "fletcher32"))
# Not pickle, json2 and msgpack2 of numcodecs, which rebuild Python objects.
_LAYOUTS = frozenset(("bytes", "endian", "string", "vlen-utf8", "vlen-bytes", "vlen-array", "sharding_indexed"))
CODECS = _COMPRESSORS | _FILTERS | _CHECKSUMS | _LAYOUTS
"""Codecs that only decode bytes."""


def read(path: Path, options: Mapping[str, Any]) -> Iterator[ArrayPart]:
    """Yield the arrays of a zarr store by path, then ``left_out``: pairs of a name and the reason.

    Parameters
    ----------
    options
        ``limit``: the number of samples to read of large arrays, from all parts of them, or None.
    """
    root = open_checked(path)
    left_out: list[tuple[str, str]] = []
    arrays = dict(_walk(root, ""))
    _check_sizes(arrays, path)
    limit = options.get("limit")
    # A shard has an index of its own, so that its chunks can be read one by one.
    chunks = {name: math.prod(array.chunks) * array.dtype.itemsize for name, array in arrays.items()}
    blocks = blocks_by_length(arrays, limit, chunks, _FREE_BYTES)
    for name, array in arrays.items():
        cut = blocks.get(array.shape[0] if array.ndim else -1)
        # Words of any length are objects in version 2, and of NumPy's own kind T in version 3.
        values = np.asarray(array[...]) if cut is None else read_blocks(array, cut)
        if values.dtype.kind in ("O", "T"):
            values = cut_words(values)
        if values.dtype.kind in "buifcSUMV":
            yield ArrayPart(name, values)
        else:
            left_out.append((name, "it contains neither numbers nor words"))
    if limit is not None and blocks:
        yield ArrayPart("partial", partial_text(limit, blocks))
    yield ArrayPart("left_out", left_out)


def _check_sizes(arrays: Mapping[str, Any], path: Path) -> None:
    """Raise DataError for arrays that are too large, or of which hardly anything is stored."""
    total = 0
    for name, array in arrays.items():
        item = max(array.dtype.itemsize, 1)
        size, chunk = math.prod(array.shape) * item, math.prod(array.chunks) * item
        total += size
        if chunk > max(size, FREE_BYTES):
            raise DataError(f"{path}: {name} has chunks of {chunk:,} bytes, more than its values take")
    # Chunks that are missing count as filled, and cost the author of a file nothing.
    if total > FREE_BYTES and total > MAX_RATIO * max(_stored_bytes(path), 1):
        raise DataError(f"{path}: the arrays declare {total:,} bytes, but hardly any are stored; save them again")
    ARRAY_BYTES.check(total, path, "the arrays take")


def _stored_bytes(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def open_checked(path: Path) -> Any:
    """Return the root of a zarr store after a check of its metadata.

    Raises
    ------
    DataError
        If a codec is unknown, or there are too many arrays.
    """
    import zarr

    texts = list(_metadata(path))
    if len(texts) > MAX_ARRAYS:
        raise DataError(f"{path}: more than {MAX_ARRAYS:,} arrays and groups")
    # zarr builds a codec when it opens an array, so the check has to come before.
    for name, text in texts:
        for codec in _codecs(json.loads(text)):
            if codec.lower().removeprefix("numcodecs.") not in CODECS:
                raise DataError(f"{path}: {name} has the codec {codec!r}, which is not opened, as it may run code")
    if path.is_dir():
        return zarr.open(str(path), mode="r")
    return zarr.open(zarr.storage.ZipStore(str(path), mode="r"), path=zip_root(path) or "", mode="r")


def zip_root(path: Path) -> str | None:
    """Return the folder of a zip archive that is a zarr store, "" for the whole archive; None if there is none."""
    with zipfile.ZipFile(path) as archive:
        folders = {name.rpartition("/")[0] for name in archive.namelist() if name.rpartition("/")[2] in METADATA}
    # The root comes first; a store is often wrapped in one folder of its own name.
    root = min(folders, key=lambda folder: folder.count("/") + bool(folder), default=None)
    inside = root is not None and all(folder == root or folder.startswith(f"{root}/") or not root for folder in folders)
    return root if inside and root is not None and root.count("/") == 0 else None


def _metadata(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and text of every metadata file of a store."""
    if path.is_dir():
        for file in path.rglob("*"):
            if file.name in (*METADATA, ".zmetadata") and file.is_file():
                if file.stat().st_size > MAX_METADATA:
                    raise DataError(f"{file}: the metadata has more than {MAX_METADATA:,} bytes")
                yield str(file.relative_to(path)), file.read_bytes()
        return
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.filename.rpartition("/")[2] in (*METADATA, ".zmetadata"):
                if member.file_size > MAX_METADATA:
                    raise DataError(f"{path}: the metadata has more than {MAX_METADATA:,} bytes")
                yield member.filename, archive.read(member)


def _codecs(metadata: Any) -> Iterator[str]:
    """Yield the names of all codecs in metadata, wherever they are: also in consolidated metadata and in shards."""
    if isinstance(metadata, list):
        for item in metadata:
            yield from _codecs(item)
    if not isinstance(metadata, dict):
        return
    for key, value in metadata.items():
        # Attributes are the user's own, and may use any of the words below.
        if key == "attributes":
            continue
        if key in ("compressor", "filters", "codecs", "index_codecs", "compressors", "serializer"):
            for codec in value if isinstance(value, list) else [value]:
                if isinstance(codec, str):
                    yield codec
                elif isinstance(codec, dict):
                    yield str(codec.get("id", codec.get("name")))
        yield from _codecs(value)


def _walk(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the arrays below a group with their paths; of a store that is one array, that array."""
    if not hasattr(group, "members"):
        yield "samples", group
        return
    for name, item in sorted(group.members()):
        if hasattr(item, "members"):
            yield from _walk(item, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", item
