"""Opens a list of pictures, such as labels.csv, whose pictures lie beside it or below its folder."""

import csv
from itertools import islice
from pathlib import Path

from explorer.config import DataConfig
from explorer.data.catalog import opens
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.pictures.collection import LIST_SUFFIXES, Collection, collect_folder
from explorer.data.pictures.picture_columns import collection_dataset
from explorer.data.pictures.picture_file import SUFFIXES
from explorer.data.pictures.picture_lists import Names, read_list
from explorer.data.report import some
from explorer.data.tables.text_encoding import detect_encoding

_LOOKED_AT = 64 << 10
"""Maximum number of bytes from which a list is recognized."""
_MAX_CELLS = 200
_MAX_FOLDERS = 50


def lists_pictures(path: Path) -> bool:
    """Return whether one of the first cells of a text table is the path of a picture."""
    if path.suffix.lower() not in LIST_SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(_LOOKED_AT)
    text = head.decode(detect_encoding(head, whole=False), "replace")
    cells = (cell.strip(' "{}[]') for row in csv.reader(text.replace(":", ",").splitlines()[:20]) for cell in row)
    words = (word for cell in cells for word in (cell, *cell.split(";"), *cell.split()))
    pictures = [word for word in islice(words, _MAX_CELLS) if Path(word).suffix.lower() in SUFFIXES]
    if not pictures:
        return False
    folders = [path.parent, *islice((each for each in path.parent.iterdir() if each.is_dir()), _MAX_FOLDERS)]
    return any((folder / picture).is_file() for picture in pictures[:20] for folder in folders)


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
    listed = [index for index in range(len(files)) if found.row_of[index] >= 0]
    others = [each.name for index, each in enumerate(files) if found.row_of[index] < 0]
    if others:
        notes.understood(f"{len(others):,} further pictures are not in the list and not used: {some(others, 3)}")
    chosen = Collection(tuple(files[index] for index in listed), (file,))
    kept = found.with_pictures(listed)
    return collection_dataset(chosen, config, context, name=path.stem, where=str(path), lists=[kept])
