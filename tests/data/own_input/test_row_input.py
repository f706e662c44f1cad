"""Rows, numbers and texts as samples: kinds of columns, missing values, ranges, signals, TF-IDF, and errors."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import Axis, DataError, Dataset, Description, Splits
from explorer.data.own_input.fit_input import fit_input, why_no_fit
from explorer.data.own_input.input_files import file_source
from explorer.data.own_input.open_picture import picture_of_array
from explorer.data.own_input.row_input import Category, columns_of
from explorer.data.own_input.sources import NumbersSource, RowSource, TextSource, numbers_source, row_source
from explorer.data.text.text_assembly import Passage, documents, words
from explorer.data.transform import Transform


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("table") / "plants.csv"
    lines = ["width,colour,visits,rare"]
    for number in range(60):
        colour = ("red", "blue", "dark green")[number % 3]
        lines.append(f"{rng.normal(10, 2):.3f},{colour},{rng.poisson(3)},{('no', 'yes')[number % 5 == 0]}")
    path.write_text("\n".join(lines) + "\n")
    chosen = {
        "category_columns": ("colour",),
        "count_columns": ("visits",),
        "feature_columns": ("width", "visits", "rare"),
    }
    return load(DataConfig(source=str(path), **chosen))


def row(table, text, missing="mean"):
    return fit_input(row_source(text, missing), table.description, table)


def named(table, found):
    return dict(zip(table.description.feature_names, found.sample.tolist(), strict=True))


def test_a_row_has_values_by_name(table):
    assert isinstance(columns_of(table.description)["colour"], Category)
    found = named(table, row(table, 'Width=12.5, colour="dark green", visits=4, rare=yes'))
    assert found["width"] == 12.5 and found["visits"] == 4 and found["rare"] == 1
    assert [found[f"colour = {word}"] for word in ("blue", "dark green", "red")] == [0, 1, 0]


def test_a_row_of_the_data_is_its_sample(table):
    sample = table.rows(slice(0, 1))[0]
    values = dict(zip(table.description.feature_names, sample.tolist(), strict=True))
    colour = next(name.removeprefix("colour = ") for name, value in values.items() if value == 1 and "colour" in name)
    text = f"width={values['width']!r},visits={values['visits']},rare={int(values['rare'])},colour={colour}"
    assert np.array_equal(row(table, text).sample, sample)


@pytest.mark.parametrize("missing", ["mean", "median", "skip"])
def test_missing_values_are_filled_as_the_import_says(table, missing):
    found = row(table, "colour=red,visits=?", missing)
    training = table.rows(table.splits.train).astype(np.float64)
    column = table.description.feature_names.index("width")
    wanted = np.median(training[:, column]) if missing == "median" else training[:, column].mean()
    assert named(table, found)["width"] == pytest.approx(wanted, rel=1e-6)
    assert named(table, found)["visits"] % 1 == 0 and named(table, found)["rare"] == 0
    assert any(note.startswith("width: filled with the") for note in found.notes)
    given = fit_input(RowSource((("colour", "red"),), "value", 7.0), table.description, table)
    assert named(table, given)["width"] == 7


def test_values_far_outside_and_words_that_are_left_out_are_told(table):
    found = row(table, "width=400,visits=2,rare=no")
    assert len(found.warnings) == 1 and "width = 400 is outside" in found.warnings[0]
    assert any(note.startswith("colour: no word") for note in found.notes)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("widths=3", "did you mean 'width'"),
        ("width=3,width=4", "given twice"),
        ("colour=pink", "its words are blue, dark green, red"),
        ("width=wide", "takes numbers"),
        ("width=inf", "takes numbers"),
        ("width=1e60", "out of the range"),
        ("visits=2.5", "whole numbers"),
        ("visits=-1", "whole numbers"),
        ("rare=maybe", "yes or no"),
        ("width=3,4", "has no name"),
        ("=3", "has no name"),
        ('colour="red', "quotation mark"),
    ],
)
def test_wrong_rows_are_told(table, text, why):
    with pytest.raises(DataError, match=why):
        row(table, text)


def test_a_decimal_comma_is_read_from_a_form(table):
    found = fit_input(RowSource((("width", "12,5"),)), table.description, table)
    assert named(table, found)["width"] == 12.5 and "decimal point" in found.notes[0]


def vectors(axis=None):
    samples = np.random.default_rng(0).normal(5, 1, (40, 6)).astype(np.float32)
    about = Description(
        "numbers", "vector", (6,), Transform(np.float32(5), np.float32(1)), False, (0.0, 9.0), axis=axis
    )
    order = np.arange(40)
    return Dataset(about, samples, Splits(order[:30], order[30:30], order[30:]))


def test_numbers_in_order_are_a_vector():
    data = vectors()
    found = fit_input(row_source("1, 2, 3, 4, , 6"), data.description, data)
    assert found.sample[:4].tolist() == [1, 2, 3, 4]
    assert found.sample[4] == pytest.approx(data.samples[:30, 4].mean(), rel=1e-6)
    assert "value 5: filled" in found.notes[0] and len(found.warnings) > 0
    with pytest.raises(DataError, match="have 6 numbers, not 2"):
        fit_input(row_source("1,2"), data.description, data)


def test_a_signal_of_another_length_is_resampled():
    data = vectors(Axis("time", "s", np.arange(6.0)))
    found = fit_input(numbers_source("0 1; 2,3\n4 5 6 7 8 9 10"), data.description, data)
    assert found.sample.tolist() == [0, 2, 4, 6, 8, 10]
    assert found.steps[0].applied and not found.steps[0].can_change and len(found.given) == 11
    same = fit_input(NumbersSource((0.0, 1.0, float("nan"), 3.0, 4.0, 5.0)), data.description, data)
    assert same.sample.tolist() == [0, 1, 2, 3, 4, 5] and not same.steps[0].applied


TEXTS = [f"{animal} runs and {animal} sleeps near the {place} house" for animal in ("cat", "dog", "cow") for place in
         ("red", "old", "big", "far")]  # fmt: skip


def test_a_document_of_the_data_gets_its_own_weights():
    data = documents(DataConfig(), "farm", [Passage(text, text) for text in TEXTS])
    for number in (0, 5, 11):
        found = fit_input(TextSource(TEXTS[number].upper()), data.description, data)
        assert found.sample == pytest.approx(data.rows(slice(number, number + 1))[0], abs=1e-6)
    assert any("are terms of the data" in note for note in found.notes)


def test_a_text_without_known_words_is_told():
    data = documents(DataConfig(), "farm", [Passage(text, text) for text in TEXTS])
    for text in ("", "xylophone quartz"):
        found = fit_input(TextSource(text), data.description, data)
        assert not found.sample.any() and "all weights are 0" in found.warnings[0]
    with pytest.raises(DataError, match="not loaded"):
        fit_input(TextSource("cat"), data.description, None)


def test_a_word_is_itself():
    data = words(DataConfig(), "farm", [Passage("", text) for text in TEXTS])
    found = fit_input(TextSource(" Dog "), data.description, data)
    assert found.sample.sum() == 1 and found.sample[data.description.feature_names.index("dog")] == 1
    with pytest.raises(DataError, match="is not among its"):
        fit_input(TextSource("two words"), data.description, data)


def test_what_fits_what(table):
    picture, numbers, text = picture_of_array(np.eye(8)), NumbersSource((1.0,) * 6), TextSource("cat")
    about = vectors().description
    assert why_no_fit(numbers, about) == "" and why_no_fit(RowSource((("width", "1"),)), table.description) == ""
    assert "the input is a picture" in why_no_fit(picture, about)
    assert "the input is a text" in why_no_fit(text, about)
    assert "no column size" in why_no_fit(RowSource((("size", "1"),)), table.description)
    assert "no names" in why_no_fit(RowSource((("size", "1"),)), about)
    images = replace(about, kind="image", shape=(4, 2, 2))
    assert "4 channels" in why_no_fit(picture, images) and "numbers" in why_no_fit(numbers, images)


def test_files_of_numbers_and_texts(tmp_path):
    about = vectors().description
    (tmp_path / "row.csv").write_text("1;2;3\n4;5;6")
    np.save(tmp_path / "row.npy", np.arange(6))
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    assert file_source(tmp_path / "row.csv", about).values == (1, 2, 3, 4, 5, 6)
    assert file_source(tmp_path / "row.npy", about).values == (0, 1, 2, 3, 4, 5)
    assert file_source(tmp_path / "row.csv", replace(about, kind="text")) == TextSource("1;2;3\n4;5;6", "row.csv")
    (tmp_path / "words.csv").write_text("one two")
    for name, why in (
        ("objects.npy", "not a readable array"),
        ("none.csv", "cannot be read"),
        ("words.csv", "not a number"),
    ):
        with pytest.raises(DataError, match=why):
            file_source(tmp_path / name, about)
