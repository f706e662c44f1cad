"""Denoising and masked autoencoders remove noise and fill gaps, on the digits."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.config import DataConfig, RunConfig, TrainConfig, replace
from explorer.data import catalog as datasets
from explorer.data.corruption import corrupt_and_mask
from explorer.data.dataset import Dataset
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models.catalog import family
from explorer.models.latent_model import LatentModel

EPOCHS = 40


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return datasets.load(DataConfig(source="digits"))


def trained(name: str, digits: Dataset, folder: Path, **train: object) -> LatentModel:
    """Train a family from its own defaults, for fewer epochs and with narrower layers."""
    defaults = family(name).defaults
    config = RunConfig(
        data=defaults.data,
        model=replace(defaults.model, hidden_widths=(256,)),
        train=replace(defaults.train, epochs=EPOCHS, threads=1, **train),
    )
    job = new_run(config, folder / f"{name}{len(train)}", dataset=digits, device="cpu")
    for _ in run_training(job):
        pass
    return job.run.load_model()[0]


def corrupted(digits: Dataset, train: TrainConfig) -> tuple[Tensor, Tensor, Tensor | None]:
    x = torch.from_numpy(digits.model_inputs(digits.splits.test))
    y, hidden = corrupt_and_mask(x, train.corruption, train.corruption_level, torch.Generator().manual_seed(0))
    return x, y, hidden


def restored(model: LatentModel, y: Tensor) -> Tensor:
    with torch.inference_mode():
        return model.decode(model.encode(y).mean).mean


def psnr(x: Tensor, y: Tensor) -> float:
    return -10 * math.log10((x - y).square().mean().item())


def test_denoising_beats_the_plain_autoencoder_on_noisy_test_digits(digits: Dataset, tmp_path: Path) -> None:
    denoising = trained("denoising-ae", digits, tmp_path)
    plain = trained("denoising-ae", digits, tmp_path, corruption="none")
    x, y, _ = corrupted(digits, family("denoising-ae").train)
    noisy, by_plain, by_denoising = (psnr(x, other) for other in (y, restored(plain, y), restored(denoising, y)))
    assert noisy == pytest.approx(-20 * math.log10(0.4), abs=0.1)  # the noise's own variance
    assert by_denoising > by_plain + 1
    assert by_denoising > noisy + 6


def test_masking_fills_the_hidden_part_better_than_the_mean_image(digits: Dataset, tmp_path: Path) -> None:
    x, y, hidden = corrupted(digits, family("masked-ae").train)
    assert hidden is not None
    filled = restored(trained("masked-ae", digits, tmp_path), y)
    mean = torch.from_numpy(digits.model_inputs(digits.splits.train).mean(0)).expand_as(x)
    assert (filled - x)[hidden].square().mean() < 0.85 * (mean - x)[hidden].square().mean()


def test_the_loss_compares_with_the_clean_sample(digits: Dataset, tmp_path: Path) -> None:
    model = trained("masked-ae", digits, tmp_path, corruption_level=1.0)
    # Everything is hidden, so the best reconstruction is the mean image.
    answer = restored(model, torch.zeros(1, *digits.description.shape))[0].numpy()
    mean = digits.model_inputs(digits.splits.train).mean(0)
    assert np.abs(answer - mean).max() < 0.1


def test_they_are_in_the_catalogue_with_their_corruption() -> None:
    for name, kind in (("denoising-ae", "gaussian"), ("masked-ae", "blocks")):
        entry = family(name)
        assert entry.train.corruption == kind
        assert entry.train.corruption_level > 0
        assert entry.data == "digits"
        assert entry.config_type.family == name
