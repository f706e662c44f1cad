"""Roles that are guessed for the columns of tables as people have them."""

import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import DataError
from explorer.data.imports.column_facts import ColumnFacts
from explorer.data.imports.role_offers import offer_roles
from explorer.data.imports.roles import guess_roles
from explorer.data.report import Notes

COUNT = 60
RANDOM = np.random.default_rng(0)
FRACTIONS = RANDOM.normal(size=COUNT)
UNIQUE = np.array([f"person {row}" for row in range(COUNT)], object)
TICKETS = np.array([f"A/{row % 55}" for row in range(COUNT)], object)
COUNTING = np.arange(COUNT)
DAYS = np.datetime64("2020-01-01") + np.arange(COUNT).astype("timedelta64[D]")


def words(*choices):
    return np.array([choices[row % len(choices)] for row in range(COUNT)], object)


def few(number):
    return np.arange(COUNT) % number


def guess(columns, named=True, **settings):
    facts = [ColumnFacts(name, values) for name, values in columns.items()]
    return guess_roles(facts, DataConfig(**settings), "table.csv", named=named), facts


TABLES = {
    "penguins": (
        {
            "rowid": 1 + COUNTING,
            "species": words("Adelie", "Gentoo"),
            "island": words("Biscoe", "Dream", "Torgersen"),
            "bill_length_mm": FRACTIONS,
            "sex": words("male", "female", None),
            "year": 2007 + few(3),
        },
        ["ignored", "label", "attribute", "feature", "attribute", "attribute"],
    ),
    "titanic": (
        {
            "PassengerId": 1 + COUNTING,
            "Survived": few(2),
            "Pclass": 1 + few(3),
            "Name": UNIQUE,
            "Age": FRACTIONS,
            "Ticket": TICKETS,
        },
        ["ignored", "label", "feature", "name", "feature", "ignored"],
    ),
    "kaggle": (
        {"id": 17 * COUNTING, "target": few(2), "feature_0": FRACTIONS, "feature_1": FRACTIONS},
        ["name", "label", "feature", "feature"],
    ),
    "pandas": ({"unnamed": COUNTING, "x": FRACTIONS, "y": FRACTIONS}, ["ignored", "feature", "feature"]),
    "shuffled": ({"Unnamed: 0": RANDOM.permutation(COUNT), "x": FRACTIONS}, ["name", "feature"]),
    "mtcars": ({"unnamed": UNIQUE, "mpg": FRACTIONS, "cyl": 4 + few(3)}, ["name", "feature", "feature"]),
    "sensors": (
        {"timestamp": DAYS, "temperature": FRACTIONS, "sensor_id": few(4), "on": words("on", "off")},
        ["attribute", "feature", "attribute", "feature"],
    ),
    "spectra": ({"wavelength": 400.0 + COUNTING, "a": FRACTIONS, "b": FRACTIONS}, ["attribute", "feature", "feature"]),
    "survey": (
        {
            "Teilnehmer": UNIQUE,
            "Raucher": words("ja", "nein"),
            "Kommentar": np.array([f"a long answer with number {row} " * 4 for row in range(COUNT)], object),
            "leer": np.full(COUNT, np.nan),
            "Land": words("DE"),
            "Alter": 20 + few(40),
        },
        ["name", "feature", "ignored", "ignored", "ignored", "feature"],
    ),
    "folds": (
        {"split": words("train", "train", "test"), "x": FRACTIONS, "label": words("a", "b")},
        ["split", "feature", "label"],
    ),
    "embeddings": (
        {"word": UNIQUE, "vector": RANDOM.normal(size=(COUNT, 5)), "cluster": words("a", "b")},
        ["name", "feature", "attribute"],
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_sensible_roles(name):
    columns, expected = TABLES[name]
    roles, _ = guess(columns)
    assert list(roles.roles.values()) == expected, roles.why


@pytest.mark.parametrize(
    ("columns", "label"),
    [
        ({"f0": 1 + few(3), "f1": FRACTIONS, "f2": FRACTIONS}, "f0"),
        ({"f0": FRACTIONS, "f1": FRACTIONS, "f2": words("a", "b")}, "f2"),
        ({"f0": few(3), "f1": FRACTIONS, "f2": 10 + few(40)}, "f0"),
        ({"f0": FRACTIONS, "f1": FRACTIONS, "f2": 10 * COUNTING}, ""),
        ({"f0": few(10), **{f"f{pixel}": few(2 + pixel) for pixel in range(1, 65)}}, "f0"),
        ({"f0": few(10), **{f"f{pixel}": few(2 + pixel) for pixel in range(1, 66)}}, ""),
    ],
)
def test_the_class_of_a_table_without_names_is_found_by_its_place(columns, label):
    roles, _ = guess(columns, named=False)
    assert roles.named("label") == ([label] if label else [])
    assert not guess(columns)[0].named("label")


@pytest.mark.parametrize(
    ("columns", "offers"),
    [
        ({"a": FRACTIONS, "quality": 3 + few(6), "c": few(3)}, [("label_column", "quality"), ("label_column", "c")]),
        ({"a": FRACTIONS, "site": words("x", "y")}, [("label_column", "site")]),
        ({"a": FRACTIONS, "patient_id": few(25)}, [("group_column", "patient_id")]),
        ({"time": 0.1 * COUNTING, "a": FRACTIONS}, [("axis_column", "time")]),
        ({"label": few(3), "site": words("x", "y"), "a": FRACTIONS}, []),
    ],
)
def test_plausible_roles_are_offered(columns, offers):
    roles, facts = guess(columns)
    notes = Notes()
    offer_roles(facts, roles, notes)
    assert [(offer.setting, offer.value) for offer in notes.report().offers] == offers


def test_a_chosen_role_comes_first_and_only_one():
    columns = {"label": few(3), "a": FRACTIONS, "b": FRACTIONS}
    roles, _ = guess(columns, feature_columns=("label",), ignored_columns=("a",))
    assert list(roles.roles.values()) == ["feature", "ignored", "feature"]
    with pytest.raises(DataError, match="column 'a' has two roles"):
        guess(columns, ignored_columns=("a",), feature_columns=("a",))
    with pytest.raises(DataError, match="there is no column 'z'"):
        guess(columns, ignored_columns=("z",))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (np.array([1.5, np.nan]), "numbers, 1.5 to 1.5, 1 missing"),
        (np.array([1.0, 2.0]), "whole numbers, 1 to 2"),
        (np.array(["ja", "Nein", None], object), "yes or no: Nein, ja, 1 missing"),
        (np.array([True, False]), "yes or no: yes, no"),
        (np.array(["a", "b"], object), "words: a, b"),
        (np.array(["2020-01-01", "NaT"], "datetime64[s]"), "dates, 2020-01-01 to 2020-01-01, 1 missing"),
        (np.array([60, 120], "timedelta64[s]"), "times of day"),
        (np.zeros((3, 4)), "lists of 4 numbers"),
        (np.array([np.nan, np.nan]), "no values"),
    ],
)
def test_contents_in_words(values, text):
    assert ColumnFacts("x", values).text() == text


