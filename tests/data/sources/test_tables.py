import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import DataError
from explorer.data.reading import limits

HEAD = "height [cm],weight [kg],species,site,age\n"


def rows(count=30):
    rng = np.random.default_rng(0)
    for number in range(count):
        yield f"{rng.normal(170, 10):.4f},{rng.normal(70, 5):.4f},{'ab'[number % 2]},s{number % 5},{number % 3}\n"


def sentences(data):
    report = data.report
    return "\n".join([*report.understood, *report.changed, *report.warnings, *(each.text for each in report.left_out)])


@pytest.fixture
def table(tmp_path):
    """Write a table and load it with settings; return both."""

    def open_it(text, name="people.csv", **settings_of):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return load(DataConfig(source=str(tmp_path / name), **settings_of))

    return open_it


def test_numbers_are_features_and_words_are_not(table):
    text = HEAD + "".join(rows())
    data = table(text, attribute_columns=("age",))
    assert data.description.kind == "vector" and data.samples.dtype == np.float32
    assert data.description.feature_names == ("height [cm]", "weight [kg]")
    assert data.class_names == ("a", "b") and data.labels.tolist() == [0, 1] * 15
    assert data.columns["site"].categories == ("s0", "s1", "s2", "s3", "s4")
    assert data.columns["age"].values.tolist() == [0, 1, 2] * 10
    values = np.array([[float(cell) for cell in row.split(",")[:2]] for row in rows()])
    np.testing.assert_allclose(data.samples, values, rtol=1e-6)
    train = values[data.splits.train]
    expected = (values - train.mean(axis=0)) / train.std(axis=0)
    np.testing.assert_allclose(data.model_inputs(), expected, atol=1e-4)
    np.testing.assert_allclose(data.description.transform.invert(expected), values, rtol=1e-5)
    assert not data.description.unit_range


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_and_a_byte_order_mark(table, delimiter):
    data = table("\ufeff" + (HEAD + "".join(rows())).replace(",", delimiter), name="p.tsv")
    assert data.description.feature_names[0] == "height [cm]" and len(data) == 30


def test_a_table_of_numbers_alone_needs_no_header(table):
    data = table("1,2\n3,4\n5,6\n7,9\n")
    assert data.samples.tolist() == [[1, 2], [3, 4], [5, 6], [7, 9]] and data.labels is None


