"""Streams the lines of a text table to Arrow: unpacked, as UTF-8, without the lines that are not rows.

The stream is read in blocks of whole lines, so that progress is reported and the user can cancel in between.
"""

import bz2
import codecs
import csv
import gzip
import io
import lzma
import re
import sys
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.reading.limits import LINE_BYTES, TABLE_BYTES, bounded
from explorer.data.tables.table_head import is_number
from explorer.data.tables.text_dialect import Dialect

PACKED = (".gz", ".bz2", ".xz")
"""Suffixes of files that are packed."""
_BLOCK = 1 << 20
_QUOTED_RUNS = re.compile(rb'("(?:[^"]|"")*")|[ \t]+')
_SPACED_QUOTES = re.compile(rb'([,;\t|]) +(?=")')


def read_head(path: Path, size: int) -> bytes:
    """Return the first bytes of a file, unpacked, at least three lines of it unless it is shorter."""
    with path.open("rb") as raw:
        stream = unpacked(raw, path)
        try:
            parts, lines, length = [stream.read(size)], 0, size
            while (lines := lines + parts[-1].count(b"\n")) < 3 and parts[-1] and length <= LINE_BYTES.value:
                parts.append(stream.read(size))
                length += size
        except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
            raise DataError(f"{path}: the compressed file is damaged ({error}); copy or download it again") from error
    head = b"".join(parts)
    if not lines:
        LINE_BYTES.check(len(head), path, "a line has at least")
    return head


def unpacked(raw: BinaryIO, path: Path) -> BinaryIO:
    """Return the contents of a file that is open, unpacked if its suffix says so."""
    suffix = path.suffix.lower()
    if suffix not in PACKED:
        return raw
    if suffix == ".gz":
        return bounded(cast("BinaryIO", gzip.GzipFile(fileobj=raw)), raw, path)
    kind = bz2.BZ2File if suffix == ".bz2" else lzma.LZMAFile
    return bounded(cast("BinaryIO", kind(raw)), raw, path)


