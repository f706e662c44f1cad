"""Opens tables whose rows contain pictures: Hugging Face's Parquet and Arrow files, alone or as shards in a folder.

1. Find the files, and the split of each by its name or folder: ``train-00000-of-00002.parquet``, ``test/0000.parquet``.
2. Read the encoded pictures and the other columns; for a preview, some rows of each file.
3. Replace class numbers by the names that the file gives.
4. Decode the pictures like those of a folder.
"""

import re
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.columns import find_label_name
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.folders import visible_files
from explorer.data.formats import opens
from explorer.data.pictures.encoded_pictures import (
    SUFFIXES,
    EncodedTable,
    opener_of,
    paths_of,
    pictures_of,
    read_batches,
)
from explorer.data.pictures.picture_dataset import PictureSet, names_of_files, picture_dataset
from explorer.data.pictures.picture_file import PictureFile
from explorer.data.pictures.placement import split_word
from explorer.data.reading.limits import ARRAY_BYTES
from explorer.data.report import Notes, counted, noun, some
from explorer.data.tables.read_table import ReadTable
from explorer.data.tables.table_values import ColumnReader

_LOOKED_AT = 8
"""Maximum number of files of a folder by which it is recognized."""
# The name that datasets gives to shards: train-00000-of-00002.
_SHARD = re.compile(r"(?P<stem>.+)-\d+-of-(?P<count>\d+)")


def holds_encoded_pictures(path: Path) -> bool:
    """Return whether a file, or one of the first in a folder, is a table with a column of pictures."""
    if path.is_dir():
        return any(holds_encoded_pictures(each) for each in visible_files(path, SUFFIXES)[:_LOOKED_AT])
    if path.suffix.lower() not in SUFFIXES:
        return False
    try:
        with closing(EncodedTable(path)) as table:
            return bool(table.picture_columns)
    except DataError:
        return False


@dataclass(frozen=True)
class _Rows:
    """The rows that were read: their pictures, the other columns, and the name of each row's split."""

    files: list[PictureFile]
    columns: pa.Table
    splits: list[str]
    total: int

    @property
    def names(self) -> list[str]:
        """The file names of the pictures, or [] if some have none or two are equal."""
        names = names_of_files(self.files)
        has_suffixes = all(PurePosixPath(file.name).suffix for file in self.files)
        return names if has_suffixes and len(set(names)) == len(names) else []


