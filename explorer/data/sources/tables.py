"""Data sets from CSV and Parquet tables: numeric columns become standardized features, the others labels or attributes.

1. Check the size of the table, and read it with pyarrow.
2. Assign a role to each column: label, split, group, attribute, or feature. Unless the config names them, the label and
   the split are found by their customary names, and columns of words become attributes to colour by.
3. Check the features: no words, no missing values, no infinity. Errors name the column and the row.
4. Assemble the data set. The transform converts features back to their own units for display.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute, csv, parquet

from explorer.config import DataConfig
from explorer.data.assemble import assemble
from explorer.data.catalog import opens
from explorer.data.columns import can_be_labels, encode_groups, encode_labels, find_label_name, make_column
from explorer.data.context import LoadContext
from explorer.data.dataset import Column, DataError, Dataset
from explorer.data.splits import are_split_names, read_split_names

MAX_BYTES = 2 << 30
"""Maximum size of a table: 2 GiB."""
_TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
_PARQUET_SUFFIXES = frozenset({".parquet", ".pq"})
_MOSTLY = 0.5
"""A column with a larger share of numbers than this is a damaged column of numbers, not one of words."""


@dataclass(frozen=True)
class _Roles:
    """The role of each column, by name."""

    label: str
    attributes: tuple[str, ...]
    group: str
    split: str
    features: tuple[str, ...]


@opens(
    "table (.csv, .tsv, .parquet)", recognizes=lambda path: path.suffix.lower() in _TEXT_SUFFIXES | _PARQUET_SUFFIXES
)
def open_table(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a table.

    Raises
    ------
    DataError
        If the file is damaged, a column is unknown, or a feature has words or missing values (naming column and row).
    """
    context.report(0, 1, f"reading {path.name}")
    table = _read(path)
    if table.num_rows == 0:
        raise DataError(f"{path}: the table has no rows")
    roles = _assign_roles(table, config, path)
    samples = np.empty((table.num_rows, len(roles.features)), dtype=np.float32)
    for number, name in enumerate(roles.features):
        samples[:, number] = _feature(table, name, path)
    labels: NDArray[np.int64] | None = None
    class_names: tuple[str, ...] = ()
    if roles.label:
        labels, class_names = encode_labels(_values(table, roles.label, path), where=f"{path}, column {roles.label!r}")
    return assemble(
        config,
        name=path.stem,
        kind="vector",
        samples=samples,
        scaling="standardise",
        labels=labels,
        class_names=class_names,
        columns=_columns(table, roles, path),
        feature_names=roles.features,
        groups=encode_groups(_values(table, roles.group, path)) if roles.group else None,
        assigned=_assigned(table, roles.split, path),
    )


def _read(path: Path) -> pa.Table:
    try:
        table = _read_parquet(path) if path.suffix.lower() in _PARQUET_SUFFIXES else _read_text(path)
        names: list[str] = table.column_names  # pyarrow decodes the names here, and may fail
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: a column's name is not UTF-8 text; save the table as UTF-8") from error
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: the table cannot be read ({str(error).splitlines()[0]})") from error
    doubled = next((name for name, count in Counter(names).items() if count > 1), None)
    if doubled is not None:
        raise DataError(f"{path}: two columns are named {doubled!r}")
    return table


def _read_parquet(path: Path) -> pa.Table:
    with parquet.ParquetFile(path) as file:
        metadata = file.metadata
        size = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
        # The metadata gives encoded sizes: a constant column of any length takes a few bytes.
        size = max(size, metadata.num_rows * metadata.num_columns * np.dtype(np.float32).itemsize)
        if size > MAX_BYTES:
            raise DataError(f"{path}: the table takes {size:,} bytes of memory; the limit is {MAX_BYTES:,}")
        return file.read()


def _read_text(path: Path) -> pa.Table:
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{path}: the table has {path.stat().st_size:,} bytes; the limit is {MAX_BYTES:,}")
    delimiter, headless = _form_of_text(path)
    return csv.read_csv(
        path,
        read_options=csv.ReadOptions(autogenerate_column_names=headless),
        parse_options=csv.ParseOptions(delimiter=delimiter),
        convert_options=csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=True),
    )


def _form_of_text(path: Path) -> tuple[str, bool]:
    """Return the delimiter, and whether the first line contains numbers instead of names."""
    with path.open("rb") as stream:
        first_line = stream.readline(1 << 20).decode("utf-8-sig", "replace")
    if not first_line.strip():
        raise DataError(f"{path}: the table is empty, or its first line is")
    delimiter = max(",;\t", key=first_line.count)  # the most frequent one
    return delimiter, all(_is_number(cell) for cell in first_line.strip().split(delimiter))


