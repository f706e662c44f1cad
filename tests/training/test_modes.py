"""Layers that act otherwise in training: their modes, their running averages, and weights equal to the bit."""

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from training_cases import (
    assert_equal_runs,
    config_of,
    final,
    finish,
    pictures,
    resume,
    start,
    train_steps,
    train_whole,
)
from training_cases import vectors as vectors_of

from explorer.data.dataset import Dataset
from explorer.jobs.runs.train_run import run_training
from explorer.models import catalog
from explorer.models.latent_model import Batch, Losses
from explorer.models.variational.vae import Vae
from explorer.runs.replay import read_weights
from explorer.runs.run_directory import open_run

NORMALIZED = {"hidden_widths": (8,), "normalization": "batch"}
LISTED = {
    "network": "layers",
    "encoder_layers": ("conv 3 kernel=3", "batch_norm", "relu", "dropout 0.3", "flatten", "dropout 0.1", "linear 4"),
    "decoder_layers": ("linear 12", "batch_norm", "tanh", "dropout 0.5", "linear 35"),
}
CASES = (
    pytest.param(config_of("vae", model=NORMALIZED, epochs=2), vectors_of(), id="normalized vae"),
    pytest.param(config_of("vae", model=LISTED, epochs=2), pictures(), id="dropout"),
    pytest.param(
        config_of("ae", model={"network": "convolutional", "channels": (2,), "normalization": "batch"}, epochs=2),
        pictures(),
        id="normalized convolutions",
    ),
)


@pytest.mark.parametrize(("config", "dataset"), CASES)
def test_interrupted_and_resumed_is_uninterrupted(tmp_path: Path, config: Any, dataset: Dataset) -> None:
    whole = train_whole(tmp_path / "whole", config, dataset)
    steps, dice = final(whole).step, random.Random(0)
    train_steps(start(tmp_path / "cut", config, dataset), 0)
    while open_run(tmp_path / "cut").state.step < steps - 2:
        assert train_steps(resume(tmp_path / "cut", dataset), dice.randint(1, 4)).status == "stopped"
    assert finish(run_training(resume(tmp_path / "cut", dataset))).status == "finished"
    assert_equal_runs(tmp_path / "cut", whole)


def test_only_a_step_of_several_samples_is_in_training_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses, seen = Vae.losses, []

    def noted(self: Vae, batch: Batch) -> Losses:
        before = {name: tensor.clone() for name, tensor in self.named_buffers()}
        found = losses(self, batch)
        moved = any(not torch.equal(before[name], tensor) for name, tensor in self.named_buffers())
        seen.append((torch.is_grad_enabled(), len(batch), self.training, moved))
        return found

    monkeypatch.setattr(Vae, "losses", noted)
    # 37 training samples in batches of 6: the last batch of an epoch has a single one.
    config = config_of("vae", model=NORMALIZED, epochs=2, batch_size=6)
    train_whole(tmp_path / "run", config, vectors_of())
    assert {len for gradient, len, _, _ in seen if gradient} == {6, 1}
    for gradient, length, training, moved in seen:
        assert training == moved == (gradient and length > 1)


def test_the_running_averages_are_those_of_the_training_samples(tmp_path: Path) -> None:
    dataset = vectors_of(120)
    config = config_of("ae", model=NORMALIZED, epochs=60, batch_size=112, learning_rate=1e-5)
    path = train_whole(tmp_path / "run", config, dataset)
    model, _ = open_run(path).load_model()
    assert not model.training
    linear, norm = model.encoder[1], model.encoder[2]  # type: ignore[union-attr, index]
    assert isinstance(norm, nn.BatchNorm1d) and norm.running_mean is not None and norm.running_var is not None
    with torch.no_grad():
        before = linear(torch.from_numpy(dataset.model_inputs(dataset.splits.train)))
    torch.testing.assert_close(norm.running_mean, before.mean(0), atol=0.01, rtol=0.02)
    torch.testing.assert_close(norm.running_var, before.var(0), atol=0.01, rtol=0.02)


def test_a_replay_keeps_the_running_averages(tmp_path: Path) -> None:
    config = config_of("ae", model=NORMALIZED, epochs=2, replay=4)
    run = open_run(train_whole(tmp_path / "run", config))
    weights, kept = final(run.path).weights, read_weights(run.replay.frames[-1])
    assert kept.keys() == weights.keys()
    assert {str(kept[name].dtype) for name in kept if name.endswith("num_batches_tracked")} == {"torch.int64"}
    for name, tensor in weights.items():
        torch.testing.assert_close(kept[name], tensor, rtol=1e-3, atol=1e-6)


def test_reduced_precision_keeps_the_averages_whole() -> None:
    dataset = pictures()
    config = catalog.resolve(config_of("vae", model=LISTED).model, dataset.description)
    model = catalog.build(config, dataset.description, torch.Generator()).train()
    x = torch.from_numpy(dataset.model_inputs(dataset.splits.train))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        model.losses(Batch(x, x, torch.zeros(len(x), 2))).total.backward()
    assert {tensor.dtype for tensor in model.buffers()} == {torch.float32, torch.int64}
    assert all(weight.grad is not None and bool(weight.grad.isfinite().all()) for weight in model.parameters())


def test_dropout_does_not_touch_the_random_numbers_of_others(tmp_path: Path) -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    train_whole(tmp_path / "run", config_of("vae", model=LISTED, epochs=1), pictures())
    assert torch.equal(torch.random.get_rng_state(), before)
