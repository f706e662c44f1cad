from dataclasses import replace

import numpy as np
import pytest
from figure_cases import AE, BASIS, VAE
from scipy.stats import t

from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.comparability import (
    NOT_STORED,
    OTHER_CODES,
    OTHER_SAMPLES,
    better_runs,
    differ,
    difference,
    error_of,
    factor,
)
from explorer.latent.metrics.measure import ONE_SAMPLE
from explorer.latent.metrics.sample_values import SampleValues

RNG = np.random.default_rng


def marks(name, *runs, bases=None):
    return better_runs(BY_NAME[name], runs, bases or [BASIS] * len(runs))


def with_values(figures, name, values, rows=None):
    return replace(figures, by_sample={name: SampleValues.of(values, rows)}, **{name: float(values.mean())})


def unknown(name, one, other):
    """Return why the error of a difference is unknown, after checking that there is no verdict."""
    found = difference(BY_NAME[name], one, other)
    assert (found.error, found.limit, found.counts, found.is_identical) == (None, None, False, False)
    assert marks(name, one, other) == (False, False)
    return found.why_unknown


def test_the_better_one_is_marked_by_its_direction():
    assert marks("overlap", AE, VAE) == (True, False)
    assert marks("hull_holes", AE, VAE) == (False, True)
    better = [replace(AE, silhouette=value, silhouette_error=0.01) for value in (0.1, 0.2)]
    assert marks("silhouette", *better) == (False, True)


def test_figures_without_a_direction_are_not_marked():
    assert differ(BY_NAME["extent"], AE, VAE) and marks("extent", AE, VAE) == (False, False)


@pytest.mark.parametrize("part", ["data", "split", "preprocessing", "likelihood"])
def test_runs_that_are_not_comparable_are_not_marked(part):
    assert marks("overlap", AE, VAE, bases=[BASIS, replace(BASIS, **{part: "other"})]) == (False, False)


def test_each_group_of_comparable_runs_has_its_own_marks():
    other = replace(BASIS, data="mnist")
    assert marks("overlap", AE, VAE, AE, VAE, bases=[BASIS, other, other, BASIS]) == (True, False, True, False)


@pytest.mark.parametrize(("gap", "expected"), [(0.0276, False), (0.0278, True)])
def test_runs_differ_at_the_level_of_5_per_cent(gap, expected):
    assert differ(BY_NAME["overlap"], AE, replace(AE, overlap=0.30 + gap)) is expected


def test_a_figure_that_has_no_error_is_exact_for_these_samples():
    assert not differ(BY_NAME["dead_units"], replace(AE, dead_units=3), replace(AE, dead_units=3))
    assert marks("dead_units", replace(AE, dead_units=3), replace(AE, dead_units=4)) == (True, False)


def test_an_error_that_is_absent_gives_no_verdict():
    why = {"extent_error": "60 codes are too few for its error"}
    few = replace(AE, extent=9.0, extent_error=None, not_defined=why)
    assert unknown("extent", few, AE) == unknown("extent", AE, few) == why["extent_error"]
    assert unknown("mse", replace(AE, mse_error=None), replace(AE, mse=1.0)) == NOT_STORED
    # An error over draws alone does not say how much a difference varies over samples.
    assert unknown("elbo", VAE, replace(VAE, elbo=-20.0)) == NOT_STORED


def test_values_of_other_samples_of_one_sample_and_of_one_run_give_no_verdict():
    values = RNG(0).normal(size=50)
    one = with_values(AE, "mse", values)
    assert unknown("mse", one, with_values(AE, "mse", values + 9, np.arange(50) + 1)) == OTHER_SAMPLES
    assert unknown("mse", one, with_values(AE, "mse", values[:49] + 9)) == OTHER_SAMPLES
    single = [with_values(AE, "mse", np.array([value])) for value in (1.0, 9.0)]
    assert unknown("mse", *single) == ONE_SAMPLE
    assert unknown("mse", one, replace(VAE, mse=9.0)) == NOT_STORED


def test_an_unfinished_grid_gives_no_verdict():
    values, why = np.full(100, -23.0), {"monte_carlo_error": "the grid of a sample stopped at its limit"}
    one = with_values(VAE, "log_likelihood", values)
    one = replace(one, monte_carlo_error=None, not_defined=why)
    other = replace(with_values(VAE, "log_likelihood", values - 9), monte_carlo_error=0.01)
    assert unknown("log_likelihood", one, other) == why["monte_carlo_error"]


