import numpy as np
import pytest

from explorer.jobs.plane.projected_codes import fitted_box
from explorer.latent.bulk import bulk_of, in_bulk
from explorer.latent.plane.projection import fit_projection


def codes(count: int = 300, dimensions: int = 2) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, dimensions)).astype(np.float32)


@pytest.mark.parametrize("wild", [1e9, -1e12, 1e4])
def test_two_codes_far_out_do_not_move_the_box_of_the_others(wild: float) -> None:
    points = codes().astype(np.float64)
    before = fitted_box(points)
    points[[16, 299]] = wild, -wild
    after = fitted_box(points)
    assert after.is_near(before, 0.1) and after.count_outside(points) >= 2
    assert (~in_bulk(points)).nonzero()[0].tolist() == [16, 299]


@pytest.mark.parametrize(
    "points",
    [
        codes(2000),
        np.concatenate([codes(950), codes(50) + 40]),  # a cluster apart is no fault
        np.concatenate([codes(80), 1e6 + codes(20)]),  # nor are many codes
        np.zeros((50, 2), np.float32),
        np.array([[0, 0], [1e9, 1]], np.float32),
        np.empty((0, 2), np.float32),
    ],
)
def test_ordinary_codes_are_all_in_the_bulk(points: np.ndarray) -> None:
    assert in_bulk(points).all() and len(bulk_of(points)) == len(points)


def test_codes_that_are_no_numbers_are_not_in_the_bulk() -> None:
    points = codes(50)
    points[3, 1] = np.nan
    assert (~in_bulk(points)).nonzero()[0].tolist() == [3]


def test_principal_components_are_those_of_the_bulk() -> None:
    clean = codes(300, 5) * np.array([5, 3, 1, 1, 1], np.float32)
    wild = clean.copy()
    wild[:2, 4] = 1e9
    before, after = fit_projection(clean), fit_projection(wild)
    assert np.abs(before.components @ after.components.T).round(1).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert np.allclose(before.mean, after.mean, atol=0.2)
