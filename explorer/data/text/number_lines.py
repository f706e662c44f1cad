"""Reads long text files of numbers in blocks of lines: word vectors, series, tensors of TensorBoard's projector."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.reading.limits import LINE_BYTES, bounded

BLOCK = 4 << 20
"""Number of bytes that are read at once."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, through gzip if its name ends with .gz.

    Raises
    ------
    DataError
        If the compressed file is damaged, or grows like a decompression bomb.
    """
    with path.open("rb") as raw:
        if path.suffix.lower() != ".gz":
            yield raw
            return
        try:
            with gzip.GzipFile(fileobj=raw) as stream:
                yield bounded(cast("BinaryIO", stream), raw, path)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(f"{path}: the compressed file is damaged ({error}); copy or download it again") from error


def head_of(path: Path, size: int) -> bytes:
    """Return the first bytes of a file, unpacked; b"" if they cannot be read."""
    try:
        with opened(path) as stream:
            return stream.read(size)
    except (OSError, DataError):
        return b""


def whole_lines(head: bytes, size: int) -> list[bytes]:
    """Return the lines of the first ``size`` bytes of a file that are not blank, without one that may be cut."""
    lines = head.split(b"\n")
    if len(head) >= size and len(lines) > 1:
        lines.pop()
    return [line for line in lines if line.strip()]


def line_blocks(stream: BinaryIO, path: Path, context: LoadContext) -> Iterator[list[bytes]]:
    """Yield the lines of a file in blocks, and report progress.

    Raises
    ------
    DataError
        If a line is too long.
    """
    total = path.stat().st_size if path.suffix.lower() != ".gz" else 0
    done, rest = 0, b""
    while block := stream.read(BLOCK):
        context.report(min(done, total), total, f"reading {path.name}")
        done += len(block)
        lines = (rest + block).split(b"\n")
        # The last line of a block may go on in the next one.
        rest = lines.pop()
        LINE_BYTES.check(len(rest), path, "a line has at least")
        yield lines
    if rest:
        yield [rest]


def parse_rows(lines: Sequence[bytes], width: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return lines of ``width`` numbers, separated by spaces, as rows ``(n, width)``; and which are good, ``(n,)``.

    A line with another number of cells, or with a cell that is not a number, is bad; its row is NaN.
    """
    good = np.array([len(line.split()) == width for line in lines], dtype=bool)
    # NumPy reads all lines at once, a hundred times faster than one by one.
    if good.all():
        rows = _all_at_once(lines, width)
        if rows is not None:
            return rows, good
    values = np.full((len(lines), width), np.nan, np.float32)
    for index in np.flatnonzero(good):
        try:
            values[index] = [float(cell) for cell in lines[int(index)].split()]
        except (ValueError, OverflowError):
            good[index] = False
    return values, good


def _all_at_once(lines: Sequence[bytes], width: int) -> NDArray[np.float32] | None:
    try:
        flat = np.fromstring(b" ".join(lines), dtype=np.float32, sep=" ")
    except (ValueError, DeprecationWarning):
        return None
    # NumPy stops at the first cell that is not a number.
    return flat.reshape(len(lines), width) if len(flat) == len(lines) * width else None


def is_number(cell: bytes | str) -> bool:
    """Return whether a cell is a number; "nan" is one."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