def test_a_run_compared_with_itself_is_identical():
    one = with_values(AE, "mse", RNG(1).normal(size=40))
    found = difference(BY_NAME["mse"], one, one)
    assert (found.value, found.error, found.counts, found.is_identical) == (0, 0, False, True)
    assert marks("mse", one, one) == (False, False)


def test_a_run_and_its_copy_are_identical_although_the_errors_of_their_draws_are_not_zero():
    bound = replace(with_values(VAE, "log_likelihood", RNG(1).normal(size=40)), monte_carlo_error=0.01)
    for name in ("log_likelihood", "extent"):
        assert difference(BY_NAME[name], bound, replace(bound)).is_identical
    other = replace(bound, by_sample={"log_likelihood": SampleValues.of(RNG(1).normal(size=40)[::-1])})
    assert not difference(BY_NAME["log_likelihood"], bound, other).is_identical


def test_runs_of_one_recipe_are_not_marked_but_those_of_two_are():
    first, second = ("a", 0), ("a", 1)
    for recipes, expected in (
        ([first, second], (False, False)),
        ([first, ("b", 1)], (True, False)),
        ([("", 0), ("", 1)], (True, False)),
        ([first, first], (True, False)),
    ):
        assert better_runs(BY_NAME["overlap"], [AE, VAE], [BASIS] * 2, recipes) == expected
    assert better_runs(BY_NAME["overlap"], [AE, VAE, VAE], [BASIS] * 3, [first, second, ("b", 0)])[0]


def test_all_unbeaten_runs_are_marked_if_another_is_worse():
    near = replace(AE, overlap=0.31)
    assert marks("overlap", AE, near, VAE) == (True, True, False)
    assert marks("overlap", AE, near) == (False, False)


def test_undefined_and_unmeasured_figures_are_not_compared():
    assert difference(BY_NAME["elbo"], AE, VAE) is None and marks("elbo", AE, VAE) == (False, False)
    assert marks("overlap", AE, None) == (False, False)


def test_the_bound_is_compared_by_at_least_the_error_of_its_draws():
    one = replace(VAE, log_likelihood=-23.0, log_likelihood_error=5.0, monte_carlo_error=0.01)
    assert error_of("log_likelihood", one) == 0.01
    assert marks("log_likelihood", one, replace(one, log_likelihood=-22.9)) == (False, True)
    # Two grids of one decoder differ by their resolution, however equal the samples are.
    values = np.full(100, -23.0)
    same = [with_values(replace(one, monte_carlo_error=0.1), "log_likelihood", values + shift) for shift in (0.0, 0.2)]
    assert difference(BY_NAME["log_likelihood"], *same).error == pytest.approx(0.1 * 2**0.5)
    assert marks("log_likelihood", *same) == (False, False)


def test_holes_compare_among_equal_numbers_of_codes():
    assert unknown("hull_holes", AE, replace(VAE, hole_codes=500)) == OTHER_CODES


def test_figures_of_samples_are_compared_sample_by_sample():
    """What makes a sample hard for both models cancels: a difference far below the error of either is found."""
    hard, better = RNG(0).normal(0, 1, 500), RNG(1).normal(0.02, 0.1, 500)
    one, other = with_values(AE, "overlap", hard), with_values(AE, "overlap", hard + better)
    found = difference(BY_NAME["overlap"], one, other)
    assert found.error == pytest.approx(0.1 / 500**0.5, rel=0.1) and found.counts
    assert found.limit == pytest.approx(1.9647 * found.error, rel=1e-4)


@pytest.mark.parametrize("count", [2, 3, 12, 29, 1000])
def test_the_factor_is_that_of_the_t_distribution(count):
    assert factor(count) == pytest.approx(t(count - 1).ppf(0.975))


@pytest.mark.parametrize("count", [5, 200])
def test_equal_figures_are_called_different_in_5_per_cent_of_all_cases(count):
    rng, found = RNG(1), 0
    for _ in range(2000):
        same = rng.normal(0, 1, count)
        one, other = (with_values(AE, "mse", same + rng.normal(0, 30, count)) for _ in range(2))
        found += differ(BY_NAME["mse"], one, other)
    assert 0.035 < found / 2000 < 0.065
