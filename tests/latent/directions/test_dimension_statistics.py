"""What the codes say about each latent dimension, against independent computations."""

from typing import Any

import numpy as np
import pytest
import torch
from known_models import LinearModel
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from explorer.latent.directions.dimension_statistics import dimension_statistics
from explorer.latent.steps import Absent, at_once

RNG = np.random.default_rng(0)
CODES = RNG.standard_normal((300, 3)).astype(np.float32) * np.array([1, 2, 0.1], np.float32)
SPLIT = np.array(["train", "validation", "test"])[np.arange(300) % 3]
VAE, AE = LinearModel(np.eye(3), np.eye(3), 0.5), LinearModel(np.eye(3), np.eye(3))


def statistics_of(model: Any = VAE, codes: Any = CODES, **others: Any) -> Any:
    log_variance = others.pop("log_variance", np.full_like(codes, -1.0))
    return at_once(dimension_statistics(model, codes, log_variance, **others))


def test_the_kl_is_that_of_the_validation_split() -> None:
    log_variance = RNG.uniform(-3, 1, CODES.shape).astype(np.float32)
    found = statistics_of(log_variance=log_variance, split=SPLIT)
    chosen = SPLIT == "validation"
    posterior = Normal(torch.tensor(CODES[chosen]).double(), torch.tensor(log_variance[chosen]).double().div(2).exp())
    assert np.allclose(found.kl, kl_divergence(posterior, Normal(0.0, 1.0)).mean(0).numpy(), rtol=1e-6)
    assert (found.kl_split, found.kl_samples) == ("validation", 100)
    whole = statistics_of(log_variance=log_variance)
    assert (whole.kl_split, whole.kl_samples) == ("all", 300) and not np.allclose(whole.kl, found.kl)


def test_the_parts_of_a_full_covariance_add_up_to_its_kl() -> None:
    scale = np.tril(RNG.uniform(0.2, 1, (300, 3, 3))).astype(np.float32)
    variance = np.log((scale**2).sum(axis=2))
    found = statistics_of(log_variance=variance, scale_tril=scale)
    mean = torch.tensor(CODES).double()
    posterior = MultivariateNormal(mean, scale_tril=torch.tensor(scale).double())
    prior = MultivariateNormal(torch.zeros(3).double(), torch.eye(3).double())
    assert found.kl.sum() == pytest.approx(kl_divergence(posterior, prior).mean().item(), rel=1e-5)


def test_the_range_is_the_central_99_percent_and_the_shares_add_up() -> None:
    found = statistics_of()
    low, high = np.percentile(CODES.astype(float), (0.5, 99.5), axis=0)
    assert np.allclose(found.low, low) and np.allclose(found.high, high)
    assert np.allclose(found.shares, CODES.var(axis=0) / CODES.var(axis=0).sum(), rtol=1e-5)


def test_a_unit_that_is_mostly_zero_has_the_range_of_its_other_values() -> None:
    codes = np.zeros((1000, 2), np.float32)
    codes[:4, 0] = (1, 2, 3, 4)
    found = statistics_of(AE, codes, log_variance=None)
    assert found.low[0] == 0 and 3.9 < found.high[0] <= 4
    assert found.low[1] == found.high[1] == 0


@pytest.mark.parametrize(
    ("model", "codes", "log_variance", "why"),
    [
        (AE, CODES, None, "point"),
        (VAE, CODES, None, "without their variances"),
        (VAE, np.full_like(CODES, np.nan), np.zeros_like(CODES), "no codes"),
        (VAE, CODES[:0], CODES[:0], "no codes"),
        (VAE, CODES, np.full_like(CODES, 1e4), "not finite"),
    ],
    ids=["point", "no variances", "not finite codes", "no codes", "infinite"],
)
def test_what_is_not_defined_says_why(model: Any, codes: Any, log_variance: Any, why: str) -> None:
    found = statistics_of(model, codes, log_variance=log_variance)
    assert isinstance(found.kl, Absent) and why in found.kl.why
