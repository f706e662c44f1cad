from dataclasses import replace

import numpy as np
import pytest
from figure_cases import AE, BASIS, VAE

from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.comparability import better_runs, comparing_error, differ, error_of


def marks(name, *runs, bases=None):
    return better_runs(BY_NAME[name], runs, bases or [BASIS] * len(runs))


def test_the_better_one_is_marked_by_its_direction():
    assert marks("overlap", AE, VAE) == (True, False)
    assert marks("hull_holes", AE, VAE) == (False, True)
    assert marks("silhouette", replace(AE, silhouette=0.1), replace(VAE, silhouette=0.2)) == (False, True)


def test_figures_without_a_direction_are_not_marked():
    assert marks("extent", AE, VAE) == (False, False)


@pytest.mark.parametrize("part", ["data", "split", "preprocessing", "likelihood"])
def test_runs_that_are_not_comparable_are_not_marked(part):
    assert marks("overlap", AE, VAE, bases=[BASIS, replace(BASIS, **{part: "other"})]) == (False, False)


def test_each_group_of_comparable_runs_has_its_own_marks():
    other = replace(BASIS, data="mnist")
    assert marks("overlap", AE, VAE, AE, VAE, bases=[BASIS, other, other, BASIS]) == (True, False, True, False)


@pytest.mark.parametrize(("difference", "expected"), [(0.0282, False), (0.0284, True)])
def test_runs_differ_by_more_than_two_combined_standard_errors(difference, expected):
    assert differ(BY_NAME["overlap"], AE, replace(AE, overlap=0.30 + difference)) is expected


def test_without_an_error_they_differ_where_they_read_differently():
    assert not differ(BY_NAME["mse"], AE, replace(AE, mse=2.004))
    assert differ(BY_NAME["mse"], AE, replace(AE, mse=2.006))


def test_all_unbeaten_runs_are_marked_if_another_is_worse():
    near = replace(AE, overlap=0.31)
    assert marks("overlap", AE, near, VAE) == (True, True, False)
    assert marks("overlap", AE, near) == (False, False)


def test_undefined_and_unmeasured_figures_are_not_compared():
    assert marks("elbo", AE, VAE) == (False, False)
    assert marks("overlap", AE, None) == (False, False)


def test_the_bound_is_compared_by_the_error_of_its_draws_at_equal_k():
    one = replace(VAE, log_likelihood=-23.0, log_likelihood_error=5.0, monte_carlo_error=0.01, importance_samples=64)
    other = replace(one, log_likelihood=-22.9)
    assert error_of("log_likelihood", one) == 0.01
    assert error_of("gap", one) == pytest.approx((0.01**2 + 0.02**2) ** 0.5)
    assert marks("log_likelihood", one, other) == (False, True)
    assert marks("log_likelihood", one, replace(other, importance_samples=8)) == (False, False)


def test_holes_compare_among_equal_numbers_of_codes():
    assert marks("hull_holes", AE, replace(VAE, hole_codes=500)) == (False, False)


def test_holes_are_compared_by_their_error_over_other_samples():
    assert comparing_error("hull_holes", AE) == pytest.approx(0.01 * (1 + 16 * 2000 / 8000) ** 0.5)
    small = [replace(figures, samples=180, hole_codes=180) for figures in (AE, VAE)]
    assert comparing_error("hull_holes", small[0]) == float("inf")
    assert marks("hull_holes", *small) == (False, False)


def test_the_error_for_comparing_holes_is_that_of_other_samples():
    """As the spread of the mean share of points beyond a limit, of which choices of k among n have that of k."""
    rng, n, k, rounds = np.random.default_rng(0), 400, 100, 16
    means, stated = [], []
    for _ in range(400):
        far = rng.random(n) < 0.3
        shares = [far[rng.choice(n, k, replace=False)].mean() for _ in range(rounds)]
        error = float(np.std(shares, ddof=1) / np.sqrt(rounds))
        means.append(np.mean(shares))
        stated.append(comparing_error("hull_holes", replace(AE, samples=n, hole_codes=k, hull_holes_error=error)))
    assert np.sqrt(np.mean(np.square(stated))) == pytest.approx(np.std(means), rel=0.1)
