"""The distance of the aggregate posterior from the prior: MMD² and KL on distributions with known distances."""

import numpy as np
import pytest
import torch
from known_models import LinearModel, dataset_of, measured
from scipy.stats import norm
from sklearn.metrics.pairwise import rbf_kernel

from explorer.latent.metrics.codes.aggregate_mmd import discrepancy, prior_bandwidth
from explorer.latent.metrics.codes.aggregate_mmd import measure as aggregate_mmd
from explorer.latent.metrics.codes.mutual_information import measure as mutual_information
from explorer.latent.metrics.measure import choose
from explorer.latent.metrics.sample_values import error_over_samples
from explorer.latent.steps import Absent
from explorer.models.latent_model import Capabilities, NotDefined


def normal(count, dim, seed, mean=0.0, sd=1.0):
    return torch.from_numpy(np.random.default_rng(seed).normal(mean, sd, (count, dim)))


def known_mmd(mean, sd, dim, bandwidth):
    """MMD² of N(mean·1, sd²) from N(0, 1) by the Gaussian kernel: a convolution of three normals for each pair."""

    def expected(variance, distance):
        width = bandwidth**2
        return (width / (width + variance)) ** (dim / 2) * np.exp(-(distance**2) * dim / 2 / (width + variance))

    return expected(2 * sd**2, 0) + expected(2, 0) - 2 * expected(1 + sd**2, mean)


def test_mmd_is_the_mean_of_kernels_over_all_other_pairs():
    x, y, sigma = normal(300, 3, 0, 0.5), normal(300, 3, 1), 1.7
    kernels = [rbf_kernel(a, b, gamma=0.5 / sigma**2) for a, b in ((x, x), (y, y), (x, y), (y, x))]
    h = kernels[0] + kernels[1] - kernels[2] - kernels[3]
    apart = ~np.eye(300, dtype=bool)
    value, values = discrepancy(x, y, sigma)
    assert value == pytest.approx(h[apart].mean(), rel=1e-9)
    without = np.array(
        [h[np.ix_(keep, keep)][apart[:-1, :-1]].mean() for keep in (np.delete(np.arange(300), i) for i in range(300))]
    )
    pseudo = 300 * value - 299 * without
    assert np.corrcoef(values, pseudo)[0, 1] == pytest.approx(1)
    assert values.mean() == pytest.approx(value)
    second = 2 * h[apart].var() / (300 * 299)
    assert error_over_samples(values) ** 2 == pytest.approx(pseudo.var(ddof=1) / 300 - second, rel=1e-6)


@pytest.mark.parametrize(("mean", "sd", "dim"), [(0.0, 1.0, 2), (1.0, 1.0, 2), (0.0, 0.3, 5), (3.0, 2.0, 1)])
def test_mmd_of_two_normals_is_the_closed_form(mean, sd, dim):
    value, values = discrepancy(normal(2000, dim, 2, mean, sd), normal(2000, dim, 3), 1.5)
    error = error_over_samples(values)
    assert value == pytest.approx(known_mmd(mean, sd, dim, 1.5), abs=4 * error)
    assert error < 0.03


@pytest.mark.parametrize("mean", [0.0, 0.1, 0.7])
def test_the_error_is_how_far_other_draws_are_off(mean):
    """For equal distributions, the second-order part is all of the variance."""
    found = [discrepancy(normal(200, 2, 2 * k, mean), normal(200, 2, 2 * k + 1), 1.5) for k in range(120)]
    values, errors = np.array([(value, error_over_samples(values)) for value, values in found]).T
    assert 0.8 < errors.mean() / values.std(ddof=1) < 1.3
    assert values.mean() == pytest.approx(known_mmd(mean, 1.0, 2, 1.5), abs=4 * values.std() / 120**0.5)


def test_the_bandwidth_is_the_priors_own_median_distance():
    bandwidth = prior_bandwidth(normal(500, 2, 4))
    assert bandwidth == pytest.approx(2 * np.log(2) ** 0.5, rel=0.05)  # |z − z'|² / 2 is χ² of two degrees