@pytest.mark.parametrize("name", ["instant", "S.No", "#", "Serial No.", "obs"])
def test_customary_names_of_row_numbers_are_ignored(name):
    roles, _ = guess({name: 1 + COUNTING, "a": FRACTIONS})
    assert roles.roles[name] == "ignored"


def test_splits_with_gaps_say_why_they_are_not_used():
    splits = words("train", "train", "test").copy()
    splits[4] = ""
    roles, facts = guess({"a": FRACTIONS, "split": splits})
    assert roles.roles["split"] == "attribute"
    assert roles.why["split"] == "it contains the names of splits, but not for 1 of the rows"
    notes = Notes()
    offer_roles(facts, roles, notes)
    assert not notes.report().offers


def test_the_last_column_is_offered_before_others_of_customary_names():
    soil = {f"Soil_Type{number}": few(number + 2) for number in range(5)}
    roles, facts = guess({"a": FRACTIONS, **soil, "Cover_Type": few(7)})
    notes = Notes()
    offer_roles(facts, roles, notes)
    assert notes.report().offers[0].value == "Cover_Type"


def test_a_questionnaire_of_words_is_not_reduced_to_its_numbers_in_silence(tmp_path):
    answers = ("agree", "disagree", "neither")
    rows = "".join(f"{20 + n % 9},{','.join(answers[(n * k) % 3] for k in range(1, 6))}\n" for n in range(60))
    (tmp_path / "survey.csv").write_text(f"age,{','.join(f'Q{k}' for k in range(1, 6))}\n{rows}")
    data = load(DataConfig(source=str(tmp_path / "survey.csv")))
    assert any("the model gets 1 of 6 columns (age)" in line for line in data.report.warnings)
    offer = next(offer for offer in data.report.offers if offer.setting == "category_columns")
    taken = load(DataConfig(source=str(tmp_path / "survey.csv"), category_columns=tuple(offer.value.split(","))))
    assert (
        len(taken.description.feature_names) == 13
    )  # age, and three answers to four questions; one answer is constant


@pytest.mark.parametrize(
    "setting", ["label_column", "attribute_columns", "name_column", "group_column", "category_columns"]
)
def test_a_column_of_lists_has_no_role_that_needs_one_value_per_row(setting):
    lists = ColumnFacts("embedding", np.zeros((COUNT, 3)))
    value = ("embedding",) if setting.endswith("s") else "embedding"
    with pytest.raises(DataError, match="column 'embedding' has a list of numbers in each row; it can be features"):
        guess_roles([ColumnFacts("a", FRACTIONS), lists], DataConfig(**{setting: value}), "table")
    assert guess_roles([lists], DataConfig(), "table").roles == {"embedding": "feature"}
    assert guess_roles([lists], DataConfig(), "arrays", numbers="attribute").roles == {"embedding": "ignored"}