def test_parquet(tmp_path):
    columns = {
        "a": pa.array(2 * np.arange(20, dtype=np.int32)),
        "b": pa.array(np.linspace(0, 1, 20)),
        "class": pa.array(["x", None] * 10),
        "seen": pa.array([True, False] * 10),
        "split": pa.array(["train"] * 16 + ["validation"] * 2 + ["test"] * 2),
        "kind": pa.array(["u", "v"] * 10).dictionary_encode(),
    }
    parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
    data = load(DataConfig(source=str(tmp_path / "t.parquet"), attribute_columns=("seen",)))
    assert data.description.feature_names == ("a", "b")
    assert data.class_names == ("x",) and data.labels.tolist() == [0, -1] * 10
    assert data.splits.test.tolist() == [18, 19]
    assert data.columns["kind"].categories == ("u", "v") and len(data.columns["seen"].categories) == 2
    whole = (tmp_path / "t.parquet").read_bytes()
    (tmp_path / "t.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"t\.parquet: the table cannot be read"):
        load(DataConfig(source=str(tmp_path / "t.parquet")))


def test_groups_and_labels_can_be_chosen(table):
    data = table(HEAD + "".join(rows()), group_column="site", label_column="age")
    assert data.class_names == ("0", "1", "2") and "site" in data.columns
    sites = data.columns["site"].values
    assert not set(sites[data.splits.train]) & set(sites[data.splits.test])


def test_a_measured_y_is_no_class(table):
    assert table("x,y,z\n1,2,3\n4,5,6\n7,8,9\n2,2,2\n").description.feature_names == ("x", "y", "z")
    data = table("a,target\n1,0.5\n2,0.25\n3,0.1\n4,0.3\n")
    assert data.labels is None and data.description.feature_names == ("a", "target")


@pytest.mark.parametrize(
    ("text", "samples", "said"),
    [
        (
            "a,b\n1,2\n3,four\n5,6\n7,8\n",
            [[1, 2], [5, 6], [7, 8]],
            "words among numbers count as missing (row 2: four)",
        ),
        ("a,b\n1,2\n3,\n5,6\n7,8\n", [[1, 2], [5, 6], [7, 8]], "1 row: values are missing (b: 1) (row 2)"),
        ("a,b\n1,2\n3,nan\n5,6\n7,8\n", [[1, 2], [5, 6], [7, 8]], "values are missing (b: 1) (row 2)"),
        ("a,b\n1,2\n3,NA\n5,6\n7,8\n", [[1, 2], [5, 6], [7, 8]], "one cell with NA counts as missing (b: 1)"),
        ("a,b\n1,2\n3,4\n5,inf\n7,8\n", [[1, 2], [3, 4], [7, 8]], "one value is infinite"),
        ("a,b\n1,2\n3,4\n5,1e300\n7,8\n", [[1, 2], [3, 4], [7, 8]], "too large for 32-bit floats"),
        ("a,b\n1,2\n3\n5,6\n7,8\n9,9\n", [[1, 2], [5, 6], [7, 8], [9, 9]], "has fewer than 2 cells"),
        ("a,b\n1,2\n3,4,5\n5,6\n7,8\n9,\n", [[1, 2], [5, 6], [7, 8]], "values are missing (b: 1) (row 5)"),
        (
            "a,a\n1,2\n3,4\n5,6\n",
            [[1, 2], [3, 4], [5, 6]],
            "names of columns that are missing or occur twice were replaced: a (2)",
        ),
    ],
)
def test_faults_of_rows_cost_only_these_rows(table, text, samples, said):
    data = table(text)
    assert data.samples.tolist() == samples
    assert said in sentences(data)


@pytest.mark.parametrize(
    ("text", "settings_of", "message"),
    [
        ("a,b\n1,2\n3,\n5,6\n7,8\n", {"missing": "refuse"}, r"people\.csv: one row without a value \(b: 1\)"),
        ("a,b\n1,\n3,\n5,4\n", {}, "2 of 3 rows have missing values .* set data.missing"),
        ("a,b\n", {}, "the table has no rows"),
        ("", {}, "the table is empty"),
        (
            "a,b\nu,v\nw,x\ny,z\n",
            {},
            "no column of numbers is left to be the features; to use words, set data.category_columns to some of b",
        ),
        ("a,b\n1,2\n3,4\n5,6\n", {"label_column": "c"}, "there is no column 'c'; the columns are a, b"),
        ("a,b\n1,2.5\n3,4\n5,6\n", {"label_column": "b"}, "classes must be words or integers, not 2.5"),
        ("a,b\n1,u\n3,v\n5,w\n", {"split_column": "b"}, "'u' is not a split"),
        ("a,b\n1,2\n", {}, "1 samples cannot be split"),
        ("a,b\n1,2\n3,4\n5,6\n", {"group_column": "b", "test_fraction": 0.3}, None),
        ("a,b\n1,2\n3,2\n5,2\n", {"group_column": "b"}, "1 groups cannot be split"),
        ("a,b\n1,2\n3,4\n5,6\n", {"encoding": "klingon"}, "there is no encoding 'klingon'"),
    ],
)
def test_faults_are_one_sentence(table, text, settings_of, message):
    if message is None:
        assert len(table(text, **settings_of)) == 3
        return
    with pytest.raises(DataError, match=message) as error:
        table(text, **settings_of)
    assert "people" in str(error.value) and "\n" not in str(error.value)
    # The settings that may help are known even if nothing could be read.
    assert "encoding" in error.value.report.settings


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "b.csv").write_bytes(b"a,b\n" + bytes(range(256)) * 8)
    with pytest.raises(DataError, match=r"b\.csv: not a text"):
        load(DataConfig(source=str(tmp_path / "b.csv")))
    words = pa.array([b"\xff", b"b", b"c", b"d"]).view(pa.string())
    parquet.write_table(pa.table({"a": pa.array([1, 2, 3, 4]), "w": words}), tmp_path / "b.parquet")
    data = load(DataConfig(source=str(tmp_path / "b.parquet")))
    assert data.description.feature_names == ("a",)
    assert "its words are not valid UTF-8 text (w)" in sentences(data)


def test_too_large_tables_are_refused(table, tmp_path, monkeypatch):
    monkeypatch.setenv(limits.TABLE_BYTES.variable, "50")
    with pytest.raises(DataError, match="the limit is 50"):
        table(HEAD + "".join(rows()))
    parquet.write_table(pa.table({"a": np.arange(100)}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="the limit is 50"):
        load(DataConfig(source=str(tmp_path / "t.parquet")))
