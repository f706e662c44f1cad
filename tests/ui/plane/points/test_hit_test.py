import numpy as np
import pytest

from explorer.ui.plane.points.coloured_points import HitTest


@pytest.fixture
def points():
    points = np.random.default_rng(0).normal(size=(2000, 2)).astype(np.float32)
    points[17] = np.nan
    points[18, 1] = np.inf
    return points


def brute_at(points, shown, x, y, radius_x, radius_y):
    with np.errstate(invalid="ignore"):
        distance = ((points[:, 0] - x) / radius_x) ** 2 + ((points[:, 1] - y) / radius_y) ** 2
    distance = np.where(np.isfinite(distance) & shown, distance, np.inf)
    return int(np.argmin(distance)) if distance.min() <= 1 else None


@pytest.mark.parametrize("reach", [(0.05, 0.05), (0.3, 0.02), (0.001, 0.5)])
@pytest.mark.parametrize("hide", [False, True])
def test_the_nearest_on_the_screen_is_found(points, reach, hide):
    shown = np.arange(len(points)) % 3 > 0 if hide else np.ones(len(points), dtype=bool)
    hits = HitTest(points, shown if hide else None)
    cursors = np.random.default_rng(1).normal(size=(200, 2)) * 1.3
    found = [hits.at(x, y, *reach) for x, y in cursors]
    assert found == [brute_at(points.astype(float), shown, x, y, *reach) for x, y in cursors]
    assert any(index is None for index in found)
    assert any(index is not None for index in found)


def test_what_is_hidden_later_is_not_found(points):
    hits = HitTest(points)
    x, y = map(float, points[5])
    assert hits.at(x, y, 0.01, 0.01) == 5
    hits.set_shown(np.arange(len(points)) != 5)
    assert hits.at(x, y, 1e-6, 1e-6) is None
    hits.set_shown(None)
    assert hits.at(x, y, 0.01, 0.01) == 5


def test_a_box_holds_what_lies_in_it(points):
    shown = np.arange(len(points)) % 2 == 0
    inside = (points[:, 0] >= -0.5) & (points[:, 0] <= 1) & (points[:, 1] >= 0) & (points[:, 1] <= 0.7)
    np.testing.assert_array_equal(HitTest(points).inside(-0.5, 1, 0, 0.7), np.flatnonzero(inside))
    np.testing.assert_array_equal(HitTest(points, shown).inside(-0.5, 1, 0, 0.7), np.flatnonzero(inside & shown))
    assert HitTest(points).inside(50, 60, 50, 60).size == 0


def test_no_points_and_no_reach(points):
    assert HitTest(np.empty((0, 2))).at(0, 0, 1, 1) is None
    assert HitTest(np.empty((0, 2))).inside(-1, 1, -1, 1).size == 0
    assert HitTest(np.full((3, 2), np.nan)).at(0, 0, 1, 1) is None
    x, y = map(float, points[5])
    assert HitTest(points).at(x, y, 0, 0) is None
    assert HitTest(points).at(np.nan, y, 1, 1) is None


def test_equal_points_are_found_together():
    hits = HitTest(np.zeros((5000, 2), dtype=np.float32))
    assert hits.at(0, 0, 0.1, 0.1) in range(5000)
    assert len(hits.inside(0, 0, 0, 0)) == 5000
