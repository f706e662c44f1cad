"""Mixtures fitted on codes: against scikit-learn's, against their own moments, and for odd codes."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from explorer.latent.codes.code_mixture import fit_mixture
from explorer.latent.steps import Absent, at_once

PLANTED = (((-3.0, 0.0), (0.5, 0.5), 800), ((3.0, 1.0), (1.0, 0.3), 400), ((0.0, 4.0), (0.7, 0.7), 300))


def planted(seed=0):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(mean, sigma, (n, 2)) for mean, sigma, n in PLANTED]).astype(np.float32)


def test_bic_finds_the_planted_components():
    found = at_once(fit_mixture(planted()))
    assert [count for count, _ in found.bic][:4] == [1, 2, 3, 5]
    assert found.weights == pytest.approx([800 / 1500, 400 / 1500, 300 / 1500], abs=0.02)
    for (mean, sigma, _), ours, covariance in zip(PLANTED, found.means, found.covariances, strict=True):
        assert ours == pytest.approx(mean, abs=0.15)
        assert np.sqrt(covariance.diagonal()) == pytest.approx(sigma, abs=0.08)
    assert found.words == "a mixture of 3 Gaussians fitted on 1,500 codes (3 chosen by BIC)"


@pytest.mark.parametrize("components", [1, 3])
def test_likelihood_and_bic_are_those_of_scikit_learn(components):
    codes = planted().astype(np.float64) * [1, 20]
    ours = at_once(fit_mixture(codes, components))
    theirs = GaussianMixture(components, n_init=5, random_state=0, tol=1e-6, max_iter=500).fit(codes)
    assert ours.log_prob(codes).mean() == pytest.approx(theirs.score(codes), abs=2e-3)
    assert ours.bic[0][1] == pytest.approx(theirs.bic(codes), abs=5)


def test_the_density_of_given_parameters_is_that_of_scikit_learn():
    ours, codes = at_once(fit_mixture(planted(), 3)), planted(1).astype(np.float64)
    theirs = GaussianMixture(3)
    theirs.weights_, theirs.means_, theirs.covariances_ = ours.weights, ours.means, ours.covariances
    theirs.precisions_cholesky_ = np.linalg.inv(np.linalg.cholesky(ours.covariances)).swapaxes(1, 2)
    assert ours.log_prob(codes) == pytest.approx(theirs.score_samples(codes), abs=1e-8)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_draws_have_the_moments_of_the_mixture(temperature):
    found = at_once(fit_mixture(planted(), 3))
    drawn = found.draw(40_000, np.random.default_rng(1), temperature).astype(np.float64)
    mean = found.weights @ found.means
    between = (found.means - mean).T @ (found.weights[:, None] * (found.means - mean))
    wanted = np.einsum("k,kij->ij", found.weights, temperature**2 * found.covariances) + between
    error = np.sqrt(np.diag(wanted) / len(drawn))
    assert (np.abs(drawn.mean(axis=0) - mean) < 4 * error).all()
    assert np.cov(drawn.T) == pytest.approx(wanted, abs=0.1)


def test_a_seed_gives_the_same_bits():
    first, second = (at_once(fit_mixture(planted(), 5, seed=3)) for _ in range(2))
    assert np.array_equal(first.means, second.means) and np.array_equal(first.covariances, second.covariances)


@pytest.mark.parametrize(
    "codes",
    [
        np.array([[0.0, 1.0]] * 40),
        np.concatenate([planted()[:60], [[np.nan, 0.0], [1e9, 0.0]]]),
        np.random.default_rng(0).standard_normal((50, 64)),
        np.arange(4.0).reshape(4, 1),
        np.column_stack([np.arange(50.0), np.zeros(50)]),
    ],
    ids=["all equal", "not finite and far out", "few in many dimensions", "four numbers", "a constant dimension"],
)
def test_odd_codes_give_finite_draws(codes):
    found = at_once(fit_mixture(codes))
    drawn = found.draw(20, np.random.default_rng(0))
    assert np.isfinite(drawn).all() and np.isfinite(found.log_prob(drawn)).all()
    assert np.abs(drawn).max() < 1e3


@pytest.mark.parametrize(
    ("codes", "components"), [(np.full((9, 2), np.nan), 0), (np.zeros((1, 2)), 0), (planted()[:9], 5)]
)
def test_too_few_codes_are_told(codes, components):
    found = at_once(fit_mixture(codes, components))
    assert isinstance(found, Absent) and "codes" in found.why
