"""``counterfactual`` on the command line."""

import csv
import json
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import explorer
from explorer.assets import shipped_runs
from explorer.cli import app

RUN = next(path for path in shipped_runs() if path.name == "digits-vae")


def call(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("suffix", [".png", ".svg", ".gif", ".mp4"])
def test_a_strip_is_written(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"strip{suffix}"
    status, text, error = call("counterfactual", RUN, 0, "--steps", 5, "--size", 80, "--out", out)
    assert status == 0, error
    assert "Its decode is predicted as 0" in text and "other samples predicted as 0" in text
    if suffix == ".svg":
        assert ">0 100 %</text>" in out.read_text()
    elif suffix == ".mp4":
        assert imageio.imread(out, plugin="pyav").shape[1:] == (80, 80, 3)
    else:
        with Image.open(out) as picture:
            assert getattr(picture, "n_frames", 1) == (8 if suffix == ".gif" else 1)


def test_arrays_table_and_json_agree_with_the_notebook(tmp_path: Path) -> None:
    words = ("counterfactual", RUN, 0, "--class", "6", "--seed", 3)
    status, text, error = call(*words, "--out", tmp_path / "a.npz", "--json")
    assert status == 0, error
    output, found = json.loads(text), explorer.load(RUN).counterfactual(0, "6", seed=3)
    assert (output["from_class"], output["to_class"]) == ("0", "6")
    assert output["distance"] == found.distance <= output["nearest_distance"]
    with np.load(tmp_path / "a.npz") as arrays:
        assert np.array_equal(arrays["code"], found.code)
        assert arrays["shares"].shape == (13, 10)
        assert arrays["z"].tolist()[0] == output["waypoints"][0]
    assert call(*words, "--out", tmp_path / "a.csv")[0] == 0
    heads, *rows = list(csv.reader((tmp_path / "a.csv").read_text().splitlines()))
    assert heads[:2] == ["t", "class"] and heads[-1] == "z2"
    assert rows[0][1] == "0" and rows[-1][1] == "6"


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ((0, "--class", "0"), "already predicted as 0"),
        ((0, "--class", "cat"), "class 'cat'"),
        ((99999,), "no sample 99999"),
        ((0, "--size", 4), "--size"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, words: tuple[object, ...], fault: str) -> None:
    status, _, error = call("counterfactual", RUN, *words, "--out", tmp_path / "a.png")
    assert status == 2
    assert len(error.splitlines()) == 1 and fault in error, error
