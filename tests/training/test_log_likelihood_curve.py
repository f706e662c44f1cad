"""log p(x) of the validation split during training: correct, reproducible, and without effect on the weights."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from training_cases import assert_equal_runs, config_of, pictures, resume, start, train_steps, train_whole, vectors

from explorer.config import TrainConfig
from explorer.data.dataset import Dataset
from explorer.latent.bound.sample_bound import bound_of_sample
from explorer.latent.steps import at_once
from explorer.runs.history import Metric
from explorer.runs.run_directory import open_run
from explorer.training.validation import DRAWS, SHARE, STEP_COST, Validation, estimate_is_due, fixed_subset


def labelled(count: int = 60) -> Dataset:
    data = vectors(count)
    return replace(data, labels=np.arange(count) % 3, description=replace(data.description, class_names=tuple("abc")))


def validation(path: Path) -> list[Metric]:
    return [metric for metric in open_run(path).history.metrics if metric.split == "validation"]


def estimates(path: Path) -> dict[float, float]:
    return {m.epoch: m.terms["log_likelihood"] for m in validation(path) if "log_likelihood" in m.terms}


def test_it_is_the_elbo_and_the_gap_of_the_true_posterior(tmp_path: Path) -> None:
    """The gap of each validation sample is found by a grid, and all samples are in the subset."""
    data = vectors()
    path = train_whole(tmp_path / "run", config_of(epochs=8, learning_rate=0.02, model={"hidden_widths": (8,)}), data)
    model, _ = open_run(path).load_model()
    gaps = [at_once(bound_of_sample(model, data, int(sample))).gap for sample in data.splits.validation]
    last = validation(path)[-1].terms
    elbo = -(last["reconstruction"] + last["kl"])
    assert last["log_likelihood"] - elbo == pytest.approx(np.mean(gaps), abs=0.25 * np.mean(gaps) + 0.02)
    assert last["log_likelihood"] > elbo


@pytest.mark.parametrize("family", ["vae", "mixture-vae", "iwae", "conditional-vae"])
def test_every_family_with_a_posterior_and_a_prior_has_it(tmp_path: Path, family: str) -> None:
    path = train_whole(tmp_path / family, config_of(family, epochs=2), labelled())
    assert set(estimates(path)) == {0, 1, 2}
    for metric in validation(path):
        assert metric.terms["log_likelihood"] >= -(metric.terms["reconstruction"] + metric.terms["kl"])


@pytest.mark.parametrize("family", ["ae", "adversarial-ae"])
def test_families_without_a_bound_have_no_likelihood_curve(tmp_path: Path, family: str) -> None:
    assert not estimates(train_whole(tmp_path / family, config_of(family, epochs=1)))


def test_zero_leaves_it_out(tmp_path: Path) -> None:
    assert not estimates(train_whole(tmp_path / "none", config_of(log_likelihood=0)))


@pytest.mark.parametrize(
    "config",
    [config_of("vae"), config_of("vae", corruption="gaussian"), config_of("mixture-vae")],
    ids=["vae", "denoising", "mixture"],
)
def test_the_weights_do_not_depend_on_the_likelihood_curve(tmp_path: Path, config: Any) -> None:
    data = pictures()
    without = replace(config, train=replace(config.train, log_likelihood=0))
    assert_equal_runs(*(train_whole(tmp_path / str(n), each, data) for n, each in enumerate((config, without))))


def test_a_training_that_stops_early_has_it_at_its_end(tmp_path: Path) -> None:
    path = train_whole(tmp_path / "run", config_of(epochs=400, patience=2, learning_rate=0.03))
    last, trained_on = int(validation(path)[-1].epoch), len(vectors().splits.train)
    assert last < 400 and last in estimates(path)
    assert not estimate_is_due(last, config_of(epochs=400).train, len(vectors().splits.validation), trained_on)


def test_an_interrupted_training_has_the_same_likelihood_curve(tmp_path: Path) -> None:
    whole = train_whole(tmp_path / "whole")
    train_steps(start(tmp_path / "cut"), 7)
    for _ in range(20):
        if train_steps(resume(tmp_path / "cut"), 5).status == "finished":
            break
    assert estimates(tmp_path / "cut") == estimates(whole) != {}


def test_a_subset_has_each_class_its_share_and_stays() -> None:
    labels = np.repeat([0, 1, 2], [50, 30, 20])[np.random.default_rng(0).permutation(100)]
    chosen = fixed_subset(labels, 100, 20)
    assert np.bincount(labels[chosen]).tolist() == [10, 6, 4]
    assert (np.diff(chosen) > 0).all()
    assert fixed_subset(labels, 100, 500).tolist() == list(range(100))
    assert len(fixed_subset(None, 100, 7)) == 7
    assert len(fixed_subset(None, 0, 7)) == 0


def test_a_subset_is_an_unbiased_part_of_the_split(tmp_path: Path) -> None:
    """With some of the samples the gap stays near that of all; the ELBO is of all in both."""
    data = vectors(200)
    data = replace(data, splits=replace(data.splits, validation=np.arange(100), train=np.arange(100, 200)))
    whole, part = (
        estimates(train_whole(tmp_path / str(n), config_of(epochs=1, log_likelihood=n), data)) for n in (100, 30)
    )
    assert whole != part
    assert whole[1] == pytest.approx(part[1], abs=0.2)


def test_spacing_follows_the_work_and_never_the_clock() -> None:
    config = TrainConfig(epochs=43)
    small = [epoch for epoch in range(44) if estimate_is_due(epoch, config, 64, 1437)]
    assert small == [0, 1, 2, 4, 5, 10, 15, 20, 25, 30, 35, 40, 43]
    assert all(estimate_is_due(epoch, config, 64, 55_000) for epoch in range(44))
    assert not any(estimate_is_due(epoch, config, 0, 1437) for epoch in range(44))
    for trained_on in (100, 1437, 5000):
        long = TrainConfig(epochs=5000)
        count = sum(estimate_is_due(epoch, long, 64, trained_on) for epoch in range(5001))
        early = 12
        assert (count - early) * 64 * DRAWS <= SHARE * STEP_COST * trained_on * 5000


def test_the_global_random_state_is_left_alone(tmp_path: Path) -> None:
    data, config = vectors(), config_of()
    path = train_whole(tmp_path / "run")
    model, _ = open_run(path).load_model()
    state = torch.random.get_rng_state()
    found = Validation(data, config.train, model.noise_shape, model.device).metric(model, 0, 0.0)
    assert "log_likelihood" in found.terms
    assert torch.equal(torch.random.get_rng_state(), state)
