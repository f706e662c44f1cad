"""``posterior``: the bound of one sample, its arrays and picture, and a one-line error for runs without one."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import explorer
from explorer.assets import shipped_runs
from explorer.cli import app


def call(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.stdout


def shipped(name: str) -> Path:
    return next(path for path in shipped_runs() if path.name == name)


def refused(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 2 and result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


def test_the_parts_add_up_and_the_arrays_are_the_posterior(tmp_path: Path) -> None:
    out = tmp_path / "p.npz"
    values = json.loads(call("posterior", shipped("digits-vae"), "--sample", 3, "--json", "--out", out))
    assert (values["method"], values["latent_dim"], values["sample"]) == ("grid", 2, 3)
    assert values["elbo"] == pytest.approx(-values["reconstruction"] - values["kl"])
    assert values["log_likelihood"] == pytest.approx(values["elbo"] + values["gap"])
    assert 0 < values["error"] < 0.05 < values["gap"]
    with np.load(out, allow_pickle=False) as saved:
        masses = np.exp(saved["log_density"]) * saved["sides"].prod(1)
        assert masses.sum() == pytest.approx(1)
        assert masses @ saved["places"] == pytest.approx(values["posterior_mean"])
        assert float(saved["log_likelihood"]) == values["log_likelihood"]
        assert saved["q_covariance"].shape == (2, 2)
    text = call("posterior", shipped("digits-vae"), "--sample", 3)
    assert f"{values['log_likelihood']:.4f} nats" in text and "not a log-density" in text
    again = explorer.load(shipped("digits-vae")).bound(3)
    assert again.log_likelihood == values["log_likelihood"]


def test_the_picture_shows_it(tmp_path: Path) -> None:
    out = tmp_path / "p.png"
    call("posterior", shipped("digits-vae"), "--sample", 2, "--out", out, "--size", 300)
    with Image.open(out) as picture:
        assert picture.size == (300, 300)
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    blue = (pixels[..., 2] - pixels[..., 0] > 80).mean()
    assert 0.002 < blue < 0.2
    assert (pixels.sum(-1) < 150).mean() > 0.002  # q's ellipses and words


def test_more_dimensions_say_why_there_is_no_grid(tmp_path: Path) -> None:
    run = tmp_path / "vae3"
    call("train", "--model", "vae", "--latent-dim", 3, "--epochs", 1, "--threads", 1, "--device", "cpu", "--out", run)
    values = json.loads(call("posterior", run, "--sample", 0, "--importance-samples", 300, "--json"))
    assert (values["method"], values["plain_grid_decodes"]) == ("importance sampling", 8e6)
    assert values["decodes"] >= 300  # until the estimate stands still
    assert "200^3 = 8.0e+06 decodes, so p(x) is intractable" in call("posterior", run, "--sample", 0)
    assert "one or two latent dimensions" in refused("posterior", run, "--sample", 0, "--out", tmp_path / "p.png")
    pictures = call("info", run, "--json")
    assert "log_likelihood" in json.loads(pictures)["losses"]["validation"]


def test_one_dimension_is_drawn_as_curves(tmp_path: Path) -> None:
    run, out = tmp_path / "vae1", tmp_path / "p.png"
    call("train", "--model", "vae", "--latent-dim", 1, "--epochs", 1, "--threads", 1, "--device", "cpu", "--out", run)
    values = json.loads(call("posterior", run, "--sample", 0, "--json", "--out", out))
    assert values["method"] == "grid" and values["error"] < 0.05
    assert out.stat().st_size > 1000


def test_what_has_no_posterior_is_refused_in_one_line() -> None:
    assert "no prior" in refused("posterior", shipped("digits-ae"), "--sample", 0)
    assert "no sample 5000" in refused("posterior", shipped("digits-vae"), "--sample", 5000)
    assert ".npz, .png, .svg or .pdf" in refused("posterior", shipped("digits-vae"), "--sample", 0, "--out", "x.gif")
