"""Time series of the UCR and UEA archives: .ts, .arff and text, with classes, splits and unequal lengths."""

from pathlib import Path

import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset

LENGTH = 30
SERIES = np.cumsum(np.random.default_rng(0).normal(size=(24, LENGTH)), axis=1).round(4)
CLASSES = np.arange(24) % 3 + 1


def load(path: Path, limit: int | None = None, **settings: object) -> Dataset:
    config = DataConfig(source=str(path), **settings)  # type: ignore[arg-type]
    return catalog.load(config, LoadContext(limit=limit))


def said(data: Dataset) -> str:
    report = data.report
    left_out = (each.text for each in report.left_out)
    return "\n".join([*report.understood, *report.changed, *report.warnings, *left_out])


def ts(rows: list[str], *, univariate: bool = True, times: bool = False, end: str = "classLabel true 1 2 3") -> str:
    header = ["#Walks", "@problemName Walks", f"@timeStamps {times}".lower(), f"@univariate {univariate}".lower()]
    return "\n".join([*header, f"@{end}", "@data", *rows]) + "\n"


def arff(attributes: list[str], rows: list[str], relation: str = "walks") -> str:
    return "\n".join(
        [f"@RELATION {relation}", "% a comment", *(f"@attribute {each}" for each in attributes), "@DATA", *rows]
    )


def ucr_rows(separator: str, number: str = "{:.4f}") -> str:
    rows = zip(CLASSES, SERIES, strict=True)
    return "".join(separator.join([number.format(cls), *map(number.format, row)]) + "\n" for cls, row in rows)


def dense_arff() -> str:
    attributes = [f"att{number} numeric" for number in range(1, LENGTH + 1)]
    rows = [",".join([*map(str, row), str(cls)]) for cls, row in zip(CLASSES, SERIES, strict=True)]
    return arff([*attributes, "target {1,2,3}"], rows)


