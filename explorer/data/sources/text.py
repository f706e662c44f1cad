"""Data sets from text files and folders of them, with documents or words as samples.

One file
    Its passages are the documents, without classes.
A few files
    The passages of all files are the documents, and the files are the classes.
Many files
    Each file is a document, and the sub-folders are the classes.
"""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from explorer.config import DataConfig
from explorer.data.catalog import opens
from explorer.data.columns import ClassLabels
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.sources.pictures import SUFFIXES as PICTURE_SUFFIXES
from explorer.data.sources.pictures import files_with_suffix
from explorer.data.sources.text_assembly import Passage, blocks_of, documents, passages_of, words

SUFFIXES = frozenset({".txt", ".md", ".rst"})
MAX_BYTES = 64 << 20
"""Maximum size of all files of a text together: 64 MiB."""
FEW_FILES = 20
"""With fewer files than this, passages are the documents."""
MAX_CLASSES = 10
"""The files or folders with the most documents are classes, up to this number."""

_LOOKED_AT = 20_000
"""Maximum number of characters, or of files, from which the format is recognized."""
_TABLE_LINES = 10


def text_files(folder: Path) -> list[Path]:
    """Return all text files below a folder in a fixed order, without hidden files and folders."""
    return files_with_suffix(folder, SUFFIXES)


def holds_text(path: Path) -> bool:
    """Return whether a file is text but not a table, or a folder contains text files and no pictures."""
    if path.is_dir():
        suffixes = {entry.suffix.lower() for entry in islice(path.rglob("*"), _LOOKED_AT)}
        return bool(suffixes & SUFFIXES) and not suffixes & PICTURE_SUFFIXES
    suffix = path.suffix.lower()
    return suffix in SUFFIXES and (suffix != ".txt" or not looks_like_table(path))


def looks_like_table(path: Path) -> bool:
    """Return whether the first lines of a file all have the same number of tabs, semicolons or commas."""
    with path.open("rb") as stream:
        head = stream.read(_LOOKED_AT).decode("utf-8", "replace")
    lines = [line for line in head.splitlines()[:_TABLE_LINES] if line.strip()]
    if len(lines) < 2:
        return False
    return any(len({line.count(mark) for line in lines}) == 1 and mark in lines[0] for mark in "\t;,")


@opens("text (.txt, .md, .rst, or a folder of them)", recognizes=holds_text)
def open_text(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a text; see the module for what its samples are.

    Raises
    ------
    DataError
        If a file is not text, is too large or empty, or the text has too few words.
    """
    for setting in ("label_column", "group_column", "split_column", "samples_key"):
        if getattr(config, setting):
            raise DataError(f"{path}: a text has no columns; leave data.{setting} empty")
    files = text_files(path) if path.is_dir() else [path]
    if not files:
        raise DataError(f"{path} contains no text files (.txt, .md, .rst)")
    texts = _read_all(files, path, context)
    name = path.stem or path.resolve().name
    context.report(len(files), len(files), "counting words")
    # Contexts stay within a passage: the last word of one says nothing about the first of the next.
    if config.text_as == "words":
        return words(config, name, [each for file, text in texts for each in _passages(file, text)])
    if len(files) >= FEW_FILES:
        whole = [Passage(file.relative_to(path).as_posix(), text) for file, text in texts]
        return documents(config, name, whole, _classes([_folder(file, path) for file in files]))
    parts = [(file.name, each) for file, text in texts for each in _passages(file, text)]
    labels = _classes([title for title, _ in parts])
    return documents(config, name, [each for _, each in parts], labels)


def _read_all(files: Sequence[Path], path: Path, context: LoadContext) -> list[tuple[Path, str]]:
    total = sum(file.stat().st_size for file in files)
    if total > MAX_BYTES:
        raise DataError(f"{path}: {total:,} bytes of text; the limit is {MAX_BYTES:,}, use a part of the text")
    texts = []
    for done, file in enumerate(files):
        context.report(done, len(files), f"reading {file.name}")
        texts.append((file, _read(file)))
    return texts


def _read(file: Path) -> str:
    data = file.read_bytes()
    # Zero bytes occur in UTF-16, which its byte order mark announces, and in binary files.
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{file}: not a text, as it contains zero bytes; use a file in UTF-8")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"  # by byte order mark
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        name = encoding.removesuffix("-sig").upper()
        raise DataError(f"{file}: not valid {name} text at byte {error.start:,}; save it in UTF-8") from error


def _passages(file: Path, text: str) -> list[Passage]:
    return passages_of(blocks_of(text), file.stem)


def _folder(file: Path, root: Path) -> str:
    parts = file.relative_to(root).parts
    return parts[0] if len(parts) > 1 else ""


def _classes(names: Sequence[str]) -> ClassLabels | None:
    """Return the most frequent names as classes, with -1 for other names and ""; None if there is only one name."""
    found, counts = np.unique([name for name in names if name], return_counts=True)
    if len(found) < 2:
        return None
    kept = tuple(sorted(str(found[index]) for index in np.argsort(-counts, kind="stable")[:MAX_CLASSES]))
    number = {name: index for index, name in enumerate(kept)}
    return np.array([number.get(name, -1) for name in names], np.int64), kept
