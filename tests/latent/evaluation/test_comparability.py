from dataclasses import replace

import numpy as np
import pytest
from figure_cases import AE, BASIS, VAE

from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.comparability import STANDARD_ERRORS, better_runs, differ, error_of, error_of_difference
from explorer.latent.metrics.sample_values import SampleValues


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


@pytest.mark.parametrize(("difference", "expected"), [(0.0276, False), (0.0278, True)])
def test_runs_differ_at_the_level_of_5_per_cent(difference, expected):
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


def test_the_bound_is_compared_by_at_least_the_error_of_its_draws():
    one = replace(VAE, log_likelihood=-23.0, log_likelihood_error=5.0, monte_carlo_error=0.01)
    other = replace(one, log_likelihood=-22.9)
    assert error_of("log_likelihood", one) == 0.01
    assert marks("log_likelihood", one, other) == (False, True)
    # Two grids of one decoder differ by their resolution, however equal the samples are.
    values = np.full(100, -23.0)
    same = [with_values(replace(one, monte_carlo_error=0.1), "log_likelihood", values + shift) for shift in (0.0, 0.2)]
    assert error_of_difference("log_likelihood", *same) == pytest.approx(0.1 * 2**0.5)
    assert marks("log_likelihood", *same) == (False, False)


def test_holes_compare_among_equal_numbers_of_codes():
    assert marks("hull_holes", AE, replace(VAE, hole_codes=500)) == (False, False)


def with_values(figures, name, values):
    return replace(figures, by_sample={name: SampleValues.of(values)}, **{name: float(values.mean())})


def test_figures_of_samples_are_compared_sample_by_sample():
    """What makes a sample hard for both models cancels: a difference far below the error of either is found."""
    rng = np.random.default_rng(0)
    hard, better = rng.normal(0, 1, 500), rng.normal(0.02, 0.1, 500)
    one, other = with_values(AE, "overlap", hard), with_values(AE, "overlap", hard + better)
    assert error_of_difference("overlap", one, other) == pytest.approx(0.1 / 500**0.5, rel=0.1)
    assert differ(BY_NAME["overlap"], one, other)
    # Of other samples, the errors of the two figures count.
    elsewhere = replace(other, by_sample={"overlap": SampleValues.of(hard, np.arange(500) + 7)})
    assert error_of_difference("overlap", one, elsewhere) == pytest.approx(0.01 * 2**0.5)


def test_equal_figures_are_called_different_in_5_per_cent_of_all_cases():
    rng, found = np.random.default_rng(1), 0
    for _ in range(2000):
        same = rng.normal(0, 1, 200)
        one, other = (with_values(AE, "mse", same + rng.normal(0, 0.3, 200)) for _ in range(2))
        found += abs(one.mse - other.mse) > STANDARD_ERRORS * error_of_difference("mse", one, other)
    assert 0.035 < found / 2000 < 0.065
