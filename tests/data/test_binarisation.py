"""Random binarization: the input of a model, the data kept grey, and refused data."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.config import ConfigError, DataConfig, TrainConfig
from explorer.data import catalog
from explorer.data.dataset import Dataset
from explorer.data.preparation import binarise
from explorer.training.batches import Batches


@pytest.fixture(scope="module")
def binary() -> Dataset:
    return catalog.load(DataConfig(source="digits", binarise=True))


def test_a_model_sees_zeros_and_ones_whose_mean_is_the_grey_value(binary: Dataset, digits: Dataset) -> None:
    seen = binary.model_inputs()
    assert set(np.unique(seen)) == {0.0, 1.0}
    assert binary.description.unit_range
    grey = digits.model_inputs()
    assert np.array_equal(grey, binary.description.transform.apply(binary.intensities))
    # Over 1,797 × 64 draws the mean lies within four standard errors of the probabilities' mean.
    deviation = np.sqrt((grey * (1 - grey)).sum()) / grey.size
    assert abs(seen.mean() - grey.mean()) < 4 * deviation
    certain = (grey == 0) | (grey == 1)
    assert np.array_equal(seen[certain], grey[certain])


def test_the_draw_is_fixed_and_the_fingerprint_says_so(binary: Dataset, digits: Dataset) -> None:
    again = catalog.load(DataConfig(source="digits", binarise=True))
    assert np.array_equal(again.samples, binary.samples)
    assert again.description.fingerprint == binary.description.fingerprint != digits.description.fingerprint
    assert not binary.samples.flags.writeable and binary.intensities is not None
    assert np.array_equal(again.splits.test, digits.splits.test)


def test_training_draws_new_binary_pixels_in_each_epoch(binary: Dataset) -> None:
    config = TrainConfig(batch_size=65_536)
    batches = Batches(binary, config, (2,), torch.device("cpu"))
    first, second = (batches.batch(step).x for step in (0, 1))
    assert set(first.unique().tolist()) == {0.0, 1.0}
    mean = torch.stack([batches.batch(step).x.mean(0) for step in range(8)]).mean(0)
    grey = torch.from_numpy(binary.description.transform.apply(binary.intensities[binary.splits.train]).mean(0))
    assert torch.allclose(mean, grey, atol=0.03)
    assert not torch.equal(first.sort(0).values, second.sort(0).values)


def test_float_pictures_become_zeros_and_ones(tmp_path: Path) -> None:
    grey = np.random.default_rng(0).uniform(-1.3, 2.1, (30, 5, 4)).astype(np.float32)
    grey[0, 0, 0], grey[0, 0, 1] = -1.3, 2.1
    np.save(tmp_path / "grey.npy", grey)
    plain = catalog.load(DataConfig(source=str(tmp_path / "grey.npy"), test_fraction=0.2))
    if not plain.description.unit_range:
        plain = replace(plain, description=replace(plain.description, unit_range=True, value_range=(-1.3, 2.1)))
    binary = binarise(plain)
    assert set(np.unique(binary.samples)) == {0.0, 1.0}
    assert binary.description.value_range == (0.0, 1.0)
    assert binary.intensities is not None
    assert binary.intensities.min() >= 0 and binary.intensities.max() <= 1


def test_measurements_and_values_out_of_range_are_refused(tmp_path: Path, digits: Dataset) -> None:
    (tmp_path / "table.csv").write_text("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(40)))
    with pytest.raises(ConfigError, match=r"data\.binarise: .* contains measurements"):
        catalog.load(DataConfig(source=str(tmp_path / "table.csv"), binarise=True))
    wild = replace(digits, description=replace(digits.description, unit_range=False))
    with pytest.raises(ConfigError, match="values outside its range of 0 to 16"):
        binarise(wild)
    words = replace(digits, description=replace(digits.description, kind="text"))
    with pytest.raises(ConfigError, match="contains text"):
        binarise(words)