@opens("table of pictures (.parquet, .arrow)", recognizes=holds_encoded_pictures)
def open_picture_table(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a table of pictures, or a folder of its shards.

    Raises
    ------
    DataError
        If a file is damaged, or the pictures take too much memory.
    """
    notes = context.notes
    paths = visible_files(path, SUFFIXES) if path.is_dir() else [path]
    with ExitStack() as stack:
        tables = [stack.enter_context(closing(EncodedTable(each))) for each in paths]
        # The first file decides which column has the pictures: files without any move to the end.
        tables.sort(key=lambda table: not table.picture_columns)
        picture = _picture_column(tables[0], config, path, notes)
        tables, words = _with_splits(_alike(tables, picture, notes), path, notes)
        rows = _read(tables, words, picture, context)
        class_names = tables[0].class_names
    notes.understood(f"{counted(rows.total, 'row')} with pictures in column {picture!r}")
    if path.is_file():
        _note_siblings(path, notes)
    name = path.resolve().name if path.is_dir() else path.stem
    return picture_dataset(_picture_set(rows, class_names, config, notes, name, str(path)), config, context)


def _picture_set(
    rows: _Rows, class_names: dict[str, list[str]], config: DataConfig, notes: Notes, name: str, where: str
) -> PictureSet:
    columns = _values(rows.columns, config, notes)
    label = _label(columns, class_names, config)
    for column, names in class_names.items():
        if column in columns:
            values = columns[column]
            columns[column] = _class_numbers(values) if column == label else _words(values, names)
    if any(rows.splits):
        columns["split"] = np.array(rows.splits, object)
    return PictureSet(
        name=name,
        where=where,
        files=rows.files,
        columns=columns,
        label=label,
        why={label: "the file names its classes"} if label in class_names else {},
        class_names=class_names.get(label, ()),
        names=rows.names,
        total=rows.total,
    )


def _values(table: pa.Table, config: DataConfig, notes: Notes) -> dict[str, NDArray[Any]]:
    """Return the values of the columns beside the pictures."""
    reader = ColumnReader(ReadTable(table), config, notes)
    columns = {str(name): reader.values_of(table.column(name), name) for name in table.column_names}
    reader.say()
    vectors = [name for name, values in columns.items() if values is not None and values.ndim > 1]
    notes.left_out(noun(len(vectors), "column"), "lists of numbers are not used beside pictures", vectors)
    return {name: values for name, values in columns.items() if values is not None and values.ndim == 1}


def _picture_column(table: EncodedTable, config: DataConfig, path: Path, notes: Notes) -> str:
    columns = table.picture_columns
    notes.choices("samples_key", columns)
    chosen = config.samples_key or columns[0]
    if chosen not in columns:
        raise DataError(f"{path}: column {chosen!r} contains no pictures; set data.samples_key to {some(columns)}")
    others = [name for name in columns if name != chosen]
    notes.left_out(noun(len(others), "column") + " of pictures", f"the samples are those of {chosen!r}", others)
    return chosen


def _alike(tables: list[EncodedTable], picture: str, notes: Notes) -> list[EncodedTable]:
    """Return the files that have the columns of the first one, or at least its pictures."""
    wanted = tables[0].schema.field(picture).type
    same = [table for table in tables if picture in table.schema.names and table.schema.field(picture).type == wanted]
    others = [table.path.name for table in tables if table not in same]
    notes.left_out(noun(len(others), "file"), f"no pictures in a column {picture!r}", others)
    return same


def _with_splits(tables: list[EncodedTable], root: Path, notes: Notes) -> tuple[list[EncodedTable], list[str]]:
    """Return the files and the word of the split of each, "" if their names do not say splits."""
    words = [_split_of(table.path, root) for table in tables]
    if len(set(words)) < 2 or not any(word.startswith("train") for word in words):
        return tables, [""] * len(tables)
    lost = [table.path.name for table, word in zip(tables, words, strict=True) if not word]
    notes.left_out(noun(len(lost), "file"), "the name is not that of train, validation or test", lost)
    kept = [(table, word) for table, word in zip(tables, words, strict=True) if word]
    return [table for table, _ in kept], [word for _, word in kept]


def _split_of(path: Path, root: Path) -> str:
    """Return the word of a split in the name of a file or of its folders within the root."""
    folders = path.relative_to(root).parts[:-1] if root.is_dir() else ()
    return next((word for part in (path.stem.partition("-")[0], *reversed(folders)) if (word := split_word(part))), "")


def _read(tables: list[EncodedTable], words: list[str], picture: str, context: LoadContext) -> _Rows:
    notes = context.notes
    total = sum(table.count for table in tables)
    shared = [name for name in tables[0].schema.names if all(name in table.schema.names for table in tables)]
    others = [name for name in shared if name not in tables[0].picture_columns]
    lost = sorted({name for table in tables for name in table.schema.names} - set(shared))
    notes.left_out(noun(len(lost), "column"), "not in all files", lost)
    files: list[PictureFile] = []
    splits: list[str] = []
    parts: list[pa.Table] = []
    empty: list[str] = []
    room = ARRAY_BYTES.value
    for table, word in zip(tables, words, strict=True):
        # In proportion, so that a preview has as large a share of the test split as the whole.
        limit = None if context.limit is None else max(1, round(context.limit * table.count / max(total, 1)))
        where, start = f"{table.path.name}, " if len(tables) > 1 else "", 1
        for batch in read_batches(table, [picture, *others], limit, room, context):
            # In a preview the rows are not consecutive, and have no numbers.
            numbers = range(start, start + batch.num_rows)
            found = _files_of(batch.column(picture), [f"{where}row {n}" if limit is None else "a row" for n in numbers])
            kept = [index for index, file in enumerate(found) if file is not None]
            empty += [f"{where}row {numbers[index]}" for index, file in enumerate(found) if file is None]
            files += [file for file in found if file is not None]
            splits += [word] * len(kept)
            parts.append(pa.Table.from_batches([batch]).select(others).take(pa.array(kept, pa.int64())))
            room, start = room - batch.nbytes, start + batch.num_rows
    notes.left_out(noun(len(empty), "row"), "without a picture", empty if context.limit is None else (), len(empty))
    if not files:
        raise DataError(f"{tables[0].path}: column {picture!r} contains no pictures")
    # A column that is empty in one shard has the type null there, which permissive joins with the others.
    columns = pa.concat_tables(parts, promote_options="permissive")
    return _Rows(files, columns, splits, total - len(empty))


def _files_of(column: pa.Array, names: list[str]) -> list[PictureFile | None]:
    """Return the pictures of a column, named by their paths or else by their rows; None where one is missing."""
    rows = zip(pictures_of(column), paths_of(column), names, strict=True)
    return [
        None if data is None else PictureFile(path.lstrip("/") or name, opener_of(data)) for data, path, name in rows
    ]


def _label(columns: dict[str, NDArray[Any]], class_names: dict[str, list[str]], config: DataConfig) -> str:
    """Return the column of the classes: chosen, with a customary name, or with named classes."""
    named = [name for name in class_names if name in columns]
    return config.label_column or find_label_name(columns) or next(iter(named), "")


def _class_numbers(values: NDArray[Any]) -> NDArray[Any]:
    """Return class numbers, with NaN for an unknown class, which is -1 in the file."""
    return np.where(values < 0, np.nan, values) if (values < 0).any() else values


def _words(values: NDArray[Any], names: list[str]) -> NDArray[Any]:
    known = [int(value) if value == value and 0 <= value < len(names) else -1 for value in values.tolist()]
    return np.array([names[index] if index >= 0 else None for index in known], object)


def _note_siblings(path: Path, notes: Notes) -> None:
    """Note the other files of the same data set beside a file."""
    match = _SHARD.fullmatch(path.stem)
    if match is None:
        return
    siblings = [each for each in sorted(path.parent.glob(f"*{path.suffix}")) if each != path]
    related = [each.name for each in siblings if _SHARD.fullmatch(each.stem)]
    if int(match["count"]) > 1:
        notes.warn(f"this is one of {int(match['count'])} files of {match['stem']!r}; open the folder to read all")
    if related:
        notes.left_out(
            noun(len(related), "file") + " beside it", "open the folder to read all with their splits", related
        )
