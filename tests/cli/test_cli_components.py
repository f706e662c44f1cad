"""``components``: figures, pictures and arrays of linear runs, and a one-line error for other runs."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.stats import multivariate_normal
from sklearn.decomposition import PCA
from typer.testing import CliRunner

import explorer
from explorer.cli import app
from explorer.data.dataset import Dataset


def call(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for model, epochs in (("pca", 1), ("linear-ae", 2), ("ae", 1)):
        call("train", "--model", model, "--epochs", epochs, "--threads", 1, "--device", "cpu", "--out", folder / model)
    return folder


def test_the_figures_are_pcas(runs: Path, digits: Dataset) -> None:
    values = json.loads(call("components", runs / "pca", "--json"))
    reference = PCA(20).fit(digits.model_inputs(digits.splits.train).reshape(-1, 64)).explained_variance_ratio_
    assert np.allclose(values["explained_variance_ratio"], reference, atol=1e-5)
    assert np.allclose(values["cumulative"], np.cumsum(reference), atol=1e-5)
    assert values["kept"] == pytest.approx(reference[:2].sum(), abs=1e-5)
    assert (values["solver"], values["share_of"], values["angle_to_pca_degrees"]) == ("exact", "variance", None)
    assert "of the variance" in call("components", runs / "pca")


def test_a_trained_run_prints_its_angle_and_saves_pictures_and_arrays(runs: Path, tmp_path: Path) -> None:
    picture, arrays = tmp_path / "parts.png", tmp_path / "parts.npz"
    values = json.loads(call("components", runs / "linear-ae", "--out", picture, "--size", 40, "--json"))
    assert 0 < values["angle_to_pca_degrees"] <= 90 and values["out"] == str(picture)
    with Image.open(picture) as opened:
        assert opened.size[0] == 2 * 44 + 4
    assert "degrees" in call("components", runs / "linear-ae", "--out", arrays)
    with np.load(arrays, allow_pickle=False) as saved:
        assert saved["components"].shape == saved["pca_components"].shape == (2, 1, 8, 8)
        assert float(saved["angle_to_pca_degrees"]) == pytest.approx(values["angle_to_pca_degrees"])
    assert explorer.load(runs / "linear-ae").linear_parts().angle == pytest.approx(values["angle_to_pca_degrees"])


def test_what_is_not_linear_is_refused_in_one_line(runs: Path) -> None:
    result = CliRunner().invoke(app, ["components", str(runs / "ae")])
    assert result.exit_code == 2 and result.stdout == ""
    assert "has no components for a ae" not in result.stderr
    assert "ae has no components" in result.stderr and len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("family", "setting"), [("mixture-vae", "model.components=3"), ("vamp-vae", "model.pseudo_inputs=3")]
)
def test_a_learned_prior_is_made_of_gaussians(family: str, setting: str, tmp_path: Path) -> None:
    fast = ("--epochs", 1, "--threads", 1, "--device", "cpu", "--set", "model.hidden_widths=16", "--set", setting)
    call("train", "--model", family, *fast, "--out", tmp_path / "run")
    prior = explorer.load(tmp_path / "run").prior
    assert prior is not None
    values = json.loads(call("components", tmp_path / "run", "--out", tmp_path / "x.npz", "--json"))
    assert np.shape(values["means"]) == (3, 2) and values["shares"] == sorted(values["shares"], reverse=True)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as saved:
        weights, means, covariances = (saved[name] for name in ("weights", "means", "covariances"))
    z = np.array([[0.3, -0.8], [1.0, 0.0]])
    parts = [multivariate_normal(mean, cov).pdf(z) for mean, cov in zip(means, covariances, strict=True)]
    assert np.allclose(prior.log_prob(z), np.log(weights @ parts), atol=1e-4)
    text = call("components", tmp_path / "run", "--out", tmp_path / "x.png", "--size", 40)
    assert len(text.splitlines()) == 3 and "of the prior, mean" in text
    with Image.open(tmp_path / "x.png") as opened:
        assert opened.size == (2 * 44 + 4, 2 * 44 + 4)


IDENTITY = ("--model", "ae", "--set", "model.activation=identity", "--threads", 1, "--device", "cpu")


def test_an_autoencoder_that_is_linear_by_its_settings_has_components(tmp_path: Path, digits: Dataset) -> None:
    run, arrays = tmp_path / "linear", tmp_path / "parts.npz"
    call("train", *IDENTITY, "--set", "model.likelihood=gaussian", "--epochs", 3, "--out", run)
    values = json.loads(call("components", run, "--out", arrays, "--json"))
    reference = PCA(20).fit(digits.model_inputs(digits.splits.train).reshape(-1, 64)).explained_variance_ratio_
    assert np.allclose(values["explained_variance_ratio"], reference, atol=1e-5)
    assert values["kept"] <= reference[:2].sum() + 1e-6 and 0 < values["angle_to_pca_degrees"] <= 90
    loaded = explorer.load(run)
    with np.load(arrays, allow_pickle=False) as saved:
        zero, here = loaded.decode(np.zeros((1, 2))), loaded.decode(np.array([[0.5, -2.0]]))
        step = 0.5 * saved["components"][0] - 2.0 * saved["components"][1]
    assert np.allclose((here - zero)[0] / loaded.description.transform.scale, step, atol=1e-4)


def test_what_makes_an_autoencoder_nonlinear_is_said(runs: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["components", str(runs / "ae")])
    assert "model.activation = relu" in result.stderr and "with identity they would be" in result.stderr
    call("train", *IDENTITY, "--set", "model.likelihood=bernoulli", "--epochs", 1, "--out", tmp_path / "sigmoid")
    result = CliRunner().invoke(app, ["components", str(tmp_path / "sigmoid")])
    assert result.exit_code == 2 and "model.likelihood = bernoulli a sigmoid follows them" in result.stderr
