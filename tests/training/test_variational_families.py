"""Trainings of the variational families: they learn, follow their schedules, and are equal to the bit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from training_cases import (
    assert_equal_runs,
    config_of,
    dataset_of,
    finish,
    pictures,
    resume,
    start,
    train_steps,
    train_whole,
    vectors,
)

from explorer.config import MODEL_CONFIGS, RunConfig, TrainConfig
from explorer.data import catalog
from explorer.data.dataset import Dataset
from explorer.jobs.runs.train_run import run_training
from explorer.latent.evaluation.evaluate import evaluate
from explorer.models.latent_model import Batch
from explorer.runs.run_directory import open_run

SETTINGS: list[Any] = [
    pytest.param("mixture-vae", {"components": 3}, id="mixture"),
    pytest.param("vamp-vae", {"pseudo_inputs": 4}, id="vamp"),
    pytest.param("vae", {"covariance": "full", "kl_warm_up": 2.5}, id="full covariance"),
    pytest.param("vae", {"likelihood": "gaussian with learned sigma"}, id="learned sigma"),
    pytest.param("vae", {"likelihood": "continuous bernoulli", "kl_objective": "capacity"}, id="continuous, capacity"),
]


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return catalog.load(RunConfig().data)


@pytest.mark.parametrize(("family", "settings"), SETTINGS)
def test_equal_seeds_give_equal_weights_interrupted_or_not(
    tmp_path: Path, family: str, settings: dict[str, Any]
) -> None:
    config = config_of(family, model={"hidden_widths": (8,), **settings}, epochs=3)
    whole = train_whole(tmp_path / "whole", config, pictures())
    assert_equal_runs(whole, train_whole(tmp_path / "again", config, pictures()))
    train_steps(start(tmp_path / "parts", config, pictures()), 7)
    assert finish(run_training(resume(tmp_path / "parts", pictures()))).status == "finished"
    assert_equal_runs(whole, tmp_path / "parts")


@pytest.mark.parametrize("family", ["mixture-vae", "vamp-vae"])
def test_a_learned_prior_learns_the_digits(tmp_path: Path, digits: Dataset, family: str) -> None:
    config = RunConfig(model=MODEL_CONFIGS[family](), train=TrainConfig(epochs=12, threads=1))
    run = open_run(train_whole(tmp_path / family, config, digits))
    model, _ = run.load_model()
    figures = evaluate(model, digits, importance_samples=0)
    assert figures.elbo is not None and figures.kl is not None and figures.knn_accuracy is not None
    assert figures.elbo > -27 and figures.kl > 0.5 and figures.knn_accuracy > 0.35
    assert run.history.kl_per_dimension() is None
    _, before = run.history.curve("validation", "total")
    assert before[-1] == pytest.approx(-figures.elbo, abs=1.5), "the bound that is validated is the one evaluated"


def test_the_logged_loss_follows_the_warm_up(tmp_path: Path) -> None:
    config = config_of(model={"hidden_widths": (8,), "kl_warm_up": 4.0, "beta": 3.0}, epochs=6)
    history = open_run(train_whole(tmp_path / "run", config, vectors())).history
    for split, weight in (("train", lambda epoch: min(1, epoch / 4)), ("validation", lambda epoch: 1)):
        epochs, total = history.curve(split, "total")
        parts = [history.curve(split, name)[1] for name in ("reconstruction", "kl")]
        found = (total - parts[0]) / (3 * parts[1])
        # A logged step stands for the steps since the last one: the weight is one of those that it had there.
        steps = np.diff(epochs, prepend=0) if split == "train" else np.zeros(len(epochs))
        for share, epoch, step in zip(found, epochs, steps, strict=True):
            assert weight(epoch - step) - 1e-3 <= share <= weight(epoch) + 1e-3


def test_a_capacity_pulls_the_kl_to_its_goal(tmp_path: Path, digits: Dataset) -> None:
    model = MODEL_CONFIGS["vae"](kl_objective="capacity", capacity=5.0, capacity_epochs=5.0, hidden_widths=(64,))
    run = open_run(
        train_whole(tmp_path / "run", RunConfig(model=model, train=TrainConfig(epochs=12, threads=1)), digits)
    )
    _, kl = run.history.curve("validation", "kl")
    assert kl[-1] == pytest.approx(5, abs=0.5)


@pytest.mark.parametrize("noise", [0.05, 0.4])
def test_a_learned_sigma_reaches_the_root_of_the_mean_squared_error(tmp_path: Path, noise: float) -> None:
    rng = np.random.default_rng(0)
    line = rng.standard_normal((240, 1)) @ np.array([[1.0, -2.0, 0.5, 1.5, -1.0, 0.7]])
    data = dataset_of((line + noise * rng.standard_normal(line.shape)).astype(np.float32))
    model = {
        "likelihood": "gaussian with learned sigma",
        "latent_dim": 1,
        "hidden_widths": (),
        "activation": "identity",
    }
    config = config_of(
        "ae", model=model, epochs=100, batch_size=64, learning_rate=0.01, learning_rate_schedule="cosine"
    )
    run = open_run(train_whole(tmp_path / "run", config, data))
    trained, _ = run.load_model()
    x = torch.from_numpy(data.model_inputs(data.splits.train))
    rmse = (trained.decode(trained.encode(x).mean).mean - x).square().mean().sqrt().item()
    sigma = trained.observe()["sigma"]
    assert sigma == pytest.approx(rmse, rel=0.02)
    assert sigma == pytest.approx(noise * np.sqrt(5 / 6), rel=0.1), "one of six directions is kept"
    epochs, curve = run.history.figure_curve("sigma")
    assert epochs[0] == 0 and curve[0] == pytest.approx(1, rel=1e-5), "it begins where the config says"
    cost = trained.losses(Batch(x, x, torch.zeros(len(x), 1))).total.item()
    best = 6 * (0.5 * np.log(2 * np.pi) + np.log(rmse) + 0.5)
    assert cost == pytest.approx(best, abs=0.01), "no σ costs less than the root of the mean squared error"


def test_a_default_capacity_is_filled_and_keeps_classes_apart(tmp_path: Path, digits: Dataset) -> None:
    model = MODEL_CONFIGS["vae"](kl_objective="capacity", hidden_widths=(128,))
    config = RunConfig(model=model, train=TrainConfig(epochs=40, threads=1))
    restored, _ = open_run(train_whole(tmp_path / "vae", config, digits)).load_model()
    figures = evaluate(restored, digits, importance_samples=0)
    assert figures.kl == pytest.approx(5, abs=0.5)
    assert figures.knn_accuracy is not None and figures.knn_accuracy > 0.45  # with γ = 10: 0.29
