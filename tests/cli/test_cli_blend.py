"""``blend`` on the command line."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import explorer
from explorer.assets import shipped_runs
from explorer.cli import app
from explorer.cli.latent.blends import read_shares
from explorer.config import ConfigError

RUN = next(path for path in shipped_runs() if path.name == "digits-vae")


def call(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_figure_shows_pins_and_blend(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"blend{suffix}"
    status, text, error = call("blend", RUN, "--pin", 3, "--pin", 17, "--shares", "0.7,0.3", "--size", 80, "--out", out)
    assert status == 0, error
    assert "0.7 A (sample 3) + 0.3 B (sample 17)" in text
    assert "off-manifold error" in text and "near data" in text
    if suffix == ".png":
        with Image.open(out) as picture:
            assert picture.size[0] >= 3 * 80
    elif suffix == ".svg":
        assert "pixel average" in out.read_text()


def test_arrays_and_json_are_those_of_the_notebook(tmp_path: Path) -> None:
    out = tmp_path / "blend.npz"
    status, text, error = call("blend", RUN, "--pin", 3, "--pin", "0.5,-1", "--shares", "3,1", "--out", out, "--json")
    assert status == 0, error
    output, run = json.loads(text), explorer.load(RUN)
    assert output["shares"] == [0.75, 0.25]
    assert [pin["sample"] for pin in output["pins"]] == [3, None]
    assert output["averaged_decodes"] == [1]
    assert output["not_defined"] == {}
    with np.load(out) as arrays:
        blend = run.blends.decode((3, [0.5, -1]), (0.75, 0.25))
        assert np.array_equal(arrays["decode"], blend.decode)
        assert np.array_equal(arrays["z"], blend.z)
        assert output["z"] == arrays["z"].tolist()
        assert arrays["samples"].tolist() == [3, -1]


def test_a_table_has_a_row_for_each_pin(tmp_path: Path) -> None:
    out = tmp_path / "blend.csv"
    assert call("blend", RUN, "--pin", 3, "--pin", 17, "--out", out)[0] == 0
    heads, *rows = list(csv.reader(out.read_text().splitlines()))
    assert heads == ["point", "sample", "share", "z1", "z2"]
    assert [row[0] for row in rows] == ["A", "B", "blend"]
    assert float(rows[2][3]) == pytest.approx((float(rows[0][3]) + float(rows[1][3])) / 2, rel=1e-5)


@pytest.mark.parametrize(("pins", "count"), [((3, 17), 5), ((3, 17, 100), 15)])
def test_a_grid_has_all_steps(tmp_path: Path, pins: tuple[int, ...], count: int) -> None:
    chosen = [word for pin in pins for word in ("--pin", pin)]
    for name in ("grid.png", "grid.npz", "grid.csv"):
        out = tmp_path / name
        status, text, error = call("blend", RUN, *chosen, "--grid", 4, "--size", 40, "--out", out)
        assert status == 0, error
        assert f"{count} blends of {len(pins)} pins" in text
    with np.load(tmp_path / "grid.npz") as arrays:
        assert arrays["decodes"].shape == (count, 1, 8, 8)
        assert arrays["shares"].sum(axis=1) == pytest.approx(np.ones(count))
    assert len(list(csv.reader((tmp_path / "grid.csv").read_text().splitlines()))) == count + 1


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--pin", 3), "give --pin 2 to 8 times"),
        (("--pin", 3, "--pin", 9999), "no sample 9999"),
        (("--pin", 3, "--pin", "1,2,3"), "has 3 numbers"),
        (("--pin", 3, "--pin", 4, "--shares", "1"), "one for each --pin"),
        (("--pin", 3, "--pin", 4, "--shares", "a,b"), "comma-separated numbers"),
        (("--pin", 3, "--pin", 4, "--shares", "0.5,0.5", "--grid", 3), "either --shares or --grid"),
        (("--pin", 1, "--pin", 2, "--pin", 3, "--pin", 4, "--grid", 3), "two or three pins"),
        (("--pin", 3, "--pin", 4, "--class", "2"), "not conditional"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, words: tuple[object, ...], fault: str) -> None:
    status, _, error = call("blend", RUN, *words, "--out", tmp_path / "a.png")
    assert status == 2
    assert len(error.splitlines()) == 1 and fault in error, error


def test_weights_are_read_and_scaled() -> None:
    assert read_shares("", 4) == (0.25,) * 4
    assert read_shares("0.1,0.2,0.7", 3) == (0.1, 0.2, 0.7)
    assert read_shares("2,6", 2) == (0.25, 0.75)
    for text in ("-1,2", "0,0", "nan,1", "inf,1"):
        with pytest.raises(ConfigError, match="at least 0"):
            read_shares(text, 2)
