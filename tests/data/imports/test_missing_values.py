"""Missing values by the kind of the feature, marks of missing values, and what the report says of them."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import interpret
from explorer.data.reading.limits import ARRAY_BYTES
from explorer.data.report import ImportReport, Role

ROWS = 40


def read(samples: Any = None, names: tuple[str, ...] = (), **settings: Any) -> tuple[Dataset, ImportReport]:
    context = LoadContext()
    found = Found("made up", "made-up.csv", samples=samples, feature_names=names)
    return interpret(found, DataConfig(**settings), context), context.notes.report()


def read_columns(
    columns: dict[str, np.ndarray[Any, Any]], roles: dict[str, Role], samples: Any = None, **settings: Any
) -> tuple[Dataset, ImportReport]:
    context = LoadContext()
    found = Found("made up", "made-up.csv", samples=samples, columns=columns, roles=roles)
    return interpret(found, DataConfig(**settings), context), context.notes.report()


def with_gap(values: list[float]) -> np.ndarray[Any, Any]:
    """Return the values twice with a gap, beside a feature of numbers."""
    column = np.array([np.nan, *values, *values], np.float32)
    return np.stack([column, np.linspace(0.5, 9.3, len(column))], axis=1)


@pytest.mark.parametrize(
    ("values", "settings", "filled", "kind"),
    [
        ([1.5, 2.5, 5.0], {}, 3.0, ""),
        ([0, 1, 1, 1], {}, 1.0, "yes/no"),
        ([0, 1, 1, 1], {"number_columns": ("a",)}, 0.75, ""),
        ([0, 1, 4, 2], {"count_columns": ("a",)}, 2.0, "count"),
        ([350, 358, 2, 10], {"angle_columns": ("a",)}, 0.0, "angle"),
        ([350, 358, 2, 10], {"angle_columns": ("a",), "missing": "median"}, 0.0, "angle"),
        ([23, 22, 1, 0], {"angle_columns": ("a",), "angle_period": 24.0}, 23.5, "angle"),
    ],
)
def test_a_gap_is_filled_with_a_value_of_the_kind_of_the_feature(
    values: list[float], settings: dict[str, Any], filled: float, kind: str
) -> None:
    dataset, report = read(with_gap(values), ("a", "b"), **{"missing": "mean", **settings})
    turn = settings.get("angle_period", 360.0) if kind == "angle" else 1e9
    difference = abs(float(dataset.samples[0, 0]) - filled)
    assert min(difference, turn - difference) == pytest.approx(0, abs=1e-3)
    assert (dataset.description.feature_kinds or ("",))[0] == kind
    assert any("1 missing values in one row were replaced" in line for line in report.changed)


def test_pixels_that_no_picture_has_are_filled_with_the_mean_of_all() -> None:
    pictures = np.random.default_rng(0).uniform(0, 1, (ROWS, 6, 6)).astype("f4")
    pictures[:, :2] = np.nan  # land in maps of the sea
    dataset, report = read(pictures, missing="mean")
    assert dataset.samples[:, 0, 0, 0] == pytest.approx(np.nanmean(pictures), abs=1e-6)
    assert any("12 without any value by the mean of all" in line for line in report.changed)


def test_a_few_values_out_of_range_cost_their_rows_only() -> None:
    values = np.random.default_rng(0).normal(size=(ROWS, 3))
    values[5, 1] = 1e300
    dataset, report = read(values)
    assert len(dataset) == ROWS - 1
    assert any("too large for 32-bit floats" in line for line in report.changed)
    with pytest.raises(DataError, match="no usable numbers"):
        read(np.full((ROWS, 3), 1e300))


def test_rows_of_a_sparse_matrix_with_gaps_or_marks_are_left_out() -> None:
    counts = np.random.default_rng(0).poisson(0.2, (ROWS, 50)).astype("f4")
    counts[[3, 7], [0, 1]] = np.nan, 77
    sparse = scipy.sparse.csr_array(counts)
    dataset, report = read(sparse, missing_marks=("77",))
    assert len(dataset) == ROWS - 2 and [part.count for part in report.left_out] == [2]
    assert report.left_out[0].items == ("row 4", "row 8")
    with pytest.raises(DataError, match=r"cannot be filled in a sparse matrix; set data\.missing to skip"):
        read(sparse, missing="mean")


def test_a_category_without_a_word_is_unknown_and_said() -> None:
    words = np.array(["red", "", "blue", None] * 10, object)
    columns, roles = {"colour": words, "size": np.linspace(0, 1, ROWS)}, {"colour": "category", "size": "feature"}
    dataset, report = read_columns(columns, roles)  # type: ignore[arg-type]
    assert dataset.samples[1, 1:].tolist() == [0, 0]
    said = "column 'colour': 20 rows have no word; all its features are 0 there"
    assert said in report.changed
    with pytest.raises(DataError, match="20 rows without a word in column 'colour'"):
        read_columns(columns, roles, missing="refuse")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="column 'colour' has no words"):
        read_columns({**columns, "colour": np.full(ROWS, None)}, roles)  # type: ignore[arg-type]


def test_words_of_categories_are_written_as_people_write_them() -> None:
    columns = {"a": np.array([1.0, 2.0, 1.5, np.nan] * 10), "b": np.array([True, False] * 20)}
    dataset, _ = read_columns(columns, {"a": "category", "b": "category"})
    assert dataset.description.feature_names == ("a = 1", "a = 1.5", "a = 2", "b = no", "b = yes")


def test_a_category_of_too_many_words_is_refused_before_memory_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ARRAY_BYTES.variable, "4K")
    words = np.array([f"z{number}" for number in range(ROWS)], object)
    with pytest.raises(DataError, match="the 40 words of column 'zip' would become features of more than"):
        read_columns({"zip": words}, {"zip": "category"})


def test_words_that_the_training_split_lacks_are_pointed_out() -> None:
    words = np.array(["red", "blue"] * 19 + ["violet", "red"], object)
    splits = np.array(["train"] * 30 + ["validation"] * 5 + ["test"] * 5)
    columns = {"colour": words, "size": np.linspace(0, 1, ROWS), "split": splits}
    _, report = read_columns(columns, {"colour": "category", "size": "feature", "split": "split"})
    said = "1 word of a category does not occur in the training split: colour = violet"
    assert said in report.warnings


def test_columns_join_an_array_without_names() -> None:
    rng = np.random.default_rng(0)
    columns = {"age": rng.normal(40, 9, ROWS), "site": np.array(["a", "b"] * 20, object)}
    roles: dict[str, Role] = {"age": "feature", "site": "category"}
    dataset, _ = read_columns(columns, roles, samples=rng.normal(size=(ROWS, 2)))
    assert dataset.description.feature_names == ("feature 1", "feature 2", "age", "site = a", "site = b")


def test_marks_of_missing_values_are_pointed_out_however_near() -> None:
    rng = np.random.default_rng(0)
    values = np.stack([rng.uniform(0, 360, 200), rng.normal(10, 5, 200), rng.integers(1, 9, 200)], axis=1)
    values[4:9, 0], values[7:9, 1], values[[1, 2], 2] = -9999, -9999, 99
    _, report = read(values, ("wind", "air", "answer"))
    assert "-9999 is far from all other values (wind: 5, air: 2); it may stand for a missing value" in (report.warnings)
    offers = {(offer.setting, offer.value) for offer in report.offers}
    assert {("missing_marks", "-9999"), ("missing_marks", "99")} <= offers


@pytest.mark.parametrize(
    "values",
    [
        np.arange(1.0, 100.0).repeat(3),  # ages up to 99
        np.append(np.zeros(200), 99.0),  # one rare value
        np.random.default_rng(0).exponential(9999 / 5, 300).clip(0, 9999),
    ],
)
def test_values_that_only_look_like_marks_are_not_pointed_out(values: np.ndarray[Any, Any]) -> None:
    samples = np.stack([values, np.random.default_rng(0).normal(size=len(values))], axis=1)
    _, report = read(samples, ("a", "b"))
    assert not any("far from all" in line for line in report.warnings)


def test_pixels_of_99_are_no_marks() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (200, 20)).astype(float)
    pixels[:, 3] = 0
    pixels[:3, 3] = 99
    pixels[3, 3] = 1
    _, report = read(pixels, tuple(f"a{n}b" for n in range(20)), sample_shape="vector")
    assert not any("far from all" in line for line in report.warnings)


def test_an_axis_says_how_it_was_read() -> None:
    columns: dict[str, Any] = {f"s{n}": np.sin(np.arange(5.0) + n) for n in range(6)}
    roles: dict[str, Role] = {**dict.fromkeys(columns, "feature"), "t": "axis"}  # type: ignore[dict-item]
    dates = np.array(["2020-01-01", "2020-07-01", "2021-01-01", "2021-07-01", "2022-01-01"], "M8[D]")
    dataset, _ = read_columns({"t": dates, **columns}, roles, axis_column="t")
    axis = dataset.description.axis
    assert axis is not None and axis.unit == "year" and axis.values[[0, 2]].tolist() == [2020, 2021]
    _, report = read_columns({"t": np.array(list("abcde")), **columns}, roles, axis_column="t")
    assert "column 't' has no numbers: the rows are at the positions 0 to 4" in report.changed
    with pytest.raises(DataError, match="the axis 't' has no value in row 3"):
        read_columns({"t": np.array([1, 2, np.nan, 4, 5]), **columns}, roles, axis_column="t")


def test_groups_over_published_splits_and_labels_without_values_are_pointed_out() -> None:
    samples = np.random.default_rng(0).normal(size=(ROWS, 2))
    columns = {
        "person": np.array(["p", "q", "r", "s"] * 10, object),
        "split": np.array(["train"] * 30 + ["test"] * 10),
        "label": np.full(ROWS, np.nan),
    }
    roles: dict[str, Role] = {"person": "group", "split": "split", "label": "label"}
    dataset, report = read_columns(columns, roles, samples=samples)
    assert "4 groups of 'person' have samples in more than one of the published splits" in report.warnings
    assert "column 'label' has no values: there are no classes" in report.warnings and dataset.labels is None
