"""Data sets from word vectors: GloVe, word2vec as text and in binary form, and fastText's .vec.

Each line has a word and its numbers. A first line with the number of words and the dimension is optional. The words
become the names of the samples.

1. Take the dimension from the first lines.
2. Read blocks of lines: what follows the first space must be that many numbers.
3. Read other lines from their end, as words may contain spaces: GloVe has vectors of ". . .".
4. Stop when `MAX_BYTES` are full. These files have the frequent words first.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.formats import opens
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import ROW_SETTINGS, interpret
from explorer.data.report import counted, noun
from explorer.data.tables.text_encoding import chosen_encoding
from explorer.data.text.number_lines import (
    BLOCK,
    head_of,
    is_number,
    line_blocks,
    opened,
    parse_rows,
    whole_lines,
)

MAX_BYTES = 1 << 30
"""Maximum size of all vectors together: 1 GiB."""
MIN_DIMENSION = 10
"""Lines of a word and fewer numbers than this are a table, unless the first line gives the dimension."""
MAX_DIMENSION = 20_000

_SUFFIXES = frozenset({"", ".txt", ".vec", ".emb", ".embeddings", ".vectors", ".glove", ".w2v", ".word2vec", ".bin"})
_HEAD, _LINES = 1 << 20, 30
_COUNTS = re.compile(rb"\s*(\d{1,10})[ \t]+(\d{1,5})\s*")
# FASTTEXT_FILEFORMAT_MAGIC_INT32 of fastText's source.
_FASTTEXT_MODEL = (793712314).to_bytes(4, "little")
_MAX_WORD = 4096  # bytes


@dataclass(frozen=True)
class VectorFormat:
    """The form of a file: the dimension, how many words it declares (0 for none), and whether it is binary."""

    dimension: int
    declared: int = 0
    is_binary: bool = False


@dataclass
class _Words:
    """What was read so far."""

    names: list[str]
    blocks: list[NDArray[np.float32]]
    broken: list[str]
    undecoded: int = 0
    more: bool = False

    def is_full(self, dimension: int, limit: int | None) -> bool:
        """Return whether no more vectors fit, or a preview has enough."""
        return len(self.names) >= min(MAX_BYTES // (4 * dimension), limit or len(self.names) + 1)


def form_of(head: bytes, suffix: str = "") -> VectorFormat | None:
    """Return the form of a file of word vectors from its first bytes, or None if it is another file."""
    if suffix == ".bin":
        found = _COUNTS.fullmatch(head.partition(b"\n")[0][:64])
        return (
            VectorFormat(int(found[2]), int(found[1]), True) if found and 0 < int(found[2]) <= MAX_DIMENSION else None
        )
    lines = whole_lines(head, _HEAD)[:_LINES]
    found = _COUNTS.fullmatch(lines[0]) if lines else None
    cells = [line.split() for line in lines[1 if found else 0 :]]
    if len(cells) < (1 if found else 2):
        return None
    dimension = int(found[2]) if found else Counter(len(each) for each in cells).most_common(1)[0][0] - 1
    if not (1 if found else MIN_DIMENSION) <= dimension <= MAX_DIMENSION:
        return None
    good = [each for each in cells if len(each) > dimension and all(map(is_number, each[-dimension:]))]
    # A header tells; without one, rows that begin with numbers or with repeated words are a table with its classes.
    if len(good) < 0.8 * len(cells):
        return None
    if not found:
        words = [b" ".join(each[:-dimension]) for each in good]
        # Names of columns above, or words in quotes, are those of a table, such as genes with their expression.
        is_header = len(cells[0]) in (dimension, dimension + 1) and not any(map(is_number, cells[0][1:]))
        if is_header or all(word.startswith(b'"') and word.endswith(b'"') and len(word) > 2 for word in words):
            return None
        # Times, dates and numbers at the beginning of a row are not words.
        with_letters = sum(any(map(str.isalpha, word.decode("utf-8", "replace"))) for word in words)
        if len(set(words)) < len(words) or with_letters < len(words) / 2:
            return None
    return VectorFormat(dimension, int(found[1]) if found else 0)


def holds_word_vectors(path: Path) -> bool:
    """Return whether a file has word vectors."""
    suffix = _suffix(path)
    if not path.is_file() or suffix not in _SUFFIXES:
        return False
    head = head_of(path, _HEAD)
    return head.startswith(_FASTTEXT_MODEL) or form_of(head, suffix) is not None


def _suffix(path: Path) -> str:
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()


@opens("word vectors (GloVe, word2vec, fastText)", recognizes=holds_word_vectors, read_as="word vectors")
def open_word_vectors(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open word vectors; the words are the names of the samples.

    Raises
    ------
    DataError
        If the file is a model of fastText, has no vectors, or is damaged.
    """
    head = head_of(path, _HEAD)
    if head.startswith(_FASTTEXT_MODEL):
        raise DataError(f"{path}: this is a model of fastText, not its vectors; use the file that ends with .vec")
    form = form_of(head, _suffix(path))
    if form is None:
        raise DataError(f"{path}: the file has no lines of a word and its numbers")
    context.notes.applies(*ROW_SETTINGS, "encoding")
    encoding = chosen_encoding(config.encoding, str(path)) if config.encoding else "utf-8"
    read = _Words([], [], [])
    with opened(path) as stream:
        if form.declared:
            stream.readline(_MAX_WORD)
        (_read_binary if form.is_binary else _read_lines)(stream, path, form, read, encoding, context)
    if not read.names:
        raise DataError(f"{path}: no line has a word and {form.dimension} numbers")
    _note(read, form, context)
    found = Found(
        name=(path.with_suffix("") if path.suffix.lower() == ".gz" else path).stem,
        where=str(path),
        samples=read.blocks[0] if len(read.blocks) == 1 else np.concatenate(read.blocks),
        names=read.names,
        feature_names=[f"dimension {number}" for number in range(1, form.dimension + 1)],
    )
    return interpret(found, config, context)


