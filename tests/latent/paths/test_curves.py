from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.config import ConfigError
from explorer.latent.paths.curves import DRAWN, curve, slerp
from explorer.session import Method

waypoints = arrays(np.float32, st.tuples(st.integers(2, 6), st.integers(1, 4)), elements=st.floats(-9, 9, width=32))
CORNERS = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [-1.0, 1.5]])


def test_the_methods_of_the_session_are_drawn_or_geodesic():
    assert {*DRAWN, "geodesic"} == set(get_args(Method))


@given(waypoints, st.sampled_from(DRAWN), st.booleans())
def test_a_curve_is_finite_and_hits_its_waypoints_to_the_bit(points, method, closed):
    line = curve(points, method, closed=closed)
    wanted = np.concatenate([points, points[:1]]) if closed else points
    assert np.isfinite(line.codes).all() and (np.diff(line.t) >= 0).all()
    assert line.t[0] == 0 and line.t[-1] == 1 and len(line.knots) == len(wanted)
    np.testing.assert_array_equal(line.codes[line.rows], wanted)
    np.testing.assert_array_equal(line.at(0.0), wanted[0])
    np.testing.assert_array_equal(line.at(1.0), wanted[-1])


@pytest.mark.parametrize("method", DRAWN)
@pytest.mark.parametrize("closed", [False, True])
def test_waypoints_are_at_their_knots_and_steps_have_equal_latent_length(method, closed):
    line = curve(CORNERS, method, closed=closed)
    np.testing.assert_array_equal(line.at(line.knots)[: len(CORNERS)], CORNERS)
    fine = np.linalg.norm(np.diff(line.resampled(20_000), axis=0), axis=1)
    # A step across a corner is shorter than the way around it.
    assert np.quantile(fine, 0.999) / np.quantile(fine, 0.001) < 1.001
    assert fine.sum() == pytest.approx(line.length, rel=1e-3)
    assert line.at(np.zeros((3, 5))).shape == (3, 5, 2)


def test_a_spherical_curve_is_slerp_from_waypoint_to_waypoint():
    a, b, c = np.eye(3)
    line = curve([a, b, c], "spherical")
    assert line.length == pytest.approx(np.pi, rel=1e-4)
    np.testing.assert_allclose(line.at([0.25, 0.75]), [slerp(a, b, 0.5), slerp(b, c, 0.5)], atol=1e-4)


def test_a_spline_is_smooth_stays_near_its_waypoints_and_closes_smoothly():
    line = curve(CORNERS, "spline", closed=True)
    steps = np.diff(line.resampled(2_000), axis=0)
    turns = (steps * np.roll(steps, 1, axis=0)).sum(1) / np.linalg.norm(steps, axis=1) ** 2
    assert turns.min() > 0.98  # the cosine of the angle of a turn
    low, high = CORNERS.min(0), CORNERS.max(0)
    margin = 0.25 * (high - low)
    assert (line.codes > low - margin).all() and (line.codes < high + margin).all()


def test_a_spline_through_two_points_or_along_a_line_is_straight():
    np.testing.assert_array_equal(curve(CORNERS[:2], "spline").codes, CORNERS[:2])
    line = curve([[0.0], [1.0], [1.0], [5.0]], "spline")
    assert (np.diff(line.codes[:, 0]) >= 0).all()
    assert len(line.knots) == 4


def test_waypoints_that_are_one_point_have_knots_in_order():
    line = curve(np.ones((3, 2)))
    np.testing.assert_allclose(line.knots, [0, 0.5, 1])
    np.testing.assert_array_equal(line.resampled(4), np.ones((5, 2)))


@pytest.mark.parametrize(
    ("points", "method", "part"),
    [
        (CORNERS[:1], "straight", "two waypoints"),
        (CORNERS, "geodesic", "choose from"),
        ([[0], [np.nan]], "spline", "finite"),
    ],
)
def test_what_is_no_curve_is_refused(points, method, part):
    with pytest.raises(ConfigError, match=part):
        curve(points, method)
