"""Densities along an axis against scipy's normal distribution, summed component by component."""

import numpy as np
import pytest
from scipy.stats import norm

from explorer.latent.density.gaussian_mixture_1d import bin_densities, mixture_density

EDGES = np.linspace(-4, 4, 201)
MIDDLES = (EDGES[1:] + EDGES[:-1]) / 2


def exact(edges, means, deviations, weights):
    found = np.zeros(len(edges) - 1)
    for start in range(0, len(means), 500):
        part = slice(start, start + 500)
        shares = np.diff(norm.cdf(edges, means[part, None], deviations[part, None]), axis=1)
        found += weights[part] @ shares
    return found / np.diff(edges)


def test_wide_components_are_the_normal_density():
    found = bin_densities(EDGES, np.array([0.3, -1.0]), np.array([0.7, 1.5]))
    np.testing.assert_allclose(found[0], norm(0.3, 0.7).pdf(MIDDLES), atol=3e-4)
    np.testing.assert_allclose(found[1], norm(-1.0, 1.5).pdf(MIDDLES), atol=3e-4)


@pytest.mark.parametrize("deviation", [0.0, 1e-9, 0.004])
def test_a_component_narrower_than_a_bin_keeps_all_its_mass_in_its_bin(deviation):
    (found,) = bin_densities(EDGES, np.array([0.5 * 0.04]), np.array([deviation]))
    assert found[100] == pytest.approx(1 / 0.04, rel=1e-3)
    assert found.sum() * 0.04 == pytest.approx(1)


def test_a_mixture_with_weights_is_scipys():
    means, deviations, weights = np.array([-1.0, 2.0]), np.array([0.5, 0.2]), np.array([0.25, 0.75])
    np.testing.assert_allclose(
        mixture_density(EDGES, means, deviations, weights), exact(EDGES, means, deviations, weights), rtol=1e-12
    )


@pytest.mark.parametrize("edges", [EDGES, np.linspace(0.2, 0.25, 201)], ids=["whole", "close"])
def test_a_mixture_of_thousands_equals_the_sum_of_its_components(edges):
    rng = np.random.default_rng(4)
    means, deviations = rng.normal(size=9000) * 1.5, np.exp(rng.normal(-2.5, 0.8, 9000))
    wanted = exact(edges, means, deviations, np.full(9000, 1 / 9000))
    np.testing.assert_allclose(mixture_density(edges, means, deviations), wanted, atol=2e-3 * wanted.max())


def test_thousands_of_points_are_a_histogram_of_them():
    rng = np.random.default_rng(5)
    means = rng.normal(size=20_000)
    counts, _ = np.histogram(means, EDGES)
    found = mixture_density(EDGES, means, np.full(20_000, 1e-8))
    np.testing.assert_allclose(
        np.convolve(found, np.ones(3)), np.convolve(counts / 20_000 / 0.04, np.ones(3)), atol=0.02
    )


def test_the_density_of_no_components_is_zero():
    assert (mixture_density(EDGES, np.empty(0), np.empty(0)) == 0).all()
    assert (mixture_density(EDGES, np.array([90.0]), np.array([0.1])) == 0).all()
