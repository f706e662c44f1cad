"""Data sets from folders of tables.

1. Find the tables, and read the beginning of a few to see whether they have the same columns.
2. If each has one signal, a single column or a second one over the same positions, each file is a sample (spectra).
3. If they have the same columns, put their rows below each other. Names of files and folders become columns: splits
   (train.csv, test.csv), Hive's keys (a folder year=2020), and the name of the file as an attribute.
4. Otherwise say which table to open.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import Axis, DataError, Dataset
from explorer.data.folders import is_remark, splits_and_classes
from explorer.data.formats import opens
from explorer.data.imports.column_roles import column_roles, with_roles
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import ROW_SETTINGS, interpret
from explorer.data.reading.limits import TABLE_BYTES
from explorer.data.report import Notes, Role, counted, noun
from explorer.data.sources.tables import is_table_file, read_table, table_dataset
from explorer.data.splits import are_split_names
from explorer.data.tables.joined_tables import Signature, curves_of, include, joined, signature_of
from explorer.data.tables.read_table import ReadTable

_LOOKED_AT = 20
_MOSTLY = 0.8
"""If a smaller share of the tables has the same columns, they are not joined."""
_WORD = re.compile(r"[A-Za-z]+")
_KEY = re.compile(r"([^=]+)=(.+)")


def holds_tables(path: Path) -> bool:
    """Return whether most of the files of a folder are tables."""
    if not path.is_dir():
        return False
    files = _files(path)
    few = _spread(files, _LOOKED_AT)
    return 2 * sum(map(is_table_file, few)) > len(few)


@opens("folder of tables with the same columns", recognizes=holds_tables)
def open_tables(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a folder of tables.

    Raises
    ------
    DataError
        If the tables have different columns, or none can be read.
    """
    notes, every = context.notes, _files(path)
    files = [file for file in every if is_table_file(file)]
    others = [file.relative_to(path).as_posix() for file in every if file not in set(files)]
    notes.left_out(noun(len(others), "other file"), "not tables", others)
    _check_columns(path, files, config, context)
    files, reads = _read_all(path, files, config, context)
    notes.understood(f"{counted(len(files), 'table')} with the same columns")
    found = _curves(path, files, reads, config, context)
    if found is not None:
        return interpret(found, config, context)
    columns, roles = _of_names(path, files)
    table = joined(reads, columns, str(path))
    rows = [read.table.num_rows for read in reads]
    notes.understood(f"their {sum(rows):,} rows follow each other in the order of the files")
    if "file" in columns:
        notes.offer("group_column", "file", "keep all rows of a file in one split")
    known = with_roles(config, {name: role for name, role in roles.items() if name in table.table.column_names})
    return table_dataset(table, known, context, name=path.resolve().name, where=str(path))


def _files(folder: Path) -> list[Path]:
    """Return the files below a folder that may be tables: none that are hidden or temporary, no marks of Spark."""
    found = (
        file
        for file in folder.rglob("*")
        if file.is_file() and not any(part[0] in "._~" for part in file.relative_to(folder).parts)
    )
    return sorted((file for file in found if not is_remark(file)), key=lambda file: file.relative_to(folder).as_posix())


def _spread(files: Sequence[Path], count: int) -> list[Path]:
    """Return at most this many files, at equal distances."""
    return list(files[:: math.ceil(len(files) / count)]) if files else []


def _check_columns(path: Path, files: Sequence[Path], config: DataConfig, context: LoadContext) -> None:
    """Raise DataError, naming a table to open, if the beginnings of a few tables have different columns."""
    found: list[Signature] = []
    # Before all are read, which may take minutes, a few tell whether it can succeed.
    few = _spread(files, _LOOKED_AT)
    for file in few:
        try:
            found.append(signature_of(read_table(file, config, replace(context, limit=_LOOKED_AT, notes=Notes()))))
        except DataError:
            continue  # noted when all are read
    if not found or Counter(found).most_common(1)[0][1] >= _MOSTLY * len(found):
        return
    # The largest table has the samples, others their classes or names; of two parts, the training one. Deeper folders
    # often have the raw signals behind the features.
    largest = max(files, key=lambda file: ("train" in file.name.lower(), -len(file.parts), file.stat().st_size))
    raise DataError(
        f"{path}: the folder has {counted(len(files), 'table')} with different columns; open one of them, such as "
        f"{largest.relative_to(path).as_posix()}"
    )


