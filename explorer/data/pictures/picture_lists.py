"""Reads the files that list pictures with their labels: labels.csv, metadata.csv, metadata.jsonl, Kaggle's train.csv.

1. Read each file beside the pictures that may be such a list.
2. Find the column that names pictures: by path, by file name, or without suffix. Without such a column it is no list.
3. Join the columns of all lists by picture. Columns of one name are joined, too, if they nowhere contradict.
4. Say which entries have no picture, and which pictures have no entry.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.pictures.collection import LIST_SUFFIXES
from explorer.data.pictures.picture_file import PictureFile
from explorer.data.report import Notes, counted, noun, some
from explorer.data.tables.read_table import ReadTable, unique_names
from explorer.data.tables.table_values import ColumnReader
from explorer.data.tables.text_encoding import detect_encoding

MAX_LIST_BYTES = 64 << 20
"""Maximum size of a list: 64 MiB."""
MAX_LISTS = 20
MIN_NAMED = 0.5
"""A list names a picture in this share of its rows, or names this share of the pictures."""
# A column of numbers can name pictures by chance, so that more than a few have to fit.
MIN_NUMBERED = 0.3
"""A list that has only the numbers of pictures, such as 7 for 0007.png, names this share of the pictures."""
_TRIED_ROWS = 500

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class PictureList:
    """A list that belongs to the pictures.

    Attributes
    ----------
    row_of
        The row of each picture, -1 without an entry, ``(number of pictures,)``.
    columns
        The columns of the list but for the one that names the pictures.
    """

    file: PictureFile
    names: str
    row_of: Rows
    columns: dict[str, pa.ChunkedArray]

    def with_pictures(self, indices: Sequence[int]) -> "PictureList":
        """Return the list for some of the pictures."""
        return replace(self, row_of=self.row_of[list(indices)])


class Names:
    """Finds a picture by its path, its file name, or either without suffix."""

    def __init__(self, names: Sequence[str]) -> None:
        paths = [PurePosixPath(name) for name in names]
        self._paths = _unique((path.as_posix(), index) for index, path in enumerate(paths))
        # Kaggle's lists mostly have names without suffix.
        self._stems = _unique((path.with_suffix("").as_posix(), index) for index, path in enumerate(paths))
        self._files = _unique((path.name, index) for index, path in enumerate(paths))
        self._file_stems = _unique((path.stem, index) for index, path in enumerate(paths))
        # A spreadsheet turns "0007" into 7.
        self._numbers = _unique((str(int(p.stem)), index) for index, p in enumerate(paths) if p.stem.isdecimal())

    def find(self, word: str, folder: str, *, by_number: bool = False) -> int:
        """Return the index of the picture that a list in the given folder names, or -1; by its number if asked for."""
        if by_number:
            return self._numbers.get(word.strip(), -1)
        parts = [part for part in word.strip().replace("\\", "/").split("/") if part not in ("", ".")]
        if not parts:
            return -1
        # A path may begin with folders that are not part of the data set.
        tails = ["/".join(parts[start:]) for start in range(len(parts))]
        for tail in ([f"{folder}/{tails[0]}"] if folder != "." else []) + tails:
            index = self._paths.get(tail, self._stems.get(tail, -1))
            if index >= 0:
                return index
        return self._files.get(parts[-1], self._file_stems.get(parts[-1], -1))


def _unique(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return a dictionary in which words that mean several pictures have -1."""
    found: dict[str, int] = {}
    for word, index in pairs:
        found[word] = -1 if word in found else index
    return found


def is_template(file: PictureFile) -> bool:
    """Return whether a file is Kaggle's template for a submission, whose labels are made up."""
    return "submission" in PurePosixPath(file.name).name.lower()


