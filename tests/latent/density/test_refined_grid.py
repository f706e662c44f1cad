"""Refined grids against known integrals."""

import numpy as np
import pytest
import scipy.stats

from explorer.latent.density.refined_grid import RefinedGrid, log_sum, refined
from explorer.latent.steps import at_once


def gaussian_grid(mean, covariance, seeds, scale: float = 0.0) -> RefinedGrid:
    """Integrate a Gaussian's log-density plus ``scale`` where draws begin elsewhere."""
    density = scipy.stats.multivariate_normal(mean, covariance)
    return at_once(refined(lambda z: density.logpdf(z).reshape(-1, 1) + scale, seeds, (0,)))


def draws(dimensions: int, mean: float = 0.0, sigma: float = 1.0) -> np.ndarray:
    return mean + sigma * np.random.default_rng(0).standard_normal((1024, dimensions))


@pytest.mark.parametrize(
    ("mean", "covariance"),
    [
        ([0, 0], np.eye(2)),
        ([1, 1], 0.03**2 * np.eye(2)),
        ([-2.2, 1.5], [[0.01, 0.0099], [0.0099, 0.01]]),
        ([7, -7], 0.2**2 * np.eye(2)),
        ([0.4], [[1.0]]),
        ([2.9], [[0.01**2]]),
    ],
    ids=["wide", "narrow", "slanted", "beyond the draws", "line", "narrow on a line"],
)
def test_a_gaussian_integrates_to_one_wherever_it_lies(mean, covariance) -> None:
    """The draws are standard normal, so they do not show the grid where the mass is."""
    grid = gaussian_grid(mean, covariance, [draws(len(mean))], scale=-300)
    assert grid.is_whole
    assert grid.log_integral(0) == pytest.approx(-300, abs=0.003)
    assert grid.coarse_log_integral(0) == pytest.approx(-300, abs=0.01)
    masses = np.exp(grid.values[:, 0] + 300 + grid.log_volumes)
    assert masses @ grid.points == pytest.approx(np.array(mean, float), abs=0.05 * np.sqrt(np.max(covariance)))
    assert grid.sides.prod(1).sum() == pytest.approx(grid.span.prod())


def test_two_far_modes_are_both_found() -> None:
    one, other = (scipy.stats.multivariate_normal(mean, 0.02**2 * np.eye(2)) for mean in ([-3, 0.3], [2.5, -2]))
    grid = at_once(
        refined(lambda z: np.logaddexp(one.logpdf(z), other.logpdf(z) + np.log(3))[:, None], [draws(2)], (0,))
    )
    assert grid.log_integral(0) == pytest.approx(np.log(4), abs=0.003)


def test_twice_as_fine_is_four_times_nearer() -> None:
    density = scipy.stats.multivariate_normal([0.3, 0.1], [[0.2, 0.1], [0.1, 0.3]])
    grid = gaussian_grid([0.3, 0.1], [[0.2, 0.1], [0.1, 0.3]], [draws(2)])
    finer = grid.twice_as_fine(lambda z: density.logpdf(z)[:, None], 0)
    assert abs(finer) < 0.3 * abs(grid.log_integral(0)) < 0.1 * abs(grid.coarse_log_integral(0))


def test_a_narrow_density_that_the_draws_know_is_resolved_too() -> None:
    """The second density is as narrow as 1/400 of the first, at the box's edge."""
    wide, narrow = (scipy.stats.multivariate_normal(mean, c) for mean, c in (([0, 0], 1.0), ([9, 9], 0.0025**2)))
    seeds = [draws(2), draws(2, 9, 0.0025)]
    both = refined(lambda z: np.stack([wide.logpdf(z), narrow.logpdf(z)], 1), seeds, (0, 1))
    grid = at_once(both)
    assert [grid.log_integral(density) for density in (0, 1)] == pytest.approx([0, 0], abs=0.006)


def test_what_is_no_number_has_no_mass() -> None:
    def half(z):
        return np.where(z[:, :1] > 0, scipy.stats.norm.logpdf(z[:, :1]), np.nan)

    grid = at_once(refined(half, [draws(1)], (0,)))
    assert grid.log_integral(0) == pytest.approx(np.log(0.5), abs=0.01)


def test_no_mass_at_all_is_minus_infinity() -> None:
    grid = at_once(refined(lambda z: np.full((len(z), 1), -np.inf), [draws(2)], (0,)))
    assert grid.log_integral(0) == -np.inf
    assert log_sum(np.empty(0)) == -np.inf


def test_a_grid_that_is_never_fine_enough_is_marked_incomplete(monkeypatch) -> None:
    monkeypatch.setattr("explorer.latent.density.refined_grid.MAX_POINTS", 3000)
    grid = gaussian_grid([0.3, 0.1], 1e-4 * np.eye(2), [draws(2)])
    assert not grid.is_whole


def test_parts_are_small() -> None:
    asked: list[int] = []

    def count(z):
        asked.append(len(z))
        return scipy.stats.norm.logpdf(z).sum(1, keepdims=True)

    done = list(refined(count, [draws(2)], (0,), rows=100))
    assert max(asked) == 100
    assert sum(done) == sum(asked)
