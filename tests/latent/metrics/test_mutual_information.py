"""The mutual information of codes and samples where it is known, and the two parts of the KL."""

import numpy as np
import pytest
import torch
from known_models import LinearModel, dataset_of, figures_of, measured
from scipy.stats import norm
from torch.distributions import MultivariateNormal, Normal

from explorer.api import train_new_run
from explorer.latent.metrics.codes.mutual_information import log_sum_of_densities
from explorer.latent.metrics.codes.mutual_information import measure as mutual_information
from explorer.models.latent_model import Posterior

NAMES = ("mutual_information", "aggregate_kl")


def posteriors(count, dim, seed):
    drawn = torch.Generator().manual_seed(seed)
    mean, raw = (torch.randn(count, dim, generator=drawn, dtype=torch.float64) for _ in range(2))
    lower = torch.randn(count, dim, dim, generator=drawn, dtype=torch.float64).tril()
    lower.diagonal(dim1=-2, dim2=-1).exp_()
    return mean, raw, lower


@pytest.mark.parametrize("values", [2**17, 40])
def test_the_mixtures_density_is_that_of_torchs_distributions(values, monkeypatch):
    monkeypatch.setattr("explorer.latent.metrics.codes.mutual_information.VALUES", values)
    mean, log_variance, lower = posteriors(31, 3, 0)
    z = torch.randn(17, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    diagonal = Normal(mean, (0.5 * log_variance).exp()).log_prob(z[:, None]).sum(-1).logsumexp(1)
    torch.testing.assert_close(log_sum_of_densities(z, Posterior(mean, log_variance)), diagonal)
    full = MultivariateNormal(mean, scale_tril=lower)
    whole = Posterior(mean, full.variance.log(), lower)
    torch.testing.assert_close(log_sum_of_densities(z, whole), full.log_prob(z[:, None]).logsumexp(1))


@pytest.mark.parametrize(("slope", "sigma"), [(1.0, 1.0), (2.0, 0.5), (0.1, 1.0)])
def test_a_linear_gaussian_channel(slope, sigma):
    samples = norm.ppf((np.arange(4000) + 0.5) / 4000)[:, None]
    found = measured(mutual_information, LinearModel([[slope]], [[1.0]], sigma), dataset_of(samples))
    known = 0.5 * np.log(1 + slope**2 * samples.var() / sigma**2)
    assert found["mutual_information"] == pytest.approx(known, abs=4 * found["mutual_information_error"] + 1e-3)
    assert 0 < found["mutual_information_error"] < 0.03


@pytest.mark.parametrize("count", [2, 37, 1500])
def test_it_saturates_at_log_n_where_no_posteriors_overlap(count):
    samples = 100.0 * np.arange(count)[:, None] / count
    figures = figures_of(LinearModel([[1.0]], [[1.0]], 1e-3), samples)
    assert figures.mutual_information == pytest.approx(np.log(count), abs=1e-9)
    assert figures.mutual_information_bound == pytest.approx(np.log(count))
    assert figures.mutual_information_error == pytest.approx(0, abs=1e-9)
    assert figures.aggregate_kl == pytest.approx(figures.kl - np.log(count), abs=4 * figures.aggregate_kl_error)


def test_the_chosen_samples_are_those_that_are_documented(monkeypatch):
    monkeypatch.setattr("explorer.latent.metrics.codes.mutual_information.COMPONENTS", 60)
    monkeypatch.setattr("explorer.latent.metrics.codes.mutual_information.DRAWS", 40)
    samples = np.random.default_rng(0).normal(size=(100, 2))
    found = measured(mutual_information, LinearModel(np.eye(2), np.eye(2), 0.5), dataset_of(samples))
    rng = np.random.default_rng(3)
    mixture = samples.astype(np.float32)[np.sort(rng.choice(100, 60, replace=False))].astype(np.float64)
    own = mixture[np.sort(rng.choice(60, 40, replace=False))]
    z = own + 0.5 * rng.standard_normal((40, 2))
    log_q = norm.logpdf(z[:, None], mixture, 0.5).sum(-1)
    aggregate = np.log(np.exp(log_q).mean(1))
    assert found["mutual_information"] == pytest.approx((norm.logpdf(z, own, 0.5).sum(-1) - aggregate).mean(), rel=1e-6)
    assert found["aggregate_kl"] == pytest.approx((aggregate - norm.logpdf(z).sum(-1)).mean(), rel=1e-6)
    assert found["mutual_information_bound"] == np.log(60)


@pytest.mark.parametrize("settings", [{}, {"covariance": "full", "latent_dim": 3}])
def test_both_parts_of_a_vae_add_up_to_its_kl(settings, tmp_path):
    settings = {"epochs": 30, "threads": 1, "hidden_widths": (24,), "learning_rate": 1e-2, **settings}
    run = train_new_run(out=tmp_path / "vae", model="vae", data="digits", device="cpu", **settings)
    figures = run.evaluate(importance_samples=0)
    parts, errors = zip(*((getattr(figures, name), getattr(figures, f"{name}_error")) for name in NAMES), strict=True)
    assert figures.kl > 1 and 0 < parts[0] < figures.mutual_information_bound == np.log(180) and parts[1] > 0
    assert sum(parts) == pytest.approx(figures.kl, abs=4 * sum(errors))
    assert sum(errors) < 0.3
