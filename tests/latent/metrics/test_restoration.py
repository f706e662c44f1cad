"""Signal-to-noise ratios against the closed form, and a sample through corruption and model."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.config import DataConfig
from explorer.data import catalog as datasets
from explorer.data.corruption import Corruption
from explorer.data.dataset import DataError, Dataset
from explorer.data.painting import blank, brush_number, stroke
from explorer.latent.evaluation.evaluate import evaluate
from explorer.latent.metrics.decoder.restoration import NO_CORRUPTION, NO_RANGE, psnr, restore_sample
from explorer.models.catalog import build, family, resolve
from explorer.models.latent_model import LatentModel


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return datasets.load(DataConfig(source="digits"))


@pytest.fixture(scope="module")
def model(digits: Dataset) -> LatentModel:
    return untrained(digits)


def untrained(data: Dataset) -> LatentModel:
    config = resolve(family("ae").config_type(latent_dim=3, hidden_widths=(8,)), data.description)  # type: ignore[call-arg]
    return build(config, data.description, torch.Generator().manual_seed(1)).eval()


def test_psnr_is_the_closed_form() -> None:
    rng = np.random.default_rng(0)
    clean = rng.random((3, 1, 8, 8))
    assert psnr(clean, clean + 0.1) == pytest.approx(20.0)
    assert psnr(255 * clean, 255 * clean + 25.5, data_range=255) == pytest.approx(20.0)
    other = clean + rng.normal(0, 0.3, clean.shape)
    assert psnr(clean, other) == pytest.approx(-20 * math.log10(np.sqrt(((clean - other) ** 2).mean())))
    assert psnr(clean, clean) == math.inf


def test_evaluation_measures_the_runs_own_corruption_under_a_fixed_seed(digits: Dataset, model: LatentModel) -> None:
    figures = evaluate(model, digits, importance_samples=0, corruption=Corruption("gaussian", 0.4))
    x = torch.from_numpy(digits.model_inputs(digits.splits.test))
    noisy = x + 0.4 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        answer = model.decode(model.encode(noisy).mean).mean
    for found, other in ((figures.psnr_corrupted, noisy), (figures.psnr_restored, answer)):
        error = (other.double() - x.double()).square().mean().item()
        assert found == pytest.approx(10 * math.log10(1 / error), rel=1e-6)
    again = evaluate(model, digits, importance_samples=0, corruption=Corruption("gaussian", 0.4))
    assert again == figures


def test_without_corruption_or_a_range_the_ratios_are_not_defined(
    digits: Dataset, model: LatentModel, tmp_path: Path
) -> None:
    plain = evaluate(model, digits, importance_samples=0)
    assert plain.psnr_corrupted is None
    assert plain.not_defined["psnr_restored"] == NO_CORRUPTION
    nothing = evaluate(model, digits, importance_samples=0, corruption=Corruption("blocks", 0.0))
    assert nothing.not_defined["psnr_restored"] == NO_CORRUPTION
    np.save(tmp_path / "vectors.npy", np.random.default_rng(0).normal(size=(60, 5)))
    vectors = datasets.load(DataConfig(source=str(tmp_path / "vectors.npy")))
    figures = evaluate(untrained(vectors), vectors, importance_samples=0, corruption=Corruption("gaussian", 0.4))
    assert figures.not_defined["psnr_restored"] == NO_RANGE


def test_a_restored_sample_has_consistent_arrays_and_figures(digits: Dataset, model: LatentModel) -> None:
    found = restore_sample(model, digits, 5, Corruption("blocks", 0.4), seed=3)
    assert np.array_equal(found.clean, digits.samples[5])
    assert found.hidden is not None
    assert np.all(found.corrupted[found.hidden] == 0)
    assert np.array_equal(found.corrupted[~found.hidden], found.clean[~found.hidden].astype(np.float32))
    transform = digits.description.transform
    difference = transform.apply(found.restored) - transform.apply(found.clean)
    assert np.allclose(found.difference, difference, atol=1e-6)
    assert found.psnr_restored == pytest.approx(psnr(transform.apply(found.clean), transform.apply(found.restored)))
    with torch.inference_mode():
        z = model.encode(torch.from_numpy(transform.apply(found.corrupted)[None])).mean[0].numpy()
    assert np.allclose(found.z, z, atol=1e-6)


def test_a_painted_layer_reaches_the_encoder(digits: Dataset, model: LatentModel) -> None:
    layer = stroke(blank((1, 8, 8)), brush_number("stain"), (0.5, 0.5), (7.5, 0.5), 1)
    found = restore_sample(model, digits, 5, Corruption(), painted=layer)
    assert np.all(found.corrupted[0, 0] == 16)  # the digits' highest value
    assert np.array_equal(found.corrupted[0, 1:], found.clean[0, 1:].astype(np.float32))
    masked = restore_sample(model, digits, 5, Corruption(), painted=np.full((8, 8), 3, np.uint8))
    assert masked.hidden is not None
    assert masked.hidden.all()
    assert masked.psnr_corrupted is not None
    assert masked.psnr_corrupted < math.inf


def test_an_unknown_sample_is_reported(digits: Dataset, model: LatentModel) -> None:
    with pytest.raises(DataError, match="digits has no sample 1797; its samples are 0 to 1796"):
        restore_sample(model, digits, 1797, Corruption())
