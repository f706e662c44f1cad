"""A text file, or a folder of them: its passages as documents, or its words.

In a folder each file is a document, sub-folders are the classes. Of few files, the passages of each are documents and
the files the classes; of one file, its passages without classes.
"""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from explorer.config import DataConfig
from explorer.data.catalog import opens
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.sources.passages import Passage, blocks_of, passages_of
from explorer.data.sources.text_assembly import Labels, documents, words

SUFFIXES = frozenset({".txt", ".md", ".rst"})
MAX_BYTES = 64 << 20
FEW_FILES = 20
"""Fewer files than that are not enough documents."""
MAX_CLASSES = 10

_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"})
_LOOKED_AT = 20_000
"""Characters, or files, from which a kind is told."""
_TABLE_LINES = 10


def text_files(folder: Path) -> list[Path]:
    """Return every text file below a folder, in a fixed order; hidden files and folders are left out."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    visible = (path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return sorted(visible, key=lambda path: path.relative_to(folder).as_posix())


def holds_text(path: Path) -> bool:
    """Whether a file is text that is no table, or a folder has text files and no pictures."""
    if path.is_dir():
        suffixes = {entry.suffix.lower() for entry in islice(path.rglob("*"), _LOOKED_AT)}
        return bool(suffixes & SUFFIXES) and not suffixes & _PICTURES
    suffix = path.suffix.lower()
    return suffix in SUFFIXES and (suffix != ".txt" or not looks_like_table(path))


def looks_like_table(path: Path) -> bool:
    """Whether the first lines of a file have the same number of tabs, semicolons or commas, one at least."""
    with path.open("rb") as stream:
        head = stream.read(_LOOKED_AT).decode("utf-8", "replace")
    lines = [line for line in head.splitlines()[:_TABLE_LINES] if line.strip()]
    if len(lines) < 2:
        return False
    return any(len({line.count(mark) for line in lines}) == 1 and mark in lines[0] for mark in "\t;,")


@opens("text (.txt, .md, .rst, or a folder of them)", recognises=holds_text)
def open_text(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a text; the module says what its samples are.

    Raises
    ------
    DataError
        For a file that is no text, too large or empty, or a text without enough words.
    """
    for setting in ("label_column", "group_column", "split_column", "samples_key"):
        if getattr(config, setting):
            raise DataError(f"{path}: a text has no columns; leave data.{setting} empty")
    files = text_files(path) if path.is_dir() else [path]
    if not files:
        raise DataError(f"{path}: there are no text files in the folder (.txt, .md, .rst)")
    texts = _read_all(files, path, context)
    name = path.stem or path.resolve().name
    context.report(len(files), len(files), "counting words")
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
        raise DataError(f"{path}: {total:,} bytes of text; at most {MAX_BYTES:,} are read, take a part of it")
    texts = []
    for done, file in enumerate(files):
        context.report(done, len(files), f"reading {file.name}")
        texts.append((file, _read(file)))
    return texts


def _read(file: Path) -> str:
    data = file.read_bytes()
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{file}: this is no text, there are zero bytes in it; give a file in UTF-8")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        place = f"byte {error.start:,} is none of {encoding.removesuffix('-sig').upper()}"
        raise DataError(f"{file}: this is no text that can be read, {place}; save it in UTF-8") from error


def _passages(file: Path, text: str) -> list[Passage]:
    return passages_of(blocks_of(text), file.stem)


def _folder(file: Path, root: Path) -> str:
    parts = file.relative_to(root).parts
    return parts[0] if len(parts) > 1 else ""


def _classes(names: Sequence[str]) -> Labels | None:
    """Return the most frequent names as classes, -1 for the rest and for ""; None where all are alike."""
    found, counts = np.unique([name for name in names if name], return_counts=True)
    if len(found) < 2:
        return None
    kept = tuple(sorted(str(found[place]) for place in np.argsort(-counts, kind="stable")[:MAX_CLASSES]))
    number = {name: place for place, name in enumerate(kept)}
    return np.array([number.get(name, -1) for name in names], np.int64), kept
