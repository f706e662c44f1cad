"""The running averages of batch norms tell which activation stands before them, if they tell it clearly."""

import numpy as np
import pytest
import torch
from torch import nn

from explorer.models.weight_import.norm_statistics import fits_better, mismatch_of, recorded_differences

RNG = np.random.default_rng(0)
STEP = 0.05 * RNG.standard_normal(64)
"""Differences of 64 channels between two activations."""
NOISE = 0.01 * RNG.standard_normal(64)


@pytest.mark.parametrize(
    ("position", "is_settled"), [(1.0, True), (1.7, True), (0.0, False), (0.5, False), (-1.0, False)]
)
def test_the_other_activation_is_taken_only_if_it_clearly_fits_better(position: float, is_settled: bool) -> None:
    usual = NOISE - position * STEP
    assert fits_better(usual + STEP, usual) is is_settled


def test_averages_that_fit_neither_activation_tell_nothing() -> None:
    usual = NOISE - 12 * STEP
    assert not fits_better(usual + STEP, usual)
    assert not fits_better(usual, usual)
    assert not fits_better(np.empty(0), np.empty(0))


def test_an_activation_of_training_has_the_smaller_differences() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(8, 16), nn.LeakyReLU(0.2), nn.Linear(16, 16), nn.BatchNorm1d(16)).train()
    with torch.inference_mode():
        for _ in range(60):
            network(torch.randn(128, 8))
    x = torch.randn(4_000, 8)
    found = []
    for slope in (0.2, 0.0):
        network[1] = nn.LeakyReLU(slope)
        with recorded_differences(network.eval()) as differences, torch.inference_mode():
            network(x)
        found.append((mismatch_of(differences), differences[0].double().numpy().ravel()))
    (right, leaky), (wrong, plain) = found
    assert right < 0.5 * wrong
    assert fits_better(leaky, plain) and not fits_better(plain, leaky)