class RowStream(io.RawIOBase):
    """The rows of a text table as UTF-8, for Arrow's reader of CSV.

    Attributes
    ----------
    undecodable
        Number of characters that are not valid in the encoding; they were replaced.
    is_cut
        Whether the stream ended after ``max_rows`` lines, with more to come.
    """

    def __init__(
        self,
        path: Path,
        dialect: Dialect,
        encoding: str,
        context: LoadContext,
        max_rows: int | None = None,
        *,
        pad_to: int = 0,
    ) -> None:
        """Open a file; rows with fewer cells than ``pad_to`` get empty cells."""
        super().__init__()
        self._path, self._dialect, self._context = path, dialect, context
        self._raw = path.open("rb")
        self._file = unpacked(self._raw, path)
        self._size = path.stat().st_size
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)(errors="replace")
        self._to_skip, self._left, self._pad_to = dialect.lines, max_rows, pad_to
        self._is_inside_quotes = False
        self._carry, self._pending = b"", memoryview(b"")
        self._unpacked_bytes = self._unused = self._position = 0
        self.undecodable, self.is_cut, self._ended = 0, False, False

    @property
    def share(self) -> float:
        """The share of the file that was given to Arrow."""
        used = 1 - self._unused / max(1, self._unpacked_bytes)
        return self._position / max(1, self._size) * used

    def readable(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._raw.close()
        super().close()

    def read(self, size: int = -1) -> bytes:
        """Return at most ``size`` bytes, b"" at the end."""
        while not len(self._pending) and not self._ended:
            self._pending = memoryview(self._next_lines())
        # Never more than asked for: Arrow copies into a buffer of that size.
        size = len(self._pending) if size < 0 else size
        part, self._pending = bytes(self._pending[:size]), self._pending[size:]
        return part

    def _next_lines(self) -> bytes:
        """Return the next whole lines as UTF-8; set ``_ended`` after the last."""
        self._context.report(self._raw.tell(), self._size, f"reading {self._path.name}")
        block = self._file.read(_BLOCK)
        self._position = self._raw.tell()
        self._unpacked_bytes += len(block)
        TABLE_BYTES.check(self._unpacked_bytes, self._path, "the table has at least")
        text = self._carry + self._to_utf8(block, final=not block)
        if b"\r" in text and b"\n" not in text:
            text = text.replace(b"\r", b"\n")  # as old Macs end their lines
        # Arrow gets whole lines only, so that comments and quotes are not cut.
        end = text.rfind(b"\n") + 1 if block else len(text)
        self._carry, self._ended = text[end:], not block
        LINE_BYTES.check(len(self._carry), self._path, "a line has at least")
        rows = self._rows(self._limited(self._without_head(text[:end])))
        return self._padded(rows) if self._pad_to else rows

    def _to_utf8(self, block: bytes, *, final: bool) -> bytes:
        if self._decoder is None:
            return block
        text = self._decoder.decode(block, final)
        self.undecodable += text.count("\ufffd")
        return text.removeprefix("\ufeff").encode("utf-8", "replace")

    def _without_head(self, lines: bytes) -> bytes:
        while self._to_skip and lines:
            self._to_skip -= 1
            lines = lines[lines.find(b"\n") + 1 :] if b"\n" in lines else b""
        return lines

    def _limited(self, lines: bytes) -> bytes:
        if self._left is None:
            return lines
        # Lines, not rows: cells with line breaks make a preview a little shorter.
        count = lines.count(b"\n")
        if count >= self._left:
            kept = b"\n".join(lines.split(b"\n", self._left)[: self._left]) + b"\n"
            self._unused = len(lines) - len(kept) + len(self._carry)
            self.is_cut, self._ended = self._unused > 0 or self._position < self._size, True
            return kept
        self._left -= count
        return lines

    def _rows(self, lines: bytes) -> bytes:
        """Return lines without comments, with a tab for each run of spaces if these are the delimiter."""
        dialect = self._dialect
        if dialect.comment:
            lines = re.sub(rb"(?m)^[ \t]*" + re.escape(dialect.comment.encode()) + rb".*\n?", b"", lines)
        if dialect.delimiter == " ":
            # Spaces at the beginning of a line would be an empty cell.
            bare = b"\n".join(line.strip() for line in lines.split(b"\n"))
            if dialect.quoted and b'"' in bare:
                return _QUOTED_RUNS.sub(lambda run: run[1] or b"\t", bare)
            return re.sub(rb"[ \t]+", b"\t", bare)
        return _SPACED_QUOTES.sub(rb"\1", lines) if dialect.quoted and b' "' in lines else lines

    def _padded(self, rows: bytes) -> bytes:
        """Return rows with a delimiter for each cell that is missing at the end."""
        return b"\n".join(map(self._padded_line, rows.split(b"\n")))

    def _padded_line(self, line: bytes) -> bytes:
        delimiter = "\t" if self._dialect.delimiter == " " else self._dialect.delimiter
        was_inside = self._is_inside_quotes
        if self._dialect.quoted and b'"' in line:
            self._is_inside_quotes ^= line.count(b'"') % 2 == 1
            if was_inside or self._is_inside_quotes:
                return line  # a row of several lines
            cells = _cells(line, delimiter)
        else:
            cells = line.count(delimiter.encode()) + 1
        # A word alone is a remark or the title of a section, not the first cell of a row.
        if (
            was_inside
            or not line
            or cells >= self._pad_to
            or (cells == 1 and not is_number(line.decode(errors="replace")))
        ):
            return line
        end = b"\r" if line.endswith(b"\r") else b""
        return line.removesuffix(b"\r") + delimiter.encode() * (self._pad_to - cells) + end


def _cells(line: bytes, delimiter: str) -> int:
    """Return the number of cells of a line with quotes; of a damaged one, more than any table has."""
    try:
        return len(next(csv.reader([line.decode("utf-8", "replace").rstrip("\r")], delimiter=delimiter)))
    except csv.Error:
        return sys.maxsize