@pytest.mark.parametrize("sigma", [None, 0.6])
def test_codes_that_follow_the_prior_are_near_it_and_others_are_not(sigma):
    values = normal(3000, 2, 5, sd=1.0 if sigma is None else 0.8)
    near = measured(aggregate_mmd, LinearModel(np.eye(2), np.eye(2), sigma), dataset_of(values))
    assert abs(near["aggregate_mmd"]) < 4 * near["aggregate_mmd_error"] < 0.01
    far = measured(aggregate_mmd, LinearModel(np.eye(2), np.eye(2), sigma, offset=30.0), dataset_of(values))
    assert 1 < far["aggregate_mmd"] <= 2


@pytest.mark.parametrize(("slope", "sigma", "offset"), [(0.8, 0.6, 0.0), (0.6, 0.5, 1.0), (2.0, 0.3, -0.5)])
def test_kl_of_normals_is_the_closed_form(slope, sigma, offset):
    samples = norm.ppf((np.arange(4000) + 0.5) / 4000)[
        :, None
    ]  # at equal quantiles, so that the mixture is nearly a normal
    found = measured(mutual_information, LinearModel([[slope]], [[1.0]], sigma, offset), dataset_of(samples))
    variance = slope**2 * samples.var() + sigma**2
    known = 0.5 * (variance + offset**2 - 1 - np.log(variance))
    assert found["aggregate_kl"] == pytest.approx(known, abs=4 * found["aggregate_kl_error"] + 1e-3)
    assert found["aggregate_kl_error"] < 0.06


def test_posteriors_equal_to_the_prior_have_no_divergence_from_it():
    found = measured(mutual_information, LinearModel(np.zeros((2, 2)), np.eye(2), 1.0), dataset_of(normal(50, 2, 6)))
    for name in ("aggregate_kl", "aggregate_kl_error", "mutual_information", "mutual_information_error"):
        assert found[name] == pytest.approx(0, abs=1e-6)


def test_points_have_no_density_but_a_discrepancy():
    model = LinearModel(np.eye(2), np.eye(2))
    found = measured(mutual_information, model, dataset_of(normal(9, 2, 7)))
    assert all(isinstance(value, Absent) and "point" in value.why for value in found.values()) and len(found) == 5
    assert measured(aggregate_mmd, model, dataset_of(normal(9, 2, 7)))["aggregate_mmd_error"] > 0


def test_without_a_prior_only_the_information_is_defined():
    model = LinearModel(np.eye(2), np.eye(2), 0.5)
    model.capabilities = Capabilities(encoder=True, prior=False, stochastic_posterior=True)
    samples = dataset_of(normal(9, 2, 7))
    found = measured(mutual_information, model, samples)
    assert "no prior" in found["aggregate_kl"].why and found["mutual_information"] > 0
    assert "no prior" in measured(aggregate_mmd, model, samples)["aggregate_mmd"].why


def test_a_prior_that_is_only_drawn_from_has_no_kl(monkeypatch):
    class Sampler:
        def log_prob(self, z):
            raise NotDefined("its density is unknown")

    monkeypatch.setattr(LinearModel, "prior", Sampler())
    found = measured(mutual_information, LinearModel(np.eye(2), np.eye(2), 0.5), dataset_of(normal(9, 2, 7)))
    assert found["aggregate_kl"].why == "its density is unknown"


def test_too_few_or_endless_codes_say_so():
    model = LinearModel(np.eye(2), np.eye(2), 0.5)
    assert "three samples" in measured(aggregate_mmd, model, dataset_of(normal(2, 2, 8)))["aggregate_mmd"].why
    alone = measured(mutual_information, model, dataset_of(normal(1, 2, 8)))
    assert (
        alone["mutual_information"] == pytest.approx(0, abs=1e-12)
        and "two samples" in alone["mutual_information_error"].why
    )
    endless = LinearModel(np.eye(2), np.eye(2), 0.5, offset=float("inf"))
    for measure in (aggregate_mmd, mutual_information):
        found = measured(measure, endless, dataset_of(normal(9, 2, 8)))
        assert all("not finite" in value.why for value in found.values())


def test_a_choice_is_fixed_sorted_and_of_different_samples():
    points = choose(50, 20, np.random.default_rng(9))
    assert len(set(points)) == 20 and (np.diff(points) > 0).all() and points.max() < 50
    assert (choose(50, 20, np.random.default_rng(9)) == points).all()
    assert (choose(20, 20, np.random.default_rng(9)) == np.arange(20)).all()