def dense_ts() -> str:
    return ts([f"{','.join(map(str, row))}:{cls}" for cls, row in zip(CLASSES, SERIES, strict=True)])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Walks.ts", dense_ts()),
        ("Walks.arff", dense_arff()),
        ("Walks.tsv", ucr_rows("\t")),
        ("Walks.txt", ucr_rows("  ", "{:.7e}")),
        ("Walks.csv", ucr_rows(",")),
    ],
)
def test_each_format_gives_curves_with_classes(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    data = load(tmp_path / name)
    assert data.description.axis is not None
    assert np.allclose(data.samples, SERIES, atol=1e-4)
    assert data.class_names == ("1", "2", "3")
    assert data.labels is not None
    assert data.labels.tolist() == (CLASSES - 1).tolist()
    assert "3 classes" in said(data)


def test_a_table_can_be_read_without_an_order(tmp_path: Path) -> None:
    (tmp_path / "Walks.tsv").write_text(ucr_rows("\t"))
    assert load(tmp_path / "Walks.tsv", sample_shape="vector").description.axis is None


@pytest.mark.parametrize("name", ["Walks_TRAIN.tsv", ""])
def test_the_test_file_beside_is_a_published_split(tmp_path: Path, name: str) -> None:
    text = ucr_rows("\t")
    (tmp_path / "Walks_TRAIN.tsv").write_text(text)
    (tmp_path / "Walks_TEST.tsv").write_text("".join(text.splitlines(keepends=True)[:9]))
    data = load(tmp_path / name)
    assert data.splits.test.tolist() == list(range(24, 33))
    assert "Walks_TEST.tsv beside it is the test split" in said(data)
    assert len(load(tmp_path / name, samples_key="train")) == 24
    assert "test part alone" in said(load(tmp_path / "Walks_TEST.tsv"))


def test_a_folder_says_which_files_it_left_out(tmp_path: Path) -> None:
    (tmp_path / "Walks_TRAIN.ts").write_text(dense_ts())
    (tmp_path / "Walks_TRAIN.txt").write_text(ucr_rows("  "))
    (tmp_path / "README.md").write_text("Walks\n")
    assert "README.md, Walks_TRAIN.txt" in said(load(tmp_path))
    (tmp_path / "Runs_TRAIN.ts").write_text(dense_ts())
    with pytest.raises(DataError, match=r"data\.samples_key to one of Runs, Walks"):
        load(tmp_path)
    assert len(load(tmp_path, samples_key="Runs")) == 24


def test_shorter_series_are_continued_and_bad_ones_listed(tmp_path: Path) -> None:
    rows = [f"{','.join(map(str, row[: 20 + index % 3]))}:1" for index, row in enumerate(SERIES)]
    (tmp_path / "Short.ts").write_text(ts([*rows, "1,x,3:1", "?,2,?,4:2"]))
    data = load(tmp_path / "Short.ts", missing="value")
    assert data.samples.shape == (25, 22)
    assert (data.samples[0, 20:] == data.samples[0, 19]).all()
    assert data.samples[-1, :5].tolist() == [0, 2, 0, 4, 4]
    assert "shorter than 22 values" in said(data)
    assert "row 25" in said(data)


def test_missing_values_at_the_end_of_a_row_are_a_shorter_series(tmp_path: Path) -> None:
    lines = ucr_rows("\t").splitlines()
    lines[3] = "\t".join([*lines[3].split("\t")[:21], *["NaN"] * 10])
    (tmp_path / "Walks.tsv").write_text("\n".join([*lines, "1\t2"]))
    data = load(tmp_path / "Walks.tsv")
    assert len(data) == 24
    assert (data.samples[3, 20:] == data.samples[3, 19]).all()
    assert "continued by their last value: 1 of 24 series" in said(data)
    assert "row 25" in said(data)


@pytest.mark.parametrize("suffix", [".ts", ".arff"])
def test_dimensions_follow_one_another(tmp_path: Path, suffix: str) -> None:
    pairs = list(zip(SERIES[::2], SERIES[1::2], strict=True))
    if suffix == ".ts":
        rows = [":".join(",".join(map(str, row)) for row in pair) + ":run" for pair in pairs]
        text = ts(rows, univariate=False, end="classLabel true run walk")
    else:
        rows = ["'" + "\\n".join(",".join(map(str, row)) for row in pair) + "',run" for pair in pairs]
        inner = [f"att{number} numeric" for number in range(LENGTH)]
        text = arff(["both relational", *inner, "activity {run,walk}"], rows)
        text = text.replace("@attribute activity", "@end both\n@attribute activity")
    (tmp_path / f"Pairs{suffix}").write_text(text)
    data = load(tmp_path / f"Pairs{suffix}")
    assert np.allclose(data.samples, SERIES.reshape(12, 2 * LENGTH))
    assert data.class_names == ("run",)
    offers = [offer.assignment for offer in data.report.offers]
    assert f"--set data.sample_shape=2x{LENGTH}" in offers
    assert load(tmp_path / f"Pairs{suffix}", sample_shape=f"2x{LENGTH}").description.kind == "image"


def test_times_and_targets_of_a_ts_file(tmp_path: Path) -> None:
    rows = [
        ",".join(f"({0.5 * t},{value})" for t, value in enumerate(row)) + f":{index}.5"
        for index, row in enumerate(SERIES)
    ]
    path = tmp_path / "Timed.ts"
    path.write_text(ts(rows, times=True, end="targetLabel true"))
    data = load(path)
    assert data.description.axis is not None
    assert data.description.axis.values[:3].tolist() == [0, 0.5, 1]
    assert data.columns["target value"].values[2] == 2.5
    path.write_text(ts([*rows, rows[0].replace("(0.5,", "(0.7,")], times=True, end="targetLabel true"))
    assert "time stamps: they differ" in said(load(path))


def test_an_arff_table_keeps_its_types(tmp_path: Path) -> None:
    attributes = [
        "outlook {sunny, 'very rainy'}",
        "'air temperature' REAL",
        "code {1,2,3}",
        "note string",
        "play {yes, no}",
    ]
    rows = [
        f"{'sunny' if n % 2 else repr('very rainy')},{n / 4},{n % 3 + 1},'it''s',{'yes' if n % 4 else 'no'}"
        for n in range(20)
    ]
    (tmp_path / "weather.arff").write_text(arff(attributes, [*rows, "sunny,?,1,a,no", "sunny,1"]))
    data = load(tmp_path / "weather.arff")
    assert data.description.feature_names == ("air temperature",)
    assert data.class_names == ("no", "yes")
    assert data.columns["outlook"].categories == ("sunny", "very rainy")
    assert "code" in data.columns
    assert "play, the last nominal attribute, is the class" in said(data)
    assert "row 22" in said(data)
    assert load(tmp_path / "weather.arff", label_column="outlook").class_names == ("sunny", "very rainy")


def test_a_sparse_arff_has_zeros(tmp_path: Path) -> None:
    attributes = [*(f"a{number} numeric" for number in range(5)), "class {A, 'B b'}"]
    rows = [f"{{{n % 5} {n + 1}}}" if n % 2 == 0 else f"{{{n % 5} {n + 1}, 5 'B b'}}" for n in range(12)]
    (tmp_path / "sparse.arff").write_text(arff(attributes, rows))
    data = load(tmp_path / "sparse.arff")
    expected = np.zeros((12, 5))
    expected[np.arange(12), np.arange(12) % 5] = np.arange(12) + 1
    assert (data.samples == expected).all()
    assert data.class_names == ("A", "B b")


def test_a_preview_reads_the_first_series(tmp_path: Path) -> None:
    for name, text in (("a.ts", dense_ts()), ("a.arff", dense_arff())):
        (tmp_path / name).write_text(text)
        data = load(tmp_path / name, limit=10)
        assert len(data) == 10
        assert data.report.partial.startswith("the first 10 of 24")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.arff", "@relation a\n@attribute x numeric\n", "no line @data"),
        ("a.arff", "@relation a\n@data\n1\n", "no lines @attribute"),
        ("a.ts", "@problemName a\n@data\n", "no series"),
        ("a.ts", "@univariate false\n@data\n1,2\n1,2:3,4\n1:2:3\n", "1 to 3 dimensions"),
    ],
)
def test_damaged_files_are_refused_in_one_sentence(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=message) as problem:
        load(tmp_path / name)
    assert "\n" not in str(problem.value)


