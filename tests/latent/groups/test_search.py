"""Searches for samples: what they find, and what they say if they are not understood."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from known_models import dataset_of

from explorer.config import ConfigError
from explorer.data.dataset import Column
from explorer.latent.groups.sample_table import SampleTable
from explorer.latent.groups.search import find_samples, matches

NAMES = ("Anna Berg", "Anna and Bo", "Bo (240)", 'Say "hi"', "O'Brien", "")
TABLE = SampleTable(
    index=np.array([0, 1, 2, 5, 6, 70]),
    labels=np.array([0, 1, 1, 2, -1, 0]),
    class_names=("cat", "dog, small", "7"),
    columns={
        "width": Column("width", np.array([1.0, 2.5, -3.0, np.nan, 4.0, 1e-3])),
        "body mass": Column("body mass", np.array([4000.0, 3999, 5000, 1, 2, 3])),
        "island": Column("island", np.array([0, 1, 2, -1, 1, 0]), ("Biscoe", "Dream", "Torgersen-2")),
    },
    names=NAMES,
    split=np.array(["train", "train", "test", "test", "validation", "train"]),
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("class cat", [0, 5]),
        ("class = CAT", [0, 5]),
        ("species = cat", [0, 5]),  # a usual name of the column of classes
        ("class dog, small", [1, 2]),  # a name with a comma
        ("class cat, 7", [0, 3, 5]),
        ("class 0", [0, 5]),  # an index, as there is no class of this name
        ("class 7", [3]),  # a name goes before an index
        ("class != cat", [1, 2, 3]),  # not the unknown one
        ("not class cat", [1, 2, 3, 4]),
        ("class = missing", [4]),
        ("class d*", [1, 2]),
        ("class > 5", [3]),
        ("index 1-5", [1, 2, 3]),
        ("index 1–2, 70", [1, 2, 5]),
        ("index >= 6", [4, 5]),
        ("70", [5]),
        ("split test", [2, 3]),
        ("split != train", [2, 3, 4]),
        ("width > 1", [1, 4]),
        ("width ≤ 1 and not split train", [2]),
        ("width = -3", [2]),
        ("width -4--2", [2]),
        ("width = 0.001..1", [0, 5]),
        ("width = missing", [3]),
        ("width != missing", [0, 1, 2, 4, 5]),
        ("width != 1", [1, 2, 4, 5]),
        ("body_mass >= 4000", [0, 2]),
        ("body mass 3999", [1]),
        ('"body mass" < 3', [3, 4]),
        ("island = Torgersen-2", [2]),
        ("island Dream and width > 3", [4]),
        ("island dream or (island biscoe and index 70)", [1, 4, 5]),
        ("not (class cat or width > 1)", [2, 3]),
        ("not not class cat", [0, 5]),
        ("anna", [0, 1]),
        ("Anna*", [0, 1]),
        ("anna and bo", [1]),  # and combines; both words are in one name only
        ('"anna and bo"', [1]),
        ("name = 'anna berg'", [0]),
        ("name != anna*", [2, 3, 4, 5]),
        ("name = missing", [5]),
        ("bo (240)", [2]),  # literally in a name, although it does not follow the grammar
        ("o'b", [4]),
        ("cat", [0, 5]),
        ("nothing of this name", []),
        ("CLASS cat AND INDEX 0", [0]),
    ],
)
def test_a_search_finds_rows(text: str, rows: list[int]) -> None:
    assert np.flatnonzero(matches(TABLE, text)).tolist() == rows
    assert find_samples(TABLE, text).tolist() == TABLE.index[rows].tolist()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the search is empty; write for example class 3"),
        ("widths > 3", "at 'widths' (position 1 of the search): there is no column 'widths'; did you mean width?"),
        ("class cat and length > 3", "position 15 of the search): there is no column 'length'"),
        ("width > wide", "expected a number or a range such as 5-20, not 'wide'"),
        ("width >", "ends too early: expected a value, such as width > 3"),
        ("(class cat", "ends too early: expected ')'"),
        ("class cat)", "at ')' (position 10 of the search): expected 'and', 'or' or the end"),
        ("class cat and", "ends too early: expected a condition"),
        ("or class cat", "at 'or' (position 1 of the search): expected a condition"),
        ("class cst", "'cst' is not one of the classes; did you mean cat?"),
        ("class 9", "'9' is not one of the classes; the classes are cat, dog, small, 7"),
        ("split tests", "did you mean test?"),
        ("island > 3", "the values of island are words, which > cannot compare; write = instead"),
        ("name > b", "names are words, which > cannot compare"),
        ("width < missing", "can only be compared with = and !=, not <"),
        ("width = 1 = 2", "at '=' (position 11 of the search): expected 'and'"),
        ("(" * 200 + "cat" + ")" * 200, "at most 50 parentheses"),
        ("not " * 5000, "at most"),
        ("__import__('os').system('x') = 1", "expected"),
    ],
)
def test_an_error_says_where_and_what_was_expected(text: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        matches(TABLE, text)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("table", "text", "fault"),
    [
        (SampleTable(np.arange(2)), "class 1", "the data has no classes"),
        (SampleTable(np.arange(2)), "name = a", "the samples of this data have no names"),
        (SampleTable(np.arange(2)), "split test", "the splits of these samples are not known"),
        (SampleTable(np.arange(2)), "width > 1", "this data has no columns"),
    ],
)
def test_data_without_a_subject_says_so(table: SampleTable, text: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        matches(table, text)


def test_a_data_set_is_searched_by_class_split_and_feature(digits: Any) -> None:
    split = digits.splits.of_each_sample()
    table = SampleTable(np.arange(len(digits)), digits.labels, digits.class_names, digits.columns, (), split, digits)
    assert np.array_equal(find_samples(table, "class 3"), np.flatnonzero(digits.labels == 3))
    assert np.array_equal(find_samples(table, "split test"), digits.splits.test)
    values = np.array([[1, 5], [2, 6], [3, 7]])
    vectors = dataset_of(values)
    vectors = replace(vectors, description=replace(vectors.description, feature_names=("length", "body mass")))
    table = SampleTable(np.array([1, 2]), dataset=vectors)  # of some of the samples
    assert find_samples(table, "body_mass > 6 or length = 2").tolist() == [1, 2]
    assert find_samples(table, "body mass < 7").tolist() == [1]


def test_columns_of_the_data_go_before_subjects_that_the_data_lacks() -> None:
    table = SampleTable(np.arange(3), columns={"class": Column("class", np.array([0, 1, 0]), ("x", "y"))})
    assert matches(table, "class = x").tolist() == [True, False, True]
    named = SampleTable(np.arange(2), columns={"index": Column("index", np.array([5.0, 6.0]))})
    assert matches(named, '"index" = 5').tolist() == [True, False]
    assert matches(named, "index = 1").tolist() == [False, True]


def test_many_classes_and_names_are_searched() -> None:
    count = 70_000
    table = SampleTable(
        np.arange(count), np.arange(count) % 5_000, tuple(f"kind {one}" for one in range(5_000)),
        names=tuple(f"sample of word {one}" for one in range(count)),
    )  # fmt: skip
    assert matches(table, "class kind 4999").sum() == count // 5_000
    assert matches(table, "word 1").sum() > 10_000
