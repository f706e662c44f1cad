"""Joins tables with the same columns, such as the shards that Spark writes or the months of a sensor."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from explorer.data.dataset import DataError
from explorer.data.report import ImportReport, Notes
from explorer.data.tables.read_table import ReadTable, unique_names

Signature = tuple[str, ...]

MIN_LENGTH = 16
"""Minimum number of rows of a table that is one signal."""


def signature_of(read: ReadTable) -> Signature:
    """Return what is equal for tables that can be joined: the names of their columns in any order, or their number."""
    names = read.table.column_names
    return tuple(sorted(names)) if read.has_names else ("", *names)


def joined(reads: Sequence[ReadTable], added: Mapping[str, Sequence[str]], where: str) -> ReadTable:
    """Return tables with the same columns as one, with a word for all rows of each table in further columns.

    Parameters
    ----------
    added
        The word of each table by the name of the column.

    Raises
    ------
    DataError
        If the columns cannot be joined.
    """
    names = reads[0].table.column_names
    tables = [read.table.select(names) if read.has_names else read.table for read in reads]
    for name in names:
        kinds = {table.schema.field(name).type for table in tables} - {pa.null()}
        # A column of numbers in one file may have words in another, which are dealt with once they are together.
        if any(map(pa.types.is_string, kinds)) and len(kinds) > 1:
            tables = [_with_words(table, name) for table in tables]
    try:
        table = pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise DataError(
            f"{where}: the tables cannot be joined ({str(error).splitlines()[0]}); open one of them"
        ) from error
    new, _ = unique_names([*names, *added])
    for name, words in zip(new[len(names) :], added.values(), strict=True):
        cells = [
            pa.repeat(pa.scalar(word, pa.string()), each.num_rows) for word, each in zip(words, tables, strict=True)
        ]
        table = table.append_column(name, pa.chunked_array(cells))
    return replace(
        reads[0],
        table=table,
        is_decimal_sure=all(read.is_decimal_sure for read in reads),
        row_numbers=None,
    )


def _with_words(table: pa.Table, name: str) -> pa.Table:
    index = table.column_names.index(name)
    return table.set_column(index, name, table.column(name).cast(pa.string()))


def curves_of(reads: Sequence[ReadTable]) -> tuple[NDArray[np.float32], NDArray[np.float64] | None] | None:
    """Return tables of one signal each as ``(N, T)`` with the positions ``(T,)`` they share; None for other tables.

    A table is one signal if it has a single column of numbers, or a second one beside positions that all tables share.
    """
    tables = [read.table for read in reads]
    width, length = tables[0].num_columns, tables[0].num_rows
    if len(tables) < 3 or width > 2 or length < MIN_LENGTH:
        return None
    if any(table.shape != (length, width) or not all(map(_is_number, table.schema.types)) for table in tables):
        return None
    # Positions that differ between files would need an interpolation, which is no reading.
    positions = [np.asarray(table.column(0).cast(pa.float64()).to_numpy()) for table in tables] if width == 2 else []
    if positions:
        steps = np.diff(positions[0])
        rises = bool((steps > 0).all() or (steps < 0).all())
        if not rises or not all(np.array_equal(positions[0], each) for each in positions):
            return None
    values = np.stack([np.asarray(table.column(width - 1).cast(pa.float64()).to_numpy()) for table in tables])
    return values.astype(np.float32), positions[0] if positions else None


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def include(notes: Notes, report: ImportReport, file: Path) -> None:
    """Add the report of one of several files; equal lines are kept once, and items are named with their file."""
    for text in report.understood:
        notes.understood(text)
    for text in report.changed:
        notes.changed(text)
    for text in report.warnings:
        notes.warn(text)
    # Rows are numbered in each file by itself.
    for each in report.left_out:
        notes.left_out(each.what, f"{file.name}: {each.why}", each.items, count=each.count)
    for offer in report.offers:
        notes.offer(offer.setting, offer.value, offer.text)
    notes.applies(*report.settings)
