"""Settings of a new run: from another run, a file, recipes and options, in this order."""

import json
import tomllib
from pathlib import Path

import pytest
from command_cases import call, fail, succeed

from explorer.config import config_from_json
from explorer.data import catalog as datasets
from explorer.models import catalog
from explorer.runs.run_directory import open_run

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"
LIKE = ("--like", CHECKPOINTS / "digits-vae")


def resolved(*words: object) -> dict[str, dict[str, object]]:
    config: dict[str, dict[str, object]] = json.loads(succeed("train", *words, "--dry-run", "--json"))["config"]
    return config


@pytest.mark.parametrize("name", ["exp.toml", "exp.json"])
def test_a_saved_file_gives_the_same_settings(name: str, tmp_path: Path) -> None:
    words = ("--data", "digits", "--model", "sparse-ae", "--set", "model.hidden_widths=32,16", "--epochs", 3)
    text = succeed("train", *words, "--save-config", tmp_path / name, "--dry-run")
    wanted = resolved(*words)
    assert resolved("--config", tmp_path / name) == wanted
    # --dry-run prints the settings as TOML, and trains nothing.
    assert config_from_json(tomllib.loads(text)) == config_from_json(wanted)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_written_settings_have_the_number_of_epochs(tmp_path: Path) -> None:
    usual = catalog.family("ae").epochs
    assert resolved("--model", "ae")["train"]["epochs"] == usual
    text = succeed("train", "--model", "ae", "--first-look", "--dry-run", "--save-config", tmp_path / "exp.toml")
    assert f"epochs = {catalog.family('ae').epochs_for(144)}\n" in text
    assert (tmp_path / "exp.toml").read_text(encoding="utf-8") == text
    assert resolved("--model", "pca")["train"]["epochs"] == 0  # a closed form has none


def test_a_training_with_saved_settings_reads_its_data_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []
    load = datasets.load
    monkeypatch.setattr(
        datasets, "load", lambda config, context: (loads.append(config.source), load(config, context))[1]
    )
    words = ("--model", "pca", "--data", "digits", "--out", tmp_path / "run", "--device", "cpu")
    succeed("train", *words, "--save-config", tmp_path / "exp.json")
    assert loads == ["digits"] and open_run(tmp_path / "run").config.train.epochs == 0


def test_the_later_source_wins(tmp_path: Path) -> None:
    file = tmp_path / "exp.toml"
    file.write_text('[model]\nbeta = 3\nlikelihood = "gaussian"\n[train]\nepochs = 5\nseed = 7\n', encoding="utf-8")
    usual = open_run(CHECKPOINTS / "digits-vae").config
    config = resolved(*LIKE)
    assert config_from_json(config) == usual
    config = resolved(*LIKE, "--config", file)
    assert (config["model"]["beta"], config["train"]["epochs"], config["train"]["seed"]) == (3, 5, 7)
    assert config["model"]["hidden_widths"] == list(usual.model.hidden_widths)  # type: ignore[attr-defined]
    config = resolved(*LIKE, "--config", file, "--set", "model.beta=4", "--set", "train.seed=8", "--seed", 9)
    assert (config["model"]["beta"], config["model"]["likelihood"]) == (4, "gaussian")
    assert (config["train"]["epochs"], config["train"]["seed"]) == (5, 9)


def test_another_family_takes_the_settings_that_it_has(tmp_path: Path) -> None:
    succeed(
        "train", "--epochs", 1, "--set", "model.beta=4", "--set", "model.hidden_widths=24", "--threads", 1, "--device",
        "cpu", "--out", tmp_path / "r",
    )  # fmt: skip
    result = call("train", "--like", tmp_path / "r", "--model", "ae", "--dry-run", "--json")
    model = json.loads(result.stdout)["config"]["model"]
    assert (model["family"], model["hidden_widths"]) == ("ae", [24])
    assert result.stderr == "note: ae has no setting model.beta; left out\n"


def test_a_family_in_the_file_gives_way_to_the_option(tmp_path: Path) -> None:
    file = tmp_path / "exp.json"
    file.write_text('{"model": {"family": "ae", "latent_dim": 3}, "train.epochs": 2}', encoding="utf-8")
    config = resolved("--config", file)
    assert (config["model"]["family"], config["model"]["latent_dim"], config["train"]["epochs"]) == ("ae", 3, 2)
    assert resolved("--config", file, "--model", "vae")["model"]["family"] == "vae"


def test_data_beside_the_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "table.csv").write_text("a,b\n" + 9 * "1,2\n", encoding="utf-8")
    file = tmp_path / "here" / "exp.toml"
    file.write_text('[data]\nsource = "table.csv"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert resolved("--config", file)["data"]["source"] == str(tmp_path / "here" / "table.csv")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.toml", "[model]\nbetta = 4\n", "a.toml: model.betta: no such setting; did you mean model.beta?"),
        ("a.toml", "[models]\nbeta = 4\n", "a.toml: models: no such section; did you mean model?"),
        ("a.toml", "[other]\nbeta = 4\n", "a.toml: other: no such section; the sections are data, model, train"),
        ("a.toml", "epochs = 4\n", "a.toml: epochs: no such setting; did you mean train.epochs?"),
        ("a.toml", "[model]\nbeta = -4\n", "a.toml: model.beta = '-4': must be 0 to 1,000"),
        ("a.toml", "[model]\nbeta = \n", "a.toml: invalid TOML: invalid value (at line 2"),
        ("a.toml", '[model]\nfamily = "vea"\n', "a.toml: unknown model 'vea': did you mean vae?"),
        ("a.toml", "[model]\nbeta = {a = 1}\n", "a.toml: model.beta: write a number, a text, true, false, or a list"),
        ("a.json", '{"model": {"beta": null}}', "a.json: model.beta: write a number, a text"),
        ("a.json", '{"model": {"hidden_widths": [[1]]}}', "or a list of these"),
        ("a.json", '{"model": }', "a.json: invalid JSON at line 1, column 11"),
        ("a.json", "[1]", "a.json: write an object with the sections data, model, train"),
        ("a.json", "[" * 100_000, "a.json: nested too deeply"),
        ("a.yaml", "model:\n", "a.yaml: settings are read from a .toml or a .json file"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_key(name: str, text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert said in fail("train", "--config", tmp_path / name, "--dry-run")


def test_other_wrong_sources_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    assert "cannot be read as text in UTF-8" in fail("train", "--config", tmp_path / "a.toml")
    (tmp_path / "b.toml").write_text("#" * 1_100_000, encoding="utf-8")
    assert "too large for a file of settings" in fail("train", "--config", tmp_path / "b.toml")
    assert "cannot be read (No such file" in fail("train", "--config", tmp_path / "c.toml")
    assert "not a run" in fail("train", "--like", tmp_path)
    assert "--save-config x.txt: its name must end in .toml or .json" in fail("train", "--save-config", "x.txt")


def test_ablate_and_ladder_take_them_too(tmp_path: Path) -> None:
    file = tmp_path / "exp.toml"
    file.write_text("[model]\nbetta = 4\n", encoding="utf-8")
    for command in ("ablate", "ladder"):
        assert "did you mean model.beta?" in fail(command, "--config", file)
        assert "not a run" in fail(command, "--like", tmp_path)