def find_lists(pictures: Sequence[PictureFile], others: Sequence[PictureFile], notes: Notes) -> list[PictureList]:
    """Return the lists among the files beside the pictures, those with the most pictures first."""
    names = Names([picture.name for picture in pictures])
    candidates = [file for file in others if PurePosixPath(file.name).suffix.lower() in LIST_SUFFIXES]
    templates = [file for file in candidates if is_template(file)]
    if templates:
        names_of = [file.name for file in templates]
        notes.left_out(noun(len(names_of), "list"), "a template for a submission has no true labels", names_of)
    lists: list[PictureList] = []
    others = [file for file in candidates if file not in templates]
    ignored = [file.name for file in others[MAX_LISTS:]]
    notes.left_out(noun(len(ignored), "file"), f"only {MAX_LISTS} possible lists of pictures are read", ignored)
    for file in others[:MAX_LISTS]:
        found = read_list(file, names, len(pictures), notes)
        lists += [found] if found is not None else []
    return sorted(lists, key=lambda each: -int((each.row_of >= 0).sum()))


def read_list(file: PictureFile, names: Names, count: int, notes: Notes) -> PictureList | None:
    """Return a list, or None if the file does not name pictures."""
    table = _read(file, names)
    if table is None or not table.num_rows:
        return None
    folder = PurePosixPath(file.name).parent.as_posix()
    best, found = _column_of_names(table, names, folder)
    if not best or len(np.unique(found[found >= 0])) < MIN_NAMED * min(len(found), count):
        best, found = _column_of_names(table, names, folder, by_number=True)
        # Classes are numbers, too, but name few of the pictures.
        if not best or len(np.unique(found[found >= 0])) < MIN_NUMBERED * count:
            return None
    row_of = np.full(count, -1, np.int64)
    rows = np.flatnonzero(found >= 0)
    row_of[found[rows][::-1]] = rows[::-1]  # of several entries the first one stays
    words = table.column(best).to_pylist()
    missing = [str(words[row]) for row in np.flatnonzero(found < 0)]
    again = len(rows) - int((row_of >= 0).sum())
    notes.left_out(f"{noun(len(missing), 'entry', 'entries')} of {file.name}", "there is no such picture", missing)
    notes.left_out(f"{noun(again, 'entry', 'entries')} of {file.name}", "the picture has an earlier entry", count=again)
    columns = {name: table.column(name) for name in table.column_names if name != best}
    return PictureList(file, best, row_of, columns)


def _column_of_names(table: pa.Table, names: Names, folder: str, *, by_number: bool = False) -> tuple[str, Rows]:
    """Return the column that names the most pictures, and the picture of each row, -1 for none."""
    best, score = "", 0
    step = max(1, table.num_rows // _TRIED_ROWS)
    for name in table.column_names:
        if pa.types.is_string(table.column(name).type):
            words = table.column(name).to_pylist()[::step]
            # Labels such as 7 may be the name of a picture, too, but few pictures are named by them.
            number = len({names.find(word, folder, by_number=by_number) for word in words if word} - {-1})
            best, score = (name, number) if number > score else (best, score)
    words = table.column(best).to_pylist() if best else []
    found = [names.find(word, folder, by_number=by_number) if word else -1 for word in words]
    return best, np.array(found, np.int64)


def _read(file: PictureFile, names: Names) -> pa.Table | None:
    """Return a file as a table of words, or None if it is no table."""
    try:
        with file.open() as stream:
            data = stream.read(MAX_LIST_BYTES + 1)
        if len(data) > MAX_LIST_BYTES:
            return None
        # Excel puts a byte order mark in front, which would belong to the first title.
        text = data.decode(detect_encoding(data), "replace").lstrip("\ufeff")
        if PurePosixPath(file.name).suffix.lower() in (".jsonl", ".ndjson"):
            return _of_records([json.loads(line) for line in text.splitlines() if line.strip()])
        return _of_cells(list(_cells(text)), names, PurePosixPath(file.name).parent.as_posix())
    except (OSError, RuntimeError, LookupError, ValueError, csv.Error, RecursionError):
        return None


def _cells(text: str) -> Iterator[list[str]]:
    head = "\n".join(text.splitlines()[:20])
    # Not csv.Sniffer, which fails on short lists and may take a letter for the delimiter.
    delimiter = max("\t;,|", key=head.count)
    if delimiter not in head:
        lines = (line.split() for line in text.splitlines() if line.strip())
        yield from (cells for cells in lines if not cells[0].startswith("#"))
        return
    yield from (row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row))


