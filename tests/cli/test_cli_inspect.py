"""``inspect``, recipes on the command line, and what ``train`` says of its data."""

import json
import shlex

import numpy as np
import pytest
from command_cases import call, fail, succeed

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.context import LoadContext
from explorer.data.imports.recipes import recipes


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "flowers.csv"
    rng = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'ab'[i % 2]},{i % 5}" for i, (a, b) in enumerate(rng.normal(size=(60, 2)))]
    rows[16] = ",1.5,a,1"
    path.write_text("\n".join(['height,"width, cm",species,site', *rows]) + "\n")
    return path


def test_it_says_what_was_understood_and_what_can_be_chosen(table):
    text = succeed("inspect", table)
    lines = text.splitlines()
    assert lines[0].startswith(f"{table}: ")
    heads = [line for line in lines if line and not line.startswith(" ")][1:]
    assert heads == ["Understood", "Left out", "Columns", "Suggestions", "Choices", "Train on it:"]
    assert "row 17" in text and "--set data.missing=mean" in text
    assert any(line.split()[:2] == ["species", "label"] for line in lines)
    assert "--set data.label_column=COLUMN" in text
    choice = lines.index("    --set data.missing=skip|mean|median|value|refuse")
    assert lines[choice + 1].strip().startswith("Leave out rows with missing values; fill them")
    groups = [line.strip() for line in lines[lines.index("Choices") :] if line.startswith("  ") and line.endswith(":")]
    assert groups == ["Reading:", "Columns:", "Values:", "Kinds of features:", "Split:"]


def test_of_a_file_that_is_not_understood_only_the_error_is_said(tmp_path):
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"PAR1" + bytes(100))
    result = call("inspect", path)
    assert result.stdout == "" and len(result.stderr.splitlines()) == 1


def test_its_last_line_trains_with_the_same_settings(table):
    setting = 'data.ignored_columns="width, cm",site'
    text = succeed("inspect", table, "--set", setting)
    words = shlex.split(text.splitlines()[-1])
    assert words[:4] == ["latent-explorer", "train", "--data", str(table)]
    assert words[4:] == ["--set", setting]
    assert "width, cm  ignored" in text


def test_numbered_columns_share_a_line(tmp_path):
    path = tmp_path / "digits.csv"
    head = ",".join(["label", *(f"pixel{index}" for index in range(64))])
    path.write_text("\n".join([head, *(",".join(["1", *["7"] * 64]) for _ in range(20))]))
    assert "pixel0 to pixel63  feature" in succeed("inspect", path)


def test_json_has_everything(table):
    found = json.loads(succeed("inspect", table, "--json"))
    assert found["problem"] == "" and found["partial"] == ""
    assert found["samples"]["count"] == 59 and found["samples"]["class_names"] == ["a", "b"]
    assert found["left_out"][0]["items"] == ["row 17"]
    assert [column["name"] for column in found["columns"]] == ["height", "width, cm", "species", "site"]
    assert found["config"]["source"] == str(table)
    assert {"settings", "choices", "offers", "understood", "changed", "warnings", "recipes"} <= set(found)


def test_an_error_is_one_sentence_after_the_choices(tmp_path):
    path = tmp_path / "words.csv"
    path.write_text("a,b\nx,y\nz,x\nx,x\n")
    result = call("inspect", path)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1 and str(path) in result.stderr
    assert "--set data.category_columns=COLUMN,…" in result.stdout
    found = json.loads(call("inspect", path, "--json").stdout)
    assert "no column of numbers" in found["problem"] and found["samples"] is None
    assert fail("inspect", tmp_path / "nothing.csv").count("no such file") == 1


def test_only_settings_of_the_data_apply(table):
    assert "only settings of the data" in fail("inspect", table, "--set", "model.beta=4")
    assert "no such setting" in fail("inspect", table, "--set", "data.beta=4")


def test_a_built_in_set_can_be_inspected():
    assert "1,437 train, 180 validation, 180 test samples" in succeed("inspect", "digits")


def test_only_the_first_samples_are_read_unless_all_are_asked_for(table, monkeypatch):
    limits = []
    load = catalog.load

    def noting(config: DataConfig, context: LoadContext):
        limits.append(context.limit)
        return load(config, context)

    monkeypatch.setattr(catalog, "load", noting)
    succeed("inspect", table)
    succeed("inspect", table, "--full")
    assert limits == [1000, None]


def test_a_recipe_is_saved_offered_and_used(table, tmp_path):
    succeed("inspect", table, "--set", "data.label_column=site", "--save-recipe", "by site")
    assert [recipe.name for recipe in recipes()] == ["by site"]
    assert "--recipe 'by site'" in succeed("inspect", table)
    text = succeed("inspect", table, "--recipe", "by site")
    assert "--recipe" not in text and "--set data.label_column=site" in text.splitlines()[-1]
    words = ["--epochs", 1, "--threads", 1, "--device", "cpu", "--set", "model.hidden_widths=8", "--json"]
    values = json.loads(succeed("train", "--data", table, "--recipe", "by site", "--out", tmp_path / "run", *words))
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert values["status"] == "finished" and run["config"]["data"]["label_column"] == "site"
    assert "there is no recipe 'x'; the recipes are by site" in fail("inspect", table, "--recipe", "x")


def test_train_says_how_it_read_the_data(table, tmp_path):
    words = ["--epochs", 1, "--threads", 1, "--device", "cpu", "--set", "model.hidden_widths=8", "--json"]
    result = call("train", "--data", table, "--out", tmp_path / "run", *words)
    lines = result.stderr.splitlines()
    assert lines[0].startswith("data: ") and "60 rows, 4 columns; " in lines[0]
    assert any(line.startswith("data, left out: 1 row: ") and "row 17" in line for line in lines)
    assert "data, label: species" in lines  # a column that the model does not get
