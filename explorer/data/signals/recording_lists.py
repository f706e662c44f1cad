"""What lists beside recordings say of them: a table with a row per file, and lists of the test and validation split.

ESC-50 has esc50.csv with the column "filename", UrbanSound8K "slice_file_name", Speech Commands testing_list.txt.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.columns import LABEL_NAMES
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.folders import visible_files
from explorer.data.imports.column_facts import ColumnFacts, can_be_classes
from explorer.data.imports.roles import MORE_LABEL_NAMES
from explorer.data.report import Notes, Role, counted
from explorer.data.tables.table_values import ColumnReader
from explorer.data.tables.text_tables import read_text_table

MAX_BYTES = 64 << 20
"""Maximum size of a list: 64 MiB."""
MAX_LISTS = 20
_TABLES = frozenset({".csv", ".tsv"})
_SPLIT_LIST = re.compile(r"(val|validation|dev|test|testing)_list\.txt", re.IGNORECASE)


@dataclass(frozen=True)
class Listed:
    """Values for each of some files ``(N,)`` by column, the roles that are known, and the lists they are from."""

    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    lists: tuple[Path, ...] = ()

    def of(self, files: Sequence[Path], chosen: Sequence[Path]) -> "Listed":
        """Return the values of some of the files."""
        number = {file: index for index, file in enumerate(files)}
        rows = np.array([number[file] for file in chosen], dtype=np.intp)
        return replace(self, columns={name: values[rows] for name, values in self.columns.items()})


def listed(files: Sequence[Path], root: Path, config: DataConfig, context: LoadContext) -> Listed:
    """Return what lists in a folder say of its recordings."""
    found = _splits(files, root, context.notes)
    tables = [file for file in visible_files(root, _TABLES) if file.stat().st_size < MAX_BYTES]
    for table in tables[:MAX_LISTS]:
        columns = _columns(table, files, config, context)
        if columns:
            label = _label(columns)
            roles: dict[str, Role] = {**found.roles, **({label: "label"} if label else {})}
            # The first table that names the recordings is used; others are listed as other files.
            return Listed({**columns, **found.columns}, roles, (*found.lists, table))
    return found


def _splits(files: Sequence[Path], root: Path, notes: Notes) -> Listed:
    """Return the splits that text files with one name of a recording per line give; the others are for training."""
    lists = [file for file in sorted(root.iterdir()) if _SPLIT_LIST.fullmatch(file.name) and file.is_file()]
    split_of: dict[str, str] = {}
    for file in lists:
        lines = file.read_bytes()[:MAX_BYTES].decode("utf-8", "replace").splitlines()
        split_of |= dict.fromkeys(
            (line.strip() for line in lines), "test" if "test" in file.name.lower() else "validation"
        )
    # As in Speech Commands, what is in no list is for training.
    splits = [split_of.get(file.relative_to(root).as_posix(), "train") for file in files]
    if len(set(splits)) == 1:
        return Listed()
    notes.understood(f"published splits by {' and '.join(file.name for file in lists)}")
    return Listed({"split": np.array(splits, dtype=object)}, {"split": "split"}, tuple(lists))


def _columns(table: Path, files: Sequence[Path], config: DataConfig, context: LoadContext) -> dict[str, NDArray[Any]]:
    """Return the columns of a table that names most of the files, with missing values for the others, or {}."""
    notes = Notes()
    try:
        read = read_text_table(table, config, replace(context, limit=None, notes=notes))
    except DataError:
        return {}  # no list of recordings, but some other file
    reader = ColumnReader(read, config, notes)
    values = {name: reader.values_of(read.table.column(name), name) for name in read.table.column_names}
    for name, cells in values.items():
        if cells is None or cells.dtype.kind != "O":
            continue
        # Some lists have paths of the machine where they were made: names are enough.
        row_of = {PurePosixPath(str(cell)).name: row for row, cell in enumerate(cells) if cell}
        rows = np.array([row_of.get(file.name, row_of.get(file.stem, -1)) for file in files])
        if 2 * (rows >= 0).sum() <= len(rows):
            continue
        without = int((rows < 0).sum())
        more = f"; {counted(without, 'recording')} not in it without values" if without else ""
        context.notes.understood(f"{table.name} names the recordings in column {name!r}{more}")
        others = {key: each for key, each in values.items() if each is not None and each.ndim == 1 and key != name}
        return {key: _taken(each, rows) for key, each in others.items()}
    return {}


def _taken(values: NDArray[Any], rows: NDArray[np.intp]) -> NDArray[Any]:
    """Return the values of rows, missing ones for row -1."""
    taken = values[rows]
    if (rows < 0).any():
        taken = taken.astype(object) if taken.dtype.kind in "bO" else taken.astype(np.result_type(taken, np.float32))
        taken[rows < 0] = None if taken.dtype.kind == "O" else np.nan
    return taken


def _label(columns: Mapping[str, NDArray[Any]]) -> str:
    """Return the column with a customary name of classes, by words rather than by the numbers of the same classes."""
    facts = {name: ColumnFacts(name, values) for name, values in columns.items()}
    order = [*LABEL_NAMES, *MORE_LABEL_NAMES]
    named = sorted((name for name in facts if name.lower() in order), key=lambda name: order.index(name.lower()))
    able = [name for name in named if can_be_classes(facts[name])]
    words = [
        name for name in able if facts[name].contents == "word" and facts[name].distinct == facts[able[0]].distinct
    ]
    return next(iter([*words, *able]), "")
