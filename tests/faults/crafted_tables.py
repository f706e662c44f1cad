"""Writes tables that take far more memory or time than their size suggests; each is small on the disk."""

import bz2
import io
import json
import lzma
import sqlite3
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from crafted_parts import GIGABYTE, MEGABYTE, write_gzip, write_png, write_sparse, write_zip, zeros

_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def _parquet_repeated(path: Path, kind: str) -> None:
    """Write one long value that a dictionary repeats many times: 4 MB become 1 TB."""
    import pyarrow as pa
    from pyarrow import parquet

    rows = 200_000
    word = pa.array(["x" * MEGABYTE])
    column: Any = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), word)
    if kind == "list":
        column = pa.ListArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32)), column)
    if kind == "struct":
        column = pa.StructArray.from_arrays([column], ["word"])
    parquet.write_table(pa.table({"word": column, "x": np.arange(rows)}), path, store_schema=kind == "schema")


def _parquet_pictures(path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    rows = 20_000
    stream = io.BytesIO()
    write_png(path, 2000, 2000, whole=True)
    stream.write(path.read_bytes() + bytes(8 * MEGABYTE))
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([stream.getvalue()]))
    parquet.write_table(pa.table({"image": pa.StructArray.from_arrays([column], ["bytes"])}), path, store_schema=False)


def _parquet_runs(path: Path, kind: str) -> None:
    """Write columns of one repeated value, which take some bytes for any number of rows."""
    import pyarrow as pa
    from pyarrow import parquet

    rows, groups = 8_000_000, 10
    values: Any = np.zeros(rows, np.int64) if kind == "value" else pa.nulls(rows, pa.int64())
    if kind == "list":  # one row has all the values
        values = pa.ListArray.from_arrays(pa.array([0, rows], pa.int32()), pa.array(np.zeros(rows, np.int64)))
    table = pa.table({"a": values, "b": values})
    with parquet.ParquetWriter(path, table.schema, compression="zstd") as writer:
        for _ in range(groups):
            writer.write_table(table, row_group_size=rows)


def _arrow_compressed(path: Path) -> None:
    import pyarrow as pa
    from pyarrow import ipc

    batch = pa.record_batch({"a": np.zeros(60_000_000), "b": np.zeros(60_000_000)})
    with ipc.new_file(str(path), batch.schema, options=ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_batch(batch)


def _wide_csv(path: Path) -> None:
    names = ",".join(f"a{index}" for index in range(300_000))
    row = ",".join(["1"] * 300_000)
    path.write_text("\n".join([names, row, row, row]))


def _csv_of_short_rows(path: Path) -> None:
    """Write a header of 20,000 columns above two million empty rows, each of which would get all cells."""
    path.write_text(",".join(f"a{index}" for index in range(20_000)) + "\n" + "1,2\n" * 200_000)


def _records_of_new_names(path: Path) -> None:
    with path.open("w") as stream:
        stream.writelines(json.dumps({f"a{row * 40 + at}": 1 for at in range(40)}) + "\n" for row in range(2400))


def _workbook(path: Path, sheet: list[bytes], strings: list[bytes]) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["name", "x"])
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    parts: dict[str, Iterable[bytes]] = {name: [content] for name, content in members.items()}
    if sheet:
        parts["xl/worksheets/sheet1.xml"] = sheet
    if strings:
        kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
        part = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
        parts["[Content_Types].xml"] = [members["[Content_Types].xml"].replace(b"</Types>", part)]
        parts["xl/sharedStrings.xml"] = strings
    write_zip(path, parts)


def _large_strings(path: Path) -> None:
    head = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1" uniqueCount="1">'
    _workbook(path, [], [head, *[b"<si><t>a</t></si>" * 60_000] * 100, b"</sst>"])


def _far_cell(path: Path) -> None:
    row = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (at, at) for at in range(1, 20_000))
    _workbook(path, [_SHEET.encode(), row, b"</sheetData></worksheet>"], [])


def _database_of_a_query(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE a (x REAL, long TEXT AS (printf('%.*c', 9000000, 'x')))")
    connection.executemany("INSERT INTO a VALUES (?)", [(float(row),) for row in range(12)])
    connection.commit()
    connection.close()


def _database_of_zeros(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE a (x REAL, b BLOB)")
    connection.execute("INSERT INTO a VALUES (1, zeroblob(300000000))")
    connection.commit()
    connection.close()


def _long_series(path: Path) -> None:
    head = "@problemName a\n@univariate true\n@classLabel false\n@data\n"
    path.write_text(head + "1,2\n" * 30_000 + ",".join(["1"] * 500_000) + "\n")


def _wide_arff(path: Path) -> None:
    attributes = "".join(f"@attribute a{number} numeric\n" for number in range(100_000))
    path.write_text(f"@relation a\n{attributes}@data\n" + "{0 1}\n" * 2_600)


WRITERS: dict[str, Callable[[Path], Any]] = {
    "zeros.csv.gz": lambda path: write_gzip(path, b"a,b\n", b"0,0\n" * 262_144, 1000),
    "one-line.csv.gz": lambda path: write_gzip(path, b"", b"0" * MEGABYTE, 2000),
    "zeros.csv.bz2": lambda path: path.write_bytes(bz2.compress(b"0,0\n" * 262_144) * 1500),
    "zeros.csv.xz": lambda path: path.write_bytes(lzma.compress(b"0,0\n" * 262_144, preset=0) * 1500),
    "zeros.json.gz": lambda path: write_gzip(path, b"[", b'{"a":0},' * 131_072, 400),
    "one-line.csv": lambda path: write_sparse(path, b"a,b\n1,2\n1,", 2 * GIGABYTE - 1),
    "wide.csv": _wide_csv,
    "short-rows.csv": _csv_of_short_rows,
    "quote.csv": lambda path: path.write_bytes(b'a,b\n1,"' + b"x\n" * 30_000_000),
    "nested.json": lambda path: path.write_bytes(b"[" * 100_000),
    "nested-objects.json": lambda path: path.write_bytes(b'[{"a":' * 100_000),
    "nested.jsonl": lambda path: path.write_bytes((b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n") * 3),
    "digits.json": lambda path: path.write_bytes(b'[{"a":' + b"9" * 10_000_000 + b"}]"),
    "new-names.jsonl": _records_of_new_names,
    "repeated-schema.parquet": lambda path: _parquet_repeated(path, "schema"),
    "repeated.parquet": lambda path: _parquet_repeated(path, "word"),
    "repeated-list.parquet": lambda path: _parquet_repeated(path, "list"),
    "repeated-struct.parquet": lambda path: _parquet_repeated(path, "struct"),
    "pictures.parquet": _parquet_pictures,
    "runs.parquet": lambda path: _parquet_runs(path, "value"),
    "nulls.parquet": lambda path: _parquet_runs(path, "null"),
    "lists.parquet": lambda path: _parquet_runs(path, "list"),
    "compressed.arrow": _arrow_compressed,
    "strings.xlsx": _large_strings,
    "far-cells.xlsx": _far_cell,
    "computed.sqlite": _database_of_a_query,
    "zeros.sqlite": _database_of_zeros,
    "huge.xlsx": lambda path: write_zip(path, {"[Content_Types].xml": zeros(600_000_000, b" ")}),
    "long.ts": _long_series,
    "wide.arff": _wide_arff,
}  # fmt: skip
"""Writers of crafted tables, by file name."""
