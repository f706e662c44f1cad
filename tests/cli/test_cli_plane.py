"""``plane``: overlays of a run's plane as arrays and pictures, without a window."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.stats import norm
from typer.testing import CliRunner

import explorer
from explorer.assets import shipped_runs
from explorer.cli import app
from explorer.jobs.overlays.catalog import NAMES

LACKS = {"words": "not words", "thumbnails": "zoom in", "drift": "no replay"}


@pytest.fixture(scope="module")
def runs() -> dict[str, Path]:
    return {path.name: path for path in shipped_runs()}


def call(*words: object) -> str:
    result = CliRunner().invoke(app, ["plane", *map(str, words)])
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*words: object) -> str:
    result = CliRunner().invoke(app, ["plane", *map(str, words)])
    assert result.exit_code == 2
    return result.output.strip()


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"), np.float64)


def cells(box: np.ndarray, values: np.ndarray) -> np.ndarray:
    left, right, bottom, top = box
    rows, columns = values.shape
    x, y = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
    return np.stack([left + (right - left) * x, bottom + (top - bottom) * y], -1).reshape(-1, 2).astype(np.float32)


def test_the_numbers_are_those_of_the_model(runs, tmp_path):
    out = tmp_path / "plane.npz"
    words = (runs["digits-vae"], "--overlay", "off_manifold,manifold", "--out", out, "--size", 160, "--box=-2,1,-1,2")
    output = json.loads(call(*words, "--json"))
    assert output["box"] == [-2, 1, -1, 2] and set(output["overlays"]) == {"off_manifold", "manifold"}
    run = explorer.load(runs["digits-vae"])
    with np.load(out, allow_pickle=False) as saved:
        z = cells(saved["off_manifold.box"], saved["off_manifold.values"])
        back, _ = run.encode(run.decode(z))
        expected = np.linalg.norm(back.astype(np.float64) - z, axis=1)
        assert np.allclose(saved["off_manifold.values"].ravel(), expected, atol=2e-3)
        assert str(saved["off_manifold.unit"]) == "latent units"
        decoded = run.decode(saved["manifold.places"].astype(np.float32))
        assert np.allclose(saved["manifold.samples"], decoded, atol=1e-3)
        assert saved["places"].shape == (1797, 2) and saved["labels"].shape == (1797,)


def test_a_picture_has_the_overlay_and_the_points_above_it(runs, tmp_path):
    empty, shaded = tmp_path / "empty.png", tmp_path / "shaded.png"
    for out, overlays in ((empty, ""), (shaded, "off_manifold,regions,posterior")):
        call(runs["digits-vae"], "--overlay", overlays, "--out", out, "--size", 200, "--sample", "1000,3")
    pictures = [pixels(path) for path in (empty, shaded)]
    assert pictures[0].shape == pictures[1].shape == (200, 200, 3)
    corner = pictures[0][46, 52], pictures[1][46, 52]
    assert (corner[0] == 255).all() and (corner[1] < 240).any()
    call(runs["digits-vae"], "--out", empty, "--size", 200, "--dark")
    assert pixels(empty).mean() < 60


def test_a_sheet_is_even_in_the_priors_quantiles(runs, tmp_path):
    arrays, picture = tmp_path / "sheet.npz", tmp_path / "sheet.png"
    assert "25 decodes" in call(runs["digits-vae"], "--sheet", 5, "--out", arrays)
    with np.load(arrays, allow_pickle=False) as saved:
        assert np.allclose(norm.cdf(saved["z"][:5, 0]), [0.1, 0.3, 0.5, 0.7, 0.9], atol=1e-6)
        assert np.allclose(norm.cdf(saved["z"][::5, 1]), [0.9, 0.7, 0.5, 0.3, 0.1], atol=1e-6)
        middle = explorer.load(runs["digits-vae"]).decode([[0.0, 0.0]])
        assert np.allclose(saved["decode"][12], middle[0], atol=1e-3)
    call(runs["digits-vae"], "--sheet", 5, "--out", picture, "--size", 200)
    assert pixels(picture).shape == (200, 200, 3)


def test_what_cannot_be_done_is_said_in_one_line(runs, tmp_path):
    out, ae, vae = tmp_path / "x.png", runs["digits-ae"], runs["digits-vae"]
    assert "the model has no prior" in refused(ae, "--overlay", "prior_manifold", "--out", out)
    assert "no prior" in refused(ae, "--sheet", 4, "--out", out)
    unknown = refused(vae, "--overlay", "nonsense", "--out", out)
    assert all(name in unknown for name in NAMES)
    assert "zoom in" in refused(vae, "--overlay", "thumbnails", "--out", out)
    assert "four numbers" in refused(vae, "--box", "1,2", "--out", out)
    assert "left must be below right" in refused(vae, "--box", "1,-1,0,1", "--out", out)
    assert "no code of this sample" in refused(vae, "--sample", "99999", "--out", out)
    assert "whole numbers" in refused(vae, "--sample", "a", "--out", out)
    assert "its model is not conditional" in refused(vae, "--class", "3", "--overlay", "manifold", "--out", out)
    assert "must end in" in refused(vae, "--out", tmp_path / "x.gif")
    assert not out.exists()


@pytest.mark.parametrize("box", ["0,1e-30,0,1", "-1e9,1e9,0,1", "1e6,1.0000001e6,0,1", "1,0,0,1", "nan,1,0,1"])
def test_a_box_narrower_than_float_precision_is_refused(runs, tmp_path, box):
    printed = refused(runs["digits-vae"], "--out", tmp_path / "p.png", f"--box={box}")
    assert f"--box {box}" in printed and "went wrong" not in printed


def test_boxes_far_out_or_close_up_are_drawn(runs, tmp_path):
    out, names = tmp_path / "p.png", "prior_manifold,class_gaussians,contours"
    printed = call(runs["digits-vae"], "--out", out, "--size", 96, "--overlay", names, "--box=50,60,50,60")
    assert "the prior has almost no mass here" in printed
    call(runs["digits-vae"], "--out", out, "--size", 96, "--overlay", names, "--box=0,1e-9,0,1e-9")
    assert pixels(out).std() > 0, "a decode that is far larger than the picture fills it"


def test_help_lists_exactly_the_catalogue_and_loads_no_model():
    printed = " ".join(call("--help").replace("│", " ").split())
    listed = printed.split("Overlays: ")[1].split(".")[0].split(", ")
    assert [name.replace(" ", "") for name in listed] == list(NAMES)
    code = "import sys, explorer.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_overlay_is_drawn_and_saved_or_says_why_not(runs, tmp_path, name):
    """The shipped VAE of digits has all overlays but the words and what needs a replay or room for pictures."""
    picture, arrays = tmp_path / "plane.png", tmp_path / "plane.npz"
    more = ("--overlay", name, "--sample", "3,17", "--size", 128)
    if name in LACKS:
        assert LACKS[name] in refused(runs["digits-vae"], *more, "--out", picture)
        return
    plain = tmp_path / "plain.png"
    call(runs["digits-vae"], *more[2:], "--out", plain)
    printed = json.loads(call(runs["digits-vae"], *more, "--out", picture, "--json"))
    assert list(printed["overlays"]) == [name]
    assert (pixels(picture).shape != pixels(plain).shape) or (pixels(picture) != pixels(plain)).any()
    call(runs["digits-vae"], *more, "--out", arrays)
    with np.load(arrays, allow_pickle=False) as saved:
        own = [key for key in saved.files if key.startswith(f"{name}.") and key != f"{name}.words"]
        assert own and any(saved[key].size > 1 for key in own)
        if printed["overlays"][name]:
            assert str(saved[f"{name}.words"]) == printed["overlays"][name]


def test_overlays_of_a_repeated_option_are_all_drawn(runs: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "p.png"
    shown = call(runs["digits-vae"], "--overlay", "prior_rings", "--overlay", "contours", "--out", out, "--json")
    assert list(json.loads(shown)["overlays"]) == ["prior_rings", "contours"]


def test_points_can_be_coloured_by_density_and_by_error(runs, tmp_path):
    for name, word in (("density", "of the highest density"), ("reconstruction", "nats")):
        call(runs["digits-vae"], "--colour", name, "--out", tmp_path / f"{name}.svg")
        said = (tmp_path / f"{name}.svg").read_text()
        assert word in said and "digits-vae" in said and "Variational autoencoder" in said
