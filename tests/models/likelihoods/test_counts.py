"""Likelihoods of counts against scipy.stats and the formulas of zero inflation, in float64 and at the limits."""

import numpy as np
import pytest
import scipy.stats
import torch
from torch import Tensor

from explorer.models.likelihoods.counts import (
    LOG_MEAN_BOUND,
    NegativeBinomial,
    Poisson,
    ZeroInflated,
    log_mean_of,
)
from explorer.models.likelihoods.layers import COUNT_LIKELIHOODS, CountLayer

F64 = torch.float64
MEANS = torch.tensor([1e-6, 0.3, 1.0, 7.5, 900.0, 2e5], dtype=F64)
COUNTS = torch.tensor([0.0, 1.0, 2.0, 7.0, 1000.0, 1e6], dtype=F64)
THETA = torch.tensor([1e-3, 0.4, 1.0, 5.0, 100.0, 2900.0], dtype=F64)


def grid() -> tuple[Tensor, Tensor]:
    """Return every mean with every count, (36, 6): the last axis is the one of θ."""
    mean, count = torch.cartesian_prod(MEANS, COUNTS).T
    return mean[:, None].expand(-1, 6), count[:, None].expand(-1, 6)


def reference(kind: str, mean: np.ndarray, logits: float) -> tuple[np.ndarray, np.ndarray]:
    """Return log p of the counts of `grid` and the mean, by scipy and the published formula of the inflation."""
    _, counts = grid()
    theta = THETA.numpy()
    found = scipy.stats.poisson(mean) if "poisson" in kind else scipy.stats.nbinom(theta, theta / (theta + mean))
    log_p = found.logpmf(counts.numpy())
    if "zero-inflated" not in kind:
        return log_p, mean
    extra = 1 / (1 + np.exp(-logits))
    inflated = np.where(counts == 0, np.log(extra + (1 - extra) * np.exp(log_p)), np.log1p(-extra) + log_p)
    return inflated, (1 - extra) * mean


def likelihood_of(kind: str, log_mean: Tensor, logits: Tensor) -> Poisson | NegativeBinomial | ZeroInflated:
    counts = Poisson(log_mean) if "poisson" in kind else NegativeBinomial(log_mean, THETA.log())
    return ZeroInflated(counts, logits) if "zero-inflated" in kind else counts


@pytest.mark.parametrize("kind", COUNT_LIKELIHOODS)
def test_it_is_the_one_of_scipy(kind: str) -> None:
    mean, counts = grid()
    wanted, wanted_mean = reference(kind, mean.numpy(), -0.7)
    found = likelihood_of(kind, mean.log(), torch.full((6,), -0.7, dtype=F64))
    np.testing.assert_allclose(found.log_prob(counts).numpy(), wanted.sum(1), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(found.mean.numpy(), wanted_mean, rtol=1e-12)


@pytest.mark.parametrize("kind", COUNT_LIKELIHOODS)
def test_gradients_are_those_of_differences(kind: str) -> None:
    counts = torch.tensor([[0.0, 1.0, 4.0, 0.0, 30.0, 2.0]], dtype=F64)
    log_mean = torch.tensor([[-3.0, 0.1, 1.5, 2.0, 3.0, 0.0]], dtype=F64, requires_grad=True)
    logits = torch.full((6,), -1.2, dtype=F64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda eta, pi: likelihood_of(kind, eta, pi).log_prob(counts), (log_mean, logits))


@pytest.mark.parametrize("kind", COUNT_LIKELIHOODS)
@pytest.mark.parametrize("count", [0.0, 1.0, 1e6, 1e9])
@pytest.mark.parametrize("output", [-1e4, -80.0, 0.0, 25.0, 1e4])
def test_values_and_gradients_are_finite_at_the_limits(kind: str, count: float, output: float) -> None:
    layer = CountLayer(kind, (1,))
    layer.initialise(torch.Generator())
    outputs = torch.tensor([[output]], requires_grad=True)
    likelihood = layer(outputs)
    log_p = likelihood.log_prob(torch.tensor([[count]]))
    assert torch.isfinite(log_p).all()
    assert log_p.item() <= 0
    for gradient in torch.autograd.grad(log_p.sum(), [outputs, *layer.parameters()]):
        assert torch.isfinite(gradient).all()
    assert torch.isfinite(likelihood.mean).all()
    assert torch.isfinite(likelihood.sample(torch.Generator())).all()


@pytest.mark.parametrize("kind", COUNT_LIKELIHOODS)
def test_draws_follow_their_distribution(kind: str) -> None:
    logits = torch.full((6,), -0.7, dtype=F64)
    likelihood = likelihood_of(kind, torch.full((40_000, 6), 1.3, dtype=F64), logits)
    drawn = likelihood.sample(torch.Generator().manual_seed(0))
    assert drawn.dtype == F64
    assert torch.equal(drawn, drawn.round())
    # The columns with θ of 1 and more: a smaller one has rare large counts.
    np.testing.assert_allclose(drawn.mean(0)[2:], likelihood.mean[0, 2:], rtol=0.05)
    for count in (0.0, 3.0):
        share = (drawn == count).double().mean(0)
        # The probability of one feature: that of a row in which it is the only one.
        wanted = [one_feature(kind, index, count, -0.7) for index in range(6)]
        np.testing.assert_allclose(share, wanted, atol=0.01)


def one_feature(kind: str, index: int, count: float, logit: float) -> float:
    log_mean, logits = torch.full((1, 1), 1.3, dtype=F64), torch.full((1,), logit, dtype=F64)
    counts = Poisson(log_mean) if "poisson" in kind else NegativeBinomial(log_mean, THETA[[index]].log())
    found = ZeroInflated(counts, logits) if "zero-inflated" in kind else counts
    return float(found.log_prob(torch.full((1, 1), count, dtype=F64)).exp())


def test_equal_generators_give_equal_draws() -> None:
    likelihood = NegativeBinomial(torch.zeros(3, 6), THETA.log().float())
    first, second = (likelihood.sample(torch.Generator().manual_seed(7)) for _ in range(2))
    assert torch.equal(first, second)


def test_the_mean_is_the_exponential_until_it_would_overflow() -> None:
    outputs = torch.tensor([-50.0, 0.0, 3.0, LOG_MEAN_BOUND, LOG_MEAN_BOUND + np.e - 1, 1e20])
    found = log_mean_of(outputs)
    assert torch.equal(found[:4], outputs[:4])
    assert found[4].item() == pytest.approx(LOG_MEAN_BOUND + 1)
    assert torch.isfinite(found.exp()).all()


def test_float32_has_the_digits_of_float64() -> None:
    log_mean, x = torch.full((1, 200), np.log(1e6)), torch.full((1, 200), 1e6 + 3)
    theta = torch.zeros(200)
    single = NegativeBinomial(log_mean, theta).log_prob(x)
    double = NegativeBinomial(log_mean.double(), theta.double()).log_prob(x.double())
    assert single.item() == pytest.approx(double.item(), rel=1e-6)
