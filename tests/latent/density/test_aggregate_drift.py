"""The aggregate posterior's moments and its drift, against sampling, scipy and closed forms."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.stats import multivariate_normal

from explorer.latent.density.class_gaussians import Moments, aggregate_moments, drift

RNG = np.random.default_rng(0)


def random_moments(dimension=3):
    root = RNG.standard_normal((dimension, dimension))
    return Moments(RNG.standard_normal(dimension), root @ root.T + 0.1 * np.eye(dimension))


def test_moments_are_those_of_samples_of_the_mixture():
    mean, log_variance = (
        RNG.standard_normal((40, 2)).astype(np.float32),
        RNG.standard_normal((40, 2)).astype(np.float32),
    )
    tril = np.tril(RNG.standard_normal((40, 2, 2))).astype(np.float32)
    noise = RNG.standard_normal((50_000, 40, 2))
    drawn = (mean + np.exp(0.5 * log_variance) * noise).reshape(-1, 2)
    full = (mean + np.einsum("nij,knj->kni", tril, noise)).reshape(-1, 2)
    for found, samples in (
        (aggregate_moments(mean, log_variance), drawn),
        (aggregate_moments(mean, log_variance, tril), full),
    ):
        assert found is not None
        assert found.mean == pytest.approx(samples.mean(axis=0), abs=0.01)
        assert found.covariance == pytest.approx(np.cov(samples.T), abs=0.02)
    points = aggregate_moments(mean)
    assert points is not None
    assert points.covariance == pytest.approx(np.cov(mean.T, bias=True), abs=1e-6)


def test_codes_that_are_no_numbers_do_not_count():
    mean = RNG.standard_normal((10, 2)).astype(np.float32)
    mean[3] = np.nan
    found, wanted = aggregate_moments(mean), aggregate_moments(np.delete(mean, 3, axis=0))
    assert found is not None
    assert wanted is not None
    np.testing.assert_array_equal(found.covariance, wanted.covariance)
    assert aggregate_moments(np.full((3, 2), np.nan, np.float32)) is None


def test_wasserstein_is_the_formula_with_scipys_square_root():
    one, other = random_moments(), random_moments()
    root = sqrtm(one.covariance)
    cross = np.trace(sqrtm(root @ other.covariance @ root)).real
    wanted = np.square(one.mean - other.mean).sum() + np.trace(one.covariance + other.covariance) - 2 * cross
    assert drift(one, other).wasserstein == pytest.approx(np.sqrt(wanted))
    assert drift(one, one).wasserstein == pytest.approx(0, abs=1e-6)


def test_a_move_alone_has_its_length_as_distance():
    one = random_moments()
    moved = Moments(one.mean + np.array([3.0, 0.0, 4.0]), one.covariance)
    found = drift(one, moved)
    assert (found.moved, found.wasserstein) == pytest.approx((5.0, 5.0))


def test_kl_is_the_mean_log_ratio_of_densities():
    before, now = random_moments(2), random_moments(2)
    samples = RNG.multivariate_normal(now.mean, now.covariance, 400_000)
    ratio = multivariate_normal(now.mean, now.covariance).logpdf(samples)
    ratio -= multivariate_normal(before.mean, before.covariance).logpdf(samples)
    assert drift(before, now).kl == pytest.approx(ratio.mean(), abs=5 * ratio.std() / np.sqrt(len(samples)))


def test_flat_distributions_have_no_finite_kl_but_a_distance():
    flat, whole = Moments(np.zeros(2), np.diag([1.0, 0.0])), Moments(np.zeros(2), np.eye(2))
    assert drift(flat, whole).kl == np.inf
    assert drift(flat, whole).wasserstein == pytest.approx(1.0)
    assert drift(flat, flat).kl == 0
