"""Adversarial training: equal to the bit, resumed or not; no best checkpoint; simple targets are learned."""

from pathlib import Path

import numpy as np
import pytest
import torch
from training_cases import (
    assert_equal_runs,
    assert_equal_weights,
    config_of,
    dataset_of,
    final,
    finish,
    resume,
    start,
    train_steps,
    train_whole,
    vectors,
)

from explorer.api import load_run
from explorer.config import replace
from explorer.jobs.reports.run_info import run_info
from explorer.jobs.runs.run_summary import summarise
from explorer.jobs.runs.train_run import run_training
from explorer.runs.run_directory import open_run

GAN = config_of("gan", model={"generator_widths": (8,), "discriminator_widths": (8,)}, beta1=0.5)
AAE = config_of("adversarial-ae", model={"hidden_widths": (8,), "discriminator_widths": (8,)})
CASES = [pytest.param(GAN, id="gan"), pytest.param(AAE, id="adversarial-ae")]


@pytest.mark.parametrize("config", CASES)
def test_twice_and_interrupted_are_equal_to_the_bit(tmp_path: Path, config):
    first, second = (train_whole(tmp_path / name, config) for name in ("first", "second"))
    assert (first / "metrics.jsonl").read_bytes() == (second / "metrics.jsonl").read_bytes()
    train_steps(start(tmp_path / "cut", config), 3)
    train_steps(resume(tmp_path / "cut"), 4)
    assert finish(run_training(resume(tmp_path / "cut"))).status == "finished"
    for path in (second, tmp_path / "cut"):
        assert_equal_weights(final(first), final(path))
    if config is AAE:
        assert_equal_runs(first, tmp_path / "cut")


@pytest.mark.parametrize("config", [GAN, AAE, config_of("vae")])
def test_the_curves_of_a_resumed_training_are_those_of_an_unbroken_one(tmp_path: Path, config):
    # Only every fifth step is logged: the training stops between two points of its curves.
    config, data = replace(config, train=replace(config.train, epochs=1)), vectors(800)
    whole = train_whole(tmp_path / "whole", config, data)
    train_steps(start(tmp_path / "cut", config, data), 7)
    train_steps(resume(tmp_path / "cut", data), 6)
    assert finish(run_training(resume(tmp_path / "cut", data))).status == "finished"
    points = [[(m.step, m.split, m.terms, m.kl_per_dimension) for m in open_run(path).history.metrics]
              for path in (whole, tmp_path / "cut")]  # fmt: skip
    assert points[0] == points[1]


def test_parameter_groups_that_share_weights_keep_separate_moments(tmp_path: Path):
    optimizer = final(train_whole(tmp_path / "aae", AAE)).optimizer
    shared = "encoder.1.weight/exp_avg"
    assert not torch.equal(optimizer[f"autoencoder/{shared}"], optimizer[f"generator/{shared}"])


def test_adversarial_training_keeps_no_best_weights(tmp_path: Path):
    path = train_whole(tmp_path / "gan", GAN)
    assert open_run(path).state.best is None
    assert run_info(path).best_validation is None
    assert summarise(path).loss is None
    assert open_run(train_whole(tmp_path / "aae", AAE)).state.best is not None


def test_gan_learns_the_mean_and_spread_of_a_gaussian(tmp_path: Path):
    draw = np.random.default_rng(0)
    scale = np.array([[1.2, 0.0], [0.5, 0.6]])
    samples = (np.array([0.5, -1.0]) + draw.standard_normal((2_000, 2)) @ scale.T).astype(np.float32)
    model = {"generator_widths": (32,), "discriminator_widths": (32, 32), "gradient_penalty": 0.5}
    config = config_of("gan", model=model, epochs=60, batch_size=128, beta1=0.5, learning_rate=2e-3)
    made = load_run(train_whole(tmp_path / "gan", config, dataset_of(samples, validation=10, test=10))).sample(20_000)
    assert made.mean(0) == pytest.approx(samples.mean(0), abs=0.2)
    assert np.cov(made.T).ravel() == pytest.approx(np.cov(samples.T).ravel(), abs=0.35)


def test_adversarial_autoencoder_presses_its_codes_towards_the_prior(tmp_path: Path, digits):
    model = {"hidden_widths": (64,), "discriminator_widths": (64,)}
    config = config_of("adversarial-ae", model=model, epochs=25, batch_size=64)
    codes = load_run(train_whole(tmp_path / "aae", config, digits)).latents.mean
    assert np.abs(codes.mean(0)).max() < 0.4
    assert np.abs(codes.std(0) - 1).max() < 0.4
    assert run_info(tmp_path / "aae").best_validation is not None


def test_optimizers_take_beta1(tmp_path: Path):
    one, other = (train_whole(tmp_path / name, config_of("ae", beta1=beta)) for name, beta in (("a", 0.9), ("b", 0.5)))
    assert any(not torch.equal(value, final(other).weights[name]) for name, value in final(one).weights.items())
    assert final(train_whole(tmp_path / "c", config_of("ae"), vectors())).step == final(one).step