def table_columns(path: Path) -> tuple[str, ...]:
    """Return the names of a table's columns without reading the rest of the table.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    try:
        if path.suffix.lower() in _PARQUET_SUFFIXES:
            with parquet.ParquetFile(path) as file:
                return tuple(file.schema_arrow.names)
        delimiter, headless = _form_of_text(path)
        with csv.open_csv(
            path,
            read_options=csv.ReadOptions(autogenerate_column_names=headless),
            parse_options=csv.ParseOptions(delimiter=delimiter),
        ) as reader:
            return tuple(reader.schema.names)
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: a column's name is not UTF-8 text; save the table as UTF-8") from error
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: the table cannot be read ({str(error).splitlines()[0]})") from error


def _is_number(text: str) -> bool:
    try:
        float(text.strip().strip('"'))
    except ValueError:
        return False
    return True


def _assign_roles(table: pa.Table, config: DataConfig, path: Path) -> _Roles:
    names: list[str] = table.column_names
    label = config.label_column or _find_label(table, path)
    split = config.split_column or _find_split(table, path)
    for wanted in (label, split, config.group_column, *config.attribute_columns):
        if wanted and wanted not in names:
            raise DataError(f"{path}: there is no column {wanted!r}; the columns are {', '.join(names)}")
    # What has another role is not a feature.
    taken = {label, split, config.group_column, *config.attribute_columns}
    rest = [name for name in names if name not in taken]
    for name in rest:
        _refuse_mixed(table, name, path)
    features = tuple(name for name in rest if _is_numeric(table, name))
    if not features:
        raise DataError(f"{path}: no numeric column is left for the features; the columns are {', '.join(names)}")
    words = tuple(name for name in rest if not _is_numeric(table, name))
    group = (config.group_column,) if config.group_column else ()
    return _Roles(label, (*config.attribute_columns, *group, *words), config.group_column, split, features)


def _find_label(table: pa.Table, path: Path) -> str:
    """Return the column that contains the classes by its name, or ""."""
    names: list[str] = table.column_names
    # "y" is a customary name of the classes, but beside an "x" it is a coordinate.
    has_coordinates = {"x", "y"} <= {name.lower() for name in names}
    name = find_label_name(name for name in names if not (has_coordinates and name.lower() == "y"))
    return name if name and can_be_labels(_values(table, name, path)) else ""


def _find_split(table: pa.Table, path: Path) -> str:
    if "split" not in table.column_names or _is_numeric(table, "split"):
        return ""
    return "split" if are_split_names(_values(table, "split", path).tolist()) else ""


def _is_numeric(table: pa.Table, name: str) -> bool:
    kind = table.schema.field(name).type
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _refuse_mixed(table: pa.Table, name: str, path: Path) -> None:
    """Raise DataError for a column of numbers that contains some words, naming the first of them."""
    kind = table.schema.field(name).type
    if pa.types.is_null(kind):
        raise DataError(f"{path}, column {name!r}: the column has no values; remove it")
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return
    texts = [(row, text) for row, text in enumerate(_texts(table.column(name), name, path)) if text is not None]
    wrong = [(row, text) for row, text in texts if not _is_number(text)]
    if wrong and len(wrong) < _MOSTLY * len(texts):
        row, text = wrong[0]
        raise DataError(
            f"{path}, column {name!r}, row {row + 1}: {text[:40]!r} is text in a column of numbers; correct it, or "
            "add the column to data.attribute_columns"
        )


def _feature(table: pa.Table, name: str, path: Path) -> NDArray[np.float64]:
    values = _numbers(table, name)
    finite = np.abs(values) <= np.finfo(np.float32).max  # False for NaN, too
    if not finite.all():
        row = int(np.argmin(finite))
        what = "no value" if np.isnan(values[row]) else "infinity, or a number too large"
        raise DataError(
            f"{path}, column {name!r}, row {row + 1}: {what} (rows affected: {int((~finite).sum())}); "
            "fill in values or remove the rows"
        )
    return values


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    column = table.column(name).cast(pa.float64(), safe=False)  # large integers may lose digits, as in float32
    values: NDArray[np.float64] = compute.fill_null(column, float("nan")).to_numpy()
    return values


def _values(table: pa.Table, name: str, path: Path) -> NDArray[Any]:
    """Return a column as floats, with NaN for missing values, or as text, with "" for them."""
    if _is_numeric(table, name):
        return _numbers(table, name)
    try:
        texts = table.column(name).cast(pa.string())
    except pa.ArrowException as error:
        kind = table.schema.field(name).type
        raise DataError(f"{path}, column {name!r}: values of type {kind} are neither numbers nor words") from error
    return np.array(_texts(compute.fill_null(texts, ""), name, path), dtype=np.str_)


def _texts(column: pa.ChunkedArray, name: str, path: Path) -> list[str | None]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError as error:
        raise DataError(f"{path}, column {name!r}: its words are not UTF-8 text; save the table as UTF-8") from error


def _columns(table: pa.Table, roles: _Roles, path: Path) -> dict[str, Column]:
    return {name: make_column(name, _values(table, name, path)) for name in roles.attributes}


def _assigned(table: pa.Table, name: str, path: Path) -> NDArray[np.str_] | None:
    if not name:
        return None
    return read_split_names([str(value) for value in _values(table, name, path)], where=f"{path}, column {name!r}")