def _read_all(
    path: Path, files: Sequence[Path], config: DataConfig, context: LoadContext
) -> tuple[list[Path], list[ReadTable]]:
    """Return the tables with the columns of most; others, and those that cannot be read, are left out and noted."""
    notes, limit = context.notes, None
    if context.limit is not None:
        few = _spread(files, _LOOKED_AT)
        limit = math.ceil(context.limit / len(few))
        notes.partial(f"the first {limit:,} rows of {len(few):,} of {len(files):,} tables")
        files = few
    reads: dict[Path, ReadTable] = {}
    faults, size = list[str](), 0
    for done, file in enumerate(files):
        context.report(done, len(files), f"reading {file.name}")
        # Lines of equal files would be repeated; items are named with their file.
        own = Notes()
        try:
            reads[file] = read_table(file, config, replace(context, limit=limit, notes=own, progress=_silent))
        except DataError as error:
            if config.unreadable == "refuse" or len(files) == 1:
                raise
            faults.append(f"{file.relative_to(path).as_posix()}: {str(error).removeprefix(f'{file}: ')}")
            continue
        include(notes, own.report(), file)
        size += reads[file].table.nbytes
        TABLE_BYTES.check(size, path, "the tables take at least")
    notes.left_out(noun(len(faults), "table"), "not readable", faults)
    if not reads:
        raise DataError(f"{path}: none of {counted(len(files), 'table')} can be read ({faults[0]})")
    usual = Counter(map(signature_of, reads.values())).most_common(1)[0][0]
    kept = [file for file, read in reads.items() if signature_of(read) == usual]
    other = [file.relative_to(path).as_posix() for file in reads if file not in set(kept)]
    notes.left_out(noun(len(other), "table"), "other columns than most have", other)
    return kept, [reads[file] for file in kept]


def _silent(done: int, total: int, text: str) -> None:
    """Ignore the progress within one file; that of the folder is reported."""


def _curves(
    path: Path, files: Sequence[Path], reads: Sequence[ReadTable], config: DataConfig, context: LoadContext
) -> Found | None:
    """Return tables of one signal each as samples, or None if they are others."""
    curves = curves_of(reads)
    if curves is None:
        return None
    values, positions = curves
    notes, names = context.notes, reads[0].table.column_names
    notes.applies(*ROW_SETTINGS)
    over = f" over {names[0]!r}" if positions is not None and reads[0].has_names else ""
    notes.understood(f"each of {len(files):,} files is one signal of {values.shape[1]:,} values{over}")
    splits, classes = splits_and_classes(files, path)
    columns = {name: np.array(each, dtype=object) for name, each in (("split", splits), ("class", classes)) if each}
    known: dict[str, Role] = {"split": "split", "class": "label"}
    roles = column_roles(columns, config, str(path), notes, {name: known[name] for name in columns})
    return Found(
        name=path.resolve().name,
        where=str(path),
        samples=values,
        columns=columns,
        roles=roles.roles,
        why=roles.why,
        names=[file.relative_to(path).with_suffix("").as_posix() for file in files],
        axis=None if positions is None else Axis(names[0] if reads[0].has_names else "position", "", positions),
        is_signal=True,
    )


def _of_names(path: Path, files: Sequence[Path]) -> tuple[dict[str, list[str]], dict[str, Role]]:
    """Return what the names of files and folders say, as a word per file, and the roles of these columns."""
    parts = [file.relative_to(path).parts for file in files]
    columns: dict[str, list[str]] = {}
    # A split only if every file says it, and one is for training.
    splits = [_split_of("/".join(each)) for each in parts]
    if all(splits) and "train" in {word[:5] for word in splits}:
        columns["split"] = splits
    keys = [{found[1]: found[2] for part in each[:-1] if (found := _KEY.fullmatch(part))} for each in parts]
    for name in keys[0]:
        if all(name in each for each in keys):
            columns[name] = [each[name] for each in keys]
    if len(files) > 1 and len(set(columns.get("split", ()))) < len(files):
        columns["file"] = ["/".join(each).removesuffix(file.suffix) for each, file in zip(parts, files, strict=True)]
    roles: dict[str, Role] = {name: "split" if name == "split" else "attribute" for name in columns}
    return columns, roles


def _split_of(name: str) -> str:
    """Return the only word in a path that names a split, or ""."""
    words = [word.lower() for word in _WORD.findall(name) if are_split_names([word])]
    return words[0] if len(set(words)) == 1 else ""
