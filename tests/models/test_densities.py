"""Likelihoods, priors and the KL against torch.distributions, scipy and plain integration, in float64."""

import math

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
import torch
from model_cases import draw
from torch import distributions

from explorer.models.latent_model import Posterior
from explorer.models.likelihoods.bernoulli import Bernoulli, binary_entropy
from explorer.models.likelihoods.gaussian import Gaussian
from explorer.models.priors import StandardNormal

F64 = torch.float64


def normal(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def test_bernoulli_is_the_one_of_torch_on_zeros_and_ones() -> None:
    logits, x = 5 * normal((6, 2, 3, 4), 0), draw((6, 2, 3, 4), 1, F64).round()
    likelihood = Bernoulli(logits)
    wanted = distributions.Independent(distributions.Bernoulli(logits=logits), 3).log_prob(x)
    torch.testing.assert_close(likelihood.log_prob(x), wanted, rtol=1e-12, atol=0)
    torch.testing.assert_close(likelihood.mean, torch.from_numpy(scipy.special.expit(logits.numpy())))


def test_bernoulli_on_grey_values_is_the_cross_entropy_and_its_floor_the_binary_entropy() -> None:
    x = draw((5, 12), 2, F64)
    x[0, :2] = torch.tensor([0.0, 1.0])
    p = draw((5, 12), 3, F64)
    wanted = (x * p.log() + (1 - x) * (1 - p).log()).sum(1)
    torch.testing.assert_close(Bernoulli(torch.logit(p)).log_prob(x), wanted, rtol=1e-10, atol=0)
    entropy = [sum(scipy.stats.bernoulli(value).entropy() for value in row) for row in x.numpy()]
    np.testing.assert_allclose(binary_entropy(x).numpy(), entropy, rtol=1e-12)
    inside = x.clamp(1e-9, 1 - 1e-9)
    torch.testing.assert_close(-Bernoulli(torch.logit(inside)).log_prob(x), binary_entropy(x), rtol=1e-6, atol=1e-6)


def test_bernoulli_stays_finite_at_extreme_logits() -> None:
    logits = torch.tensor([[1e4, -1e4]])
    assert Bernoulli(logits).log_prob(torch.tensor([[1.0, 0.0]])).item() == 0
    assert Bernoulli(logits).log_prob(torch.tensor([[0.0, 1.0]])).item() == pytest.approx(-2e4)


@pytest.mark.parametrize("sigma", [1e-3, 0.1, 1.0, 30.0])
def test_gaussian_is_the_one_of_scipy(sigma: float) -> None:
    mean, x = normal((6, 5), 4), normal((6, 5), 5)
    wanted = scipy.stats.norm(mean.numpy(), sigma).logpdf(x.numpy()).sum(1)
    np.testing.assert_allclose(Gaussian(mean, sigma).log_prob(x).numpy(), wanted, rtol=1e-12)


def test_samples_follow_their_distribution() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.logit(torch.tensor([0.1, 0.5, 0.9])).expand(20_000, 3)
    np.testing.assert_allclose(Bernoulli(logits).sample(generator).mean(0), [0.1, 0.5, 0.9], atol=0.015)
    values = Gaussian(torch.full((20_000, 1), 3.0), 0.5).sample(generator).squeeze(1).numpy()
    assert scipy.stats.kstest(values, scipy.stats.norm(3, 0.5).cdf).pvalue > 0.01
    assert scipy.stats.kstest(StandardNormal(1).sample(20_000, generator).squeeze(1), "norm").pvalue > 0.01


def test_equal_generators_give_equal_samples() -> None:
    likelihood = Gaussian(torch.zeros(3, 2), 1.0)
    first, second = (likelihood.sample(torch.Generator().manual_seed(7)) for _ in range(2))
    assert torch.equal(first, second)


def test_standard_normal_is_the_one_of_torch() -> None:
    z = normal((7, 3), 6)
    wanted = distributions.Independent(distributions.Normal(torch.zeros(3, dtype=F64), 1.0), 1).log_prob(z)
    torch.testing.assert_close(StandardNormal(3).log_prob(z), wanted, rtol=1e-12, atol=0)
    assert StandardNormal(3).sample(5, torch.Generator()).shape == (5, 3)


def test_kl_is_the_one_of_torch() -> None:
    mean, log_variance = 2 * normal((8, 4), 7), 3 * normal((8, 4), 8)
    posterior = distributions.Normal(mean, (0.5 * log_variance).exp())
    wanted = distributions.kl_divergence(posterior, distributions.Normal(torch.zeros(4, dtype=F64), 1.0))
    found = StandardNormal(4).kl_per_dimension(Posterior(mean, log_variance))
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("mean", "log_variance"), [(0.0, 0.0), (1.5, -2.0), (-0.3, 1.0)])
def test_kl_is_its_integral(mean: float, log_variance: float) -> None:
    q, p = scipy.stats.norm(mean, math.exp(0.5 * log_variance)), scipy.stats.norm()
    wanted, _ = scipy.integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z)), -20, 20, limit=200)
    posterior = Posterior(torch.tensor([[mean]], dtype=F64), torch.tensor([[log_variance]], dtype=F64))
    assert StandardNormal(1).kl_per_dimension(posterior).item() == pytest.approx(wanted, rel=1e-8, abs=1e-12)


def test_a_point_has_no_kl() -> None:
    with pytest.raises(ValueError, match="not defined"):
        StandardNormal(2).kl_per_dimension(Posterior(torch.zeros(1, 2)))


def test_posterior_sample_is_mean_plus_sigma_noise() -> None:
    mean, log_variance, noise = normal((4, 2), 9), normal((4, 2), 10), normal((4, 2), 11)
    found = Posterior(mean, log_variance).sample(noise)
    np.testing.assert_allclose(found, mean.numpy() + np.sqrt(np.exp(log_variance.numpy())) * noise.numpy(), rtol=1e-12)
    assert torch.equal(Posterior(mean).sample(noise), mean)