def test_a_table_with_names_is_no_file_of_series(tmp_path: Path) -> None:
    # As Kaggle's credit card fraud: the first column is a time of small whole numbers, the last one the class.
    rows = [f"{row // 2}," + ",".join(map(str, series)) + f",{row % 2}" for row, series in enumerate(SERIES)]
    header = ",".join(["Time", *(f"V{number}" for number in range(LENGTH)), "Class"])
    (tmp_path / "creditcard.csv").write_text("\n".join([header, *rows]) + "\n")
    data = load(tmp_path / "creditcard.csv")
    assert data.class_names == ("0", "1") and len(data) == len(SERIES) and "V0" in data.description.feature_names


def test_data_sets_of_keel_are_arff_by_their_first_lines(tmp_path: Path) -> None:
    header = (
        "@relation iris\n@attribute Sepal real [4.3, 7.9]\n@attribute Class {a, b}\n@inputs Sepal\n@outputs Class\n"
    )
    (tmp_path / "iris.dat").write_text(header + "@data\n" + "".join(f"{row}.5, {'ab'[row % 2]}\n" for row in range(12)))
    data = load(tmp_path / "iris.dat")
    assert data.description.feature_names == ("Sepal",) and data.class_names == ("a", "b") and len(data) == 12


def test_whole_numbers_that_differ_between_fractions_are_no_part_of_a_curve(tmp_path: Path) -> None:
    rows = [" ".join([str(row // 6 + 1), str(row % 6 + 1), *map(str, SERIES[row])]) for row in range(24)]
    (tmp_path / "engines.txt").write_text("\n".join(rows))
    data = load(tmp_path / "engines.txt")
    assert data.description.axis is None and data.description.shape[0] >= LENGTH
