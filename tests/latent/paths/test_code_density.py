import numpy as np
import pytest
from scipy.stats import gaussian_kde

from explorer.latent.paths.code_density import density_of_codes
from explorer.latent.steps import Absent, at_once


@pytest.mark.parametrize("latent_dim", [1, 2, 10])
def test_it_is_a_gaussian_kernel_density_relative_to_the_median_code(latent_dim):
    random = np.random.default_rng(0)
    codes = random.normal(size=(500, latent_dim)) * np.arange(1, latent_dim + 1)
    density, points = at_once(density_of_codes(codes)), random.normal(size=(6, latent_dim))
    kernels = (codes / density.width).T
    wanted = gaussian_kde(kernels, bw_method=1.0)
    # With a factor of 1, scipy's kernels have the covariance of the data: whitened codes have the kernels of ours.
    exponents = -0.5 * ((points[:, None] / density.width - kernels.T[None]) ** 2).sum(-1)
    direct = np.exp(exponents).sum(1)
    found = density.relative(points)
    np.testing.assert_allclose(found / found[0], direct / direct[0], rtol=1e-6)
    assert wanted.d == latent_dim
    left_out = np.exp(-0.5 * ((kernels.T[:, None] - kernels.T[None]) ** 2).sum(-1)).sum(1) - 1
    assert density.median == pytest.approx(np.median(np.log(left_out / 499)), rel=1e-6)


def test_gradients_are_slopes_and_the_weight_is_bounded():
    random = np.random.default_rng(1)
    density, z = at_once(density_of_codes(random.normal(size=(300, 3)))), random.normal(size=(4, 3))
    for measure in (density.relative_with_gradient, density.weight_with_gradient):
        slopes = measure(z)[1]
        for axis, step in enumerate(1e-5 * np.eye(3)):
            np.testing.assert_allclose(slopes[:, axis], (measure(z + step)[0] - measure(z - step)[0]) / 2e-5, rtol=1e-4)
    weights = density.weight_with_gradient(np.array([[0.0, 0, 0], [90, 90, 90]]))[0]
    assert 1 <= weights[0] < 2 and weights[1] == pytest.approx(11)


def test_a_code_is_not_its_own_neighbour():
    codes = np.random.default_rng(3).normal(size=(400, 40))
    density, z = at_once(density_of_codes(codes)), codes[:2].astype(np.float32)
    assert (density.relative(z) > 1000).all()  # its own kernel alone
    left_out = density.without(z)
    assert len(left_out.kernels) == 398
    direct = np.exp(-0.5 * ((z[:, None] / density.width - codes[2:] / density.width) ** 2).sum(-1)).mean(1)
    np.testing.assert_allclose(left_out.relative(z), direct / np.exp(density.median), rtol=1e-5)
    assert (left_out.relative(z) < 100).all()
    assert density.without(np.full((1, 40), 9.0)).kernels.shape == density.kernels.shape
    assert density.without(codes).kernels.shape == density.kernels.shape


def test_an_axis_without_spread_says_nothing_and_few_codes_have_no_density():
    random = np.random.default_rng(2)
    flat = np.column_stack([random.normal(size=200), np.zeros(200)])
    density = at_once(density_of_codes(flat))
    np.testing.assert_array_equal(density.relative(np.array([[0.1, 0.0]])), density.relative(np.array([[0.1, 5.0]])))
    assert isinstance(at_once(density_of_codes(flat[:9])), Absent)
    assert isinstance(at_once(density_of_codes(np.ones((50, 2)))), Absent)
    assert isinstance(at_once(density_of_codes(np.full((50, 2), np.nan))), Absent)
