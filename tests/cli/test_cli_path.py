"""``path``: every kind of file, what it says, and what it refuses."""

import csv
import json

import numpy as np
import pytest
from command_cases import fail, succeed
from PIL import Image

import explorer
from explorer.jobs.queries.path_questions import FollowPath
from explorer.jobs.questions import LoadedModel
from explorer.latent.steps import at_once
from explorer.runs.run_directory import open_run

THROUGH = ("--through", 3, "--through", "0.5,-1", "--through", 17)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "vae"
    fast = ("--threads", "1", "--device", "cpu", "--set", "model.hidden_widths=16")
    succeed("train", "--epochs", 2, "--out", path, *fast)
    return path


def test_arrays_and_table_have_the_path_and_its_measures(run, tmp_path):
    words = ("--steps", 5, "--second", "geodesic", "--spacing", "decoded")
    report = json.loads(succeed("path", run, *THROUGH, *words, "--out", tmp_path / "way.npz", "--json"))
    loaded = explorer.load(run)
    with np.load(tmp_path / "way.npz") as way:
        assert way["z"].shape == (6, 2) and way["decode"].shape == (6, 1, 8, 8) and way["knots"].shape == (3,)
        np.testing.assert_array_equal(way["z"][[0, -1]], [loaded.code_of(3), loaded.code_of(17)])
        steps = np.diff(way["decode"].reshape(6, -1).astype(np.float64), axis=0)
        np.testing.assert_allclose(way["decoded_distance"], np.linalg.norm(steps, axis=1) / 16)
        assert way["nearest_sample"][0] == 3 and way["near_data"][0]
        assert way["second.decoded_length"] <= way["straight_length"] == way["decoded_length"]
    assert [row["method"] for row in report["rows"]] == ["straight", "geodesic"]
    assert "0 to 1" in report["decoded_length_unit"] and report["rows"][0]["not_defined"] == {}
    succeed("path", run, *THROUGH, *words, "--out", tmp_path / "way.csv")
    with (tmp_path / "way.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == [*"012345"] * 2 and rows[0]["decoded_distance"] == ""
    assert float(rows[0]["z1"]) == loaded.code_of(3)[0] and rows[0]["class"] in loaded.description.class_names


def test_films_and_figures_are_drawn(run, tmp_path):
    succeed("path", run, *THROUGH, "--steps", 4, "--loop", "--size", 32, "--out", tmp_path / "way.gif")
    with Image.open(tmp_path / "way.gif") as film:
        assert film.size == (32, 32) and film.n_frames == 4
    two = ("--method", "spline", "--second", "spherical", "--steps", 4)
    succeed("path", run, *THROUGH, *two, "--size", 33, "--out", tmp_path / "way.mp4")
    assert (tmp_path / "way.mp4").stat().st_size > 0
    for name in ("way.png", "again.png", "way.svg", "way.pdf"):
        succeed("path", run, *THROUGH, *two, "--dark", "--out", tmp_path / name)
    assert (tmp_path / "way.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    text = (tmp_path / "way.svg").read_text()
    assert all(part in text for part in ("Spline", "Spherical", "Off-manifold error", "Density of codes", ">A<", ">C<"))


def test_the_command_the_notebook_and_the_window_agree_to_the_bit(run, tmp_path):
    succeed("path", run, *THROUGH, "--method", "geodesic", "--out", tmp_path / "way.npz")
    loaded = explorer.load(run)
    (row,) = loaded.follow_path([3, [0.5, -1], 17], ["geodesic"]).rows
    points = tuple(tuple(map(float, code)) for code in (loaded.code_of(3), [0.5, -1], loaded.code_of(17)))
    model, step = open_run(run).load_model()
    question = FollowPath("r", points, ("geodesic",), codes=explorer.load(run).plane_codes)
    (asked,) = at_once(question.ask(LoadedModel("r", step, model, loaded.description))).rows
    with np.load(tmp_path / "way.npz") as way:
        for one in (row, asked):
            np.testing.assert_array_equal(way["z"], one.z)
            np.testing.assert_array_equal(way["decode"], one.decodes)
            np.testing.assert_array_equal(way["off_manifold_error"], one.measures.error)
            np.testing.assert_array_equal(way["density"], one.measures.density)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("path", "--through", 0, "--through", 9999, "--out", "x.gif"), "no sample 9999"),
        (("path", "--through", 0, "--out", "x.gif"), "--through twice or more"),
        (
            ("path", "--through", 0, "--through", "1,2,3", "--out", "x.gif"),
            "write 2, as the codes of this model have, or",
        ),
        (("path", "--through", 0, "--through", "nan,1", "--out", "x.gif"), "write finite numbers, or a sample index"),
        (("path", "--through", 0, "--through", 1, "--second", "straight", "--out", "x.csv"), "choose another"),
        (("path", "--through", 0, "--through", 1, "--method", "lerp", "--out", "x.gif"), "choose from straight"),
        (("path", "--through", 0, "--through", 1, "--out", "x.txt"), ".mp4"),
        (("interpolate", "--from", 3, "--to", 17, "--out", "x.gif"), "path RUN --through 3 --through 17"),
    ],
)
def test_an_error_says_what_to_write(run, words, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert part in fail(words[0], run, *words[1:])
    assert not list(tmp_path.iterdir())
