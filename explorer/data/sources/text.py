"""Data sets from text files and folders of them, with documents or words as samples.

One file
    Its passages are the documents, without classes.
A few files
    The passages of all files are the documents, and the files are the classes.
One file of labelled lines
    Each line is a document, and its label the class (fastText).
Many files
    Each file is a document, and the sub-folders are the classes, or published splits with classes in them.
"""

import codecs
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from explorer.config import DataConfig
from explorer.data.columns import ClassLabels
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.folders import (
    is_mostly,
    is_remark,
    other_files,
    splits_and_classes,
    visible_files,
    within_splits,
)
from explorer.data.formats import opens
from explorer.data.pictures.picture_file import SUFFIXES as PICTURE_SUFFIXES
from explorer.data.reading.limits import TEXT_BYTES
from explorer.data.report import counted, noun, some
from explorer.data.splits import read_split_names
from explorer.data.tables.text_dialect import holds_rows
from explorer.data.text.decoded_text import decode_text
from explorer.data.text.number_lines import head_of, is_number
from explorer.data.text.text_assembly import MIN_WORDS, Passage, blocks_of, documents, passage_title, passages_of, words

SUFFIXES = frozenset({".txt", ".text", ".md", ".rst"})
PREVIEW_BYTES = 2 << 20
"""Maximum size that a preview reads of one file: 2 MiB."""
FEW_FILES = 20
"""With fewer files than this, passages are the documents."""
MAX_CLASSES = 100
"""The files or folders with the most documents are classes, up to this number."""

_LOOKED_AT = 20_000
"""Maximum number of bytes from which the format is recognized."""
_LABEL = "__label__"
_MAX_LOOKED_AT = 1 << 20
_FILES_LOOKED_AT = 20
_WITHOUT_CLASS = frozenset({"unsup", "unlabeled", "unlabelled", "unknown"})
"""Names of folders whose documents have no class."""
_TABLE_LINES = 10
_COLUMN_SETTINGS = ("label_column", "group_column", "split_column", "samples_key")


def text_files(folder: Path) -> list[Path]:
    """Return all text files below a folder in a fixed order, without hidden files and folders.

    If most files have no suffix, as in the 20 Newsgroups, those are the texts.
    """
    without = is_mostly(folder, frozenset({""}))
    files = visible_files(folder, SUFFIXES | {""} if without else SUFFIXES)
    return [file for file in files if file.suffix or not is_remark(file)]


