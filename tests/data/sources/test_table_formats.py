"""Tables that are no text: Parquet, Feather, Arrow, Hugging Face's folders, JSON, Excel and SQLite."""

import datetime
import gzip
import json
import sqlite3
import sys

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, ipc, parquet

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.reading import limits
from explorer.data.tables import table_files

COUNT = 20
HEIGHTS = np.arange(COUNT) * 0.5
NAMES = tuple(f"plant {number}" for number in range(COUNT))
KINDS = ["ab"[number % 2] for number in range(COUNT)]


def opened(path, limit=None, **settings):
    return load(DataConfig(source=str(path), **settings), LoadContext(limit=limit))


def said(data):
    report = data.report
    return "\n".join([*report.understood, *report.changed, *report.warnings, *(each.text for each in report.left_out)])


def write_parquet(path):
    parquet.write_table(pa.table({"name": NAMES, "height": HEIGHTS, "label": KINDS}), path)


def write_feather(path):
    feather.write_feather(pa.table({"name": NAMES, "height": HEIGHTS, "label": KINDS}), path)


def write_stream(path):
    table = pa.table({"name": NAMES, "height": HEIGHTS, "label": KINDS})
    with pa.OSFile(str(path), "wb") as file, ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)


def write_lines(path):
    records = [{"name": NAMES[row], "height": HEIGHTS[row], "label": KINDS[row]} for row in range(COUNT)]
    text = "\n".join(json.dumps(record) for record in records)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def write_records(path):
    records = [{"name": NAMES[row], "height": HEIGHTS[row], "label": KINDS[row]} for row in range(COUNT)]
    path.write_text(json.dumps({"version": 1, "plants": records}, indent=1))


def write_columns(path):
    path.write_text(json.dumps({"name": NAMES, "height": HEIGHTS.tolist(), "label": KINDS}))


def write_split(path):
    rows = [[NAMES[row], HEIGHTS[row], KINDS[row]] for row in range(COUNT)]
    path.write_text(json.dumps({"columns": ["name", "height", "label"], "index": list(range(COUNT)), "data": rows}))


def write_pandas(path):
    columns = {"name": NAMES, "height": HEIGHTS.tolist(), "label": KINDS}
    path.write_text(json.dumps({each: dict(enumerate(values)) for each, values in columns.items()}))


