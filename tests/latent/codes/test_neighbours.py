import numpy as np
import pytest

from explorer.latent.codes.neighbours import Neighbours


def test_the_nearest_agrees_with_brute_force_in_all_dimensions():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(300, 7)).astype(np.float32)
    tree = Neighbours(codes)
    for z in rng.normal(size=(20, 7)):
        distances = np.linalg.norm(codes.astype(np.float64) - z, axis=1)
        found = tree.nearest(z)
        assert found.row == distances.argmin()
        assert found.distance == pytest.approx(distances.min())
        rows, several = tree.nearest_rows(z, 5)
        np.testing.assert_array_equal(rows, np.argsort(distances)[:5])
        np.testing.assert_allclose(several, np.sort(distances)[:5])


def test_the_typical_distance_is_a_percentile_of_nearest_neighbour_distances():
    codes = np.random.default_rng(1).normal(size=(400, 3)).astype(np.float32)
    distances = np.linalg.norm(codes[:, None].astype(np.float64) - codes[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    tree = Neighbours(codes)
    assert tree.typical_distance == pytest.approx(np.percentile(distances.min(1), 95))


def test_nan_rows_are_never_neighbours():
    codes = np.array([[np.nan, 0], [1, 1], [5, 5]], np.float32)
    assert Neighbours(codes).nearest([0, 0]).row == 1
    assert len(Neighbours(codes)) == 2


def test_no_code_and_one_code():
    empty = Neighbours(np.empty((0, 2), np.float32))
    assert empty.nearest([0, 0]) is None
    assert len(empty.nearest_rows([0, 0], 3)[0]) == 0
    one = Neighbours(np.zeros((1, 2), np.float32))
    assert one.typical_distance == np.inf
    assert len(one.nearest_rows([0, 0], 3)[0]) == 1


def test_codes_for_a_moment_are_compared_one_by_one_and_give_the_same():
    codes = np.random.default_rng(3).normal(size=(500, 3)).astype(np.float32)
    codes[7] = np.nan
    lazy, eager = Neighbours(codes, lazy=True), Neighbours(codes)
    for z in np.random.default_rng(4).normal(size=(20, 3)):
        one, other = lazy.nearest(z), eager.nearest(z)
        assert one is not None and other is not None
        assert one.row == other.row and one.distance == pytest.approx(other.distance)
    assert Neighbours(np.full((2, 3), np.nan, np.float32), lazy=True).nearest((0.0, 0.0, 0.0)) is None
