"""Weights by a handle in a polygon, and by sliders."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.latent.blends.polygon import (
    corners,
    equal_weights,
    inside,
    position_of,
    simplex_grid,
    weights_at,
    with_pin,
    with_weight,
    without_pin,
)

COUNTS = st.integers(1, 8)
COORDINATE = st.floats(-2, 2, allow_nan=False)
SHARE = st.floats(0, 1)


def raw_weights(least: int = 1) -> st.SearchStrategy[list[float]]:
    return st.lists(SHARE, min_size=least, max_size=8).filter(lambda one: sum(one) > 0)


def normalized(values: list[float]) -> tuple[float, ...]:
    return tuple((np.array(values) / sum(values)).tolist())


def assert_weights(weights: tuple[float, ...]) -> None:
    assert min(weights) >= 0
    assert sum(weights) == pytest.approx(1, abs=1e-12)


@given(COORDINATE, COORDINATE, COUNTS)
def test_weights_are_positive_sum_to_one_and_give_the_position(x: float, y: float, count: int) -> None:
    weights = weights_at((x, y), count)
    assert len(weights) == count
    assert_weights(weights)
    assert position_of(weights) == pytest.approx(inside((x, y), count), abs=1e-8)


@given(COUNTS, SHARE, st.integers(0, 7), st.floats(-300, -1))
def test_points_near_edges_and_corners_are_safe(count: int, share: float, edge: int, exponent: float) -> None:
    around = corners(count)
    start, end = around[edge % count], around[(edge + 1) % count]
    on_edge = start + share * (end - start)
    near = on_edge * (1 - 10.0**exponent)
    weights = weights_at(near, count)
    assert_weights(weights)
    assert position_of(weights) == pytest.approx(near if count > 2 else inside(near, count), abs=1e-8)


@pytest.mark.parametrize("count", range(1, 9))
def test_a_corner_is_exactly_weight_1_and_the_centre_has_equal_weights(count: int) -> None:
    for index, corner in enumerate(corners(count)):
        # A mouse far outside still reaches the corner.
        for reach in (1, 5) if count > 1 else (1,):
            assert weights_at(reach * corner, count) == tuple(float(one == index) for one in range(count))
    assert weights_at((0, 0), count) == pytest.approx(equal_weights(count))


@given(raw_weights(3).map(lambda one: normalized(one[:3]) if sum(one[:3]) > 1e-6 else equal_weights(3)))
def test_up_to_three_weights_are_found_again(weights: tuple[float, ...]) -> None:
    assert weights_at(position_of(weights), 3) == pytest.approx(weights, abs=1e-8)
    two = normalized([weights[0] + 1e-3, weights[1]])
    assert weights_at(position_of(two), 2) == pytest.approx(two, abs=1e-9)


def test_weights_vary_smoothly() -> None:
    inner = [weights_at((0.1, y), 5) for y in np.linspace(0.3, 0.31, 400)]
    assert np.abs(np.diff(inner, axis=0)).max() < 1e-3


@given(raw_weights().map(normalized), st.integers(0, 7), st.floats(-1, 2))
def test_a_slider_scales_the_others(weights: tuple[float, ...], index: int, value: float) -> None:
    index %= len(weights)
    moved = with_weight(weights, index, value)
    assert_weights(moved)
    if len(weights) > 1:
        assert moved[index] == min(1.0, max(0.0, value))
        before, after = (np.delete(np.array(one), index) for one in (weights, moved))
        if before.sum() > 1e-9 and after.sum() > 1e-9:
            assert after / after.sum() == pytest.approx(before / before.sum(), abs=1e-9)


def test_others_of_0_share_the_rest_equally() -> None:
    assert with_weight((1.0, 0.0, 0.0), 0, 0.4) == pytest.approx((0.4, 0.3, 0.3))
    assert with_weight((0.2, 0.3, 0.5), 1, 1.0) == (0.0, 1.0, 0.0)


def test_pins_come_and_go() -> None:
    assert with_pin((0.5, 0.5)) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert without_pin((0.5, 0.3, 0.2), 0) == pytest.approx((0.6, 0.4))
    assert without_pin((1.0, 0.0, 0.0), 0) == (0.5, 0.5)


def test_a_grid_has_every_multiple_once() -> None:
    assert simplex_grid(1, 4) == ((1.0,),)
    assert simplex_grid(2, 2) == ((1.0, 0.0), (0.5, 0.5), (0.0, 1.0))
    three = simplex_grid(3, 4)
    assert len(set(three)) == len(three) == 15
    assert three[:3] == ((1.0, 0.0, 0.0), (0.75, 0.25, 0.0), (0.75, 0.0, 0.25))
    assert all(sum(weights) == 1 for weights in three)
