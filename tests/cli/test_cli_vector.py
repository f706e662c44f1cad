"""``vector``: the same numbers as the notebook, every form of output, kept vectors, and errors of one line."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import imageio.v3 as imageio
import numpy as np
import pytest
from command_cases import call, fail, succeed
from job_cases import config_of, trained
from PIL import Image

from explorer.api import load_run
from explorer.config import MODEL_CONFIGS, ConfigError, DataConfig
from explorer.data import catalog

PAIR = ("--plus", "class 3", "--minus", "class 8")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    digits = catalog.load(DataConfig(source="digits"))
    return trained(tmp_path_factory.mktemp("runs") / "digits", config_of("ae", epochs=2, batch_size=128), digits)


def test_the_command_prints_what_the_notebook_returns(run: Path) -> None:
    found = json.loads(succeed("vector", run, *PAIR, "--by", "class", "--json"))
    assert found["by"] == "class" and "No class has samples in both groups" in found["notes"][0]
    found = json.loads(succeed("vector", run, *PAIR, "--seed", 1, "--apply", 5, "--strengths", "-1,0,1", "--json"))
    loaded = load_run(run)
    vector = loaded.vectors.make("class 3", "class 8", seed=1)
    assert found["values"] == vector.values.tolist()
    assert vector.certainty is not None and found["wide_angle"] == vector.certainty.wide_angle
    assert found["plus"] == {"name": "class 3", "samples": 183}
    applied = loaded.vectors.apply(5, vector, (-1, 0, 1))
    assert found["applied"]["z"] == applied.codes.tolist() and found["applied"]["nearest"][1] == 5
    text = succeed("vector", run, *PAIR)
    assert f"{found['right']:,} of {found['tested']:,}" in text and found["verdict"] in text


def test_every_form_of_output_is_written(run: Path, tmp_path: Path) -> None:
    strip = (*PAIR, "--apply", 5, "--strengths", "-1,0,2")
    for name, more in (("a.png", ()), ("a.svg", ("--dark",)), ("a.pdf", ())):
        succeed("vector", run, *strip, "--out", tmp_path / name, *more)
        assert (tmp_path / name).stat().st_size > 5_000
    succeed("vector", run, *PAIR, "--out", tmp_path / "plain.png")
    with Image.open(tmp_path / "a.png") as full, Image.open(tmp_path / "plain.png") as plain:
        assert full.width == plain.width and full.height > plain.height
    succeed("vector", run, *strip, "--out", tmp_path / "a.gif", "--size", 32)
    with Image.open(tmp_path / "a.gif") as film:
        assert film.size == (32, 32) and getattr(film, "n_frames", 0) == 4
    succeed("vector", run, *strip, "--out", tmp_path / "a.mp4", "--size", 32)
    assert imageio.imread(tmp_path / "a.mp4", plugin="pyav").shape[1:] == (32, 32, 3)
    succeed("vector", run, *strip, "--out", tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["decodes"].shape == (3, 1, 8, 8) and len(arrays["angles"]) == 2_000
        assert np.allclose(arrays["z"][2] - arrays["z"][1], 2 * arrays["vector"], atol=1e-6)
        assert len(arrays["plus_positions"]) == 183
    succeed("vector", run, *strip, "--out", tmp_path / "a.csv")
    succeed("vector", run, *PAIR, "--out", tmp_path / "b.csv")
    with (tmp_path / "a.csv").open(newline="") as file, (tmp_path / "b.csv").open(newline="") as other:
        assert [row["strength"] for row in csv.DictReader(file)] == ["-1.0", "0.0", "2.0"]
        assert sum(row["group"] == "plus" for row in csv.DictReader(other)) == 183


def test_vectors_are_kept_exported_imported_and_removed(run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(run, tmp_path / "run"))
    file, exported = tmp_path / "members.txt", tmp_path / "vector.json"
    file.write_text("3, 13\n23 45")
    made = json.loads(
        succeed(
            "vector", run, "--plus", f"@{file}", "--minus", "class 8", "--keep", "mine", "--export", exported, "--json"
        )
    )
    assert made["plus"] == {"name": "members", "samples": 4}
    assert "mine" in succeed("vector", run, "--list")
    kept = json.loads(succeed("vector", run, "--kept", "mine", "--apply", 5, "--json"))
    assert kept["values"] == made["values"] and kept["wide_angle"] == made["wide_angle"]
    succeed("vector", run, "--import", exported, "--keep", "yours")
    names = [one["name"] for one in json.loads(succeed("vector", run, "--list", "--json"))["vectors"]]
    assert names == ["mine", "yours"]
    succeed("vector", run, "--kept", "mine", "--apply", 5, "--out", tmp_path / "strip.png")
    assert "yours" not in succeed("vector", run, "--remove", "yours")
    assert "it keeps mine" in fail("vector", run, "--kept", "yours")


def test_a_vector_is_carried_to_another_run(run: Path, tmp_path: Path) -> None:
    digits = catalog.load(DataConfig(source="digits"))
    other = trained(tmp_path / "other", config_of("vae", latent_dim=3, epochs=1, batch_size=256), digits)
    found = json.loads(succeed("vector", run, *PAIR, "--in", other, "--json"))["other"]
    assert found["run"] == "other" and found["plus"]["samples"] == 183
    assert found["values"] == load_run(other).vectors.make("class 3", "class 8").values.tolist()
    # Samples that were chosen one by one exist in other runs of the same data only.
    made = load_run(run).vectors
    record = made.record("chosen", made.make((1, 2, 3), (4, 5, 6)))
    assert load_run(other).vectors.carry(record).plus.samples.tolist() == [1, 2, 3]
    unlike = trained(tmp_path / "unlike", config_of("ae"))
    with pytest.raises(ConfigError, match="chosen sample by sample from other data"):
        load_run(unlike).vectors.carry(record)
    with pytest.raises(ConfigError, match="'3' is not one of the classes; the classes are a, b, c"):
        load_run(unlike).vectors.carry(made.record("searched", made.make("class 3", "class 8"), ("class 3", "class 8")))


def test_other_weights_are_reported(run: Path, tmp_path: Path) -> None:
    exported = tmp_path / "vector.json"
    succeed("vector", run, *PAIR, "--export", exported)
    value = json.loads(exported.read_text())
    value["weights"] = "0" * 64
    exported.write_text(json.dumps(value))
    result = call("vector", run, "--import", exported)
    assert result.exit_code == 0 and "was made with other weights" in result.stderr


def test_an_analogy_is_decoded(run: Path, tmp_path: Path) -> None:
    found = json.loads(succeed("vector", run, "--analogy", "7,7,12", "--json"))
    assert found["nearest"] == 12 and found["nearest_is_of"] == "sample 12"
    text = succeed("vector", run, "--analogy", "class 3; class 8, 9; 12", "--out", tmp_path / "a.png")
    assert text.startswith("class 3 − class 8, 9 + sample 12: nearest is sample")
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.width > 4 * sheet.height
    succeed("vector", run, "--analogy", "1,2,3", "--out", tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["decodes"].shape == (3, 1, 8, 8)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ((), "choose one vector: --plus GROUP and --minus GROUP, or --kept NAME, or --import FILE"),
        (("--plus", "class 3"), "choose one vector"),
        ((*PAIR, "--kept", "x"), "choose one vector"),
        (("--plus", "class 33", "--minus", "class 3"), "--plus: at 'class' (position 1 of the search): '33' is not"),
        (("--plus", "index 5000-6000", "--minus", "class 3"), "'index 5000-6000' finds no samples of digits"),
        (("--plus", "@none.txt", "--minus", "class 3"), "--plus: none.txt: cannot be read"),
        (("--plus", "@words.txt", "--minus", "class 3"), "write sample indices, separated by spaces, commas or lines"),
        (("--plus", "@far.txt", "--minus", "class 3"), "has no sample 5000"),
        ((*PAIR, "--by", "persn"), "there is no column 'persn'"),
        ((*PAIR, "--strengths", "1,x"), "write numbers separated by commas"),
        ((*PAIR, "--strengths", "nan"), "finite"),
        ((*PAIR, "--apply", "1,2,3"), "--apply"),
        ((*PAIR, "--apply", "9999"), "no sample 9999"),
        ((*PAIR, "--apply", 3, "--class", "1"), "not conditional"),
        ((*PAIR, "--out", "a.gif"), "needs --apply"),
        ((*PAIR, "--out", "a.mp3"), "must end in"),
        (("--analogy", "1,2"), "write three samples or groups"),
        (("--analogy", "1,2,9999"), "has no sample 9999"),
        (("--import", "words.txt"), "words.txt: not JSON"),
        (("--remove", "x"), "keeps no vector 'x'; it keeps none yet"),
    ],
)
def test_errors_say_what_to_write(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[Any, ...], fault: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("words.txt").write_text("one two")
    Path("far.txt").write_text("1 5000")
    assert fault in fail("vector", run, *words)


def test_a_model_without_an_encoder_has_no_vectors(run: Path, tmp_path: Path) -> None:
    model = MODEL_CONFIGS["gan"](latent_dim=2, generator_widths=(8,), discriminator_widths=(8,))
    gan = trained(tmp_path / "gan", replace(config_of(epochs=1), model=model))
    assert "samples have no codes; choose a run with an encoder" in fail("vector", gan, *PAIR)
    assert "--in gan: the model has no encoder" in fail("vector", run, *PAIR, "--in", gan)
