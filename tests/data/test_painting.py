"""Painted strokes: which pixels a brush covers, and how they change."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.data.painting import BRUSHES, blank, brush_number, paint_over, stroke

NOISE, STAIN, MASK = 1, 2, 3


def test_a_layer_has_the_number_of_each_brush() -> None:
    assert list(BRUSHES) == ["noise", "stain", "mask"]
    for brush, number in zip(BRUSHES, (NOISE, STAIN, MASK), strict=True):
        layer = stroke(blank((1, 9, 9)), brush_number(brush), (4.0, 4.0), (4.0, 4.0), 3.0)
        assert layer[4, 4] == number and set(np.unique(layer)) == {0, number}


def test_a_stroke_is_a_disc_pulled_along_a_line() -> None:
    layer = stroke(blank((1, 9, 9)), brush_number("stain"), (2.5, 4.5), (6.5, 4.5), 3)
    expected = np.zeros((9, 9), bool)
    for row in range(9):
        for column in range(9):
            x = np.clip(column + 0.5, 2.5, 6.5)
            expected[row, column] = np.hypot(column + 0.5 - x, row - 4) <= 1.5
    assert np.array_equal(layer == STAIN, expected)


def test_the_smallest_brush_touches_the_pixel_under_it_and_the_picture_is_not_left() -> None:
    assert np.argwhere(stroke(blank((3, 5, 5)), brush_number("mask"), (1.05, 3.95), (1.05, 3.95), 1)).tolist() == [
        [3, 1]
    ]
    assert not stroke(blank((1, 5, 5)), brush_number("mask"), (-9.0, 2.0), (-7.0, 2.0), 3).any()


def test_the_eraser_rubs_out_and_a_stroke_leaves_the_layer_before_it_as_it_was() -> None:
    full = np.full((5, 5), MASK, np.uint8)
    rubbed = stroke(full, 0, (0.5, 2.5), (4.5, 2.5), 1)
    assert (full == MASK).all()
    assert (rubbed[2] == 0).all()
    assert rubbed.sum() == 20 * MASK


def test_each_brush_changes_only_its_own_pixels() -> None:
    x = 0.2 + 0.5 * torch.rand(3, 40, 40, generator=torch.Generator().manual_seed(0))
    layer = np.zeros((40, 40), np.uint8)
    layer[:10], layer[10:20], layer[20:30] = NOISE, STAIN, MASK
    painted, hidden = paint_over(x, layer, torch.Generator().manual_seed(1))
    assert abs((painted - x)[:, :10].std().item() - 0.5) < 0.03
    assert (painted[:, 10:20] == 1).all()
    assert (painted[:, 20:30] == 0).all()
    assert torch.equal(painted[:, 30:], x[:, 30:])
    assert hidden[:, 20:30].all()
    assert hidden.sum() == 3 * 10 * 40


def test_painted_noise_does_not_change_while_more_is_painted() -> None:
    x, layer = torch.zeros(1, 6, 6), np.zeros((6, 6), np.uint8)
    layer[0] = NOISE
    first, _ = paint_over(x, layer, torch.Generator().manual_seed(1))
    layer[1], layer[2] = NOISE, STAIN
    second, _ = paint_over(x, layer, torch.Generator().manual_seed(1))
    assert torch.equal(first[:, 0], second[:, 0])


@given(st.tuples(*[st.floats(-20, 20)] * 4), st.floats(0.1, 30), st.sampled_from(["", *BRUSHES]))
def test_random_strokes_give_valid_layers(ends: tuple[float, float, float, float], size: float, brush: str) -> None:
    layer = stroke(blank((1, 7, 4)), brush_number(brush), ends[:2], ends[2:], size)
    assert layer.shape == (7, 4)
    assert layer.max() <= MASK
