"""Folders of tables: shards that are joined, spectra, and folders of which one table must be chosen."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError


def opened(path, limit=None, **settings):
    return load(DataConfig(source=str(path), **settings), LoadContext(limit=limit))


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def rows(count, form="{0}.5,{1},{2}\n"):
    return "".join(form.format(row, row * row, "xy"[row % 2]) for row in range(count))


def said(data):
    report = data.report
    return "\n".join([*report.understood, *report.changed, *report.warnings, *(each.text for each in report.left_out)])


def test_shards_of_spark_are_joined_with_their_file(tmp_path):
    for shard in range(3):
        write(tmp_path / f"part-0000{shard}.csv", "a,b,label\n" + rows(10))
        write(tmp_path / f".part-0000{shard}.csv.crc", "\0")
    write(tmp_path / "_SUCCESS", "")
    data = opened(tmp_path)
    assert data.description.feature_names == ("a", "b") and data.class_names == ("x", "y")
    assert data.columns["file"].categories == ("part-00000", "part-00001", "part-00002")
    assert len(data) == 30 and not data.report.left_out and "3 tables with the same columns" in said(data)
    assert opened(tmp_path, label_column="file").class_names == data.columns["file"].categories


def test_columns_in_another_order_and_of_other_types_are_joined(tmp_path):
    write(tmp_path / "one.csv", "a,b,c\n" + rows(10))
    write(tmp_path / "two.csv", "c,b,a\n" + rows(10, "{2},{1},{0}.5\n"))
    write(tmp_path / "three.csv", "a,b,c\n1,2,\n3,missing,\n")
    data = opened(tmp_path)
    assert len(data) == 21 and data.samples[0].tolist() == data.samples[12 - 1].tolist() != data.samples[1].tolist()
    assert "one cell with missing counts as missing (b: 1)" in said(data)


def test_folders_of_hive_and_names_of_splits_become_columns(tmp_path):
    for year in (2020, 2021):
        (tmp_path / "hive" / f"year={year}").mkdir(parents=True)
        table = pa.table({"t": np.arange(9) + 0.5, "p": np.arange(9.0)})
        parquet.write_table(table, tmp_path / "hive" / f"year={year}" / "part-0.parquet")
    assert set(opened(tmp_path / "hive").columns["year"].values) == {2020, 2021}
    for split, count in (("train", 20), ("test", 6)):
        write(tmp_path / "beats" / f"beats_{split}.csv", rows(count, "{0}.25,{1}.5,0.125,{2}\n"))
    data = opened(tmp_path / "beats")
    assert data.class_names == ("x", "y") and data.description.shape == (3,) and len(data.splits.test) == 6


def test_tables_of_one_signal_each_are_samples(tmp_path):
    for number in range(8):
        text = "".join(f"{4000 - 2 * row},{np.sin(row / 9 + number):.4f}\n" for row in range(50))
        write(tmp_path / ("PE", "PET")[number % 2] / f"{number}.csv", "wavenumber,absorbance\n" + text)
    data = opened(tmp_path)
    assert data.description.shape == (50,) and len(data) == 8 and data.class_names == ("PE", "PET")
    assert data.description.axis.name == "wavenumber" and data.description.axis.values[0] == 4000
    assert data.description.sample_names[0] == "PE/0"


def test_text_files_of_one_column_are_signals(tmp_path):
    for number in range(8):
        write(
            tmp_path / "ab"[number % 2] / f"Z{number:03d}.txt", "".join(f"{row * number % 17}\n" for row in range(40))
        )
    data = opened(tmp_path)
    assert len(data) == 8 and data.description.shape == (40,) and data.class_names == ("a", "b")


@pytest.mark.parametrize(
    ("files", "largest"),
    [
        ({"train.csv": "id,a,t\n" + rows(9), "test.csv": "id,a\n" + rows(9, "{0},{1}\n")}, "train.csv"),
        (
            {
                "train/X_train.txt": rows(40, " {0}.5 {1} 3\n"),
                "train/y_train.txt": rows(40, "{1}\n"),
                "train/Inertial/acc_train.txt": rows(40, " {0}.5 {1} 3 4 5\n"),
                "README.txt": "Recordings of thirty people with a phone.\n" * 9,
            },
            "train/X_train.txt",
        ),
    ],
)
def test_of_tables_with_different_columns_one_is_named(tmp_path, files, largest):
    for name, text in files.items():
        write(tmp_path / name, text)
    with pytest.raises(DataError, match=f"tables with different columns; open one of them, such as {largest}$"):
        opened(tmp_path)


def test_tables_that_cannot_be_read_cost_only_themselves(tmp_path):
    for name in "abcdef":
        write(tmp_path / f"{name}.csv", "a,b\n" + rows(10, "{0}.5,{1}\n"))
    write(tmp_path / "empty.csv", "")
    write(tmp_path / "other.csv", "u,v,w\n1,2,3\n")
    write(tmp_path / "c.csv", "a,b\n1,2\n3,4,5\n6,7\n")
    data = opened(tmp_path)
    assert "1 table: not readable (empty.csv: the table is empty)" in said(data)
    assert "1 table: other columns than most have (other.csv)" in said(data)
    assert "1 row: c.csv: they do not have 2 cells (row 2)" in said(data)
    with pytest.raises(DataError, match="the table is empty"):
        opened(tmp_path, unreadable="refuse")


def test_a_preview_reads_the_beginning_of_each_table(tmp_path):
    for name in "abcd":
        write(tmp_path / f"{name}.csv", "a,b\n" + rows(100, "{0}.5,{1}\n"))
    data = opened(tmp_path, limit=40)
    assert len(data) == 40 and data.report.partial == "the first 10 rows of 4 of 4 tables"
    assert data.columns["file"].categories == ("a", "b", "c", "d")


def test_a_folder_of_tables_that_cannot_be_read_says_so(tmp_path):
    for name in "abc":
        write(tmp_path / f"{name}.csv", "")
    with pytest.raises(DataError, match=r"none of 3 tables can be read \(a\.csv: the table is empty\)"):
        opened(tmp_path)
