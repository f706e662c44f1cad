"""The command ``traverse``: its files, its names of dimensions, and what it refuses."""

import csv
import json
import shutil
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from explorer.api import load_run
from explorer.assets import shipped_runs
from explorer.cli import app

(SHIPPED,) = [path for path in shipped_runs() if path.name == "digits-vae"]


def call(*words: object) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "digits"))


def test_arrays_have_each_row_and_the_same_bits_as_the_notebook(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.npz"
    done = call("traverse", run, "--sample", 5, "--rows", "all", "--steps", 5, "--out", out)
    assert done.exit_code == 0 and "6 rows of 5 decodes around sample 5" in done.stdout
    with np.load(out, allow_pickle=False) as arrays:
        assert arrays["decode"].shape == (6, 5, 1, 8, 8) and arrays["z"].shape == (6, 5, 2)
        assert set(arrays["key"]) == {"z1", "z2", "PC1", "PC2", "u1", "u2"}
        loaded = load_run(run)
        known = loaded.traversals.around(5, steps=5)
        assert arrays["decode"][:2].tobytes() == np.stack([row.decodes for row in known.rows]).tobytes()
        assert arrays["probe"].tobytes() == loaded.code_of(5).tobytes()
        assert np.isfinite(arrays["kl"][:2]).all() and np.isnan(arrays["kl"][2:]).all()


def test_a_table_has_one_line_per_decode(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    assert call("traverse", run, "--z", "0.5,-1", "--range", "codes", "--order", "index", "--out", out).exit_code == 0
    with out.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 26 and lines[6]["coordinate"] == "0.5" == lines[6]["z1"]
    assert {line["key"] for line in lines} == {"z1", "z2"} and float(lines[0]["kl"]) > 0


def test_figures_in_both_themes_and_an_animation(run: Path, tmp_path: Path) -> None:
    grounds = []
    for words in ((), ("--dark", "--difference"), ("--rows", "all", "--size", 24)):
        out = tmp_path / "rows.png"
        assert call("traverse", run, "--sample", 5, "--steps", 3, *words, "--out", out).exit_code == 0
        with Image.open(out) as picture:
            grounds.append((sum(picture.convert("RGB").getpixel((1, 1))), picture.height))
    (light, low), (dark, high), (_, sections) = grounds
    assert light > 600 and dark < 150 and low < high < sections
    for name in ("rows.svg", "rows.pdf", "rows.gif", "rows.mp4"):
        assert call("traverse", run, "--steps", 3, "--out", tmp_path / name).exit_code == 0
    assert "KL, nats" in (tmp_path / "rows.svg").read_text(encoding="utf-8")
    with Image.open(tmp_path / "rows.gif") as film:
        assert film.n_frames == 4  # three steps, and the middle again on the way back
    assert len(imageio.imread(tmp_path / "rows.mp4", plugin="pyav")) > 3  # it stays at the last one


def test_json_says_what_the_rows_are(run: Path, tmp_path: Path) -> None:
    shown = json.loads(call("traverse", run, "--sample", 5, "--out", tmp_path / "a.npz", "--json").stdout)
    (section,) = shown["sections"]
    assert section["ends"] == ["−3σ", "3σ"] and section["change_unit"].startswith("L2")
    kls = [row["kl"] for row in section["rows"]]
    assert kls == sorted(kls, reverse=True) and len(section["rows"][0]["coordinates"]) == 13
    assert section["notes"][0].startswith("Each row spans ±3σ")


def test_names_are_kept_with_the_run_and_shown(run: Path, tmp_path: Path) -> None:
    named = call("traverse", run, "--name", "2=narrow to round", "--name", "z1=slant")
    assert named.exit_code == 0 and "z1 slant, z2 narrow to round" in named.stdout
    assert load_run(run).traversals.names == {0: "slant", 1: "narrow to round"}
    shown = call("traverse", run, "--name", "1=", "--out", tmp_path / "a.csv", "--json").stdout
    assert {row["key"]: row["name"] for row in json.loads(shown)["sections"][0]["rows"]} == {
        "z1": "",
        "z2": "narrow to round",
    }
    figure = tmp_path / "a.svg"
    call("traverse", run, "--out", figure)
    assert "narrow to round" in figure.read_text(encoding="utf-8")


def test_names_of_an_included_run_are_kept_beside_the_users_runs(user_folders: Path) -> None:
    assert call("traverse", SHIPPED, "--name", "1=slant").exit_code == 0
    assert not (SHIPPED / "dimension_names.json").exists()
    assert list(user_folders.rglob("dimension_names/digits-vae.json"))
    assert load_run(SHIPPED).traversals.names == {0: "slant"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "give --out FILE"),
        (("--sample", "5", "--z", "0,0", "--out", "a.png"), "either --sample or --z"),
        (("--out", "a.txt"), "its name must end in"),
        (("--rows", "some", "--out", "a.png"), "choose from dimensions, principal, local, vectors, all"),
        (("--range", "x", "--out", "a.png"), "choose from prior, codes"),
        (("--order", "x", "--out", "a.png"), "choose from kl, index, change"),
        (("--steps", "4", "--out", "a.png"), "try 5"),
        (("--z", "1", "--out", "a.png"), "write 2, as"),
        (("--name", "3=x"), "1 to 2"),
        (("--name", "x"), "1 to 2"),
        (("--name", "1=" + "x" * 81), "at most 80"),
        (("--rows", "vectors", "--out", "a.png"), "keep one with latent-explorer vector --keep"),
        (("--class", "3", "--out", "a.png"), "not conditional"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(words: tuple[str, ...], why: str, tmp_path: Path) -> None:
    given = [str(tmp_path / word) if word.startswith("a.") else word for word in words]
    refused = call("traverse", SHIPPED, *given)
    assert refused.exit_code == 2 and why in refused.stderr and len(refused.stderr.splitlines()) == 1
    assert not list(tmp_path.glob("a.*"))
