"""``plane`` with contours, class Gaussians, posteriors and strips: their numbers and their pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.interpolate import RegularGridInterpolator
from scipy.stats import norm
from sklearn.covariance import EmpiricalCovariance
from typer.testing import CliRunner

from explorer.assets import shipped_runs
from explorer.cli import app

RUNS = {path.name: path for path in shipped_runs()}
MINE = ("contours", "class_contours", "class_gaussians", "all_posteriors", "axis_strips")


def call(*words: object) -> str:
    result = CliRunner().invoke(app, ["plane", *map(str, words)])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    out = tmp_path_factory.mktemp("plane") / "plane.npz"
    call(RUNS["digits-vae"], "--overlay", ",".join(MINE), "--out", out, "--sample", "5,9")
    with np.load(out, allow_pickle=False) as saved:
        return dict(saved)


def test_contours_enclose_their_shares_of_the_codes(numbers):
    density = RegularGridInterpolator(
        (numbers["contours.y"], numbers["contours.x"]), numbers["contours.density"], bounds_error=False, fill_value=0
    )
    here = density(numbers["places"][:, ::-1])
    for share, level in zip(numbers["contours.shares"], numbers["contours.levels"], strict=True):
        assert (here >= level).mean() == pytest.approx(share, abs=0.005)


def test_class_gaussians_are_scikit_learns(numbers):
    assert numbers["class_gaussians.classes"].tolist() == [str(digit) for digit in range(10)]
    for number in range(10):
        fit = EmpiricalCovariance().fit(numbers["places"][numbers["labels"] == number])
        np.testing.assert_allclose(numbers["class_gaussians.means"][number], fit.location_, rtol=1e-6)
        np.testing.assert_allclose(numbers["class_gaussians.covariances"][number], fit.covariance_, rtol=1e-6)


def test_strips_have_the_prior_and_the_posteriors_of_the_samples(numbers):
    low, high = numbers["axis_strips.along.0.ends"]
    prior = numbers["axis_strips.along.0.curves.1.heights"]
    z = low + (np.arange(len(prior)) + 0.5) * (high - low) / len(prior)
    np.testing.assert_allclose(prior, norm.pdf(z), atol=1e-3)
    assert str(numbers["axis_strips.along.0.curves.3.name"]).startswith("probed q(z|x) ÷")


def test_pictures_show_them(tmp_path):
    plain = _pixels(tmp_path, "plain", ["--dark"])
    for name in ("contours", "class_gaussians", "axis_strips"):
        assert (_pixels(tmp_path, name, ["--overlay", name, "--dark"]) != plain).any(), name
    both = _pixels(tmp_path, "sample", ["--overlay", "posterior,axis_strips,all_posteriors", "--sample", "5"])
    assert (both != plain).any()


def _pixels(folder: Path, name: str, words: list[str]) -> np.ndarray:
    call(RUNS["digits-vae"], *words, "--out", folder / f"{name}.png", "--size", 200)
    with Image.open(folder / f"{name}.png") as picture:
        return np.asarray(picture.convert("RGB"))


def test_what_an_autoencoder_lacks_is_refused_with_why(tmp_path):
    words = ["plane", str(RUNS["digits-ae"]), "--overlay", "all_posteriors", "--out", str(tmp_path / "x.png")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2 and "the encoder returns points, without a variance" in result.output
    output = call(RUNS["digits-ae"], "--overlay", "axis_strips", "--out", tmp_path / "strips.png")
    assert "no posteriors to draw: this encoder returns points" in output