def _read_lines(
    stream: BinaryIO, path: Path, form: VectorFormat, read: _Words, encoding: str, context: LoadContext
) -> None:
    seen = 1 if form.declared else 0
    for block in line_blocks(stream, path, context):
        numbered = [(seen + number, line) for number, line in enumerate(block, 1) if line.strip()]
        seen += len(block)
        # There are more words than fit only if another line follows.
        if numbered and read.is_full(form.dimension, context.limit):
            read.more = True
            return
        words, numbers = _cut([line for _, line in numbered], form.dimension)
        rows, good = parse_rows(numbers, form.dimension)
        read.broken += [f"line {numbered[index][0]:,}" for index in np.flatnonzero(~good)]
        names = [_decode(words[index], encoding, read) for index in np.flatnonzero(good)]
        _append(read, names, rows[good], form.dimension, context.limit)


def _cut(lines: Sequence[bytes], dimension: int) -> tuple[list[bytes], list[bytes]]:
    """Return the words and the numbers of lines."""
    words, numbers = [], []
    for line in lines:
        word, mark, rest = line.partition(b"\t" if b"\t" in line and b" " not in line.partition(b"\t")[2] else b" ")
        if len(rest.split()) != dimension:
            *cells, last = line.rstrip().rsplit(None, dimension) or [b""]
            word, rest = (cells[0], b" ".join([*cells[1:], last])) if len(cells) == dimension else (word + mark, b"")
        words.append(word)
        numbers.append(rest)
    return words, numbers


def _decode(word: bytes, encoding: str, read: _Words) -> str:
    try:
        return word.strip().decode(encoding)
    except UnicodeDecodeError:
        read.undecoded += 1
        return word.strip().decode(encoding, "replace")


def _append(read: _Words, names: list[str], rows: NDArray[np.float32], dimension: int, limit: int | None) -> None:
    """Append vectors, up to the number that fits or that a preview needs."""
    room = min(MAX_BYTES // (4 * dimension), limit or MAX_BYTES) - len(read.names)
    read.more |= len(names) > room
    if room > 0 and names:
        read.names += names[:room]
        read.blocks.append(rows[:room])


def _read_binary(
    stream: BinaryIO, path: Path, form: VectorFormat, read: _Words, encoding: str, context: LoadContext
) -> None:
    """Read words that end with a space, each followed by its numbers as 32-bit floats."""
    size, buffer, at = 4 * form.dimension, b"", 0
    while len(read.names) < form.declared:
        context.report(len(read.names), form.declared, f"reading {path.name}")
        if read.is_full(form.dimension, context.limit):
            read.more = True
            return
        names, rows = list[str](), list[NDArray[np.float32]]()
        while (end := buffer.find(b" ", at)) >= 0 and end + 1 + size <= len(buffer):
            names.append(_decode(buffer[at:end], encoding, read))
            rows.append(np.frombuffer(buffer, "<f4", form.dimension, end + 1))
            at = end + 1 + size
        if rows:
            # What follows the last declared word is no vector.
            room = form.declared - len(read.names)
            _append(read, names[:room], np.stack(rows[:room]), form.dimension, context.limit)
        more = stream.read(max(BLOCK, 2 * size))
        if not more or len(buffer) - at > size + _MAX_WORD:
            return
        buffer, at = buffer[at:] + more, 0


def _note(read: _Words, form: VectorFormat, context: LoadContext) -> None:
    notes = context.notes
    notes.understood(f"{len(read.names):,} words with vectors of {form.dimension} numbers; the words name the samples")
    notes.left_out(noun(len(read.broken), "line"), f"they do not have a word and {form.dimension} numbers", read.broken)
    if read.undecoded:
        notes.changed(f"{counted(read.undecoded, 'word')} with bytes that are invalid in this encoding, shown as �")
    if read.more and context.limit is not None:
        notes.partial(f"the first {len(read.names):,} words")
        return
    if read.more:
        notes.warn(
            f"only the first {len(read.names):,} words were read: the vectors of all words take more than "
            f"{MAX_BYTES >> 30} GiB"
        )
    # Files of other programs often count the words before some were dropped.
    elif form.declared and form.declared != len(read.names) + len(read.broken):
        notes.warn(f"the first line announces {form.declared:,} words, but the file has {len(read.names):,}")
