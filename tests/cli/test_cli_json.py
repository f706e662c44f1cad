"""Everything that a command prints with --json is as docs/command-line.schema.json says."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from command_cases import call, succeed
from json_schema import FILE, documented, schemas
from jsonschema import Draft202012Validator
from PIL import Image
from typer.main import get_command

from explorer.cli import app
from explorer.cli.shell.json_output import SCHEMA_VERSION
from explorer.runs.run_directory import open_run

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"
VAE, AE = CHECKPOINTS / "digits-vae", CHECKPOINTS / "digits-ae"
COMMANDS = {name: one for name, one in get_command(app).commands.items() if not one.hidden}  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    picture = np.zeros((28, 28), np.uint8)
    picture[4:24, 12:16] = 255
    Image.fromarray(picture).save("own.png")
    Path("table.csv").write_text("a,b,kind\n" + "1,2,x\n3,4,y\n5,,x\n" * 9, encoding="utf-8")
    return tmp_path


def test_the_schemas_are_valid_and_of_this_version() -> None:
    for schema in schemas().values():
        Draft202012Validator.check_schema(schema)
    assert schemas()["versioned"]["properties"]["schema_version"]["const"] == SCHEMA_VERSION


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_with_json_has_a_schema(name: str) -> None:
    has_json = any("--json" in param.opts for param in COMMANDS[name].params)
    assert not has_json or name in schemas(), f"describe the output of {name} in {FILE.name}"
    assert has_json or name == "gui"


@pytest.mark.parametrize(
    "words",
    [
        ("train", "--dry-run"),
        ("information", "--p", "0.5,0.5", "--q", "0.9,0.1"),
        ("information", "--p", "0,1", "--q", "1,0", "--bits"),
        ("information", "--gaussian", "1,0.5"),
        ("information", "--preset", "heights"),
        ("information", "--preset", "cow-and-duck"),
        ("compare", VAE, AE),
        ("info", VAE),
        ("evaluate", VAE),
        ("evaluate", AE),
        ("posterior", VAE, "--sample", 3, "--derive", "--out", "p.npz"),
        ("blend", VAE, "--pin", 3, "--pin", 5, "--out", "b.npz"),
        ("blend", VAE, "--pin", 3, "--pin", "0,0", "--grid", 3, "--out", "b.csv"),
        ("counterfactual", VAE, 3, "--out", "c.npz"),
        ("decode", VAE, "--z", "0,0", "--out", "d.npy"),
        ("encode", VAE, "--out", "e.npz"),
        ("encode", VAE, "--file", "own.png"),
        ("path", VAE, "--through", 3, "--through", 9, "--steps", 4, "--out", "w.npz", "--second", "spline"),
        ("plane", VAE, "--overlay", "prior_rings", "--out", "p.npz"),
        ("plane", VAE, "--sheet", 3, "--out", "p.npz"),
        ("reconstruct", VAE, "--sample", 3, "--corruption", "gaussian", "--out", "r.npz"),
        ("sample", VAE, "--count", 4, "--out", "s.npz"),
        ("sample", VAE, "--count", 4, "--from", "mixture", "--out", "s.npz"),
        ("sample", AE, "--count", 4, "--out", "s.csv"),
        ("traverse", VAE, "--sample", 3, "--steps", 3, "--rows", "all", "--out", "t.npz"),
        ("vector", VAE, "--plus", "class 3", "--minus", "class 5", "--apply", 3, "--in", AE),
        ("vector", VAE, "--analogy", "3,5,7"),
        ("vector", VAE, "--list"),
        ("inspect", "digits"),
        ("inspect", "table.csv"),
        ("datasets",),
        ("models",),
        ("runs",),
        ("export", VAE, "--safetensors", "--out", "x.safetensors"),
    ],
    ids=lambda words: " ".join(str(word) for word in words if not isinstance(word, Path)),
)  # fmt: skip
def test_what_is_printed_is_documented(words: tuple[object, ...]) -> None:
    documented(str(words[0]), succeed(*words, "--json"))


def test_a_training_its_resume_and_its_replay() -> None:
    quick = ("--epochs", 1, "--threads", 1, "--device", "cpu", "--set", "model.hidden_widths=8")
    documented("train", succeed("train", *quick, "--out", "r", "--json"))
    documented("resume", succeed("resume", "r", "--epochs", 2, "--json"))
    documented("replay", succeed("replay", "r", "--out", "r.npz", "--json"))


def test_a_kept_vector_names_and_removed_runs(folder: Path) -> None:
    shutil.copytree(VAE, "mine")
    documented("vector", succeed("vector", "mine", "--plus", "class 3", "--minus", "class 5", "--keep", "v", "--json"))
    documented("vector", succeed("vector", "mine", "--kept", "v", "--apply", 3, "--json"))
    documented("vector", succeed("vector", "mine", "--list", "--json"))
    documented("traverse", succeed("traverse", "mine", "--name", "1=slant", "--json"))
    documented("runs", succeed("runs", "--remove", "mine", "--yes", "--json"))


def test_linear_models_and_words(folder: Path) -> None:
    quick = ("--threads", 1, "--device", "cpu")
    succeed("train", "--model", "pca", "--out", "pca", *quick)
    documented("components", succeed("components", "pca", "--out", "c.npz", "--json"))
    Path("text.txt").write_text(
        "the cat sat on the mat the dog sat on the rug a cat saw a dog\n" * 40, encoding="utf-8"
    )
    succeed(
        "train",
        "--model",
        "skip-gram",
        "--data",
        "text.txt",
        "--set",
        "data.text_as=words",
        "--epochs",
        1,
        "--out",
        "words",
        *quick,
    )
    documented("words", succeed("words", "words", "--nearest", "cat", "--json"))
    documented("words", succeed("words", "words", "--analogy", "cat,dog,mat", "--json"))
    documented("decode", succeed("decode", "words", "--z", "cat", "--out", "d.npy", "--json"))


def test_an_import() -> None:
    from safetensors.torch import save_file

    weights, _ = open_run(VAE).load_model()
    save_file(dict(weights.state_dict()), "weights.safetensors")
    words = ("import", "weights.safetensors", "--data", "digits", "--json")
    assert "run" not in documented("import", succeed(*words, "--dry-run"))
    assert documented("import", succeed(*words, "--out", "r"))["run"] == "r"


@pytest.mark.parametrize(
    "words", [("info", "nosuch"), ("train", "--epochs", "x"), ("bogus",), ("datasets", "--fetch", "x")]
)
def test_errors_are_documented(words: tuple[str, ...]) -> None:
    documented("error", call(*words, "--json").stderr)
