"""A run that is trained on data in memory is a run like any other."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_digits

import explorer
from explorer.api import training
from explorer.config import ConfigError, RunConfig
from explorer.data.dataset import DataError
from explorer.data.live.live_data import LiveData
from explorer.jobs.runs import train_run
from explorer.jobs.runs.kept_figures import evaluate_run
from explorer.jobs.runs.run_data import data_problem
from explorer.jobs.runs.train_run import resumed_run, run_training
from explorer.latent.steps import at_once
from explorer.runs.files import RunError
from explorer.runs.run_directory import open_run
from explorer.runs.run_folders import rename_run

FAST = {"epochs": 1, "threads": 1, "hidden_widths": (16,), "device": "cpu"}
X, Y = load_digits(return_X_y=True)
X, Y = X[:300], Y[:300]
PICTURES = X.reshape(-1, 8, 8)


def weights(run):
    return run._model.state_dict()


def assert_equal_weights(one, other):
    one, other = weights(one), weights(other)
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return explorer.train(data=X, labels=Y, out=tmp_path_factory.mktemp("memory") / "run", **FAST)


def test_it_opens_later_with_its_data_also_after_it_was_renamed_and_copied(run, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(run.path, copy)
    again = explorer.load(rename_run(copy, "renamed"))
    assert again.path.name == "renamed" and not data_problem(open_run(again.path))
    np.testing.assert_array_equal(again.dataset().rows()[:, 0], PICTURES)
    np.testing.assert_array_equal(again.dataset().labels, Y)
    assert again.evaluate() == run.evaluate()
    assert at_once(evaluate_run(again.path)).figures.elbo == pytest.approx(run.evaluate().elbo)


def test_the_path_in_the_file_is_inside_the_run(run):
    assert json.loads((run.path / "run.json").read_text())["config"]["data"]["source"] == "{run}/data.npz"
    assert run.config.data.source == str(run.path / "data.npz")
    assert str(run.path) not in (run.path / "run.json").read_text()


def test_it_resumes_and_keeps_the_path(run, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(run.path, copy)
    for _ in run_training(resumed_run(copy, epochs=2)):
        pass
    assert json.loads((copy / "run.json").read_text())["config"]["data"]["source"] == "{run}/data.npz"
    whole = explorer.train(data=X, labels=Y, out=tmp_path / "whole", **{**FAST, "epochs": 2})
    assert_equal_weights(explorer.load(copy), whole)


def test_its_weights_are_those_of_a_training_on_a_file(run, tmp_path):
    np.savez(tmp_path / "digits.npz", samples=X, labels=Y)
    of_file = explorer.train(data=tmp_path / "digits.npz", out=tmp_path / "run", **FAST)
    assert of_file.description.fingerprint == run.description.fingerprint
    assert_equal_weights(of_file, run)
    # Its own file trains another run, by which it is used as any file.
    of_own = explorer.train(data=run.config.data.source, out=tmp_path / "own", **FAST)
    assert_equal_weights(of_own, run)


def test_a_table_is_trained_on_with_its_classes(tmp_path):
    table = pd.DataFrame({"length": X[:, 20], "width": X[:, 30], "species": np.where(Y > 4, "setosa", "virginica")})
    run = explorer.train(data=table, labels="species", out=tmp_path / "run", **FAST)
    assert run.description.feature_names == ("length", "width")
    assert explorer.load(run.path).dataset().class_names == ("setosa", "virginica")


def test_texts_and_data_sets_of_torch_are_trained_on(tmp_path):
    animals, places = ("cat", "dog", "bird", "horse"), ("house", "garden", "river")
    texts = [f"the {animals[n % 4]} and the {animals[n % 3]} sleep in the {places[n % 3]}" for n in range(60)]
    run = explorer.train(data=texts, model="lsi", latent_dim=2, out=tmp_path / "texts")
    assert explorer.load(run.path).dataset().description.kind == "text"
    pairs = torch.utils.data.TensorDataset(torch.tensor(PICTURES), torch.tensor(Y))
    run = explorer.train(data=pairs, out=tmp_path / "pairs", **FAST)
    assert run.description.shape == (1, 8, 8) and len(run.description.class_names) == 10


def test_it_says_when_only_some_samples_were_read(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "read_live", lambda *_: LiveData(X, note="the first 300 of 9,000 samples were read"))
    with pytest.warns(RuntimeWarning, match="first 300 of 9,000"):
        explorer.train(data=X, out=tmp_path / "run", **FAST)


def test_without_a_folder_it_gets_a_free_name_among_the_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_RUNS", str(tmp_path))
    names = [explorer.train(data=X, model="ae", **FAST).name for _ in range(2)]
    assert names == ["data-ae", "data-ae-2"]


def test_data_above_the_limit_is_not_kept_and_the_run_opens_without_it(tmp_path, monkeypatch):
    monkeypatch.setattr(train_run, "MAX_BYTES", X.nbytes)
    run = explorer.train(data=X, labels=Y, out=tmp_path / "run", **FAST)
    assert not (run.path / "data.npz").exists()
    assert run.evaluate().elbo < 0  # the data is still in memory
    again = explorer.load(run.path)
    assert again.latents.mean.shape == (300, 2) and again.decode([0.0, 0.0]).shape == (1, 8, 8)
    assert "does not exist" in data_problem(open_run(run.path))
    with pytest.raises(RunError, match="its data cannot be loaded"):
        again.dataset()


def test_a_changed_file_is_refused(tmp_path):
    run = explorer.train(data=X, out=tmp_path / "run", **FAST)
    np.savez(run.path / "data.npz", samples=X + 1)
    with pytest.raises(RunError, match="no longer contains the samples"):
        explorer.load(run.path).dataset()


def test_a_run_is_replaced_by_other_data_but_not_by_its_own(tmp_path):
    run = explorer.train(data=X, out=tmp_path / "run", **FAST)
    again = explorer.train(data=X[:200], out=run.path, overwrite=True, **FAST)
    assert len(explorer.load(again.path).dataset()) == 200
    with pytest.raises(RunError, match="its data would be deleted"):
        explorer.train(again.config, out=run.path, overwrite=True)
    assert len(explorer.load(again.path).dataset()) == 200


def test_what_does_not_fit_is_refused_before_a_folder_is_made(tmp_path):
    out = tmp_path / "run"
    with pytest.raises(DataError, match="299 labels for 300 samples"):
        explorer.train(data=X, labels=Y[1:], out=out)
    with pytest.raises(ConfigError, match="labels belong to data in memory"):
        explorer.train(data="digits", labels=Y, out=out)
    with pytest.raises(ConfigError, match="not both"):
        explorer.train(RunConfig(), data="digits", out=out)
    with pytest.raises(DataError, match="no usable numbers"):
        explorer.train(data=np.full((20, 3), np.nan), out=out)
    assert not out.exists()


def test_a_config_is_trained_on_data_in_memory(run, tmp_path):
    again = explorer.train(run.config, data=X, labels=Y, out=tmp_path / "run", device="cpu")
    assert_equal_weights(again, run)
