"""Chooses the rows of a large array that a preview reads: some from all parts, as rows are often sorted by class."""

from collections.abc import Mapping
from typing import Any

import numpy as np

# Enough to meet each of ten sorted classes twice, and few enough for a slow disk.
MAX_BLOCKS = 20
"""A preview reads at most this many consecutive parts of an array."""
READ_BYTES = 256 << 20
"""A preview decompresses about this many bytes at most."""

Blocks = list[slice]


def preview_blocks(count: int, limit: int, most: int = MAX_BLOCKS) -> Blocks:
    """Return at most ``most`` equally spaced slices of ``count`` rows, which together have about ``limit`` rows."""
    if count <= limit:
        return [slice(0, count)]
    number = max(1, min(most, limit))
    starts = np.linspace(0, count - -(-limit // number), number).round().astype(int).tolist()
    ends = [*starts[1:], count]
    # Blocks that touch are as good as one; they never overlap.
    return [slice(start, min(start + -(-limit // number), end)) for start, end in zip(starts, ends, strict=True)]


def blocks_by_length(
    arrays: Mapping[str, Any], limit: int | None, chunk_bytes: Mapping[str, int], large: int
) -> dict[int, Blocks]:
    """Return the blocks of all arrays of a length, if a preview reads only a part; {} if it reads all.

    Arrays are cut if they are as long as the largest one, or have its sample shape, like those of other splits.

    Parameters
    ----------
    chunk_bytes
        Bytes that have to be decompressed for one row of an array, 0 if rows can be read one by one.
    large
        Size in bytes from which the largest array is cut.
    """
    # The largest array is that of the samples; labels of the same length are cut with it.
    largest = max((item for item in arrays.values() if item.ndim > 1), key=lambda item: item.nbytes, default=None)
    if limit is None or largest is None or largest.nbytes < large or largest.shape[0] <= limit:
        return {}
    blocks: dict[int, Blocks] = {}
    for name, item in arrays.items():
        if item.ndim > 1 and item.shape[1:] == largest.shape[1:]:
            most = READ_BYTES // chunk_bytes[name] if chunk_bytes[name] else MAX_BLOCKS
            blocks[item.shape[0]] = preview_blocks(item.shape[0], limit, max(1, min(MAX_BLOCKS, most)))
    return blocks


def read_blocks(item: Any, blocks: Blocks) -> Any:
    """Return the rows of an array that is read by slices."""
    return np.concatenate([np.asarray(item[block]) for block in blocks])


def partial_text(limit: int, lengths: Mapping[int, Blocks]) -> str:
    """Return what a preview says of the part that it reads."""
    if len(lengths) == 1:
        return f"{limit:,} of {next(iter(lengths)):,} samples, from all parts of the file"
    return f"{limit:,} samples of each split, from all parts of the file"