def holds_text(path: Path) -> bool:
    """Return whether a file is text but not a table, or most files of a folder are such texts."""
    if path.is_dir():
        if is_mostly(path, PICTURE_SUFFIXES):  # each picture may have a text of its own
            return False
        if not is_mostly(path, SUFFIXES) and not is_mostly(path, frozenset({""})):
            return False
        files = text_files(path)
        few = files[:: -(-len(files) // _FILES_LOOKED_AT)] if files else []
        return 2 * sum(map(_is_prose, few)) > len(few)
    return path.suffix.lower() in SUFFIXES and not _is_table(path)


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in (".txt", ".text", "") and looks_like_table(path)


def _is_prose(path: Path) -> bool:
    return not _is_table(path) and b"\0" not in head_of(path, _LOOKED_AT)


def looks_like_table(path: Path) -> bool:
    """Return whether the first lines of a file have cells: the same number of separators, or numbers between spaces."""
    head = head_of(path, _LOOKED_AT)
    if len(head) == _LOOKED_AT:
        # A row of thousands of genes is longer than that; a row that is cut has fewer cells.
        head = head if head.count(b"\n") >= _TABLE_LINES else head_of(path, _MAX_LOOKED_AT)
        head = head[: head.rfind(b"\n") + 1] or head
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\0" in head and not is_wide:
        return False
    text = head.decode("utf-16" if is_wide else "utf-8", "replace")
    # Instruments write titles above their tables.
    if holds_rows(text):
        return True
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#%"]
    if _is_mostly_numbers(lines):
        return True
    lines = lines[:_TABLE_LINES]
    if len(lines) < 2:
        return False
    if any(_separates(mark, lines) for mark in "\t;|,"):
        return True
    cells = [line.split() for line in lines]
    # A table with names of columns, and perhaps of rows, has numbers in all lines but the first.
    numbers = [sum(map(_is_cell_number, each)) for each in cells[1:]]
    equal = len({len(each) for each in cells[1:]}) == 1 and len(cells[1]) > 1
    all_numbers = all(_is_cell_number(cell) for each in cells for cell in each)
    return all_numbers or (equal and all(2 * count >= len(cells[1]) for count in numbers))


def _is_mostly_numbers(lines: Sequence[str]) -> bool:
    """Return whether more cells are numbers than words: whatever its lines look like, this is no prose."""
    cells = [cell for line in lines for cell in re.split(r"[\s,;|]+", line) if cell]
    return len(cells) >= 20 and sum(map(_is_cell_number, cells)) > len(cells) / 2


def _separates(mark: str, lines: Sequence[str]) -> bool:
    """Return whether a mark divides all lines into the same number of cells, and not a sentence into clauses."""
    if mark not in lines[0] or len({line.count(mark) for line in lines}) > 1:
        return False
    if mark != ",":
        return True
    cells = [cell for line in lines[1:] for cell in line.split(",")]
    return any(_is_cell_number(cell) for cell in cells) or not any(cell.startswith(" ") for cell in cells)


def _is_cell_number(cell: str) -> bool:
    return is_number(cell.strip().strip("\"'").replace(",", "."))


@opens("text (.txt, .md, .rst, or a folder of them)", recognizes=holds_text, read_as="text")
def open_text(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a text; see the module for what its samples are.

    Raises
    ------
    DataError
        If no file is text, the text is too large or empty, or it has too few words.
    """
    for setting in _COLUMN_SETTINGS:
        if getattr(config, setting):
            raise DataError(f"{path}: a text has no columns; leave data.{setting} empty")
    context.notes.applies("text_as", "vocabulary", "encoding", "unreadable")
    files = text_files(path) if path.is_dir() else [path]
    if path.is_dir():
        others = other_files(path, files)
        context.notes.left_out(noun(len(others), "other file"), "not .txt, .md or .rst", others)
        files = within_splits(files, path, context.notes)
    texts = _read_all(files, path, config, context)
    context.report(len(files), len(files), "counting words")
    if len(texts) == 1 and (labelled := labelled_lines(texts[0][1])):
        return _of_lines(labelled, path, config, context)
    # Contexts stay within a passage: the last word of one says nothing about the first of the next.
    if config.text_as == "words":
        passages = [each for file, text in texts for each in _passages(file, text)]
        return words(config, _name(path), passages, notes=context.notes)
    # A few files are books, each with many passages; many files are documents themselves.
    if len(files) >= FEW_FILES:
        return _of_many_files(texts, path, config, context)
    parts = [(file.name, each) for file, text in texts for each in _passages(file, text)]
    what = "the files" if len(texts) > 1 else "its passages"
    where = counted(len(texts), "file")
    context.notes.understood(f"passages of at least {MIN_WORDS} words are the documents: {len(parts):,} in {where}")
    labels = _classes([title for title, _ in parts], what, context)
    return documents(config, _name(path), [each for _, each in parts], labels, notes=context.notes)


def labelled_lines(text: str) -> list[tuple[str, str]]:
    """Return the class and the text of each line as fastText has them, "__label__spam Win now"; [] for other texts."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2 or not all(line.startswith(_LABEL) for line in lines[:_TABLE_LINES]):
        return []
    parts = [line.partition(" ") for line in lines]
    return [(word.removeprefix(_LABEL) if word.startswith(_LABEL) else "", rest) for word, _, rest in parts]


def _of_lines(lines: Sequence[tuple[str, str]], path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Return the data set in which each line is a document with its class in front."""
    context.notes.understood(f"each of {len(lines):,} lines is a document, with its class after {_LABEL}")
    passages = [Passage(passage_title("", text), text) for _, text in lines]
    if config.text_as == "words":
        return words(config, _name(path), passages, notes=context.notes)
    labels = _classes([label for label, _ in lines], "the labels", context)
    return documents(config, _name(path), passages, labels, notes=context.notes)


def _name(path: Path) -> str:
    return path.stem or path.resolve().name


def _of_many_files(texts: Sequence[tuple[Path, str]], path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Return the data set in which each file is a document."""
    whole = [Passage(file.relative_to(path).as_posix(), text) for file, text in texts]
    splits, folders = splits_and_classes([file for file, _ in texts], path)
    context.notes.understood(f"each of {len(whole):,} files is a document")
    assigned = read_split_names(splits, where=str(path)) if splits else None
    if splits:
        counts = [f"{splits.count(split):,} {split}" for split in sorted(set(splits))]
        context.notes.understood(f"published splits by sub-folders: {', '.join(counts)}")
    labels = _classes(["" if name.lower() in _WITHOUT_CLASS else name for name in folders], "the sub-folders", context)
    return documents(config, _name(path), whole, labels, assigned=assigned, notes=context.notes)


def _read_all(files: Sequence[Path], path: Path, config: DataConfig, context: LoadContext) -> list[tuple[Path, str]]:
    """Return the texts of the files; those that are not text are left out, unless the config refuses them."""
    total = sum(file.stat().st_size for file in files)
    TEXT_BYTES.check(total, path, "the text has")
    if context.limit is not None and len(files) > context.limit:
        context.notes.partial(f"{context.limit:,} of {len(files):,} files")
        # Files at equal distances are of all classes.
        files = files[:: -(-len(files) // context.limit)]
    texts, guessed, unreadable = list[tuple[Path, str]](), dict[str, list[str]](), list[str]()
    for done, file in enumerate(files):
        context.report(done, len(files), f"reading {file.name}")
        try:
            decoded = decode_text(_bytes_of(file, context), config.encoding, file)
        except (DataError, OSError) as error:
            if len(files) == 1 or config.unreadable == "refuse":
                raise (
                    error if isinstance(error, DataError) else DataError(f"{file}: cannot be read ({error})")
                ) from error
            unreadable.append(file.relative_to(path).as_posix())
            continue
        texts.append((file, decoded.text))
        if decoded.is_guess:
            guessed.setdefault(decoded.encoding, []).append(file.name)
    for encoding, names in guessed.items():
        context.notes.changed(f"read as {encoding}, guessed from the characters: {some(names, 3)}")
    context.notes.left_out(noun(len(unreadable), "file"), "not text, or not in the encoding", unreadable)
    if not texts:
        raise DataError(f"{path}: none of {len(files):,} files is text; set data.encoding to their encoding")
    return texts


def _bytes_of(file: Path, context: LoadContext) -> bytes:
    """Return the contents of a file; for a preview only whole lines from its beginning."""
    size = PREVIEW_BYTES if context.limit is not None else file.stat().st_size
    with file.open("rb") as stream:
        data = stream.read(size)
        # The end of a line is known in encodings whose letters are bytes.
        if len(data) == file.stat().st_size or b"\0" in data or b"\n" not in data:
            return data + stream.read()
    context.notes.partial(f"the first {len(data) >> 20} MiB of {file.name}")
    return data[: data.rindex(b"\n")]


def _passages(file: Path, text: str) -> list[Passage]:
    return passages_of(blocks_of(text), file.stem)


def _classes(names: Sequence[str], what: str, context: LoadContext) -> ClassLabels | None:
    """Return the most frequent names as classes, with -1 for other names and ""; None if there is only one name."""
    found, counts = np.unique([name for name in names if name], return_counts=True)
    if len(found) < 2:
        return None
    # Ties in alphabetical order, so that the classes do not depend on the order of files.
    order = np.argsort(-counts, kind="stable")
    kept = tuple(sorted(str(found[index]) for index in order[:MAX_CLASSES]))
    number = {name: index for index, name in enumerate(kept)}
    context.notes.understood(f"{what} are {len(kept)} classes: {some(kept)}")
    dropped = [f"{found[index]}: {counts[index]:,}" for index in order[MAX_CLASSES:]]
    why = f"only the {MAX_CLASSES} largest are kept; the other documents have no class"
    context.notes.left_out(noun(len(dropped), "class", "classes"), why, dropped)
    return np.array([number.get(name, -1) for name in names], np.int64), kept
