"""Recipes: kept settings of an import."""

import json

import platformdirs
import pytest

from explorer.config import DataConfig
from explorer.data.dataset import DataError
from explorer.data.imports.recipes import fitting_recipes, named_recipe, recipes, remove_recipe, save_recipe
from explorer.data.report import Notes

CONFIG = DataConfig(source="a.csv", decimal="comma", label_column="Art, deutsch", missing_marks=("−9999",))


def report(*columns: str, format: str = "table"):
    notes = Notes()
    notes.format = format
    for name in columns:
        notes.column(name, "words", "feature")
    return notes.report()


def test_a_recipe_reads_the_next_file_in_the_same_way():
    seen = report("Größe", "Art, deutsch")
    assert recipes() == ()
    save_recipe("Wein 2", CONFIG, seen)
    recipe = named_recipe("Wein 2")
    assert recipe.settings == {"decimal": "comma", "label_column": "Art, deutsch", "missing_marks": ("−9999",)}
    assert recipe.applied("b.csv") == DataConfig(
        source="b.csv", decimal="comma", label_column="Art, deutsch", missing_marks=("−9999",)
    )
    remove_recipe("Wein 2")
    assert recipes() == ()


@pytest.mark.parametrize(
    ("columns", "format", "fits"),
    [
        (("Größe", "Art, deutsch"), "table", True),
        (("Art, deutsch", "other"), "table", True),
        (("Größe", "Art"), "table", False),
        (("Größe", "Art, deutsch"), "arrays", False),
    ],
)
def test_a_recipe_fits_files_with_its_columns(columns, format, fits):
    save_recipe("Wein", CONFIG, report("Größe", "Art, deutsch"))
    found = fitting_recipes(DataConfig(source="b.csv"), report(*columns, format=format))
    assert [recipe.name for recipe in found] == (["Wein"] if fits else [])


def test_a_recipe_without_columns_fits_the_same_columns_only():
    save_recipe("marks", DataConfig(source="a.csv", missing="mean"), report("a", "b"))
    fitting = [bool(fitting_recipes(DataConfig(source="b"), report(*names))) for names in (("a", "b"), ("a", "c"))]
    assert fitting == [True, False]
    applied = named_recipe("marks").applied("b")
    assert fitting_recipes(applied, report("a", "b")) == (), "what is applied already is not offered"


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 65, "a\nb"])
def test_a_name_that_is_no_file_name_is_refused(name):
    with pytest.raises(DataError, match="cannot name a recipe"):
        save_recipe(name, CONFIG, report("a"))


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        "[]",
        json.dumps({"settings": {"nosuch": 1}, "format": "table", "columns": []}),
        json.dumps({"settings": {"vocabulary": 1}, "format": "table", "columns": []}),
        json.dumps({"settings": {"source": "/etc/passwd"}, "format": "table", "columns": []}),
        json.dumps({"settings": {}, "format": "table"}),
    ],
)
def test_a_damaged_recipe_is_left_out(content):
    save_recipe("good", CONFIG, report("a"))
    folder = platformdirs.user_config_path("latent-explorer", appauthor=False) / "recipes"
    (folder / "bad.json").write_text(content)
    assert [recipe.name for recipe in recipes()] == ["good"]
    with pytest.raises(DataError, match="there is no recipe 'bad'; the recipes are good"):
        named_recipe("bad")