def _of_cells(rows: list[list[str]], names: Names, folder: str) -> pa.Table | None:
    if not rows:
        return None
    if len(rows) > 2 and len(rows[0]) == 1 and rows[0][0].strip().isdecimal():
        rows = rows[1:]  # CelebA's lists begin with the number of pictures
    width = max(len(row) for row in rows)
    if len(rows[0]) == width - 1 and len(rows) > 1 and all(len(row) == width for row in rows[1:]):
        rows = [["name", *rows[0]], *rows[1:]]  # CelebA's column of names has no title
    headless = any(names.find(cell, folder) >= 0 and not cell.isdecimal() for cell in rows[0])
    titles = [f"column {number + 1}" for number in range(width)] if headless else rows[0]
    titles = titles + [f"column {number + 1}" for number in range(len(titles), width)]
    body = rows if headless else rows[1:]
    unique, _ = unique_names([title.strip() or f"column {number + 1}" for number, title in enumerate(titles)])
    columns = [[_word(row[index]) if index < len(row) else None for row in body] for index in range(width)]
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(unique, columns, strict=True)})


def _word(cell: str) -> str | None:
    return cell.strip() or None


def _of_records(records: list[Any]) -> pa.Table | None:
    if not records or not all(isinstance(record, dict) for record in records):
        return None
    try:
        return pa.Table.from_pylist([{str(key): value for key, value in record.items()} for record in records])
    except (pa.ArrowException, TypeError, OverflowError):
        return None


def join_columns(
    lists: Sequence[PictureList], pictures: Sequence[PictureFile], config: DataConfig, notes: Notes
) -> dict[str, NDArray[Any]]:
    """Return the values of all lists for each picture, missing where it has no entry."""
    joined: dict[str, NDArray[Any]] = {}
    decimal = "," if config.decimal == "comma" else "."
    for each in lists:
        number = int((each.row_of >= 0).sum())
        notes.understood(f"{each.file.name} lists {counted(number, 'picture')} by its column {each.names!r}")
        notes.column(each.names, "names of the pictures", "name", f"it names the pictures in {each.file.name}")
        reader = ColumnReader(ReadTable(pa.table(each.columns), decimal=decimal), config, notes)
        for name, column in each.columns.items():
            values = reader.values_of(column, name)
            if values is not None and values.ndim > 1:
                notes.left_out("column", "lists of numbers are not used beside pictures", [name])
            if values is None or values.ndim > 1:
                continue
            taken = take_or_missing(values, each.row_of)
            if name in joined and not _continues(joined[name], taken):
                name = f"{name} of {each.file.name}"
            joined[name] = taken if name not in joined else _first_known(joined[name], taken, each.row_of)
        reader.say()
    unlisted = [picture.name for index, picture in enumerate(pictures) if all(e.row_of[index] < 0 for e in lists)]
    if lists and unlisted:
        text = counted(len(unlisted), "picture is", "pictures are")
        notes.warn(f"{text} not in the lists, and without values of their columns: {some(unlisted, 3)}")
    return joined


def take_or_missing(values: NDArray[Any], rows: Rows) -> NDArray[Any]:
    """Return the values of the rows; a missing value for row -1."""
    taken = values[np.maximum(rows, 0)]
    absent = rows < 0
    if not absent.any():
        return taken
    # Whole numbers have no value that could mean missing.
    if taken.dtype.kind in "iu":
        taken = taken.astype(np.float64)
    if taken.dtype.kind not in "fM":
        taken = taken.astype(object)
    taken[absent] = {"f": np.nan, "M": np.datetime64("NaT")}.get(taken.dtype.kind)
    return taken


def _continues(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Return whether two columns of one name are one: of one kind, and equal where both have a value."""
    if (first.dtype.kind in "iuf") != (second.dtype.kind in "iuf") or (first.dtype.kind == "M") != (
        second.dtype.kind == "M"
    ):
        return False
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return all(a == b for a, b in pairs if a is not None and b is not None and a == a and b == b)


def _first_known(first: NDArray[Any], second: NDArray[Any], rows: Rows) -> NDArray[Any]:
    """Return the values of the first list, and those of the second where only that has an entry."""
    if first.dtype.kind != second.dtype.kind:
        first, second = first.astype(object), second.astype(object)
    missing = [value is None or value != value for value in first.tolist()]
    return np.where(np.array(missing) & (rows >= 0), second, first)
