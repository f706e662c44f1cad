"""Opens a list of pictures, such as labels.csv, whose pictures lie beside it or below its folder."""

import csv
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.folders import MAX_FILES_LOOKED_AT
from explorer.data.formats import opens
from explorer.data.pictures.collection import LIST_SUFFIXES, Collection, collect_folder, is_picture_name
from explorer.data.pictures.picture_columns import collection_dataset
from explorer.data.pictures.picture_file import SUFFIXES
from explorer.data.pictures.picture_lists import Names, read_list
from explorer.data.report import some
from explorer.data.tables.text_encoding import detect_encoding

_LOOKED_AT = 64 << 10
"""Maximum number of bytes from which a list is recognized."""
_MAX_CELLS = 200
# Each format is asked for each file in the folder, so a look has to be quick.
_MAX_FOLDERS = 50
_MAX_ROWS = 20
_MIN_ROWS = 3
"""Names without suffix have to be in at least this many rows."""
_MAX_DEPTH = 3


def lists_pictures(path: Path) -> bool:
    """Return whether the first rows of a text table name pictures beside or below it, with or without suffix."""
    if path.suffix.lower() not in LIST_SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(_LOOKED_AT)
    text = head.decode(detect_encoding(head, whole=False), "replace")
    # With colons as commas, the objects of JSON lines are rows, too.
    rows = [_words_of(row) for row in csv.reader(text.replace(":", ",").splitlines()[: _MAX_ROWS + 1])]
    pictures = [word for word in islice(chain(*rows), _MAX_CELLS) if Path(word).suffix.lower() in SUFFIXES]
    folders = [path.parent, *islice((each for each in path.parent.iterdir() if each.is_dir()), _MAX_FOLDERS)]
    # Unlike Path.is_file, this does not fail for a long text that ends with .png.
    if any(os.path.isfile(folder / picture) for picture in pictures[:_MAX_ROWS] for folder in folders):
        return True
    return _name_pictures(rows[1:], path.parent)


def _words_of(row: list[str]) -> list[str]:
    """Return the cells of a row, and the words in them, as the delimiter is not known."""
    cells = [cell.strip(' "{}[]') for cell in row]
    words = [word for cell in cells for word in (cell, *cell.split(";"), *cell.split())]
    # The path may be that of another computer, with slashes or backslashes.
    return [*words, *(re.split(r"[/\\]", word)[-1] for word in words if "/" in word or "\\" in word)]


def _name_pictures(rows: list[list[str]], folder: Path) -> bool:
    """Return whether each of several rows has the file name of a picture below a folder, or its beginning."""
    if len(rows) < _MIN_ROWS:
        return False
    files = islice(_file_names(folder, _MAX_DEPTH), MAX_FILES_LOOKED_AT)
    names = {name.lower() for name in files if is_picture_name(name)}
    # Small numbers are in every table, and many pictures are named by numbers.
    stems = {stem for name in names if not (stem := Path(name).stem).isdecimal() or stem.startswith("0")}
    return bool(names) and all(any(word.lower() in names or word.lower() in stems for word in row) for row in rows)


def _file_names(folder: Path, depth: int) -> Iterator[str]:
    with suppress(OSError):
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                if depth and not entry.name.startswith("."):
                    yield from _file_names(Path(entry.path), depth - 1)
            else:
                yield entry.name


@opens("list of pictures (.csv, .tsv, .jsonl)", recognizes=lists_pictures)
def open_list(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open the pictures that a list names, with its columns.

    Raises
    ------
    DataError
        If the list names too few of the pictures beside it.
    """
    notes = context.notes
    collection = collect_folder(path.parent, context)
    files = collection.pictures
    file = next(each for each in collection.others if each.name == path.name)
    found = read_list(file, Names([each.name for each in files]), len(files), notes)
    if found is None:
        raise DataError(f"{path}: no column names pictures that lie beside the list; check its paths")
    notes.understood(f"{path.name} lists pictures; to read it as a table, move it to a folder without them")
    listed = [index for index in range(len(files)) if found.row_of[index] >= 0]
    others = [each.name for index, each in enumerate(files) if found.row_of[index] < 0]
    if others:
        notes.understood(f"{len(others):,} further pictures are not in the list and not used: {some(others, 3)}")
    chosen = Collection(tuple(files[index] for index in listed), (file,))
    kept = found.with_pictures(listed)
    return collection_dataset(chosen, config, context, name=path.stem, where=str(path), lists=[kept])