def write_excel(path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Measured in May"])
    sheet.append([])
    sheet.append(["name", "height", "label"])
    for row in range(COUNT):
        sheet.append([NAMES[row], float(HEIGHTS[row]), KINDS[row]])
    book.create_sheet("notes").append(["nothing"])
    book.save(path)


def write_sqlite(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE plants (name TEXT, height REAL, label TEXT)")
        rows = [(NAMES[row], float(HEIGHTS[row]), KINDS[row]) for row in range(COUNT)]
        connection.executemany("INSERT INTO plants VALUES (?, ?, ?)", rows)
        connection.execute("CREATE TABLE notes (text TEXT)")
    connection.close()


WRITERS = [
    ("t.parquet", write_parquet),
    ("t.feather", write_feather),
    ("t.arrow", write_stream),
    ("t.jsonl", write_lines),
    ("t.jsonl.gz", write_lines),
    ("t.ndjson", write_lines),
    ("records.json", write_records),
    ("columns.json", write_columns),
    ("split.json", write_split),
    ("pandas.json", write_pandas),
    ("t.xlsx", write_excel),
    ("t.sqlite", write_sqlite),
    ("t.db", write_sqlite),
]


@pytest.mark.parametrize(("name", "write"), WRITERS)
def test_each_format_gives_the_same_table(tmp_path, name, write):
    write(tmp_path / name)
    data = opened(tmp_path / name)
    assert data.description.feature_names == ("height",)
    assert data.samples[:, 0].tolist() == HEIGHTS.tolist()
    assert data.description.sample_names == NAMES and data.class_names == ("a", "b")
    assert f"{COUNT} rows, 3 columns" in said(data)


@pytest.mark.parametrize(("name", "write"), WRITERS)
def test_a_preview_reads_only_the_first_rows(tmp_path, name, write):
    write(tmp_path / name)
    data = opened(tmp_path / name, limit=8)
    assert 4 <= len(data) <= 8 and data.report.partial.startswith("the first ")


@pytest.mark.parametrize(("name", "write"), WRITERS)
def test_a_damaged_file_is_one_sentence(tmp_path, name, write):
    write(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    for damaged in (content[: len(content) // 2], content[:20], b"", content[:30] + b"\xff" * 200 + content[230:]):
        (tmp_path / name).write_bytes(damaged)
        try:
            opened(tmp_path / name)
        except DataError as error:
            assert name in str(error) and "\n" not in str(error)


@pytest.mark.parametrize(
    ("limit", "name", "write"),
    [
        (limits.TABLE_BYTES, "t.parquet", write_parquet),
        (limits.TABLE_BYTES, "t.arrow", write_stream),
        (limits.TABLE_BYTES, "t.jsonl", write_lines),
        (limits.TABLE_BYTES, "t.xlsx", write_excel),
        (limits.TABLE_CELLS, "t.xlsx", write_excel),
        (limits.TABLE_BYTES, "t.db", write_sqlite),
        (limits.TABLE_CELLS, "t.db", write_sqlite),
    ],
)
def test_too_large_files_are_refused(tmp_path, monkeypatch, limit, name, write):
    write(tmp_path / name)
    monkeypatch.setenv(limit.variable, "30")
    with pytest.raises(DataError, match=rf"limit is 30 .*{limit.variable} raises it"):
        opened(tmp_path / name)


def test_parquet_columns_of_every_type(tmp_path):
    columns = {
        "list": pa.array([[1.0, float(row)] for row in range(COUNT)]),
        "matrix": pa.array([[[1, 2], [3, row]] for row in range(COUNT)]),
        "ragged": pa.array([[1] * (row % 3) for row in range(COUNT)]),
        "struct": pa.array([{"x": row, "word": "q" if row % 2 else "p"} for row in range(COUNT)]),
        "clock": pa.array([datetime.time(10, row) for row in range(COUNT)]),
        "span": pa.array([datetime.timedelta(seconds=row) for row in range(COUNT)]),
        "text": pa.array([f"{row},5" for row in range(COUNT)]),
        "point": pa.array([f"{row}.5" for row in range(COUNT)]),
        "raw": pa.array([b"x"] * COUNT),
    }
    parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
    data = opened(tmp_path / "t.parquet")
    assert data.description.feature_names == (
        *("list 0", "list 1", "matrix 0", "matrix 1", "matrix 2", "matrix 3"),
        *("struct.x", "span", "text", "point"),
    )
    assert data.samples[7].tolist() == [1, 7, 1, 2, 3, 7, 7, 7, 7.5, 7.5]
    assert data.columns["clock"].values[3] == pytest.approx(10.05) and data.columns["clock"].unit == "h"
    for sentence in (
        "durations became numbers of seconds (column span)",
        "decimal commas were read as decimal points (column text)",
        "numbers that are stored as text were read as numbers (column point)",
        "lists of different lengths, or not of numbers (ragged)",
        "values of type binary are neither numbers nor words (raw)",
    ):
        assert sentence in said(data)
    assert [column.name for column in data.report.columns][:3] == ["list", "matrix", "ragged"]


def test_a_few_lists_of_another_length_cost_their_rows(tmp_path):
    lists = [[0.5, float(row)] for row in range(COUNT)]
    lists[4], lists[6] = [1.0], None
    parquet.write_table(pa.table({"v": lists}), tmp_path / "t.parquet")
    data = opened(tmp_path / "t.parquet")
    assert len(data) == COUNT - 2
    assert "lists that do not have 2 numbers count as missing (row 5)" in said(data)


def test_the_index_of_pandas_has_the_names(tmp_path):
    described = {"index_columns": ["gene"]}
    table = pa.table({"x": HEIGHTS, "gene": NAMES}).replace_schema_metadata({"pandas": json.dumps(described)})
    parquet.write_table(table, tmp_path / "t.parquet")
    assert opened(tmp_path / "t.parquet").description.sample_names == NAMES


@pytest.fixture
def saved(tmp_path):
    """Write a folder as ``DatasetDict.save_to_disk`` does, in two shards per split; return it."""
    info = {"info": {"features": {"label": {"names": ["zebra", "ape"], "_type": "ClassLabel"}}}}
    table = pa.table({"label": np.arange(10) % 2, "x": np.arange(10) * 0.5})
    table = table.replace_schema_metadata({"huggingface": json.dumps(info)})
    for split in ("train", "test"):
        folder = tmp_path / "saved" / split
        folder.mkdir(parents=True)
        (folder / "dataset_info.json").write_text("{}")
        for shard in range(2):
            with (
                pa.OSFile(str(folder / f"data-{shard:05d}.arrow"), "wb") as file,
                ipc.new_stream(file, table.schema) as stream,
            ):
                stream.write_table(table)
    (tmp_path / "saved" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    return tmp_path / "saved"


def test_a_folder_that_datasets_saved(saved):
    data = opened(saved)
    assert data.class_names == ("zebra", "ape") and len(data) == 40
    assert len(data.splits.test) == 20 and data.description.feature_names == ("x",)
    assert len(opened(saved / "train")) == 20


def test_pictures_in_parquet_are_told_from_tables():
    picture = pa.schema([("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])), ("label", pa.int64())])
    assert table_files.has_picture_column(picture)
    assert not table_files.has_picture_column(pa.schema([("x", pa.struct([("y", pa.int64())]))]))


def test_lines_that_are_no_json_are_left_out(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join([*(f'{{"a": {row}, "b": {{"c": {row}.5}}}}' for row in range(9)), "{broken", "[1]"]))
    data = opened(path)
    assert data.description.feature_names == ("a", "b.c")
    assert "2 lines: not records of JSON (row 10, row 11)" in said(data)


def test_json_without_records_says_what_a_table_is(tmp_path):
    (tmp_path / "t.json").write_text("3")
    with pytest.raises(DataError, match="a table as JSON is a list like"):
        opened(tmp_path / "t.json")


def test_sheets_and_tables_can_be_chosen(tmp_path):
    write_excel(tmp_path / "t.xlsx")
    write_sqlite(tmp_path / "t.db")
    for name, kind, first in (("t.xlsx", "sheet", "Sheet"), ("t.db", "table", "plants")):
        report = opened(tmp_path / name).report
        assert report.choices["samples_key"] == (first, "notes")
        assert f"1 {kind}: one {kind} is read (notes)" in [each.text for each in report.left_out]
        with pytest.raises(DataError, match=f"there is no {kind} 'other'"):
            opened(tmp_path / name, samples_key="other")


def test_excel_says_what_is_above_the_table_and_reads_numbers_as_text(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["Bericht"])
    book.active.append(["Wert", "Datum", "ok"])
    for row in range(12):
        value = "#NV" if row == 3 else f"{row},5" if row % 2 else row
        book.active.append([value, datetime.datetime(2020, 1, 1 + row), row % 3 == 0])
    book.save(tmp_path / "t.xlsx")
    data = opened(tmp_path / "t.xlsx")
    assert data.samples[:2, 0].tolist() == [0, 1.5] and len(data) == 11
    assert data.columns["Datum"].unit == "year"
    assert "1 row: above the table (Bericht)" in said(data)
    assert "one cell with #NV counts as missing (Wert: 1)" in said(data)


def test_old_workbooks_and_missing_openpyxl_are_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "t.xls").write_bytes(b"\xd0\xcf")
    with pytest.raises(DataError, match=r"save it as \.xlsx or as CSV"):
        opened(tmp_path / "t.xls")
    write_excel(tmp_path / "t.xlsx")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(
        DataError, match=r'reading \.xlsx needs the package openpyxl; install it with pip install ".*\[excel]"$'
    ):
        opened(tmp_path / "t.xlsx")


def test_a_column_of_a_sheet_that_most_rows_leave_empty_keeps_its_name(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append([None, "name", "a", "b", "remark"])
    for row in range(20):
        book.active.append([None, f"s{row}", row * 1.5, row * row, *["moved"][: row == 7]])
    book.save(tmp_path / "t.xlsx")
    data = opened(tmp_path / "t.xlsx")
    assert data.description.feature_names == ("a", "b") and data.columns["remark"].categories == ("moved",)
    assert not data.report.left_out


def test_lists_of_records_in_a_record_are_left_out(tmp_path):
    records = [{"x": row * 1.5, "parts": [{"a": 1}, {"a": row}], "deep": [[{"a": 1}]]} for row in range(9)]
    (tmp_path / "t.geojson").write_text(json.dumps({"type": "x", "features": records}))
    data = opened(tmp_path / "t.geojson")
    assert data.description.feature_names == ("x",) and "1 value: beside the records in 'features' (type)" in said(data)
    assert {each.items for each in data.report.left_out} == {("parts",), ("deep",), ("type",)}


def test_a_database_is_only_read(tmp_path):
    path = tmp_path / "t.db"
    write_sqlite(path)
    before = path.read_bytes()
    path.chmod(0o400)
    opened(path)
    assert path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["t.db"]
