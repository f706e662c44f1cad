"""A conditional VAE by script and command line: the class is chosen when decoding, and z does not reveal it."""

import json

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from typer.testing import CliRunner

from explorer.api import LoadedRun, train_new_run
from explorer.cli import app
from explorer.config import ConfigError


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> LoadedRun:
    out = tmp_path_factory.mktemp("runs") / "cvae"
    settings = {"epochs": 60, "batch_size": 64, "hidden_widths": (64,), "threads": 1}
    return train_new_run(out=out, model="conditional-vae", device="cpu", **settings)


@pytest.fixture(scope="module")
def vae(tmp_path_factory) -> LoadedRun:
    return train_new_run(
        out=tmp_path_factory.mktemp("runs") / "vae", epochs=1, hidden_widths=(8,), threads=1, device="cpu"
    )


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_one_code_decodes_to_every_class(run: LoadedRun) -> None:
    """A classifier of real digits recognizes the requested class in decodes of random codes."""
    data = run.dataset()
    judge = KNeighborsClassifier(3).fit(data.samples.reshape(len(data), -1), data.labels)
    z = np.random.default_rng(0).standard_normal((20, 2)).astype(np.float32)
    right = [judge.predict(run.decode(z, label).reshape(20, -1)) == label for label in range(10)]
    assert np.mean(right) > 0.9


def test_codes_do_not_reveal_the_class(run: LoadedRun) -> None:
    accuracy = run.evaluate(importance_samples=0).knn_accuracy
    assert accuracy is not None
    assert accuracy < 0.4


def test_a_class_is_given_by_name_by_index_or_one_for_each(run: LoadedRun) -> None:
    z = np.array([[0.3, -0.2], [1.0, 0.5]], np.float32)
    threes, sevens = run.decode(z, 3), run.decode(z, "7")
    assert not np.array_equal(threes, sevens)
    mixed = run.decode(z, [3, 7])
    np.testing.assert_allclose(mixed, [threes[0], sevens[1]], rtol=1e-5)
    np.testing.assert_array_equal(run.decode(z, [-1, -1]), run.decode(z))
    np.testing.assert_array_equal(run.sample(3, 5, 4), run.sample(3, 5, "4"))


def test_samples_are_encoded_with_their_labels(run: LoadedRun) -> None:
    data = run.dataset()
    mean, _ = run.encode(data.samples[:6], data.labels[:6])
    np.testing.assert_allclose(run.encode_dataset().mean[:6], mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(run.code_of(4), mean[4], rtol=1e-4, atol=1e-5)
    assert not np.allclose(run.encode(data.samples[:6])[0], mean)


@pytest.mark.parametrize("condition", ["ten", 10, [3], [3, 10], [0.5, 1.0]])
def test_an_unknown_class_is_refused(run: LoadedRun, condition: object) -> None:
    with pytest.raises(ConfigError):
        run.decode(np.zeros((2, 2)), condition)


def test_a_vae_refuses_a_class(vae: LoadedRun) -> None:
    with pytest.raises(ConfigError, match="its model is not conditional"):
        vae.decode(np.zeros((1, 2)), 3)
    result = call("decode", vae.path, "--z", "0,0", "--class", 3, "--out", vae.path / "x.npy")
    assert result.exit_code == 2
    assert "conditional VAE" in result.stderr


def test_the_command_line_decodes_a_class(run: LoadedRun, tmp_path) -> None:
    for label in ("3", "8"):
        result = call("decode", run.path, "--z", "0.3,-0.2", "--class", label, "--out", tmp_path / f"{label}.npy")
        assert result.exit_code == 0, result.output
        expected = run.decode([0.3, -0.2], label)
        np.testing.assert_allclose(np.load(tmp_path / f"{label}.npy"), expected, rtol=1e-6)
        assert result.stderr.splitlines() == ["weights: final, step 1,380, epoch 60.0"]
    assert call("decode", run.path, "--z", "0,0", "--class", "x", "--out", tmp_path / "x.npy").exit_code == 2


def test_a_decode_of_no_class_says_so(run: LoadedRun, tmp_path) -> None:
    result = call("decode", run.path, "--z", "0.3,-0.2", "--out", tmp_path / "x.npy")
    assert result.exit_code == 0
    assert "choose one with --class: 0, 1, 2" in result.stderr and len(result.stderr.splitlines()) == 2


def test_the_command_line_decodes_a_path_of_a_class(run: LoadedRun, tmp_path) -> None:
    out = tmp_path / "way.npz"
    words = ("path", run.path, "--through", "0,0", "--through", "1,1", "--steps", 3, "--class", 5, "--out", out)
    assert call(*words).exit_code == 0
    with np.load(out) as way:
        np.testing.assert_allclose(way["decode"], run.decode(way["z"], 5), rtol=1e-6)


def test_evaluate_estimates_log_p_where_asked(run: LoadedRun) -> None:
    values = json.loads(call("evaluate", run.path, "--importance-samples", 16, "--json").stdout)
    assert values["importance_samples"] == 16
    assert values["log_likelihood"] > values["elbo"]
    assert values["gap"] == pytest.approx(values["log_likelihood"] - values["elbo"])
    assert values["log_likelihood_error"] > values["monte_carlo_error"] > 0
    assert values["log_likelihood"] == run.evaluate(importance_samples=16).log_likelihood
    words = call("evaluate", run.path, "--importance-samples", 0).stdout.splitlines()
    (line,) = [line for line in words if line.startswith("log_likelihood ")]
    assert line.split(maxsplit=1)[1] == "not asked for"


def test_data_without_labels_is_refused_in_one_line(tmp_path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(40)))
    result = call("train", "--data", table, "--model", "conditional-vae", "--out", tmp_path / "run")
    assert result.exit_code == 2
    assert "no labels" in result.stderr and len(result.stderr.splitlines()) == 1
